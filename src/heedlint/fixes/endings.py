"""How a program's own attempts end: what a repair that ends them early has to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import takewhile

import libcst as cst

from heedlint.analysis.conditions import conditions
from heedlint.analysis.facts import Facts
from heedlint.analysis.replay.state import names_read
from heedlint.analysis.replay.values import Outcome
from heedlint.analysis.retries import Attempt, RetryConstruct
from heedlint.analysis.tree import LOOPS, walk, walk_scope
from heedlint.fixes.loop_endings import (
    RAISE,
    Ending,
    after_loop,
    behind_loop,
    comes_to_an_end,
    counters,
    leaves_before,
    read_behind,
    reasons,
    speaks_of_time,
    ways_out,
)
from heedlint.fixes.statements import called, keeps, names_bound, only_says, outliving, says, sleeps

_FUNCTIONS = (cst.FunctionDef, cst.Lambda)
# What a text says that would not be true of an error that is not tried again.
_OF_ANOTHER_TRY = re.compile(
    r"\bretry\b|retrying|\btry(ing)? again|sleep|\bwait|back(ing)?[ -]?off", re.IGNORECASE
)


def ending_in_handler(
    handler: cst.ExceptHandler, construct: RetryConstruct, facts: Facts
) -> Ending | None:
    """What a handler does with an error that is not tried again; None where that cannot be told.

    Where the handler raises some of the API's errors at once, it may raise others, too. Else it is
    the one way out of the handler on which not the error alone decides. Where there is none, the
    loop comes to its end, and what stands behind it follows: `break` leads there.
    """
    return _HandlerEnd(handler, construct, facts).ending()


def asks_otherwise(handler: cst.ExceptHandler, attempts: Sequence[Attempt], facts: Facts) -> bool:
    """Whether the handler may change what is asked for, or who is asked: by another key."""
    tried = facts.tree.parent(handler)
    assert isinstance(tried, (cst.Try, cst.TryStar))
    known = {attempt.fault.call for attempt in attempts}
    calls = [
        node
        for node in walk_scope(tried.body)
        if node in known or (not known - {None} and isinstance(node, cst.Call) and not says(node))
    ]
    read = {name for call in calls for name in names_read(call)}
    changed = names_bound(walk_scope(handler.body))
    owners = {name.rpartition(".")[0] for name in changed} - {"", "self", "cls"}
    return bool((changed | owners) & read)


class _HandlerEnd:
    def __init__(self, handler: cst.ExceptHandler, construct: RetryConstruct, facts: Facts) -> None:
        self.handler = handler
        self.construct = construct
        self.facts = facts
        self.tree = facts.tree
        self.caught = handler.name.name if handler.name is not None else None
        self.of_error = set(names_read(self.caught)) if self.caught is not None else set()
        self._follow_error()
        self.first = self._first_statements()

    def ending(self) -> Ending | None:
        """The ending, behind whatever the handler does otherwise about some errors."""
        found = self._ending()
        turning = self._turns_to_something_else()
        if found is None or turning is None:
            return found
        is_late = found.behind is not None and self.tree.order(found.behind) > self.tree.order(
            turning
        )
        return found if is_late else replace(found, behind=turning)

    def _turns_to_something_else(self) -> cst.CSTNode | None:
        """The last statement in which the handler gives some errors a way out of their own."""
        ways = [
            way
            for way in ways_out(self.handler.body, self.construct.node, self.facts)
            if self._is_for_some_errors(way) and not self._raises_the_error(way)
        ]
        body = self.handler.body
        lines = body.body if isinstance(body, cst.IndentedBlock) else ()
        return next(
            (
                line
                for line in reversed(lines)
                if any(self.tree.contains(line, way) for way in ways)
            ),
            None,
        )

    def _ending(self) -> Ending | None:
        around = self.tree.enclosing(self.handler, *LOOPS, *_FUNCTIONS)
        if around is not self.construct.node or self._is_within_try():
            return None
        ways = ways_out(self.handler.body, around, self.facts)
        last = [way for way in ways if not self._is_for_some_errors(way)]
        others = [way for way in ways if way not in last]
        if any(map(self._raises_the_error, others)) and self._lets_out_an_answer():
            return Ending((RAISE,))
        if last:
            return self._as_these(last)
        if self.construct.bounds.bounded is False:
            return Ending((RAISE,))
        return self._as_the_loop(around) if isinstance(around, LOOPS) else None

    def _lets_out_an_answer(self) -> bool:
        """Whether the handler raises some error of the API at once, as it may raise others, too."""
        return any(
            entry.outcome is Outcome.RAISED and entry.caught_by is self.handler
            for entry in self.construct.replayed
        )

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
        if any(speaks_of_time(way, self.facts) for way in ways):
            return None
        done = [self._done_for(way) for way in ways]
        found = {self._code((*(lines or ()), way)) for lines, way in zip(done, ways, strict=True)}
        if None in done or len(found) > 1:
            return None
        nodes = [*ways, *(line for lines in done for line in lines or ())]
        needed = {name for node in nodes for name in names_read(node)}
        loop = self.construct.node
        if isinstance(loop, LOOPS) and any(isinstance(way, cst.Break) for way in ways):
            needed |= read_behind(loop, self.facts)
            if needed & counters(loop):
                return None
        needed -= names_bound(inner for node in nodes for inner in walk(node))
        behind = self._behind_what_is(needed | outliving(self._late()))
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
        needed = set(names_read(way)) | read_behind(self.construct.node, self.facts)
        for statement in reversed(before):
            if not isinstance(statement, cst.SimpleStatementLine):
                if block is not self.handler.body:
                    return None
                break
            if only_says(statement) or all(map(sleeps, statement.body)) or statement in self.first:
                continue
            bound = names_bound(walk(statement))
            if keeps(statement) and not outliving(bound) and not bound & needed:
                continue  # it was for what is said
            found.insert(0, statement)
            needed |= set(names_read(statement))
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
            all(map(self._mentions_error, reasons(test, holds)))
            for test, holds in conditions(self.tree, way)
            if self.tree.contains(self.handler, test) and not leaves_before(test, way, self.facts)
        )

    def _mentions_error(self, node: cst.CSTNode) -> bool:
        return any(
            part.value in self.of_error
            for part in walk(node)
            if isinstance(part, cst.Name) and not self._is_member(part)
        )

    def _is_member(self, name: cst.Name) -> bool:
        outer = self.tree.parent(name)
        return isinstance(outer, cst.Attribute) and outer.attr is name

    def _follow_error(self) -> None:
        """Adds the names of what the handler reads of the error: `status = e.status_code`."""
        for node in walk_scope(self.handler.body):
            given = isinstance(node, (cst.Assign, cst.AnnAssign, cst.NamedExpr)) and node.value
            if given and self._mentions_error(given):
                self.of_error |= names_bound(walk(node))

    # The end of the loop

    def _as_the_loop(self, loop: cst.For | cst.While) -> Ending | None:
        if self._raises_what_was_kept(loop):
            return Ending((RAISE,))
        rest = self._rest(loop)
        if any(ways_out(node, loop, self.facts) for node in rest):
            return None
        if not comes_to_an_end(loop, self.facts) or self._may_end_elsewhere(loop):
            return None
        behind = self._behind_what_is(read_behind(loop, self.facts) | outliving(self._late()))
        late = self._late(behind) | names_bound(n for node in rest for n in walk_scope(node))
        if outliving(late):
            return None
        found = behind_loop(loop, late, self.facts)
        return replace(found, behind=behind) if found is not None else None

    def _may_end_elsewhere(self, loop: cst.For | cst.While) -> bool:
        """Whether a function that is given the error, or the attempt's number, may raise."""
        for node in walk_scope(self.handler.body):
            call = called(node)
            if call is None or says(call) or sleeps(node):
                continue
            given = {name for arg in call.args for name in names_read(arg.value)}
            if not (given & counters(loop) or any(map(self._mentions_error, call.args))):
                continue
            function = self.facts.names.definition(call.func)
            if not isinstance(function, cst.FunctionDef) or any(
                isinstance(inner, cst.Raise) for inner in walk_scope(function.body)
            ):
                return True
        return False

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
        following = after_loop(loop, self.facts)
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
            if not (self._tells(statement) or keeps(statement)):
                break
            found.append(statement)
        return found

    def _tells(self, statement: cst.SimpleStatementLine) -> bool:
        code = self.tree.code(statement)
        return (
            only_says(statement)
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
