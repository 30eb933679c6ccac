"""What is to be excluded from a retry policy, whichever way its library has for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from heedlint.analysis.constants import elements
from heedlint.analysis.facts import Facts
from heedlint.analysis.policy_uses import PolicyUse
from heedlint.analysis.retries import Attempt, RetryConstruct
from heedlint.clients.model import Parameter
from heedlint.findings import Applicability
from heedlint.fixes.additions import Additions
from heedlint.fixes.hopeless import Hopeless, HopelessErrors
from heedlint.fixes.layout import flat
from heedlint.fixes.plan import Change, Plan


@dataclass(frozen=True)
class Narrowing:
    """What is to be excluded from which policy, and what the repair may use to say so."""

    use: PolicyUse
    attempts: Sequence[Attempt]
    construct: RetryConstruct
    additions: Additions
    facts: Facts

    def told(self, caught: Sequence[str] = (), error: str = "e") -> Hopeless:
        """The condition on the exception that the library hands over."""
        errors = HopelessErrors(self.attempts, self.construct, self.additions, self.facts)
        return errors.told(error, caught)

    def statuses(self) -> tuple[tuple[int, ...], bool]:
        """The statuses alone."""
        errors = HopelessErrors(self.attempts, self.construct, self.additions, self.facts)
        return errors.statuses()

    def plan(self, message: str, changes: Sequence[Change], *, exact: bool) -> Plan:
        """The repair: safe where the policy ends as it did for what it does not retry."""
        safe = exact and not _ends_otherwise(self.use, self.facts)
        worth = Applicability.SAFE if safe else Applicability.UNSAFE
        return Plan(worth, message, (*changes, *self.additions.changes))


def classes_of(given: cst.BaseExpression | None, facts: Facts) -> tuple[str, ...]:
    """The qualified names of the classes that an expression names."""
    if given is None:
        return ()
    named = elements(given, facts.names)
    return tuple(facts.names.qualified(k) for k in (named if named is not None else [given]))


def operand_sources(
    node: cst.BaseExpression, operator: type[cst.BaseBooleanOp], facts: Facts
) -> list[str]:
    """The sources of what an `and`, or an `or`, joins; of the whole where it is none."""
    if isinstance(node, cst.BooleanOperation) and isinstance(node.operator, operator):
        return [
            *operand_sources(node.left, operator, facts),
            *operand_sources(node.right, operator, facts),
        ]
    code = flat(facts.tree.source(node))
    is_loose = isinstance(node, (cst.IfExp, cst.Lambda, cst.BooleanOperation)) and not node.lpar
    return [f"({code})" if is_loose else code]


def _ends_otherwise(use: PolicyUse, facts: Facts) -> bool:
    """Whether the program makes something of its own of attempts that are used up."""
    policy = use.policy
    if any(use.argument(Parameter(name)) is not None for name in policy.ends_with):
        return True
    names = (facts.names.qualified(n) for k in (cst.Name, cst.Attribute) for n in facts.tree.all(k))
    return bool(policy.end_error) and policy.end_error in names
