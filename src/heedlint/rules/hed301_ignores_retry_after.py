"""The server says how long to wait, and the retry waits for something else.

## What it does

Reports a retry of a 429, or of another error documented to carry `Retry-After`, whose delay does
not depend on that header; also one without any delay.

## Why it matters

A shorter wait is answered by another 429 and may prolong the limit; a longer one wastes the
user's time. The server knows; the program guesses.

## Example

```python
except openai.RateLimitError:
    time.sleep(2**attempt)
```

## Use instead

```python
except openai.RateLimitError as e:
    time.sleep(retry_after_seconds(e.response.headers) or 2**attempt)
```

## Fix

None yet: the message says where the header is to be had.

## References

- RFC 6585, section 4: 429 may include `Retry-After`
- RFC 9110, section 10.2.3: `Retry-After` is a number of seconds or an HTTP-date
- PyAI, "Errors and limits": every 429 carries `Retry-After`
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from heedlint.analysis.facts import Facts
from heedlint.analysis.retries import Attempt, Delay
from heedlint.contracts.model import Retry
from heedlint.rules.model import Report, Rule, stacked

RULE = Rule("HED301", "ignores-retry-after", True, "retried after a delay that ignores Retry-After")
_IGNORES = (Delay.NONE, Delay.FIXED, Delay.GROWING)


def check(facts: Facts) -> Iterator[Report]:
    """Yields a report for each place whose delay ignores the header."""
    for construct in facts.constructs:
        by_anchor: dict[cst.CSTNode, list[Attempt]] = {}
        for attempt in construct.attempts:
            if attempt.mended:
                continue  # another key, another client: the limit may be another one
            if attempt.fault.error.retry is Retry.NEVER:
                continue  # no wait is long enough: HED203
            if attempt.is_told_to_wait:
                by_anchor.setdefault(attempt.wait_anchor, []).append(attempt)
        for anchor, attempts in by_anchor.items():
            if not all(attempt.delay in _IGNORES for attempt in attempts):
                continue
            errors = tuple(dict.fromkeys(attempt.fault.error for attempt in attempts))
            labels = ", ".join(error.label for error in errors[:3])
            yield Report(
                node=anchor,
                message=(
                    f"retries {labels} with {attempts[0].delay.value}; {_advice(attempts[0])}"
                    f"{stacked(attempts)}"
                ),
                catalogues=construct.catalogues,
                errors=errors,
            )


def _advice(attempt: Attempt) -> str:
    profile = attempt.fault.profile
    if not profile.headers_reachable:
        return f"wait as Retry-After says ({profile.header_hint})"
    return "wait as long as Retry-After says"
