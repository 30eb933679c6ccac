"""The constants of a module: literals, the names bound to them, and the text of URLs."""

from __future__ import annotations

from ast import literal_eval
from functools import lru_cache
from typing import TypeAlias

import libcst as cst

from heedlint.analysis.names import Binding, Kind, Names, dotted

Constant: TypeAlias = str | bytes | int | float | bool | None
_DEPTH = 6


class Unknown:
    """What is no constant."""


UNKNOWN = Unknown()


# libcst's classes are abstract ones, whose `isinstance` is slow: most nodes are told by their type.
_SAID_BY_ITSELF = frozenset({cst.SimpleString, cst.Integer, cst.Float})
_SINGLETONS: dict[str, Constant] = {"True": True, "False": False, "None": None}
_BOUND = frozenset({cst.Name, cst.Attribute})
_COLLECTIONS = frozenset(
    {cst.Tuple, cst.List, cst.Set, cst.Dict, cst.Call, cst.BinaryOperation, cst.Name, cst.Attribute}
)


@lru_cache(maxsize=8192)
def _said(source: str) -> Constant:
    """The value of a string's or number's source."""
    value: Constant = literal_eval(source)
    return value


def literal(node: cst.CSTNode | None) -> Constant | Unknown:
    """The value of a literal, `UNKNOWN` for anything else (an f-string with values in it too)."""
    kind = type(node)
    if kind in _SAID_BY_ITSELF:
        return _said(node.value)  # type: ignore[union-attr]
    if kind is cst.Name:
        return _SINGLETONS.get(node.value, UNKNOWN)  # type: ignore[union-attr]
    if kind is cst.ConcatenatedString:
        value = node.evaluated_value  # type: ignore[union-attr]
        return UNKNOWN if value is None else value
    if kind is cst.UnaryOperation:
        match node.operator, node.expression:  # type: ignore[union-attr]
            case cst.Minus(), (cst.Integer() | cst.Float()) as number:
                return -number.evaluated_value
    return UNKNOWN


def elements(
    node: cst.CSTNode | None, names: Names, depth: int = 0
) -> list[cst.BaseExpression] | None:
    """The elements of a tuple, list, set or frozenset, followed through names; None for no such.

    `A + B`, `A | B` and `[*A, x]` are followed; dictionaries give their keys; a parameter that is
    bound to nothing else gives its default.
    """
    if depth > _DEPTH or node is None or type(node) not in _COLLECTIONS:
        return None
    if type(node) in _BOUND:
        if dotted(node) in names.mutated:
            return None
        value = bound_value(node, names) or _default(node, names)
        return elements(value, names, depth + 1) if value is not None else None
    match node:
        case cst.Tuple(elements=items) | cst.List(elements=items) | cst.Set(elements=items):
            found: list[cst.BaseExpression] = []
            for item in items:
                if isinstance(item, cst.StarredElement):
                    inner = elements(item.value, names, depth + 1)
                    if inner is None:
                        return None
                    found += inner
                else:
                    found.append(item.value)
            return found
        case cst.Dict(elements=items):
            return [item.key for item in items if isinstance(item, cst.DictElement)]
        case cst.Call(func=cst.Name(value="frozenset" | "set" | "tuple" | "list"), args=[arg]):
            return elements(arg.value, names, depth + 1)
        case cst.Call(func=cst.Name(value="frozenset" | "set" | "tuple" | "list"), args=[]):
            return []
        case cst.BinaryOperation(left=left, operator=cst.Add() | cst.BitOr(), right=right):
            first, second = elements(left, names, depth + 1), elements(right, names, depth + 1)
            return None if first is None or second is None else first + second
    return None


def _default(node: cst.CSTNode, names: Names) -> cst.BaseExpression | None:
    """The default of a parameter: what it holds for whoever says nothing else."""
    bindings = names.bindings(node) if type(node) is cst.Name else []
    if len(bindings) == 1 and isinstance(bindings[0].node, cst.Param):
        return bindings[0].node.default
    return None


