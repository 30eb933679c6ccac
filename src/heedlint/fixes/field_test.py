"""Repairs a test of an error's text into a test of the field that the contract keeps stable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import libcst as cst

from heedlint.analysis.facts import Facts
from heedlint.analysis.text_tests import TextTest
from heedlint.clients.model import Role
from heedlint.contracts.model import DocumentedError
from heedlint.findings import Applicability, Confidence
from heedlint.fixes.choices import replacements
from heedlint.fixes.field import Field
from heedlint.fixes.field_access import NAMING_ROLES, access, hides_status, own_member, way
from heedlint.fixes.nearest_errors import (
    nearest,
    reaching_errors,
    status_of_reason,
    statuses_of_branch,
)
from heedlint.fixes.places import Place, place_of
from heedlint.fixes.plan import Plan, Replacement

_MOST_STATUSES = 12


def field_for(test: TextTest, facts: Facts) -> Field:
    """The stable field that says what the text test wants to know; `values` empty if unknown."""
    field = replace(_field(test, facts), settled=_settled(test, facts))
    if field.values or field.settled:
        return field
    return replace(field, nearest=_nearest(field, test, facts))


def _nearest(field: Field, test: TextTest, facts: Facts) -> Field | None:
    """A test of what may be meant by a wording that no documented error has; None for none.

    By the code where one contract holds and its client shows the code; else by the status that
    the program itself takes the text for, or by those that its one contract has.
    """
    if test.value.owner_role is Role.PROBLEM:
        return None  # of those, few are documented: none is near to another
    errors = tuple(error for error in reaching_errors(test, facts) if _is_told(error, test))
    alone = len(test.value.origin.catalogues) == 1
    if field.role is Role.CODE and alone and field.access.source:
        codes = tuple(f'"{error.code}"' for error in nearest(errors, test, facts))
        if codes:
            return Field(Role.CODE, field.access, codes)
    statuses = statuses_of_branch(test, facts) or _statuses_told(test, facts)
    if not statuses and alone and len(test.value.origin.catalogues[0].codes) > 1:
        statuses = frozenset(error.status for error in errors)
    found = access(test, facts, Role.STATUS)
    known = found.source and not hides_status(test) and 0 < len(statuses) <= _MOST_STATUSES
    return Field(Role.STATUS, found, tuple(map(str, sorted(statuses)))) if known else None


def _statuses_told(test: TextTest, facts: Facts) -> frozenset[int]:
    """The one status that words beside those unknown speak of: in the same list or condition."""
    beside = {*test.needles, *(n for other in _beside(test, facts) for n in other.needles)}
    found = {
        status for needle in beside for status in [_status_told(needle, test, facts)] if status
    }
    return frozenset(found) if len(found) == 1 else frozenset()


def _status_told(needle: str, test: TextTest, facts: Facts) -> int:
    errors = _told_errors(needle, test, facts)
    if errors and _is_of_one_status(needle, errors):
        return errors[0].status
    return facts.knowledge.status_in(needle) or status_of_reason(needle)


def _beside(test: TextTest, facts: Facts) -> list[TextTest]:
    """The other tests of the same text in a condition."""
    condition: cst.CSTNode = test.node
    while isinstance(parent := facts.tree.parent(condition), cst.BooleanOperation):
        condition = parent
    return [
        other
        for other in facts.text_tests
        if other is not test
        and other.negated == test.negated
        and other.value.origin.node is test.value.origin.node
        and facts.tree.contains(condition, other.node)
    ]


def _settled(test: TextTest, facts: Facts) -> str:
    """Why nothing is left to test, where the class that is caught stands for one error alone."""
    origin, names = test.value.origin, facts.knowledge.names
    if not origin.answers_only or len(origin.profiles) != 1:
        return ""
    possible = set()
    for error in (error for catalogue in origin.catalogues for error in catalogue.errors):
        raised = names.exception_for(origin.profiles[0], error.status, code=error.code)
        if raised and any(names.is_subclass(raised.name, klass) for klass in origin.classes):
            possible.add(error)
    if len({error.identifier for error in possible}) != 1:
        return ""
    error = possible.pop()
    if not error.code and any(way(origin.profiles[0], Role.ERROR, r, ()) for r in NAMING_ROLES):
        return ""  # the API has codes, which no catalogue lists
    return f"{origin.classes[0]} stands for {error.label} alone, and no field tells more"


def _field(test: TextTest, facts: Facts) -> Field:
    known, catalogues = facts.knowledge, test.value.origin.catalogues
    statuses = [known.status_in(needle) for needle in test.needles]
    if statuses and all(statuses):
        return _status_field(test, facts, tuple(dict.fromkeys(statuses)))
    typed = _type_field(test, facts)
    if typed is not None:
        return typed
    found = [_told_errors(needle, test, facts) for needle in test.needles]
    errors = tuple(dict.fromkeys(error for group in found for error in group))
    mapped = bool(found) and all(found)
    exact = mapped and len(catalogues) == 1 and all(
        len(group) == 1 and _names(needle, group[0])
        for needle, group in zip(test.needles, found, strict=True)
    )  # fmt: skip
    shared = tuple(dict.fromkeys(error.status for error in errors))
    if errors and not any(error.code for error in errors):
        # A wording of one error of a status says nothing of the others that have a code.
        alone = not any(
            error.code and not error.sdk_only
            for catalogue in catalogues
            for status in shared
            for error in catalogue.of_status(status)
        )
        return _status_field(test, facts, shared, exact=exact and alone)
    if mapped and len(catalogues) > 1 and all(map(_is_of_one_status, test.needles, found)):
        # Which of the contracts holds is not known; this holds for all.
        return replace(_status_field(test, facts, shared, exact=False), errors=())
    coded = bool(catalogues) and all(catalogue.codes for catalogue in catalogues)
    role = Role.CODE if coded else Role.STATUS
    mapped = mapped and len(catalogues) == 1
    values = tuple(f'"{error.code}"' for error in errors if error.code) if mapped else ()
    return Field(role, access(test, facts, role), values, errors if mapped else (), exact)


def _told_errors(needle: str, test: TextTest, facts: Facts) -> list[DocumentedError]:
    """The documented errors that a text may mean and whose code the client tells."""
    found = facts.knowledge.errors_for_text(needle, test.value.origin.catalogues)
    return [error for error in found if _is_told(error, test)]


def _is_of_one_status(needle: str, errors: list[DocumentedError]) -> bool:
    """Whether errors of one status alone say so, and some of them in these very words."""
    one_status = len({error.status for error in errors}) == 1
    return one_status and any(_nearly_names(needle, error) for error in errors)


def _nearly_names(needle: str, error: DocumentedError) -> bool:
    folded = needle.strip().lower()
    if _names(needle, error) or folded.replace(" ", "_") in error.code:
        return True
    return any(folded in phrase and len(folded) * 2 > len(phrase) for phrase in error.wordings)


def _type_field(test: TextTest, facts: Facts) -> Field | None:
    """The error's `type`, where the text is one, no code, and the client shows it."""
    catalogues = test.value.origin.catalogues
    errors = [error for catalogue in catalogues for error in catalogue.errors]
    types, codes = {error.type for error in errors}, {error.code for error in errors}
    needles = [needle.strip().lower() for needle in test.needles]
    if len(catalogues) != 1 or not needles or not all(n in types - codes - {""} for n in needles):
        return None
    if test.value.owner_role is not Role.ERROR or not all(
        own_member(profile, Role.ERROR, Role.TYPE) for profile in test.value.origin.profiles
    ):
        return None
    meant = tuple(error for error in errors if error.type in needles and not error.sdk_only)
    values = tuple(f'"{needle}"' for needle in needles)
    return Field(Role.TYPE, access(test, facts, Role.TYPE), values, meant, exact=True)


