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

None yet: which errors to try again is named in the message.

## References

- PyAI, "Error codes": the action for each code
- RFC 9110, section 15.5: 4xx, the client seems to have erred
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from heedlint.analysis.facts import Facts
from heedlint.analysis.retries import Attempt
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
            )
