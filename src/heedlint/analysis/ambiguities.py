"""Where a status alone decides although the contract has several codes for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from heedlint.analysis.field_tests import FieldTest
from heedlint.analysis.names import dotted
from heedlint.analysis.roles import Roles, Value
from heedlint.analysis.saying import only_says
from heedlint.analysis.statuses import Statuses
from heedlint.analysis.tree import walk, walk_scope
from heedlint.clients.model import Role
from heedlint.contracts.model import Catalogue, DocumentedError


@dataclass(frozen=True, eq=False)
class Ambiguity:
    """A test of a status, or an `except`, and the errors that it does not tell apart."""

    node: cst.CSTNode
    errors: tuple[DocumentedError, ...]
    value: Value


class Ambiguities:
    """Finds the statuses of a module that are tested without the code."""

    def __init__(self, roles: Roles, field_tests: tuple[FieldTest, ...]) -> None:
        self.roles = roles
        self.tree = roles.tree
        self.field_tests = field_tests
        self.statuses = Statuses(roles)

    def all(self) -> Iterator[Ambiguity]:
        """Every test of an ambiguous status, then every `except` of a class for one."""
        for test in self.field_tests:
            if test.value.role is Role.STATUS and isinstance(test.constant, int):
                errors = _told_apart(test.value.origin.catalogues, test.constant)
                if errors and not test.negated and not self._only_raises(test.node):
                    yield from self._unless_code_is_read(test.node, errors, test.value)
        for handler in self.tree.all(cst.ExceptHandler):
            yield from self._handler(handler)

    def _handler(self, handler: cst.ExceptHandler) -> Iterator[Ambiguity]:
        origin = self.roles.origins.of_handler(handler)
        if origin is None or len(origin.classes) != 1 or not _acts(handler.body):
            return
        klass = self.roles.origins.knowledge.exception_class(origin.classes[0])
        if klass is None or len(klass.statuses) != 1:
            return
        errors = _told_apart(origin.catalogues, klass.statuses[0])
        if errors:
            value = Value(Role.ERROR, origin, evidence=(origin.step,))
            yield from self._unless_code_is_read(handler, errors, value)

    def _unless_code_is_read(
        self, node: cst.CSTNode, errors: tuple[DocumentedError, ...], value: Value
    ) -> Iterator[Ambiguity]:
        """Silent where the function reads the code of the same error, or hands the error on."""
        around = node
        if not isinstance(node, cst.ExceptHandler):
            around = self.tree.enclosing(node, cst.FunctionDef) or self.tree.module
        inside = around.body if isinstance(around, (cst.FunctionDef, cst.ExceptHandler)) else around
        for other in walk_scope(inside):
            found = self.roles.of(other) if isinstance(other, cst.BaseExpression) else None
            if found is None or found.origin.node is not value.origin.node:
                continue
            ruled_out = self.statuses.rules_out(other, value, errors[0].status)
            if not ruled_out and (found.role is Role.CODE or self._is_handed_on(other, found)):
                return
        yield Ambiguity(node, errors, value)

    def _is_handed_on(self, node: cst.CSTNode, found: Value) -> bool:
        """Whether a call that does more than say something is given the error or its body."""
        if found.role not in (Role.ERROR, Role.BODY, Role.ERROR_OBJECT, Role.RESPONSE):
            return False
        arg = self.tree.parent(node)
        call = self.tree.parent(arg) if isinstance(arg, cst.Arg) else None
        if not isinstance(call, cst.Call) or only_says(call):
            return False
        return dotted(call.func) not in ("str", "repr", "isinstance", "getattr", "type")

    def _only_raises(self, node: cst.CSTNode) -> bool:
        """Whether the branch that the test decides does nothing but say something or raise."""
        for outer in self.tree.ancestors(node):
            if isinstance(outer, cst.If):
                return not _acts(outer.body)
            if isinstance(outer, cst.BaseCompoundStatement):
                return False
        return False


def _told_apart(catalogues: tuple[Catalogue, ...], status: int) -> tuple[DocumentedError, ...]:
    """The codes of a status, where every contract asks for different actions."""
    found: list[DocumentedError] = []
    for catalogue in catalogues:
        coded = [e for e in catalogue.of_status(status) if e.code and not e.sdk_only]
        if len({error.action for error in coded}) < 2:
            return ()
        found += coded
    return tuple(found)


def _acts(body: cst.BaseSuite) -> bool:
    """Whether a block does more than say something and raise."""
    for node in walk(body):
        if isinstance(node, cst.Raise):
            if node.exc is not None:
                return True
        elif isinstance(node, cst.Expr):
            saying = isinstance(node.value, cst.Call) and only_says(node.value)
            if not saying:
                return True
        elif isinstance(node, cst.BaseSmallStatement) and not isinstance(node, cst.Pass):
            return True
    return False