def _is_told(error: DocumentedError, test: TextTest) -> bool:
    """Whether the client tells the program this error's code."""
    if test.value.owner_role is Role.PROBLEM:
        return error.problem
    reads = all(profile.reads_problem_documents for profile in test.value.origin.profiles)
    return not error.sdk_only and (reads or not error.problem)


def _status_field(
    test: TextTest, facts: Facts, statuses: tuple[int, ...], *, exact: bool = True
) -> Field:
    errors = tuple(
        error
        for catalogue in test.value.origin.catalogues
        for status in statuses
        for error in catalogue.of_status(status)
        if not error.sdk_only
    )
    values = () if hides_status(test) else tuple(map(str, statuses))
    return Field(Role.STATUS, access(test, facts, Role.STATUS), values, errors, exact)


def _names(needle: str, error: DocumentedError) -> bool:
    """Whether the text stands for the error itself, not for a part of one of its wordings."""
    folded = needle.strip().lower()
    return folded in (error.code, error.type) or any(p in folded for p in error.wordings)


# The plan


def test_field(test: TextTest, field: Field, facts: Facts) -> Plan | None:
    """The repair of a text test; shown only where no source can be written in its place.

    None where not even an expression to test instead is known.
    """
    if not field.is_concrete:
        return None
    shown = Plan(Applicability.DISPLAY, field.told(negated=test.negated))
    if not field.values or not field.access.writable:
        return shown
    chosen = replacements(test, field, facts, field_for)
    if chosen:
        return Plan(_applicability(test, field), field.told(), chosen)
    place = place_of(test, facts)
    if place is None:
        return shown
    merged = _merged_chain(place, facts)
    if merged is not None:
        place, field = merged
    source = field.source(negated=place.negated)
    applicability = _applicability(test, field) if place.is_truth else Applicability.UNSAFE
    return Plan(
        applicability, field.told(negated=place.negated), (Replacement(place.node, source),)
    )


def _applicability(test: TextTest, field: Field) -> Applicability:
    safe = field.exact and field.access.present and test.value.confidence is Confidence.CERTAIN
    return Applicability.SAFE if safe else Applicability.UNSAFE


def _merged_chain(place: Place, facts: Facts) -> tuple[Place, Field] | None:
    """For `a or b` of tests of the same error: the widest such chain, and one field test for it.

    So for `not a and not b`, which is the same said of everything else.
    """
    kind = cst.And if place.negated else cst.Or
    by_node = {found.node: (found, other) for found, other in _placed_tests(facts)}
    merged = None
    top = facts.tree.parent(place.node)
    while isinstance(top, cst.BooleanOperation) and isinstance(top.operator, kind):
        operands = [by_node.get(operand) for operand in _operands(top, kind)]
        known = [operand for operand in operands if operand is not None]
        if len(known) == len(operands) and all(p.negated == place.negated for p, _ in known):
            field = _union([field_for(other, facts) for _, other in known])
            if field is not None:
                is_truth = all(p.is_truth for p, _ in known)
                merged = (Place(top, place.negated, is_truth), field)
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
    if len({field.access for field in fields}) > 1:
        by_status = [field for field in fields if field.role is Role.STATUS]
        covered = {value for field in by_status for value in field.values}
        rest = [error for field in fields if field not in by_status for error in field.errors]
        if not by_status or len({field.access for field in by_status}) > 1:
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
    )


def _operands(node: cst.BaseExpression, kind: type[cst.BaseBooleanOp]) -> list[cst.BaseExpression]:
    if isinstance(node, cst.BooleanOperation) and isinstance(node.operator, kind):
        return [*_operands(node.left, kind), *_operands(node.right, kind)]
    return [node]
