"""Whether a hand-written retry has a try, and time, left for a wait: after the last it is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from heedlint.analysis.conditions import conditions
from heedlint.analysis.constants import constant
from heedlint.analysis.facts import Facts
from heedlint.analysis.names import argument
from heedlint.analysis.replay.state import names_read
from heedlint.analysis.retries import Attempt, RetryConstruct
from heedlint.analysis.tree import LOOPS, walk, walk_scope
from heedlint.fixes.loop_endings import counters, leaves_before
from heedlint.fixes.plan import Change, Replacement
from heedlint.fixes.statements import names_bound

_FUNCTIONS = (cst.FunctionDef, cst.Lambda)
_UNUSED = "_"
# Seconds that are no time to wait for a limit to end.
_LITTLE_TIME = 10
_COUNTERS = ("attempt", "attempt_number", "number_of_attempt")
# What may be computed again in another place and gives the same.
_PLAIN = (
    cst.Name, cst.Attribute, cst.Integer, cst.BinaryOperation, cst.BaseBinaryOp, cst.Comparison,
    cst.ComparisonTarget, cst.BaseCompOp, cst.BooleanOperation, cst.BaseBooleanOp,
    cst.UnaryOperation, cst.BaseUnaryOp,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class TriesLeft:
    """The condition under which another try follows, "" where one always does.

    `changes` are what it needs: a name for what counts the rounds.
    """

    test: str = ""
    changes: tuple[Change, ...] = ()


def tries_left(place: cst.CSTNode, construct: RetryConstruct, facts: Facts) -> TriesLeft | None:
    """When another try follows after `place`, where a round ends; None where that is not known."""
    around = facts.tree.enclosing(place, *LOOPS, *_FUNCTIONS)
    if around is not construct.node:
        return None
    if construct.kind == "recursion" or construct.bounds.bounded is False:
        return TriesLeft()
    if isinstance(around, cst.While):
        return _in_while(place, around, facts)
    return _in_for(place, around, facts) if isinstance(around, cst.For) else None


def _in_while(place: cst.CSTNode, loop: cst.While, facts: Facts) -> TriesLeft | None:
    if constant(loop.test, facts.names) in (True, 1):
        return TriesLeft()
    counting = counters(loop)
    if _decides(counting, place, loop, facts):
        return TriesLeft()
    late = [n for n in walk_scope(loop.body) if facts.tree.order(n) > facts.tree.order(place)]
    if not _is_plain(loop.test) or counting & names_bound(late):
        return None
    return TriesLeft(facts.tree.code(loop.test.with_changes(lpar=(), rpar=())))


def _in_for(place: cst.CSTNode, loop: cst.For, facts: Facts) -> TriesLeft | None:
    if _decides(counters(loop), place, loop, facts):
        return TriesLeft()
    last = _last_number(loop, facts)
    if not last or not isinstance(loop.target, cst.Name):
        return None
    if loop.target.value != _UNUSED:
        return TriesLeft(f"{loop.target.value} < {last}")
    used = {node.value for node in walk(facts.tree.scope(loop)) if isinstance(node, cst.Name)}
    free = next((name for name in _COUNTERS if name not in used), "")
    is_read = any(isinstance(n, cst.Name) and n.value == _UNUSED for n in walk(loop.body))
    if is_read or not free:
        return None
    return TriesLeft(f"{free} < {last}", (Replacement(loop.target, free),))


def _decides(names: set[str], place: cst.CSTNode, loop: cst.For | cst.While, facts: Facts) -> bool:
    """Whether the number of the round has been asked for on the way to a place."""
    head = set(walk(loop.test)) if isinstance(loop, cst.While) else set()
    passed = [test for test, _ in conditions(facts.tree, place)]
    if isinstance(place, cst.If) and _leaves(place):
        passed.append(place.test)  # the sleep comes behind it
    for test in passed:
        branch = facts.tree.enclosing(test, cst.If)
        within = branch is not None and facts.tree.contains(loop, branch) and test not in head
        if not within or not names & set(names_read(test)):
            continue
        assert branch is not None
        if facts.tree.contains(branch, place) or leaves_before(test, place, facts):
            return True
    return False


def _leaves(branch: cst.If) -> bool:
    """Whether a branch of an `if` without `elif` leaves the attempts."""
    bodies = [branch.body, *([branch.orelse.body] if isinstance(branch.orelse, cst.Else) else [])]
    ends = [body.body[-1] for body in bodies]
    leaving = (cst.Raise, cst.Return, cst.Break)
    return not isinstance(branch.orelse, cst.If) and any(
        isinstance(end, cst.SimpleStatementLine) and isinstance(end.body[-1], leaving)
        for end in ends
    )


def _last_number(loop: cst.For, facts: Facts) -> str:
    """The source of what the last round of `for attempt in range(...)` counts; "" if unknown."""
    match loop.iter:
        case cst.Call(
            func=cst.Name(value="range"),
            args=[cst.Arg(value=stop, keyword=None, star="")]
            | [cst.Arg(star=""), cst.Arg(value=stop, star="")],
        ):
            pass
        case _:
            return ""
    if not _is_plain(stop) or set(names_read(stop)) & names_bound(walk_scope(loop.body)):
        return ""
    match stop:
        case cst.Integer():
            return str(stop.evaluated_value - 1)
        case cst.BinaryOperation(left=first, operator=cst.Add(), right=cst.Integer(value="1")):
            return facts.tree.code(first)
        case cst.Name() | cst.Attribute():
            return f"{facts.tree.code(stop)} - 1"
    return ""


def _is_plain(node: cst.CSTNode) -> bool:
    return all(isinstance(inner, _PLAIN) for inner in walk(node))


def is_short_of_time(attempts: Sequence[Attempt], facts: Facts) -> bool:
    """Whether the failing call itself may take no more than a few seconds: a probe."""
    for attempt in attempts:
        call = attempt.fault.call
        given = argument(call, "timeout", -1) if isinstance(call, cst.Call) else None
        numbers = [_seconds(node, facts) for node in walk(given.value)] if given else []
        if any(0 < number <= _LITTLE_TIME for number in numbers):
            return True
    return False


def _seconds(node: cst.CSTNode, facts: Facts) -> float:
    """A number, that of a constant, or the default of a parameter; 0 where it is none."""
    if not isinstance(node, (cst.Name, cst.Integer, cst.Float)):
        return 0.0
    found = constant(node, facts.names)
    for binding in facts.names.bindings(node) if isinstance(node, cst.Name) else ():
        if isinstance(binding.node, cst.Param) and binding.node.default is not None:
            found = constant(binding.node.default, facts.names)
    is_number = isinstance(found, (int, float)) and not isinstance(found, bool)
    return found if is_number else 0.0  # type: ignore[return-value]
