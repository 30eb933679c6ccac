"""What the module puts into lists, dictionaries and objects of its own classes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import libcst as cst

from heedlint.analysis.constants import constant, literal
from heedlint.analysis.names import (
    Binding,
    Kind,
    Names,
    argument,
    bound_arguments,
    dotted,
    passed,
)
from heedlint.analysis.tree import Tree

_DEPTH = 5
_ADDING = {"append": 0, "add": 0, "appendleft": 0, "insert": 1, "extend": 0}


@dataclass(frozen=True, eq=False)
class _Addition:
    """A value that is put into a container; `key` where it has one."""

    node: cst.CSTNode
    value: cst.BaseExpression
    key: object = None
    several: bool = False


def _is_display(node: cst.BaseExpression) -> bool:
    if isinstance(node, cst.Call):
        return dotted(node.func) == "dict"
    return isinstance(node, (cst.Tuple, cst.List, cst.Set, cst.Dict))


class Containers:
    """Follows values through the containers of a module; what comes from elsewhere is unknown."""

    def __init__(self, tree: Tree, names: Names) -> None:
        self.tree = tree
        self.names = names
        self._shown: dict[cst.CSTNode, tuple[cst.BaseExpression, ...]] = {}

    # Lists, tuples and sets

    def items(self, node: cst.BaseExpression, depth: int = 0) -> list[cst.BaseExpression]:
        """The expressions that a list, tuple or set may hold."""
        found: list[cst.BaseExpression] = []
        for display in self._displays(node):
            if isinstance(display, (cst.Tuple, cst.List, cst.Set)):
                found += [
                    element.value
                    for element in display.elements
                    if not isinstance(element, cst.StarredElement)
                ]
        for addition in self._additions(node):
            if addition.several:
                found += self.items(addition.value, depth + 1) if depth < _DEPTH else []
            elif addition.key is None:
                found.append(addition.value)
        return found

    def at(self, node: cst.BaseExpression, index: int) -> list[cst.BaseExpression]:
        """The expressions that may stand at a place (from 0) of a tuple or list."""
        return [
            display.elements[index].value
            for display in self._displays(node)
            if isinstance(display, (cst.Tuple, cst.List)) and -1 < index < len(display.elements)
        ]

    # Dictionaries

    def entries(self, node: cst.BaseExpression, key: object) -> list[cst.BaseExpression]:
        """The expressions that a dictionary may hold under a key."""
        found: list[cst.BaseExpression] = []
        for display in self._displays(node):
            if isinstance(display, cst.Dict):
                found += [
                    item.value
                    for item in display.elements
                    if isinstance(item, cst.DictElement) and literal(item.key) == key
                ]
            elif isinstance(display, cst.Call):
                given = argument(display, str(key), -1)
                found += [given.value] if given is not None else []
        return found + [a.value for a in self._additions(node) if a.key == key and a.key]

    def values(self, node: cst.BaseExpression) -> list[cst.BaseExpression]:
        """The expressions that a dictionary may hold under any key."""
        found = [
            item.value
            for display in self._displays(node)
            if isinstance(display, cst.Dict)
            for item in display.elements
            if isinstance(item, cst.DictElement)
        ]
        return found + [a.value for a in self._additions(node) if a.key is not None]

    def is_dictionary(self, node: cst.BaseExpression) -> bool:
        """Whether an expression certainly stands for a dictionary."""
        displays = list(self._displays(node))
        return bool(displays) and all(isinstance(shown, cst.Dict) for shown in displays)

    def _displays(self, node: cst.BaseExpression) -> tuple[cst.BaseExpression, ...]:
        """The displays, and calls of `dict`, that an expression may stand for."""
        if node not in self._shown:
            self._shown[node] = ()  # what is made of itself adds nothing
            found = [shown for source in self._sources(node) for shown in self._displays(source)]
            own = (node,) if _is_display(node) else ()
            self._shown[node] = own or tuple(dict.fromkeys(found))
        return self._shown[node]

    def _sources(self, node: cst.BaseExpression) -> list[cst.BaseExpression]:
        """The expressions one step nearer to what an expression stands for."""
        match node:
            case cst.Await(expression=inner):
                return [inner]
            case cst.IfExp(body=left, orelse=right) | cst.BooleanOperation(left=left, right=right):
                return [left, right]
            case cst.Name() | cst.Attribute():
                found = [value for b in self.names.bindings_of(node) for value in self._bound(b)]
                if isinstance(node, cst.Attribute):
                    found += self.field(node.value, node.attr.value)
                return found
            case cst.Call(func=func):
                function = self.names.definition(func)
                if isinstance(function, (cst.FunctionDef, cst.Lambda)):
                    return self.names.returns(function)
        return []

    def _bound(self, binding: Binding) -> list[cst.BaseExpression]:
        """What a name may stand for: what it is given, what callers pass, an item of a loop."""
        if binding.kind is Kind.ASSIGN and binding.value is not None:
            return [binding.value]
        if binding.kind is Kind.LOOP and binding.value is not None:
            return self.iterated(binding.value, binding.index)
        if isinstance(binding.node, cst.Param):
            return passed(self.tree, self.names, binding.node)
        return []

    def iterated(self, node: cst.BaseExpression, index: int = -1) -> list[cst.BaseExpression]:
        """What a loop over an expression goes through; `index` is the target's place in a tuple."""
        match node:
            case cst.Call(func=cst.Attribute(value=owner, attr=cst.Name(value=method)), args=[]):
                if method == "values" or (method == "items" and index == 1):
                    return self.values(owner)
        return self.items(node)

    # What is added later

    def _additions(self, node: cst.BaseExpression) -> list[_Addition]:
        """What is put into the container of that name, in the same function or class."""
        name = dotted(node)
        if name not in self._added:
            return []
        kind = cst.ClassDef if name.startswith(("self.", "cls.")) else cst.FunctionDef
        around = self.tree.enclosing(node, kind)
        return [a for a in self._added[name] if self.tree.enclosing(a.node, kind) is around]

    @cached_property
    def _added(self) -> dict[str, list[_Addition]]:
        found: dict[str, list[_Addition]] = {}
        for call in self.tree.all(cst.Call):
            match call.func:
                case cst.Attribute(value=owner, attr=cst.Name(value=method)) if method in _ADDING:
                    position = _ADDING[method]
                    if dotted(owner) and len(call.args) > position:
                        value = call.args[position].value
                        several = method == "extend"
                        found.setdefault(dotted(owner), []).append(
                            _Addition(call, value, several=several)
                        )
        for assign in self.tree.all(cst.Assign):
            for target in assign.targets:
                match target.target:
                    case cst.Subscript(
                        value=owner, slice=[cst.SubscriptElement(slice=cst.Index(value=key))]
                    ) if dotted(owner):
                        addition = _Addition(assign, assign.value, constant(key, self.names))
                        found.setdefault(dotted(owner), []).append(addition)
        return found

    # Objects of the file's classes

    def field(self, node: cst.BaseExpression, attribute: str) -> list[cst.BaseExpression]:
        """What an attribute of an object of the file's classes may have been given.

        Of an object whose making can be seen, what it was made with; else what every making of its
        class gives.
        """
        klass, made = self._instance(node, 0)
        assigned = self._assigned(node, klass, attribute)
        if klass is None:
            return assigned + self._keywords(node, attribute)
        makings = [made] if made is not None else self.makings(klass)
        init = self._own_init(klass)
        if init is None:
            position = (
                self._fields(klass).index(attribute) if attribute in self._fields(klass) else -1
            )
            given = [argument(call, attribute, position) for call in makings]
            return assigned + [arg.value for arg in given if arg is not None]
        found = assigned
        for binding in self.names.attribute_bindings(klass, attribute):
            match binding.value:
                case cst.Name(value=param) if binding.node is not klass:
                    bound = [bound_arguments(init, call, method=True) for call in makings]
                    found += [arguments[param] for arguments in bound if param in arguments]
        return found

    def _assigned(
        self, node: cst.BaseExpression, klass: cst.ClassDef | None, attribute: str
    ) -> list[cst.BaseExpression]:
        """What is assigned to an attribute from outside: `result.error = str(e)`."""
        function = self.tree.enclosing(node, cst.FunctionDef)
        found = []
        for owner, value in self._attributes_set.get(attribute, ()):
            own = klass is not None and self._instance(owner, 0)[0] is klass
            here = self.tree.enclosing(owner, cst.FunctionDef) is function
            if own or (here and owner.deep_equals(node)):
                found.append(value)
        return found

    @cached_property
    def _attributes_set(self) -> dict[str, list[tuple[cst.Name, cst.BaseExpression]]]:
        found: dict[str, list[tuple[cst.Name, cst.BaseExpression]]] = {}
        for assign in self.tree.all(cst.Assign):
            for target in assign.targets:
                match target.target:
                    case cst.Attribute(value=cst.Name() as owner, attr=cst.Name(value=attribute)):
                        if owner.value not in ("self", "cls"):
                            found.setdefault(attribute, []).append((owner, assign.value))
        return found

    def _keywords(self, node: cst.BaseExpression, attribute: str) -> list[cst.BaseExpression]:
        """What the file raises another package's exception with, under the attribute's name."""
        handlers = [b.node for b in self.names.bindings_of(node) if b.kind is Kind.EXCEPT]
        given = [
            argument(call, attribute, -1)
            for handler in handlers
            if isinstance(handler, (cst.ExceptHandler, cst.ExceptStarHandler))
            for call in self.makings(handler.type)
        ]
        return [arg.value for arg in given if arg is not None]

    def makings(self, klass: cst.CSTNode | None) -> list[cst.Call]:
        """The calls of this file that make an object of a class, of this file or another's."""
        definition = klass if isinstance(klass, cst.ClassDef) else self.names.definition(klass)
        if isinstance(definition, cst.ClassDef):
            return self.names.calls_of(definition)
        name = self.names.qualified(klass)
        calls = self.tree.all(cst.Call) if name else []
        return [call for call in calls if self.names.qualified(call.func) == name]

    def _own_init(self, klass: cst.ClassDef) -> cst.FunctionDef | None:
        for binding in self.names.attribute_bindings(klass, "__init__"):
            if isinstance(binding.node, cst.FunctionDef):
                return binding.node
        return None

    @staticmethod
    def _fields(klass: cst.ClassDef) -> list[str]:
        """The annotated names of a class body: the fields of a dataclass or named tuple."""
        return [
            statement.target.value
            for line in klass.body.body
            if isinstance(line, cst.SimpleStatementLine)
            for statement in line.body
            if isinstance(statement, cst.AnnAssign) and isinstance(statement.target, cst.Name)
        ]

    def _instance(
        self, node: cst.BaseExpression, depth: int
    ) -> tuple[cst.ClassDef | None, cst.Call | None]:
        """The class of this file that an object is of, and the call that made it."""
        if depth > _DEPTH:
            return None, None
        match node:
            case cst.Call(func=func):
                found = self.names.definition(func)
                if isinstance(found, cst.ClassDef):
                    return found, node
                if isinstance(found, cst.FunctionDef):
                    return self._returned(found, depth)
            case cst.Await(expression=inner):
                return self._instance(inner, depth)
            case cst.Name() | cst.Attribute(value=cst.Name(value="self" | "cls")):
                return self._bound_instance(self.names.bindings_of(node), depth)
        return None, None

    def _returned(
        self, function: cst.FunctionDef, depth: int
    ) -> tuple[cst.ClassDef | None, cst.Call | None]:
        made = [self._instance(value, depth + 1) for value in self.names.returns(function)]
        known = [found for found in made if found[0] is not None]
        if len(known) == 1:
            return known[0]
        return (known[0][0] if known else None), None

    def _bound_instance(
        self, bindings: list[Binding], depth: int
    ) -> tuple[cst.ClassDef | None, cst.Call | None]:
        for binding in bindings:
            if binding.kind is Kind.ASSIGN and binding.value is not None:
                found = self._instance(binding.value, depth + 1)
                if found[0] is not None:
                    return found if len(bindings) == 1 else (found[0], None)
            named: cst.CSTNode | None = binding.annotation
            if isinstance(binding.node, (cst.ExceptHandler, cst.ExceptStarHandler)):
                named = binding.node.type
            klass = self.names.definition(named)
            if isinstance(klass, cst.ClassDef):
                return klass, None
        return None, None
