"""Repairs a wrong reading of `Retry-After`: the one reader of the header takes its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from heedlint.analysis.facts import Facts
from heedlint.analysis.header_readings import HeaderReading
from heedlint.analysis.names import Binding, Kind
from heedlint.analysis.replay.invocations import SLEEPS
from heedlint.analysis.tree import walk, walk_scope
from heedlint.findings import Applicability
from heedlint.fixes.additions import Additions
from heedlint.fixes.plan import Change, Plan, Removal, Replacement
from heedlint.fixes.reader_call import reading, reading_in_place, source_of
from heedlint.fixes.retry_after import (
    GUESSED,
    can_be_read_again,
    comes_after_a_test,
    lets_in_rate_limits_alone,
)

_DEPTH = 6


@dataclass(frozen=True)
class _Read:
    """The headers that are read, the default that the program gives, and the names in between."""

    headers: cst.BaseExpression
    default: cst.BaseExpression | None = None
    bindings: tuple[Binding, ...] = ()


def read_rightly(found: HeaderReading, facts: Facts) -> Plan:
    """Puts the reader in the place of a conversion; drops what is read and not used.

    Safe where the seconds are slept for at once, no other errors than rate limits come by, and the
    program has a delay of its own for a missing header. Shown where the headers are not at hand.
    """
    if isinstance(found.node, cst.Assign):
        return Plan(
            Applicability.UNSAFE,
            "drop what is not used",
            (without(found.node, facts),),
        )
    assert isinstance(found.node, cst.Call)
    converted = found.node.args[0].value
    read = _read(converted, facts, 0)
    shown = Plan(Applicability.DISPLAY, "read seconds and HTTP-dates, and expect it to be missing")
    if read is None or not can_be_read_again(read.headers, found.node, facts):
        return shown
    place, default = _place(found.node, read, facts)
    if default == "None":
        return shown  # the program tells a missing header from a delay; the reader does not
    additions = Additions(place, facts)
    source = reading(additions, facts.source(read.headers), default or GUESSED)
    changes: list[Change] = [
        reading_in_place(place, facts.source(read.headers), default or GUESSED, additions, facts)
    ]
    changes += [without(node, facts) for node in _needless(read, place, facts)]
    slept = _is_slept_for(place, facts) and _is_of_rate_limit(place, facts)
    worth = Applicability.SAFE if slept and default else Applicability.UNSAFE
    return Plan(worth, f"wait {source}", (*changes, *additions.changes))


def without(statement: cst.BaseSmallStatement, facts: Facts) -> Change:
    """Takes a statement out; where it is alone, `pass` takes its place."""
    line = facts.tree.parent(statement)
    block = facts.tree.parent(line) if line is not None else None
    alone = isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1
    rest = len(block.body) > 1 if isinstance(block, (cst.IndentedBlock, cst.Module)) else False
    return Removal(statement, None, None) if alone and rest else Replacement(statement, "pass")


# What is read


def _read(node: cst.BaseExpression, facts: Facts, depth: int) -> _Read | None:
    match node:
        case cst.Call(func=cst.Attribute(value=owner), args=[_, *defaults]):
            return _Read(owner, defaults[0].value if defaults else None)
        case cst.Subscript(value=owner):
            return _Read(owner)
        case cst.BooleanOperation(left=left, right=right):
            found = _read(left, facts, depth + 1)
            return found and _Read(found.headers, right, found.bindings)
        case cst.Name() if depth < _DEPTH:
            bindings = facts.names.bindings(node)
            if len(bindings) == 1 and bindings[0].value is not None:
                found = _read(bindings[0].value, facts, depth + 1)
                return found and _Read(found.headers, found.default, (*found.bindings, bindings[0]))
    return None


def _needless(read: _Read, place: cst.CSTNode, facts: Facts) -> Iterator[cst.BaseSmallStatement]:
    """The assignments of names that are used nowhere but where the reader is put."""
    for binding in read.bindings:
        if not isinstance(binding.node, cst.Assign) or len(binding.node.targets) != 1:
            continue
        uses = (
            name
            for name in facts.tree.all(cst.Name)
            if name.value == binding.name
            and name is not binding.node.targets[0].target
            and binding in facts.names.bindings(name)
        )
        if all(name is place or facts.tree.contains(place, name) for name in uses):
            yield binding.node


# Where the reader goes


def _place(call: cst.Call, read: _Read, facts: Facts) -> tuple[cst.BaseExpression, str]:
    """What the reader takes the place of, and the program's own delay; "" where it has none."""
    parent = facts.tree.parent(call)
    if isinstance(parent, cst.IfExp) and parent.body is call and _asks(parent.test, read):
        return parent, facts.source(parent.orelse)
    if read.default is not None:
        default = _as_number(read.default, call, facts)
        if default:
            return call, default
    around = facts.tree.parent(parent) if isinstance(parent, cst.Arg) else None
    if isinstance(around, cst.Call) and facts.names.qualified(around.func) == "max":
        return call, "0"
    return call, _default_beside(call, facts)


