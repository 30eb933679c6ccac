"""How import statements are sorted, and laid out when they get one name more."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import libcst as cst

from heedlint.analysis.names import dotted
from heedlint.analysis.tree import Tree
from heedlint.source.positions import Positions


def sort_key(line: str, first_party: frozenset[str]) -> tuple[int, bool, str]:
    """Where an import stands among others, as isort has it.

    The future, Python's own, others, the package that the file is part of, what is relative.
    """
    statement = cst.parse_statement(line)
    assert isinstance(statement, cst.SimpleStatementLine)
    node = statement.body[0]
    if isinstance(node, cst.ImportFrom):
        module = dotted(node.module)
        relative = bool(node.relative)
    else:
        assert isinstance(node, cst.Import)
        module, relative = dotted(node.names[0].name), False
    root = module.partition(".")[0]
    if relative:
        group = 4
    elif root == "__future__":
        group = 0
    elif root in sys.stdlib_module_names:
        group = 1
    else:
        group = 3 if root in first_party else 2
    return group, isinstance(node, cst.ImportFrom), module.lower()


def is_sorted(keys: Sequence[Any]) -> bool:
    """Whether none is smaller than the one before it."""
    return all(one <= other for one, other in pairwise(keys))


def _by_type(name: str) -> tuple[int, str]:
    """As isort does by default: constants, classes, functions; in any case of letters."""
    if name.isupper() and len(name) > 1:
        return 0, name.lower()
    return (1 if name[:1].isupper() else 2), name.lower()


_ORDERS: tuple[Callable[[str], Any], ...] = (_by_type, str.lower, str)


def _index(names: list[str], member: str) -> int:
    """Where a name goes among those there: at the end where they are in no order."""
    for order in _ORDERS:
        if is_sorted(list(map(order, names))):
            return sum(order(name) <= order(member) for name in names)
    return len(names)


def with_name(statement: str, member: str, indent: str, step: str, width: int) -> str:
    """A `from` with one name more, laid out as it is.

    `indent` is what its line begins with, `step` the file's own; where the names no longer fit into
    `width` characters they get a line each.
    """
    source = f"{statement}\n"
    module = cst.parse_module(source)
    line = module.body[0]
    assert isinstance(line, cst.SimpleStatementLine)
    node = line.body[0]
    assert isinstance(node, cst.ImportFrom)
    assert not isinstance(node.names, cst.ImportStar)
    positions = Positions(module, source, Tree(module).ancestors)
    places = [positions.offsets(alias) for alias in node.names]
    index = _index([dotted(alias.name) for alias in node.names], member)
    if "\n" in statement:
        return _in_lines(statement, member, places, index, width - len(indent))
    names = [statement[begin:end] for begin, end in places]
    names.insert(index, member)
    begin, end = places[0][0], places[-1][1]
    flat = statement[:begin] + ", ".join(names) + statement[end:]
    if len(indent) + len(flat) <= width:
        return flat
    head = statement[:begin].rstrip(" (")
    lines = "".join(f"{indent}{step}{name},\n" for name in names)
    return f"{head} (\n{lines}{indent})"


def _in_lines(
    statement: str, member: str, places: list[tuple[int, int]], index: int, width: int
) -> str:
    """A statement of several lines with a name put in."""
    last_begin, last_end = places[-1]
    line_begin = statement.rfind("\n", 0, last_begin) + 1
    margin = statement[line_begin:last_begin]
    if margin.strip():
        return _filled(statement, member, last_end, width)
    broken = "" if "(" in statement else " \\"
    if index < len(places):
        begin = places[index][0]
        own_margin = statement[statement.rfind("\n", 0, begin) + 1 : begin]
        if own_margin.strip():  # it shares its line with others
            return f"{statement[:begin]}{member}, {statement[begin:]}"
        return f"{statement[:begin]}{member},{broken}\n{margin}{statement[begin:]}"
    if broken:
        return f"{statement[:last_end]},{broken}\n{margin}{member}"
    tail = statement[last_end:]
    comma = "," if tail.lstrip().startswith(",") else ""
    own, newline, rest = tail.partition("\n")
    if not newline:  # the parenthesis is closed on the line
        return f"{statement[:last_end]},\n{margin}{member}{tail}"
    comment = own if comma else f",{own}"
    return f"{statement[:last_end]}{comment}\n{margin}{member}{comma}\n{rest}"


def _filled(statement: str, member: str, end: int, width: int) -> str:
    """Names in lines as full as they may be: one more in the last line, or in a line of its own."""
    begin = statement.rfind("\n", 0, end) + 1
    line = statement[begin:end]
    rest = statement[end:].partition("\n")[0]
    if len(line) + len(f", {member}") + len(rest) <= width:
        return f"{statement[:end]}, {member}{statement[end:]}"
    margin = line[: len(line) - len(line.lstrip())]
    if not margin:  # the first line of all
        margin = "    "
    broken = "" if "(" in statement else " \\"
    return f"{statement[:end]},{broken}\n{margin}{member}{statement[end:]}"
