"""The repairs of waits, run before and after with the real libraries against a local server."""

from __future__ import annotations

import asyncio
import inspect
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any

import anyio
import pytest
from api_server import PYAI_ERRORS, ApiError, PyAIServer
from clients.retry_far_end import HIGHEST, timeless
from wait_programs import API, PROGRAMS, Program

from heedlint import FixResult, Settings, check_source, fix_source
from heedlint.findings import Applicability

CASES = Path(__file__).resolve().parent.parent / "cases"
TOLD = 7
LIMITED = [error.code for error in PYAI_ERRORS.values() if error.status == 429]
NOT_JSON = ApiError("", 502, "<html>Bad gateway</html>")
OUTSIDE: dict[str, ApiError | None] = {
    "500": ApiError("", 500),
    "503": ApiError("", 503),
    "503 with Retry-After": ApiError("", 503, retry_after=9),
    "no JSON": NOT_JSON,
    "timeout": None,
    "refused": None,
}


@dataclass(frozen=True)
class Behaviour:
    """How often the API was called, the delays asked for, and how it ended."""

    calls: int
    delays: list[float]
    ending: str


@pytest.fixture(scope="module")
def silent_url() -> Iterator[str]:
    """Where connections are taken, those of all tests, and nothing is answered."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/v1"


@pytest.fixture(scope="module")
def refusing_url() -> str:
    """Where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}/v1"


def run(
    code: CodeType,
    server: PyAIServer,
    url: str,
    error: ApiError | None,
    *,
    silent: bool = False,
    times: int = 2,
) -> Behaviour:
    """Runs a program while the API fails, so many times, as told by `error`."""
    server.reset()
    if error is not None:
        server.fail(error, times=times)
    names: dict[str, Any] = {"__name__": "program"}
    exec(code, names)
    names["URL"] = url
    names["LIMIT"] = 0.03 if silent else 5
    ending = ""
    with timeless(HIGHEST) as delays, pytest.MonkeyPatch.context() as patch:
        patch.setattr(anyio, "sleep", asyncio.sleep)
        try:
            result = names["run"]()
            if inspect.isawaitable(result):
                result = asyncio.run(result)  # type: ignore[arg-type]
            ending = str(result) if isinstance(result, int) else type(result).__name__
        except Exception as raised:
            ending = type(raised).__name__
    return Behaviour(len(server.calls), delays, ending)


def compiled(source: str | bytes) -> CodeType:
    return compile(source, "program.py", "exec")


@cache
def repair(program: Program) -> FixResult:
    """The program repaired, and what every rule about waits then still finds."""
    settings = Settings(select=(program.rule,))
    return fix_source(program.source.encode(), "program.py", settings, unsafe=True)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_a_repair_is_worth_what_is_said_and_leaves_nothing_to_find(program: Program) -> None:
    result = repair(program)
    worths = [finding.fix.applicability.value for finding in result.applied if finding.fix]
    assert max(worths) == program.worth  # "safe" comes before "unsafe"
    assert result.remaining == ()
    assert check_source(result.content, "program.py", Settings(select=("HED3",))) == []


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_a_repaired_program_waits_as_told_and_else_as_before(
    program: Program, pyai_server: PyAIServer, silent_url: str, refusing_url: str
) -> None:
    if "pydantic_ai" in program.source:
        pytest.importorskip("pydantic_ai", reason="it asks for a later Python")
    before, after = compiled(program.source), compiled(repair(program).content)
    url = pyai_server.base_url

    for code, error in PYAI_ERRORS.items():
        if code not in LIMITED:
            old, new = (run(c, pyai_server, url, error) for c in (before, after))
            assert without_nothing(new) == without_nothing(old), code
            continue
        seconds = ApiError(**{**vars(error), "retry_after": TOLD})
        new = run(after, pyai_server, url, seconds)
        if new.calls == 1:  # of those with a code of their own some are not tried again
            assert new == run(before, pyai_server, url, seconds)
            continue
        assert (new.calls, new.delays) == (3, [TOLD, TOLD]), code
        old = run(before, pyai_server, url, seconds)
        if program.rule == "HED301":
            assert (old.calls, old.ending) == (3, new.ending)
            assert old.delays != new.delays

        moment = datetime.now(timezone.utc) + timedelta(seconds=30)
        new = run(after, pyai_server, url, ApiError(**{**vars(error), "retry_after": moment}))
        assert new.calls == 3
        assert all(25 < delay <= 30 for delay in new.delays) and len(new.delays) == 2

        bare = ApiError(**{**vars(error), "retry_after": None})
        new = run(after, pyai_server, url, bare)
        if program.missing is not None:
            assert new.delays == [program.missing, program.missing], code
        else:
            old = run(before, pyai_server, url, bare)
            assert without_nothing(new) == without_nothing(old), code

    for name, outside in OUTSIDE.items():
        place = {"timeout": silent_url, "refused": refusing_url}.get(name, url)
        silent = place == silent_url
        old, new = (run(c, pyai_server, place, outside, silent=silent) for c in (before, after))
        if name == "503 with Retry-After" and program.worth == "unsafe":
            # The reason why it is unsafe: the header of other errors is heeded, too.
            assert (new.calls, new.ending) == (old.calls, old.ending)
            assert new.delays in (old.delays, [9, 9])
        elif program.rule == "HED301":
            assert without_nothing(new) == without_nothing(old), name
        elif program.worth == "safe":
            assert new == old, name


