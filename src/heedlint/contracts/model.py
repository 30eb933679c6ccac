"""What an API promises about its errors: the catalogue and its documented errors."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Retry(str, Enum):
    """Whether and when the contract lets a failed call be tried again."""

    NEVER = "never"
    RETRY_AFTER = "retry-after"
    BACKOFF = "backoff"
    RESET = "reset"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class DocumentedError:
    """One error of a catalogue.

    `code` is the stable identifier, or `""` where a bare status is all that is promised;
    `type` is the error object's `type`, where documented. `retry_after` says whether the answer
    may carry a `Retry-After` header. `problem` marks the errors sent as a problem document.
    `phrases` are lower-case wordings seen in messages; they map a text back to this error, and so
    do `common_phrases`, which other programs say as well: they are no sign of an API's error.
    `sdk_only` marks codes that only the provider's SDK names: known, but not replayed.
    `also_statuses` are others that the code came with at some time or place.
    """

    code: str
    status: int
    meaning: str
    action: str
    retry: Retry
    retry_after: bool = False
    type: str = ""
    problem: bool = False
    phrases: tuple[str, ...] = ()
    common_phrases: tuple[str, ...] = ()
    since: str = ""
    sdk_only: bool = False
    also_statuses: tuple[int, ...] = ()

    @property
    def wordings(self) -> tuple[str, ...]:
        """Everything that maps a text back to this error."""
        return (*self.phrases, *self.common_phrases)

    @property
    def statuses(self) -> tuple[int, ...]:
        """Every status that the error may come with, the documented one first."""
        return (self.status, *self.also_statuses)

    @property
    def label(self) -> str:
        """How findings name the error: "`credit_exhausted` (402)", or "429" for a bare status."""
        return f"`{self.code}` ({self.status})" if self.code else str(self.status)

    @property
    def identifier(self) -> str:
        """The code, or the status as text where there is no code."""
        return self.code or str(self.status)


@dataclass(frozen=True)
class Envelope:
    """Where an error body keeps its fields: paths of keys from the body's root."""

    message: tuple[str, ...] = ("error", "message")
    code: tuple[str, ...] = ("error", "code")
    type: tuple[str, ...] = ("error", "type")


@dataclass(frozen=True)
class Catalogue:
    """Every error that one API documents. `hosts` are the host names that serve it.

    `envelope` is None where the shape of the body is not documented. `complete` says that the API
    has no other codes than these; without it, a code that is not here may well exist.
    """

    name: str
    title: str
    source: str
    errors: tuple[DocumentedError, ...]
    hosts: tuple[str, ...] = ()
    envelope: Envelope | None = None
    problem_documents: bool = False
    complete: bool = False

    @property
    def codes(self) -> dict[str, DocumentedError]:
        """The errors that have a code, by code."""
        return {error.code: error for error in self.errors if error.code}

    def of_status(self, status: int) -> tuple[DocumentedError, ...]:
        """The documented errors that are answered with `status`."""
        return tuple(error for error in self.errors if error.status == status)
