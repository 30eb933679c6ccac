"""How a program's own attempts end: what a repair that ends them early has to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

import libcst as cst

from heedlint.analysis.conditions import conditions
from heedlint.analysis.constants import constant
from heedlint.analysis.facts import Facts
from heedlint.analysis.names import dotted
from heedlint.analysis.replay.invocations import EXITS
from heedlint.analysis.replay.state import names_read
from heedlint.analysis.retries import RetryConstruct
from heedlint.analysis.tree import LOOPS, walk, walk_scope

RAISE = "raise"
_FUNCTIONS = (cst.FunctionDef, cst.Lambda)
# The functions, by the last of their names, that tell people of something and do nothing else.
_SAYING = frozenset(
    {"critical", "debug", "error", "exception", "fatal", "info", "log", "print", "warn", "warning"}
)
# What a text says that would not be true of an error that is not tried again.
_OF_ANOTHER_TRY = re.compile(
    r"\bretry\b|retrying|\btry(ing)? again|sleep|\bwait|back(ing)?[ -]?off", re.IGNORECASE
)


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


def ending_in_handler(
    handler: cst.ExceptHandler, construct: RetryConstruct, facts: Facts
) -> Ending | None:
    """What a handler does with an error that is not tried again; None where that cannot be told.

    Where the handler raises some errors at once, it may raise others, too. Else it is the one way
    out of the handler on which not the error alone decides. Where there is none, the loop comes to
    its end, and what stands behind it follows: `break` leads there.
    """
    return _HandlerEnd(handler, construct, facts).ending()


def ending_of_loop(test: cst.CSTNode, construct: RetryConstruct, facts: Facts) -> Ending | None:
    """What the last attempt of a loop leads to whose status test is in an `if`; None if unknown."""
    loop = construct.node
    if not isinstance(loop, LOOPS) or facts.tree.enclosing(test, *LOOPS, *_FUNCTIONS) is not loop:
        return None
    ways = _ways_out(loop.body, loop, facts)
    if any(_asks_for(counters(loop), way, facts) for way in ways):
        return None
    if not _comes_to_an_end(loop, facts):
        return None
    first = facts.tree.order(facts.tree.statement(test))
    late = [
        node
        for node in walk_scope(loop.body)
        if facts.tree.order(node) > first and not _is_left_behind(node, loop, facts)
    ]
    return _behind(loop, names_bound(late), facts)


class _HandlerEnd:
    def __init__(self, handler: cst.ExceptHandler, construct: RetryConstruct, facts: Facts) -> None:
        self.handler = handler
        self.construct = construct
        self.facts = facts
        self.tree = facts.tree
        self.caught = handler.name.name if handler.name is not None else None
        self.first = self._first_statements()

    def ending(self) -> Ending | None:
        around = self.tree.enclosing(self.handler, *LOOPS, *_FUNCTIONS)
        if around is not self.construct.node or self._is_within_try():
            return None
        ways = _ways_out(self.handler.body, around, self.facts)
        last = [way for way in ways if not self._is_for_some_errors(way)]
        if any(self._raises_the_error(way) for way in ways if way not in last):
            return Ending((RAISE,))  # as for the errors that are not tried again now
        if last:
            return self._as_these(last)
        if self.construct.bounds.bounded is False:
            return Ending((RAISE,))
        return self._as_the_loop(around) if isinstance(around, LOOPS) else None

    def _is_within_try(self) -> bool:
        """Whether what the handler raises is caught before it leaves the attempts."""
        inner: cst.CSTNode = self.handler
        own = self.tree.parent(self.handler)
        for outer in self.tree.ancestors(self.handler):
            if outer is self.construct.node:
                return False
            is_try = isinstance(outer, (cst.Try, cst.TryStar)) and outer is not own
            if is_try and outer.handlers and inner is outer.body:  # type: ignore[attr-defined]
                return True
            inner = outer
        return False

    # A way out of the handler

    def _as_these(self, ways: Sequence[cst.CSTNode]) -> Ending | None:
        if all(map(self._raises_the_error, ways)):
            return Ending((RAISE,))
        done = [self._done_for(way) for way in ways]
        found = {self._code((*(lines or ()), way)) for lines, way in zip(done, ways, strict=True)}
        if None in done or len(found) > 1:
            return None
        nodes = [*ways, *(line for lines in done for line in lines or ())]
        needed = {name for node in nodes for name in names_read(node)}
        loop = self.construct.node
        if isinstance(loop, LOOPS) and any(isinstance(way, cst.Break) for way in ways):
            needed |= _read_behind(loop, self.facts)
            if needed & counters(loop):
                return None
        needed -= names_bound(inner for node in nodes for inner in walk(node))
        behind = self._behind_what_is(needed)
        return Ending(found.pop(), behind) if not needed & self._late(behind) else None

    def _raises_the_error(self, way: cst.CSTNode) -> bool:
        return isinstance(way, cst.Raise) and (
            way.exc is None or (self.caught is not None and way.exc.deep_equals(self.caught))
        )

    def _code(self, nodes: Iterable[cst.CSTNode]) -> tuple[str, ...]:
        """The sources of statements, without the comments before them."""
        parts = [
            part
            for node in nodes
            for part in (node.body if isinstance(node, cst.SimpleStatementLine) else [node])
        ]
        return tuple(map(self.tree.code, parts))

    def _done_for(self, way: cst.CSTNode) -> list[cst.SimpleStatementLine] | None:
        """The statements before a way out that belong to it; None where they are not plain."""
        line = self.tree.statement(way)
        block = self.tree.parent(line)
        if not isinstance(block, cst.IndentedBlock):
            return []
        before = list(takewhile(lambda statement: statement is not line, block.body))
        found: list[cst.SimpleStatementLine] = []
        for statement in reversed(before):
            if not isinstance(statement, cst.SimpleStatementLine):
                if block is not self.handler.body:
                    return None
                break
            if not (_only_says(statement) or _waits(statement) or statement in self.first):
                found.insert(0, statement)
        return found

    def _is_for_some_errors(self, way: cst.CSTNode) -> bool:
        """Whether the error alone decides on a way out: of the last attempt that says nothing."""
        if self.caught is None:
            return False
        for outer in self.tree.ancestors(way):
            if outer is self.handler:
                break
            if isinstance(outer, cst.Match) and self._mentions_error(outer.subject):
                return True
        return any(
            all(map(self._mentions_error, _reasons(test, holds)))
            for test, holds in conditions(self.tree, way)
            if self.tree.contains(self.handler, test) and not leaves_before(test, way, self.facts)
        )

    def _mentions_error(self, node: cst.CSTNode) -> bool:
        return self.caught is not None and any(p.deep_equals(self.caught) for p in walk(node))

    # The end of the loop

    def _as_the_loop(self, loop: cst.For | cst.While) -> Ending | None:
        if self._raises_what_was_kept(loop):
            return Ending((RAISE,))
        rest = self._rest(loop)
        if any(_ways_out(node, loop, self.facts) for node in rest):
            return None
        if not _comes_to_an_end(loop, self.facts):
            return None
        behind = self._behind_what_is(_read_behind(loop, self.facts))
        late = self._late(behind) | names_bound(n for node in rest for n in walk_scope(node))
        found = _behind(loop, late, self.facts)
        return replace(found, behind=behind) if found is not None else None

    def _rest(self, loop: cst.For | cst.While) -> list[cst.CSTNode]:
        """The statements of the loop that may run after the handler."""
        found: list[cst.CSTNode] = []
        inner: cst.CSTNode = self.handler
        for outer in self.tree.ancestors(self.handler):
            if isinstance(outer, cst.IndentedBlock):
                found += [s for s in outer.body if self.tree.order(s) > self.tree.order(inner)]
            if outer is loop:
                break
            inner = outer
        return found

    def _raises_what_was_kept(self, loop: cst.For | cst.While) -> bool:
        """Whether `raise last` follows the loop, where the handler has set `last = error`."""
        kept = [
            target.target
            for node in walk_scope(self.handler.body)
            if isinstance(node, cst.Assign)
            and self.caught is not None
            and node.value.deep_equals(self.caught)
            for target in node.targets
        ]
        following = _after(loop, self.facts)
        return any(
            isinstance(node, cst.Raise)
            and node.exc is not None
            and node.cause is None
            and any(node.exc.deep_equals(name) for name in kept)
            for node in (walk_scope(following) if following is not None else ())
        )

    # The statements of the handler that come first

    def _first_statements(self) -> list[cst.SimpleStatementLine]:
        """The statements at its head that only tell of the error, or keep something."""
        found: list[cst.SimpleStatementLine] = []
        body = self.handler.body
        for statement in body.body if isinstance(body, cst.IndentedBlock) else ():
            if not isinstance(statement, cst.SimpleStatementLine):
                break
            if not (self._tells(statement) or _keeps(statement)):
                break
            found.append(statement)
        return found

    def _tells(self, statement: cst.SimpleStatementLine) -> bool:
        code = self.tree.code(statement)
        return (
            _only_says(statement)
            and self._mentions_error(statement)
            and not _OF_ANOTHER_TRY.search(code)
        )

    def _behind_what_is(self, needed: set[str]) -> cst.CSTNode | None:
        """The last of these statements that tells of the error, or sets what is needed."""
        return next(
            (s for s in reversed(self.first) if self._tells(s) or names_bound(walk(s)) & needed),
            None,
        )

    def _late(self, behind: cst.CSTNode | None = None) -> set[str]:
        """The names that the handler binds behind a statement, or anywhere."""
        after = self.tree.order(behind) if behind is not None else -1
        within = set(walk(behind)) if behind is not None else set()
        return names_bound(
            node
            for node in walk_scope(self.handler.body)
            if self.tree.order(node) > after and node not in within
        )


# Ways out


def _ways_out(body: cst.CSTNode, construct: cst.CSTNode | None, facts: Facts) -> list[cst.CSTNode]:
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
            case cst.Expr(value=cst.Call(func=func)) if facts.names.qualified(func) in EXITS:
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


def _reasons(test: cst.BaseExpression, holds: bool) -> list[cst.BaseExpression]:
    """What an `or` joins that holds, or an `and` that does not; the test itself if it is none."""
    joining = cst.Or if holds else cst.And
    if isinstance(test, cst.BooleanOperation) and isinstance(test.operator, joining):
        return [*_reasons(test.left, holds), *_reasons(test.right, holds)]
    return [test]


# Loops


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


def _comes_to_an_end(loop: cst.For | cst.While, facts: Facts) -> bool:
    """Whether the attempts end because the loop does, and nothing in it ends them before."""
    if isinstance(loop, cst.For):
        return True
    test = loop.test
    endless = isinstance(test, (cst.Integer, cst.Name)) and constant(test, facts.names) in (True, 1)
    tries = [node for node in walk_scope(loop.body) if isinstance(node, cst.Try)]
    first = min((facts.tree.order(node) for node in tries), default=0)
    return not endless and not any(
        facts.tree.order(way) < first for way in _ways_out(loop.body, loop, facts)
    )


def _behind(loop: cst.For | cst.While, late: set[str], facts: Facts) -> Ending | None:
    """`break`, where what follows the loop does not ask for what was not set then."""
    if loop.orelse is not None:
        return _as_its_else(loop.orelse, counters(loop) | late, facts)
    if _read_behind(loop, facts) & (counters(loop) | late):
        return None
    return Ending(("break",))


def _as_its_else(orelse: cst.Else, late: set[str], facts: Facts) -> Ending | None:
    """What a loop's `else` does, where it only says something and raises or returns."""
    *before, last = orelse.body.body
    if not isinstance(last, cst.SimpleStatementLine) or not all(map(_only_says, before)):
        return None
    way = last.body[-1]
    if not isinstance(way, (cst.Raise, cst.Return)) or len(last.body) > 1:
        return None
    if set(names_read(way)) & late:
        return None
    is_bare = isinstance(way, cst.Raise) and way.cause is None
    return Ending((facts.tree.code(way),), has_no_cause=is_bare)


