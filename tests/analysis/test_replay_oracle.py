"""The replay against the facts: retry constructs run for real, against the local server.

Each construct is read by the engine and run with its real libraries, once for every error that the
API documents, which the server answers until the construct gives up. What the engine says of a
pair of both must be what happens: whether the error is tried again, after a delay of which kind,
and how many calls are made in all. It may say that it does not know; of all pairs, seldom.
"""

from __future__ import annotations

import asyncio
import random
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any

import pytest
from api_server import PYAI_ERRORS, PyAIServer
from celery import signals

from analysis.constructs import BASE, BY_HAND, HARDER, HEADER
from analysis.library_constructs import LIBRARIES, TENACITY, TRANSPORTS
from heedlint import Settings
from heedlint.analysis.facts import Facts
from heedlint.analysis.knowledge import load_knowledge
from heedlint.analysis.replay.values import Outcome
from heedlint.analysis.retries import Bounds, Delay, Replayed

TOLD = 7  # seconds: no construct waits as long of its own accord before its first four calls
CAP = 16  # calls: after so many errors the server gives in; what ends by itself ends before
ENOUGH = 75
CONSTRUCTS = {
    name: text
    for name, text in {**BY_HAND, **HARDER, **TENACITY, **TRANSPORTS, **LIBRARIES}.items()
    if "langchain_openai" not in text or find_spec("langchain_openai")
}
LIMITED = {code for code, error in PYAI_ERRORS.items() if error.retry_after is not None}


@dataclass(frozen=True)
class Observed:
    """What a construct did with an error that stays: its calls, and the delays it asked for."""

    calls: int
    slept: tuple[float, ...]
    raised: bool

    @property
    def retried(self) -> bool:
        return self.calls > 1


@dataclass(frozen=True)
class Said:
    """What the engine says of an error: what becomes of it, and what ends the tries."""

    replayed: Replayed
    bounds: Bounds

    @property
    def outcome(self) -> Outcome | None:
        return self.replayed.outcome


OBSERVED: dict[tuple[str, str], Observed] = {}
NAMESPACES: dict[str, dict[str, Any]] = {}
# One for all: the clients keep their connections.
LOOP = asyncio.new_event_loop()


@cache
def said(name: str) -> dict[str, Said]:
    """What the engine says of each error; of one that nothing is said of, no retry is found."""
    facts = Facts(HEADER + CONSTRUCTS[name], "case.py", load_knowledge(Settings()))
    found: dict[str, Said] = {}
    for construct in facts.constructs:
        for replayed in construct.replayed:
            code = replayed.fault.error.code
            if code not in found or replayed.outcome is Outcome.RETRIED:
                found[code] = Said(replayed, construct.bounds)
    return found


def told_to_wait(code: str) -> int | None:
    """What Retry-After says, where the error carries it."""
    return TOLD if code in LIMITED else None


def observe(name: str, code: str, server: PyAIServer, sleeps: list[float]) -> Observed:
    """Runs a construct for real, once for all tests."""
    key = (name, code)
    if key not in OBSERVED:
        server.reset()
        sleeps.clear()
        server.fail(code, times=CAP, retry_after=told_to_wait(code))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            raised = run_once(name, server)
        OBSERVED[key] = Observed(len(server.calls), tuple(sleeps), raised)
        server.reset()
    return OBSERVED[key]


def run_once(name: str, server: PyAIServer) -> bool:
    """Calls a construct's `run`, and tells whether it raises; its module is made only once."""
    if name not in NAMESPACES:
        NAMESPACES[name] = {"__name__": "construct"}
        exec((HEADER + CONSTRUCTS[name]).replace(BASE, server.base_url), NAMESPACES[name])
    try:
        result = NAMESPACES[name]["run"]()
        if asyncio.iscoroutine(result):
            LOOP.run_until_complete(result)
    except Exception:
        return True
    return False


