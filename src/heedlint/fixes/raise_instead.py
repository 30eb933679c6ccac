"""Repairs a branch that tries again what never succeeds: it raises instead."""

from __future__ import annotations

import libcst as cst

from heedlint.analysis.facts import Facts
from heedlint.analysis.names import dotted
from heedlint.findings import Applicability
from heedlint.fixes.plan import Change, Plan, Removal, Replacement

_HANDLERS = (cst.ExceptHandler, cst.ExceptStarHandler)


def raise_instead(element: cst.CSTNode, facts: Facts) -> Plan:
    """Ends the branch that `element` alone selects by `raise`; sleeps in it and `continue` go.

    The branch is the `except` of that one class, or an `if` inside an `except` that compares with
    that one code or status. Any other is for its author to change: then the repair is only shown.
    """
    message = f"raise {facts.tree.code(element)} instead of retrying it"
    body = _branch(element, facts)
    changes = _ending_in_raise(body, facts) if body is not None else None
    if changes is None:
        return Plan(Applicability.DISPLAY, message)
    return Plan(Applicability.SAFE, message, changes)


def _branch(element: cst.CSTNode, facts: Facts) -> cst.IndentedBlock | None:
    """The block that runs for the errors of `element` and for no others."""
    parent = facts.tree.parent(element)
    if isinstance(parent, _HANDLERS) and parent.type is element:
        return parent.body if isinstance(parent.body, cst.IndentedBlock) else None
    comparison = facts.tree.parent(parent) if isinstance(parent, cst.ComparisonTarget) else None
    if not isinstance(comparison, cst.Comparison) or len(comparison.comparisons) != 1:
        return None
    branch = facts.tree.parent(comparison)
    if (
        isinstance(branch, cst.If)
        and branch.test is comparison
        and isinstance(comparison.comparisons[0].operator, cst.Equal)
        and isinstance(branch.body, cst.IndentedBlock)
        and facts.tree.enclosing(branch, *_HANDLERS, cst.FunctionDef).__class__ in _HANDLERS
    ):
        return branch.body
    return None


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
