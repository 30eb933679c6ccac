"""The replay against the facts: retry constructs run for real, against the local server.

Each construct below is read by the engine and run with its real libraries. What the engine lists
as tried again must be tried again, after a delay of the kind that it says. What it does not list
may be unknown to it; of all that is tried again, that must be little.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
import urllib3.util.retry
from api_server import PYAI_ERRORS, PyAIServer

from heedlint import Settings
from heedlint.analysis.facts import Facts
from heedlint.analysis.knowledge import load_knowledge
from heedlint.analysis.retries import Delay
from heedlint.source.parse import parse

BASE = "https://api.pyai.com/v1"
TOLD = 7  # seconds: no construct below waits as long of its own accord
PROMPT = [{"role": "user", "content": "hello"}]

HEADER = f"""\
import asyncio
import contextlib
import random
import time

import aiohttp
import httpx
import openai
import pyai
import requests
import tenacity
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

BASE = "{BASE}"
client = openai.OpenAI(base_url="{BASE}", api_key="k", max_retries=0)
aclient = openai.AsyncOpenAI(base_url="{BASE}", api_key="k", max_retries=0)
voice = pyai.PyAI(api_key="pyai_test_key", base_url="{BASE}")


class Retriable(Exception):
    pass


def told(error, fallback):
    value = error.response.headers.get("retry-after")
    return float(value) if value and value.isdigit() else fallback


"""

OPENAI = 'client.chat.completions.create(model="m", messages=[])'
SPEAK = 'voice.audio.speech(input="hello")'
POST = 'post(BASE + "/chat/completions", json=[])'
STATUS_SET = "RETRIED = frozenset({402, 429, 500})"


def loop(handler: str, call: str = OPENAI, rounds: int = 4) -> str:
    """A function with a loop around a call and one handler."""
    body = "\n".join(f"            {line}" for line in handler.splitlines()[1:])
    return (
        f"def run():\n    for attempt in range({rounds}):\n        try:\n"
        f"            return {call}\n        {handler.splitlines()[0]}\n{body}\n"
    )


def decorated(arguments: str, call: str = OPENAI) -> str:
    """A function under tenacity's decorator."""
    stop = "stop=tenacity.stop_after_attempt(3)"
    return f"@tenacity.retry({arguments}{', ' if arguments else ''}{stop})\n" + (
        f"def run():\n    return {call}\n"
    )


def checked(client: str, test: str, rest: str) -> str:
    """A loop that tests the answer of a client that does not raise."""
    return (
        f"def run():\n    for attempt in range(4):\n        response = {client}.{POST}\n"
        f"        if {test}:\n            {rest}\n            continue\n        return response\n"
    )


RAISED = (
    "def run():\n    for attempt in range(4):\n        try:\n"
    "            response = {client}." + POST + "\n            response.raise_for_status()\n"
    "            return response\n        except {klass} as e:\n            {rest}\n"
)

