"""Repairs a retry that takes in what never succeeds: such an error is raised at once."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from heedlint.analysis.constants import elements
from heedlint.analysis.facts import Facts
from heedlint.analysis.retries import Attempt, RetryConstruct
from heedlint.analysis.tree import walk, walk_scope
from heedlint.clients.model import Role
from heedlint.findings import Applicability
from heedlint.fixes.additions import Additions
from heedlint.fixes.endings import asks_otherwise, ending_in_handler
from heedlint.fixes.guards import guard
from heedlint.fixes.hopeless import Hopeless, HopelessErrors
from heedlint.fixes.layout import STEP, WIDTH, flat, folded, one_or_tuple
from heedlint.fixes.loop_endings import Ending, ending_of_loop
from heedlint.fixes.narrow_policy import narrow_policy
from heedlint.fixes.plan import Change, Insertion, Plan, Replacement

_NAMES = ("e", "error", "exc", "err")


def refuse_hopeless(
    attempts: Sequence[Attempt], construct: RetryConstruct, facts: Facts
) -> Plan | None:
    """Keeps the errors of some attempts from being tried again; all have one anchor.

    A handler leaves the attempts as it leaves them after the last one, a policy is told to end
    them. Safe where the contract tells the errors from all others; only shown where it is not known
    how the attempts end, and where errors would end them whose code nobody has documented and that
    an earlier try may have brought about: one that makes several calls.
    """
    if construct.kind in ("policy", "transport"):
        found = narrow_policy(attempts, construct, facts)
    else:
        found = _by_hand(attempts, construct, facts)
    calls = {entry.fault.call for entry in construct.replayed}
    if found and len(calls) > 1:
        hopeless = HopelessErrors(attempts, construct, Additions(attempts[0].anchor, facts), facts)
        if hopeless.takes_unknown_codes():
            return Plan(Applicability.DISPLAY, found.message)
    return found or _shown(attempts, construct, facts)


def _by_hand(attempts: Sequence[Attempt], construct: RetryConstruct, facts: Facts) -> Plan | None:
    anchor = attempts[0].anchor
    if any(attempt.translated for attempt in attempts):
        return _where_translated(attempts, construct, facts)
    if isinstance(anchor, cst.ExceptHandler):
        return _in_handler(anchor, attempts, construct, facts)
    return _in_test(anchor, attempts, construct, facts)


def _shown(attempts: Sequence[Attempt], construct: RetryConstruct, facts: Facts) -> Plan | None:
    """What to do where it is not known how to write it: the test, or where to read the code."""
    hopeless = HopelessErrors(attempts, construct, Additions(attempts[0].anchor, facts), facts)
    found = hopeless.told("e", ())
    if not found.is_empty and not any(attempt.returned for attempt in attempts):
        return Plan(Applicability.DISPLAY, f"leave out what never succeeds: {found.source('e')}")
    statuses, _ = hopeless.statuses()
    envelope = attempts[0].fault.catalogue.envelope
    if not any(attempt.is_rate_limit for attempt in attempts) or envelope is None:
        message = f"leave out what never succeeds: {', '.join(map(str, statuses))}"
        return Plan(Applicability.DISPLAY, message) if statuses else None
    codes = sorted({attempt.fault.error.code for attempt in attempts} - {""})
    path = "".join(f'["{key}"]' for key in envelope.code)
    quoted = ", ".join(f'"{code}"' for code in codes)
    return Plan(Applicability.DISPLAY, f"read {path} of the body, and stop for {quoted}")


def _where_translated(
    attempts: Sequence[Attempt], construct: RetryConstruct, facts: Facts
) -> Plan | None:
    hopeless = HopelessErrors(attempts, construct, Additions(attempts[0].anchor, facts), facts)
    found = hopeless.told("e", ())
    if found.is_empty:
        return None
    test = found.source("e")
    return Plan(Applicability.DISPLAY, f"where the error is translated: if {test}: raise")


# A handler


def _in_handler(
    handler: cst.ExceptHandler, attempts: Sequence[Attempt], construct: RetryConstruct, facts: Facts
) -> Plan | None:
    additions = Additions(handler, facts)
    name = (
        handler.name.name.value if handler.name and isinstance(handler.name.name, cst.Name) else ""
    )
    used = name or _free_name(handler, facts)
    hopeless = HopelessErrors(attempts, construct, additions, facts)
    found = hopeless.told(used, _caught(handler, facts))
    if found.is_empty:
        return None
    test = found.source(used)
    ending = ending_in_handler(handler, construct, facts)
    if ending is None:
        return Plan(Applicability.DISPLAY, f"leave the attempts as after the last one: if {test}")
    if asks_otherwise(handler, attempts, facts):
        message = f"end the attempts unless something else is asked for next: if {test}"
        return Plan(Applicability.DISPLAY, message)
    message = f"{_does(ending)}: if {test}: {_shown_lines(ending)}"
    if (found.tests or not ending.raises) and (
        handler.type is None or not isinstance(handler.body, cst.IndentedBlock)
    ):
        # A bare `except` has no place for a name, a suite on its line none for a test.
        return Plan(Applicability.DISPLAY, message)
    changes: list[Change] = [*_clause(handler, found, facts)] if ending.raises else []
    if found.tests or not ending.raises:
        changes += _guard(handler, found, ending, (name, used), facts)
    worth = Applicability.SAFE if found.exact else Applicability.UNSAFE
    return Plan(worth, message, (*changes, *additions.changes))


def _does(ending: Ending) -> str:
    what = "raise at once what" if ending.raises else "end the attempts at once for what"
    return f"{what} never succeeds"


def _shown_lines(ending: Ending) -> str:
    return "; ".join(map(flat, ending.lines))


def _clause(handler: cst.ExceptHandler, found: Hopeless, facts: Facts) -> list[Change]:
    """An `except` before the handler, for the classes that stand for nothing else."""
    if not found.classes:
        return []
    width = facts.width - len(facts.tree.block_indentation(handler))
    classes = folded(one_or_tuple(found.classes), width - len("except :"), "", width)
    return [Insertion(handler, f"except {classes}:\n{STEP}raise\n")]


def _guard(
    handler: cst.ExceptHandler,
    found: Hopeless,
    ending: Ending,
    names: tuple[str, str],
    facts: Facts,
) -> list[Change]:
    """The tests at the head of a handler, and a name for the error where it has none."""
    given, used = names
    assert isinstance(handler.body, cst.IndentedBlock)
    width = facts.width - len(facts.tree.indentation(handler.body))
    tests = [[test] for test in found.tests] if ending.raises else [found.parts(used)]
    code = "".join(guard(reasons, ending.within(used), width) for reasons in tests)
    changes: list[Change] = [_put(code, handler.body, ending, facts)]
    if not given and handler.type is not None:
        named = f"{facts.tree.source(handler.type)} as {used}"
        changes.append(Replacement(handler.type, named, whole=True))
    return changes


def _put(code: str, body: cst.IndentedBlock, ending: Ending, facts: Facts) -> Change:
    """At the head of a block, behind what has to come first, or in the place of a `pass`."""
    if ending.behind is not None:
        return Insertion(ending.behind, code, after=True)
    match body.body:
        case [cst.SimpleStatementLine(body=[cst.Pass() as nothing])]:
            return Replacement(nothing, facts.positions.indented(code, nothing).strip())
    return Insertion(body.body[0], code)


def _caught(handler: cst.ExceptHandler, facts: Facts) -> tuple[str, ...]:
    """The qualified names of the classes that a handler names."""
    if handler.type is None:
        return ()
    named = elements(handler.type, facts.names)
    return tuple(facts.names.qualified(k) for k in (named if named is not None else [handler.type]))


def _free_name(handler: cst.ExceptHandler, facts: Facts) -> str:
    """A name for the error that nothing around the handler has: it is gone after the handler."""
    scope = facts.tree.scope(handler)
    used = {node.value for node in walk(scope) if isinstance(node, cst.Name)}
    return next((name for name in _NAMES if name not in used), "caught_error")


# A test of the answer


def _in_test(
    anchor: cst.CSTNode, attempts: Sequence[Attempt], construct: RetryConstruct, facts: Facts
) -> Plan | None:
    """A status test that sends an answer round again: in an `if`, or as the loop's own test."""
    additions = Additions(anchor, facts)
    statuses, exact = HopelessErrors(attempts, construct, additions, facts).statuses()
    answer, member = _answer(anchor, attempts, facts)
    if not statuses or not answer:
        return None
    among = f"{{{', '.join(map(str, statuses))}}}"
    if isinstance(anchor, cst.While):
        return _in_loop_test(anchor, f"{answer}.{member} not in {among}", exact, facts)
    branch = facts.tree.parent(anchor)
    if not isinstance(branch, cst.If):
        return None
    test = f"{answer}.{member} in {among}"
    ending = ending_of_loop(anchor, construct, facts)
    if ending is None or not isinstance(facts.tree.parent(branch), cst.IndentedBlock):
        return Plan(Applicability.DISPLAY, f"leave the attempts as after the last one: if {test}")
    message = f"{_does(ending)}: if {test}: {_shown_lines(ending)}"
    worth = Applicability.SAFE if exact else Applicability.UNSAFE
    width = facts.width - len(facts.tree.block_indentation(branch))
    return Plan(worth, message, (Insertion(branch, guard([test], ending.lines, width)),))


