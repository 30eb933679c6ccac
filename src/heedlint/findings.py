"""What a check yields: findings, the repairs that they carry, and how sure they are."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum


class Confidence(IntEnum):
    """How sure heedlint is that an expression is an API's error; higher is surer."""

    POSSIBLE = 1
    LIKELY = 2
    CERTAIN = 3

    def __str__(self) -> str:
        return self.name.lower()


class Applicability(str, Enum):
    """What a repair is worth: written freely, written on request, or only shown."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    DISPLAY = "display"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, order=True)
class Position:
    """A place in a decoded file: `line` and `column` from 1, columns in characters."""

    line: int
    column: int


@dataclass(frozen=True, order=True)
class Edit:
    """Replaces the text from `start` up to (not including) `end` by `content`."""

    start: Position
    end: Position
    content: str


@dataclass(frozen=True)
class Leftover:
    """What nothing needs any more where repairs take all the names away that begin at `uses`.

    `edit` takes it out, and the names that begin at `reads` with it.
    """

    edit: Edit
    uses: tuple[Position, ...]
    reads: tuple[Position, ...]


@dataclass(frozen=True)
class Fix:
    """A repair: its edits never overlap and are sorted; none at all for `display`.

    Those that put something at one place stand in the order in which it goes there. `gone` is where
    the names began that it takes away; `leftovers` may go with other repairs made at once.
    """

    applicability: Applicability
    message: str
    edits: tuple[Edit, ...] = ()
    gone: tuple[Position, ...] = ()
    leftovers: tuple[Leftover, ...] = ()


@dataclass(frozen=True)
class Finding:
    """One place where code breaks an API's documented error contract.

    `path` is as the caller gave it; `start` and `end` follow `Position`; `errors` are the
    documented error codes concerned and `catalogues` the contracts that document them.
    `evidence` says, in order, why the expression is an API's error.
    """

    path: str
    start: Position
    end: Position
    code: str
    name: str
    message: str
    confidence: Confidence = Confidence.CERTAIN
    catalogues: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    fix: Fix | None = None

    def can_be_fixed(self, *, unsafe: bool) -> bool:
        """Whether it has a repair that may be written: a safe one, with `unsafe` that as well."""
        allowed = (Applicability.SAFE, Applicability.UNSAFE) if unsafe else (Applicability.SAFE,)
        return self.fix is not None and bool(self.fix.edits) and self.fix.applicability in allowed

    @property
    def place(self) -> str:
        """Where it begins, as editors and terminals link it: `path:line:column`."""
        return f"{self.path}:{self.start.line}:{self.start.column}"

    @property
    def sort_key(self) -> tuple[str, Position, str]:
        """The order of every report: path, place, code."""
        return (self.path, self.start, self.code)


@dataclass(frozen=True)
class GivenUp:
    """A repair that was to be written and was not: its finding, and the reason in a few words."""

    finding: Finding
    reason: str


@dataclass(frozen=True)
class Round:
    """Repairs that were made at once: the content before, in which `repaired` have their places."""

    before: bytes
    repaired: tuple[Finding, ...]


@dataclass(frozen=True)
class FixResult:
    """What `fix_source` made of a source.

    `content` is the repaired file in its own encoding and `rounds` the way to it; `remaining` is
    what a check of `content` still finds, `given_up` those of them whose repair was tried and does
    not hold, or was declined.
    """

    content: bytes
    rounds: tuple[Round, ...]
    remaining: tuple[Finding, ...]
    given_up: tuple[GivenUp, ...] = ()

    @property
    def applied(self) -> tuple[Finding, ...]:
        """The findings repaired, in the order of repair."""
        return tuple(finding for made in self.rounds for finding in made.repaired)

    @property
    def changed(self) -> bool:
        """Whether anything was repaired."""
        return bool(self.rounds)