CONSTRUCTS = {
    "loop, everything, fixed": loop("except Exception:\n    time.sleep(1)"),
    "loop, everything, at once": loop("except Exception:\n    pass"),
    "loop, bare except": loop("except:\n    continue"),
    "loop, rate limit, growing": loop("except openai.RateLimitError:\n    time.sleep(2**attempt)"),
    "loop, rate limit, told": loop(
        "except openai.RateLimitError as e:\n    time.sleep(told(e, 2**attempt))"
    ),
    "loop, status error, told inline": loop(
        "except openai.APIStatusError as e:\n"
        '    time.sleep(float(e.response.headers.get("retry-after", 1)))'
    ),
    "loop, two classes": loop(
        "except (openai.AuthenticationError, openai.ConflictError):\n    time.sleep(1)"
    ),
    "loop, class without a name for 402": loop(
        "except (openai.BadRequestError, openai.PermissionDeniedError):\n    time.sleep(1)"
    ),
    "loop, statuses of a constant": STATUS_SET
    + "\n\n"
    + loop(
        "except openai.APIStatusError as e:\n    if e.status_code not in RETRIED:\n"
        "        raise\n    time.sleep(1)"
    ),
    "loop, client errors raised": loop(
        "except openai.APIStatusError as e:\n    if e.status_code < 429:\n        raise\n"
        "    time.sleep(1)"
    ),
    "loop, code": loop(
        'except openai.APIError as e:\n    if e.code in ("credit_exhausted",):\n'
        "        time.sleep(1)\n    else:\n        raise"
    ),
    "loop, predicate": "def again(e):\n    return isinstance(e, openai.RateLimitError)\n\n\n"
    + loop("except Exception as e:\n    if not again(e):\n        raise\n    time.sleep(1)"),
    "loop, last attempt raised": loop(
        "except openai.RateLimitError:\n    if attempt == 3:\n        raise\n    time.sleep(0.5)"
    ),
    "loop, ends in return": loop("except openai.APIError:\n    return None"),
    "loop, helper with a growing delay": "def pause(n):\n    time.sleep(min(2**n, 5))\n\n\n"
    + loop("except openai.APIStatusError:\n    pause(attempt)"),
    "loop, delay of two": loop(
        "except openai.RateLimitError as e:\n    time.sleep(max(told(e, 0), 2**attempt))"
    ),
    "while, counter": (
        "def run():\n    tries = 0\n    while tries < 3:\n        try:\n"
        f"            return {OPENAI}\n        except openai.APIError:\n            tries += 1\n"
        "            time.sleep(1)\n"
    ),
    "while, doubled delay": (
        "def run():\n    delay = 1\n    while delay < 8:\n        try:\n"
        f"            return {OPENAI}\n        except openai.RateLimitError:\n"
        "            time.sleep(delay)\n            delay *= 2\n"
    ),
    "recursion": (
        f"def run(depth=0):\n    try:\n        return {OPENAI}\n"
        "    except openai.APIStatusError:\n        if depth > 2:\n            raise\n"
        "        time.sleep(1)\n        return run(depth + 1)\n"
    ),
    "pyai, everything": loop("except pyai.PyAIError:\n    time.sleep(2**attempt)", SPEAK),
    "pyai, code": loop(
        'except pyai.PyAIError as e:\n    if e.code != "rate_limit_exceeded":\n        raise\n'
        "    time.sleep(1)",
        SPEAK,
    ),
    "pyai, status": loop(
        "except pyai.PyAIError as e:\n    if e.status in (402, 429):\n        time.sleep(1)\n"
        "        continue\n    raise",
        SPEAK,
    ),
    "requests, status": checked("requests", "response.status_code == 429", "time.sleep(1)"),
    "requests, told": checked(
        "requests",
        "response.status_code == 429",
        'time.sleep(float(response.headers.get("Retry-After", 1)))',
    ),
    "requests, not ok": checked("requests", "not response.ok", "time.sleep(2**attempt)"),
    "requests, transport errors": loop(
        "except requests.RequestException:\n    time.sleep(1)", "requests." + POST
    ),
    "requests, raised": RAISED.format(
        client="requests", klass="requests.RequestException", rest="time.sleep(1)"
    ),
    "httpx, raised": RAISED.format(
        client="httpx", klass="httpx.HTTPStatusError", rest="time.sleep(2**attempt)"
    ),
    "httpx, raised, told": RAISED.format(
        client="httpx", klass="httpx.HTTPStatusError", rest="time.sleep(told(e, 1))"
    ),
    "httpx, transport errors": RAISED.format(
        client="httpx", klass="httpx.TransportError", rest="time.sleep(1)"
    ),
    "httpx, range": checked("httpx", "400 <= response.status_code < 500", "time.sleep(1)"),
    "httpx, is_error": checked("httpx", "response.is_error", "time.sleep(1)"),
    "tenacity, everything": decorated(""),
    "tenacity, class": decorated(
        "retry=tenacity.retry_if_exception_type(openai.RateLimitError), "
        "wait=tenacity.wait_exponential()"
    ),
    "tenacity, classes, fixed": decorated(
        "retry=tenacity.retry_if_exception_type((openai.RateLimitError, openai.ConflictError)), "
        "wait=tenacity.wait_fixed(2)"
    ),
    "tenacity, not a class": decorated(
        "retry=tenacity.retry_if_not_exception_type(openai.RateLimitError), "
        "wait=tenacity.wait_fixed(2)"
    ),
    "tenacity, lambda": decorated(
        'retry=tenacity.retry_if_exception(lambda e: getattr(e, "status_code", 0) in (401, 429))'
    ),
    "tenacity, or": decorated(
        "retry=tenacity.retry_if_exception_type(openai.RateLimitError) "
        "| tenacity.retry_if_exception_type(openai.PermissionDeniedError)"
    ),
    "tenacity, and": decorated(
        "retry=tenacity.retry_if_exception_type(openai.APIStatusError) "
        "& tenacity.retry_if_not_exception_type(openai.AuthenticationError)"
    ),
    "tenacity, any": decorated(
        "retry=tenacity.retry_any(tenacity.retry_if_exception_type(openai.ConflictError), "
        "tenacity.retry_if_exception_type(openai.RateLimitError))"
    ),
    "tenacity, told": decorated(
        "retry=tenacity.retry_if_exception_type(openai.RateLimitError), "
        "wait=tenacity.wait_exception(lambda e: told(e, 1))"
    ),
    "tenacity, told and more": decorated(
        "retry=tenacity.retry_if_exception_type(openai.RateLimitError), "
        "wait=tenacity.wait_exception(lambda e: told(e, 1)) + tenacity.wait_random(0, 1)"
    ),
    "tenacity, chain": decorated(
        "wait=tenacity.wait_chain(tenacity.wait_fixed(1), tenacity.wait_fixed(2))"
    ),
    "tenacity, translated": (
        decorated("retry=tenacity.retry_if_exception_type(Retriable)").partition("def run")[0]
        + f"def run():\n    try:\n        return {OPENAI}\n"
        "    except openai.RateLimitError as e:\n        raise Retriable from e\n"
    ),
    "tenacity, pyai": decorated("wait=tenacity.wait_fixed(1)", SPEAK),
    "tenacity, Retrying": (
        "def run():\n    for attempt in tenacity.Retrying(stop=tenacity.stop_after_attempt(3)):\n"
        f"        with attempt:\n            return {OPENAI}\n"
    ),
    "tenacity, called": (
        f"def send():\n    return {OPENAI}\n\n\n"
        "policy = tenacity.Retrying(stop=tenacity.stop_after_attempt(3))\n\n\n"
        "def run():\n    return policy(send)\n"
    ),
    "tenacity, AsyncRetrying": (
        "async def run():\n    async for attempt in tenacity.AsyncRetrying(\n"
        "        retry=tenacity.retry_if_exception_type(openai.RateLimitError),\n"
        "        stop=tenacity.stop_after_attempt(3),\n        wait=tenacity.wait_fixed(1),\n"
        f"    ):\n        with attempt:\n            return await a{OPENAI}\n"
    ),
    "async loop": (
        "async def run():\n    for attempt in range(3):\n        try:\n"
        f"            return await a{OPENAI}\n        except openai.APIStatusError:\n"
        "            await asyncio.sleep(1)\n"
    ),
    "aiohttp, status": (
        "async def run():\n    async with aiohttp.ClientSession() as session:\n"
        "        for attempt in range(3):\n"
        f"            async with session.{POST} as response:\n"
        "                if response.status in (402, 429):\n"
        "                    await asyncio.sleep(1)\n                    continue\n"
        "                return await response.json()\n"
    ),
    "urllib3, honours": (
        "def run():\n    session = requests.Session()\n"
        "    policy = Retry(total=2, status_forcelist=[402, 429], allowed_methods=None)\n"
        '    session.mount("http://", HTTPAdapter(max_retries=policy))\n'
        f"    return session.{POST}\n"
    ),
    "urllib3, told not to": (
        "def run():\n    session = requests.Session()\n"
        "    policy = Retry(total=2, status_forcelist=[402, 429], allowed_methods=None,\n"
        "                   backoff_factor=1, respect_retry_after_header=False)\n"
        '    session.mount("http://", HTTPAdapter(max_retries=policy))\n'
        f"    return session.{POST}\n"
    ),
    # Harder ones, so that the count of the missed is an honest one.
    "loop, suppressed": (
        "def run():\n    for attempt in range(3):\n"
        f"        with contextlib.suppress(openai.APIError):\n            return {OPENAI}\n"
    ),
    "loop, exception kept": (
        "def run():\n    answer = None\n    for attempt in range(3):\n        try:\n"
        f"            answer = {OPENAI}\n        except openai.APIError as e:\n"
        "            answer = e\n        if not isinstance(answer, Exception):\n"
        "            return answer\n        time.sleep(1)\n"
    ),
    "loop, sleep in finally": (
        f"def run():\n    for attempt in range(3):\n        try:\n            return {OPENAI}\n"
        "        except openai.APIStatusError:\n            pass\n"
        "        finally:\n            time.sleep(1)\n"
    ),
    "loop, success tested": (
        f"def run():\n    for attempt in range(3):\n        response = requests.{POST}\n"
        "        if response.status_code == 200:\n            return response\n"
        "        time.sleep(2**attempt)\n"
    ),
    "tenacity, predicate of the state": (
        "@tenacity.retry(retry=lambda state: state.outcome.failed, "
        "stop=tenacity.stop_after_attempt(3))\n"
        f"def run():\n    return {OPENAI}\n"
    ),
    "tenacity, wait of the state": decorated(
        "retry=tenacity.retry_if_exception_type(openai.RateLimitError), "
        "wait=lambda state: told(state.outcome.exception(), 1)"
    ),
}
CONSTRUCTS["loop, parent first"] = CONSTRUCTS["loop, ends in return"].replace(
    "            return None\n",
    "            raise\n        except openai.RateLimitError:\n            time.sleep(1)\n",
)


