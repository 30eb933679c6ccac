"""What ends a hand-written loop: its head, a last round, a deadline around it, or nothing."""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst

from heedlint.analysis.constants import Unknown, constant, literal
from heedlint.analysis.names import dotted
from heedlint.analysis.replay.machine import Machine
from heedlint.analysis.replay.state import names_read, truth_of
from heedlint.analysis.replay.values import Items, Known, Outcome, Path, Value
from heedlint.analysis.retries import Bounds
from heedlint.analysis.roles import Roles
from heedlint.analysis.tree import walk_scope

_MOST_ROUNDS = 12
_DEADLINES = ("timeout", "fail_after", "move_on_after", "wait_for", "deadline")


def surely_again(path: Path) -> bool:
    """Whether a way certainly goes round: nothing on it that could end the tries is unknown."""
    return path.outcome is Outcome.RETRIED and path.proven and not path.acted and not path.helped


class LoopBounds:
    """Tells what ends the loops of a module."""

    def __init__(self, roles: Roles) -> None:
        self.roles = roles
        self.tree = roles.tree

    def stated(self, loop: cst.For | cst.While) -> Bounds:
        """The bounds that stand in the loop's head."""
        if isinstance(loop, cst.While):
            return Bounds()
        rounds = Machine(self.roles, None, None).evaluate(loop.iter)
        calls = len(rounds.values) if isinstance(rounds, Items) else None
        if self._counts_for_ever(loop.iter):
            return Bounds()
        return Bounds(True, calls)

    def calls_in_all(
        self,
        loop: cst.For | cst.While,
        paths: list[Path],
        paths_with: Callable[[int, Value], list[Path]],
    ) -> int | None:
        """How often a counted loop calls where an error stays; None where it cannot be told.

        `paths` are those of any round. Where one may be the last, the rounds are run one by one:
        `paths_with` gives the paths of the round of a number, with its item of the iterable.
        """
        if not isinstance(loop, cst.For):
            return None
        rounds = Machine(self.roles, None, None).evaluate(loop.iter)
        if not isinstance(rounds, Items):
            return None
        if all(path.outcome is Outcome.RETRIED for path in paths if path.failed):
            return len(rounds.values)
        for number, value in enumerate(rounds.values[:_MOST_ROUNDS], start=1):
            outcomes = {path.outcome for path in paths_with(number, value) if path.failed}
            if Outcome.RETRIED not in outcomes:
                return number
            if len(outcomes) > 1:
                return None
        return len(rounds.values) if len(rounds.values) <= _MOST_ROUNDS else None

    def _counts_for_ever(self, iterated: cst.BaseExpression) -> bool:
        """`itertools.count()`, `itertools.repeat(x)`."""
        if not isinstance(iterated, cst.Call):
            return False
        name = self.roles.names.qualified(iterated.func)
        return name == "itertools.count" or (name == "itertools.repeat" and len(iterated.args) == 1)

    def never_ends(self, loop: cst.For | cst.While, site: cst.CSTNode, paths: list[Path]) -> bool:
        """Whether an error that stays is tried again without any end."""
        if not all(surely_again(path) for path in paths) or self._has_deadline(loop):
            return False
        if isinstance(loop, cst.For):
            return self._counts_for_ever(loop.iter)
        return all(path.sure or self._stays_true(loop, site, path) for path in paths)

    def _has_deadline(self, loop: cst.For | cst.While) -> bool:
        """Whether something around the loop ends it: `async with asyncio.timeout(60)`."""
        around = [node for node in self.tree.ancestors(loop) if isinstance(node, cst.With)]
        heads = [
            dotted(i.item.func) for w in around for i in w.items if isinstance(i.item, cst.Call)
        ]
        function = self.tree.enclosing(loop, cst.FunctionDef)
        if isinstance(function, cst.FunctionDef):
            calls = self.roles.names.calls_of(function)
            outer = [self.tree.enclosing(call, cst.Call) for call in calls]
            heads += [dotted(call.func) for call in outer if isinstance(call, cst.Call)]
        return any(word in head for head in heads for word in _DEADLINES)

    def _stays_true(self, loop: cst.While, site: cst.CSTNode, path: Path) -> bool:
        """Whether a loop's test holds again after a round that failed.

        Of the names in it each must be a local one that holds a constant before the loop and gets
        another value after the failing call alone.
        """
        test = loop.test
        endless = constant(test, self.roles.names) if isinstance(test, cst.Name) else literal(test)
        if endless in (True, 1):
            return True
        machine = Machine(self.roles, None, None)
        for node in walk_scope(loop.test):
            if isinstance(node, (cst.Call, cst.Attribute, cst.Subscript)):
                return False
            if not isinstance(node, cst.Name) or node.value in ("True", "False", "None"):
                continue
            bindings = self.roles.names.bindings(node)
            before = [b for b in bindings if not self.tree.contains(loop, b.node)]
            within = [b for b in bindings if self.tree.contains(loop, b.node)]
            known = [literal(b.value) for b in before if b.value is not None]
            if len(before) != 1 or not known or isinstance(known[0], Unknown):
                return False
            late = all(
                self.tree.order(b.node) >= self.tree.order(site)
                or self.tree.statement(b.node) is self.tree.statement(site)
                for b in within
            )
            counted = any(
                isinstance(inner, cst.AugAssign) and node.value in names_read(inner.target)
                for inner in walk_scope(loop.body)
            )
            if not late or counted or node.value in path.changed:
                return False
            machine.scopes[0][node.value] = Known(known[0])
        return truth_of(machine.evaluate(loop.test)) is True
