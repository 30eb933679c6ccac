"""How the loops of hand-written retries end, and what leads out of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

import libcst as cst

from heedlint.analysis.conditions import conditions
from heedlint.analysis.constants import constant
from heedlint.analysis.facts import Facts
from heedlint.analysis.leaving import raised_by
from heedlint.analysis.names import dotted
from heedlint.analysis.replay.state import names_read
from heedlint.analysis.retries import RetryConstruct
from heedlint.analysis.tree import LOOPS, walk, walk_scope
from heedlint.fixes.statements import names_bound, only_says

RAISE = "raise"
_TIME_IS_OVER = re.compile(r"time(d)?[ _-]?out", re.IGNORECASE)
_FUNCTIONS = (cst.FunctionDef, cst.Lambda)


@dataclass(frozen=True, eq=False)
class Ending:
    """The statements that end the attempts as the program itself ends them.

    `lines` are those, the last of which leaves; `behind` is the statement of the handler that has
    to run before them, because it tells of the error or keeps it, None where they may come first.
    `has_no_cause` says that an exception of the program's own is raised outside of the handler.
    """

    lines: tuple[str, ...]
    behind: cst.CSTNode | None = None
    has_no_cause: bool = False

    @property
    def raises(self) -> bool:
        """Whether the error itself comes out."""
        return self.lines == (RAISE,)

    def within(self, error: str) -> tuple[str, ...]:
        """The lines as they are in a handler whose exception is called `error`."""
        if self.has_no_cause and error:
            return (f"{self.lines[0]} from {error}",)
        return self.lines


def ending_of_loop(test: cst.CSTNode, construct: RetryConstruct, facts: Facts) -> Ending | None:
    """What the last attempt of a loop leads to whose status test is in an `if`; None if unknown."""
    loop = construct.node
    if not isinstance(loop, LOOPS) or facts.tree.enclosing(test, *LOOPS, *_FUNCTIONS) is not loop:
        return None
    ways = ways_out(loop.body, loop, facts)
    if any(_asks_for(counters(loop), way, facts) for way in ways):
        return None
    if not comes_to_an_end(loop, facts):
        return None
    first = facts.tree.order(facts.tree.statement(test))
    late = [
        node
        for node in walk_scope(loop.body)
        if facts.tree.order(node) > first and not _is_left_behind(node, loop, facts)
    ]
    return behind_loop(loop, names_bound(late), facts)


def ways_out(body: cst.CSTNode, construct: cst.CSTNode | None, facts: Facts) -> list[cst.CSTNode]:
    """The statements in `body` that leave the attempts."""
    found: list[cst.CSTNode] = []
    for node in walk_scope(body):
        match node:
            case cst.Raise():
                found.append(node)
            case cst.Return() if not _asks_again(node, construct, facts):
                found.append(node)
            case cst.Break() if facts.tree.enclosing(node, *LOOPS) is construct:
                found.append(node)
            case cst.Expr(value=cst.Call() as call) if raised_by(call, facts.names) is not None:
                found.append(node)
    return found


def _asks_again(node: cst.Return, construct: cst.CSTNode | None, facts: Facts) -> bool:
    """Whether a `return` of a recursion makes the next attempt."""
    return any(
        isinstance(call, cst.Call) and facts.names.definition(call.func) is construct
        for call in (walk(node.value) if node.value is not None else ())
    )


def leaves_before(test: cst.CSTNode, node: cst.CSTNode, facts: Facts) -> bool:
    """Whether a test on the way to a node, where it holds, leaves the attempts instead."""
    branch = facts.tree.enclosing(test, cst.If)
    if not isinstance(branch, cst.If) or facts.tree.contains(branch, node):
        return False
    last = branch.body.body[-1]
    return not isinstance(last, cst.SimpleStatementLine) or not isinstance(
        last.body[-1], cst.Continue
    )


def _asks_for(names: set[str], way: cst.CSTNode, facts: Facts) -> bool:
    """Whether the attempts' number decides on a way out of a loop."""
    return any(names & set(names_read(test)) for test, _ in conditions(facts.tree, way))


def reasons(test: cst.BaseExpression, holds: bool) -> list[cst.BaseExpression]:
    """What an `or` joins that holds, or an `and` that does not; the test itself if it is none."""
    joining = cst.Or if holds else cst.And
    if isinstance(test, cst.BooleanOperation) and isinstance(test.operator, joining):
        return [*reasons(test.left, holds), *reasons(test.right, holds)]
    return [test]


