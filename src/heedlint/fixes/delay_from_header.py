"""Repairs a delay that is scraped out of an error's text: the header's reader takes its place."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from heedlint.analysis.facts import Facts
from heedlint.analysis.text_tests import TextTest
from heedlint.analysis.tree import walk
from heedlint.clients.model import Role
from heedlint.findings import Applicability
from heedlint.fixes.additions import Additions
from heedlint.fixes.headers import headers_of
from heedlint.fixes.plan import Change, Plan
from heedlint.fixes.read_header import without
from heedlint.fixes.reader_call import reading, reading_in_place
from heedlint.fixes.retry_after import GUESSED, can_be_read_again

_NUMBERS = frozenset({"int", "float"})
_OWNERS = (Role.ERROR, Role.RESPONSE)


@dataclass(frozen=True)
class _Seconds:
    """The expression that makes seconds of the text, the program's own delay, and the match."""

    place: cst.BaseExpression
    default: str
    found: cst.Assign | None = None


def delay_from_header(test: TextTest, facts: Facts) -> Plan:
    """Puts the reader in the place of the number that is read out of the text.

    Unsafe, for what the program does without such a text is a guess. Shown where the headers are
    out of reach, or where more than a number is made of the text.
    """
    origin, owner = test.value.origin, test.value.owner
    hints = [p.header_hint for p in origin.profiles if not p.headers_reachable]
    if hints:
        return Plan(Applicability.DISPLAY, f"wait as Retry-After says: {hints[0]}")
    shown = Plan(Applicability.DISPLAY, "wait the seconds that the header Retry-After says")
    role = test.value.owner_role
    seconds = _seconds(test, facts)
    if owner is None or role not in _OWNERS or len(origin.profiles) != 1 or seconds is None:
        return shown
    removed = [facts.knowledge.exception_class(name) for name in origin.classes]
    headers = headers_of(
        origin.profiles[0],
        role,
        facts.tree.code(owner),
        sure=role is Role.RESPONSE or origin.answers_only,
        legacy=any(klass is not None and klass.removed for klass in removed),
    )
    if not headers or not can_be_read_again(owner, seconds.place, facts):
        return shown
    additions = Additions(seconds.place, facts)
    source = reading(additions, headers, seconds.default)
    changes: list[Change] = [
        reading_in_place(seconds.place, headers, seconds.default, additions, facts)
    ]
    if seconds.found is not None:
        changes.append(without(seconds.found, facts))
    return Plan(Applicability.UNSAFE, f"wait {source}", (*changes, *additions.changes))


def _seconds(test: TextTest, facts: Facts) -> _Seconds | None:
    found = facts.tree.statement(test.node)
    if not isinstance(found, cst.SimpleStatementLine) or _binds_within(test.node, facts):
        return None
    statement = found.body[0]
    if len(found.body) == 1 and isinstance(statement, cst.Assign) and not _number(test.node, facts):
        uses = _uses(statement, facts)
        place = _place_of(uses, facts) if uses else None
        return _with_default(place, uses, statement, facts) if place is not None else None
    place = _number(test.node, facts)
    return _Seconds(_scaled(place, facts), GUESSED) if place is not None else None


def _binds_within(node: cst.CSTNode, facts: Facts) -> bool:
    return facts.tree.enclosing(node, cst.NamedExpr) is not None


def _uses(assign: cst.Assign, facts: Facts) -> list[cst.Name]:
    """Where the names that an assignment binds are read; none where one may mean something else."""
    targets = [node for t in assign.targets for node in walk(t) if isinstance(node, cst.Name)]
    uses = []
    for name in facts.tree.all(cst.Name):
        if name in targets or name.value not in {target.value for target in targets}:
            continue
        bindings = facts.names.bindings(name)
        if any(binding.node is assign for binding in bindings):
            if len(bindings) > 1:
                return []
            uses.append(name)
    return uses


def _place_of(uses: list[cst.Name], facts: Facts) -> cst.BaseExpression | None:
    """The one expression that makes a number of the uses, and asks whether there is one."""
    for outer in facts.tree.ancestors(uses[0]):
        if isinstance(outer, (cst.BaseStatement, cst.BaseSmallStatement)):
            return None
        numbers = isinstance(outer, cst.Call) and facts.names.qualified(outer.func) in _NUMBERS
        asks = isinstance(outer, cst.IfExp) and any(
            use is outer.test or facts.tree.contains(outer.test, use) for use in uses
        )
        within = all(facts.tree.contains(outer, use) for use in uses)
        if within and (numbers or asks) and isinstance(outer, cst.BaseExpression):
            return outer
    return None


def _with_default(
    place: cst.BaseExpression, uses: list[cst.Name], found: cst.Assign, facts: Facts
) -> _Seconds:
    if isinstance(place, cst.IfExp):
        body_uses = any(facts.tree.contains(place.body, use) for use in uses)
        other = place.orelse if body_uses else place.body
        return _Seconds(place, facts.source(other), found)
    for node in walk(place):
        if isinstance(node, cst.BooleanOperation) and isinstance(node.operator, cst.Or):
            return _Seconds(_scaled(place, facts), facts.tree.code(node.right), found)
    return _Seconds(_scaled(place, facts), GUESSED, found)


def _number(node: cst.CSTNode, facts: Facts) -> cst.BaseExpression | None:
    """The `float(...)` around the parsing of the text, within its statement."""
    for outer in facts.tree.ancestors(node):
        if isinstance(outer, (cst.BaseSmallStatement, cst.BaseStatement, cst.Lambda)):
            return None
        if isinstance(outer, cst.Call) and facts.names.qualified(outer.func) in _NUMBERS:
            return outer
    return None


def _scaled(place: cst.BaseExpression, facts: Facts) -> cst.BaseExpression:
    """With what turns milliseconds into seconds."""
    parent = facts.tree.parent(place)
    match parent:
        case cst.BinaryOperation(left=left, operator=cst.Divide()) if left is place:
            return parent
    return place
