"""The repair of text tests, proven by running each program before and after it.

A row is a program, the documented errors that it is about, and what its repair is worth. Each runs
with the real library against the local server: for every documented error of its API the repaired
program does what the contract says, also when the message is reworded; for errors outside the
contract (a bare 500, a 503 with and without `Retry-After`, a body that is no JSON, an answer that
never comes, a refused connection) a safe repair changes nothing.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from api_server import PYAI_ERRORS, ApiError, PyAIServer
from openai_errors import MESSAGES, REPLAYED
from werkzeug import Response

from heedlint import FixResult, Settings, fix_source
from heedlint.findings import Applicability

API = "https://api.pyai.com"
REWORDED = {"message": "Changed overnight.", "title": "Changed overnight."}
MISLEADING = dict.fromkeys(
    ("message", "title"),
    "Rate limit, daily cap, prepaid credit, monthly budget, 429, [402, 401, insufficient_quota, "
    "credit_exhausted, credit, concurrent sessions, Idempotency-Key, maximum context length, "
    "exceeds the context window, context_length_exceeded, Incorrect API key",
)


@dataclass(frozen=True)
class RawAnswer(ApiError):
    """An answer with a body of its own."""

    body: str = ""
    content_type: str = "text/html"

    def response(self) -> Response:
        """The answer as it goes over the wire."""
        response = Response(self.body, self.status, content_type=self.content_type)
        if self.retry_after is not None:
            response.headers["Retry-After"] = str(self.retry_after)
        return response


OPENAI_ERRORS = {
    name: ApiError(
        "" if name.isdigit() else name,
        status,
        MESSAGES.get(name, ["No wording on record."])[0],
        kind,
    )
    for name, status, _, kind in REPLAYED
}
OUTSIDE = [
    RawAnswer("", 500),
    RawAnswer("", 503),
    RawAnswer("", 503, retry_after=1),
    RawAnswer("", 502, body="<html>Bad gateway</html>"),
]

# Where the text is: what calls the API, and what catches its error.

IMPORTS = """
import re
import backoff, httpx, openai, pyai, requests, tenacity
WORDS = ("prepaid credit", "monthly budget")
CODES = {"credit_exhausted": 1, "key_budget_exceeded": 2}
LIMIT = re.compile("rate limit", re.I)
"""
CALLS = {
    "openai": (
        'client = openai.OpenAI(api_key="k", base_url="https://api.pyai.com/v1", max_retries=0, '
        "timeout=5)",
        'client.chat.completions.create(model="m", messages=[])',
    ),
    # Its own API: where that is, the environment says.
    "openai.com": (
        'client = openai.OpenAI(api_key="k", max_retries=0, timeout=5)',
        'client.chat.completions.create(model="m", messages=[])',
    ),
    "pyai": (
        'client = pyai.PyAI(api_key="k", base_url="https://api.pyai.com", timeout=5)',
        'client.audio.speech("hello")',
    ),
    "httpx": (
        "",
        'httpx.post("https://api.pyai.com/v1/audio/speech", json={}, timeout=5).raise_for_status()',
    ),
    "requests": (
        "",
        'requests.post("https://api.pyai.com/v1/audio/speech", json={}, timeout=5)'
        ".raise_for_status()",
    ),
}
TEST = """
def run():
    try:
        CALL
    except CAUGHT as e:
        if CODE:
            return "branch"
        return "other"
"""
HANDLER = """
def run():
    try:
        CALL
    except CAUGHT as e:
        CODE
        return "other"
"""
HELPER = """
CODE
def run():
    try:
        CALL
    except CAUGHT as e:
        return "branch" if is_meant(e) else "other"
"""
TEXT_HELPER = """
CODE
def run():
    try:
        CALL
    except CAUGHT as e:
        return "branch" if is_meant(str(e), e) else "other"
"""
# The branch is a second try.
RETRY = """
tries = []
@CODE
def call():
    tries.append(1)
    CALL
def run():
    tries.clear()
    try:
        call()
    except Exception:
        pass
    return "branch" if len(tries) > 1 else "other"
