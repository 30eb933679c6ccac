"""A test that holds for the errors which must not be tried again, as Python source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from heedlint.analysis.facts import Facts
from heedlint.analysis.knowledge import FALLBACK_CATALOGUE
from heedlint.analysis.replay.values import Fault
from heedlint.analysis.retries import Attempt, RetryConstruct
from heedlint.clients.model import ClientProfile, Role
from heedlint.contracts.model import Catalogue, Retry
from heedlint.fixes.additions import Additions
from heedlint.fixes.field import compared_with
from heedlint.fixes.layout import one_or_tuple

_OPPOSITES = ((" not in ", " in "), (" in ", " not in "), (" != ", " == "), (" == ", " != "))


@dataclass(frozen=True)
class _Share:
    """The errors of one status that must not be tried again: all, or those told by their code.

    `codes` are those to single out, else `others` those to leave alone; neither: the whole status.
    `is_complete` says that the API has no codes but the documented ones.
    """

    status: int
    exception: str
    codes: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    is_complete: bool = True

    @property
    def is_whole(self) -> bool:
        """Whether the status alone is enough."""
        return not self.codes and not self.others


@dataclass(frozen=True)
class Hopeless:
    """What tells the errors that must not be tried again from all others.

    `classes` are the sources of exception classes that stand for nothing else, `tests` further
    conditions, of which each is enough. `exact` says that every possible contract agrees, and that
    no error is taken that one of them lets a program try again, or that none knows.
    """

    classes: tuple[str, ...]
    tests: tuple[str, ...]
    exact: bool

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing that would tell them apart."""
        return not self.classes and not self.tests

    def parts(self, error: str) -> list[str]:
        """The conditions on the exception called `error`, of which each is enough."""
        named = [f"isinstance({error}, {one_or_tuple(self.classes)})"] if self.classes else []
        return [*named, *self.tests]

    def source(self, error: str) -> str:
        """One condition on the exception called `error`."""
        return " or ".join(self.reasons(error))

    def reasons(self, error: str) -> list[str]:
        """The conditions as the operands of an `or`."""
        parts = self.parts(error)
        if len(parts) == 1:
            return parts
        return [f"({part})" if " and " in part else part for part in parts]

    def left(self, error: str) -> list[str]:
        """The conditions that all hold for every other exception: the operands of an `and`."""
        return [negated(part) for part in self.parts(error)]


def negated(test: str) -> str:
    """The opposite of one of the tests made here."""
    if " and " in test:
        return f"not ({test})"
    for operator, opposite in _OPPOSITES:
        if operator in test:
            return test.replace(operator, opposite, 1)
    return f"not {test}"


