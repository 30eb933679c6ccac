"""Repairs a retry policy that takes in what never succeeds: the library is told to leave it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import libcst as cst

from heedlint.analysis.facts import Facts
from heedlint.analysis.retries import Attempt, RetryConstruct
from heedlint.findings import Applicability
from heedlint.fixes.additions import Additions
from heedlint.fixes.narrow_condition import by_condition
from heedlint.fixes.narrow_exclusion import by_exclusion
from heedlint.fixes.narrowing import Narrowing
from heedlint.fixes.plan import Plan


def narrow_policy(
    attempts: Sequence[Attempt], construct: RetryConstruct, facts: Facts
) -> Plan | None:
    """Excludes the errors of some attempts from a policy, by the parameter that its library has.

    That is the one among its profile's `unless`, else the condition itself: an expression of the
    library's vocabulary gets another one beside it, classes or a function become a function.
    """
    use = facts.policy_at(construct.node)
    if use is None:
        return None
    anchor = attempts[0].anchor
    if use.policy.called_with is not None:
        if not isinstance(anchor, cst.Call):
            return None
        use = replace(use, condition=anchor)
    narrowing = Narrowing(use, attempts, construct, Additions(construct.node, facts), facts)
    if any(attempt.returned for attempt in attempts):
        return None
    if any(attempt.translated for attempt in attempts):
        found = narrowing.told()
        test = found.source("e")
        message = f"where the error is translated: if {test}: raise"
        return None if found.is_empty else Plan(Applicability.DISPLAY, message)
    unless = next((term for term in use.policy.unless if term.name), None)
    if unless is not None:
        return by_exclusion(narrowing, unless)
    term, given = next(iter(use.conditions), (None, None))
    if term is None:
        return None
    return by_condition(narrowing, term, given)
