"""Repairs of what is retried, run before and after with the real libraries against a local server.

For each error that the contract documents the repaired program does what the contract says, and for
whatever else it does what it did before: as many calls, after the same delays, with the same end.
"""

from __future__ import annotations

import asyncio
import random
import socket
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from api_server import PYAI_ERRORS, ApiError, PyAIServer
from werkzeug import Response

from fixes.retry_programs import HED201, HED202, HED203, HED204, OPENAI, PYAI, SDK, Program
from heedlint import FixResult, Settings, fix_source
from heedlint.contracts.loader import load_catalogues
from heedlint.contracts.model import Retry
from heedlint.findings import Applicability

HOST = "https://api.pyai.com"
SHORT = 0.02


@dataclass(frozen=True)
class Behaviour:
    """What a program did: calls made, seconds asked for, and what came out."""

    calls: int
    delays: tuple[float, ...]
    end: str

    @property
    def is_raised(self) -> bool:
        """Whether an exception came out."""
        return self.end.startswith("raised")


def openai_errors() -> dict[str, ApiError]:
    """What OpenAI documents, as it goes over the wire; a bare status has a body without a code."""
    return {
        error.identifier: ApiError(
            error.code,
            error.status,
            "No.",
            error.type or "an_error",
            retry_after=2 if error.retry_after else None,
        )
        for error in load_catalogues()["openai"].errors
        if not error.sdk_only
    }


ERRORS = {PYAI: PYAI_ERRORS, OPENAI: openai_errors()}
PROMISED = {
    name: {error.identifier: error.retry for error in load_catalogues()[name].errors}
    for name in (PYAI, OPENAI)
}


@dataclass(frozen=True)
class Garbled(ApiError):
    """An answer that is no JSON, as a gateway gives it."""

    def response(self) -> Response:
        """The page."""
        return Response("<html>Bad gateway</html>", self.status, content_type="text/html")


OUTSIDE: dict[str, ApiError] = {
    "a 500": ApiError("", 500),
    "a 503": ApiError("", 503),
    "a 503 with Retry-After": ApiError("", 503, retry_after=3),
    "a page": Garbled("", 502),
}


