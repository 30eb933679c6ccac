"""Repairs a branch that tries again what never succeeds: it ends the attempts instead."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from heedlint.analysis.facts import Facts
from heedlint.findings import Applicability
from heedlint.fixes.endings import ending_in_handler
from heedlint.fixes.layout import flat
from heedlint.fixes.loop_endings import Ending, ending_of_loop
from heedlint.fixes.plan import Change, Plan, Removal, Replacement
from heedlint.fixes.statements import sleeps

_HANDLERS = (cst.ExceptHandler, cst.ExceptStarHandler)


def end_attempts(element: cst.CSTNode, facts: Facts) -> Plan:
    """Ends the branch that `element` alone selects as the program ends its attempts.

    The branch is the `except` of that one class, a `case`, or an `if` that compares with that one
    code or status. Sleeps in it and `continue` go. What does more than say something and wait is
    replaced from there on, which is unsafe. Only shown where it is not known how the attempts end.
    """
    code = facts.tree.code(element)
    body = _branch(element, facts)
    ending = _ending(element, body, facts) if body is not None else None
    if body is None or ending is None:
        return Plan(Applicability.DISPLAY, f"leave the attempts for {code} as after the last one")
    lines = ending.within(_error_name(body, facts))
    message = f"raise {code} instead of retrying it"
    if not ending.raises:
        message = f"end the attempts at once for {code}: {'; '.join(map(flat, lines))}"
    changes = _ending_in(lines, body, facts) if _is_in_handler(body, facts) else None
    if changes is not None:
        return Plan(Applicability.SAFE, message, changes)
    return Plan(Applicability.UNSAFE, message, _cut_short(body, ending, lines, facts))


def _ending(element: cst.CSTNode, body: cst.CSTNode, facts: Facts) -> Ending | None:
    """How the attempts end in which a branch makes the next one."""
    around = [
        construct
        for construct in facts.constructs
        if construct.use is None and facts.tree.contains(construct.node, body)
    ]
    if not around:
        return None
    construct = max(around, key=lambda construct: facts.tree.order(construct.node))
    handler = facts.tree.enclosing(body, *_HANDLERS, cst.FunctionDef)
    if isinstance(handler, cst.ExceptHandler):
        return ending_in_handler(handler, construct, facts)
    return ending_of_loop(element, construct, facts)


def _error_name(body: cst.CSTNode, facts: Facts) -> str:
    handler = facts.tree.enclosing(body, *_HANDLERS)
    named = isinstance(handler, cst.ExceptHandler) and handler.name
    return facts.tree.code(named.name) if named else ""


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


def _cut_short(
    body: cst.IndentedBlock, ending: Ending, lines: Sequence[str], facts: Facts
) -> tuple[Change, ...]:
    """What the block says, or has to keep, before anything else, and then the end."""
    said = []
    kept = ending.behind in body.body
    for line in body.body:
        match line:
            case cst.SimpleStatementLine(body=[cst.Expr() as part]) if not _goes_round(part):
                pass
            case cst.SimpleStatementLine() if kept:
                pass
            case _:
                break
        said.append(facts.tree.source(line.with_changes(leading_lines=())))
        kept = kept and line is not ending.behind
    indent = facts.tree.indentation(body)
    return (Replacement(body, f"\n{indent}".join([*said, *_indented(lines, indent)])),)


def _indented(lines: Sequence[str], indent: str) -> list[str]:
    return [line.replace("\n", f"\n{indent}") for line in lines]


def _ending_in(
    lines: Sequence[str], body: cst.IndentedBlock, facts: Facts
) -> tuple[Change, ...] | None:
    """The block's changes; None where it does more than say something, wait and go on."""
    parts = []
    for line in body.body:
        if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
            return None
        parts.append(line.body[0])
    *before, last = parts
    if not all(isinstance(part, (cst.Expr, cst.Continue, cst.Pass)) for part in parts):
        return None
    indent = facts.tree.indentation(body)
    removed = [part for part in before if _goes_round(part)]
    changes: list[Change] = [Removal(part, None, None) for part in removed]
    said = [] if _goes_round(last) else [facts.tree.code(last)]
    code = f"\n{indent}".join([*said, *_indented(lines, indent)])
    return (*changes, Replacement(last, code))


def _goes_round(part: cst.BaseSmallStatement) -> bool:
    """Whether a statement only waits, or only goes on to the next round."""
    return isinstance(part, (cst.Continue, cst.Pass)) or sleeps(part)
