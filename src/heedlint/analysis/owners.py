"""Whose text a text is: the error, body or response that it was made of, where it is tested."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from heedlint.analysis.constants import Unknown, literal
from heedlint.analysis.names import Binding, Kind, Names, bound_arguments, is_method
from heedlint.analysis.roles import Roles, Value
from heedlint.analysis.tree import Tree, walk
from heedlint.clients.model import Role

_DEPTH = 16
# What an owner may be written with, so that it reads the same value again.
_PLAIN = (
    cst.Name, cst.Attribute, cst.Subscript, cst.SubscriptElement, cst.Index, cst.Dict,
    cst.SimpleString, cst.Integer, cst.Call, cst.Arg,
)  # fmt: skip
_FOLLOWED = (Kind.ASSIGN, Kind.UNPACK, Kind.LOOP)
_OWNING = frozenset({Role.ERROR, Role.RESPONSE, Role.BODY, Role.ERROR_OBJECT, Role.PROBLEM})
_INNER = frozenset({Role.BODY, Role.ERROR_OBJECT})
# Calls that give the same value as often as they are made.
_REPEATABLE = frozenset({"get", "json"})


@dataclass(frozen=True)
class Owner:
    """What can be asked for a field where a text is tested: its source and its role.

    `in_scope` is false where only the callers of the function around the test have it. `outer` is
    what it was read from, where that can be asked as well: the error of a body.
    """

    source: str
    role: Role
    in_scope: bool = True
    outer: Owner | None = None


class Owners:
    """Follows the texts of a module back to what they were made of."""

    def __init__(self, roles: Roles) -> None:
        self.roles = roles
        self.tree = roles.tree
        self.names = roles.names
        self._found: dict[tuple[cst.CSTNode, cst.CSTNode], Owner | None] = {}

    def of(self, text: cst.BaseExpression, use: cst.CSTNode) -> Owner | None:
        """The owner of a text as it can be written at `use`; None where it cannot be told."""
        return self._of(text, use, 0)

    def _of(self, text: cst.BaseExpression, use: cst.CSTNode, depth: int) -> Owner | None:
        if (text, use) not in self._found and depth <= _DEPTH:
            self._found[text, use] = None  # a text that is made of itself is the rest's
            self._found[text, use] = self._find(text, use, depth)
        return self._found.get((text, use))

    def _find(self, text: cst.BaseExpression, use: cst.CSTNode, depth: int) -> Owner | None:
        value = self.roles.of(text)
        if value is not None and value.role in _OWNING and self.is_in_scope(text, use):
            return Owner(
                self._unaliased(text, use), value.role, outer=self._outer(value, use, depth)
            )
        either = self._alternatives(text)
        if len(either) > 1 or any(map(_is_followed, either)):
            return self._agreed([self._of_part(part, use, depth) for part in either])
        read_from = value.owner if value is not None else None
        if read_from is not None and self.is_in_scope(read_from, use):
            assert value is not None
            assert value.owner_role is not None
            outer = self._outer(self.roles.of(read_from), use, depth)
            return Owner(self._unaliased(read_from, use), value.owner_role, outer=outer)
        # What is cast has lost its role, but not its name.
        cast = self._aliased(text.value) if isinstance(text, cst.Attribute) else None
        parts = [cast] if cast is not None else _parts(text)
        found = [self._of(part, use, depth + 1) for part in parts]
        return self._agreed([owner for owner in found if owner is not None])

    def _outer(self, value: Value | None, use: cst.CSTNode, depth: int) -> Owner | None:
        """What a body, or a part of one, was read from."""
        if value is None or value.role not in _INNER or value.owner is None:
            return None
        return self._of(value.owner, use, depth + 1)

    def _alternatives(self, text: cst.BaseExpression) -> list[cst.BaseExpression | Binding]:
        """What a text is made of, one or the other: arms of an expression, bindings of a name.

        What says nothing of its own is left out: a default, a text that something is added to.
        """
        match text:
            case cst.IfExp(body=left, orelse=right) | cst.BooleanOperation(left=left, right=right):
                return [arm for arm in (left, right) if isinstance(literal(arm), Unknown)]
            case cst.Name():
                return [
                    binding
                    for binding in self.names.bindings(text)
                    if binding.kind is not Kind.AUGMENT
                    and (binding.value is None or isinstance(literal(binding.value), Unknown))
                ]
        return []

    def _of_part(
        self, part: cst.BaseExpression | Binding, use: cst.CSTNode, depth: int
    ) -> Owner | None:
        if isinstance(part, Binding):
            return self._of_binding(part, use, depth)
        return self._of(part, use, depth + 1)

    def _of_binding(self, binding: Binding, use: cst.CSTNode, depth: int) -> Owner | None:
        if isinstance(binding.node, cst.Param):
            return self._of_parameter(binding.node, use, depth)
        if binding.kind in _FOLLOWED and binding.value is not None:
            return self._of(binding.value, use, depth + 1)
        return None

    @staticmethod
    def _agreed(found: list[Owner | None]) -> Owner | None:
        """The one owner that all of them tell; None where one of them tells none."""
        told = set(found)
        return told.pop() if len(told) == 1 else None

    def _of_parameter(self, param: cst.Param, use: cst.CSTNode, depth: int) -> Owner | None:
        """The other parameter for which callers pass the owner; else what all callers call it."""
        function = self.tree.enclosing(param, cst.FunctionDef)
        if not isinstance(function, cst.FunctionDef):
            return None
        method = is_method(self.tree, function)
        calls = self.names.calls_of(function)
        found = [self._passed(function, call, param, method, depth) for call in calls]
        owner = self._agreed(found)
        if owner is None or not owner.in_scope:
            return owner
        around = self.tree.enclosing(use, cst.FunctionDef, cst.Lambda)
        rebound = self.names.bound_between(
            owner.source, function, self.tree.order(function.body), self.tree.order(use)
        )
        return owner if around is function and not rebound else None

    def _passed(
        self, function: cst.FunctionDef, call: cst.Call, param: cst.Param, method: bool, depth: int
    ) -> Owner | None:
        """What one call tells of a parameter's owner."""
        given = bound_arguments(function, call, method=method)
        text = given.get(param.name.value)
        owner = self._of(text, call, depth + 1) if text is not None else None
        if owner is None:
            return None
        for name, argument in given.items():
            if argument is not text and self._unaliased(argument, call) == owner.source:
                return Owner(name, owner.role)
        return Owner(owner.source, owner.role, in_scope=False)

    def _unaliased(self, node: cst.BaseExpression, use: cst.CSTNode) -> str:
        """The source of an expression, by the first of its names that still means it at `use`."""
        first = self._aliased(node)
        if first is not None and self.is_in_scope(first, use):
            return self._unaliased(first, use)
        return self.tree.code(node)

    def _aliased(self, node: cst.BaseExpression) -> cst.BaseExpression | None:
        """What a name is another name of: `typing.cast` makes one as well."""
        bindings = self.names.bindings(node) if isinstance(node, cst.Name) else []
        if len(bindings) != 1 or bindings[0].kind is not Kind.ASSIGN:
            return None
        match bindings[0].value:
            case cst.Name() as first:
                return first
            case cst.Call(func=func, args=[_, first]):
                return first.value if self.names.qualified(func) == "typing.cast" else None
        return None

    def is_in_scope(self, owner: cst.BaseExpression, use: cst.CSTNode) -> bool:
        """Whether the owner's names mean at `use` what they meant where the text was made."""
        for node in walk(owner):
            if not isinstance(node, _PLAIN):
                return False
            if isinstance(node, cst.Call) and not _reads_again(node):
                return False
        return means_the_same(owner, use, self.tree, self.names)


