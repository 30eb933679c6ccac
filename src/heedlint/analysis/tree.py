"""One walk over a module: parents, order and an index of its nodes by type."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import cache, cached_property
from operator import attrgetter
from typing import Any, TypeVar

import libcst as cst

Node = TypeVar("Node", bound=cst.CSTNode)

# What holds no expression and no statement: never walked.
_LAYOUT_FIELDS = frozenset(
    {
        "header", "footer", "leading_lines", "lines_after_decorators", "trailing_whitespace",
        "lpar", "rpar", "lbracket", "rbracket", "lbrace", "rbrace", "comma", "semicolon", "equal",
        "colon", "dot", "dots", "indent", "star", "first_colon", "second_colon", "asynchronous",
        "default_indent", "default_newline", "has_trailing_newline", "encoding",
    }
)  # fmt: skip

COMPREHENSIONS = (cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp)
LOOPS = (cst.For, cst.While)
# libcst's classes are abstract ones, whose `isinstance` is slow: where much is asked, by the type.
_RUN_LATER = frozenset({cst.FunctionDef, cst.ClassDef, cst.Lambda})
SCOPES = (cst.Module, cst.FunctionDef, cst.ClassDef, cst.Lambda, *COMPREHENSIONS)


@cache
def _values(kind: type[cst.CSTNode]) -> Callable[[cst.CSTNode], tuple[Any, ...]]:
    """What gives the values of a class's fields that can hold code, in source order."""
    names = [
        field.name
        for field in fields(kind)
        if field.name not in _LAYOUT_FIELDS
        and not field.name.startswith("whitespace")
        and field.type not in (str, bool, "str", "bool")
    ]
    if len(names) > 1:
        return attrgetter(*names)
    get = attrgetter(names[0]) if names else None
    return lambda node: (get(node),) if get is not None else ()


@cache
def _is_node(kind: type[object]) -> bool:
    return issubclass(kind, cst.CSTNode)


def children(node: cst.CSTNode) -> list[cst.CSTNode]:
    """The child nodes that can hold code, in source order."""
    found: list[cst.CSTNode] = []
    for value in _values(type(node))(node):
        kind: type[object] = type(value)
        if kind is tuple or kind is list:
            found += [item for item in value if _is_node(type(item))]  # type: ignore[arg-type]
        elif _is_node(kind):  # type: ignore[arg-type]
            found.append(value)
    return found


def walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """`node` and all below it, parents first, in source order."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack += reversed(children(current))


def walk_scope(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """As `walk`, but without what runs later: the bodies of functions and classes in it."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        if type(current) not in _RUN_LATER or current is node:
            stack += reversed(children(current))