@dataclass(frozen=True)
class Observed:
    """What a construct did when its first two calls were answered with an error."""

    calls: int
    slept: tuple[float, ...]

    @property
    def retried(self) -> bool:
        return self.calls > 1


OBSERVED: dict[tuple[str, str], Observed] = {}
NAMESPACES: dict[str, dict[str, Any]] = {}
# One for all: the clients keep their connections.
LOOP = asyncio.new_event_loop()


@cache
def said(name: str) -> dict[str, Delay]:
    """The errors that the engine says are tried again, with the kind of their delay."""
    facts = Facts(parse(HEADER + CONSTRUCTS[name]), "case.py", load_knowledge(Settings()))
    return {
        attempt.fault.error.code: attempt.delay
        for construct in facts.constructs
        for attempt in construct.attempts
    }


def observe(
    name: str, code: str, server: PyAIServer, sleeps: list[float], retry_after: int | None
) -> Observed:
    """Runs a construct for real, once for all tests."""
    key = (name, code)
    if key not in OBSERVED:
        server.reset()
        sleeps.clear()
        random.seed(1)
        server.fail(code, times=2, retry_after=retry_after)
        if name not in NAMESPACES:
            NAMESPACES[name] = {}
            exec((HEADER + CONSTRUCTS[name]).replace(BASE, server.base_url), NAMESPACES[name])
        with contextlib.suppress(Exception):
            result = NAMESPACES[name]["run"]()
            if asyncio.iscoroutine(result):
                LOOP.run_until_complete(result)
        OBSERVED[key] = Observed(len(server.calls), tuple(sleeps))
        server.reset()
    return OBSERVED[key]


