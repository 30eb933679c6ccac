"""What the repairs of waits have in common: the reader of the header, and what is safe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from http import HTTPStatus

import libcst as cst

from heedlint.analysis.conditions import conditions
from heedlint.analysis.constants import constant, elements
from heedlint.analysis.facts import Facts
from heedlint.analysis.names import Kind
from heedlint.analysis.owners import means_the_same
from heedlint.analysis.retries import Attempt
from heedlint.analysis.tree import walk
from heedlint.clients.model import ClientProfile, Role
from heedlint.fixes.plan import Replacement

# Seconds to wait where the header is missing and the program has no delay of its own.
GUESSED = "1.0"
_STATUSES = frozenset({"status", "status_code"})
# Names that an `except` may give its error, where the file has no habit of its own.
_ERROR_NAMES = ("e", "error", "exc", "err")


def lets_in_rate_limits_alone(
    classes: Iterable[str], profiles: Iterable[ClientProfile], facts: Facts
) -> bool:
    """Whether of all answers of the clients only those that are told to wait are of the classes."""
    names = facts.knowledge.names
    for name in classes:
        if not names.is_exception(name):
            return False
        for profile in profiles:
            for klass in profile.exceptions.values():
                others = set(klass.statuses) != {HTTPStatus.TOO_MANY_REQUESTS}
                if klass.stands_for_answers and others and names.is_subclass(klass.name, name):
                    return False
    return True


def comes_after_a_test(node: cst.CSTNode, facts: Facts, attempts: Sequence[Attempt] = ()) -> bool:
    """Whether a test on the way to `node` lets through only errors that are told to wait.

    They are the 429s, and those of the `attempts`.
    """
    told = {a.fault.error.code for a in attempts if a.fault.error.code}
    allowed = {*told, int(HTTPStatus.TOO_MANY_REQUESTS)}
    return any(
        _allows_only(test, holds, allowed, facts) for test, holds in conditions(facts.tree, node)
    )


def _allows_only(test: cst.BaseExpression, holds: bool, allowed: set[object], facts: Facts) -> bool:
    match test:
        case cst.Comparison(
            left=field, comparisons=[cst.ComparisonTarget(operator=operator, comparator=value)]
        ):
            if not _is_status_or_code(field, facts):
                return False
            match operator, holds:
                case (cst.Equal(), True) | (cst.NotEqual(), False):
                    return constant(value, facts.names) in allowed
                case (cst.In(), True) | (cst.NotIn(), False):
                    items = elements(value, facts.names)
                    found = [constant(item, facts.names) for item in items or ()]
                    return bool(found) and all(item in allowed for item in found)
    return False


def _is_status_or_code(field: cst.BaseExpression, facts: Facts) -> bool:
    value = facts.roles.of(field)
    if value is not None:
        return value.role in (Role.STATUS, Role.CODE)
    # What a function of the file returns has no role, but the name tells enough.
    return isinstance(field, cst.Attribute) and field.attr.value in _STATUSES


def can_be_read_again(owner: cst.BaseExpression, use: cst.CSTNode, facts: Facts) -> bool:
    """Whether an expression that calls nothing means the same at `use` as where it stands."""
    once = (cst.Call, cst.NamedExpr, cst.Await)
    if any(isinstance(node, once) for node in walk(owner)):
        return False
    return means_the_same(owner, use, facts.tree, facts.names)


def error_name(handler: cst.ExceptHandler, facts: Facts) -> str:
    """A name for the error of a handler that has none: as the file's others, and not taken there.

    The name of an `except` is gone at its end, so it must mean nothing else around it; "" if none
    is free.
    """
    habits: dict[str, int] = {}
    for other in facts.tree.all(cst.ExceptHandler):
        if other.name is not None:
            name = facts.tree.code(other.name.name)
            habits[name] = habits.get(name, 0) + 1
    usual = sorted(habits, key=lambda name: -habits[name])
    return next((n for n in (*usual, *_ERROR_NAMES) if _is_free(n, handler, facts)), "")


def _is_free(name: str, handler: cst.ExceptHandler, facts: Facts) -> bool:
    if any(b.kind is not Kind.EXCEPT for b in facts.names.nearest(name, handler.body)):
        return False
    near = [*facts.tree.ancestors(handler), *walk(handler)]
    return not any(
        isinstance(node, (cst.ExceptHandler, cst.ExceptStarHandler))
        and node.name is not None
        and facts.tree.code(node.name.name) == name
        for node in near
    )


def with_arguments(
    call: cst.Call, given: dict[cst.Arg, str], added: str, facts: Facts
) -> tuple[Replacement, ...]:
    """Gives a call other values for some of its arguments, and one argument more if `added`."""
    if not call.args:
        return (Replacement(call, f"{facts.tree.code(call.func)}({added})", whole=True),)
    sources = {arg: _argument(arg, value, facts) for arg, value in given.items()}
    if added:
        last = call.args[-1]
        before = sources.get(last) or facts.source(last).rstrip().removesuffix(",")
        sources[last] = f"{before},{_space_between(call, facts)}{added}"
    return tuple(Replacement(arg, source) for arg, source in sources.items())


def _argument(arg: cst.Arg, value: str, facts: Facts) -> str:
    if arg.keyword is None:
        return value
    return (
        facts.tree.code(arg.with_changes(value=cst.Name("X"), comma=cst.MaybeSentinel.DEFAULT))[:-1]
        + value
    )


def indent_of(call: cst.Call, facts: Facts) -> str:
    """How the lines of a call's arguments are indented; the statement's own where it has one."""
    space = _space_between(call, facts)
    if call.args and space != " ":
        return space[1:]
    block = facts.tree.enclosing(call, cst.IndentedBlock)
    return facts.tree.indentation(block) if isinstance(block, cst.IndentedBlock) else ""


def _space_between(call: cst.Call, facts: Facts) -> str:
    """What stands before the last argument of a call: a space, or a line's end and indentation."""
    space: cst.BaseParenthesizableWhitespace = call.whitespace_before_args
    if len(call.args) > 1:
        comma = call.args[-2].comma
        space = comma.whitespace_after if isinstance(comma, cst.Comma) else space
    if not isinstance(space, cst.ParenthesizedWhitespace):
        return " "
    block = facts.tree.enclosing(call, cst.IndentedBlock)
    around = facts.tree.indentation(block) if isinstance(block, cst.IndentedBlock) else ""
    return f"\n{around if space.indent else ''}{space.last_line.value}"