"""
# The branch is giving up.
GIVEUP = RETRY.replace("len(tries) > 1", "len(tries) == 1")
RESPONSE = """
def run():
    response = CALL
    if response.status_code >= 400:
        problem = response.json()
        if CODE:
            return "branch"
    return "other"
"""


@dataclass(frozen=True)
class Row:
    """A program, the errors that take its branch once repaired, and what the repair is worth."""

    client: str
    caught: str
    shape: str
    code: str
    errors: frozenset[str]
    safe: bool = True

    @property
    def source(self) -> str:
        """The program before the repair."""
        setup, call = CALLS[self.client]
        if self.shape == RESPONSE:
            call = call.removesuffix(".raise_for_status()")
        body = self.shape.replace("CALL", call).replace("CAUGHT", self.caught)
        return f"{IMPORTS}{setup}\n{body.replace('CODE', self.code)}"

    @property
    def documented(self) -> dict[str, ApiError]:
        """Every error that the API behind documents."""
        return OPENAI_ERRORS if self.client == "openai.com" else PYAI_ERRORS


RATE = {"rate_limit_exceeded"}
DAILY = {"daily_cap_exceeded"}
CONCURRENCY = {"concurrency_limit_exceeded"}
CREDIT = {"credit_exhausted"}
BUDGET = {"key_budget_exceeded"}
QUOTA = {"insufficient_quota"}
KEY = {"unauthorized"}
CONFLICT = {"idempotency_conflict"}
ALL_429 = RATE | DAILY | CONCURRENCY
ALL_402 = CREDIT | BUDGET | QUOTA
EVERY = set(PYAI_ERRORS)
NEITHER = EVERY - CREDIT - BUDGET
CONTEXT = {"context_length_exceeded"}
STATUS_ERROR, RATE_ERROR = "openai.APIStatusError", "openai.RateLimitError"
ANY_ERROR, PYAI_ERROR = "openai.APIError", "pyai.PyAIError"

SAFE = [
    # A phrase, in every way to look for one.
    ("openai", STATUS_ERROR, TEST, '"rate limit" in str(e).lower()', RATE),
    ("openai", STATUS_ERROR, TEST, 'e.message.lower().startswith("rate limit")', RATE),
    ("openai", STATUS_ERROR, TEST, 'str(e).lower().find("rate limit") != -1', RATE),
    ("openai", STATUS_ERROR, TEST, 'str(e).lower().find("daily cap") >= 0', DAILY),
    ("openai", STATUS_ERROR, TEST, 'str(e).find("prepaid credit") < 0', EVERY - CREDIT),
    ("openai", STATUS_ERROR, TEST, 'e.message.count("Daily cap") > 0', DAILY),
    ("openai", STATUS_ERROR, TEST, 'e.message.count("Daily cap") == 0', EVERY - DAILY),
    ("openai", STATUS_ERROR, TEST, "LIMIT.search(str(e))", RATE),
    ("openai", STATUS_ERROR, TEST, "LIMIT.search(str(e)) is not None", RATE),
    ("openai", STATUS_ERROR, TEST, "LIMIT.search(str(e)) is None", EVERY - RATE),
    ("openai", STATUS_ERROR, TEST, 'bool(re.search("monthly budget", str(e), re.I))', BUDGET),
    ("openai", STATUS_ERROR, TEST, 'not re.search("monthly budget", str(e), re.I)', EVERY - BUDGET),
    ("openai", STATUS_ERROR, TEST, "bool(LIMIT.search(str(e))) is True", RATE),
    ("openai", STATUS_ERROR, TEST, "any(w in str(e).lower() for w in WORDS) is not True", NEITHER),
    ("openai", STATUS_ERROR, TEST, 'str(e).__contains__("Daily cap")', DAILY),
    ("openai", STATUS_ERROR, TEST, '"rate limit" not in e.message.lower()', EVERY - RATE),
    ("openai", STATUS_ERROR, TEST, '(hit := "rate limit" in str(e).lower()) and hit', RATE),
    ("openai", STATUS_ERROR, TEST, '"rate limit" in (text := str(e).lower())', RATE),
    ("openai", RATE_ERROR, TEST, '"rate limit" in e.message.lower()', RATE),
    ("openai", STATUS_ERROR, TEST, 'e.message == "Invalid API key."', KEY),
    ("openai", STATUS_ERROR, TEST, 'e.message in ("Invalid API key.", "No API key.")', KEY),
    ("pyai", PYAI_ERROR, TEST, '"rate limit" in str(e).lower()', RATE),
    ("pyai", PYAI_ERROR, TEST, '"idempotency-key" in e.message.lower()', CONFLICT),
    ("pyai", PYAI_ERROR, TEST, 'e.message.endswith("concurrent sessions")', CONCURRENCY),
    # Several phrases.
    ("openai", STATUS_ERROR, TEST, "any(w in str(e).lower() for w in WORDS)", CREDIT | BUDGET),
    ("openai", STATUS_ERROR, TEST, "any([w in str(e).lower() for w in WORDS])", CREDIT | BUDGET),
    (
        "openai",
        STATUS_ERROR,
        TEST,
        'any(w in str(e).lower() for w in ("rate limit", "daily cap"))',
        RATE | DAILY,
    ),
    (
        "openai",
        STATUS_ERROR,
        TEST,
        "all(w not in str(e).lower() for w in WORDS)",
        NEITHER,
    ),
    (
        "openai",
        STATUS_ERROR,
        TEST,
        "any(re.search(w, str(e), re.I) for w in WORDS)",
        CREDIT | BUDGET,
    ),
    ("openai", STATUS_ERROR, TEST, '"Rate limit" in str(e) or "Daily cap" in str(e)', RATE | DAILY),
    (
        "openai",
        STATUS_ERROR,
        TEST,
        '"Rate limit" not in str(e) and "Daily cap" not in str(e)',
        EVERY - RATE - DAILY,
    ),
    (
        "openai",
        STATUS_ERROR,
        TEST,
        'not "Rate limit" in str(e) and not ("Daily cap" in str(e))',
        EVERY - RATE - DAILY,
    ),
    (
        "pyai",
        PYAI_ERROR,
        TEST,
        '"prepaid credit" in e.message or "Rate limit" in e.message',
        RATE | CREDIT,
    ),
    # A code or a status in the text.
    ("openai", STATUS_ERROR, TEST, '"insufficient_quota" in str(e)', QUOTA),
    ("openai", STATUS_ERROR, TEST, "any(code in str(e) for code in CODES)", CREDIT | BUDGET),
    ("openai", STATUS_ERROR, TEST, '"429" in str(e)', ALL_429),
    ("openai", STATUS_ERROR, TEST, '"429" in str(e) or "Rate limit" in str(e)', ALL_429),
    ("pyai", PYAI_ERROR, TEST, '"429" in str(e) or "daily cap" in str(e).lower()', ALL_429),
    ("pyai", PYAI_ERROR, TEST, '"[402" not in str(e)', EVERY - ALL_402),
    # Choices and loops.
    (
        "openai",
        STATUS_ERROR,
        HANDLER,
        'outcomes = {"Invalid API key.": "branch"}\n'
        '        return outcomes.get(e.message, "other")',
        KEY,
    ),
    (
        "openai",
        STATUS_ERROR,
        HANDLER,
        "match e.message:\n"
        '            case "Invalid API key." | "Out of prepaid credit.":\n'
        '                return "branch"\n'
        "            case _:\n"
        '                return "other"',
        KEY | CREDIT,
    ),
    (
        "pyai",
        PYAI_ERROR,
        HANDLER,
        "for word in WORDS:\n            if word in str(e).lower():\n"
        '                return "branch"',
        CREDIT | BUDGET,
    ),
    (
        "pyai",
        PYAI_ERROR,
        HANDLER,
        'text = str(e)\n        folded = text.lower()\n        if "daily cap" in folded:\n'
        '            return "branch"',
        DAILY,
    ),
    (
        "openai",
        STATUS_ERROR,
        HANDLER,
        'limited = "rate limit" in str(e).lower()\n        if limited:\n'
        '            return "branch"',
        RATE,
    ),
    # Helpers.
    (
        "openai",
        STATUS_ERROR,
        HELPER,
        "def is_meant(error: openai.APIStatusError):\n"
        '    return "rate limit" in str(error).lower()',
        RATE,
    ),
    (
        "openai",
        STATUS_ERROR,
        TEXT_HELPER,
        'def is_meant(text, error):\n    return "rate limit" in text.lower()',
        RATE,
    ),
    # A problem document by the last segment of its type.
    ("httpx", "", RESPONSE, '"idempotency-key" in problem.get("detail", "").lower()', CONFLICT),
    ("requests", "", RESPONSE, 'problem.get("title") == "Idempotency key reused"', CONFLICT),
]

PREDICATE = "tenacity.retry(stop=tenacity.stop_after_attempt(2), reraise=True, retry={})"
ON_EXCEPTION = (
    "backoff.on_exception(backoff.constant, {}, max_tries=2, interval=0, jitter=None, giveup={})"
)
UNSAFE = [
    # OpenAI's own API, which does not promise a code for every error.
    ("openai.com", STATUS_ERROR, TEST, '"maximum context length" in str(e)', CONTEXT),
    ("openai.com", "openai.BadRequestError", TEST, '"context_length_exceeded" in str(e)', CONTEXT),
    (
        "openai.com",
        STATUS_ERROR,
        TEST,
        '"Incorrect API key" in e.message or "No such organization" in e.message',
        {"invalid_api_key", "invalid_organization"},
    ),
    (
        "openai.com",
        RATE_ERROR,
        TEST,
        'e.message.startswith("Rate limit reached for")',
        {"rate_limit_exceeded"},
    ),
    # A base class: an error that breaks a stream off is one, too.
    ("openai", ANY_ERROR, TEST, '"rate limit" in str(e).lower()', RATE),
    ("openai", ANY_ERROR, TEST, '"402" in str(e)', ALL_402),
    ("openai", "Exception", TEST, '"rate limit" in str(e).lower()', RATE),
    ("openai", "Exception", TEST, '"429" in str(e) or "rate limit" in str(e).lower()', ALL_429),
    ("openai", STATUS_ERROR, TEST, '"credit" in e.message', CREDIT),
    ("pyai", "Exception", TEST, '"429" in str(e)', ALL_429),
    ("httpx", "httpx.HTTPStatusError", TEST, '"\'402 " in str(e)', ALL_402),
    (
        "httpx",
        "httpx.HTTPStatusError",
        TEST,
        '"402" in str(e) or "429" in str(e)',
        ALL_402 | ALL_429,
    ),
    ("requests", "requests.HTTPError", TEST, '"429 Client Error" in str(e)', ALL_429),
    ("requests", "requests.HTTPError", TEST, 'str(e).startswith("401")', KEY),
    (
        "openai",
        "Exception",
        HELPER,
        'def is_meant(e):\n    return "rate limit" in str(e).lower()',
        RATE,
    ),
    (
        "openai",
        "",
        RETRY,
        PREDICATE.format('tenacity.retry_if_exception(lambda e: "429" in str(e))'),
        ALL_429,
    ),
    (
        "pyai",
        "",
        RETRY,
        PREDICATE.format('tenacity.retry_if_exception(lambda e: "rate limit" in str(e).lower())'),
        RATE,
    ),
    (
        "openai",
        "",
        RETRY,
        PREDICATE.format('tenacity.retry_if_exception_message(match=".*rate limit.*")'),
        RATE,
    ),
    (
        "openai",
        "",
        GIVEUP,
        ON_EXCEPTION.format(STATUS_ERROR, 'lambda e: "prepaid credit" in str(e)'),
        CREDIT,
    ),
    (
        "pyai",
        "",
        GIVEUP,
        ON_EXCEPTION.format(PYAI_ERROR, "lambda e: any(w in str(e).lower() for w in WORDS)"),
        CREDIT | BUDGET,
    ),
    ("openai.com", "Exception", TEST, '"exceeds the context window" in str(e)', CONTEXT),
]


def rows(table: list[tuple[str, str, str, str, set[str]]], *, safe: bool) -> list[Any]:
    made = [Row(*row[:4], frozenset(row[4]), safe) for row in table]
    return [pytest.param(row, id=f"{row.client}-{row.caught}-{row.code}") for row in made]


ROWS = [*rows(SAFE, safe=True), *rows(UNSAFE, safe=False)]


def is_text_of_client(row: Row) -> bool:
    """Whether the text is the client's own, made of the status: the API cannot reword it."""
    return row.client in ("httpx", "requests") and row.shape != RESPONSE


