"""Which stable fields of an error are settled where a node stands, by the tests around it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import libcst as cst

from heedlint.analysis.conditions import conditions, operands
from heedlint.analysis.constants import Constant
from heedlint.analysis.field_tests import FieldTests
from heedlint.analysis.roles import Roles, Value
from heedlint.analysis.statuses import Statuses
from heedlint.clients.model import Role

_ROLES = frozenset({Role.CODE, Role.STATUS, Role.TYPE})
_ERRORS = range(400, 600)
_SAME = (cst.Equal, cst.In)
_OTHER = (cst.NotEqual, cst.NotIn)
Pinned = dict[Role, frozenset[Constant]]


class PinnedFields:
    """Finds what a program has tested already when it turns to an error's text."""

    def __init__(self, roles: Roles) -> None:
        self.tree = roles.tree
        self.knowledge = roles.origins.knowledge
        self.statuses = Statuses(roles)
        self._tests = tuple(FieldTests(roles, _ROLES).all())

    def of(self, value: Value, node: cst.CSTNode) -> Pinned:
        """The fields that only some values are left for, and those values.

        By the conditions that lead to `node`, those that it is joined with by `and`, and the
        statuses that the class which is caught stands for.
        """
        found: dict[Role, set[Constant]] = defaultdict(set)
        held = set(self._held(node))
        for test in self._tests:
            if test.node in held and test.value.origin.node is value.origin.node:
                found[test.value.role].add(test.constant)
        pinned = {role: frozenset(constants) for role, constants in found.items()}
        if Role.STATUS not in pinned:
            status = self._only_status(value, node)
            if status:
                pinned[Role.STATUS] = frozenset({status})
        return pinned

    def _held(self, node: cst.CSTNode) -> Iterator[cst.Comparison]:
        """The comparisons for equality that hold wherever `node` makes a difference."""
        top = node
        while isinstance(parent := self.tree.parent(top), cst.BooleanOperation):
            if not isinstance(parent.operator, cst.And):
                break
            top = parent
        joined = [(part, True) for part in operands(top, cst.And)]
        for test, holds in (*conditions(self.tree, node), *joined):
            match test:
                case cst.Comparison(comparisons=[target]):
                    if isinstance(target.operator, _SAME if holds else _OTHER):
                        yield test

    def _only_status(self, value: Value, node: cst.CSTNode) -> int:
        """The one status that an answer can have at `node`; 0 where there may be several."""
        left = set(_ERRORS)
        classes = [self.knowledge.exception_class(name) for name in value.origin.classes]
        if classes and all(klass is not None and klass.statuses for klass in classes):
            left &= {status for klass in classes if klass is not None for status in klass.statuses}
        possible = (s for s in sorted(left) if not self.statuses.rules_out(node, value, s))
        only = next(possible, 0)
        return only if next(possible, 0) == 0 else 0