class HopelessErrors:
    """The faults of some attempts that a repair keeps from being tried again.

    `error` is the name of the exception where the test will stand, `caught` the qualified names of
    the classes that can come there, as far as they are known.
    """

    def __init__(
        self,
        attempts: Sequence[Attempt],
        construct: RetryConstruct,
        additions: Additions,
        facts: Facts,
    ) -> None:
        self._faults = [attempt.fault for attempt in attempts]
        self._construct = construct
        self._additions = additions
        self._use = attempts[0].anchor
        self._facts = facts
        self._known = facts.knowledge.names

    @property
    def profiles(self) -> list[ClientProfile]:
        """The clients that show these errors."""
        found = {fault.profile.name: fault.profile for fault in self._faults}
        return list(found.values())

    def told(self, error: str, caught: Sequence[str]) -> Hopeless:
        """The condition on an exception."""
        classes: list[str] = []
        tests: list[str] = []
        exact = True
        for profile in self.profiles:
            faults = [fault for fault in self._faults if fault.profile.name == profile.name]
            shares, agreed = self._shares(faults, profile)
            left = [share for share in shares if not self._has_class(share, shares, profile)]
            if left and not all(share.codes or share.others for share in left):
                left = shares  # one way of telling them is enough
            classes += [share.exception for share in shares if share not in left]
            found, complete = self._tests(left, faults, profile, error, caught)
            tests += found
            exact = exact and agreed and complete
        named = [self._additions.name(name) for name in dict.fromkeys(classes)]
        return Hopeless(tuple(sorted(named)), tuple(dict.fromkeys(tests)), exact)

    def statuses(self) -> tuple[tuple[int, ...], bool]:
        """The statuses alone, for what sees no more, and whether they are exact."""
        found: list[int] = []
        exact = True
        for profile in self.profiles:
            faults = [fault for fault in self._faults if fault.profile.name == profile.name]
            shares, agreed = self._shares(faults, profile)
            found += [share.status for share in shares if not share.codes]
            exact = exact and agreed and all(share.is_whole for share in shares)
        return tuple(sorted(set(found))), exact

    def takes_unknown_codes(self) -> bool:
        """Whether errors are taken whose code nobody has documented: all but those that stay."""
        for profile in self.profiles:
            faults = [fault for fault in self._faults if fault.profile.name == profile.name]
            shares, _ = self._shares(faults, profile)
            if any(share.others and not share.is_complete for share in shares):
                return True
        return False

    # What the contracts say

    def _shares(self, faults: list[Fault], profile: ClientProfile) -> tuple[list[_Share], bool]:
        """What to keep from being tried again, by status, and whether all contracts say so."""
        kept = [
            entry.fault
            for entry in self._construct.replayed
            if entry.fault.profile.name == profile.name
            and not any(entry.fault is fault for fault in faults)
            and entry.fault.error.retry is not Retry.NEVER
        ]
        by_contract = []
        for name in sorted({f.catalogue.name for f in (*faults, *kept)}):
            out = [fault for fault in faults if fault.catalogue.name == name]
            stay = [fault for fault in kept if fault.catalogue.name == name]
            by_contract.append(_told_apart(out, stay))
        shares = _told_apart(faults, kept)
        guessed = any(share.others and not share.is_complete for share in shares) or any(
            # Nobody has described the API: it may limit rates by a 403, as some do.
            fault.catalogue.name == FALLBACK_CATALOGUE
            for fault in faults
        )
        return shares, not guessed and all(found == shares for found in by_contract)

    # What the client shows

    def _has_class(self, share: _Share, shares: list[_Share], profile: ClientProfile) -> bool:
        """Whether an exception class stands for a share and for nothing else."""
        whole = {other.status for other in shares if other.is_whole}
        return share.is_whole and self._stands_for(share, whole, profile)

    def _stands_for(self, share: _Share, statuses: set[int], profile: ClientProfile) -> bool:
        klass = profile.exceptions.get(share.exception)
        return (
            klass is not None
            and not klass.since
            and bool(klass.statuses)
            and set(klass.statuses) <= statuses
            and self._is_imported(profile)
        )

    def _is_imported(self, profile: ClientProfile) -> bool:
        """Whether the file itself needs the client: it may be an extra that is not installed."""
        targets = {b.target for b in self._facts.names.visible_imports(self._use)}
        # By its own name: what another package offers under these names are classes of its own.
        roots = {target.partition(".")[0] for target in targets}
        return bool(roots & {module.partition(".")[0] for module in profile.modules})

    def _tests(
        self,
        shares: list[_Share],
        faults: list[Fault],
        profile: ClientProfile,
        error: str,
        caught: Sequence[str],
    ) -> tuple[list[str], bool]:
        """The conditions on fields, and whether they say all that is to be said."""
        if not shares or any(fault.legacy for fault in faults):
            return [], not shares  # of old versions it is not known which field holds what
        parent = self._shared_class(faults)
        certain = self._all_answer(caught, profile)
        # Fields that errors have themselves are asked for by name, those of the response are not.
        own = bool(profile.member(Role.ERROR, Role.STATUS))
        asks = bool(parent) and not certain and not own and self._is_imported(profile)
        prefix = f"isinstance({error}, {self._additions.name(parent)}) and " if asks else ""
        status, code = (
            _read(error, profile, role, direct=certain or asks) for role in (Role.STATUS, Role.CODE)
        )
        whole = [s.status for s in shares if s.is_whole or (s.others and not code)]
        if whole and not status:
            return [], False
        found = [f"{prefix}{status} {_among(whole)}"] if whole else []
        read = (prefix, status, code)
        coded = [share for share in shares if not share.is_whole and code]
        found += [self._coded(share, profile, error, read, caught) for share in coded]
        return found, bool(code) or all(share.is_whole for share in shares)

    def _all_answer(self, caught: Sequence[str], profile: ClientProfile) -> bool:
        """Whether all that can come there is an answer's error, with the fields that those have."""
        return bool(caught) and all(
            any(
                ancestor in profile.exceptions
                and self._facts.knowledge.stands_for_answers(ancestor)
                for ancestor in self._known.ancestors(name)
            )
            for name in caught
        )

    def _all_are(self, caught: Sequence[str], parent: str) -> bool:
        return bool(caught) and all(self._known.is_subclass(name, parent) for name in caught)

    def _coded(
        self,
        share: _Share,
        profile: ClientProfile,
        error: str,
        read: tuple[str, str, str],
        caught: Sequence[str],
    ) -> str:
        """The condition on the code of one status."""
        prefix, status, code = read
        wanted = _among(share.codes) if share.codes else _among(share.others, negated=True)
        if share.codes and self._names_one_status(share, profile):
            return f"{prefix}{code} {wanted}"
        if self._stands_for(share, {share.status}, profile):
            if self._all_are(caught, share.exception):
                return f"{code} {wanted}"
            direct = _read(error, profile, Role.CODE, direct=True)
            name = self._additions.name(share.exception)
            return f"isinstance({error}, {name}) and {direct} {wanted}"
        return f"{prefix}{status} == {share.status} and {code} {wanted}"

    def _names_one_status(self, share: _Share, profile: ClientProfile) -> bool:
        """Whether the codes say all: no error of another status that may be retried has one."""
        return not any(
            entry.fault.error.code in share.codes and entry.fault.error.status != share.status
            for entry in self._construct.replayed
            if entry.fault.profile.name == profile.name
        )

    def _shared_class(self, faults: list[Fault]) -> str:
        """The nearest class that all of the errors are raised as, where answers alone are."""
        lines = [self._known.ancestors(fault.exception) for fault in faults if fault.exception]
        if len(lines) != len(faults):
            return ""
        shared = frozenset.intersection(*lines)
        answers = [name for name in shared if self._facts.knowledge.stands_for_answers(name)]
        return max(answers, key=lambda name: (len(self._known.ancestors(name)), name), default="")


