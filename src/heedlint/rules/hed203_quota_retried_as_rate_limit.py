"""Every 429 is tried again alike, although some of them say that waiting is of no use.

## What it does

Reports a retry that takes in each 429, by its status or class, where the catalogue documents codes
with that status that no delay of seconds can cure: a quota that is used up, a daily cap. Where the
delay honours `Retry-After`, a cap that resets is served by it and not reported.

## Why it matters

A quota does not come back within a minute. The program waits and asks until its attempts are used
up, then reports a rate limit, and nobody learns that a plan or a credit is to be renewed.

## Example

```python
except openai.RateLimitError as e:
    time.sleep(retry_after_seconds(e.response.headers))
```

## Use instead

```python
except openai.RateLimitError as e:
    if e.code == "insufficient_quota":
        raise
    time.sleep(retry_after_seconds(e.response.headers))
```

## Fix

Tests the code, and ends the attempts at once as the program ends them after the last one: in the
handler, or by the condition of the policy, as for HED202. Safe where the contract tells these codes
from all others; unsafe where a policy makes something of its own of the attempts in the end. Only
shown where it is not known how the attempts end, where the handler turns to another key or model,
and where the client does not show the code: it is in the body.

## References

- OpenAI, "Error codes": 429, you exceeded your current quota
- PyAI, "Error codes": `daily_cap_exceeded`
- RFC 6585, section 4: 429 Too Many Requests
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from http import HTTPStatus

import libcst as cst

from heedlint.analysis.facts import Facts
from heedlint.analysis.retries import Attempt, Delay
from heedlint.contracts.model import Retry
from heedlint.fixes.refuse_hopeless import refuse_hopeless
from heedlint.rules.model import Report, Rule, named_errors, stacked

RULE = Rule(
    "HED203",
    "quota-retried-as-rate-limit",
    True,
    "a used-up quota is retried like a 429",
    repaired_after=frozenset({"HED301", "HED302", "HED304"}),  # a cap that resets is served by them
)
_MAY_HONOUR = (Delay.RETRY_AFTER, Delay.UNKNOWN)


def check(facts: Facts) -> Iterator[Report]:
    """Yields a report for each place that sends every 429 round again."""
    for construct in facts.constructs:
        by_anchor: dict[cst.CSTNode, list[Attempt]] = {}
        for attempt in construct.retried_alike(HTTPStatus.TOO_MANY_REQUESTS):
            if not attempt.mended:
                by_anchor.setdefault(attempt.anchor, []).append(attempt)
        for anchor, attempts in by_anchor.items():
            uncured = [attempt for attempt in attempts if _is_uncured(attempt)]
            if not uncured or all(a.fault.error.retry is Retry.NEVER for a in attempts):
                continue  # a code that stands alone is told apart: HED201
            if not construct.holds_for_all(uncured):
                continue
            errors = tuple(dict.fromkeys(attempt.fault.error for attempt in uncured))
            yield Report(
                node=anchor,
                message=(
                    f"retries every 429 alike, also {named_errors(errors, 2)}; test the code first"
                    f"{stacked(uncured)}"
                ),
                catalogues=construct.catalogues,
                errors=errors,
                plan=partial(refuse_hopeless, uncured, construct, facts),
            )


def _is_uncured(attempt: Attempt) -> bool:
    """Whether the wait before the next try can never be enough."""
    promise = attempt.fault.error.retry
    return promise is Retry.NEVER or (promise is Retry.RESET and attempt.delay not in _MAY_HONOUR)
