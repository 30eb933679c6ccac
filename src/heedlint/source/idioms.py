"""The words by which programs speak of errors: for the look at a file as for its analysis.

One list for both, so that what the analysis learns to follow is not passed over before it.
"""

from __future__ import annotations

import re

HEADER = "retry-after"
# Builtins that wrappers of APIs raise, too: no evidence for an API's error, none against it.
NEUTRAL_ERRORS = frozenset({"Exception", "BaseException", "RuntimeError", "ValueError"})
ERROR_NAMES = frozenset({"e", "ex", "exc", "err", "error", "exception", "exc_value", "last_error"})
ERROR_ENDINGS = ("_exc", "_error", "_err", "_exception", "_ex")
RESPONSE_NAMES = frozenset({"response", "resp"})
# The attribute under which errors of HTTP clients keep the answer.
ERRORS_ANSWER = "response"
# Attributes and parameters that only an answer over HTTP gives a value to.
HTTP_STATUS_NAMES = frozenset({"status_code", "http_status", "http_status_code", "http_code"})
_ERROR_TEXT = re.compile(
    r"([a-z]+_)*(err|error|exc|exception)_(text|message|msg|str|string|body|detail|details)"
)
# Functions that say by their name that they tell a kind of error by what they are given; not of one
# that no server sends.
_TELLS_ERRORS = re.compile(
    r"_*(?!\w*(?i:connect|network|time_?out|pars|import|json|syntax|browser))"
    r"(?i:is|has|should|can|looks|matches)(_|(?<=[a-z])(?=[A-Z]))\w*(?i:error|exception|limit|"
    r"quota|retr(y|ied|iable)|overload|exceed|reject|denied|unauthori[sz]ed|throttl|transient)"
)
# Exceptions that say by their name that a server has refused something over HTTP, whoever's they
# are: `KrakenAPIError`, `RestException`; `RateLimitError`, `telegram.error.BadRequest`.
_BY_API = r"\w*(?:API|Api|HTTP|Http|REST|Rest(?!or|art|rict)|GraphQL)\w*(?:Error|Exception)"
_BY_STATUS = (
    r"\w*(?:RateLimit|TooManyRequests|BadRequest|InvalidRequest|Unauthorized|Forbidden"
    r"|QuotaExceeded)\w*"
)
_STATUSES = {
    "RateLimit": 429, "TooManyRequests": 429, "BadRequest": 400, "InvalidRequest": 400,
    "Unauthorized": 401, "Forbidden": 403,
}  # fmt: skip
API_ERROR = rf"(?:{_BY_API}|{_BY_STATUS})"
_API_ERROR, _ERROR_BY_API = re.compile(API_ERROR), re.compile(_BY_API)
# Where such exceptions are what a server's own program answers with, or a database's.
SERVERS = (
    *("aiohttp.web", "bottle", "cherrypy", "connexion", "django", "falcon", "fastapi", "flask"),
    *("litestar", "ninja", "pyramid", "quart", "rest_framework", "sanic", "starlette"),
    *("tornado.web", "twisted", "webob", "werkzeug"),
)
_DATABASES = ("aredis", "duckdb", "neo4j", "redis", "sqlalchemy")
_OTHER_ERRORS = re.compile(
    rf"({'|'.join(map(re.escape, (*SERVERS, *_DATABASES, 'http')))})(_\w+)?(\.|$)"
)
# Methods that look for something in a text, those of patterns, and those that part it.
TEST_METHODS = frozenset(
    {"startswith", "endswith", "find", "rfind", "index", "count", "__contains__"}
)
REGEX_FUNCTIONS = frozenset({"search", "match", "fullmatch", "findall", "finditer"})
SPLITTING = frozenset({"split", "partition", "rsplit", "rpartition"})
# Methods that give another form of a text.
TEXT_METHODS = frozenset(
    {
        "lower", "upper", "casefold", "strip", "lstrip", "rstrip", "replace", "decode", "encode",
        "format", "title", "capitalize", "split", "splitlines", "rsplit", "partition", "rpartition",
        "removeprefix", "removesuffix", "join", "expandtabs", "swapcase", "translate",
    }
)  # fmt: skip
# The names of helpers of other modules: what they make of an error is its text, unless they speak
# of another field.
TEXT_WORDS = frozenset(
    {"message", "msg", "text", "str", "string", "format", "detail", "details", "describe", "repr"}
)
# What stands before the seconds to wait, in a pattern as in a text.
_WAITING = re.compile(
    r"(try|retry(ing)?|wait(ing)?|again|resets?)(\W|\\s|\\b|for|in|after|at least|again|_)*"
    r"(in|after|for|again|\(|\\d|:|=|$)",
    re.IGNORECASE,
)
# Functions that get other credentials: the next request is another one.
_RENEWS = re.compile(
    r"refresh|renew|re_?auth|re_?login|log_?in(?![a-z])|sign_?in(?![a-z])|authenticat|rotate|"
    r"(new|next|switch|swap)\w*(key|token|credential)",
    re.IGNORECASE,
)
_SAYS_THAT_IT_FAILED = re.compile(r"fail|error|invalid|expired|warn", re.IGNORECASE)
# Functions that wait until a server is up, and the paths at which servers say that they are.
_WAITS = re.compile(r"wait|await|until|ensure|poll", re.IGNORECASE)
_UP = re.compile(
    r"(^|_)(up|live|server|servers|ready|readiness|healthy|health|alive|available|start|started|"
    r"startup|online|running|reachable|boot|booted|listening)(_|$)"
)
# Hosts on the machine itself: what answers there is no API with a contract.
LOCAL_HOSTS = ("localhost", "127.0.0.1", "0.0.0.0", "[::1]", "host.docker.internal")
_HEALTH_PATH = re.compile(
    r"(/(api|v\d+))*/(health|healthz|healthcheck|health_check|ready|readyz|readiness|live|livez|"
    r"liveness|ping|status)/?(\?.*)?$"
)
# Limiters of rates: they make their callers wait.
_SLOWS = re.compile(r"(^|[._])wait$|throttl|rate_?limit|limiter", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def renews_credentials(name: str) -> bool:
    """Whether a function of this name gets other credentials."""
    return bool(_RENEWS.search(name)) and not _SAYS_THAT_IT_FAILED.search(name)


def is_error_text_name(name: str) -> bool:
    """Whether a name is one that programs give to the text of an error."""
    return bool(_ERROR_TEXT.fullmatch(name))


def tells_errors(name: str) -> bool:
    """Whether a function of this name tells a kind of error from others: `is_rate_limit(text)`."""
    return bool(_TELLS_ERRORS.match(name))


def says_api_error(name: str) -> bool:
    """Whether an exception of this qualified name is an API's, as far as the name can say it.

    A package may name its own exceptions by a status of which it is the server.
    """
    simple, is_own = name.rpartition(".")[2], name.startswith(".")
    known = (_ERROR_BY_API if is_own else _API_ERROR).fullmatch(simple)
    return bool(known) and not _OTHER_ERRORS.match(name)


def status_of_error(name: str) -> int:
    """The status for which an exception of this simple name stands, by its name; 0 for none."""
    found = re.fullmatch(rf"({'|'.join(_STATUSES)})(Error|Exception)?", name)
    return _STATUSES[found[1]] if found else 0


def asks_to_wait(text: str) -> bool:
    """Whether a text, or a pattern, is what stands before the seconds to wait."""
    return bool(_WAITING.search(text))


def slows_down(name: str) -> bool:
    """Whether a function or a context of this name makes its caller wait, as a limiter does."""
    return bool(_SLOWS.search(name))


def waits_for_server(name: str) -> bool:
    """Whether a function of this name waits until a server is up."""
    words = _CAMEL.sub("_", name).lower()
    return bool(_WAITS.search(words) and _UP.search(words))


def is_health_path(path: str) -> bool:
    """Whether servers say at this path of a URL whether they are up."""
    return bool(_HEALTH_PATH.match(path))


def is_error_name(name: str) -> bool:
    """Whether a name is one that programs give to exceptions."""
    return name in ERROR_NAMES or name.endswith(ERROR_ENDINGS)