def taking(outcome: str, ended: dict[str, str]) -> set[str]:
    """The errors that end so."""
    return {name for name, found in ended.items() if found == outcome}


@pytest.fixture
def hung() -> Iterator[str]:
    """The root of a server that takes the request and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def refused() -> str:
    """The root of a server that is not there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


def repair(row: Row) -> FixResult:
    settings = Settings(select=("HED101", "HED102", "HED103"))
    return fix_source(row.source.encode(), "client.py", settings, unsafe=not row.safe)


class Program:
    """A program that talks to `root` in place of the API."""

    def __init__(self, source: str, root: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{root}/v1")
        self.namespace: dict[str, Any] = {}
        exec(compile(source.replace(API, root), "client.py", "exec"), self.namespace)

    def run(self) -> str:
        """The branch taken, or the class of the exception that comes out."""
        try:
            return str(self.namespace["run"]())
        except Exception as raised:
            return type(raised).__name__

    def outcomes(self, row: Row, server: PyAIServer, **changes: Any) -> dict[str, str]:
        """How each documented error ends."""
        return {
            name: self.answered(error, server, **changes) for name, error in row.documented.items()
        }

    def answered(self, error: ApiError, server: PyAIServer, **changes: Any) -> str:
        """The branch taken when the API answers so."""
        server.reset()
        server.fail(error, times=2, **changes)
        return self.run()


@pytest.mark.parametrize("row", ROWS)
def test_a_repaired_program_does_what_the_contract_says(
    row: Row, pyai_server: PyAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = repair(row)
    wanted = Applicability.SAFE if row.safe else Applicability.UNSAFE
    assert result.applied
    assert {f.fix.applicability for f in result.applied if f.fix} == {wanted}
    assert not result.remaining

    program = Program(result.content.decode(), pyai_server.root, monkeypatch)
    unrepaired = Program(row.source, pyai_server.root, monkeypatch)
    for changes in ({}, REWORDED, MISLEADING):
        ended = program.outcomes(row, pyai_server, **changes)
        assert taking("branch", ended) == row.errors
        # What goes by the handler is what went by it before.
        raised = {name: end for name, end in ended.items() if end not in ("branch", "other")}
        for name, end in raised.items():
            assert unrepaired.answered(row.documented[name], pyai_server) == end


@pytest.mark.parametrize("row", [row for row in ROWS if not is_text_of_client(row.values[0])])
def test_before_its_repair_a_program_hangs_on_the_wording(
    row: Row, pyai_server: PyAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = Program(row.source, pyai_server.root, monkeypatch)
    reworded = [program.outcomes(row, pyai_server, **words) for words in (REWORDED, MISLEADING)]
    assert any(taking("branch", ended) != row.errors for ended in reworded)


@pytest.mark.parametrize("row", rows(SAFE, safe=True))
def test_a_safe_repair_changes_nothing_outside_the_contract(
    row: Row, pyai_server: PyAIServer, hung: str, refused: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    repaired = repair(row).content.decode()

    def outcomes(source: str) -> list[str]:
        program = Program(source, pyai_server.root, monkeypatch)
        ended = [program.answered(error, pyai_server) for error in OUTSIDE]
        ended.append(Program(source.replace("timeout=5", "timeout=0.1"), hung, monkeypatch).run())
        ended.append(Program(source, refused, monkeypatch).run())
        return ended

    assert outcomes(repaired) == outcomes(row.source)
