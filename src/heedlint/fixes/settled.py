"""Why nothing finer is left to test than what the program has tested already."""

from __future__ import annotations

import libcst as cst

from heedlint.analysis.conditions import conditions
from heedlint.analysis.facts import Facts
from heedlint.analysis.pinned_fields import Pinned
from heedlint.analysis.text_tests import TextTest
from heedlint.clients.model import Role
from heedlint.contracts.model import DocumentedError
from heedlint.fixes.field import SPOKEN, Field
from heedlint.fixes.field_access import NAMING_ROLES, access, way
from heedlint.fixes.nearest_errors import is_told, reaching_errors
from heedlint.source.idioms import status_of_error

# From the finest field to the coarsest.
_FINENESS = (Role.CODE, Role.TYPE, Role.STATUS)


def settled_by_class(test: TextTest, facts: Facts) -> str:
    """The reason, where the class that is caught stands for one error alone; `""` elsewhere."""
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


def settled_by_name(test: TextTest, facts: Facts) -> str:
    """The reason, where a class of no profile stands for a status by its name; `""` elsewhere."""
    origin = test.value.origin
    if origin.profiles or not isinstance(origin.node, cst.ExceptHandler) or not origin.node.type:
        return ""
    name = facts.tree.code(origin.node.type)
    status = status_of_error(name.rpartition(".")[2])
    return f"{name} stands for the status {status}, and no finer field is known" if status else ""


def settled_by_tests(test: TextTest, field: Field, facts: Facts) -> str:
    """The reason, where the tests around leave no field to test; `""` elsewhere.

    A field is left if the client shows it, no test around has settled it, and the documented
    errors that get here differ in it (or no contract is known).
    """
    pinned = facts.pinned_fields.of(test.value, test.node)
    if field.role is Role.STATUS and _are_tested_before(field, test, facts):
        return "this status is tested already, and no finer field is known"
    if not pinned or (field.values and field.role not in pinned):
        return ""
    if _finer(pinned, test, facts) is not None:
        return ""
    finest = next(role for role in _FINENESS if role in pinned)
    return f"the {SPOKEN[finest]} is settled already, and no finer field is known"


def finer_than_settled(role: Role, test: TextTest, facts: Facts) -> Role | None:
    """The field that is left to test where the tests around have settled the one of a role."""
    pinned = facts.pinned_fields.of(test.value, test.node)
    return _finer(pinned, test, facts) if role in pinned else None


def _finer(pinned: Pinned, test: TextTest, facts: Facts) -> Role | None:
    """The finest field that tells more than those that are pinned, and that the client shows."""
    errors = [e for e in reaching_errors(test, facts) if is_told(e, test) and _is_left(e, pinned)]
    contract = any(catalogue.codes for catalogue in test.value.origin.catalogues)
    finest = next(role for role in _FINENESS if role in pinned)
    for role in _FINENESS[: _FINENESS.index(finest)]:
        differs = len({_value(error, role) for error in errors}) > 1 or not contract
        if differs and access(test, facts, role).is_known:
            return role
    return None


def is_tested_before(role: Role, test: TextTest, facts: Facts) -> bool:
    """Whether a field of the error is asked for, in vain, on the way to the test of its text."""
    failed = [asked for asked, holds in conditions(facts.tree, test.node) if not holds]
    return any(
        found.value.role is role
        and found.value.origin.node is test.value.origin.node
        and any(asked is found.node or facts.tree.contains(asked, found.node) for asked in failed)
        for found in facts.field_tests
    )


def _are_tested_before(field: Field, test: TextTest, facts: Facts) -> bool:
    """Whether the answers with the statuses of a field never get to the test of the text."""
    rules_out = facts.reaching.statuses.rules_out
    return bool(field.values) and all(
        rules_out(test.node, test.value, int(status)) for status in field.values
    )


def _is_left(error: DocumentedError, pinned: Pinned) -> bool:
    """Whether an error has the values that the tests around ask for."""
    statuses = pinned.get(Role.STATUS)
    if statuses is not None and not statuses & set(error.statuses):
        return False
    return all(_value(error, role) in pinned[role] for role in NAMING_ROLES if role in pinned)


def _value(error: DocumentedError, role: Role) -> str:
    return error.code if role is Role.CODE else error.type