def _asks(test: cst.BaseExpression, read: _Read) -> bool:
    """Whether a test asks only for what is read: whether the header is there."""
    names = {binding.name for binding in read.bindings}
    names |= {node.value for node in walk(read.headers) if isinstance(node, cst.Name)}
    return all(node.value in names for node in walk(test) if isinstance(node, cst.Name))


def _as_number(default: cst.BaseExpression, call: cst.Call, facts: Facts) -> str:
    """A default given to the header's reading as a number of seconds; "" for no such."""
    code = facts.tree.code(default)
    match default:
        case cst.SimpleString():
            text = str(default.evaluated_value).strip()
            return text if text.replace(".", "", 1).isdigit() else ""
        case cst.Name(value="None"):
            return ""
        case cst.Integer() | cst.Float() | cst.BinaryOperation():
            return code
    return f"{facts.tree.code(call.func)}({code})"


def _default_beside(call: cst.Call, facts: Facts) -> str:
    """What the same statement has in its place where the header is missing.

    That is in the `else`, in the `except`, or, for a `return`, after the `if`.
    """
    statement = facts.tree.statement(call)
    before, _, after = source_of(statement, facts).partition(facts.tree.code(call))
    for other in _alternatives(statement, facts):
        code = source_of(other, facts)
        long_enough = len(code) > len(before) + len(after)
        if long_enough and code.startswith(before) and code.endswith(after):
            found = code[len(before) : len(code) - len(after)]
            return found if before else ""
    return ""


def _alternatives(statement: cst.CSTNode, facts: Facts) -> Iterator[cst.CSTNode]:
    """The statements that run instead of one."""
    block = facts.tree.parent(statement)
    owner = facts.tree.parent(block) if block is not None else None
    if isinstance(owner, cst.If) and owner.body is block:
        if isinstance(owner.orelse, cst.Else) and len(owner.orelse.body.body) == 1:
            yield owner.orelse.body.body[0]
        around = facts.tree.parent(owner)
        if owner.orelse is None and isinstance(around, cst.IndentedBlock):
            following = list(around.body)[list(around.body).index(owner) + 1 :]
            yield from [s for s in following[:1] if _returns(s) and _returns(statement)]
    if isinstance(owner, cst.Try) and owner.body is block:
        for handler in owner.handlers:
            if len(handler.body.body) == 1:
                yield handler.body.body[0]


def _returns(statement: cst.CSTNode) -> bool:
    match statement:
        case cst.SimpleStatementLine(body=[cst.Return()]):
            return True
    return False


# What is safe


def _is_slept_for(place: cst.BaseExpression, facts: Facts) -> bool:
    """Whether an expression is how long the program sleeps, itself or by a name of its own."""
    holder = facts.tree.parent(place)
    match holder:
        case cst.Arg():
            call = facts.tree.parent(holder)
            return isinstance(call, cst.Call) and facts.names.qualified(call.func) in SLEEPS
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name) as target)]):
            function = facts.tree.enclosing(place, cst.FunctionDef)
            if not isinstance(function, cst.FunctionDef):
                return False
            names = [n for n in walk_scope(function) if isinstance(n, cst.Name)]
            uses = [n for n in names if n.value == name and n is not target]
            single = all(
                b.node is holder for b in facts.names.nearest(name, place) if b.kind is Kind.ASSIGN
            )
            return single and bool(uses) and all(_is_slept_for(use, facts) for use in uses)
    return False


def _is_of_rate_limit(place: cst.CSTNode, facts: Facts) -> bool:
    """Whether only rate limits get to a place, by a test or by the `except` around it."""
    if comes_after_a_test(place, facts):
        return True
    handler = facts.tree.enclosing(place, cst.ExceptHandler)
    origin = facts.origins.of_handler(handler) if handler is not None else None
    if not isinstance(handler, cst.ExceptHandler) or origin is None or handler.type is None:
        return False
    classes = facts.origins.class_names(handler.type)
    return lets_in_rate_limits_alone(classes, origin.profiles, facts)
