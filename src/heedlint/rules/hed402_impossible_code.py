"""A code is tested where the status or the class of the exception rules it out.

## What it does

Reports a test for a documented code in a place that no error with this code reaches: in an
`except` of a class that stands for another status, below an `except` that takes the error first, or
in a branch for other statuses.

## Why it matters

The branch is dead. `except openai.RateLimitError` catches the 429s; a code that comes with a 402
is raised as another class and passes by, so the advice to add credit is never given.

## Example

```python
except openai.RateLimitError as e:
    if e.code == "credit_exhausted":
        raise AddCredit from e
```

## Use instead

```python
except openai.APIStatusError as e:
    if e.code == "credit_exhausted":
        raise AddCredit from e
```

## Fix

None: whether the class, the status or the code is the mistake, its author has to say.

## References

- PyAI, "Error codes": the status of each code
- openai-python 3.54.0, `_client.py`, `_make_status_error`: the class for each status
"""

from __future__ import annotations

from collections.abc import Iterator

from heedlint.analysis.facts import Facts
from heedlint.clients.model import Role
from heedlint.rules.model import Report, Rule, report_of

RULE = Rule("HED402", "impossible-code", True, "a code tested where the status excludes it")


def check(facts: Facts) -> Iterator[Report]:
    """Yields a report for each code that cannot come where it is tested."""
    for test in facts.field_tests:
        catalogues = test.value.origin.catalogues
        if test.value.role is not Role.CODE or test.negated or not all(c.codes for c in catalogues):
            continue
        errors = tuple(c.codes[str(test.constant)] for c in catalogues if test.constant in c.codes)
        if not errors or any(error.sdk_only for error in errors):
            continue
        if all(facts.reaching.is_ruled_out(e, test.value, test.element, test.node) for e in errors):
            statuses = " or ".join(str(status) for status in errors[0].statuses)
            yield report_of(
                test.value,
                test.element,
                f"{test.constant!r} comes with status {statuses}, which never gets here: the test "
                "never holds",
                errors=errors,
            )
