"""Which stable fields of an error are settled where a node stands, by the tests around it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import libcst as cst

from heedlint.analysis.conditions import conditions, operands, whole_chain
from heedlint.analysis.constants import Constant
from heedlint.analysis.field_tests import FieldTest
from heedlint.analysis.roles import Roles, Value
from heedlint.analysis.statuses import Statuses
from heedlint.analysis.tree import walk
from heedlint.clients.model import Role

_ERRORS = range(400, 600)
_SAME = (cst.Equal, cst.In)
_OTHER = (cst.NotEqual, cst.NotIn)
Pinned = dict[Role, frozenset[Constant]]


class PinnedFields:
    """Finds what a program has tested already when it turns to an error's text."""

    def __init__(self, roles: Roles, tests: Sequence[FieldTest], statuses: Statuses) -> None:
        self.tree = roles.tree
        self.knowledge = roles.origins.knowledge
        self.statuses = statuses
        self._tests = tests
        self._found: dict[tuple[Value, cst.CSTNode], Pinned] = {}

    def of(self, value: Value, node: cst.CSTNode) -> Pinned:
        """The fields that only some values are left for, and those values.

        By the conditions and the cases of `match` that lead to `node`, the conditions that it is
        joined with by `and`, and the statuses that the class which is caught stands for.
        """
        if (value, node) not in self._found:
            self._found[value, node] = self._of(value, node)
        return self._found[value, node]

    def _of(self, value: Value, node: cst.CSTNode) -> Pinned:
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

    def _held(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The tests for equality that hold wherever `node` makes a difference."""
        for case in self.tree.ancestors(node):
            if isinstance(case, cst.MatchCase):
                yield from (part for part in walk(case.pattern) if isinstance(part, cst.MatchValue))
        chain = whole_chain(self.tree, node, cst.And)
        joined = [(part, True) for part in operands(chain, cst.And)]
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
