"""The title or the detail of a problem document decides what the program does.

## What it does

Reports a test of `title` or `detail` of a problem document (RFC 9457, formerly RFC 7807) whose
result decides something. A body is taken for a problem document where its API sends such, or
where the program itself asks for the content type `application/problem+json`.

## Why it matters

Both are for people. `title` may be translated, `detail` speaks of the one occurrence and changes
with it. What identifies the problem is `type`: a URL whose last segment is the error's code.

## Example

```python
problem = response.json()
if "already used" in problem["detail"]:
    key = new_key()
```

## Use instead

```python
problem = response.json()
if problem["type"].rsplit("/", 1)[-1] == "idempotency_conflict":
    key = new_key()
```

## Fix

Tests the last segment of `type` where the text stands for one documented error. Safe where the
wording is the documented one and the answer is certainly the API's; unsafe where it is a part of
it, for the error meant is then guessed.

## References

- RFC 9457, section 3.1.1: consumers must use `type` as the problem's identifier
- RFC 9457, section 3.1.4: `detail` should not be parsed
- PyAI, "Errors and limits": the code is the last path segment of `type`
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from heedlint.analysis.facts import Facts
from heedlint.clients.model import Role
from heedlint.fixes.field_test import test_field
from heedlint.fixes.stable_field import field_for
from heedlint.rules.model import Report, Rule, report_of

RULE = Rule("HED102", "branch-on-problem-text", True, "control flow decided by title or detail")


def check(facts: Facts) -> Iterator[Report]:
    """Yields a report for each test of a problem document's text."""
    for test in facts.text_tests:
        if test.value.owner_role is not Role.PROBLEM or facts.in_test(test.node):
            continue
        field = field_for(test, facts)
        advice = field.advice if field.values else "test the last segment of its type"
        yield report_of(
            test.value,
            test.node,
            f"{test.operator!r} on {facts.tree.code(test.text)} branches on the text of a problem "
            f"document; {advice}",
            errors=field.errors,
            evidence=test.evidence,
            plan=partial(test_field, test, field, facts),
        )
