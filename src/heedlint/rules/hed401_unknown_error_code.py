"""An error's code is compared with one that the API does not have.

## What it does

Reports a comparison of an error's code with a constant that no catalogue in force knows: in a
comparison, a set or tuple, a `match`, the keys of a dictionary that is looked up by the code.
Where an API's list of codes is not complete, only what is nearly one of them is reported.

## Why it matters

The branch never runs. Nothing says so: no exception, no warning, and a test with the same spelling
passes.

## Example

```python
if e.code == "rate_limit_exceded":
    slow_down()
```

## Use instead

```python
if e.code == "rate_limit_exceeded":
    slow_down()
```

## Fix

Writes the nearest code of the catalogue, where there is one. Unsafe: what was meant is guessed.

## References

- PyAI, "Error codes"
- OpenAI, "Error codes"
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import libcst as cst

from heedlint.analysis.facts import Facts
from heedlint.clients.model import Role
from heedlint.contracts.model import Catalogue
from heedlint.fixes.rename_code import rename_code
from heedlint.rules.model import Report, Rule, report_of
from heedlint.tables import nearest

RULE = Rule("HED401", "unknown-error-code", True, "a code that the catalogue does not have")
# How alike a word must be to a code to be a misspelling of it, from 0 to 1 (see `nearest`).
_MISSPELT = 0.9


def check(facts: Facts) -> Iterator[Report]:
    """Yields a report for each constant that is no code of the API."""
    seen: set[cst.CSTNode] = set()
    for test in facts.field_tests:
        code, catalogues = test.constant, test.value.origin.catalogues
        if test.value.role is not Role.CODE or not isinstance(code, str) or not code:
            continue
        if test.element in seen or not catalogues or not all(c.codes for c in catalogues):
            continue
        known = {known for catalogue in catalogues for known in catalogue.codes}
        meant = _meant(code, known, complete=all(c.complete for c in catalogues))
        if code in known or meant is None:
            continue
        seen.add(test.element)
        yield report_of(
            test.value,
            test.element,
            _message(code, meant, catalogues, facts),
            plan=partial(rename_code, test, meant) if meant else None,
        )


def _meant(code: str, known: set[str], *, complete: bool) -> str | None:
    """The code that was meant: "" where none is near, None where the code may exist after all."""
    spelt = code.lower().replace("-", "_").replace(" ", "_").replace(".", "_")
    if spelt in known:
        return spelt
    return nearest(spelt, known) if complete else nearest(spelt, known, alike=_MISSPELT) or None


def _message(code: str, meant: str, catalogues: tuple[Catalogue, ...], facts: Facts) -> str:
    titles = " or ".join(catalogue.title for catalogue in catalogues)
    owners = [c.title for c in facts.knowledge.catalogues.values() if code in c.codes]
    whose = f", it is one of {owners[0]}" if owners else ""
    hint = f"; did you mean {meant!r}?" if meant else ""
    return f"{code!r} is no code of {titles}{whose}: the test never holds{hint}"
