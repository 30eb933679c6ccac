"""The text of an API's error decides what the program does.

## What it does

Reports a test of an API error's human-readable text (`in`, `==`, `startswith`, a regular
expression, ...) whose result decides something: an `if`, a `while`, a predicate's return value.
Not a test that only chooses what is said: what is logged, which sentence is returned.

## Why it matters

The message is written for people. It is reworded, translated and extended with values, and no
provider promises otherwise. `error.code` is what the contract keeps stable; a program that looks
for words breaks on the day that the words change, silently.

## Example

```python
except pyai.PyAIError as e:
    if "rate limit" in str(e).lower():
        raise Busy from e
```

## Use instead

```python
except pyai.PyAIError as e:
    if e.code == "rate_limit_exceeded":
        raise Busy from e
```

## Fix

Tests the stable code instead: where one phrase is looked for or any of several, in a helper, a
table of handlers, a `match` or a retry library's condition. A chain of tests that mean errors of
one status becomes one test.

Safe where each text stands for exactly one documented error and only an answer's error gets there,
of a class that has the field, and of an API whose errors all have a code. Unsafe where the text is
only a part of a documented wording, so that the error meant is guessed; where the class is not
certain (`except Exception`, a predicate's parameter) or is raised for more than answers
(`openai.APIError`), so that the error may be one without the field; where the API sends errors
without a code as well (OpenAI).

Only shown where no documented error has the wording (then as the test that comes nearest), where
the error is out of reach, and where the program does more with the text than test it. So are a
function that judges errors of any client, unless its callers in the file have them of one, and the
test of a code in a file that lets somebody say which server is asked (`base_url=`, `AzureOpenAI`,
the URL of a request in a variable): such a server has codes of its own, or has them elsewhere.
Nothing is offered where the tests around have settled the finest field that the client shows; the
message then says so.

A name that nothing needs any more (`message = str(e)`) goes with the last test of it, as far as
making it had no other effect; so does an `import re`.

## References

- PyAI, "Error codes": branch on `error.code`, not on `error.message`
- RFC 9457, section 3.1.4: `detail` is for people and should not be parsed
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from heedlint.analysis.facts import Facts
from heedlint.clients.model import Role
from heedlint.fixes.field_test import test_field
from heedlint.fixes.stable_field import field_for
from heedlint.rules.model import Report, Rule, report_of

RULE = Rule("HED101", "branch-on-message", True, "control flow decided by an API error's text")


def check(facts: Facts) -> Iterator[Report]:
    """Yields a report for each test of an API error's wording."""
    for test in facts.text_tests:
        if test.value.owner_role is Role.PROBLEM or facts.in_test(test.node):
            continue
        if test.needles and all(facts.knowledge.is_identifier(needle) for needle in test.needles):
            continue  # HED103 says more
        field = field_for(test, facts)
        what = f"{test.sought} in" if test.needles else f"{test.operator!r} of"
        yield report_of(
            test.value,
            test.node,
            f"branches on {what} the error message {facts.told(test.text)}; {field.advice}",
            errors=field.errors,
            evidence=test.evidence,
            plan=partial(test_field, test, field, facts),
        )