def means_the_same(owner: cst.BaseExpression, use: cst.CSTNode, tree: Tree, names: Names) -> bool:
    """Whether the names of an expression still mean at `use` what they mean where it stands."""
    functions = (cst.FunctionDef, cst.Lambda)
    if tree.enclosing(owner, *functions) is not tree.enclosing(use, *functions):
        return False
    around = set(tree.ancestors(use))
    for node in walk(owner):
        parent = tree.parent(node)
        is_member = isinstance(parent, cst.Attribute) and parent.attr is node and node is not owner
        if not isinstance(node, cst.Name) or is_member:
            continue
        handled = [b for b in names.bindings(node) if b.kind is Kind.EXCEPT]
        if any(binding.node not in around for binding in handled):
            return False
        if names.bound_between(node.value, tree.scope(node), tree.order(node), tree.order(use)):
            return False
    return True


def _is_followed(part: cst.BaseExpression | Binding) -> bool:
    """Whether a text's owner is that of a part of it, rather than what its role says."""
    return not isinstance(part, Binding) or part.kind in (Kind.PARAMETER, *_FOLLOWED)


def _reads_again(call: cst.Call) -> bool:
    """Whether a call gives the same value as often as it is made: `.get("error")`, `.json()`."""
    return isinstance(call.func, cst.Attribute) and call.func.attr.value in _REPEATABLE


def _parts(text: cst.BaseExpression) -> list[cst.BaseExpression]:
    """The expressions that a text is made of."""
    match text:
        case cst.Call(func=cst.Attribute(value=owner), args=args):
            return [owner, *(arg.value for arg in args)]
        case cst.Call(args=args):
            return [arg.value for arg in args]
        case cst.BinaryOperation(left=left, right=right):
            return [left, right]
        case cst.Subscript(value=inner) | cst.Await(expression=inner) | cst.NamedExpr(value=inner):
            return [inner]
        case cst.FormattedString(parts=parts):
            return [p.expression for p in parts if isinstance(p, cst.FormattedStringExpression)]
    return []
