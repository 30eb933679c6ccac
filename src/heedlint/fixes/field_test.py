"""Repairs a test of an error's text into a test of the field that the contract keeps stable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import libcst as cst

from heedlint.analysis.conditions import operands
from heedlint.analysis.facts import Facts
from heedlint.analysis.text_tests import TextTest
from heedlint.clients.model import Role
from heedlint.findings import Applicability
from heedlint.fixes.choices import replacements
from heedlint.fixes.field import Field
from heedlint.fixes.leftovers import leftovers, names_gone
from heedlint.fixes.places import Place, place_of
from heedlint.fixes.plan import Plan, Replacement
from heedlint.fixes.stable_field import field_for
from heedlint.fixes.worth import worth
from heedlint.fixes.wrapping import Written, replacement

# What would take the operands of a comparison, or chain it, but for parentheses.
_TIGHTER = (
    cst.Comparison, cst.ComparisonTarget, cst.BinaryOperation, cst.Attribute, cst.Subscript,
    cst.Await,
)  # fmt: skip


def test_field(test: TextTest, field: Field, facts: Facts) -> Plan | None:
    """The repair of a text test; shown only where no source can be written in its place.

    None where not even an expression to test instead is known.
    """
    if not field.is_concrete:
        return None
    applicability, why = worth(test, field, facts)
    shown = Plan(Applicability.DISPLAY, field.told(negated=test.negated) + why)
    if not field.values or not field.access.writable or applicability is Applicability.DISPLAY:
        return shown
    chosen = replacements(test, field, facts)
    if chosen:
        gone = names_gone(test.text, field.access.source) if not test.is_predicate else ()
        return Plan(applicability, field.told(), chosen, gone, leftovers(gone, facts))
    place = place_of(test, facts)
    if place is None:
        return shown
    merged = _merged_chain(place, facts)
    if merged is not None:
        place, field, applicability = merged
    if field.broad:
        return shown
    if not place.is_truth:
        applicability = Applicability.UNSAFE
    told = field.told(negated=place.negated)
    gone = names_gone(place.node, field.access.source)
    changes = (_written(place, field, facts),)
    return Plan(applicability, told, changes, gone, leftovers(gone, facts))


def _written(place: Place, field: Field, facts: Facts) -> Replacement:
    """The field test in the place of the text test, on more lines where it is too long for one."""
    left, source = field.access.source, field.source(negated=place.negated)
    right = field.values[0] if len(field.values) == 1 else f"{{{', '.join(field.values)}}}"
    operator = source.removeprefix(left).removesuffix(right).strip()
    written = Written(left, operator, right, _binds_tighter(place.node, facts))
    return replacement(place.node, written, facts)


def _binds_tighter(node: cst.BaseExpression, facts: Facts) -> bool:
    """Whether a comparison in the place of `node` would be taken apart by what is around it."""
    return not node.lpar and isinstance(facts.tree.parent(node), _TIGHTER)


def _merged_chain(place: Place, facts: Facts) -> tuple[Place, Field, Applicability] | None:
    """For `a or b` of tests of the same error: the widest such chain, one field test for it, and
    what that is worth.

    So for `not a and not b`, which is the same said of everything else.
    """
    kind = cst.And if place.negated else cst.Or
    merged = None
    top = facts.tree.parent(place.node)
    if not isinstance(top, cst.BooleanOperation):
        return None  # the places of all tests are asked for only where there is a chain
    by_node: dict[cst.CSTNode, tuple[Place, TextTest]] = {
        found.node: (found, other) for found, other in _placed_tests(facts)
    }
    while isinstance(top, cst.BooleanOperation) and isinstance(top.operator, kind):
        found = [by_node.get(operand) for operand in operands(top, kind)]
        known = [operand for operand in found if operand is not None]
        if len(known) == len(found) and all(p.negated == place.negated for p, _ in known):
            field = _union([field_for(other, facts) for _, other in known])
            worths = {worth(other, field, facts)[0] for _, other in known} if field else set()
            if field is not None and Applicability.DISPLAY not in worths:
                is_truth = all(p.is_truth for p, _ in known)
                merged = (Place(top, place.negated, is_truth), field, max(worths))
        top = facts.tree.parent(top)
    return merged


def _placed_tests(facts: Facts) -> Iterator[tuple[Place, TextTest]]:
    for test in facts.text_tests:
        place = place_of(test, facts)
        if place is not None:
            yield place, test


def _union(fields: list[Field]) -> Field | None:
    """One test for several, where they read one field, or a status takes the other errors in."""
    if not all(field.values and field.access.writable for field in fields):
        return None
    if len({field.access for field in fields}) > 1 or any(field.broad for field in fields):
        by_status = [field for field in fields if field.role is Role.STATUS]
        covered = {v for field in by_status if not field.broad for v in field.values}
        rest = [error for field in fields if field not in by_status for error in field.errors]
        if not covered or len({field.access for field in by_status}) > 1:
            return None
        if not all(set(field.values) <= covered for field in by_status):
            return None
        if not all(str(status) in covered for error in rest for status in error.statuses):
            return None
        fields, exact = by_status, all(field.exact for field in fields)
    else:
        exact = all(field.exact for field in fields)
    return replace(
        fields[0],
        values=tuple(dict.fromkeys(value for field in fields for value in field.values)),
        errors=tuple(dict.fromkeys(error for field in fields for error in field.errors)),
        exact=exact,
        broad=False,
    )
