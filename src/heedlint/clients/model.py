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
    names. `codes` are the error codes that it alone stands for, whatever their status. `answer`
    marks one that an answer is raised as, too, though no status or code alone tells which.
    `since` is the version that brought the class, where older ones are in use, and `removed` the
    one that dropped it, where it is gone (old code names it).
    """

    name: str
    parents: tuple[str, ...]
    statuses: tuple[int, ...] = ()
    codes: tuple[str, ...] = ()
    fallback: bool = False
    answer: bool = False
    abstract: bool = False
    since: str = ""
    removed: str = ""

    @property
    def stands_for_answers(self) -> bool:
        """Whether an answer of the API, not only a failed connection, is raised as this class."""
        return bool(self.statuses or self.codes) or self.fallback or self.answer


@dataclass(frozen=True)
class ClientClass:
    """A class whose objects reach the API; `base_url` and `max_retries` name its parameters.

    `own_api` is false for a class that reaches another API of the same shape.
    """

    name: str
    base_url: str = ""
    max_retries: str = ""
    raise_for_status: str = ""
    own_api: bool = True


class Raises(str, Enum):
    """When a client raises for a 4xx or 5xx: by itself, only when asked to, or never."""

    ALWAYS = "always"
    ON_REQUEST = "on-request"
    NEVER = "never"


@dataclass(frozen=True)
class ClientProfile:
    """How one client library reaches an API and shows its errors.

    `distribution` is its name on PyPI; `python` is the standard library, as old as Python itself.
    `roles` maps the owner's role to its members: `roles[Role.ERROR]["status_code"]` is
    `Role.STATUS`; a member that is called ends in `()`, as in `json()`. `functions` are the
    module functions that send a request, `methods` the methods of a client object that do (with
    `"*"` for every method but those of `local_methods`), and `call_chains` the dotted endings
    (`chat.completions.create`) that reach the API whatever object they are called on.
    `base_url_variable` is the environment variable that says where the client goes by default.
    `transport` marks a general HTTP client: which API it reaches, its URL tells.
    `in_process` are the classes through which a client reaches no API, but a program at hand.
    `serves_other_apis` says that programs use it, with another base URL, for APIs of its kind.
    `falsy_responses` says that a response with an error status is false (`if response:`).
    `retries_by_itself` are the statuses that the client tries again of its own accord, after the
    first call as many times as `default_max_retries` says unless the program says otherwise;
    `retries_calls` are the last names of the calls that it does so for, all if there are none.
    `headers_reachable` is false where the exception hides the response's headers, and `header_hint`
    then says how a program gets at them; `may_lack_headers` says that an answer may come over
    another protocol (gRPC), which has none. `own_texts` are wordings of what the client raises
    before it asks anybody. `streams_keep_status` says that an error within a stream of events is
    raised with the status that the stream began with. `reads_problem_documents` says that the
    client puts the last segment of a problem document's `type` into the error's code.
    `unsure_members` are fields that an answer's error may lack: what versions still in use do not
    have, or what may be None.
    `address_attributes` are those of the module that a program sets to go to another server.
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
    may_lack_headers: bool = False
    retries_by_itself: tuple[int, ...] = ()
    retries_calls: frozenset[str] = frozenset()
    default_max_retries: int = 0
    reads_problem_documents: bool = False
    base_url_variable: str = ""
    transport: bool = False
    in_process: frozenset[str] = frozenset()
    serves_other_apis: bool = False
    falsy_responses: bool = False
    own_texts: tuple[str, ...] = ()
    streams_keep_status: bool = False
    unsure_members: tuple[str, ...] = ()
    address_attributes: frozenset[str] = frozenset()

    def member(self, owner: Role, role: Role) -> str:
        """The attribute of a value of one role that has another one; `""` where there is none."""
        members = self.roles.get(owner, {})
        return next((m for m, r in members.items() if r is role and m.isidentifier()), "")


@dataclass(frozen=True)
class Parameter:
    """A parameter of a library's call: by keyword `name` or at `position` (from 0; -1 for none).

    A `name` that begins with `*` takes every positional argument from `position` on; one with a
    dot, as `retry_kwargs.max_retries`, is a key of a dictionary given for the first part.
    """

    name: str
    position: int = -1


# What decides that a failed call is tried again. "unless-types" retries every result as well as
# every other exception, and "not-message" likewise, as tenacity's terms of these kinds do.
# "types-or-callable" is one of both, and what the callable returns may be the seconds to wait;
# "statuses" are retried where the error of `classes` has one of them, "switch" turns them on.
PREDICATE_KINDS = (
    "types",
    "not-types",
    "unless-types",
    "types-or-callable",
    "callable",
    "result",
    "not-result",
    "message",
    "not-message",
    "cause-types",
    "statuses",
    "switch",
    "any",
    "all",
    "always",
    "never",
)
# How long it waits. "of-error" is a callable given the exception (or result), "of-state" one given
# the library's state, "retry-after" the library's own reader of the header; "generator" is a
# generator function that yields the seconds;
# "none-if-false" a switch that turns the policy's own delay off.
WAIT_KINDS = (
    "none",
    "fixed",
    "random",
    "exponential",
    "chain",
    "sum",
    "of-error",
    "of-state",
    "retry-after",
    "generator",
    "none-if-false",
)
# What ends it: "attempts" counts the calls in all, "retries" those after the first.
STOP_KINDS = ("attempts", "retries", "time", "event", "callable", "any", "all", "never")
# What makes a policy wait as `Retry-After` says: its wait may be a callable of the library's state,
# a generator function that is sent the error, or be made of another wait by a function of the
# library's; its condition may return the seconds. "none" has no such means.
MEANS_KINDS = ("of-state", "generator", "wrapper", "condition", "none")
METHOD_KINDS = ("methods",)
JITTER_KINDS = ("lengthens", "shortens")
# A policy's own parameter may hold an expression of the library's vocabulary.
VOCABULARY = "term"
POLICY_SHAPES = ("call", "exchange")
# What a method of a policy object does: calls a function under the policy, makes one that does
# (a decorator), or gives the policy its condition.
MEMBER_KINDS = ("call", "wrap", "bind")


