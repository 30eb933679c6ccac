"""What heedlint tells about itself: the rules, one rule, the catalogues."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING

import click

from heedlint.errors import ConfigurationError
from heedlint.tables import nearest, one_of

if TYPE_CHECKING:
    from heedlint.contracts.model import Catalogue

_HEADING = re.compile(r"#+ (.+)")
_FENCE = "```"


def rule_page(module: ModuleType) -> str:
    """The explanation of the rule in `module`: its heading, then its docstring."""
    rule = module.RULE
    state = "on by default" if rule.default_on else "off by default"
    heading = click.style(f"{rule.code} {rule.name}", bold=True) + f" ({state})"
    return "\n".join([heading, "", *_shown(inspect.cleandoc(module.__doc__ or rule.summary))])


def rule_table(modules: Iterable[ModuleType]) -> str:
    """The rules, one line each: code, name, whether it is on by default, summary."""
    rows = [
        (m.RULE.code, m.RULE.name, "on" if m.RULE.default_on else "off", m.RULE.summary)
        for m in modules
    ]
    return _table([("code", "name", "default", "what it says"), *rows])


def catalogue_table(catalogues: Mapping[str, Catalogue]) -> str:
    """The catalogues, one line each: name, number of documented errors, title, source."""
    rows = [(c.name, str(len(c.errors)), c.title, c.source) for c in catalogues.values()]
    return _table([("name", "errors", "title", "source"), *rows])


def catalogue_page(catalogues: Mapping[str, Catalogue], name: str) -> str:
    """Every documented error of the catalogue `name`.

    Raises `ConfigurationError` for a name that there is not, with the nearest.
    """
    if name not in catalogues:
        near = nearest(name, catalogues)
        hint = f"did you mean {near}?" if near else f"expected {one_of(sorted(catalogues))}"
        raise ConfigurationError(f"there is no catalogue {name!r}; {hint}")
    catalogue = catalogues[name]
    rows = [
        (str(error.status), error.code or "-", str(error.retry), error.action)
        for error in catalogue.errors
    ]
    heading = click.style(f"{catalogue.name}: {catalogue.title}", bold=True)
    table = _table([("status", "code", "retry", "what to do"), *rows])
    return f"{heading}\n{catalogue.source}\n\n{table}"


def _shown(markdown: str) -> Iterator[str]:
    """Markdown as a terminal shows it: headings bold, code indented instead of fenced."""
    in_code = False
    for line in markdown.splitlines():
        heading = None if in_code else _HEADING.fullmatch(line)
        if line.startswith(_FENCE):
            in_code = not in_code
        elif heading:
            yield click.style(heading[1], bold=True)
        else:
            yield f"    {line}".rstrip() if in_code else line


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    """Rows in columns, the first of them as a heading; the last column runs as it likes."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:-1]
    lines = [
        "  ".join([*(f"{cell:{width}}" for cell, width in zip(row, widths, strict=False)), row[-1]])
        for row in rows
    ]
    return "\n".join([click.style(lines[0], bold=True), *lines[1:]])
