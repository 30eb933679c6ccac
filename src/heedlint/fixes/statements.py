"""What statements do, as far as the repairs of retries ask: say, keep, sleep, bind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import libcst as cst

from heedlint.analysis.names import dotted
from heedlint.analysis.tree import walk

# The functions, by the last of their names, that tell people of something and do nothing else.
_SAYING = frozenset(
    {"critical", "debug", "error", "exception", "fatal", "info", "log", "print", "warn", "warning"}
)


def only_says(statement: cst.CSTNode) -> bool:
    """Whether a line only tells of something: a log, a print."""
    return isinstance(statement, cst.SimpleStatementLine) and all(
        isinstance(part, cst.Expr) and isinstance(part.value, cst.Call) and says(part.value)
        for part in statement.body
    )


def says(call: cst.Call) -> bool:
    """Whether a call only tells people of something."""
    return dotted(call.func).rpartition(".")[2] in _SAYING


def sleeps(part: cst.CSTNode) -> bool:
    """Whether a statement only sleeps, by the name of what it calls."""
    call = called(part)
    return call is not None and dotted(call.func).rpartition(".")[2] == "sleep"


def called(part: cst.CSTNode) -> cst.Call | None:
    """The call, or awaited call, that is all of a statement."""
    value = part.value if isinstance(part, cst.Expr) else None
    value = value.expression if isinstance(value, cst.Await) else value
    return value if isinstance(value, cst.Call) else None


def outliving(names: Iterable[str]) -> set[str]:
    """The names, among those bound, of what a function does not keep to itself."""
    return {name for name in names if "." in name}


def keeps(statement: cst.SimpleStatementLine) -> bool:
    """Whether a line gives names values and does nothing else."""
    return all(
        isinstance(part, (cst.Assign, cst.AugAssign))
        and not any(isinstance(node, (cst.Await, cst.Yield)) for node in walk(part))
        for part in statement.body
    )


def names_bound(nodes: Iterable[cst.CSTNode]) -> set[str]:
    """The names, also dotted ones, that are given values."""
    found: set[str] = set()
    for node in nodes:
        match node:
            case (
                cst.AssignTarget(target=target)
                | cst.AugAssign(target=target)
                | cst.AnnAssign(target=target)
                | cst.NamedExpr(target=target)
                | cst.For(target=target)
            ):
                found.update(_targets(target))
    return found


def _targets(target: cst.CSTNode) -> Iterator[str]:
    match target:
        case cst.Name() | cst.Attribute():
            yield dotted(target)
        case cst.Tuple(elements=elements) | cst.List(elements=elements):
            for element in elements:
                yield from _targets(element.value)
        case cst.Subscript(value=owner):
            yield dotted(owner)
