"""Makes the repairs of one file, round by round, and keeps only those that hold.

A round makes all repairs that do not clash. What comes of it must be readable and compile, and the
rules must find nothing any more where they said to repair it; if not, the round is made again with
half of the repairs, until the bad one is alone and is given up. The others wait for the next round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from itertools import combinations, product

from heedlint.errors import UnreadableSource
from heedlint.findings import Finding, FixResult, GivenUp, Round
from heedlint.rules import load_rule
from heedlint.source.decode import DecodedSource, decode, encode
from heedlint.source.edits import Edited, clash, cleared, overlap
from heedlint.source.syntax import compile_error

_MOST_ROUNDS = 100
_DECLINED = "declined"
_ENDLESS = f"not done after {_MOST_ROUNDS} rounds"
_STOPPED = "not asked about any more"

Check = Callable[[bytes], "list[Finding]"]


class Answer(Enum):
    """What somebody says who is asked about a repair."""

    YES = "y"
    NO = "n"
    ALL = "a"
    QUIT = "q"


# Is asked about a repair that would hold: the finding, the text before and after.
Ask = Callable[[Finding, str, str], Answer]


@dataclass(frozen=True)
class _Made:
    """What a round would make of a file: its content, its findings, and what went where."""

    content: bytes
    findings: list[Finding]
    edited: Edited


class Repairs:
    """The repairs of one source, whose findings are known.

    `check` finds what a repaired source still has, and raises `UnreadableSource` where that is no
    Python any more.
    """

    def __init__(
        self, source: bytes, findings: list[Finding], check: Check, *, unsafe: bool
    ) -> None:
        self._content = source
        self._findings = findings
        self._check = check
        self._unsafe = unsafe
        self._seen = {source}
        self._rounds: list[Round] = []
        # About the present content: each change of it is a new chance for what was refused.
        self._refused: dict[Finding, str] = {}
        self._declined: dict[Finding, str] = {}

    def make(self, ask: Ask | None = None) -> FixResult:
        """Makes what can be made; where there is somebody to ask, what he agrees to."""
        if self._wanted():
            decoded = decode(self._content)
            if encode(decoded, decoded.text) == self._content:
                self._make_all(ask)
            else:
                reason = f"{decoded.encoding} would not give the rest of the file back as it is"
                self._refused = dict.fromkeys(self._wanted(), reason)
        reasons = {**self._refused, **self._declined}
        given_up = [GivenUp(f, reasons[f]) for f in self._findings if f in reasons]
        return FixResult(self._content, tuple(self._rounds), tuple(self._findings), tuple(given_up))

    def _make_all(self, ask: Ask | None) -> None:
        most = len(self._findings)
        while wanted := self._wanted():
            if len(self._rounds) == _MOST_ROUNDS:
                self._refused.update(dict.fromkeys(wanted, _ENDLESS))
                return
            chosen = _compatible(_first(wanted), 1 if ask else most)
            made = self._try(chosen)
            if isinstance(made, str):
                if len(chosen) == 1:
                    self._refused[chosen[0]] = made
                most = len(chosen) // 2 or len(self._findings)
                continue
            answer = self._answer(ask, chosen[0], made)
            if answer is Answer.QUIT:
                self._declined.update(dict.fromkeys(wanted, _STOPPED))
                return
            if answer is Answer.NO:
                self._declined[chosen[0]] = _DECLINED
                continue
            ask = None if answer is Answer.ALL else ask
            self._adopt(made, chosen)
            most = len(self._findings)

    def _wanted(self) -> list[Finding]:
        return [
            finding
            for finding in self._findings
            if finding.can_be_fixed(unsafe=self._unsafe)
            and finding not in self._refused
            and finding not in self._declined
        ]

    def _answer(self, ask: Ask | None, finding: Finding, made: _Made) -> Answer:
        if ask is None:
            return Answer.YES
        return ask(finding, decode(self._content).text, made.edited.text)

    def _try(self, chosen: list[Finding]) -> _Made | str:
        """The round that makes these repairs; where it does not hold, the reason."""
        decoded = decode(self._content)
        fixes = [finding.fix for finding in chosen if finding.fix is not None]
        edits = dict.fromkeys(edit for fix in fixes for edit in fix.edits)
        gone = (place for fix in fixes for place in fix.gone)
        for edit in cleared(gone, (left for fix in fixes for left in fix.leftovers)):
            if not any(overlap(edit, other) for other in edits):
                edits[edit] = None
        if any(overlap(one, other) for one, other in combinations(edits, 2)):
            return "its own edits overlap"
        edited = Edited(decoded.text, edits)
        if edited.text == decoded.text:
            return "it would change nothing"
        try:
            content = encode(decoded, edited.text)
            if content in self._seen:
                return "it would undo another repair"
            error = _new_compile_error(decoded, edited.text)
            if error:
                return f"the file would not compile any more: {error}"
            made = _Made(content, self._check(content), edited)
        except UnreadableSource as error:
            return f"the file would not be readable any more: {error.reason}"
        left = self._left(made, chosen)
        return f"{left.code} would still be found there: {left.message}" if left else made

    def _left(self, made: _Made, chosen: list[Finding]) -> Finding | None:
        """A finding of a rule where it was to be repaired; None where all is well.

        Those that were there before and are not repaired in this round may stay.
        """
        staying = [f for f in self._findings if f not in chosen]
        new = [f for f in made.findings if _take_same(f, staying, made.edited) is None]
        for before, after in product(chosen, new):
            if before.code == after.code:
                start, end = made.edited.region(before.start, before.end)
                if start <= after.start <= end:
                    return after
        return None

    def _adopt(self, made: _Made, chosen: list[Finding]) -> None:
        declined = list(self._declined)
        reasons = self._declined
        self._declined = {}
        for finding in made.findings:
            before = _take_same(finding, declined, made.edited)
            if before is not None:
                self._declined[finding] = reasons[before]
        self._rounds.append(Round(self._content, tuple(chosen)))
        self._content, self._findings = made.content, made.findings
        self._seen.add(made.content)
        self._refused = {}


def _take_same(finding: Finding, before: list[Finding], edited: Edited) -> Finding | None:
    """Takes out of `before` the finding that `finding` was before the text was edited."""
    for index, other in enumerate(before):
        if other.code == finding.code:
            start, end = edited.region(other.start, other.start)
            if start <= finding.start <= end:
                return before.pop(index)
    return None


def _first(wanted: list[Finding]) -> list[Finding]:
    """Those that no repair of another rule may make needless; all where each waits for another."""
    codes = {finding.code for finding in wanted}
    first = [f for f in wanted if codes.isdisjoint(load_rule(f.code).RULE.repaired_after)]
    return first or wanted


def _compatible(wanted: Iterable[Finding], most: int) -> list[Finding]:
    """The first findings, at most so many, whose repairs can be made at once."""
    chosen: list[Finding] = []
    for finding in wanted:
        edits = finding.fix.edits if finding.fix else ()
        taken = [edit for other in chosen if other.fix for edit in other.fix.edits]
        if not any(clash(one, other) for one, other in product(edits, taken)):
            chosen.append(finding)
            if len(chosen) == most:
                break
    return chosen


def _new_compile_error(decoded: DecodedSource, text: str) -> str:
    """What the compiler has against a text that it did not have against the one before."""
    error = compile_error(text)
    return error if error and not compile_error(decoded.text) else ""