@pytest.mark.parametrize(
    "program", [p for p in PROGRAMS if "no-delay" in p.name], ids=lambda program: program.name
)
def test_a_new_sleep_comes_between_the_tries_and_not_behind_the_last(
    program: Program, pyai_server: PyAIServer
) -> None:
    told = ApiError(**{**vars(PYAI_ERRORS["rate_limit_exceeded"]), "retry_after": TOLD})
    before, after = compiled(program.source), compiled(repair(program).content)
    old, new = (run(c, pyai_server, pyai_server.base_url, told, times=9) for c in (before, after))
    assert (new.calls, new.ending) == (old.calls, old.ending)
    assert new.calls == 3
    assert new.delays == [TOLD, TOLD]


@pytest.mark.parametrize("name", ["openai-unnamed", "openai-broad", "openai-delay-in-a-name"])
def test_nothing_is_waited_for_longer_behind_the_last_try(
    name: str, pyai_server: PyAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = next(program for program in PROGRAMS if program.name == name)
    monkeypatch.setattr("random.uniform", lambda low, high: high)
    told = ApiError(**{**vars(PYAI_ERRORS["rate_limit_exceeded"]), "retry_after": TOLD})
    before, after = compiled(program.source), compiled(repair(program).content)
    old, new = (run(c, pyai_server, pyai_server.base_url, told, times=9) for c in (before, after))
    assert (new.calls, new.ending) == (old.calls, old.ending)
    assert new.delays == [TOLD, TOLD, old.delays[-1]]


@pytest.mark.parametrize(
    "program", [p for p in PROGRAMS if "no-delay" in p.name], ids=lambda program: program.name
)
def test_a_new_sleep_that_blocks_ends_the_tries_where_it_would_be_long(
    program: Program, pyai_server: PyAIServer
) -> None:
    before, after = compiled(program.source), compiled(repair(program).content)
    for seconds, blocks_too_long in ((60, False), (61, True), (86_399, True)):
        told = ApiError(**{**vars(PYAI_ERRORS["rate_limit_exceeded"]), "retry_after": seconds})
        old, new = (
            run(c, pyai_server, pyai_server.base_url, told, times=9) for c in (before, after)
        )
        assert new.ending == old.ending
        if blocks_too_long and "async def run" not in program.source:
            assert (new.calls, new.delays) == (1, [])
        else:
            assert (new.calls, new.delays) == (3, [seconds, seconds])


BLOCKING = """\
import openai

client = openai.OpenAI()


def run():
    for _ in range(3):
        try:
            return client.models.list()
        except {classes} as e:
            failed = e
    raise failed
"""


def test_a_new_sleep_that_blocks_is_shown_unless_rate_limits_alone_come_by() -> None:
    broad = repaired(BLOCKING.format(classes="openai.APIError"))
    assert [f.fix.applicability for f in broad.remaining if f.fix] == [Applicability.DISPLAY]
    narrow = repaired(BLOCKING.format(classes="openai.RateLimitError"))
    assert narrow.remaining == ()


SETTING = """\
import time

import openai


class Asked:
    def __init__(self, client: openai.OpenAI, seconds: float = 1):
        self.client, self.{name} = client, seconds

    def ask(self):
        for _ in range(3):
            try:
                return self.client.models.list()
            except openai.RateLimitError:
                time.sleep(self.{name})
"""


@pytest.mark.parametrize(
    ("name", "worth"),
    [("retry_sleep", Applicability.UNSAFE), ("_pause", Applicability.SAFE)],
)
def test_a_delay_that_users_may_set_is_not_replaced_unasked(
    name: str, worth: Applicability
) -> None:
    result = repaired(SETTING.format(name=name))
    assert [f.fix.applicability for f in result.applied if f.fix] == [worth]


def without_nothing(behaviour: Behaviour) -> Behaviour:
    """Without sleeps of no length, which a repair puts in where there was no delay."""
    delays = [delay for delay in behaviour.delays if delay]
    return Behaviour(behaviour.calls, delays, behaviour.ending)


@pytest.mark.parametrize("name", ["hed301.py", "hed303.py", "hed304.py"])
def test_the_cases_are_repaired_as_in_the_golden(name: str) -> None:
    settings = Settings(select=(name.removesuffix(".py").upper(),))
    result = fix_source((CASES / name).read_bytes(), name, settings, unsafe=True)
    golden = (CASES / "fixed" / name).read_bytes()
    assert result.content == golden
    compile(golden, name, "exec")
    again = fix_source(golden, name, settings, unsafe=True)
    assert again.content == golden
    assert {f.fix.applicability for f in again.remaining if f.fix} <= {Applicability.DISPLAY}
    assert all(finding.fix for finding in again.remaining)


def test_the_programs_are_many_and_different() -> None:
    assert len({program.source for program in PROGRAMS}) == len(PROGRAMS) >= 60
    assert {f.value for f in Applicability} >= {program.worth for program in PROGRAMS}
    assert all(API in program.source for program in PROGRAMS)


# Layout


HEAD = f"""\
import email.utils
import time

import openai

client = openai.OpenAI(base_url="{API}")


"""
HANDLERS = {
    "after the comments of the block before": (
        """\
        except openai.RateLimitError as e:
            if attempt > 1:
                print(e)
                # Nobody is told.

            # Again.
""",
        """\
        except openai.RateLimitError as e:
            if attempt > 1:
                print(e)
                # Nobody is told.
            if attempt < 2:
                delay = retry_after_seconds(e.response.headers, 0)
                if delay > 60:
                    break
                time.sleep(delay)

            # Again.
""",
    ),
    "a tuple on many lines": (
        """\
        except (  # both
            openai.RateLimitError,
            openai.APITimeoutError,  # (slow)
        ):
            time.sleep(1)
""",
        """\
        except (  # both
            openai.RateLimitError,
            openai.APITimeoutError,  # (slow)
        ) as e:
            time.sleep(
                retry_after_seconds(
                    getattr(getattr(e, "response", None), "headers", None), 1
                )
                if attempt < 2
                else 1
            )
""",
    ),
    "a name that is taken": (
        """\
        except openai.RateLimitError:
            try:
                note(attempt)
            except OSError as e:
                print(e)
            time.sleep(min(attempt, 60))
""",
        """\
        except openai.RateLimitError as error:
            try:
                note(attempt)
            except OSError as e:
                print(e)
            time.sleep(
                retry_after_seconds(error.response.headers, min(attempt, 60))
                if attempt < 2
                else min(attempt, 60)
            )
""",
    ),
    "one line for all": (
        "        except openai.RateLimitError: time.sleep(1); continue\n",
        "        except openai.RateLimitError as e: "
        "time.sleep(retry_after_seconds(e.response.headers, 1) if attempt < 2 else 1); continue\n",
    ),
    "a delay of many lines": (
        """\
        except openai.RateLimitError as e:
            time.sleep(
                random.uniform(
                    1,
                    2,
                )
            )
""",
        """\
        except openai.RateLimitError as e:
            time.sleep(
                retry_after_seconds(e.response.headers, random.uniform(
                    1,
                    2,
                ))
            )
""",
    ),
}
NOT_WRITTEN = {
    "no name": "        except:\n            time.sleep(1)\n",
    "after the handler": """\
        except openai.RateLimitError:
            pass
        time.sleep(1)
""",
    "the name is deleted": """\
        except openai.RateLimitError as e:
            del e
            time.sleep(1)
""",
    "no room on the line": "        except openai.RateLimitError: continue\n",
    "another function sleeps": "        except openai.RateLimitError:\n            pause(1)\n",
    "two ways on": """\
        except openai.RateLimitError:
            if attempt:
                continue
            note(attempt)
""",
}


def in_loop(handler: str) -> str:
    return f"""\
{HEAD}def pause(seconds):
    time.sleep(seconds)


def run():
    for attempt in range(3):
        try:
            return client.models.list()
{handler}"""


def repaired_loop(handler: str) -> FixResult:
    return repaired(in_loop(handler))


def repaired(source: str) -> FixResult:
    return fix_source(source.encode(), "run.py", Settings(select=("HED301",)), unsafe=True)


@pytest.mark.parametrize("name", HANDLERS)
def test_the_layout_of_a_handler_is_kept(name: str) -> None:
    before, after = HANDLERS[name]
    content = repaired_loop(before).content.decode()
    assert content[content.index("def pause") :] == in_loop(after)[len(HEAD) :]


@pytest.mark.parametrize("name", NOT_WRITTEN)
def test_what_cannot_be_written_is_shown(name: str) -> None:
    result = repaired_loop(NOT_WRITTEN[name])
    assert not result.changed
    (fix,) = [finding.fix for finding in result.remaining]
    assert fix is not None
    assert fix.applicability is Applicability.DISPLAY
    assert "Retry-After" in fix.message


PROBES = {
    "a number": ("", "client.models.list(timeout=5)"),
    "a parameter": ("limit=2.5", "client.models.list(timeout=options.pop('timeout', limit))"),
}
PASSED_BY = {
    "items": "for delay in (1, 2, 4):",
    "items without a number": "for _ in TRIES:",
    "counted before the call": "while tries():",
}


@pytest.mark.parametrize("name", PROBES)
def test_what_has_no_time_to_wait_is_given_none(name: str) -> None:
    parameter, call = PROBES[name]
    loop = in_loop("        except openai.RateLimitError:\n            pass\n")
    source = loop.replace("run()", f"run({parameter})").replace("client.models.list()", call)
    result = repaired(source)
    assert not result.changed
    assert [f.fix.applicability for f in result.remaining if f.fix] == [Applicability.DISPLAY]
    longer = source.replace("timeout=5", "timeout=60").replace("limit=2.5", "limit=60")
    assert repaired(longer).changed


@pytest.mark.parametrize("name", PASSED_BY)
def test_no_sleep_is_put_where_the_last_try_is_not_known(name: str) -> None:
    loop = in_loop("        except openai.RateLimitError:\n            pass\n")
    result = repaired(loop.replace("for attempt in range(3):", PASSED_BY[name]))
    assert not result.changed
    assert {f.fix.applicability for f in result.remaining if f.fix} <= {Applicability.DISPLAY}


def test_a_long_line_in_a_case_is_broken_as_it_stands() -> None:
    source = in_loop(
        """\
        except openai.RateLimitError as e:
            match e.code:
                case "rate_limit_exceeded":
                    time.sleep(some_function(attempt, another_argument, and_one_more))
                case _:
                    raise
"""
    )
    content = repaired(source).content.decode()
    assert (
        """\
                    time.sleep(
                        retry_after_seconds(
                            e.response.headers,
                            some_function(attempt, another_argument, and_one_more),
                        )
                        if attempt < 2
                        else some_function(attempt, another_argument, and_one_more)
                    )
"""
        in content
    )


def test_what_makes_none_of_a_missing_header_is_only_shown() -> None:
    source = """import requests


def told(url):
    answer = requests.get(url, timeout=5)
    if answer.status_code == 429:
        try:
            return int(answer.headers.get("Retry-After"))
        except TypeError:
            return None
    return None
"""
    (finding,) = check_source(source, "a.py", Settings(select=("HED304",)))
    assert finding.fix is not None
    assert finding.fix.applicability is Applicability.DISPLAY
