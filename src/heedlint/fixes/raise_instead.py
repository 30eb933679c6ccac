"""Repairs a branch that tries again what never succeeds: it raises instead."""

from __future__ import annotations

import libcst as cst

from heedlint.analysis.facts import Facts
from heedlint.analysis.names import dotted
from heedlint.clients.model import Role
from heedlint.findings import Applicability
from heedlint.fixes.plan import Change, Plan, Removal, Replacement

_HANDLERS = (cst.ExceptHandler, cst.ExceptStarHandler)


def raise_instead(element: cst.CSTNode, facts: Facts) -> Plan:
    """Ends the branch that `element` alone selects by `raise`; sleeps in it and `continue` go.

    The branch is the `except` of that one class, a `case`, or an `if` inside an `except` that
    compares with that one code or status. What does more than say something and wait is replaced
    from there on, which is unsafe. Without an exception at hand, the answer is made to raise.
    """
    message = f"raise {facts.tree.code(element)} instead of retrying it"
    body = _branch(element, facts)
    if body is None:
        return Plan(Applicability.DISPLAY, message)
    if _is_in_handler(body, facts):
        changes = _ending_in_raise(body, facts)
        if changes is not None:
            return Plan(Applicability.SAFE, message, changes)
        return Plan(Applicability.UNSAFE, message, _cut_short(body, facts))
    raising = _raising_call(element, facts)
    if not raising or _is_in_try(body, facts):
        return Plan(Applicability.DISPLAY, message)
    return Plan(Applicability.UNSAFE, f"{message}: {raising}", _cut_short(body, facts, raising))


def _branch(element: cst.CSTNode, facts: Facts) -> cst.IndentedBlock | None:
    """The block that runs for the errors of `element` and for no others."""
    parent = facts.tree.parent(element)
    body: cst.BaseSuite | None = None
    if isinstance(parent, _HANDLERS) and parent.type is element:
        body = parent.body
    elif isinstance(parent, cst.MatchValue):
        case = facts.tree.parent(parent)
        body = case.body if isinstance(case, cst.MatchCase) and case.guard is None else None
    elif isinstance(parent, cst.ComparisonTarget):
        comparison = facts.tree.parent(parent)
        branch = facts.tree.parent(comparison) if comparison is not None else None
        if (
            isinstance(branch, cst.If)
            and isinstance(comparison, cst.Comparison)
            and branch.test is comparison
            and len(comparison.comparisons) == 1
            and isinstance(parent.operator, (cst.Equal, cst.In))
        ):
            body = branch.body
    return body if isinstance(body, cst.IndentedBlock) else None


def _is_in_handler(body: cst.CSTNode, facts: Facts) -> bool:
    """Whether a bare `raise` has an exception to raise again there."""
    return isinstance(facts.tree.enclosing(body, *_HANDLERS, cst.FunctionDef), _HANDLERS)


def _is_in_try(body: cst.CSTNode, facts: Facts) -> bool:
    """Whether what is raised there may be caught before it leaves the function."""
    for outer in facts.tree.ancestors(body):
        if isinstance(outer, cst.FunctionDef):
            return False
        if isinstance(outer, (cst.Try, cst.TryStar)) and outer.handlers:
            return True
    return False


def _raising_call(element: cst.CSTNode, facts: Facts) -> str:
    """What makes the answer raise whose status is compared; "" where there is no such call."""
    comparison = facts.tree.enclosing(element, cst.Comparison)
    value = facts.roles.of(comparison.left) if isinstance(comparison, cst.Comparison) else None
    if value is None or value.owner is None or value.owner_role is not Role.RESPONSE:
        return ""
    methods = {profile.raise_for_status for profile in value.origin.profiles}
    method = methods.pop() if len(methods) == 1 else ""
    return f"{facts.tree.code(value.owner)}.{method}()" if method else ""


def _cut_short(body: cst.IndentedBlock, facts: Facts, raising: str = "raise") -> tuple[Change, ...]:
    """What the block says before it does anything else, and then `raise` instead of the rest."""
    said = []
    for line in body.body:
        match line:
            case cst.SimpleStatementLine(body=[cst.Expr() as part]) if not _goes_round(part):
                said.append(facts.tree.source(line.with_changes(leading_lines=())))
            case _:
                break
    indent = facts.tree.indentation(body)
    return (Replacement(body, f"\n{indent}".join([*said, raising])),)


def _ending_in_raise(body: cst.IndentedBlock, facts: Facts) -> tuple[Change, ...] | None:
    """The block's changes; None where it does more than say something, wait and go on."""
    parts = []
    for line in body.body:
        if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
            return None
        parts.append(line.body[0])
    *before, last = parts
    if not all(isinstance(part, (cst.Expr, cst.Continue, cst.Pass)) for part in parts):
        return None
    removed = [part for part in before if _goes_round(part)]
    changes: list[Change] = [Removal(part, None, None) for part in removed]
    if _goes_round(last):
        changes.append(Replacement(last, "raise"))
    else:
        indent = facts.tree.indentation(body)
        changes.append(Replacement(last, f"{facts.tree.code(last)}\n{indent}raise"))
    return tuple(changes)


def _goes_round(part: cst.BaseSmallStatement) -> bool:
    """Whether a statement only waits, or only goes on to the next round."""
    match part:
        case cst.Continue() | cst.Pass():
            return True
        case cst.Expr(value=cst.Await(expression=cst.Call(func=func)) | cst.Call(func=func)):
            return dotted(func).rpartition(".")[2] == "sleep"
    return False
