"""What ends the tries of a policy: its `stop`, `max_tries`, `total`, through the profile."""

from __future__ import annotations

from dataclasses import replace

import libcst as cst

from heedlint.analysis.constants import Unknown, bound_value, constant, elements
from heedlint.analysis.names import Names
from heedlint.analysis.policy_uses import PolicyUse
from heedlint.analysis.retries import Bounds
from heedlint.clients.model import VOCABULARY, RetryTerm

_DEPTH = 6
_UNBOUNDED = Bounds(bounded=False)
_UNKNOWN = Bounds()


def bounds_of(use: PolicyUse, stops: dict[str, RetryTerm]) -> Bounds:
    """The bounds of a policy: unbounded only where nothing that could end it is given.

    `stops` is the vocabulary of all profiles.
    """
    given = [
        stop
        for stop in use.policy.stops
        if stop.replaces
        and use.value(stop.parameter) is not None
        and constant(use.value(stop.parameter), use.names) is not None
    ]
    found = [_stated(stop, use, stops) for stop in given or use.policy.stops]
    means = tuple(stop.name for stop in use.policy.stops if "." not in stop.name)
    return replace(_any(found), means=means) if found else _UNKNOWN


def _stated(stop: RetryTerm, use: PolicyUse, stops: dict[str, RetryTerm]) -> Bounds:
    given = use.value(stop.parameter)
    if given is None:
        if use.is_hidden(stop.parameter):
            return _UNKNOWN
        return _limit(stop.kind, float(stop.default[0])) if stop.default else _UNBOUNDED
    if stop.kind == VOCABULARY:
        return _expression(given, stops, use.names)
    value = constant(given, use.names)
    if value is False and stop.kind == "retries":
        return Bounds(True, calls=1)
    below = stop.unbounded_below
    if value is None or (isinstance(value, (int, float)) and below is not None and value < below):
        return _UNBOUNDED
    return _limit(stop.kind, None if isinstance(value, Unknown) else value)


def _limit(kind: str, value: object) -> Bounds:
    if kind == "never":
        return _UNBOUNDED
    if kind not in ("attempts", "retries", "time"):
        return _UNKNOWN
    number = value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
    number = max(number, 0) if number is not None else None
    if kind == "time":
        return Bounds(True, seconds=number)
    calls = None if number is None else int(number) + (1 if kind == "retries" else 0)
    return Bounds(True, calls=calls)


def _any(found: list[Bounds]) -> Bounds:
    """The bounds of what ends as soon as one of several says so."""
    bounded = True if any(b.bounded for b in found) else None
    if all(b.bounded is False for b in found):
        bounded = False
    if any(b.bounded is not False and b.calls is None and b.seconds is None for b in found):
        return Bounds(bounded)  # what is not understood may end it earlier
    calls = [b.calls for b in found if b.calls is not None]
    seconds = [b.seconds for b in found if b.seconds is not None]
    return Bounds(bounded, min(calls, default=None), min(seconds, default=None))


def _all(found: list[Bounds]) -> Bounds:
    """The bounds of what ends only when each of several says so."""
    if any(b.bounded is False for b in found):
        return _UNBOUNDED
    return Bounds(True if all(b.bounded for b in found) else None)


def _expression(
    node: cst.BaseExpression, stops: dict[str, RetryTerm], names: Names, depth: int = 0
) -> Bounds:
    """What an expression of the library's stops says."""
    if depth > _DEPTH:
        return _UNKNOWN
    match node:
        case cst.BinaryOperation(
            left=left, operator=cst.BitOr() | cst.BitAnd() as operator, right=right
        ):
            sides = [_expression(side, stops, names, depth + 1) for side in (left, right)]
            return _any(sides) if isinstance(operator, cst.BitOr) else _all(sides)
        case cst.Call(func=func, args=args):
            term = stops.get(names.qualified(func))
            if term is None:
                return _UNKNOWN
            if term.kind in ("any", "all"):
                inner = [i for a in args for i in (elements(a.value, names) or [a.value])]
                found = [_expression(i, stops, names, depth + 1) for i in inner]
                return _any(found) if term.kind == "any" else _all(found)
            value = constant(args[0].value, names) if args else None
            return _limit(term.kind, value)
        case cst.Name() | cst.Attribute():
            term = stops.get(names.qualified(node))
            if term is not None:
                return _limit(term.kind, None)
            bound = bound_value(node, names)
            if bound is not None:
                return _expression(bound, stops, names, depth + 1)
    return _UNKNOWN
