"""Where a program tests the stable fields of an API's error: its code, its status, its type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from heedlint.analysis.constants import Constant, Unknown, bound_value, constant, elements
from heedlint.analysis.names import Kind
from heedlint.analysis.roles import Roles, Value
from heedlint.analysis.tree import walk
from heedlint.clients.model import Role

_TESTED = frozenset({Role.CODE, Role.STATUS, Role.TYPE})


@dataclass(frozen=True, eq=False)
class FieldTest:
    """A comparison of a field with one constant.

    `node` is the whole test, `element` what names the constant (an element of a set, a key of a
    dictionary, a pattern; else the test itself) and `value` the field.
    """

    node: cst.CSTNode
    element: cst.CSTNode
    constant: Constant
    value: Value
    negated: bool = False


class FieldTests:
    """Finds the tests of an error's stable fields in a module."""

    def __init__(self, roles: Roles) -> None:
        self.roles = roles
        self.tree = roles.tree
        self.names = roles.names

    def all(self) -> Iterator[FieldTest]:
        """Every test, once for each constant that it compares with."""
        for comparison in self.tree.all(cst.Comparison):
            yield from self._compared(comparison)
        for pattern in self.tree.all(cst.MatchValue):
            value = self._field(self.roles.captured(pattern))
            found = constant(pattern.value, self.names)
            if value is not None and not isinstance(found, Unknown):
                yield FieldTest(pattern, pattern, found, value)
        for reading, table, key in self.tree.keyed:
            yield from self._looked_up(reading, table, key)

    def _field(self, value: Value | None) -> Value | None:
        return value if value is not None and value.role in _TESTED else None

    def _compared(self, node: cst.Comparison) -> Iterator[FieldTest]:
        if len(node.comparisons) != 1:
            return
        left, sign = node.left, node.comparisons[0].operator
        right = node.comparisons[0].comparator
        match sign:
            case cst.Equal() | cst.NotEqual():
                for field, other in ((left, right), (right, left)):
                    value = self._field(self.roles.of(field))
                    if value is not None and not self._is_own_word(field, other):
                        found = constant(other, self.names)
                        if not isinstance(found, Unknown):
                            negated = isinstance(sign, cst.NotEqual) is not self._is_denied(node)
                            yield FieldTest(node, node, found, value, negated)
            case cst.In() | cst.NotIn():
                value = self._field(self.roles.of(left))
                if value is not None:
                    negated = isinstance(sign, cst.NotIn) is not self._is_denied(node)
                    yield from self._listed(node, left, right, value, negated=negated)

    def _is_denied(self, node: cst.Comparison) -> bool:
        """Whether a `not` stands before the comparison."""
        parent = self.tree.parent(node)
        return isinstance(parent, cst.UnaryOperation) and isinstance(parent.operator, cst.Not)

    def _looked_up(
        self, node: cst.CSTNode, table: cst.BaseExpression, key: cst.BaseExpression
    ) -> Iterator[FieldTest]:
        """`ADVICE[e.code]`: the keys of a dictionary of the file."""
        value = self._field(self.roles.of(key))
        named = table if isinstance(table, cst.Dict) else bound_value(table, self.names)
        if value is not None and isinstance(named, cst.Dict):
            yield from self._listed(node, key, named, value)

    def _listed(
        self,
        node: cst.CSTNode,
        field: cst.BaseExpression,
        collection: cst.BaseExpression,
        value: Value,
        *,
        negated: bool = False,
    ) -> Iterator[FieldTest]:
        for element in elements(collection, self.names) or ():
            found = constant(element, self.names)
            if not isinstance(found, Unknown) and not self._is_own_word(field, element):
                yield FieldTest(node, element, found, value, negated)

    def _is_own_word(self, field: cst.BaseExpression, other: cst.BaseExpression) -> bool:
        """Whether the program itself gives the field that value: `code = e.code or "unknown"`."""
        made: list[cst.BaseExpression] = [field]
        if isinstance(field, cst.Name):
            bindings = self.names.bindings(field)
            made += [b.value for b in bindings if b.kind is Kind.ASSIGN and b.value is not None]
        word = constant(other, self.names)
        return isinstance(word, str) and any(
            isinstance(node, cst.SimpleString) and node.evaluated_value == word
            for expression in made
            for node in walk(expression)
        )
