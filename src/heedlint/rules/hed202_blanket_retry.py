"""Everything is tried again, so the errors that never can succeed are, too.

## What it does

Reports a retry that takes in errors by a base class (`Exception`, `openai.APIError`,
`pyai.PyAIError`), by a range of statuses or by nothing at all, where the catalogue documents
errors among them that trying again cannot cure.

## Why it matters

A wrong key, a missing scope or used-up credit is tried again until the attempts run out. The user
waits for an error that was certain after the first answer.

## Example

```python
@tenacity.retry(stop=tenacity.stop_after_attempt(5))
def ask(prompt): ...
```

## Use instead

```python
@tenacity.retry(
    retry=tenacity.retry_if_exception_type((openai.RateLimitError, openai.InternalServerError)),
    stop=tenacity.stop_after_attempt(5),
)
def ask(prompt): ...
```

## Fix

Raises at once what never succeeds, by exception classes where they stand for nothing else, else by
status and code: in an `except` of its own or at the head of the handler, by `giveup=`, `on=`,
`dont_autoretry_for=` or whatever the library has, by one more condition beside the one at fault.
Safe where the contract tells these errors from all others and the error comes out of the program
in the end anyway. Unsafe where the program ends its attempts in another way (it returns nothing,
raises an exception of its own, has a callback), where the possible contracts do not agree, and for
a status test of an answer, which raises by `raise_for_status()`. Only shown where the error is made
another one before the policy sees it, and where the library or the version of the client gives no
way.

## References

- PyAI, "Error codes": the action for each code
- RFC 9110, section 15.5: 4xx, the client seems to have erred
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import libcst as cst

from heedlint.analysis.facts import Facts
from heedlint.analysis.retries import Attempt
from heedlint.fixes.refuse_hopeless import refuse_hopeless
from heedlint.rules.model import Report, Rule, named_errors

RULE = Rule("HED202", "blanket-retry", True, "everything is retried, the hopeless too")


def check(facts: Facts) -> Iterator[Report]:
    """Yields a report for each place that sends everything round again."""
    for construct in facts.constructs:
        by_anchor: dict[cst.CSTNode, list[Attempt]] = {}
        for attempt in construct.attempts:
            if attempt.is_hopeless and attempt.broad:
                by_anchor.setdefault(attempt.anchor, []).append(attempt)
        for anchor, attempts in by_anchor.items():
            errors = tuple(dict.fromkeys(attempt.fault.error for attempt in attempts))
            if not construct.holds_for_all(attempts):
                continue
            yield Report(
                node=anchor,
                message=f"retries every error, also {named_errors(errors)}",
                catalogues=construct.catalogues,
                errors=errors,
                plan=partial(refuse_hopeless, attempts, construct, facts),
            )