class Tree:
    """A module with the parent, the order and the type index of each node."""

    def __init__(self, module: cst.Module) -> None:
        self.module = module
        # By what `id` gives, which is what a node's own hash asks for, only slower.
        self._parents: dict[int, cst.CSTNode] = {}
        self._order: dict[int, int] = {}
        self._scopes: dict[cst.CSTNode, cst.CSTNode] = {}
        self._code: dict[cst.CSTNode, str] = {}
        self._by_type: dict[type[cst.CSTNode], list[cst.CSTNode]] = {}
        stack: list[cst.CSTNode] = [module]
        while stack:
            node = stack.pop()
            self._order[id(node)] = len(self._order)
            self._by_type.setdefault(type(node), []).append(node)
            below = children(node)
            for child in below:
                self._parents[id(child)] = node
            stack += reversed(below)

    def all(self, kind: type[Node]) -> list[Node]:
        """Every node of exactly that type, in source order."""
        return self._by_type.get(kind, [])  # type: ignore[return-value]

    @cached_property
    def keyed(self) -> list[tuple[cst.BaseExpression, cst.BaseExpression, cst.BaseExpression]]:
        """Each `owner[key]` and `owner.get(key, ...)`: the reading, its owner and the key."""
        found: list[tuple[cst.BaseExpression, cst.BaseExpression, cst.BaseExpression]] = []
        for node in self.all(cst.Subscript):
            match node.slice:
                case [cst.SubscriptElement(slice=cst.Index(value=key))]:
                    found.append((node, node.value, key))
        for call in self.all(cst.Call):
            match call:
                case cst.Call(
                    func=cst.Attribute(value=owner, attr=cst.Name(value="get")), args=[given, *_]
                ):
                    found.append((call, owner, given.value))
        return found

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """The node that holds `node`; None for the module."""
        return self._parents.get(id(node))

    def ancestors(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """What holds `node`, from the inside out."""
        parent = self._parents.get(id(node))
        while parent is not None:
            yield parent
            parent = self._parents.get(id(parent))

    def order(self, node: cst.CSTNode) -> int:
        """The rank of `node` in source order."""
        return self._order[id(node)]

    def enclosing(self, node: cst.CSTNode, *kinds: type[cst.CSTNode]) -> cst.CSTNode | None:
        """The nearest node around `node` of exactly one of the types."""
        parent = self._parents.get(id(node))
        while parent is not None and type(parent) not in kinds:
            parent = self._parents.get(id(parent))
        return parent

    def contains(self, outer: cst.CSTNode, node: cst.CSTNode) -> bool:
        """Whether `node` stands somewhere within `outer`."""
        order, first = self._order.get(id(node), -1), self._order.get(id(outer), -1)
        return 0 <= first < order <= self._last[id(outer)]

    @cached_property
    def _last(self) -> dict[int, int]:
        """The rank of the last node within each."""
        last = dict(self._order)
        for node in reversed(self._order):
            parent = id(self._parents.get(node))
            if parent in last and last[node] > last[parent]:
                last[parent] = last[node]
        return last

    def scope(self, node: cst.CSTNode) -> cst.CSTNode:
        """The module, class, function, lambda or comprehension whose names `node` sees first."""
        if node not in self._scopes:
            self._scopes[node] = self._find_scope(node)
        return self._scopes[node]

    def _find_scope(self, node: cst.CSTNode) -> cst.CSTNode:
        inner = node
        for outer in self.ancestors(node):
            if type(outer) in SCOPES and self._is_inside(inner, outer):
                return outer
            inner = outer
        return self.module

    @staticmethod
    def _is_inside(inner: cst.CSTNode, scope: cst.CSTNode) -> bool:
        # Decorators, defaults, annotations and base classes belong to the scope around.
        if type(scope) is cst.FunctionDef:
            return inner is scope.body or inner is scope.params
        if type(scope) is cst.ClassDef:
            return inner is scope.body
        return True

    def statement(self, node: cst.CSTNode) -> cst.CSTNode:
        """The statement that `node` is part of (a simple statement's line, or a compound one)."""
        for outer in (node, *self.ancestors(node)):
            if isinstance(outer, (cst.BaseCompoundStatement, cst.SimpleStatementLine)):
                return outer
        return node

    def indentation(self, block: cst.IndentedBlock) -> str:
        """The white space that the lines of a block begin with."""
        indented = (cst.IndentedBlock, cst.Match)  # a `match` indents its cases by itself
        around = [node for node in self.ancestors(block) if isinstance(node, indented)]
        usual = self.module.default_indent
        return "".join(
            usual if outer.indent is None else outer.indent for outer in (*reversed(around), block)
        )

    def code(self, node: cst.CSTNode) -> str:
        """The node's source text, without what surrounds it."""
        if node not in self._code:
            self._code[node] = self.module.code_for_node(node).strip()
        return self._code[node]

    def source(self, node: cst.CSTNode) -> str:
        """As `code`, its further lines indented as they are in the file."""
        return self.indented(node, self.block_indentation(node))

    def indented(self, node: cst.CSTNode, indent: str) -> str:
        """As `code`, its further lines indented by so much more."""
        first, *rest = self.code(node).split("\n")
        return "\n".join([first, *(indent + line if line.strip() else line for line in rest)])

    def block_indentation(self, node: cst.CSTNode) -> str:
        """The white space that the lines of the block around a node begin with."""
        block = self.enclosing(node, cst.IndentedBlock)
        return self.indentation(block) if isinstance(block, cst.IndentedBlock) else ""
