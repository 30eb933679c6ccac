"""Narrows a policy by the parameter that excludes: `giveup=`, `dont_autoretry_for=`."""

from __future__ import annotations

import libcst as cst

from heedlint.clients.model import RetryTerm
from heedlint.findings import Applicability
from heedlint.fixes.arguments import with_keyword, with_other
from heedlint.fixes.hopeless import Hopeless
from heedlint.fixes.layout import Chain
from heedlint.fixes.narrowing import Narrowing, classes_of, operand_sources
from heedlint.fixes.plan import Plan, Replacement


def by_exclusion(narrowing: Narrowing, term: RetryTerm) -> Plan | None:
    """A tuple of classes, or a function of the exception, for what is not to be retried."""
    use = narrowing.use
    caught = classes_of(next((given for _, given in use.conditions), None), narrowing.facts)
    present = use.value(term.parameter)
    if term.kind == "types":
        return _by_excluded_types(narrowing, term, present, caught)
    if isinstance(present, cst.Lambda):
        return _given_up_too(narrowing, present, term.name, caught)
    found = narrowing.told(caught)
    if found.is_empty:
        return None
    before = [] if present is None else [f"{narrowing.facts.tree.source(present)}(e)"]
    source = Chain([*before, *found.reasons("e")], "or", "lambda e: ")
    message = f"give {term.name}={source.line}"
    if present is not None:  # a function that may be asynchronous
        return Plan(Applicability.DISPLAY, message)
    changes = with_keyword(use.node, term.name, source, narrowing.facts)
    return narrowing.plan(message, changes, exact=found.exact)


def _by_excluded_types(
    narrowing: Narrowing,
    term: RetryTerm,
    present: cst.BaseExpression | None,
    caught: tuple[str, ...],
) -> Plan | None:
    found = narrowing.told(caught)
    if found.is_empty:
        return None
    if found.tests:
        # No class stands for these alone, and the library takes nothing else.
        message = (
            f"raise another exception where {found.source('e')}, and exclude that by {term.name}"
        )
        return Plan(Applicability.DISPLAY, message)
    if present is not None:
        return _excluded_too(narrowing, present, found)
    classes = Chain([f"({', '.join(found.classes)}{',' * (len(found.classes) == 1)})"])
    changes = with_keyword(narrowing.use.node, term.name, classes, narrowing.facts)
    return narrowing.plan(f"give {term.name}={classes.line}", changes, exact=found.exact)


def _excluded_too(
    narrowing: Narrowing, present: cst.BaseExpression, found: Hopeless
) -> Plan | None:
    """More classes for a tuple that excludes some already."""
    if not isinstance(present, cst.Tuple):
        return None
    there = [narrowing.facts.tree.source(item.value) for item in present.elements]
    source = f"({', '.join((*there, *(c for c in found.classes if c not in there)))})"
    change = Replacement(present, source, whole=True)
    return narrowing.plan(f"exclude {source}", [change], exact=found.exact)


def _given_up_too(
    narrowing: Narrowing, present: cst.Lambda, name: str, caught: tuple[str, ...]
) -> Plan | None:
    """One more reason for a lambda that gives up for some already."""
    if len(present.params.params) != 1:
        return None
    param = present.params.params[0].name.value
    found = narrowing.told(caught, param)
    if found.is_empty:
        return None
    before = operand_sources(present.body, cst.Or, narrowing.facts)
    source = Chain([*before, *found.reasons(param)], "or", f"lambda {param}: ")
    changes = with_other(narrowing.use.node, present, source, narrowing.facts)
    return narrowing.plan(f"give {name}={source.line}", changes, exact=found.exact)