def _told_apart(out: Iterable[Fault], stay: Iterable[Fault]) -> list[_Share]:
    """How to tell errors from those that stay, by status; what nothing tells apart is left out."""
    shares = []
    by_status: dict[int, list[Fault]] = {}
    for fault in out:
        by_status.setdefault(fault.error.status, []).append(fault)
    for status, faults in sorted(by_status.items()):
        exception = faults[0].exception
        codes = tuple(sorted({fault.error.code for fault in faults} - {""}))
        left = {fault.error.code for fault in stay if status in fault.error.statuses}
        contracts = {fault.catalogue.name: fault.catalogue for fault in (*faults, *stay)}
        left |= {code for contract in contracts.values() for code in _cured(status, contract)}
        if not left:
            shares.append(_Share(status, exception))
        elif all(fault.error.code for fault in faults) or "" in left:
            codes = tuple(code for code in codes if code not in left)
            shares += [_Share(status, exception, codes=codes)] if codes else []
        else:
            complete = all(contract.complete for contract in contracts.values())
            shares.append(_Share(status, exception, (), tuple(sorted(left)), complete))
    return shares


def _cured(status: int, contract: Catalogue) -> Iterator[str]:
    """The codes of a status that only the provider's SDK names, and that may come right."""
    for error in contract.errors:
        if error.sdk_only and status in error.statuses and error.retry is not Retry.NEVER:
            yield error.code


def _read(owner: str, profile: ClientProfile, role: Role, *, direct: bool) -> str:
    """The source that reads a field of an exception; "" where the client does not show it."""
    own = profile.member(Role.ERROR, role)
    if own:
        present = direct and own not in profile.unsure_members
        return f"{owner}.{own}" if present else f'getattr({owner}, "{own}", None)'
    response = profile.member(Role.ERROR, Role.RESPONSE)
    inner = profile.member(Role.RESPONSE, role)
    if not response or not inner:
        return ""
    if direct and response in profile.unsure_members:
        return f'getattr({owner}.{response}, "{inner}", None)'
    if direct:
        return f"{owner}.{response}.{inner}"
    return f'getattr(getattr({owner}, "{response}", None), "{inner}", None)'


def _among(values: Sequence[int] | Sequence[str], *, negated: bool = False) -> str:
    sources = [f'"{value}"' if isinstance(value, str) else str(value) for value in values]
    return compared_with(sources, negated=negated)
