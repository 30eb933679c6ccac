"""Repairs a retry that nothing ends: it gives up after a number of tries."""

from __future__ import annotations

import libcst as cst

from heedlint.analysis.facts import Facts
from heedlint.analysis.retries import RetryConstruct
from heedlint.analysis.tree import walk
from heedlint.clients.model import VOCABULARY
from heedlint.findings import Applicability
from heedlint.fixes.additions import Additions
from heedlint.fixes.arguments import with_keyword, with_other
from heedlint.fixes.layout import STEP, Chain
from heedlint.fixes.plan import Change, Insertion, Plan

# Calls in all: a guess, as any number would be. Waits that double from a second are longer than the
# minute in which rates are counted after seven calls.
TRIES = 8
_COUNTERS = ("attempts", "tries", "failures")


def bound_retry(construct: RetryConstruct, facts: Facts) -> Plan:
    """Ends the tries after eight calls; unsafe, for only the author knows how many are enough.

    A policy gets the parameter that its library has, a loop that only success leaves a count of
    its failures. Where that is not sure the repair is only shown.
    """
    if construct.kind in ("policy", "transport"):
        found = _by_parameter(construct, facts)
        return found or Plan(Applicability.DISPLAY, f"end it after {TRIES} tries")
    if construct.kind == "recursion":
        message = f"add a parameter attempt=1, pass attempt + 1, and raise where it is {TRIES}"
        return Plan(Applicability.DISPLAY, message)
    changes = _by_count(construct, facts)
    message = f"raise after {TRIES} failures"
    if changes is None:
        return Plan(
            Applicability.DISPLAY, f"for attempt in range({TRIES}), and raise after the last"
        )
    return Plan(Applicability.UNSAFE, message, changes)


def _by_parameter(construct: RetryConstruct, facts: Facts) -> Plan | None:
    """The first parameter of the library that takes a number of tries."""
    use = facts.policy_at(construct.node)
    additions = Additions(construct.node, facts)
    for term in use.policy.stops if use is not None else ():
        if term.kind == VOCABULARY:
            stops = facts.knowledge.retry_stops
            name = next(name for name, stop in stops.items() if stop.kind == "attempts")
            source = Chain([f"{additions.name(name)}({TRIES})"])
        elif term.kind in ("attempts", "retries") and "." not in term.name:
            source = Chain([str(TRIES if term.kind == "attempts" else TRIES - 1)])
        else:
            continue
        assert use is not None
        given = use.value(term.parameter)
        if given is None:
            changes = with_keyword(use.node, term.name, source, facts)
        else:
            changes = with_other(use.node, given, source, facts)
        message = f"give {term.name}={source.line}, or as many as are enough"
        return Plan(Applicability.UNSAFE, message, (*changes, *additions.changes))
    return None


def _by_count(construct: RetryConstruct, facts: Facts) -> tuple[Change, ...] | None:
    """A count of the failures before a loop and in each handler that sends one round again."""
    loop = construct.node
    handlers = list(dict.fromkeys(attempt.anchor for attempt in construct.attempts))
    counter = _free_name(loop, facts)
    if not counter or not isinstance(loop, (cst.While, cst.For)):
        return None
    changes: list[Change] = [Insertion(loop, f"{counter} = 0\n")]
    code = f"{counter} += 1\nif {counter} == {TRIES}:\n{STEP}raise\n"
    for handler in handlers:
        if not isinstance(handler, cst.ExceptHandler) or not _is_left_by_success(
            loop, handler, facts
        ):
            return None
        if not isinstance(handler.body, cst.IndentedBlock):
            return None
        changes.append(Insertion(handler.body.body[0], code))
    return tuple(changes)


def _is_left_by_success(
    loop: cst.While | cst.For, handler: cst.ExceptHandler, facts: Facts
) -> bool:
    """Whether what is done where nothing fails ends in leaving the loop: failures are in a row."""
    attempt = facts.tree.parent(handler)
    if not isinstance(attempt, cst.Try) or facts.tree.parent(attempt) is not loop.body:
        return False
    blocks = [attempt.body, *([attempt.orelse.body] if attempt.orelse is not None else [])]
    return any(_leaves(block) for block in (*blocks, loop.body))


def _leaves(block: cst.BaseSuite) -> bool:
    """Whether the last statement of a block is `return` or `break`."""
    last = block.body[-1]
    return isinstance(last, cst.SimpleStatementLine) and isinstance(
        last.body[-1], (cst.Return, cst.Break)
    )


def _free_name(loop: cst.CSTNode, facts: Facts) -> str:
    """A name for the counter that nothing around the loop has; "" if there is none."""
    used = {node.value for node in walk(facts.tree.scope(loop)) if isinstance(node, cst.Name)}
    return next((name for name in _COUNTERS if name not in used), "")