@dataclass(frozen=True)
class RetryTerm:
    """One name of a retry library's vocabulary, or one parameter of a policy.

    `kind` says what it does (see the tuples above), `parameter` which argument it does it with
    (its classes, function, seconds, ...), `default` what holds when that argument is missing:
    the qualified names of classes or of a term, "on" for a switch, a number as text; nothing
    where the term then has no say. `statuses` are those it stands for by default, `classes` the
    exceptions that show a status to it. `switch` names the parameter that turns it off, and
    `replaces` says that it alone counts where it is given. A stop of less than
    `unbounded_below` stops nothing. The parameter of a wait that honours `Retry-After` is the
    most seconds that it honours. `functions_since` is the library's version (of which older ones
    are in use) that takes functions in the place of classes.
    """

    name: str
    kind: str
    parameter: Parameter | None = None
    default: tuple[str, ...] = ()
    statuses: tuple[int, ...] = ()
    classes: tuple[str, ...] = ()
    switch: str = ""
    replaces: bool = False
    unbounded_below: int | None = None
    functions_since: str = ""


@dataclass(frozen=True)
class RetryAfterMeans:
    """How a policy is made to wait as `Retry-After` says (see `MEANS_KINDS`).

    `function` is the wrapper, `fallback` its parameter that takes the other wait. Where there is no
    means, `hint` says what a program can do instead.
    """

    kind: str = "none"
    function: str = ""
    fallback: str = ""
    hint: str = ""


@dataclass(frozen=True)
class RetryPolicy:
    """A call that makes a retry policy: which parameter decides what.

    `shape` is `call` (retries a Python call by its exception or result) or `exchange` (retries
    an HTTP exchange by the status of its answer). An error is retried where one of `retry`
    takes it and none of `unless` does. The first of `waits` that is given decides the delay,
    else `default_wait` does; each of `stops` ends it. `jitter` names the parameter that changes
    the delay, `before_sleep` the one with a callable that runs before it. `honours_retry_after`
    says that the header goes before the policy's own delay, unless `retry_after_switch` is
    false, up to the seconds of `retry_after_cap`; `retry_after_statuses` are retried whenever
    they carry the header. `methods` are the names that the policy is called by as a method of
    whatever object (`task` of a celery app), then with one of the keywords `marked_by`, where
    there are some. `http_methods` names the parameter with the HTTP methods that an `exchange`
    policy holds for. `members` are methods of the policy object (see `MEMBER_KINDS`);
    `function` is the parameter with the function when the policy object itself is called,
    `called_with` the condition that is given only then. `ends_with` are the parameters that decide
    what comes of attempts that are used up, `end_error` is what is raised then. `means` is how the
    wait, the first of `waits`, or the condition can be made to heed the header.
    """

    names: tuple[str, ...]
    shape: str
    retry: tuple[RetryTerm, ...] = ()
    unless: tuple[RetryTerm, ...] = ()
    waits: tuple[RetryTerm, ...] = ()
    default_wait: str = "none"
    stops: tuple[RetryTerm, ...] = ()
    jitter: RetryTerm | None = None
    before_sleep: Parameter | None = None
    honours_retry_after: bool = False
    retry_after_switch: Parameter | None = None
    retry_after_statuses: tuple[int, ...] = ()
    retry_after_cap: Parameter | None = None
    http_methods: RetryTerm | None = None
    methods: tuple[str, ...] = ()
    marked_by: tuple[str, ...] = ()
    members: dict[str, str] = field(default_factory=dict)
    function: Parameter = Parameter("", 0)
    called_with: RetryTerm | None = None
    ends_with: tuple[str, ...] = ()
    end_error: str = ""
    means: RetryAfterMeans = RetryAfterMeans()


@dataclass(frozen=True)
class Mount:
    """A call that puts a policy to work: the parameters that take it, and a response's validator.

    `validator` is a callable that is given each answer and raises what the policy is to see; where
    a library has such, nothing is raised for a status without it.
    """

    policies: tuple[Parameter, ...]
    validator: Parameter | None = None


@dataclass(frozen=True)
class Receiver:
    """A class whose objects have a policy as a method: the client profile behind, its base URL.

    `own_api` as in `ClientClass`.
    """

    client: str
    base_url: tuple[str, ...] = ()
    own_api: bool = True


@dataclass(frozen=True)
class RetryProfile:
    """The vocabulary of one retry library, as the version in `checked_with` behaves.

    The tables are by qualified name; a policy stands there under each of its names. `mounts`
    are the calls that put a policy to work. `state_exception` is the chain from the state that
    callables are given to the exception (keys of a dictionary, where it is one), `state_result`
    that to the result. `client` names the client profile whose exchanges an `exchange` policy
    retries, `receivers` what is behind an object that the policy is a method of, by the
    object's class. `retries_generators` says that a decorated generator is run again, too.
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
    jitters: dict[str, RetryTerm]
    client: str = ""
    state_exception: tuple[str, ...] = ()
    state_result: tuple[str, ...] = ()
    mounts: dict[str, Mount] = field(default_factory=dict)
    receivers: dict[str, Receiver] = field(default_factory=dict)
    retries_generators: bool = False
