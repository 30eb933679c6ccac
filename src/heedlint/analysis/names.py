"""What names mean: bindings by scope, those that reach a use, and qualified names of imports."""

from __future__ import annotations

import builtins
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from itertools import takewhile
from typing import TypeAlias

import libcst as cst

from heedlint.analysis.tree import COMPREHENSIONS, LOOPS, Tree, walk_scope

_BUILTINS = frozenset(dir(builtins))
_MAX_ALIASES = 8


class Kind(Enum):
    """How a name gets its value."""

    IMPORT = "import"
    ASSIGN = "assign"
    UNPACK = "unpack"
    AUGMENT = "augment"
    LOOP = "loop"
    WITH = "with"
    EXCEPT = "except"
    PARAMETER = "parameter"
    FUNCTION = "function"
    CLASS = "class"
    OTHER = "other"


# A statement, what it binds, the value and the annotation.
_Target: TypeAlias = tuple[
    cst.CSTNode, cst.BaseExpression, cst.BaseExpression | None, cst.BaseExpression | None
]


@dataclass(frozen=True, eq=False)
class Binding:
    """One place that gives a name its value.

    `node` is that place; `value` the expression bound, the iterable of a loop, or the item of a
    `with`; `annotation` the declared type; `index` the place in a tuple that is unpacked;
    `target` the qualified name of an import.
    """

    name: str
    kind: Kind
    node: cst.CSTNode
    scope: cst.CSTNode
    value: cst.BaseExpression | None = None
    annotation: cst.BaseExpression | None = None
    index: int = -1
    target: str = ""


MUTATORS = frozenset(
    {
        "add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "remove",
        "setdefault", "update",
    }
)  # fmt: skip


# What may name a function or class of the file, or be one.
_DEFINABLE = frozenset({cst.Name, cst.Attribute, cst.Lambda})
_QUALIFIABLE = frozenset({cst.Name, cst.Attribute, cst.Call})
# What may name a module, a class or a function.
_NAMING = (cst.Name, cst.Attribute, cst.Call)
# Functions that import a module by its name: `importlib.import_module("openai")` and wrappers.
_IMPORTING = re.compile(r"(^|[._])(import|require|optional|dependency|__import__)")


def _text(node: cst.BaseExpression) -> str:
    """The value of a string; `""` for anything else."""
    value = node.evaluated_value if isinstance(node, cst.SimpleString) else None
    return value if isinstance(value, str) else ""


def dotted(node: cst.CSTNode | None) -> str:
    """The source of a plain `a.b.c`; `""` for anything else."""
    names: list[str] = []
    while type(node) is cst.Attribute:
        names.append(node.attr.value)
        node = node.value
    if type(node) is not cst.Name:
        return ""
    return ".".join((node.value, *reversed(names)))


def _pairs(
    target: cst.BaseExpression, value: cst.BaseExpression
) -> Iterator[tuple[cst.BaseExpression, cst.BaseExpression]]:
    """Each target of an assignment with its value, where those of a tuple stand side by side."""
    match target, value:
        case cst.Tuple(elements=targets), cst.Tuple(elements=values) if len(targets) == len(values):
            for one, other in zip(targets, values, strict=True):
                yield one.value, other.value
        case _:
            yield target, value