def counters(loop: cst.For | cst.While) -> set[str]:
    """The names that tell how many attempts there were."""
    if isinstance(loop, cst.For):
        return set(names_read(loop.target))
    return set(names_read(loop.test)) & names_bound(walk_scope(loop.body))


def _is_left_behind(node: cst.CSTNode, loop: cst.CSTNode, facts: Facts) -> bool:
    """Whether a node is in a block that leaves the attempts, by success for one."""
    for outer in facts.tree.ancestors(node):
        if outer is loop:
            return False
        if isinstance(outer, cst.IndentedBlock) and isinstance(facts.tree.parent(outer), cst.If):
            last = outer.body[-1]
            if isinstance(last, cst.SimpleStatementLine) and isinstance(
                last.body[-1], (cst.Return, cst.Break, cst.Raise)
            ):
                return True
    return False


def comes_to_an_end(loop: cst.For | cst.While, facts: Facts) -> bool:
    """Whether the attempts end because the loop does, and nothing in it ends them before."""
    if isinstance(loop, cst.For):
        return True
    test = loop.test
    endless = isinstance(test, (cst.Integer, cst.Name)) and constant(test, facts.names) in (True, 1)
    tries = [node for node in walk_scope(loop.body) if isinstance(node, cst.Try)]
    first = min((facts.tree.order(node) for node in tries), default=0)
    return not endless and not any(
        facts.tree.order(way) < first for way in ways_out(loop.body, loop, facts)
    )


def behind_loop(loop: cst.For | cst.While, late: set[str], facts: Facts) -> Ending | None:
    """`break`, where what follows the loop does not ask for what was not set then."""
    following = after_loop(loop, facts)
    if following is not None and speaks_of_time(following, facts):
        return None
    if loop.orelse is not None:
        return _as_its_else(loop.orelse, counters(loop) | late, facts)
    if read_behind(loop, facts) & (counters(loop) | late):
        return None
    return Ending(("break",))


def speaks_of_time(node: cst.CSTNode, facts: Facts) -> bool:
    """Whether an exception is raised for the time that is over, which is not so before it is."""
    return any(
        isinstance(part, cst.Raise) and _TIME_IS_OVER.search(facts.tree.code(part))
        for part in walk_scope(node)
    )


def _as_its_else(orelse: cst.Else, late: set[str], facts: Facts) -> Ending | None:
    """What a loop's `else` does, where it only says something and raises or returns."""
    *before, last = orelse.body.body
    if not isinstance(last, cst.SimpleStatementLine) or not all(map(only_says, before)):
        return None
    way = last.body[-1]
    if not isinstance(way, (cst.Raise, cst.Return)) or len(last.body) > 1:
        return None
    if set(names_read(way)) & late:
        return None
    is_bare = isinstance(way, cst.Raise) and way.cause is None
    return Ending((facts.tree.code(way),), has_no_cause=is_bare)


def after_loop(loop: cst.CSTNode, facts: Facts) -> cst.CSTNode | None:
    """What runs when a loop has come to its end: its `else`, or the statement behind it."""
    if isinstance(loop, LOOPS) and loop.orelse is not None:
        return loop.orelse
    block = facts.tree.parent(loop)
    if not isinstance(block, (cst.IndentedBlock, cst.Module)):
        return None
    index = next(i for i, statement in enumerate(block.body) if statement is loop)
    return block.body[index + 1] if index + 1 < len(block.body) else None


def read_behind(loop: cst.CSTNode, facts: Facts) -> set[str]:
    """The names that the function reads behind a loop, in the next round of an outer one, too."""
    inside = set(walk(loop))
    outer = facts.tree.enclosing(loop, *LOOPS, *_FUNCTIONS)
    end = max(facts.tree.order(node) for node in inside)
    function = facts.tree.enclosing(loop, *_FUNCTIONS) or facts.tree.module
    after = [node for node in walk(function) if facts.tree.order(node) > end]
    if isinstance(outer, LOOPS):
        after += [node for node in walk(outer) if node not in inside]
    return {dotted(node) for node in after if isinstance(node, (cst.Name, cst.Attribute))}
