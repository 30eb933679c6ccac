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
time.sleep(retry_after_seconds(e.response.headers) or 2**attempt)
```

## Fix

None yet.

## References

- RFC 9110, section 10.2.3: `Retry-After` is a number of seconds or an HTTP-date
- backoff 2.2.1, `full_jitter`: draws between 0 and the value
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from heedlint.analysis.facts import Facts
from heedlint.analysis.retries import Attempt
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
            )