def bound_value(node: cst.CSTNode, names: Names) -> cst.BaseExpression | None:
    """The one expression that a name, or an attribute of `self` or of a class, is bound to."""
    if type(node) not in _BOUND:
        return None
    if node not in names.bound_values:
        names.bound_values[node] = _bound_value(node, names)
    return names.bound_values[node]


def _bound_value(node: cst.CSTNode, names: Names) -> cst.BaseExpression | None:
    bindings: list[Binding] = []
    match node:
        case cst.Name():
            bindings = names.bindings(node)
        case cst.Attribute(value=cst.Name() as owner, attr=cst.Name(value=attribute)):
            klass = (
                names.tree.enclosing(node, cst.ClassDef)
                if owner.value in ("self", "cls")
                else names.definition(owner)
            )
            if isinstance(klass, cst.ClassDef):
                bindings = names.attribute_bindings(klass, attribute)
    if len(bindings) == 1 and bindings[0].kind is Kind.ASSIGN:
        return bindings[0].value
    return None


def constant(node: cst.CSTNode | None, names: Names, depth: int = 0) -> Constant | Unknown:
    """The constant that an expression is, followed through names."""
    value = literal(node)
    if value is not UNKNOWN or depth > _DEPTH or node is None or type(node) not in _BOUND:
        return value
    status = _http_status(names.qualified(node))
    if status:
        return status
    bound = bound_value(node, names)
    return constant(bound, names, depth + 1) if bound is not None else UNKNOWN


def _http_status(qualified: str) -> int:
    """`http.HTTPStatus.TOO_MANY_REQUESTS`, `requests.codes.too_many_requests` and their like."""
    owner, _, member = qualified.removesuffix(".value").rpartition(".")
    if owner not in {
        "http.HTTPStatus", "httpx.codes", "requests.codes", "requests.status_codes.codes",
        "starlette.status", "fastapi.status",
    }:  # fmt: skip
        return 0
    from http import HTTPStatus  # noqa: PLC0415 - most files name no status

    if member.startswith("HTTP_"):
        return int(member.split("_")[1])
    found = HTTPStatus.__members__.get(member.upper())
    return int(found) if found else 0


def texts(node: cst.CSTNode | None, names: Names, depth: int = 0) -> list[str]:
    """The string literals that an expression is made of, followed through names.

    For URLs: `BASE + "/x"`, `f"{BASE}/x"`, `os.environ.get("U", "https://…")`, `a or "https://…"`.
    """
    if node is None or depth > _DEPTH:
        return []
    match node:
        case cst.SimpleString() | cst.ConcatenatedString():
            value = literal(node)
            if isinstance(value, str):
                return [value]
            return (
                texts(node.left, names, depth + 1)
                if isinstance(node, cst.ConcatenatedString)
                else []
            )
        case cst.FormattedString(parts=parts):
            found: list[str] = []
            for part in parts:
                if isinstance(part, cst.FormattedStringText):
                    found.append(part.value)
                elif isinstance(part, cst.FormattedStringExpression):
                    found += texts(part.expression, names, depth + 1)
            return found
        case (
            cst.BinaryOperation(left=left, right=right)
            | cst.BooleanOperation(left=left, right=right)
        ):
            return texts(left, names, depth + 1) + texts(right, names, depth + 1)
        case cst.IfExp(body=left, orelse=right):
            return texts(left, names, depth + 1) + texts(right, names, depth + 1)
        case cst.Call(args=args):
            return [text for arg in args for text in texts(arg.value, names, depth + 1)]
        case cst.Name() | cst.Attribute():
            return [
                text
                for binding in names.bindings_of(node)
                for text in texts(_default_or_value(binding.node, binding.value), names, depth + 1)
            ]
    return []


def _default_or_value(
    node: cst.CSTNode, value: cst.BaseExpression | None
) -> cst.BaseExpression | None:
    return node.default if isinstance(node, cst.Param) else value
