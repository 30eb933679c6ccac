"""What a retry does with each documented error: the one model that the rules see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from http import HTTPStatus

import libcst as cst

from heedlint.analysis.policy_uses import PolicyUse
from heedlint.analysis.replay.values import (
    Decision,
    Fault,
    Known,
    Outcome,
    Part,
    Path,
    Taint,
    Value,
    shortened,
    taints,
)
from heedlint.clients.model import Role
from heedlint.contracts.model import Catalogue, Retry

# Statuses that other credentials cure.
_OF_CREDENTIALS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


class Delay(Enum):
    """What the wait before the next try depends on."""

    NONE = "no delay"
    FIXED = "a fixed delay"
    OWN = "a delay of its own"
    GROWING = "a delay that grows by itself"
    RETRY_AFTER = "Retry-After"
    SWITCHED_OFF = "Retry-After switched off"
    UNKNOWN = "a delay that cannot be told"


# The delays that do not depend on what the server says.
IGNORING = frozenset({Delay.NONE, Delay.FIXED, Delay.OWN, Delay.GROWING})


@dataclass(frozen=True)
class Wait:
    """The wait before the next try; `shortened_by` is what may cut short what the header says."""

    delay: Delay
    shortened_by: cst.CSTNode | None = None


@dataclass(frozen=True, eq=False)
class Attempt:
    """One documented error that a construct certainly tries again.

    `anchor` is the `except`, status test or keyword that sends it round, `wait_anchor` where its
    delay is decided. `element` names the error (`402`, `AuthenticationError`) where something
    does; `broad` says that it takes in a range. `delays` are the waits themselves, `by_code` says
    that a test names the error's code, `certain` that nothing unknown was asked. `mended` says that
    something ran in between which may have removed the cause (a token renewed). `sleeps` are the
    calls of the program that wait. `shows` is what is seen of the failure where it is tried again:
    the API's own ERROR or RESPONSE, None where the program has made something of its own of it;
    `returned` says that it is no exception but what the call has answered.
    """

    fault: Fault
    anchor: cst.CSTNode
    wait_anchor: cst.CSTNode
    element: cst.CSTNode | None
    broad: bool
    wait: Wait
    mended: bool = False
    delays: tuple[object, ...] = ()
    by_code: bool = False
    certain: bool = True
    returned: bool = False
    sleeps: tuple[cst.Call, ...] = ()
    shows: Role | None = None

    @property
    def delay(self) -> Delay:
        """What the wait depends on."""
        return self.wait.delay

    @property
    def translated(self) -> bool:
        """Whether the program has made an exception of its own of the error."""
        return self.shows is None and not self.returned

    @property
    def is_rate_limit(self) -> bool:
        """Whether the error is a 429, of which the status alone does not tell what to do."""
        return self.fault.error.status == HTTPStatus.TOO_MANY_REQUESTS

    @property
    def is_told_to_wait(self) -> bool:
        """Whether the answer says how long to wait: RFC 6585 lets each 429, others by promise."""
        if self.fault.profile.may_lack_headers:
            return False
        return self.fault.error.retry_after or self.is_rate_limit

    @property
    def is_hopeless(self) -> bool:
        """Whether trying again can never help, and the status or class is enough to know it."""
        error = self.fault.error
        if error.status == HTTPStatus.NOT_FOUND and self.fault.only_reads:
            return False  # what was made a moment ago may not be there yet
        return error.retry is Retry.NEVER and not self.is_rate_limit


@dataclass(frozen=True, eq=False)
class Replayed:
    """What a construct does with one documented error.

    `outcome` is None where that is unknown; `caught_by` is the `except` or keyword that takes the
    error, `decisions` are the conditions it went through. `attempts` has an entry for each place
    that certainly sends it round again: none unless the outcome is `RETRIED`.
    """

    fault: Fault
    outcome: Outcome | None
    attempts: tuple[Attempt, ...] = ()
    caught_by: cst.CSTNode | None = None
    decisions: tuple[Decision, ...] = ()


@dataclass(frozen=True)
class Bounds:
    """What ends the tries.

    `bounded` is None where that is unknown; `calls` is the number of calls in all and `seconds`
    the time, where they are constants. `means` are the parameters that could end them.
    """

    bounded: bool | None = None
    calls: int | None = None
    seconds: float | None = None
    means: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class RetryConstruct:
    """Something that calls an API again: a loop, a recursion, a decorator, a transport's policy.

    `kind` says which, `node` is the whole of it, `catalogues` the contracts that may hold, and
    `replayed` what it does with each of their errors. `use` is the library's policy that does it.
    """

    kind: str
    node: cst.CSTNode
    catalogues: tuple[Catalogue, ...]
    replayed: tuple[Replayed, ...]
    bounds: Bounds = Bounds()
    use: PolicyUse | None = None

    @cached_property
    def attempts(self) -> tuple[Attempt, ...]:
        """What the replay proved: one entry per error and place that sends it round again."""
        return tuple(attempt for entry in self.replayed for attempt in entry.attempts)

    def holds_for_all(self, attempts: Sequence[Attempt]) -> bool:
        """Whether each call concerned does so whichever of its possible contracts holds."""
        for call in {attempt.fault.call for attempt in attempts}:
            possible = {e.fault.catalogue.name for e in self.replayed if e.fault.call is call}
            found = {a.fault.catalogue.name for a in attempts if a.fault.call is call}
            if possible != found:
                return False
        return True

    def retried_alike(self, status: int) -> tuple[Attempt, ...]:
        """The tries of the errors of a status, of those calls that tell none of its codes apart."""
        entries = [e for e in self.replayed if e.fault.error.status == status]
        left = [entry for entry in entries if not entry.attempts]
        apart = {e.fault.call for e in left if e.fault.error.code or e.outcome is not None}
        every = [attempt for entry in entries for attempt in entry.attempts]
        for named in every:
            others = [a for a in every if not a.by_code and a.anchor is named.anchor]
            if named.by_code and others and all(a.delays != named.delays for a in others):
                apart.add(named.fault.call)  # it has a wait of its own
        return tuple(a for e in entries if e.fault.call not in apart for a in e.attempts)


def replayed_of(
    fault: Fault, paths: list[Path], same: list[Path], default: cst.CSTNode
) -> Replayed:
    """What becomes of one error, by its `paths`; only those in `same` ask for the same again."""
    attempts = attempts_of(fault, same, default)
    failed = [path for path in paths if path.failed]
    first = next((path for path in failed if path.sender is not None), None)
    return Replayed(
        fault,
        Outcome.RETRIED if attempts else outcome_of(failed),
        tuple(attempts),
        attempts[0].anchor if attempts else first.sender if first else None,
        _shared(failed),
    )


def waiting(entry: Replayed, delay: Delay) -> Replayed:
    """The same with another delay before each try that seems to have none."""
    wait = Wait(delay)
    return replace(
        entry,
        attempts=tuple(
            replace(attempt, wait=wait) if attempt.delay is Delay.NONE else attempt
            for attempt in entry.attempts
        ),
    )


def outcome_of(failed: list[Path]) -> Outcome | None:
    """How an error that is not certainly tried again ends; None where it may be."""
    outcomes = {path.outcome for path in failed}
    if not outcomes or Outcome.RETRIED in outcomes:
        return None
    if len(outcomes) > 1 and not all(path.proven for path in failed):
        return None
    return Outcome.RAISED if Outcome.RAISED in outcomes else Outcome.LEFT


def _shared(failed: list[Path]) -> tuple[Decision, ...]:
    """The conditions that every way of an error goes through."""
    if not failed:
        return ()
    nodes = set.intersection(*({d.node for d in path.decisions} for path in failed))
    return tuple(d for d in failed[0].decisions if d.node in nodes)


def attempts_of(fault: Fault, paths: list[Path], default: cst.CSTNode) -> list[Attempt]:
    """The proven tries of one error among the paths that it takes, one for each sender."""
    failed = [path for path in paths if path.failed]
    retried = [path for path in failed if path.outcome is Outcome.RETRIED]
    if fault.error.status in _OF_CREDENTIALS:
        retried = [path for path in retried if not path.renewed]
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
                    wait=Wait(
                        most_heedful([delay_of(path) for path in group]),
                        next((n for path in proven for n in shortened(path.delays)), None),
                    ),
                    mended=all(_may_mend(path) for path in proven),
                    delays=told_waits(proven[0]),
                    by_code=any(d.names_code for d in proven[0].decisions),
                    sleeps=tuple(dict.fromkeys(call for path in group for call in path.sleeps)),
                    shows=_shown(group),
                )
            )
    return found


def _shown(paths: list[Path]) -> Role | None:
    """What all the ways see of the failure where they turn back."""
    seen = {
        path.caught.role
        if isinstance(path.caught, Part)
        else None
        if path.caught
        else Role.RESPONSE
        for path in paths
    }
    return seen.pop() if len(seen) == 1 else None


def told_waits(path: Path) -> tuple[object, ...]:
    """The waits of a path, for comparing those of different errors."""
    return tuple(
        value.value if isinstance(value, Known) else taints(value) for value in path.delays
    )


def _may_mend(path: Path) -> bool:
    """Whether the path may remove the cause: it sets what an object holds, or acts at once."""
    sets = any("." in name for name in path.changed)
    return sets or (path.acted and not path.delays)


def deciding(decisions: tuple[Decision, ...]) -> Decision | None:
    """The decision that let an error in: the one on its code, the first that names it, the last."""
    for decision in decisions:
        if decision.names_code:
            return decision
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
    if any(Taint.GROWING in taints(value) for value in values):
        return Delay.GROWING
    return Delay.FIXED if all(isinstance(value, Known) for value in values) else Delay.OWN


def most_heedful(delays: list[Delay]) -> Delay:
    """The delay that counts for several ways: one that honours the header, or may, is enough."""
    for delay in (Delay.RETRY_AFTER, Delay.UNKNOWN, Delay.GROWING, Delay.OWN, Delay.FIXED):
        if delay in delays:
            return delay
    return Delay.NONE