class Names:
    """The bindings of a module and what its names mean."""

    def __init__(self, tree: Tree, canonical: Callable[[str], str]) -> None:
        self.tree = tree
        self._canonical = canonical
        self._bindings: dict[cst.CSTNode, dict[str, list[Binding]]] = {}
        self._attributes: dict[cst.CSTNode, dict[str, list[Binding]]] | None = None
        self._calls_by_name: dict[str, list[cst.Call]] | None = None
        self._reached: dict[cst.Name, list[Binding]] = {}
        self._latest: dict[int, list[Binding]] = {}
        self._loops_around: dict[cst.CSTNode, tuple[cst.CSTNode, ...]] = {}
        self._qualified_names: dict[cst.CSTNode, str] = {}
        # Kept here for `constants.bound_value` and `leaving.never_returns`.
        self.bound_values: dict[cst.CSTNode, cst.BaseExpression | None] = {}
        self.never_returning: dict[cst.FunctionDef, bool] = {}
        self._definitions: dict[
            cst.CSTNode, cst.FunctionDef | cst.ClassDef | cst.Lambda | None
        ] = {}
        self._returns: dict[cst.CSTNode, list[cst.BaseExpression]] = {}
        self._collect()

    # Collecting

    def _add(self, name: str, kind: Kind, node: cst.CSTNode, **more: object) -> None:
        scope = self.tree.scope(node)
        if kind is Kind.PARAMETER:
            scope = self.tree.enclosing(node, cst.FunctionDef, cst.Lambda) or scope
        binding = Binding(name, kind, node, scope, **more)  # type: ignore[arg-type]
        self._bindings.setdefault(scope, {}).setdefault(name, []).append(binding)

    def _collect(self) -> None:
        tree = self.tree
        for node in tree.all(cst.Import):
            for alias in node.names:
                name = dotted(alias.name)
                bound = dotted(alias.asname.name) if alias.asname else name.split(".")[0]
                self._add(bound, Kind.IMPORT, node, target=name if alias.asname else bound)
        for found in tree.all(cst.ImportFrom):
            self._collect_from(found)
        for function in tree.all(cst.FunctionDef):
            self._add(function.name.value, Kind.FUNCTION, function)
        for klass in tree.all(cst.ClassDef):
            self._add(klass.name.value, Kind.CLASS, klass)
        for param in tree.all(cst.Param):
            annotation = param.annotation.annotation if param.annotation else None
            self._add(param.name.value, Kind.PARAMETER, param, annotation=annotation)
        self._collect_assignments()
        loops: list[cst.For | cst.CompFor] = [*tree.all(cst.For), *tree.all(cst.CompFor)]
        for loop in loops:
            self._bind(loop.target, Kind.LOOP, loop, loop.iter)
        for item in tree.all(cst.WithItem):
            if item.asname:
                self._bind(item.asname.name, Kind.WITH, item, item.item)
        handlers: list[cst.ExceptHandler | cst.ExceptStarHandler] = [
            *tree.all(cst.ExceptHandler),
            *tree.all(cst.ExceptStarHandler),
        ]
        for handler in handlers:
            if handler.name:
                self._bind(handler.name.name, Kind.EXCEPT, handler, None)
        captures: list[cst.MatchAs | cst.MatchStar] = [
            *tree.all(cst.MatchAs),
            *tree.all(cst.MatchStar),
        ]
        for capture in captures:
            if capture.name is not None:
                self._bind(capture.name, Kind.OTHER, capture, None)

    def _collect_from(self, node: cst.ImportFrom) -> None:
        if isinstance(node.names, cst.ImportStar):
            return
        module = "." * len(node.relative) + dotted(node.module)
        for alias in node.names:
            name = dotted(alias.name)
            bound = dotted(alias.asname.name) if alias.asname else name
            self._add(bound, Kind.IMPORT, node, target=f"{module}.{name}".lstrip())

    def _collect_assignments(self) -> None:
        for assign in self.tree.all(cst.Assign):
            for target in assign.targets:
                self._bind(target.target, Kind.ASSIGN, assign, assign.value)
        for declared in self.tree.all(cst.AnnAssign):
            annotation = declared.annotation.annotation
            self._bind(declared.target, Kind.ASSIGN, declared, declared.value, annotation)
        for augmented in self.tree.all(cst.AugAssign):
            self._bind(augmented.target, Kind.AUGMENT, augmented, augmented.value)
        for walrus in self.tree.all(cst.NamedExpr):
            self._bind(walrus.target, Kind.ASSIGN, walrus, walrus.value)

    def _bind(
        self,
        target: cst.CSTNode,
        kind: Kind,
        node: cst.CSTNode,
        value: cst.BaseExpression | None,
        annotation: cst.BaseExpression | None = None,
    ) -> None:
        match target:
            case cst.Name(value=name):
                self._add(name, kind, node, value=value, annotation=annotation)
            case cst.Tuple(elements=elements) | cst.List(elements=elements):
                for index, element in enumerate(elements):
                    self._bind_element(element.value, kind, node, value, index)

    def _bind_element(
        self,
        target: cst.BaseExpression,
        kind: Kind,
        node: cst.CSTNode,
        value: cst.BaseExpression | None,
        index: int,
    ) -> None:
        name = dotted(target)
        if not name or "." in name:
            return
        if kind is Kind.ASSIGN and isinstance(value, (cst.Tuple, cst.List)):
            if index < len(value.elements):
                self._add(name, Kind.ASSIGN, node, value=value.elements[index].value)
            return
        kind = Kind.UNPACK if kind is Kind.ASSIGN else kind
        self._add(name, kind, node, value=value, index=index)

    # Looking up

    def _scopes(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The scopes that `node` sees, from the inside out; a class is seen only from itself."""
        scope = self.tree.scope(node)
        yield scope
        while not isinstance(scope, cst.Module):
            scope = self.tree.scope(scope)
            if not isinstance(scope, cst.ClassDef):
                yield scope

    def is_bound(self, name: str) -> bool:
        """Whether anything in the module is called `name`, or it is a builtin."""
        return name in _BUILTINS or any(name in names for names in self._bindings.values())

    def is_always(self, name: str, module: str) -> bool:
        """Whether all that is called `name` here is an imported module."""
        bound = [b for names in self._bindings.values() for b in names.get(name, [])]
        return bool(bound) and all(b.kind is Kind.IMPORT and b.target == module for b in bound)

    def nearest(self, name: str, use: cst.CSTNode) -> list[Binding]:
        """What the nearest scope around `use` that knows `name` means by it, wherever bound."""
        known = (self._bindings.get(scope, {}).get(name) for scope in self._scopes(use))
        return next((found for found in known if found), [])

    def visible_imports(self, use: cst.CSTNode) -> Iterator[Binding]:
        """What is certainly imported where `use` runs: for all of the module, or before it."""
        for scope in self._scopes(use):
            for bindings in self._bindings.get(scope, {}).values():
                for binding in bindings:
                    if binding.kind is Kind.IMPORT and self._is_certain(binding, use):
                        yield binding

    def _is_certain(self, binding: Binding, use: cst.CSTNode) -> bool:
        same = self._bindings[binding.scope][binding.name]
        if any(b.kind is not Kind.IMPORT or b.target != binding.target for b in same):
            return False
        blocks = (cst.SimpleStatementLine, cst.IndentedBlock, binding.scope.__class__)
        plain = takewhile(lambda n: n is not binding.scope, self.tree.ancestors(binding.node))
        if not all(isinstance(node, blocks) for node in plain):
            return False  # in a branch of its own
        at_module = binding.scope is self.tree.module
        return at_module or self.tree.order(binding.node) < self.tree.order(use)

    def bindings(self, use: cst.Name) -> list[Binding]:
        """The bindings whose value `use` may have: those that reach it, nearest first."""
        found = self._reached.get(use)
        if found is None:
            found = self._reached[use] = self._find_bindings(use)
        return found

    def _find_bindings(self, use: cst.Name) -> list[Binding]:
        own = self.tree.scope(use)
        for scope in self._scopes(use):
            found = self._bindings.get(scope, {}).get(use.value)
            if not found:
                continue
            if scope is own or isinstance(own, COMPREHENSIONS):
                return self._reaching(found, use) or found
            return found
        return []

    def _reaching(self, bindings: list[Binding], use: cst.Name) -> list[Binding]:
        if len(bindings) == 1:
            return bindings
        around = {use, *self.tree.ancestors(use)}
        at = self.tree.order(use)
        reaching: list[Binding] = []
        for binding in self._latest_first(bindings, use, at):
            if self._takes_effect_before(binding, around, at) and not self._exclusive(
                binding.node, around
            ):
                reaching.append(binding)
                if self._dominates(binding, around):
                    around -= set(self.tree.ancestors(binding.node))
                    break
        return reaching + self._from_the_round_before(bindings, reaching, around)

    def _latest_first(self, bindings: list[Binding], use: cst.Name, at: int) -> Iterator[Binding]:
        """The bindings before a use; in a comprehension, which binds behind it, all of them."""
        ordered = self._latest.get(id(bindings))
        if ordered is None:
            ordered = self._latest[id(bindings)] = sorted(bindings, key=self._from_the_end)
        everything = isinstance(self.tree.scope(use), COMPREHENSIONS)
        first = 0 if everything else bisect_right(ordered, -at, key=self._from_the_end)
        return (ordered[place] for place in range(first, len(ordered)))

    def _from_the_end(self, binding: Binding) -> int:
        return -self.tree.order(binding.node)

    def _takes_effect_before(self, binding: Binding, around: set[cst.CSTNode], at: int) -> bool:
        node = binding.node
        if isinstance(node, (cst.Param, cst.CompFor, cst.ExceptHandler, cst.ExceptStarHandler)):
            return (
                not isinstance(node, (cst.ExceptHandler, cst.ExceptStarHandler)) or node in around
            )
        if isinstance(node, cst.For):
            return self.tree.order(node) < at and node.iter not in around
        return self.tree.order(node) < at and node not in around

    def _exclusive(self, node: cst.CSTNode, around: set[cst.CSTNode]) -> bool:
        """Whether `node` is in another arm of an `if` or `try` than the use."""
        inner: cst.CSTNode = node
        for outer in self.tree.ancestors(node):
            if outer in around:
                if isinstance(outer, cst.If) and inner is outer.body:
                    return outer.orelse in around
                return (
                    isinstance(inner, cst.ExceptHandler)
                    and inner not in around
                    and any(handler in around for handler in getattr(outer, "handlers", ()))
                )
            inner = outer
        return False

    def _dominates(self, binding: Binding, around: set[cst.CSTNode]) -> bool:
        """Whether the use can be reached only through the binding: its block is around the use."""
        node = binding.node
        if isinstance(node, (cst.Param, cst.ExceptHandler, cst.ExceptStarHandler)):
            return True
        if binding.kind is Kind.AUGMENT:
            return False
        if isinstance(node, (cst.For, cst.CompFor)):
            return node in around
        statement = self.tree.statement(node)
        if isinstance(node, cst.WithItem):
            return statement in around
        block = self.tree.parent(statement)
        if isinstance(self.tree.parent(block) if block else None, cst.Try):
            # A try's body may stop before the binding: the handlers then see the older one.
            owner = self.tree.parent(block)  # type: ignore[arg-type]
            return block in around or owner not in around
        return block in around

    def _from_the_round_before(
        self, bindings: list[Binding], reaching: list[Binding], around: set[cst.CSTNode]
    ) -> list[Binding]:
        loops = {node for node in around if isinstance(node, LOOPS)}
        if not loops:
            return []
        known = set(reaching)
        return [
            binding
            for binding in bindings
            if binding not in known and not loops.isdisjoint(self._loops(binding))
        ]

    def _loops(self, binding: Binding) -> tuple[cst.CSTNode, ...]:
        """The loops around a binding."""
        found = self._loops_around.get(binding.node)
        if found is None:
            around = self.tree.ancestors(binding.node)
            found = tuple(node for node in around if isinstance(node, LOOPS))
            self._loops_around[binding.node] = found
        return found

    def bound_between(self, name: str, scope: cst.CSTNode, after: int, before: int) -> bool:
        """Whether a name of `scope` gets a value between two ranks of source order (see `Tree`)."""
        found = self._bindings.get(scope, {}).get(name, [])
        return any(after < self.tree.order(binding.node) < before for binding in found)

    @cached_property
    def mutated(self) -> frozenset[str]:
        """The dotted names of collections that some method of theirs changes in this file."""
        return frozenset(
            dotted(call.func.value)
            for call in self.tree.all(cst.Call)
            if isinstance(call.func, cst.Attribute) and call.func.attr.value in MUTATORS
        )

    def bindings_of(self, node: cst.CSTNode) -> list[Binding]:
        """The bindings of a name, or of an attribute of `self`; none for anything else."""
        match node:
            case cst.Name():
                return self.bindings(node)
            case cst.Attribute(value=cst.Name(value="self" | "cls"), attr=cst.Name(value=name)):
                klass = self.tree.enclosing(node, cst.ClassDef)
                if isinstance(klass, cst.ClassDef):
                    return self.attribute_bindings(klass, name)
        return []

    def attribute_bindings(self, klass: cst.ClassDef, attribute: str) -> list[Binding]:
        """Where the methods of `klass`, or its body, give `self.<attribute>` a value."""
        if self._attributes is None:
            self._attributes = {}
            self._collect_attributes()
        found = self._attributes.get(klass, {}).get(attribute, [])
        return found + self._bindings.get(klass, {}).get(attribute, [])

    def _collect_attributes(self) -> None:
        assert self._attributes is not None
        targets: list[_Target] = []
        for assign in self.tree.all(cst.Assign):
            for assigned in assign.targets:
                targets += [(assign, t, v, None) for t, v in _pairs(assigned.target, assign.value)]
        for declared in self.tree.all(cst.AnnAssign):
            targets.append(
                (declared, declared.target, declared.value, declared.annotation.annotation)
            )
        for node, target, value, annotation in targets:
            match target:
                case cst.Attribute(value=cst.Name(value="self" | "cls"), attr=cst.Name(value=name)):
                    klass = self.tree.enclosing(node, cst.ClassDef)
                    if klass is not None:
                        binding = Binding(name, Kind.ASSIGN, node, klass, value, annotation)
                        self._attributes.setdefault(klass, {}).setdefault(name, []).append(binding)

    # Meaning

    def qualified(self, node: cst.CSTNode | None) -> str:
        """The canonical qualified name that an expression stands for; `""` where it is none.

        Follows imports, aliases (`retry = tenacity.retry`) and builtins; a class or function of
        the file has no qualified name, see `definition`.
        """
        if node is None or type(node) not in _QUALIFIABLE:
            return ""
        known = self._qualified_names.get(node)
        if known is None:
            name = self._qualified(node, 0)
            known = self._qualified_names[node] = self._canonical(name) if name else ""
        return known

    def _qualified(self, node: cst.CSTNode | None, depth: int) -> str:
        if depth > _MAX_ALIASES:
            return ""
        match node:
            case cst.Name():
                return self._qualified_name(node, depth)
            case cst.Attribute(value=owner, attr=cst.Name(value=attribute)):
                prefix = self._qualified(owner, depth)
                return f"{prefix}.{attribute}" if prefix else ""
            case cst.Call(func=cst.Name(value="getattr"), args=[owner, name, *_]):
                prefix, member = self._qualified(owner.value, depth), _text(name.value)
                return f"{prefix}.{member}" if prefix and member else ""
            case cst.Call(func=func, args=[module, *_]) if _IMPORTING.search(dotted(func)):
                return _text(module.value)
            case cst.Call(func=func, args=[]):
                return self._qualified_result(func, depth)
        return ""

    def _qualified_result(self, func: cst.BaseExpression, depth: int) -> str:
        """What a function of the file that takes nothing gives: the module that it imports."""
        function = self._definition(func, depth + 1)
        if not isinstance(function, cst.FunctionDef):
            return ""
        found = {self._qualified(value, depth + 1) for value in self.returns(function)}
        return found.pop() if len(found) == 1 else ""

    def _qualified_name(self, node: cst.Name, depth: int) -> str:
        bindings = self.bindings(node)
        if not bindings:
            return node.value if node.value in _BUILTINS else ""
        for binding in bindings:
            if binding.kind is Kind.IMPORT:
                return binding.target
            if binding.kind is Kind.ASSIGN and isinstance(binding.value, _NAMING):
                found = self._qualified(binding.value, depth + 1)
                if found:
                    return found
        return ""

    def definition(
        self, node: cst.CSTNode | None
    ) -> cst.FunctionDef | cst.ClassDef | cst.Lambda | None:
        """The function, class or lambda of this file that an expression names, else None.

        `self.method` is looked for in the class around.
        """
        if node is None or type(node) not in _DEFINABLE:
            return None
        if node not in self._definitions:
            self._definitions[node] = self._definition(node, 0)
        return self._definitions[node]

    def _definition(
        self, node: cst.CSTNode | None, depth: int
    ) -> cst.FunctionDef | cst.ClassDef | cst.Lambda | None:
        if depth > _MAX_ALIASES:
            return None
        match node:
            case cst.Lambda():
                return node
            case cst.Name():
                for binding in self.bindings(node):
                    if isinstance(binding.node, (cst.FunctionDef, cst.ClassDef)):
                        return binding.node
                    if binding.kind is Kind.ASSIGN and binding.value is not None:
                        return self._definition(binding.value, depth + 1)
            case cst.Attribute(value=cst.Name(value="self" | "cls"), attr=cst.Name(value=name)):
                klass = self.tree.enclosing(node, cst.ClassDef)
                if isinstance(klass, cst.ClassDef):
                    return self._member(klass, name, depth)
            case cst.Attribute(value=cst.Name() as owner, attr=cst.Name(value=name)):
                found = self._definition(owner, depth + 1)
                if isinstance(found, cst.ClassDef):
                    return self._member(found, name, depth)
        return None

    def _member(
        self, klass: cst.ClassDef, name: str, depth: int
    ) -> cst.FunctionDef | cst.ClassDef | cst.Lambda | None:
        for binding in self.attribute_bindings(klass, name):
            if isinstance(binding.node, (cst.FunctionDef, cst.ClassDef)):
                return binding.node
        for base in klass.bases:
            parent = self._definition(base.value, depth + 1)
            if isinstance(parent, cst.ClassDef) and parent is not klass:
                return self._member(parent, name, depth + 1)
        return None

    def returns(self, function: cst.FunctionDef | cst.Lambda) -> list[cst.BaseExpression]:
        """The expressions that a function of the file may return."""
        if isinstance(function, cst.Lambda):
            return [function.body]
        if function not in self._returns:
            self._returns[function] = [
                node.value
                for node in walk_scope(function.body)
                if type(node) is cst.Return and node.value is not None
            ]
        return self._returns[function]

    def calls_of(self, function: cst.FunctionDef | cst.ClassDef) -> list[cst.Call]:
        """The calls of this file that reach `function` by its name or as a method of `self`.

        Those of an `__init__` are the calls of its class.
        """
        if isinstance(function, cst.FunctionDef) and function.name.value == "__init__":
            klass = self.tree.enclosing(function, cst.ClassDef)
            return self.calls_of(klass) if isinstance(klass, cst.ClassDef) else []
        named = self.calls_named(function.name.value)
        return [call for call in named if self.definition(call.func) is function]

    def calls_named(self, name: str) -> list[cst.Call]:
        """The calls of this file whose callee has this last name, in source order."""
        if self._calls_by_name is None:
            self._calls_by_name = {}
            for call in self.tree.all(cst.Call):
                match call.func:
                    case cst.Name(value=called) | cst.Attribute(attr=cst.Name(value=called)):
                        self._calls_by_name.setdefault(called, []).append(call)
        return self._calls_by_name.get(name, [])


def parameters(function: cst.FunctionDef | cst.Lambda) -> list[cst.Param]:
    """The positional parameters, then those by keyword only; without `*args` and `**kwargs`."""
    params = function.params
    return [*params.posonly_params, *params.params, *params.kwonly_params]


def argument(call: cst.Call, name: str, position: int) -> cst.Arg | None:
    """The argument given for the parameter `name`, or at `position` (from 0; -1 for none)."""
    positional = [arg for arg in call.args if arg.keyword is None and not arg.star]
    for arg in call.args:
        if arg.keyword is not None and arg.keyword.value == name:
            return arg
    if 0 <= position < len(positional):
        return positional[position]
    return None


def bound_arguments(
    function: cst.FunctionDef | cst.Lambda, call: cst.Call, *, method: bool
) -> dict[str, cst.BaseExpression]:
    """What a call gives each parameter of `function`, by the parameter's name."""
    params = parameters(function)
    if method and params:
        params = params[1:]
    given: dict[str, cst.BaseExpression] = {}
    for position, param in enumerate(params):
        arg = argument(call, param.name.value, position)
        if arg is not None:
            given[param.name.value] = arg.value
    return given


def is_method(tree: Tree, function: cst.CSTNode) -> bool:
    """Whether the function's first parameter is its object (no static method)."""
    if not isinstance(function, cst.FunctionDef) or not isinstance(
        tree.scope(function), cst.ClassDef
    ):
        return False
    return all(dotted(decorator.decorator) != "staticmethod" for decorator in function.decorators)


def passed(tree: Tree, names: Names, param: cst.Param) -> list[cst.BaseExpression]:
    """What the callers of this file pass for a parameter of a function of the file."""
    function = tree.enclosing(param, cst.FunctionDef, cst.Lambda)
    if not isinstance(function, cst.FunctionDef):
        return []
    method = is_method(tree, function)
    given = [
        bound_arguments(function, call, method=method).get(param.name.value)
        for call in names.calls_of(function)
    ]
    return [node for node in given if node is not None]