@pytest.fixture
def all_sleeps(sleeps: list[float], monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The delays asked for by any means; none is waited for."""
    real = asyncio.sleep

    async def sleep(delay: float, result: object = None) -> object:
        if delay:
            sleeps.append(delay)
        await real(0)
        return result

    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr(urllib3.util.retry.time, "sleep", sleeps.append)
    return sleeps


def kind_agrees(delay: Delay, seen: Observed, told_to: float | None) -> bool:
    """Whether the sleeps that were asked for are of the kind that the engine says."""
    slept = [seconds for seconds in seen.slept if seconds]
    honours = bool(slept) and told_to is not None and all(s >= told_to for s in slept)
    match delay:
        case Delay.NONE:
            return not slept
        case Delay.FIXED:
            return bool(slept) and not honours and max(slept) - min(slept) <= 1
        case Delay.GROWING:
            return not honours and (len(slept) < 2 or slept == sorted(slept))
        case Delay.RETRY_AFTER:
            return told_to is None or honours
    return True


CASES = [(name, code) for name in CONSTRUCTS for code in PYAI_ERRORS]
LIMITED = {code for code, error in PYAI_ERRORS.items() if error.retry_after is not None}


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_what_the_engine_says_is_what_happens(
    name: str, pyai_server: PyAIServer, all_sleeps: list[float]
) -> None:
    wrong = []
    for code in PYAI_ERRORS:
        told_to = TOLD if code in LIMITED else None
        seen = observe(name, code, pyai_server, all_sleeps, told_to)
        assert seen.calls, "the construct did not even call"
        delay = said(name).get(code)
        if delay is not None and not seen.retried:
            wrong.append(f"{code}: said to be tried again, and is raised")
        elif delay is not None and not kind_agrees(delay, seen, told_to):
            wrong.append(f"{code}: said to wait for {delay.value}, and slept {seen.slept}")
    assert not wrong, "\n".join(["", HEADER + CONSTRUCTS[name], *wrong])


def test_the_engine_misses_little(pyai_server: PyAIServer, all_sleeps: list[float]) -> None:
    retried, missed = 0, []
    for name, code in CASES:
        told_to = TOLD if code in LIMITED else None
        if observe(name, code, pyai_server, all_sleeps, told_to).retried:
            retried += 1
            if code not in said(name):
                missed.append(f"{name}: {code}")
    assert retried > 250
    assert len(missed) <= retried // 25, "\n".join(missed)


def test_every_way_of_waiting_is_among_the_constructs() -> None:
    delays = {delay for name in CONSTRUCTS for delay in said(name).values()}
    assert delays >= {Delay.NONE, Delay.FIXED, Delay.GROWING, Delay.RETRY_AFTER}
