"""Where a module reads `Retry-After` in a way that real answers break."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from heedlint.analysis.conditions import conditions
from heedlint.analysis.constants import bound_value, constant, elements
from heedlint.analysis.names import Kind, dotted
from heedlint.analysis.roles import Roles
from heedlint.analysis.tree import walk_scope
from heedlint.source.idioms import HEADER

_DEPTH = 6
_CONVERSIONS = frozenset({"int", "float"})
_GUARDS = frozenset({"isdigit", "isdecimal", "isnumeric", "match", "fullmatch"})
_VALUE_ERRORS = frozenset({"ValueError", "Exception", "BaseException"})


@dataclass(frozen=True, eq=False)
class HeaderReading:
    """A place that reads the header wrongly; `problem` says how."""

    node: cst.CSTNode
    problem: str


class HeaderReadings:
    """Finds the wrong readings of a module."""

    def __init__(self, roles: Roles) -> None:
        self.roles = roles
        self.tree = roles.tree
        self.names = roles.names

    def all(self) -> Iterator[HeaderReading]:
        """Unguarded conversions, then values that are kept and never used."""
        for call in self.tree.all(cst.Call):
            if self._converts(call) and not self._is_guarded(call):
                breaks = "it is missing or an HTTP-date"
                if self._is_there(call, call.args[0].value):
                    breaks = "it is an HTTP-date"
                kind = dotted(call.func)
                yield HeaderReading(call, f"{kind}() of Retry-After breaks where {breaks}")
        for assign in self.tree.all(cst.Assign):
            if self._is_read(assign.value) and self._is_unused(assign):
                yield HeaderReading(assign, "Retry-After is read, kept and never used")

    # Reading

    def _is_read(self, node: cst.BaseExpression, depth: int = 0) -> bool:
        """Whether an expression reads the header: `headers.get("Retry-After")`, or its name."""
        match node:
            case cst.Call(func=cst.Attribute(attr=cst.Name(value="get")), args=[key, *_]):
                return self._names_header(key.value)
            case cst.Subscript(
                value=owner, slice=[cst.SubscriptElement(slice=cst.Index(value=key_node))]
            ):
                own = isinstance(bound_value(owner, self.names), cst.Dict)
                return not own and self._names_header(key_node)
            case cst.BooleanOperation(left=left, operator=cst.Or()):
                return self._is_read(left, depth + 1)
            case cst.Name() if depth < _DEPTH:
                bindings = self.names.bindings(node)
                return bool(bindings) and all(
                    b.kind is Kind.ASSIGN
                    and b.value is not None
                    and self._is_read(b.value, depth + 1)
                    for b in bindings
                )
        return False

    def _names_header(self, key: cst.BaseExpression) -> bool:
        value = constant(key, self.names)
        return isinstance(value, str) and value.lower() == HEADER

    # Converting

    def _converts(self, call: cst.Call) -> bool:
        name = self.names.qualified(call.func)
        return name in _CONVERSIONS and len(call.args) == 1 and self._is_read(call.args[0].value)

    def _is_guarded(self, call: cst.Call) -> bool:
        """Whether a date cannot get there, or what it raises is caught."""
        return self._is_caught(call) or self._is_tested(call) or self._is_caught_by_callers(call)

    def _is_there(self, call: cst.Call, value: cst.BaseExpression) -> bool:
        """Whether something stands in for a missing header, or keeps it from getting there."""
        match value:
            case cst.BooleanOperation() | cst.Call(args=[_, _]):
                return True
            case cst.Name():
                made = bound_value(value, self.names)
                if isinstance(made, (cst.BooleanOperation, cst.Call)) and self._is_there(
                    call, made
                ):
                    return True
        subject = self.tree.code(value)
        tests = conditions(self.tree, call)
        return any(self._asks_for(test, holds, subject) for test, holds in tests)

    def _asks_for(self, test: cst.BaseExpression, holds: bool, subject: str) -> bool:
        """Whether a test with its truth says that the header is there."""
        match test:
            case cst.Comparison(
                left=left, comparisons=[cst.ComparisonTarget(operator=sign, comparator=right)]
            ):
                if isinstance(right, cst.Name) and right.value == "None":
                    absent = isinstance(sign, (cst.Is, cst.Equal))
                    return self.tree.code(left) == subject and holds is not absent
                return self._names_header(left) and holds is isinstance(sign, cst.In)
        return holds and self.tree.code(test) == subject

    def _is_caught(self, node: cst.CSTNode) -> bool:
        inner: cst.CSTNode = node
        for outer in self.tree.ancestors(node):
            if isinstance(outer, (cst.FunctionDef, cst.Lambda)):
                return False
            if isinstance(outer, cst.Try) and inner is outer.body and self._catches(outer):
                return True
            if isinstance(outer, cst.With) and self._suppresses(outer):
                return True
            inner = outer
        return False

    def _catches(self, node: cst.Try) -> bool:
        return any(h.type is None or self._takes_value_errors(h.type) for h in node.handlers)

    def _takes_value_errors(self, classes: cst.BaseExpression) -> bool:
        items = elements(classes, self.names) or [classes]
        return any(self.names.qualified(item) in _VALUE_ERRORS for item in items)

    def _suppresses(self, node: cst.With) -> bool:
        calls = [item.item for item in node.items if isinstance(item.item, cst.Call)]
        return any(
            self.names.qualified(call.func) == "contextlib.suppress"
            and any(self._takes_value_errors(arg.value) for arg in call.args)
            for call in calls
        )

    def _is_tested(self, call: cst.Call) -> bool:
        """Whether the function asks for the form of the value before."""
        around = self.tree.enclosing(call, cst.FunctionDef, cst.Lambda)
        body = around.body if isinstance(around, (cst.FunctionDef, cst.Lambda)) else None
        return any(
            isinstance(node, cst.Call)
            and isinstance(node.func, cst.Attribute)
            and node.func.attr.value in _GUARDS
            for node in walk_scope(body or self.tree.module)
        )

    def _is_caught_by_callers(self, call: cst.Call) -> bool:
        function = self.tree.enclosing(call, cst.FunctionDef)
        if not isinstance(function, cst.FunctionDef):
            return False
        return any(self._is_caught(caller) for caller in self.names.calls_of(function))

    # Using

    def _is_unused(self, assign: cst.Assign) -> bool:
        """Whether the name that takes the value is read nowhere in its scope."""
        match assign.targets:
            case [cst.AssignTarget(target=cst.Name(value=name) as target)]:
                scope = self.tree.scope(assign)
                if not isinstance(scope, cst.FunctionDef):
                    return False
                uses = [n for n in self.tree.all(cst.Name) if n.value == name and n is not target]
                return not any(self.tree.contains(scope, use) for use in uses)
        return False
