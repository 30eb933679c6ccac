"""Where a program looks for a field of an error body in a place where the body does not have it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from heedlint.analysis.bodies import stated_envelopes
from heedlint.analysis.conditions import conditions
from heedlint.analysis.constants import constant
from heedlint.analysis.names import dotted
from heedlint.analysis.roles import Roles, Value
from heedlint.analysis.statuses import Statuses
from heedlint.analysis.tree import walk, walk_scope
from heedlint.clients.model import Role
from heedlint.contracts.model import Envelope

# Where programs expect an error's fields if they do not know the envelope.
_USUAL_KEYS = frozenset({"code", "message"})
_MISSING_KEY = frozenset({"KeyError", "LookupError", "Exception", "BaseException"})


@dataclass(frozen=True, eq=False)
class BodyReading:
    """A key that is not where it is looked for.

    `owner` is the body's expression, `key` what is looked for; `path` leads from there to where it
    stands, and is empty where a problem document has no such field.
    """

    node: cst.BaseExpression
    owner: cst.BaseExpression
    key: str
    path: tuple[str, ...]
    value: Value


class BodyReadings:
    """Finds the readings that go past the envelope."""

    def __init__(self, roles: Roles) -> None:
        self.roles = roles
        self.tree = roles.tree
        self.names = roles.names
        self.statuses = Statuses(roles)

    def all(self) -> Iterator[BodyReading]:
        """Every wrong reading of a body that is certainly an error's."""
        for node, owner, named in self.tree.keyed:
            value, key = self.roles.of(owner), constant(named, self.names)
            if value is None or value.role not in (Role.BODY, Role.ERROR_OBJECT):
                continue
            if not isinstance(key, str):
                continue
            path = self._right_path(value, key, node)
            if path is None or not self._is_of_error(value, node):
                continue
            reading = BodyReading(node, owner, key, path, value)
            if not self._is_tolerant(reading):
                yield reading

    def _right_path(self, value: Value, key: str, node: cst.CSTNode) -> tuple[str, ...] | None:
        """The keys that lead from the owner to the field; None where the reading may be right."""
        catalogues = value.origin.catalogues
        stated = stated_envelopes(value.origin)
        firsts = {path[0] for envelope in stated for path in _paths(envelope)}
        if value.role is Role.BODY and self.roles.problems.are_at(node):
            return () if key == "error" or key in firsts else None
        if not stated or len(stated) < len(catalogues):
            return None
        if value.role is Role.ERROR_OBJECT and value.owner is None:
            return None  # what a helper has made of a body
        if value.role is Role.ERROR_OBJECT:
            return () if value.path and key in firsts and key == value.path[0] else None
        leaves = {path[-1]: path for path in _paths(stated[0])}
        # `type` stands at the top of problem documents and of Anthropic's envelope.
        looked_for = (_USUAL_KEYS | set(leaves)) - {"type"} - firsts
        if value.path or key not in looked_for:
            return None
        return leaves.get(key, stated[0].code)

    def _is_of_error(self, value: Value, node: cst.CSTNode) -> bool:
        return not value.origin.is_response or self.statuses.is_error_branch(node, value)

    # Readings that know better

    def _is_tolerant(self, reading: BodyReading) -> bool:
        """Whether the program is ready for the field not to be there."""
        node, owner, key, path, value = (
            reading.node, reading.owner, reading.key, reading.path, reading.value
        )  # fmt: skip
        if isinstance(self.tree.parent(node), cst.BooleanOperation):
            return True
        if self._asks_for_key(node, owner, key) or self._catches_missing(node):
            return True
        if self._falls_back(node, owner):
            return True
        if isinstance(node, cst.Call):
            default = [arg.value for arg in node.args[1:]]
            if any(inner.deep_equals(owner) for d in default for inner in walk(d)):
                return True
            return value.role is Role.BODY and bool(path) and self._reads_rightly(node, value)
        return False

    def _asks_for_key(self, node: cst.CSTNode, owner: cst.BaseExpression, key: str) -> bool:
        """Whether a condition around asks if the key is there: `"code" in body`, `body.get()`."""
        return any(
            isinstance(part, cst.SimpleString) and part.evaluated_value == key
            for test, _ in conditions(self.tree, node)
            for part in walk(test)
            if any(inner.deep_equals(owner) for inner in walk(test))
        )

    def _falls_back(self, node: cst.CSTNode, owner: cst.BaseExpression) -> bool:
        """Whether the owner itself is taken where nothing was found: `inner if inner else body`."""
        statement = self.tree.enclosing(node, cst.Assign)
        function = self.tree.enclosing(node, cst.FunctionDef)
        if not isinstance(statement, cst.Assign) or function is None:
            return False
        names = {dotted(target.target) for target in statement.targets}
        for choice in walk_scope(function):
            if isinstance(choice, (cst.IfExp, cst.If)) and choice.orelse is not None:
                asked = {dotted(part) for part in walk(choice.test)}
                arms = (*walk(choice.body), *walk(choice.orelse))
                if names & asked and any(part.deep_equals(owner) for part in arms):
                    return True
        return False

    def _catches_missing(self, node: cst.CSTNode) -> bool:
        inner = node
        for outer in self.tree.ancestors(node):
            if isinstance(outer, (cst.FunctionDef, cst.Lambda)):
                return False
            if isinstance(outer, cst.Try) and inner is outer.body:
                classes = [self.names.qualified(n) for h in outer.handlers for n in walk(h)]
                return not _MISSING_KEY.isdisjoint(classes)
            inner = outer
        return False

    def _reads_rightly(self, node: cst.CSTNode, value: Value) -> bool:
        """Whether the function reads the same answer's fields in their place as well."""
        function = self.tree.enclosing(node, cst.FunctionDef)
        fields = (Role.CODE, Role.MESSAGE, Role.ERROR_OBJECT)
        for other in walk_scope(function or self.tree.module):
            if isinstance(other, (cst.Subscript, cst.Call)):
                found = self.roles.of(other)
                if (
                    found is not None
                    and found.role in fields
                    and found.owner_role in (Role.BODY, Role.ERROR_OBJECT)
                    and found.origin.node is value.origin.node
                ):
                    return True
        return False


def _paths(envelope: Envelope) -> tuple[tuple[str, ...], ...]:
    return envelope.message, envelope.code, envelope.type
