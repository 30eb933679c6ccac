"""Which statuses an answer can have where a node stands, by the conditions around it."""

from __future__ import annotations

import operator
from collections.abc import Callable

import libcst as cst

from heedlint.analysis.conditions import BORDERS, calls_before, conditions_within
from heedlint.analysis.constants import bound_value, constant, elements
from heedlint.analysis.roles import Roles, Value
from heedlint.analysis.tree import walk
from heedlint.clients.model import Role
from heedlint.source.idioms import HTTP_STATUS_NAMES

_SUCCESS = 200
_ERRORS = range(400, 600)
# What clients' responses say of their own status (httpx, requests, aiohttp).
_OF_STATUS: dict[str, Callable[[int], bool]] = {
    "ok": lambda status: status < 400,
    "is_success": lambda status: 200 <= status < 300,
    "is_error": lambda status: status >= 400,
    "is_client_error": lambda status: 400 <= status < 500,
    "is_server_error": lambda status: status >= 500,
}
_ORDER: dict[type[cst.BaseCompOp], Callable[[int, int], bool]] = {
    cst.Equal: operator.eq,
    cst.NotEqual: operator.ne,
    cst.LessThan: operator.lt,
    cst.LessThanEqual: operator.le,
    cst.GreaterThan: operator.gt,
    cst.GreaterThanEqual: operator.ge,
}
_DEPTH = 4


