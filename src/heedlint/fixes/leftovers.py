"""What nothing needs any more once a test of a text is replaced: `text = str(e).lower()`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import PurePath

import libcst as cst

from heedlint.analysis.constants import Unknown, literal
from heedlint.analysis.facts import Facts
from heedlint.analysis.names import Binding, Kind, dotted
from heedlint.analysis.tree import walk
from heedlint.clients.model import Role
from heedlint.fixes.plan import Leftover, LineRemoval

_TEXT_OF = frozenset({"str", "repr", "ascii"})
_FOLDING = frozenset({"lower", "upper", "casefold", "strip", "lstrip", "rstrip"})
_WORD = re.compile(r"\w+")
# What may read a name without saying it.
_READING_ALL = frozenset({"locals", "vars", "eval", "exec", "dir", "globals"})


def names_gone(gone: cst.CSTNode, source: str) -> tuple[cst.Name, ...]:
    """The names that are no longer read once `source` stands in the place of `gone`."""
    kept = {node.value for node in walk(cst.parse_expression(source)) if isinstance(node, cst.Name)}
    return tuple(node for node in _read(gone) if node.value not in kept)


def leftovers(names: tuple[cst.Name, ...], facts: Facts) -> tuple[Leftover, ...]:
    """The statements without effect that are there for these names, or for what those are made of.

    Assignments in the function of what is pure, and imports of Python's own modules.
    """
    found: dict[str, Leftover] = {}
    pending = list(names)
    while pending:
        name = pending.pop()
        left = found.get(name.value) or _of_variable(name, facts) or _of_import(name, facts)
        if left is not None and name.value not in found:
            found[name.value] = left
            pending += left.reads
    return tuple(found.values())


def _of_variable(name: cst.Name, facts: Facts) -> Leftover | None:
    """The assignment of a variable of the function around that is made of a text, and once."""
    function = facts.tree.enclosing(name, cst.FunctionDef)
    bindings = facts.names.nearest(name.value, name)
    if function is None or len(bindings) != 1 or bindings[0].scope is not function:
        return None
    line = _own_line(bindings[0], name, facts)
    value = bindings[0].value
    if line is None or value is None or not _is_pure(value, facts) or _is_read_unseen(function):
        return None
    uses = tuple(n for n in _read(function) if n.value == name.value and not _is_target(n, line))
    return Leftover(LineRemoval(line), uses, tuple(_read(value)))


def _own_line(binding: Binding, use: cst.Name, facts: Facts) -> cst.SimpleStatementLine | None:
    """The line of an assignment to one name, in a block that its use is part of."""
    if binding.kind is not Kind.ASSIGN:
        return None
    match binding.node:
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name())]) | cst.AnnAssign():
            pass
        case _:
            return None
    line = facts.tree.parent(binding.node)
    block = facts.tree.parent(line) if line is not None else None
    if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
        return None
    is_around = isinstance(block, cst.IndentedBlock) and facts.tree.contains(block, use)
    return line if is_around and not facts.tree.contains(line, use) else None


def _is_target(name: cst.Name, line: cst.SimpleStatementLine) -> bool:
    match line.body[0]:
        case cst.Assign(targets=[cst.AssignTarget(target=target)]) | cst.AnnAssign(target=target):
            return target is name
    return False


def _is_read_unseen(function: cst.CSTNode) -> bool:
    """Whether a function may read its names otherwise, or hand them to others."""
    return any(
        isinstance(node, (cst.Global, cst.Nonlocal))
        or (isinstance(node, cst.Name) and node.value in _READING_ALL)
        for node in walk(function)
    )


def _is_pure(node: cst.BaseExpression, facts: Facts) -> bool:
    """Whether an expression does nothing but make a text of what is at hand."""
    match node:
        case cst.Name():
            return True
        case cst.FormattedString(parts=parts):
            return all(
                isinstance(part, cst.FormattedStringText)
                or (
                    isinstance(part, cst.FormattedStringExpression)
                    and part.format_spec is None
                    and _is_pure(part.expression, facts)
                )
                for part in parts
            )
        case cst.Call(func=cst.Name(), args=[cst.Arg(star="", value=value)]):
            is_text = facts.names.qualified(node.func) in _TEXT_OF
            return is_text and _is_pure(value, facts)
        case cst.Call(func=cst.Attribute(value=owner, attr=cst.Name(value=method)), args=args):
            literals = all(not isinstance(literal(arg.value), Unknown) for arg in args)
            return method in _FOLDING and literals and _is_text(owner, facts)
        case cst.Attribute(value=cst.Name()):
            told = facts.roles.of(node)
            return told is not None and told.role is Role.MESSAGE and bool(told.origin.classes)
        case cst.BooleanOperation(left=left, right=right):
            return _is_pure(left, facts) and _is_pure(right, facts)
    return not isinstance(literal(node), Unknown)


def _is_text(node: cst.BaseExpression, facts: Facts) -> bool:
    """Whether a pure expression is a text, which has a text's methods."""
    if isinstance(node, cst.Name):
        value = facts.roles.of(node)
        return value is not None and value.role is Role.MESSAGE
    return _is_pure(node, facts) and not isinstance(node, cst.BooleanOperation)


# Imports


def _of_import(name: cst.Name, facts: Facts) -> Leftover | None:
    """The import of one of Python's own modules that nothing else in the file asks for."""
    bindings = facts.names.nearest(name.value, name)
    if name.value not in sys.stdlib_module_names or len(bindings) != 1:
        return None
    node = bindings[0].node
    line = facts.tree.parent(node)
    if not isinstance(node, cst.Import) or not isinstance(line, cst.SimpleStatementLine):
        return None
    alone = len(line.body) == len(node.names) == 1 and node.names[0].asname is None
    at_top = (
        facts.tree.parent(line) is facts.tree.module and line.trailing_whitespace.comment is None
    )
    if not alone or not at_top or dotted(node.names[0].name) != name.value:
        return None
    if PurePath(facts.path).name == "__init__.py" or _is_spoken_of(name.value, facts):
        return None
    uses = tuple(n for n in _read(facts.tree.module) if n.value == name.value)
    return Leftover(LineRemoval(line), uses, ())


def _is_spoken_of(name: str, facts: Facts) -> bool:
    """Whether a string names the module: `__all__`, an annotation in quotes, something dynamic."""
    if any(node.value in _READING_ALL for node in facts.tree.all(cst.Name)):
        return True
    said = (literal(text) for text in facts.tree.all(cst.SimpleString))
    return any(isinstance(text, str) and name in _WORD.findall(text) for text in said)


def _read(node: cst.CSTNode) -> Iterator[cst.Name]:
    """The names in a node that are variables: no attributes, keywords or imported ones."""
    stack = [node]
    while stack:
        current = stack.pop()
        match current:
            case cst.Name():
                yield current
            case cst.Attribute(value=owner):
                stack.append(owner)
            case cst.Arg(value=value):
                stack.append(value)
            case cst.Import() | cst.ImportFrom():
                pass
            case _:
                stack += current.children