@pytest.fixture
def all_sleeps(sleeps: list[float], monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The delays asked for by any means; none is waited for. Chance takes the longest."""
    real = asyncio.sleep

    async def sleep(delay: float, result: object = None) -> object:
        if delay:
            sleeps.append(delay)
        await real(0)
        return result

    def retried(reason: Any, **_: object) -> None:
        sleeps.append(reason.when)  # run at once, a task of Celery does not wait

    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr(random, "random", lambda: 1.0)
    monkeypatch.setattr(random, "uniform", lambda low, high: high)
    monkeypatch.setattr(random, "randrange", lambda stop: stop - 1)
    signals.task_retry.connect(retried)
    yield sleeps
    signals.task_retry.disconnect(retried)


# What is said against what is seen


def disagreements(said_of: Said, seen: Observed, told_to: float | None) -> Iterator[str]:
    """What the engine says of an error and is not so."""
    if said_of.outcome in (Outcome.RAISED, Outcome.LEFT):
        happened = Outcome.RAISED if seen.raised else Outcome.LEFT
        if seen.retried or happened is not said_of.outcome:
            yield f"said to be {said_of.outcome.value}: {happened.value} after {seen.calls} calls"
    if said_of.outcome is not Outcome.RETRIED:
        return
    if not seen.retried:
        yield "said to be tried again, and is not"
        return
    delays = [attempt.delay for attempt in said_of.replayed.attempts]
    if not any(kind_agrees(delay, seen, told_to) for delay in delays):
        yield f"said to wait for {', '.join(d.value for d in delays)}, and slept {seen.slept}"
    calls = said_of.bounds.calls
    if calls is not None and calls != seen.calls:
        yield f"said to be called {calls} times, and is {seen.calls} times"


def kind_agrees(delay: Delay, seen: Observed, told_to: float | None) -> bool:
    """Whether the sleeps that were asked for are of the kind that the engine says."""
    slept = [seconds for seconds in seen.slept if seconds]
    honours = bool(slept) and told_to is not None and all(s >= told_to for s in slept)
    match delay:
        case Delay.NONE:
            return not slept
        case Delay.FIXED:
            return bool(slept) and not honours and max(slept) - min(slept) <= 1
        case Delay.OWN:
            return bool(slept) and not honours
        case Delay.GROWING:
            return bool(slept) and not honours and slept == sorted(slept)
        case Delay.RETRY_AFTER:
            return told_to is None or honours
        case Delay.SWITCHED_OFF:
            return not honours
    return True


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_what_the_engine_says_is_what_happens(
    name: str, pyai_server: PyAIServer, all_sleeps: list[float]
) -> None:
    observed = {code: observe(name, code, pyai_server, all_sleeps) for code in PYAI_ERRORS}
    assert all(seen.calls for seen in observed.values()), "the construct did not even call"
    wrong = [
        f"{code}: {what}"
        for code, answer in said(name).items()
        for what in disagreements(answer, observed[code], told_to_wait(code))
    ]
    most = max(seen.calls for seen in observed.values())
    if any(answer.bounds.bounded is False for answer in said(name).values()) and most <= CAP:
        wrong.append(f"said to go on for ever, and ends after {most} calls")
    assert not wrong, "\n".join(["", HEADER + CONSTRUCTS[name], *wrong])


def test_the_engine_seldom_does_not_know(pyai_server: PyAIServer, all_sleeps: list[float]) -> None:
    """A pair of which nothing is said counts as unknown where the error is tried again."""
    pairs = [(name, code) for name in CONSTRUCTS for code in PYAI_ERRORS]
    unknown = []
    for name, code in pairs:
        seen = observe(name, code, pyai_server, all_sleeps)
        answer = said(name).get(code)
        if seen.retried if answer is None else answer.outcome is None:
            unknown.append(f"{name}: {code}")
    share = len(unknown) / len(pairs)
    figure = f"{len(unknown)} of {len(pairs)} pairs unknown: {share:.1%}"
    assert share <= 0.15, "\n".join([figure, *unknown])


def test_there_are_enough_constructs_of_every_kind() -> None:
    answers = [answer for name in CONSTRUCTS for answer in said(name).values()]
    attempts = [attempt for answer in answers for attempt in answer.replayed.attempts]
    assert len(CONSTRUCTS) >= ENOUGH
    assert {answer.outcome for answer in answers} == {*Outcome, None}
    assert {attempt.delay for attempt in attempts} >= set(Delay) - {Delay.UNKNOWN}
    assert {answer.bounds.bounded for answer in answers} == {True, False, None}