class Statuses:
    """Evaluates the conditions of a module for one status of an answer at a time."""

    def __init__(self, roles: Roles) -> None:
        self.roles = roles
        self.tree = roles.tree
        self.names = roles.names
        self._excluded: dict[tuple[cst.CSTNode, cst.CSTNode, int], bool] = {}

    def rules_out(self, node: cst.CSTNode, value: Value, status: int) -> bool:
        """Whether `node` is never reached where the answer behind `value` has the status."""
        answer = value.origin.node
        if self._is_excluded(node, answer, status):
            return True
        if status >= 400 and self._is_raised_before(node, value):
            return True
        return self._in_another_case(node, answer, status)

    def _is_excluded(self, node: cst.CSTNode, answer: cst.CSTNode, status: int) -> bool:
        """Whether a condition on the way to `node` does not hold for the status.

        Kept for every node on the way: of a chain of tests each has all those before it.
        """
        way = []
        inner, excluded = node, False
        for outer in self.tree.ancestors(node):
            if isinstance(outer, BORDERS):
                break
            known = self._excluded.get((inner, answer, status))
            if known is not None:
                excluded = known
                break
            way.append((inner, outer))
            inner = outer
        for inner, outer in reversed(way):
            excluded = excluded or any(
                self._truth(test, answer, status) is (not holds)
                for test, holds in conditions_within(outer, inner)
            )
            self._excluded[inner, answer, status] = excluded
        return excluded

    def is_error_branch(self, node: cst.CSTNode, value: Value) -> bool:
        """Whether the answer behind `value` is an error's where `node` stands, or its way began.

        A problem document is one by its nature.
        """
        places = [node, *(step.node for step in value.evidence)]
        if self._is_handled(node, value):
            return True
        return any(
            self.rules_out(place, value, _SUCCESS) or self.roles.problems.are_at(place)
            for place in places
        )

    def _is_handled(self, node: cst.CSTNode, value: Value) -> bool:
        """Whether `node` stands in an `except` for what the call itself raises."""
        for handler in self.tree.ancestors(node):
            if isinstance(handler, (cst.ExceptHandler, cst.ExceptStarHandler)):
                owner = self.tree.parent(handler)
                asked = owner is not None and self.tree.contains(owner, value.origin.node)
                if asked and self.roles.origins.of_handler(handler) is not None:
                    return True
        return False

    def is_success_branch(self, node: cst.CSTNode, value: Value) -> bool:
        """Whether no error gets to `node`."""
        return all(self.rules_out(node, value, status) for status in _ERRORS)

    def _is_raised_before(self, node: cst.CSTNode, value: Value) -> bool:
        """Whether a statement before `node` raises for the statuses of errors."""
        asked = {profile.raise_for_status for profile in value.origin.profiles} - {""}
        if not asked or not value.origin.is_response:
            return False
        return any(
            isinstance(call.func, cst.Attribute)
            and call.func.attr.value in asked
            and (owner := self.roles.of(call.func.value)) is not None
            and owner.origin.node is value.origin.node
            for call in calls_before(self.tree, node)
        )

    def _in_another_case(self, node: cst.CSTNode, answer: cst.CSTNode, status: int) -> bool:
        """Whether `node` stands in a `case` for other statuses."""
        if not self.tree.all(cst.Match):
            return False
        for outer in self.tree.ancestors(node):
            statement = self.tree.parent(outer) if isinstance(outer, cst.MatchCase) else None
            if not isinstance(outer, cst.MatchCase) or not isinstance(statement, cst.Match):
                continue
            numbers = [p.value for p in walk(outer.pattern) if isinstance(p, cst.MatchValue)]
            found = [constant(number, self.names) for number in numbers]
            is_status = self._number(statement.subject, answer, status) == status
            if is_status and found and all(isinstance(n, int) and n != status for n in found):
                return True
        return False

    def _truth(
        self, test: cst.BaseExpression, answer: cst.CSTNode, status: int, depth: int = 0
    ) -> bool | None:
        """What a test says of an answer with a status; None where it hangs on something else."""
        match test:
            case cst.UnaryOperation(operator=cst.Not(), expression=inner):
                truth = self._truth(inner, answer, status, depth)
                return None if truth is None else not truth
            case cst.BooleanOperation(left=left, operator=sign, right=right):
                both = [self._truth(part, answer, status, depth) for part in (left, right)]
                decisive = isinstance(sign, cst.Or)
                if decisive in both:
                    return decisive
                return None if None in both else not decisive
            case cst.Comparison():
                return self._compared(test, answer, status)
            case cst.Attribute(value=owner, attr=cst.Name(value=member)) if member in _OF_STATUS:
                value = self.roles.of(owner)
                same = value is not None and value.origin.node is answer
                return _OF_STATUS[member](status) if same else None
            case cst.Call(
                func=cst.Name(value="hasattr"),
                args=[cst.Arg(value=owner), cst.Arg(value=cst.SimpleString() as member)],
            ) if member.evaluated_value in HTTP_STATUS_NAMES:
                value = self.roles.of(owner)  # an answer with a status has one
                return True if value is not None and value.origin.node is answer else None
            case cst.Name() if depth < _DEPTH:
                bound = bound_value(test, self.names)
                return self._truth(bound, answer, status, depth + 1) if bound is not None else None
        return None

    def _compared(self, test: cst.Comparison, answer: cst.CSTNode, status: int) -> bool | None:
        left = test.left
        truths = []
        for target in test.comparisons:
            truths.append(self._pair(left, target.operator, target.comparator, answer, status))
            left = target.comparator
        if False in truths:
            return False
        return None if None in truths else True

    def _pair(
        self,
        left: cst.BaseExpression,
        sign: cst.BaseCompOp,
        right: cst.BaseExpression,
        answer: cst.CSTNode,
        status: int,
    ) -> bool | None:
        if not any(self._is_status(side, answer) for side in (left, right)):
            return None
        first = self._number(left, answer, status)
        if isinstance(sign, (cst.In, cst.NotIn)):
            items = elements(right, self.names)
            found = [self._number(item, answer, status) for item in items or ()]
            if first is None or items is None or None in found:
                return None
            return (first in found) is isinstance(sign, cst.In)
        second = self._number(right, answer, status)
        compare = _ORDER.get(type(sign))
        if first is None or second is None or compare is None:
            return None
        return compare(first, second)

    def _is_status(self, node: cst.BaseExpression, answer: cst.CSTNode) -> bool:
        if isinstance(node, cst.Name) and len(self.names.bindings(node)) != 1:
            return False  # it may have been given another number
        value = self.roles.of(node)
        return value is not None and value.role is Role.STATUS and value.origin.node is answer

    def _number(self, node: cst.BaseExpression, answer: cst.CSTNode, status: int) -> int | None:
        if self._is_status(node, answer):
            return status
        value = constant(node, self.names)
        return value if isinstance(value, int) else None
