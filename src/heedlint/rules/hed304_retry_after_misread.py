"""`Retry-After` is read, but not as it is written or meant.

## What it does

Reports `int(header)` and `float(header)` that a date or a missing header breaks; a constant cap
under a minute, or a random part of the value, after which the call is tried again too early; and
a value that is read, kept and never used.

## Why it matters

RFC 9110 lets the header be a number of seconds or an HTTP-date, and it may be missing. A reader
that knows one form alone turns a rate limit into a `ValueError`, which no retry catches. A wait
that is cut short is answered by another 429.

## Example

```python
time.sleep(int(e.response.headers["Retry-After"]))
```

## Use instead

```python
time.sleep(retry_after_seconds(e.response.headers, 2**attempt))
```

## Fix

Puts the one reader (see HED301) in the place of `int()` and `float()`, with the default that the
program has for a missing header: in `get(...)`, after `or`, in the `else`, in the `except`. Safe
where that is how long the program sleeps and only rate limits come by; unsafe elsewhere, and where
it has no default: a second is a guess then. Only shown where the program makes None of a missing
header.

Takes away what shortens the wait: the jitter of `backoff.runtime` (`jitter=None`; safe where only
rate limits are retried), a cap (`min(told, 30)`), a random part (`random.uniform(0, told)`). Those
two are unsafe, for they may have been meant for the program's own delay. What is read and not used
is dropped, unsafe as well: it was meant to be waited for, which HED301 sees to. Other ways of
cutting are shown.

## References

- RFC 9110, section 10.2.3: `Retry-After` is a number of seconds or an HTTP-date
- backoff 2.2.1, `full_jitter`: draws between 0 and the value
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import libcst as cst

from heedlint.analysis.facts import Facts
from heedlint.analysis.retries import Attempt
from heedlint.fixes.read_header import read_rightly
from heedlint.fixes.wait_uncut import wait_uncut
from heedlint.rules.model import Report, Rule

RULE = Rule("HED304", "retry-after-misread", True, "Retry-After is read, but not rightly")


def check(facts: Facts) -> Iterator[Report]:
    """Yields a report for each reading that goes wrong."""
    for reading in facts.header_readings:
        if not facts.in_test(reading.node):
            yield Report(
                node=reading.node,
                message=reading.problem,
                catalogues=facts.origins.any_catalogues()[:1],
                plan=partial(read_rightly, reading, facts),
            )
    for construct in facts.constructs:
        cut: dict[cst.CSTNode, list[Attempt]] = {}
        for attempt in construct.attempts:
            by = attempt.wait.shortened_by
            if by is not None and attempt.is_told_to_wait:
                cut.setdefault(by, []).append(attempt)
        for node, attempts in cut.items():
            yield Report(
                node=node,
                message="cuts short what Retry-After says, and the call is tried again too early",
                catalogues=construct.catalogues,
                errors=tuple(dict.fromkeys(attempt.fault.error for attempt in attempts)),
                plan=partial(wait_uncut, node, attempts[0], construct.use, facts),
            )