@pytest.fixture
def delays(sleeps: list[float], monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The delays asked for, also those of coroutines."""
    pause = asyncio.sleep

    async def asleep(delay: float, result: Any = None) -> Any:
        if delay:
            sleeps.append(delay)
        return await pause(0, result)

    monkeypatch.setattr(asyncio, "sleep", asleep)
    return sleeps


@pytest.fixture
def deaf_ports() -> Iterator[tuple[int, int]]:
    """A port that takes connections and never answers, and one that refuses them."""
    with socket.socket() as listener:
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            refusing = int(closed.getsockname()[1])
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield int(listener.getsockname()[1]), refusing


@cache
def repaired(program: Program) -> FixResult:
    """The program after its repair, of that rule alone."""
    settings = Settings(select=(program.breaks,))
    return fix_source(program.source.encode(), "program.py", settings, unsafe=True)


def runner(source: str, root: str, timeout: float, patch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """The program's `run`, talking to the server at `root`."""
    patch.setenv("OPENAI_BASE_URL", f"{root}/v1")
    names: dict[str, Any] = {"TIMEOUT": timeout}
    exec(compile(source.replace(HOST, root), "program.py", "exec"), names)
    return names["run"]  # type: ignore[no-any-return]


def observed(run: Callable[[], Any], delays: list[float]) -> tuple[tuple[float, ...], str]:
    """The delays asked for and what came out."""
    delays.clear()
    random.seed(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = run()
    except Exception as error:
        return tuple(delays), f"raised {type(error).__name__}"
    return tuple(delays), f"returned {result if isinstance(result, int) else type(result).__name__}"


def behaviour(
    run: Callable[[], Any], error: ApiError, server: PyAIServer, delays: list[float], times: int = 9
) -> Behaviour:
    """What happens where every call meets the error."""
    server.reset()
    server.fail(error, times=times)
    seen, end = observed(run, delays)
    return Behaviour(len(server.calls), seen, end)


def is_concerned(program: Program, identifier: str) -> bool:
    """Whether the contract forbids what the program does with an error."""
    status, promise = ERRORS[program.api][identifier].status, PROMISED[program.api][identifier]
    match program.breaks:
        case "HED201":
            return identifier in program.retries
        case "HED202":
            return promise is Retry.NEVER and status != 429
        case "HED203":
            return promise in (Retry.NEVER, Retry.RESET) and status == 429
    return False


@pytest.mark.parametrize("program", [*HED201, *HED202, *HED203], ids=lambda p: p.name)
def test_the_contract_is_kept_and_nothing_else_changes(
    program: Program,
    pyai_server: PyAIServer,
    delays: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    result = repaired(program)
    worth = [f.fix.applicability for f in result.applied if f.fix]
    assert worth
    assert set(worth) == {Applicability.SAFE if program.safe else Applicability.UNSAFE}
    assert [f.code for f in result.remaining if f.code == program.breaks] == []
    sources = (program.source, result.content.decode())
    old, new = (runner(source, pyai_server.root, 10, monkeypatch) for source in sources)
    for identifier, error in ERRORS[program.api].items():
        before = behaviour(old, error, pyai_server, delays)
        after = behaviour(new, error, pyai_server, delays)
        if is_concerned(program, identifier):
            assert before.calls > 1, identifier
            assert (after.calls, after.delays) == (1, ()), identifier
            if program.own_end:
                assert after.end == before.end, identifier
            else:
                assert after.is_raised is not program.returns, identifier
        else:
            assert after == before, identifier
    for name, error in OUTSIDE.items():
        before = behaviour(old, error, pyai_server, delays)
        assert behaviour(new, error, pyai_server, delays) == before, name


@pytest.mark.parametrize("program", [*HED201, *HED202, *HED203], ids=lambda p: p.name)
def test_what_never_reaches_the_api_is_left_as_it_was(
    program: Program,
    deaf_ports: tuple[int, int],
    one_certificate: Any,
    delays: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(one_certificate))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    sources = (program.source, repaired(program).content.decode())
    for port in deaf_ports:
        root = f"http://127.0.0.1:{port}"
        old, new = (runner(source, root, SHORT, monkeypatch) for source in sources)
        assert observed(new, delays) == observed(old, delays)


@pytest.mark.parametrize("program", HED204, ids=lambda p: p.name)
def test_an_error_that_stays_ends_the_tries(
    program: Program,
    pyai_server: PyAIServer,
    delays: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    result = repaired(program)
    assert [f.fix.applicability for f in result.applied if f.fix] == [Applicability.UNSAFE]
    assert result.remaining == ()
    sources = (program.source, result.content.decode())
    old, new = (runner(source, pyai_server.root, 10, monkeypatch) for source in sources)
    stays = ERRORS[program.api]["500" if program.api == OPENAI else "rate_limit_exceeded"]
    assert behaviour(old, stays, pyai_server, delays).calls == 10
    after = behaviour(new, stays, pyai_server, delays)
    assert (after.calls, after.is_raised) == (8, True)
    for error in (*OUTSIDE.values(), *ERRORS[program.api].values()):
        before = behaviour(old, error, pyai_server, delays, times=2)
        assert behaviour(new, error, pyai_server, delays, times=2) == before


ACME = """
name = "acme"
title = "Acme"
source = "made for this test"
hosts = ["api.pyai.com"]
complete = true
[errors.unauthorized]
status = 401
meaning = "the key is missing or wrong"
action = "use another"
retry = "never"
[errors.forbidden]
status = 403
meaning = "the key may not do that"
action = "ask for more"
retry = "never"
[errors.internal_error]
status = 500
meaning = "the API failed"
action = "try again"
retry = "backoff"
"""
TASK = f"""\
import celery
{SDK}
app = celery.Celery("tasks", broker="memory://", backend="cache+memory://")


@app.task(autoretry_for=(openai.APIError,), max_retries=2)
def task():
    ask()


def run():
    return task.apply().get()
"""


@pytest.mark.parametrize("present", ["", "openai.APITimeoutError", "openai.AuthenticationError"])
def test_celery_is_told_what_not_to_retry(
    present: str,
    pyai_server: PyAIServer,
    delays: list[float],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    contract = tmp_path / "acme.toml"
    contract.write_text(ACME, encoding="utf-8")
    settings = Settings(select=("HED202",), catalogues=("acme",), catalogue_files=(str(contract),))
    excluded = f"max_retries=2, dont_autoretry_for=({present},)" if present else "max_retries=2"
    source = TASK.replace("max_retries=2", excluded)
    result = fix_source(source.encode(), "program.py", settings)
    assert [f.fix.applicability for f in result.applied if f.fix] == [Applicability.SAFE]
    assert result.remaining == ()
    sources = (source, result.content.decode())
    old, new = (runner(code, pyai_server.root, 10, monkeypatch) for code in sources)
    for status, code in ((401, "unauthorized"), (403, "forbidden")):
        after = behaviour(new, ApiError(code, status), pyai_server, delays)
        assert (after.calls, after.is_raised) == (1, True), code
    assert behaviour(old, ApiError("forbidden", 403), pyai_server, delays).calls == 3
    for name, error in OUTSIDE.items():
        before = behaviour(old, error, pyai_server, delays)
        assert before.calls == 3
        assert behaviour(new, error, pyai_server, delays) == before, name


def test_there_are_enough_programs() -> None:
    assert len({program.source for program in (*HED201, *HED202, *HED203, *HED204)}) >= 40


def test_repairs_are_made_once() -> None:
    for program in (*HED201, *HED202, *HED203, *HED204):
        once = repaired(program).content
        again = fix_source(once, "program.py", Settings(select=(program.breaks,)), unsafe=True)
        assert not again.changed, program.name