def _after(loop: cst.CSTNode, facts: Facts) -> cst.CSTNode | None:
    """What runs when a loop has come to its end: its `else`, or the statement behind it."""
    if isinstance(loop, LOOPS) and loop.orelse is not None:
        return loop.orelse
    block = facts.tree.parent(loop)
    if not isinstance(block, (cst.IndentedBlock, cst.Module)):
        return None
    index = next(i for i, statement in enumerate(block.body) if statement is loop)
    return block.body[index + 1] if index + 1 < len(block.body) else None


def _read_behind(loop: cst.CSTNode, facts: Facts) -> set[str]:
    """The names that the function reads behind a loop."""
    inside = set(walk(loop))
    end = max(facts.tree.order(node) for node in inside)
    function = facts.tree.enclosing(loop, *_FUNCTIONS) or facts.tree.module
    after = [node for node in walk(function) if facts.tree.order(node) > end]
    return {dotted(node) for node in after if isinstance(node, (cst.Name, cst.Attribute))}


# Statements


def _only_says(statement: cst.CSTNode) -> bool:
    """Whether a line only tells of something: a log, a print."""
    return isinstance(statement, cst.SimpleStatementLine) and all(
        isinstance(part, cst.Expr) and isinstance(part.value, cst.Call) and says(part.value)
        for part in statement.body
    )


def says(call: cst.Call) -> bool:
    """Whether a call only tells people of something."""
    return dotted(call.func).rpartition(".")[2] in _SAYING


def _waits(statement: cst.SimpleStatementLine) -> bool:
    """Whether a line only sleeps."""
    match statement.body:
        case [cst.Expr(value=cst.Await(expression=cst.Call(func=func)) | cst.Call(func=func))]:
            return dotted(func).rpartition(".")[2] == "sleep"
    return False


def _keeps(statement: cst.SimpleStatementLine) -> bool:
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
                found.update(_named(target))
    return found


def _named(target: cst.CSTNode) -> Iterator[str]:
    match target:
        case cst.Name() | cst.Attribute():
            yield dotted(target)
        case cst.Tuple(elements=elements) | cst.List(elements=elements):
            for element in elements:
                yield from _named(element.value)
        case cst.Subscript(value=owner):
            yield dotted(owner)
