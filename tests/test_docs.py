"""The rules' pages are what docs/generate.py makes of their docstrings."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace

import generate
import pytest

DOCSTRING = """Says something of the code.

## What it does
It says something.

## Why it matters
It does.

## Example
```python
## no heading
```

## Use instead
Nothing.

## Fix
None.

## References
- none
"""


def rule_module(code: str, docstring: str = DOCSTRING) -> ModuleType:
    module = ModuleType(f"rules.{code.lower()}_some_rule", docstring)
    module.RULE = SimpleNamespace(code=code, name="some-rule", default_on=True, summary="...")
    return module


@pytest.mark.skipif(find_spec("heedlint.rules.model") is None, reason="heedlint has no rules yet")
def test_the_pages_are_fresh() -> None:
    from heedlint.rules import load_rules

    stale = generate.stale(generate.pages(list(load_rules())))

    names = ", ".join(path.name for path in stale)
    assert not stale, f"stale: {names}; run python docs/generate.py"


def test_a_page_is_its_docstring() -> None:
    text = generate.page(rule_module("HED999"))

    assert "# HED999 some-rule\n\nSays something of the code. On by default.\n" in text
    assert text.endswith("## References\n- none\n")


def test_the_index_links_every_rule() -> None:
    text = generate.index([rule_module("HED998"), rule_module("HED999")])

    assert "| [HED998](rules/HED998.md) | some-rule | Says something of the code. | on |" in text
    assert "HED999.md" in text


@pytest.mark.parametrize(
    "docstring",
    [
        "",
        "No full stop\n\n## What it does\n",
        DOCSTRING.replace("## Fix\nNone.\n", ""),
        DOCSTRING.replace("## Fix", "## Repair"),
    ],
)
def test_a_docstring_without_its_sections_is_refused(docstring: str) -> None:
    with pytest.raises(generate.BadDocstring, match="some_rule"):
        generate.page(rule_module("HED999", docstring))


def test_writing_makes_fresh_and_removes_orphans(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    orphan = tmp_path / "rules" / "HED000.md"
    orphan.write_text("a rule that was")
    wanted = generate.pages([rule_module("HED999")], tmp_path)

    assert len(generate.write(wanted, tmp_path)) == 3
    assert not orphan.exists()
    assert generate.stale(wanted, tmp_path) == []
    assert generate.write(wanted, tmp_path) == []
