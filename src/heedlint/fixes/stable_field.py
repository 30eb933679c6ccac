"""Which stable field says what a text test wants to know, and what to compare it with."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from http import HTTPStatus

import libcst as cst

from heedlint.analysis.conditions import whole_chain
from heedlint.analysis.facts import Facts
from heedlint.analysis.text_tests import TextTest
from heedlint.clients.model import Role
from heedlint.contracts.model import Catalogue, DocumentedError
from heedlint.fixes.field import SPOKEN, Field
from heedlint.fixes.field_access import access, hides_status
from heedlint.fixes.nearest_errors import (
    is_told,
    nearest,
    reaching_errors,
    status_of_reason,
    statuses_of_branch,
)
from heedlint.fixes.settled import (
    finer_than_settled,
    is_tested_before,
    settled_by_class,
    settled_by_name,
    settled_by_tests,
)

# More than these tell a reader nothing.
_MOST_STATUSES = 5
_WORDS = re.compile(r"[a-z]+")
# What clients put around a status in their texts.
_OF_STATUS = frozenset(
    {"http", "https", "status", "code", "error", "client", "server", "response", "for", "url"}
)


def field_for(test: TextTest, facts: Facts) -> Field:
    """The stable field that says what the text test wants to know; `values` empty if unknown."""
    field = _field(test, facts)
    if settled := settled_by_class(test, facts) or settled_by_name(test, facts):
        return replace(field, settled=settled)
    if settled := settled_by_tests(test, field, facts):
        return replace(field, settled=settled, values=(), exact=False)
    if field.values or not test.needles:
        return field
    finer = finer_than_settled(field.role, test, facts)
    if finer is not None:
        field = replace(field, role=finer, access=access(test, facts, finer))
    nearest_field = _nearest(field, test, facts)
    if nearest_field and (settled := settled_by_tests(test, nearest_field, facts)):
        return replace(field, settled=settled)
    unknown = _why_unknown(test, facts)
    if nearest_field is None and is_tested_before(field.role, test, facts):
        return replace(field, settled=f"{unknown}, and the {SPOKEN[field.role]} is tested already")
    return replace(field, unknown=unknown, nearest=nearest_field)


def _why_unknown(test: TextTest, facts: Facts) -> str:
    """Why the text test stands for no error of the contract."""
    if not _with_codes(test):
        return "no contract of its API is known"
    told = [bool(_told_errors(needle, test, facts)) for needle in test.needles]
    if all(told):
        return "several documented errors say so"
    return "not all of this is in a catalogue" if any(told) else "no catalogue has this wording"


def _nearest(field: Field, test: TextTest, facts: Facts) -> Field | None:
    """A test of what may be meant by a wording that no documented error has; None for none.

    By the code where one contract holds and its client shows the code; else by the status that
    the words beside it speak of, or by those that its one contract has.
    """
    if test.value.owner_role is Role.PROBLEM:
        return None  # of those, few are documented: none is near to another
    errors = tuple(error for error in reaching_errors(test, facts) if is_told(error, test))
    alone = len(test.value.origin.catalogues) == 1
    if field.role is Role.CODE and alone and field.access.source:
        told = {error for needle in test.needles for error in _told_errors(needle, test, facts)}
        meant = tuple(error for error in errors if error in told and error.code)
        codes = tuple(f'"{error.code}"' for error in meant or nearest(errors, test, facts))
        if codes:
            return Field(Role.CODE, field.access, codes)
    if Role.STATUS in facts.pinned_fields.of(test.value, test.node):
        return None
    statuses = _statuses_told(test, facts)
    if not statuses and alone and len(test.value.origin.catalogues[0].codes) > 1:
        statuses = statuses_of_branch(test, facts) & {error.status for error in errors}
    found = access(test, facts, Role.STATUS)
    if hides_status(test) or not 0 < len(statuses) <= _MOST_STATUSES:
        return None
    values = tuple(map(str, sorted(statuses)))
    return Field(Role.STATUS, found, values, shared_by=_sharing(statuses, test))


def _sharing(statuses: Collection[int], test: TextTest) -> str:
    """Who has the status that a test asks for, if it is one and others than those meant have it."""
    if len(statuses) != 1:
        return ""
    status = next(iter(statuses))
    every = [
        {e.identifier for e in catalogue.of_status(status) if not e.sdk_only}
        for catalogue in _with_codes(test)
    ]
    if not every or len(min(every, key=len)) < 2:
        return ""
    return f"{len(every[0])} documented errors" if len(every) == 1 else "other documented errors"


def _statuses_told(test: TextTest, facts: Facts) -> frozenset[int]:
    """The one status that words beside those unknown speak of: in the same list or condition."""
    beside = {*test.needles, *(n for other in _beside(test, facts) for n in other.needles)}
    found = {
        status for needle in beside for status in [_status_told(needle, test, facts)] if status
    }
    if len(found) != 1 or any(_means_another(needle, found, facts) for needle in test.needles):
        return frozenset()
    return frozenset(found)


def _means_another(needle: str, statuses: set[int], facts: Facts) -> bool:
    """Whether a text is documented somewhere, and for errors of other statuses only."""
    if status_of_reason(needle) in statuses:
        return False
    every = tuple(facts.knowledge.catalogues.values())
    errors = facts.knowledge.errors_for_text(needle, every)
    return bool(errors) and not any(statuses & set(error.statuses) for error in errors)


def _status_told(needle: str, test: TextTest, facts: Facts) -> int:
    errors = _told_errors(needle, test, facts)
    if errors and _is_of_one_status(needle, errors):
        return errors[0].status
    return facts.knowledge.status_in(needle) or status_of_reason(needle)


def _beside(test: TextTest, facts: Facts) -> list[TextTest]:
    """The other tests of the same text that decide the same, one or the other."""
    condition = whole_chain(facts.tree, test.node, cst.And if test.negated else cst.Or)
    return [
        other
        for other in facts.text_tests
        if other is not test
        and other.negated == test.negated
        and other.value.origin.node is test.value.origin.node
        and facts.tree.contains(condition, other.node)
    ]


def _field(test: TextTest, facts: Facts) -> Field:
    known, catalogues = facts.knowledge, test.value.origin.catalogues
    statuses = [known.status_in(needle) for needle in test.needles]
    if statuses and all(statuses):
        field = _status_field(test, facts, tuple(dict.fromkeys(statuses)))
        if all(map(_says_status_alone, test.needles, statuses)):
            return field
        # One error of the status: a test of the status would take the others for it as well.
        return replace(field, exact=False, broad=True, shared_by=_sharing(set(statuses), test))
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
        exact = exact and alone and not _may_be_of_stream(test, facts)
        return _status_field(test, facts, shared, exact=exact)
    if mapped and len(catalogues) > 1 and all(map(_is_code, test.needles, found)):
        # Whichever of the contracts holds, none but this error has the code.
        values = tuple(f'"{needle.strip().lower()}"' for needle in test.needles)
        return Field(Role.CODE, access(test, facts, Role.CODE), values, errors)
    if mapped and len(catalogues) > 1 and all(map(_is_of_one_status, test.needles, found)):
        # Which of the contracts holds is not known; this holds for all.
        field = _status_field(test, facts, shared, exact=False)
        return replace(field, errors=(), broad=True, shared_by=_sharing(shared, test))
    described = _with_codes(test)
    shows_code = bool(access(test, facts, Role.CODE).source)
    coded = described == catalogues if described else shows_code
    role = Role.CODE if coded else Role.STATUS
    mapped = mapped and len(catalogues) == 1
    values = tuple(f'"{error.code}"' for error in errors if error.code) if mapped else ()
    return Field(role, access(test, facts, role), values, errors if mapped else (), exact)


def _with_codes(test: TextTest) -> tuple[Catalogue, ...]:
    """The contracts that may hold and promise more than a status."""
    return tuple(catalogue for catalogue in test.value.origin.catalogues if catalogue.codes)


def _says_status_alone(needle: str, status: int) -> bool:
    """Whether a text speaks of a status and of no error in particular: "Error code: 404"."""
    phrase = next((s.phrase for s in HTTPStatus if s == status), "")
    said = set(_WORDS.findall(needle.lower()))
    return said <= {*_OF_STATUS, *_WORDS.findall(phrase.lower())}


def _told_errors(needle: str, test: TextTest, facts: Facts) -> list[DocumentedError]:
    """The documented errors that a text may mean and whose code the client tells."""
    found = facts.knowledge.errors_for_text(needle, test.value.origin.catalogues)
    return [error for error in found if is_told(error, test)]


def _is_of_one_status(needle: str, errors: list[DocumentedError]) -> bool:
    """Whether errors of one status alone say so, and some of them in these very words."""
    one_status = len({error.status for error in errors}) == 1
    return one_status and any(_nearly_names(needle, error) for error in errors)


def _nearly_names(needle: str, error: DocumentedError) -> bool:
    folded = needle.strip().lower()
    if _names(needle, error) or folded.replace(" ", "_") in error.code:
        return True
    return any(folded in phrase and len(folded) * 3 > len(phrase) * 2 for phrase in error.wordings)


def _type_field(test: TextTest, facts: Facts) -> Field | None:
    """The error's `type`, where the text is one in each contract, no code, and is shown."""
    described = _with_codes(test)
    needles = [needle.strip().lower() for needle in test.needles]
    if not described or not needles or not all(_are_types(needles, each) for each in described):
        return None
    if test.value.owner_role is not Role.ERROR or not all(
        profile.member(Role.ERROR, Role.TYPE) for profile in test.value.origin.profiles
    ):
        return None
    found = access(test, facts, Role.TYPE)
    values = tuple(f'"{needle}"' for needle in needles)
    if len(test.value.origin.catalogues) > 1:
        return Field(Role.TYPE, found, values)
    meant = [e for e in described[0].errors if e.type in needles and not e.sdk_only]
    return Field(Role.TYPE, found, values, tuple(meant), exact=True)


def _are_types(needles: list[str], catalogue: Catalogue) -> bool:
    """Whether all of these are types of a contract, and none is a code of it."""
    types = {error.type for error in catalogue.errors}
    codes = {error.code for error in catalogue.errors}
    return all(needle in types - codes - {""} for needle in needles)


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


def _may_be_of_stream(test: TextTest, facts: Facts) -> bool:
    """Whether the error may be one within a stream, whose status is none of an error."""
    origin = test.value.origin
    keeps = any(profile.streams_keep_status for profile in origin.profiles)
    classes = [facts.knowledge.exception_class(name) for name in origin.classes]
    return keeps and not (classes and all(klass and klass.statuses for klass in classes))


def _is_code(needle: str, errors: list[DocumentedError]) -> bool:
    """Whether a text is a code itself, and no reason phrase of HTTP."""
    folded = needle.strip().lower()
    return all(error.code == folded for error in errors) and not status_of_reason(folded)


def _names(needle: str, error: DocumentedError) -> bool:
    """Whether the text stands for the error itself, not for a part of one of its wordings."""
    folded = needle.strip().lower()
    return folded in (error.code, error.type) or any(p in folded for p in error.wordings)
