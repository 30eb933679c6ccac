"""The server says how long to wait, and the retry waits for something else.

## What it does

Reports a retry of a 429, or of another error documented to carry `Retry-After`, whose delay does
not depend on that header; also one without any delay.

An API on the machine itself (`localhost`) has no contract, and asking whether a server is up is no
retry of a request: neither is reported.

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
    time.sleep(retry_after_seconds(e.response.headers, 2**attempt))
```

## Fix

Waits what the header says, and as before where it is missing. The sleep of a hand-written retry
gets its seconds from one function that is put into the module once: it reads seconds and
HTTP-dates, takes a time that is over for 0, and heeds the header up to a day. Behind the last try,
where that is known, the program sleeps as before. Where there is no sleep, one is put in where
another try is left; one that blocks waits a minute at most: where the header says more, the
attempts end as the program ends them. A library's policy is changed by its own means:
`wait=` of tenacity, the wait generator of backoff (its jitter then changes the program's own delays
alone), the hook `on=` of stamina, `wait_retry_after` of `pydantic_ai.retries`.

Safe where only errors that are told to wait are retried: a class that stands for 429, a test of
the status or the code. Unsafe where others come by, such as 503: they may carry the header, too,
and it is heeded then; where the delay is a setting (`self.retry_sleep`); and for functions called
`sleep` of the program's own. Shown where the headers are not at hand: the client hides them,
another function sleeps, the program has made an exception of its own of the error, the library has
no means (retrying, aiohttp-retry, celery, LangChain's `with_retry`). Shown, too, where a new sleep
might come after the last try, where the call itself is given no more than ten seconds, and where a
new sleep would block for errors other than those that are told to wait.

## References

- RFC 6585, section 4: 429 may include `Retry-After`
- RFC 9110, section 10.2.3: `Retry-After` is a number of seconds or an HTTP-date
- PyAI, "Errors and limits": every 429 carries `Retry-After`
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import libcst as cst

from heedlint.analysis.facts import Facts
from heedlint.analysis.retries import IGNORING, Attempt, RetryConstruct
from heedlint.contracts.model import Retry
from heedlint.fixes.plan import Plan
from heedlint.fixes.wait_in_loop import wait_in_loop
from heedlint.fixes.wait_in_policy import wait_in_policy
from heedlint.rules.model import Report, Rule, stacked

RULE = Rule("HED301", "ignores-retry-after", True, "retried after a delay that ignores Retry-After")


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
            if not all(attempt.delay in IGNORING for attempt in attempts):
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
                plan=partial(_plan, construct, tuple(attempts), facts),
            )


def _plan(construct: RetryConstruct, attempts: tuple[Attempt, ...], facts: Facts) -> Plan:
    if construct.use is not None:
        return wait_in_policy(attempts, construct.use, facts)
    return wait_in_loop(attempts, construct, facts)


def _advice(attempt: Attempt) -> str:
    profile = attempt.fault.profile
    if not profile.headers_reachable:
        return f"wait as Retry-After says ({profile.header_hint})"
    return "wait as long as Retry-After says"
