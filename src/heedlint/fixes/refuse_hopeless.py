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
from heedlint.fixes.hopeless import Hopeless, HopelessErrors
from heedlint.fixes.layout import STEP, WIDTH, folded, one_or_tuple
from heedlint.fixes.narrow_policy import narrow_policy
from heedlint.fixes.plan import Change, Insertion, Plan, Replacement

_NAMES = ("e", "error", "exc", "err")


def refuse_hopeless(
    attempts: Sequence[Attempt], construct: RetryConstruct, facts: Facts
) -> Plan | None:
    """Keeps the errors of some attempts from being tried again; all have one anchor.

    A handler raises them before it does anything else, a policy is told to leave them. Safe where
    the contract tells them from all others and the program's own last attempt raises the error,
    too; unsafe where it ends in another way.
    """
    if construct.kind in ("policy", "transport"):
        found = narrow_policy(attempts, construct, facts)
    else:
        found = _by_hand(attempts, construct, facts)
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
    message = f"raise at once what never succeeds: if {found.source(used)}: raise"
    body = handler.body
    if found.tests and (handler.type is None or not isinstance(body, cst.IndentedBlock)):
        # A bare `except` has no place for a name, a suite on its line none for a test.
        return Plan(Applicability.DISPLAY, message)
    changes: list[Change] = [*_clause(handler, found, facts)]
    if found.tests and isinstance(body, cst.IndentedBlock):
        changes += _guard(handler, body, found, (name, used), facts)
    safe = found.exact and _raises_in_the_end(handler, construct, facts)
    worth = Applicability.SAFE if safe else Applicability.UNSAFE
    return Plan(worth, message, (*changes, *additions.changes))


def _clause(handler: cst.ExceptHandler, found: Hopeless, facts: Facts) -> list[Change]:
    """An `except` before the handler, for the classes that stand for nothing else."""
    if not found.classes:
        return []
    width = WIDTH - len(facts.tree.block_indentation(handler))
    classes = folded(one_or_tuple(found.classes), width - len("except :"), "", width)
    return [Insertion(handler, f"except {classes}:\n{STEP}raise\n")]


def _guard(
    handler: cst.ExceptHandler,
    body: cst.IndentedBlock,
    found: Hopeless,
    names: tuple[str, str],
    facts: Facts,
) -> list[Change]:
    """The tests at the head of a handler, and a name for the error where it has none."""
    given, used = names
    width = WIDTH - len(facts.tree.indentation(body))
    tests = [folded(test, width - len("if :"), "", width) for test in found.tests]
    code = "".join(f"if {test}:\n{STEP}raise\n" for test in tests)
    changes: list[Change] = [Insertion(body.body[0], code)]
    if not given and handler.type is not None:
        named = f"{facts.tree.source(handler.type)} as {used}"
        changes.append(Replacement(handler.type, named, whole=True))
    return changes


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


# How a program's own attempts end


def _raises_in_the_end(handler: cst.ExceptHandler, construct: RetryConstruct, facts: Facts) -> bool:
    """Whether the error itself comes out where the attempts are used up, or they never are."""
    if construct.bounds.bounded is False:
        return True
    caught = handler.name.name if handler.name is not None else None
    for node in walk_scope(handler.body):
        if (
            isinstance(node, cst.Raise)
            and (node.exc is None or (caught is not None and node.exc.deep_equals(caught)))
            and not _is_for_some_errors(node, handler, facts)
        ):
            return True
    kept = [
        target.target
        for node in walk_scope(handler.body)
        if isinstance(node, cst.Assign) and caught is not None and node.value.deep_equals(caught)
        for target in node.targets
    ]
    following = _after(construct.node, facts)
    return any(
        isinstance(node, cst.Raise)
        and node.exc is not None
        and node.cause is None
        and any(node.exc.deep_equals(name) for name in kept)
        for node in (walk_scope(following) if following is not None else ())
    )


def _is_for_some_errors(node: cst.Raise, handler: cst.ExceptHandler, facts: Facts) -> bool:
    """Whether the error alone decides on a `raise`: of the last try that says nothing."""
    caught = handler.name.name if handler.name is not None else None
    for outer in facts.tree.ancestors(node):
        if outer is handler or caught is None:
            return False
        if isinstance(outer, cst.If) and all(
            any(part.deep_equals(caught) for part in walk(reason))
            for reason in _reasons(outer.test)
        ):
            return True
    return False


def _reasons(test: cst.BaseExpression) -> list[cst.BaseExpression]:
    """What an `or` joins; the test itself where it is none."""
    if isinstance(test, cst.BooleanOperation) and isinstance(test.operator, cst.Or):
        return [*_reasons(test.left), *_reasons(test.right)]
    return [test]


def _after(loop: cst.CSTNode, facts: Facts) -> cst.CSTNode | None:
    """What runs when a loop has come to its end: its `else`, or the statement behind it."""
    if isinstance(loop, (cst.For, cst.While)) and loop.orelse is not None:
        return loop.orelse
    block = facts.tree.parent(loop)
    if not isinstance(block, (cst.IndentedBlock, cst.Module)):
        return None
    index = next(i for i, statement in enumerate(block.body) if statement is loop)
    return block.body[index + 1] if index + 1 < len(block.body) else None


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
    raising = attempts[0].fault.profile.raise_for_status
    branch = facts.tree.parent(anchor)
    if not raising or not isinstance(branch, cst.If):
        return None
    test = f"{answer}.{member} in {among}"
    message = f"raise what never succeeds: if {test}: {answer}.{raising}()"
    is_first = isinstance(facts.tree.parent(branch), cst.IndentedBlock)
    if not is_first or _is_within_try(branch, construct, facts):
        return Plan(Applicability.DISPLAY, message)
    width = WIDTH - len(facts.tree.block_indentation(branch))
    code = f"if {folded(test, width - len('if :'), '', width)}:\n{STEP}{answer}.{raising}()\n"
    return Plan(Applicability.UNSAFE, message, (Insertion(branch, code),))


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


def _is_within_try(branch: cst.CSTNode, construct: RetryConstruct, facts: Facts) -> bool:
    """Whether what the branch raises may be caught before it leaves the retry."""
    for outer in facts.tree.ancestors(branch):
        if outer is construct.node:
            return False
        if isinstance(outer, (cst.Try, cst.TryStar)) and outer.handlers:
            return True
    return False
