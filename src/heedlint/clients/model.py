"""How a Python library shows an API's errors to a program: the client and retry profiles."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Role(str, Enum):
    """What an expression is, seen from an API's error contract."""

    ERROR = "ERROR"
    RESPONSE = "RESPONSE"
    BODY = "BODY"
    ERROR_OBJECT = "ERROR_OBJECT"
    MESSAGE = "MESSAGE"
    CODE = "CODE"
    TYPE = "TYPE"
    STATUS = "STATUS"
    HEADERS = "HEADERS"
    RETRY_AFTER = "RETRY_AFTER"
    PROBLEM = "PROBLEM"


@dataclass(frozen=True)
class ExceptionClass:
    """An exception class of a client library.

    `name` is its public qualified name, `parents` those of its documented bases. `statuses` are
    the HTTP statuses it stands for: empty for a class that no status maps to (a transport error,
    an SDK-internal error); `fallback` marks the class raised for any status that no other class
    names. `removed` is the version that dropped the class, where it is gone (old code names it).
    """

    name: str
    parents: tuple[str, ...]
    statuses: tuple[int, ...] = ()
    fallback: bool = False
    abstract: bool = False
    removed: str = ""


@dataclass(frozen=True)
class ClientClass:
    """A class whose objects reach the API; `base_url` and `max_retries` name its parameters."""

    name: str
    base_url: str = ""
    max_retries: str = ""
    raise_for_status: str = ""


class Raises(str, Enum):
    """When a client raises for a 4xx or 5xx: by itself, only when asked to, or never."""

    ALWAYS = "always"
    ON_REQUEST = "on-request"
    NEVER = "never"


@dataclass(frozen=True)
class ClientProfile:
    """How one client library reaches an API and shows its errors.

    `roles` maps the owner's role to its members: `roles[Role.ERROR]["status_code"]` is
    `Role.STATUS`; a member that is called ends in `()`, as in `json()`. `functions` are the
    module functions that send a request, `methods` the methods of a client object that do (with
    `"*"` for every method but those of `local_methods`), and `call_chains` the dotted endings
    (`chat.completions.create`) that reach the API whatever object they are called on.
    `headers_reachable` is false where the exception hides the response's headers, and `header_hint`
    then says how a program gets at them. `reads_problem_documents` says that the client puts the
    last segment of a problem document's `type` into the error's code.
    """

    name: str
    title: str
    checked_with: str
    distribution: str
    modules: tuple[str, ...]
    aliases: dict[str, str]
    raises: Raises
    exceptions: dict[str, ExceptionClass]
    clients: dict[str, ClientClass]
    roles: dict[Role, dict[str, Role]] = field(default_factory=dict)
    catalogue: str = ""
    functions: frozenset[str] = frozenset()
    methods: frozenset[str] = frozenset()
    local_methods: frozenset[str] = frozenset()
    call_chains: frozenset[str] = frozenset()
    raise_for_status: str = ""
    response_class: str = ""
    headers_reachable: bool = True
    header_hint: str = ""
    retries_by_itself: tuple[int, ...] = ()
    reads_problem_documents: bool = False


@dataclass(frozen=True)
class Parameter:
    """A parameter of a library's call: by keyword `name` or at `position` (from 0; -1 for none).

    A `name` that begins with `*` takes every positional argument from `position` on.
    """

    name: str
    position: int = -1


# What a term does. "unless-types" retries every result as well as every other exception, and
# "not-message" likewise, as tenacity's terms of these kinds do.
PREDICATE_KINDS = (
    "types",
    "not-types",
    "unless-types",
    "callable",
    "message",
    "not-message",
    "result",
    "not-result",
    "cause-types",
    "any",
    "all",
    "always",
    "never",
)
WAIT_KINDS = ("none", "fixed", "random", "exponential", "chain", "sum", "retry-after-callable")
STOP_KINDS = ("attempts", "time", "event", "any", "all", "never")
POLICY_SHAPES = ("wrapper", "transport")


@dataclass(frozen=True)
class RetryTerm:
    """One name of a retry library's vocabulary: a predicate, a wait or a stop.

    `kind` says what it does (see `PREDICATE_KINDS`, `WAIT_KINDS`, `STOP_KINDS`), `parameter` which
    argument it does it with (its classes, function, seconds, ...), `default` what holds when that
    argument is missing.
    """

    name: str
    kind: str
    parameter: Parameter | None = None
    default: tuple[str, ...] = ()


@dataclass(frozen=True)
class RetryPolicy:
    """A call that makes a retry policy: which parameter decides what.

    `shape` is `wrapper` (retries a Python call by its exception or result) or `transport`
    (retries an HTTP exchange by its status). For `wrapper`, `retry`, `wait` and `stop` name the
    parameters; `default_retry` is the predicate that holds without one (its qualified name),
    `default_wait` and `default_stop` the kinds that do. For `transport`, `statuses` names the
    parameter with the retried statuses, `retry_after_switch` the one that turns `Retry-After` off,
    and `retry_after_statuses` those that are retried whenever they carry the header.
    """

    names: tuple[str, ...]
    shape: str
    retry: Parameter | None = None
    wait: Parameter | None = None
    stop: Parameter | None = None
    default_retry: str = ""
    default_wait: str = "none"
    default_stop: str = "never"
    statuses: Parameter | None = None
    default_statuses: tuple[int, ...] = ()
    total: Parameter | None = None
    default_total: int = 0
    retry_after_switch: Parameter | None = None
    retry_after_statuses: tuple[int, ...] = ()


@dataclass(frozen=True)
class RetryProfile:
    """The vocabulary of one retry library, as the version in `checked_with` behaves.

    The tables are by qualified name; a policy stands there under each of its names. `mounts` are
    the calls that put a policy to work, with the parameter that takes it (or a bare number of
    attempts). `state_exception` is the chain from the state that callables are given to the
    exception.
    """

    name: str
    title: str
    checked_with: str
    distribution: str
    modules: tuple[str, ...]
    aliases: dict[str, str]
    policies: dict[str, RetryPolicy]
    predicates: dict[str, RetryTerm]
    waits: dict[str, RetryTerm]
    stops: dict[str, RetryTerm]
    state_exception: tuple[str, ...] = ()
    mounts: dict[str, Parameter] = field(default_factory=dict)
