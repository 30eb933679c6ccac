"""An error that is documented as never retryable is named among those to try again.

## What it does

Reports a code, status or exception class that a retry names although the catalogue says that
trying again can never help: in a set of codes or statuses, a tuple of classes, an `if`, a
predicate of a retry library.

## Why it matters

Credit is not added by waiting. Until the attempts are used up the user sees a program that hangs,
the provider sees useless load, and the action that would help is not taken.

## Example

```python
RETRYABLE = {"rate_limit_exceeded", "credit_exhausted"}
```

## Use instead

```python
RETRYABLE = {"rate_limit_exceeded"}
```

## Fix

Drops the element from the set, list or tuple, the operand from the `or`, the condition from those
of the retry library. A branch for that error alone ends the attempts: by `raise`, where the handler
raises what it does not try again, or the last attempt does; else as the attempts end there. Safe:
the error is then not tried again, as the contract asks, and nothing changes for the others. Unsafe
where the collection is read in other places, too, where nothing is left in it, where the class
stands for an error that may be tried again, for a status test of an answer, and where the branch
does more than say something and wait: the rest of it goes. Any other branch is left to its author.

## References

- PyAI, "Error codes": the action for each code
- RFC 9110, section 15.5: 4xx, the client seems to have erred
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http import HTTPStatus

import libcst as cst

from heedlint.analysis.facts import Facts
from heedlint.analysis.retries import Attempt
from heedlint.contracts.model import Retry
from heedlint.findings import Applicability
from heedlint.fixes.drop_element import drop_element
from heedlint.fixes.plan import Plan
from heedlint.rules.model import Report, Rule, named_errors

RULE = Rule("HED201", "retries-non-retryable", True, "an error that is never retryable is retried")


def check(facts: Facts) -> Iterator[Report]:
    """Yields a report for each element that names an error never to be retried."""
    for construct in facts.constructs:
        by_element: dict[cst.CSTNode, list[Attempt]] = {}
        alike = construct.retried_alike(HTTPStatus.TOO_MANY_REQUESTS)
        for attempt in construct.attempts:
            if attempt.element is None or attempt.broad or attempt.mended or attempt in alike:
                continue
            by_element.setdefault(attempt.element, []).append(attempt)
        for element, named in by_element.items():
            attempts = [attempt for attempt in named if attempt.is_hopeless]
            if all(attempt.fault.error.retry is Retry.NEVER for attempt in named):
                attempts = named  # among them a 429, told from the others by its code
            errors = tuple(dict.fromkeys(attempt.fault.error for attempt in attempts))
            if not errors:
                continue
            yield Report(
                node=element,
                message=f"retries what is never retryable: {named_errors(errors)}",
                catalogues=construct.catalogues,
                errors=errors,
                plan=partial(_plan, element, named, facts),
            )


def _plan(element: cst.CSTNode, named: list[Attempt], facts: Facts) -> Plan | None:
    """Leaves the element out: unsafe where it names an error that may be tried again, too."""
    plan = drop_element(element, facts)
    hopeless = all(attempt.fault.error.retry is Retry.NEVER for attempt in named)
    if plan is None or hopeless or plan.applicability is not Applicability.SAFE:
        return plan
    return replace(plan, applicability=Applicability.UNSAFE)
