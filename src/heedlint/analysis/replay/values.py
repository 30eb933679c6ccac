"""What the replay knows of a value while it runs one documented error through the code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

import libcst as cst

from heedlint.analysis.names import dotted
from heedlint.clients.model import ClientProfile, Role
from heedlint.contracts.model import Catalogue, DocumentedError


class Taint(str, Enum):
    """What an unknown value depends on."""

    MESSAGE = "message"
    ERROR = "error"
    RETRY_AFTER = "retry-after"
    GROWING = "growing"


# What a call asks with, by the last of its names, that changes nothing.
_READING = frozenset({"get", "head", "retrieve", "list"})
# A condition on these is decided by the error in a way that the replay cannot tell.
DOUBTS = frozenset({Taint.MESSAGE, Taint.ERROR})


def only_reads(call: cst.CSTNode | None) -> bool:
    """Whether a call only gets, or lists, something."""
    return isinstance(call, cst.Call) and dotted(call.func).rpartition(".")[2] in _READING


@dataclass(frozen=True)
class Fault:
    """One documented error on its way: what the API answers, and through which client.

    `client_retries` says how often the client itself tries again before the program hears of it,
    `call` is what fails, where it is known.
    """

    error: DocumentedError
    catalogue: Catalogue
    profile: ClientProfile
    raises: bool
    exception: str
    legacy: bool = False
    client_retries: int = 0
    call: cst.CSTNode | None = None

    @property
    def only_reads(self) -> bool:
        """Whether the call asks for what may be there later: it gets, or lists, something."""
        return only_reads(self.call)


@dataclass(frozen=True)
class Known:
    """A Python constant; `of_error` where it was read off the failing answer."""

    value: object
    of_error: bool = False


@dataclass(frozen=True)
class Items:
    """A tuple, list, set or dictionary (its keys), with the nodes that the items stand at."""

    values: tuple[Value, ...]
    nodes: tuple[cst.CSTNode, ...] = ()


@dataclass(frozen=True)
class Part:
    """Something read off the failing answer: the error itself, its response, a header, ..."""

    role: Role
    fault: Fault


@dataclass(frozen=True)
class Success:
    """What a call that did not fail gives: an HTTP response, or an SDK's object."""

    is_response: bool = True


@dataclass(frozen=True)
class Raised:
    """An exception of the program's own: its class, and what it wraps."""

    klass: str
    definition: cst.ClassDef | None = None
    cause: Value | None = None


@dataclass(frozen=True)
class CallState:
    """What a retry library tells its callables of the call that failed.

    `ways` are the chains of members that lead from here to what is known: the exception, or the
    result, each as in `("outcome", "exception()")`.
    """

    ways: tuple[tuple[tuple[str, ...], Value], ...]


@dataclass(frozen=True)
class Opaque:
    """An unknown value; `taints` say what it depends on (nothing: the same for every error).

    `shortened_by` is what may make it less than the header says (`min(told, 30)`), or than the
    value it is multiplied with (`random.random()`).
    """

    taints: frozenset[Taint] = frozenset()
    shortened_by: cst.CSTNode | None = None


Value: TypeAlias = Known | Items | Part | Success | Raised | CallState | Opaque

FREE = Opaque()
NONE = Known(None)


def taints(value: Value) -> frozenset[Taint]:
    """What a value depends on."""
    match value:
        case Opaque(taints=found):
            return found
        case Known(of_error=True):
            return frozenset({Taint.ERROR})
        case Items(values=values):
            return frozenset(taint for item in values for taint in taints(item))
        case Part(role=Role.MESSAGE):
            return frozenset({Taint.MESSAGE})
        case Part(role=Role.RETRY_AFTER):
            return frozenset({Taint.RETRY_AFTER})
        case Part() | Raised():
            return frozenset({Taint.ERROR})
    return frozenset()


def mixed(*values: Value) -> Opaque:
    """An unknown value made of others."""
    found: frozenset[Taint] = frozenset().union(*map(taints, values))
    if Taint.RETRY_AFTER not in found:
        return Opaque(found) if found else FREE
    return Opaque(found, next(shortened(values), None))


def shortened(values: Iterable[Value]) -> Iterator[cst.CSTNode]:
    """What may make waits less than the header says, where they depend on it."""
    for value in values:
        if isinstance(value, Opaque) and value.shortened_by and Taint.RETRY_AFTER in value.taints:
            yield value.shortened_by


@dataclass
class Decision:
    """A condition or an `except` that a path went through, and the element that decided it.

    `element` is the node that named the error (`402` of a set, a class of a tuple); `broad` says
    that it takes in a range of errors rather than naming one kind, `names_code` that it is the
    error's own code.
    """

    node: cst.CSTNode
    element: cst.CSTNode | None
    broad: bool
    holds: bool
    names_code: bool = False


class Outcome(Enum):
    """How a path ends for the call that failed."""

    RETRIED = "retried"
    RAISED = "raised"
    LEFT = "left"


@dataclass
class Path:
    """One way that an error can take through a construct.

    `sure` says that a loop's test was known to hold at the end of the round. `sleeps` are the calls
    that wait after the failure, `caught` is what the `except` that sends it round has caught.
    `changed` are the names and attributes that got another value after it, `mutated` those whose
    methods changed what they hold; `renewed` says that a call renews credentials, by its name.
    `passed` says that the call was made, and did not fail; `went_on` that another call of an API
    follows the failure, and no handler makes it.
    `consulted` are the fields of the error that were looked at, `verdicts` the classes that it was
    asked for, each with whether it is of them.
    """

    outcome: Outcome
    doubts: frozenset[Taint]
    delays: tuple[Value, ...]
    decisions: tuple[Decision, ...]
    sender: cst.CSTNode | None
    helped: bool
    acted: bool
    consulted: frozenset[Role] = frozenset()
    verdicts: frozenset[tuple[str, bool | None]] = frozenset()
    value: Value | None = None
    failed: bool = True
    changed: frozenset[str] = field(default_factory=frozenset)
    sure: bool = False
    sleeps: tuple[cst.Call, ...] = ()
    caught: Value | None = None
    mutated: frozenset[str] = frozenset()
    renewed: bool = False
    passed: bool = False
    went_on: bool = False

    @property
    def proven(self) -> bool:
        """Whether the error certainly can take this path: nothing undecided depends on it."""
        return not self.doubts

    @property
    def honours_retry_after(self) -> bool | None:
        """Whether the delay depends on the header; None where that cannot be told."""
        found = frozenset(taint for delay in self.delays for taint in taints(delay))
        if Taint.RETRY_AFTER in found:
            return True
        if self.helped or found & DOUBTS:
            return None
        return False
