"""A status that several codes share decides alone, although they ask for different actions.

## What it does

Reports a test of a status, or an `except` of a class that stands for one status, where the
catalogue has several codes for it with different actions and the function never looks at the code.

## Why it matters

Three codes of PyAI share 402 (add credit, raise the key's budget, upgrade the plan) and three
share 429, one of which ends only when the day does. What the status alone decides is wrong for
some of them.

## Example

```python
except pyai.PyAIError as e:
    if e.status == 402:
        ask_to_add_credit()
```

## Use instead

```python
except pyai.PyAIError as e:
    if e.code == "credit_exhausted":
        ask_to_add_credit()
    elif e.code == "key_budget_exceeded":
        ask_to_raise_the_budget()
```

## Fix

None: what to do for each code is for the author to say.

## References

- PyAI, "Error codes": three codes share 402, three share 429, two share 403
- OpenAI, "Error codes": 429 is a rate limit or a quota
"""

from __future__ import annotations

from collections.abc import Iterator

from heedlint.analysis.ambiguities import Ambiguity
from heedlint.analysis.facts import Facts
from heedlint.rules.model import Report, Rule, named_errors, report_of

RULE = Rule(
    "HED403", "ambiguous-status", False, "one status, several codes, only the status tested"
)


def check(facts: Facts) -> Iterator[Report]:
    """Yields a report for each status that is tested without the code."""
    for found in facts.ambiguities:
        yield report_of(
            found.value,
            found.node,
            _message(found),
            errors=found.errors,
        )


def _message(found: Ambiguity) -> str:
    return (
        f"{found.errors[0].status} has several codes; test the code: {named_errors(found.errors)}"
    )