def _in_loop_test(loop: cst.While, told: str, exact: bool, facts: Facts) -> Plan:
    """The loop ends for such an answer as it ends where the attempts are used up."""
    message = f"end the loop unless {told}"
    operand: cst.BaseExpression = loop.test
    while isinstance(operand, cst.BooleanOperation) and isinstance(operand.operator, cst.And):
        operand = operand.left
    if isinstance(operand, cst.BooleanOperation):
        return Plan(Applicability.DISPLAY, message)
    worth = Applicability.SAFE if exact else Applicability.UNSAFE
    room = WIDTH - len(facts.tree.block_indentation(loop))
    if len(f"while {facts.tree.code(loop.test)} and {told}:") > room and not loop.test.lpar:
        inner = facts.tree.block_indentation(loop) + facts.tree.module.default_indent
        told = folded(told, 0, inner)
    code = f"{facts.tree.code(operand)} and {told}"
    return Plan(worth, message, (Replacement(operand, code, whole=True),))


def _answer(anchor: cst.CSTNode, attempts: Sequence[Attempt], facts: Facts) -> tuple[str, str]:
    """The source of the response that a test looks at, and the member with its status."""
    members = attempts[0].fault.profile.roles.get(Role.RESPONSE, {})
    member = next((m for m, role in members.items() if role is Role.STATUS), "")
    test = anchor.test if isinstance(anchor, cst.While) else anchor
    for node in walk_scope(test):
        if isinstance(node, (cst.Name, cst.Attribute)) and member:
            value = facts.roles.of(node)
            if value is not None and value.role is Role.RESPONSE:
                return facts.tree.code(node), member
    return "", ""
