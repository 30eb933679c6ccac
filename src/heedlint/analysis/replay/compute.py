"""Computes with constants as Python would; what cannot be computed is None."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import libcst as cst

from heedlint.analysis.replay.values import Items, Known, Value

_MOST_ITEMS = 1000
_ARITHMETIC: dict[type[cst.BaseBinaryOp], Callable[[float, float], float]] = {
    cst.Add: operator.add,
    cst.Subtract: operator.sub,
    cst.Multiply: operator.mul,
    cst.Divide: operator.truediv,
    cst.FloorDivide: operator.floordiv,
    cst.Modulo: operator.mod,
}
_ORDER: dict[type[cst.BaseCompOp], Callable[[float, float], bool]] = {
    cst.LessThan: operator.lt,
    cst.LessThanEqual: operator.le,
    cst.GreaterThan: operator.gt,
    cst.GreaterThanEqual: operator.ge,
}
_TEXT_METHODS = frozenset(
    {"lower", "upper", "strip", "casefold", "lstrip", "rstrip", "title", "startswith", "endswith",
     "replace", "removeprefix", "removesuffix"}
)  # fmt: skip
_CONVERSIONS: dict[str, Callable[[Any], object]] = {"str": str, "int": int, "float": float}
_COLLECTIONS = frozenset({"set", "frozenset", "tuple", "list", "sorted"})


def arithmetic(left: Value, sign: cst.BaseBinaryOp, right: Value) -> Known | None:
    """`left sign right` of two numbers."""
    function = _ARITHMETIC.get(type(sign))
    match left, right:
        case Known(value=int() | float() as one), Known(value=int() | float() as other):
            if function is not None and not (other == 0 and isinstance(sign, _DIVISIONS)):
                return Known(function(one, other), left.of_error or right.of_error)
    return None


_DIVISIONS = (cst.Divide, cst.FloorDivide, cst.Modulo)


def ordered(left: Value, sign: cst.BaseCompOp, right: Value) -> Known | None:
    """`left < right` and its like, of two numbers."""
    function = _ORDER.get(type(sign))
    match left, right:
        case Known(value=int() | float() as one), Known(value=int() | float() as other):
            if function is not None:
                return Known(function(one, other), left.of_error or right.of_error)
    return None


def text_method(owner: Known, method: str, given: list[Value]) -> Known | None:
    """`"Text".lower()` and its like."""
    if not isinstance(owner.value, str) or method not in _TEXT_METHODS:
        return None
    constants = []
    for value in given:
        if isinstance(value, Items) and all(isinstance(item, Known) for item in value.values):
            constants.append(tuple(i.value for i in value.values if isinstance(i, Known)))
        elif isinstance(value, Known):
            constants.append(value.value)  # type: ignore[arg-type]
        else:
            return None
    try:
        return Known(getattr(owner.value, method)(*constants), owner.of_error)
    except TypeError:
        return None


def converted(name: str, value: Value) -> Value | None:
    """`str(429)`, `int("429")`, `set((429, 500))`."""
    if isinstance(value, Items) and name in _COLLECTIONS:
        return value
    if isinstance(value, Known) and name in _CONVERSIONS and value.value is not None:
        try:
            return Known(_CONVERSIONS[name](value.value), value.of_error)
        except (TypeError, ValueError):
            return None
    return None


def ranged(given: list[Value]) -> Items | None:
    """The numbers of `range(...)`; None for one that is long or not constant."""
    bounds = [v.value for v in given if isinstance(v, Known) and isinstance(v.value, int)]
    if not bounds or len(bounds) != len(given) or (len(bounds) == 3 and bounds[2] == 0):
        return None
    numbers = range(*bounds)
    return Items(tuple(map(Known, numbers))) if len(numbers) <= _MOST_ITEMS else None
