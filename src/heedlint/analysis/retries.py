"""What a retry does with each documented error: the one model that the rules see."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus

import libcst as cst

from heedlint.analysis.replay.values import Decision, Fault, Outcome, Path, Taint, Value, taints
from heedlint.contracts.model import Catalogue, Retry


class Delay(Enum):
    """What the wait before the next try depends on."""

    NONE = "no delay"
    FIXED = "a fixed delay"
    GROWING = "a delay that grows by itself"
    RETRY_AFTER = "Retry-After"
    UNKNOWN = "a delay that cannot be told"


@dataclass(frozen=True, eq=False)
class Attempt:
    """One documented error that a construct certainly tries again.

    `anchor` is the `except`, status test or keyword that sends it round, `wait_anchor` where its
    delay is decided. `element` names the error (`402`, `AuthenticationError`) where something
    does; `broad` says that it takes in a range. `mended` says that something ran in between which
    may have removed the cause (a token renewed).
    """

    fault: Fault
    anchor: cst.CSTNode
    wait_anchor: cst.CSTNode
    element: cst.CSTNode | None
    broad: bool
    delay: Delay
    mended: bool = False

    @property
    def is_rate_limit(self) -> bool:
        """Whether the error is a 429, of which the status alone does not tell what to do."""
        return self.fault.error.status == HTTPStatus.TOO_MANY_REQUESTS

    @property
    def is_hopeless(self) -> bool:
        """Whether trying again can never help, and the status or class is enough to know it."""
        return self.fault.error.retry is Retry.NEVER and not self.is_rate_limit


@dataclass(frozen=True, eq=False)
class RetryConstruct:
    """Something that calls an API again: a loop, a recursion, a decorator, a transport's policy.

    `kind` says which, `node` is the whole of it, `catalogues` the contracts that may hold, and
    `attempts` what the replay proved: one entry per documented error and place that sends it
    round again. What is not there is raised, or unknown.
    """

    kind: str
    node: cst.CSTNode
    catalogues: tuple[Catalogue, ...]
    attempts: tuple[Attempt, ...] = field(default=())


def attempts_of(fault: Fault, paths: list[Path], default: cst.CSTNode) -> list[Attempt]:
    """The proven tries of one error among the paths that it takes, one for each sender."""
    failed = [path for path in paths if path.failed]
    retried = [path for path in failed if path.outcome is Outcome.RETRIED]
    # A test of the text decides nothing where the error is tried again whatever it says.
    moot = all(path.outcome is Outcome.RETRIED for path in failed if not path.proven)
    by_sender: dict[cst.CSTNode, list[Path]] = {}
    for path in retried:
        by_sender.setdefault(path.sender or default, []).append(path)
    found = []
    for sender, group in by_sender.items():
        proven = [path for path in group if path.proven or moot]
        if proven:
            decision = deciding(proven[0].decisions)
            found.append(
                Attempt(
                    fault=fault,
                    anchor=sender,
                    wait_anchor=sender,
                    element=decision.element if decision else None,
                    broad=decision.broad if decision else True,
                    delay=most_heedful([delay_of(path) for path in group]),
                    mended=all(_may_mend(path) for path in proven),
                )
            )
    return found


def _may_mend(path: Path) -> bool:
    """Whether the path may remove the cause: it sets what an object holds, or acts at once."""
    sets = any("." in name for name in path.changed)
    return sets or (path.acted and not path.delays)


def deciding(decisions: tuple[Decision, ...]) -> Decision | None:
    """The decision that let an error in: the first that names it, else the last of all."""
    for decision in decisions:
        if not decision.broad:
            return decision
    return decisions[-1] if decisions else None


def delay_of(path: Path) -> Delay:
    """What the delay of a path depends on."""
    honours = path.honours_retry_after
    if honours is not False:
        return Delay.RETRY_AFTER if honours else Delay.UNKNOWN
    return delay_of_values(path.delays)


def delay_of_values(values: tuple[Value, ...]) -> Delay:
    """The kind of a delay that does not depend on the answer."""
    if not values:
        return Delay.NONE
    growing = any(Taint.GROWING in taints(value) for value in values)
    return Delay.GROWING if growing else Delay.FIXED


def most_heedful(delays: list[Delay]) -> Delay:
    """The delay that counts for several ways: one that honours the header, or may, is enough."""
    for delay in (Delay.RETRY_AFTER, Delay.UNKNOWN, Delay.GROWING, Delay.FIXED):
        if delay in delays:
            return delay
    return Delay.NONE
