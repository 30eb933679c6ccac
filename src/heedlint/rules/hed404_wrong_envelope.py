"""A field of an error body is looked for where the body does not have it.

## What it does

Reports `body["code"]` or `body["message"]` of a body whose fields stand under `error`,
`body["error"]` of a problem document, and `e.body["error"]` where an SDK keeps the inner object as
`body`. Readings that are ready for both shapes are left alone.

## Why it matters

The subscript raises `KeyError` in the one moment in which the program deals with an error already;
`.get` gives `None`, and every test of the code is dead.

## Example

```python
if response.status_code >= 400:
    code = response.json()["code"]
```

## Use instead

```python
if response.status_code >= 400:
    code = response.json()["error"]["code"]
```

## Fix

Reads the field where the envelope has it. Unsafe: whoever relied on the `KeyError` or the `None`
gets a value. For problem documents the repair is only shown.

## References

- PyAI, "Error codes": `{"error": {"message", "type", "code", "param"}}`
- RFC 9457, section 3.1: the members of a problem document
- openai-python 3.54.0, `_client.py`, `_make_status_error`: `body` is the inner object
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from heedlint.analysis.body_readings import BodyReading
from heedlint.analysis.facts import Facts
from heedlint.fixes.envelope_path import read_in_place, source_in_place
from heedlint.rules.model import Report, Rule, report_of

RULE = Rule("HED404", "wrong-envelope", True, "a field read where the body does not have it")


def check(facts: Facts) -> Iterator[Report]:
    """Yields a report for each reading that goes past the envelope."""
    for reading in facts.body_readings:
        yield report_of(
            reading.value,
            reading.node,
            (
                f"{facts.tree.code(reading.owner)} has no {reading.key!r} at its top; "
                f"{_advice(reading, facts)}"
            ),
            plan=partial(read_in_place, reading, facts),
        )


def _advice(reading: BodyReading, facts: Facts) -> str:
    source = source_in_place(reading, facts)
    if source:
        return f"read {source}"
    return "a problem document says what it is in the last segment of its type"
