"""Repairs a wait that cuts short what `Retry-After` says: caps that are too low, and jitter."""

from __future__ import annotations

import libcst as cst

from heedlint.analysis.constants import constant
from heedlint.analysis.facts import Facts
from heedlint.analysis.policy_uses import PolicyUse
from heedlint.analysis.retries import Attempt
from heedlint.findings import Applicability
from heedlint.fixes.drop_element import drop_argument
from heedlint.fixes.plan import Change, Plan, Replacement
from heedlint.fixes.read_header import without
from heedlint.fixes.retry_after import with_arguments
from heedlint.fixes.wait_in_policy import retries_rate_limits_alone


def wait_uncut(node: cst.CSTNode, attempt: Attempt, use: PolicyUse | None, facts: Facts) -> Plan:
    """Takes out what shortens the wait.

    A library's jitter goes: safe where only rate limits are retried. A cap goes as a whole, and
    random parts: unsafe, for they may have been meant for the program's own delay. Other ways of
    cutting are left to their author.
    """
    if use is not None and use.policy.jitter is not None:
        term = use.policy.jitter
        given = use.argument(term.parameter)
        if isinstance(use.node, cst.Call) and node in (use.node, given):
            narrow = retries_rate_limits_alone(use, attempt.fault.profile, facts)
            worth = Applicability.SAFE if narrow else Applicability.UNSAFE
            added = "" if given is not None else f"{term.name}=None"
            values = {given: "None"} if given is not None else {}
            changes: tuple[Change, ...] = with_arguments(use.node, values, added, facts)
            return Plan(worth, f"wait the whole of it: {term.name}=None", changes)
    if isinstance(node, cst.Arg):
        call = facts.tree.parent(node)
        assert isinstance(call, cst.Call)
        dropped = drop_argument(call, node, facts)
        worth = Applicability.UNSAFE if dropped.changes else Applicability.DISPLAY
        return Plan(worth, dropped.message, dropped.changes)
    whole = _uncut(node, facts)
    if whole is None:
        return Plan(Applicability.DISPLAY, "wait at least as long as Retry-After says")
    source = facts.source(whole)
    match facts.tree.parent(node):
        case cst.Assign(targets=[cst.AssignTarget(target=target)]) as assign:
            if facts.tree.code(target) == source:
                return Plan(Applicability.UNSAFE, f"leave {source}", (without(assign, facts),))
    return Plan(Applicability.UNSAFE, f"wait {source}", (Replacement(node, source, whole=True),))


def _uncut(node: cst.CSTNode, facts: Facts) -> cst.BaseExpression | None:
    """What a cap, or a random number up to it, makes less of."""
    match node:
        case cst.IfExp(test=cst.Comparison(left=told), body=body, orelse=orelse):
            code = facts.tree.code(told)
            return next((e for e in (body, orelse) if facts.tree.code(e) == code), None)
        case cst.Call(func=func, args=args) if not any(a.star or a.keyword for a in args):
            values = [arg.value for arg in args]
            numbers = [v for v in values if isinstance(constant(v, facts.names), (int, float))]
            others = [v for v in values if v not in numbers]
            name = facts.names.qualified(func)
            if len(others) == 1 and name in ("min", "random.uniform"):
                return others[0]
    return None
