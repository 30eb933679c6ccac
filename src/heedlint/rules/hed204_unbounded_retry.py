"""Nothing ends the tries: neither their number nor time.

## What it does

Reports a retry of an API call that goes on for as long as the error stays: `while True` with a
handler that always goes round, a recursion without a counter, a policy without `stop`, `max_tries`
or the like. A test that could end it, even an unknown one, keeps the rule silent.

## Why it matters

An error that stays, such as a revoked key, hangs the program for good. In a fleet of workers every
one of them goes on asking, and the service that was to recover meets the full load.

## Example

```python
while True:
    try:
        return client.chat.completions.create(model=MODEL, messages=messages)
    except openai.RateLimitError:
        time.sleep(10)
```

## Use instead

```python
for attempt in range(5):
    try:
        return client.chat.completions.create(model=MODEL, messages=messages)
    except openai.RateLimitError:
        if attempt == 4:
            raise
        time.sleep(10)
```

## Fix

Gives the library's own parameter (`stop=`, `max_tries=`, `attempts=`, ...) for eight tries; a loop
that only success leaves counts its failures, and raises the eighth. Unsafe: the number is a guess.
Only shown for a recursion, and for a loop of which that is not sure.

## References

- RFC 9110, section 9.2.2: a client should not retry automatically without need
- tenacity 9.2.1, `stop_never`; backoff 2.2.1, `max_tries` and `max_time`
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import libcst as cst

from heedlint.analysis.facts import Facts
from heedlint.analysis.retries import RetryConstruct
from heedlint.fixes.bound_retry import bound_retry
from heedlint.rules.model import Report, Rule

RULE = Rule("HED204", "unbounded-retry", True, "nothing ends the tries")


def check(facts: Facts) -> Iterator[Report]:
    """Yields a report for each construct that tries for ever."""
    told: set[cst.CSTNode] = set()
    for construct in facts.constructs:
        attempts = construct.attempts
        if construct.bounds.bounded is not False or not attempts or construct.node in told:
            continue
        told.add(construct.node)
        errors = tuple(dict.fromkeys(attempt.fault.error for attempt in attempts))
        yield Report(
            node=attempts[0].anchor if construct.kind == "recursion" else construct.node,
            message=f"neither attempts nor time end the tries; {_advice(construct)}",
            catalogues=construct.catalogues,
            errors=errors,
            plan=partial(bound_retry, construct, facts),
        )


def _advice(construct: RetryConstruct) -> str:
    means = " or ".join(f"{name}=" for name in construct.bounds.means)
    return f"give {means}" if means else "count them, and raise after the last"
