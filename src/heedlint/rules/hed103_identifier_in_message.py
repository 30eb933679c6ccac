"""A code or a status is looked for in the text, although it has a field of its own.

## What it does

Reports a search for an error code (`"insufficient_quota" in str(e)`), a part of one, or an HTTP
status (`"429" in str(e)`) in the human-readable text of an API's error.

## Why it matters

Whether the text contains the code is the accident of one SDK's release: openai 1.60 put the whole
body into `str(e)`, openai 3.54 puts the status and the message alone, and a test for the code
turned into dead code without a word. A number finds more than the status: `"429"` may also stand
in a request id.

## Example

```python
except openai.APIStatusError as e:
    if "insufficient_quota" in str(e):
        raise UpgradeNeeded from e
```

## Use instead

```python
except openai.APIStatusError as e:
    if e.code == "insufficient_quota":
        raise UpgradeNeeded from e
```

## Fix

Tests the field: `code` for a code, the status for a number. Safe where the identifier is a status,
or a whole code of an API whose errors all have one, and only an answer's error gets there, of a
class that has the field. Unsafe where it is a fragment of a code, so that the error meant is
guessed, and where the class is not certain or is raised for more than answers, so that the error
may be one without the field. Only shown where the number stands in a wording of one error
(`"400 Request payload size exceeds"`), for the status would mean others as well, and where nothing
tells of which client the error is, or a function judges those of any client; a code also where
somebody else may say which server is asked, as with HED101. A name that nothing needs any more goes
with the last test of it.

## References

- PyAI, "Error codes": branch on `error.code`, not on `error.message`
- openai-python 1.60.0 and 3.54.0, `_base_client.py`, `_make_status_error_from_response`
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from heedlint.analysis.facts import Facts
from heedlint.clients.model import Role
from heedlint.fixes.field_test import test_field
from heedlint.fixes.stable_field import field_for
from heedlint.rules.model import Report, Rule, report_of

RULE = Rule("HED103", "identifier-in-message", True, "a code or status scraped out of the text")


def check(facts: Facts) -> Iterator[Report]:
    """Yields a report for each test of a code or status in an API error's text."""
    for test in facts.text_tests:
        if test.value.owner_role is Role.PROBLEM or facts.in_test(test.node) or not test.needles:
            continue
        if not all(facts.knowledge.is_identifier(needle) for needle in test.needles):
            continue
        field = field_for(test, facts)
        yield report_of(
            test.value,
            test.node,
            f"looks for {test.sought} in {facts.told(test.text)}; {field.advice}",
            errors=field.errors,
            evidence=test.evidence,
            plan=partial(test_field, test, field, facts),
        )
