"""A file that cannot be decoded or parsed is said to be so, never skipped in silence.

## What it does

Reports a file whose bytes are not in its declared encoding (PEP 263, UTF-8 without a
declaration), or whose text is not Python.

## Why it matters

A linter that skips what it cannot read tells nobody that the file was never checked.

## Example

```python
def call(:
    pass
```

## Use instead

```python
def call():
    pass
```

## Fix

None: only the author knows what was meant.

## References

- PEP 263, Defining Python Source Code Encodings
"""

from __future__ import annotations

from collections.abc import Iterator

from heedlint.analysis.facts import Facts
from heedlint.rules.model import Report, Rule

RULE = Rule("HED900", "unreadable-file", True, "a file that cannot be decoded or parsed")


def check(_facts: Facts) -> Iterator[Report]:
    """Yields nothing: a module that has facts was read."""
    yield from ()
