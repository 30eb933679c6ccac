"""Every policy of every retry profile at work, and every wait: after which delay it retries.

What is expected is computed from the profile, what happens is up to the installed library.
"""

from __future__ import annotations

import importlib
import time
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import pytest
import tenacity

from clients.conftest import Trial
from clients.retry_far_end import HIGHEST, LOWEST, FarEnd, seconds_asked
from clients.retry_lookup import parameters_of
from clients.retry_runs import (
    POLICIES,
    PROFILES,
    Settings,
    needs,
    skip_unless_installed,
    stop_settings,
)
from heedlint.clients.model import RetryPolicy, RetryProfile, RetryTerm


def kind_of(low: list[float], high: list[float]) -> str:
    """The kind of a wait, from the delays that chance makes the shortest and the longest."""
    if not any(high):
        return "none"
    if low[-1] > low[0]:
        return "exponential"
    return "fixed" if low == high else "random"


def wait_kind(trial: Trial, name: str, settings: Settings) -> str:
    enough = {} if needs(name, POLICIES[name].stops) else stop_settings(POLICIES[name], 7)
    low, high = (
        trial(name, FarEnd(failures=6), {**enough, **settings}, dice) for dice in (LOWEST, HIGHEST)
    )
    assert low.calls == high.calls == 7
    return kind_of(low.waits, high.waits)


@pytest.mark.parametrize(
    "name",
    [n for n, p in POLICIES.items() if p.default_wait != "retry-after" and not needs(n, p.waits)],
)
def test_it_waits_by_default_as_stated(trial: Trial, name: str) -> None:
    assert wait_kind(trial, name, {}) == POLICIES[name].default_wait


# A value for each parameter that decides the wait, and jitter turned off where it has its own.
WAITS: dict[str, Settings] = {
    "backoff_factor": {"backoff_factor": 1, "backoff_jitter": 0},
    "default_retry_delay": {"default_retry_delay": 2},
    "retry_kwargs.countdown": {"retry_kwargs.countdown": 2},
    "retry_backoff": {"retry_backoff": 2, "retry_jitter": False},
    "wait": {"wait": "fixed_sleep"},
    "wait_exponential_jitter": {"wait_exponential_jitter": False},
    "wait_exponential_max": {"wait_exponential_max": 60_000},
    "wait_exponential_multiplier": {"wait_exponential_multiplier": 1000},
    "wait_fixed": {"wait_fixed": 2000},
    "wait_func": {"wait_func": lambda attempts, delay: 1000 * 2**attempts},
    "wait_incrementing_increment": {"wait_incrementing_increment": 500},
    "wait_incrementing_start": {"wait_incrementing_start": 500},
    "wait_random_max": {"wait_random_max": 2000},
    "wait_random_min": {"wait_random_min": 500},
}


PARAMETERS = [(n, t) for n, p in POLICIES.items() for t in p.waits if t.kind != "term"]


@pytest.mark.parametrize(("name", "term"), PARAMETERS, ids=[f"{n}-{t.name}" for n, t in PARAMETERS])
def test_a_parameter_of_a_policy_makes_it_wait_as_stated(
    trial: Trial, name: str, term: RetryTerm
) -> None:
    assert wait_kind(trial, name, WAITS[term.name]) == term.kind.removesuffix("-if-false")


def test_every_parameter_that_decides_the_wait_is_stated() -> None:
    assert {term.name for _, term in PARAMETERS} == set(WAITS)
    for name, policy in POLICIES.items():
        if "pydantic_ai" not in name:
            assert set(parameters_of(name)) & set(WAITS) <= {term.name for term in policy.waits}


def heeds_by_default(policy: RetryPolicy) -> bool:
    return policy.honours_retry_after or policy.default_wait == "retry-after"


@pytest.mark.parametrize("dice", [LOWEST, HIGHEST])
@pytest.mark.parametrize("name", POLICIES)
def test_it_heeds_the_header_by_default_where_stated(trial: Trial, name: str, dice: float) -> None:
    trace = trial(name, FarEnd(failures=2, retry_after="7"), None, dice)
    if heeds_by_default(POLICIES[name]):
        assert trace.waits == [7, 7]
    else:
        assert trace == trial(name, FarEnd(failures=2), None, dice)


@pytest.mark.parametrize("name", [n for n, p in POLICIES.items() if heeds_by_default(p)])
def test_it_heeds_a_header_that_is_a_date(trial: Trial, name: str) -> None:
    then = datetime.now(timezone.utc) + timedelta(seconds=100)
    header = format_datetime(then, usegmt=True)
    (wait,) = trial(name, FarEnd(failures=1, retry_after=header)).waits
    assert 90 < wait <= 100


HONOURING = [n for n, p in POLICIES.items() if p.honours_retry_after]


@pytest.mark.parametrize("name", HONOURING)
def test_it_heeds_the_header_up_to_the_cap(trial: Trial, name: str) -> None:
    cap = POLICIES[name].retry_after_cap
    assert cap is not None
    far_end = FarEnd(failures=1, retry_after="7")
    assert trial(name, far_end, {cap.name: 5}).waits == [5]


@pytest.mark.parametrize("name", HONOURING)
def test_the_switch_turns_the_header_off(trial: Trial, name: str) -> None:
    switch = POLICIES[name].retry_after_switch
    assert switch is not None
    trace = trial(name, FarEnd(failures=2, retry_after="7"), {switch.name: False})
    assert trace == trial(name, FarEnd(failures=2))


# --- the waits of a library's vocabulary, given to one of its policies


def reader(error: Any) -> float:
    """The means to honour Retry-After, for waits that ask a function."""
    return seconds_asked(error.response)


STEPS = (tenacity.wait_fixed(1), tenacity.wait_fixed(2))
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "tenacity.wait_fixed": (3,),
    "tenacity.wait_chain": STEPS,
    "tenacity.wait_combine": STEPS,
    "tenacity.wait_exception": (reader,),
    "retryhttp.wait_from_header": ("Retry-After",),
}
TERMS = [(p, t) for p in PROFILES.values() for t in p.waits.values()]
TERM_IDS = [t.name for _, t in TERMS]
SIMPLE = {"none", "fixed", "random", "exponential"}


def place(profile: RetryProfile) -> tuple[str, str]:
    """A policy of the profile that takes a wait, and the parameter that it takes it with."""
    return next(
        (name, term.name)
        for name, policy in profile.policies.items()
        for term in policy.waits
        if term.kind == "term"
    )


def waiting(
    profile: RetryProfile, term: RetryTerm, value: object = None
) -> tuple[str, dict[str, Any]]:
    """A policy that waits as the term says, with a value for its parameter, and nothing else."""
    name, parameter = place(profile)
    skip_unless_installed(name)
    owner, _, last = term.name.rpartition(".")
    found = getattr(importlib.import_module(owner), last)
    if profile.name != "backoff":
        given = {term.parameter.name: value} if term.parameter and value else {}
        return name, {parameter: found(*ARGUMENTS.get(term.name, ()), **given)}
    given = {term.parameter.name: reader} if term.parameter else {}
    return name, {parameter: found, **given, "jitter": None}


@pytest.mark.parametrize(("profile", "term"), TERMS, ids=TERM_IDS)
def test_a_wait_is_of_its_kind(trial: Trial, profile: RetryProfile, term: RetryTerm) -> None:
    name, settings = waiting(profile, term)
    if term.kind in SIMPLE:
        assert wait_kind(trial, name, settings) == term.kind
        return
    settings |= stop_settings(POLICIES[name], 4)
    waits = trial(name, FarEnd(failures=3, retry_after="7"), settings).waits
    heedful = [7, 7, 7]
    assert waits == {
        "chain": [1, 2, 2],
        "sum": [3, 3, 3],
        "of-error": heedful,
        "retry-after": heedful,
    }.get(term.kind)


@pytest.mark.parametrize("dice", [LOWEST, HIGHEST])
@pytest.mark.parametrize(
    ("profile", "term"), [(p, t) for p, t in TERMS if t.kind in SIMPLE | {"chain", "sum"}]
)
def test_a_wait_of_another_kind_is_deaf_to_the_header(
    trial: Trial, profile: RetryProfile, term: RetryTerm, dice: float
) -> None:
    name, settings = waiting(profile, term)
    deaf = trial(name, FarEnd(failures=3), settings, dice)
    assert deaf == trial(name, FarEnd(failures=3, retry_after="7"), settings, dice)


HEEDFUL = [(p, t) for p, t in TERMS if t.kind == "retry-after"]


@pytest.mark.parametrize(("profile", "term"), [(p, t) for p, t in HEEDFUL if t.parameter])
def test_a_heedful_wait_heeds_no_more_than_the_given_seconds(
    trial: Trial, profile: RetryProfile, term: RetryTerm
) -> None:
    for most, heeded in ((5, False), (100, True)):
        name, settings = waiting(profile, term, most)
        (wait,) = trial(name, FarEnd(failures=1, retry_after="7"), settings).waits
        assert (wait == 7) is heeded and wait <= most


@pytest.mark.parametrize(("profile", "term"), HEEDFUL)
def test_without_a_header_a_heedful_wait_has_another(
    trial: Trial, profile: RetryProfile, term: RetryTerm
) -> None:
    name, settings = waiting(profile, term)
    (wait,) = trial(name, FarEnd(failures=1), settings).waits
    assert wait != 7


def taken_waits() -> list[Any]:
    return [
        pytest.param(name, term, id=f"{name}-{term.name}")
        for name, policy in POLICIES.items()
        for term in policy.waits
        if term.kind == "term" and not name.startswith("backoff")
    ]


@pytest.mark.parametrize(("name", "term"), taken_waits())
def test_a_wait_may_be_given_as_a_term(trial: Trial, name: str, term: RetryTerm) -> None:
    skip_unless_installed(name)
    settings = {term.name: tenacity.wait_fixed(3)}
    assert trial(name, FarEnd(failures=2), settings).waits == [3, 3]


# --- the state that callables are given

# Those made of tenacity; backoff's `on_backoff` alone is given one.
STATEFUL = [(p, *place(p)) for p in PROFILES.values() if p.state_result]
STATEFUL_IDS = [p.name for p, _, _ in STATEFUL]


def follow(state: Any, chain: tuple[str, ...]) -> Any:
    """What a chain of members leads to, or of keys in a dictionary."""
    for step in chain:
        if isinstance(state, dict):
            state = state[step]
            continue
        state = getattr(state, step.removesuffix("()"))
        state = state() if step.endswith("()") else state
    return state


@pytest.mark.parametrize(("profile", "name", "parameter"), STATEFUL, ids=STATEFUL_IDS)
def test_a_callable_finds_the_exception_in_the_state(
    trial: Trial, profile: RetryProfile, name: str, parameter: str
) -> None:
    settings = {parameter: lambda state: reader(follow(state, profile.state_exception))}
    assert trial(name, FarEnd(failures=2, retry_after="7"), settings).waits == [7, 7]


@pytest.mark.parametrize(("profile", "name", "parameter"), STATEFUL, ids=STATEFUL_IDS)
def test_a_callable_finds_the_result_in_the_state(
    trial: Trial, profile: RetryProfile, name: str, parameter: str
) -> None:
    seen: list[Any] = []

    def retry(state: Any) -> bool:
        seen.append(follow(state, profile.state_result))
        return False

    assert trial(name, FarEnd(failures=0), {"retry": retry}).succeeded
    assert seen == ["done"] or [response.status_code for response in seen] == [200]


BEFORE_SLEEP = [
    (profile, name)
    for profile in PROFILES.values()
    for name, policy in profile.policies.items()
    if policy.before_sleep
]


@pytest.mark.parametrize(("profile", "name"), BEFORE_SLEEP, ids=[n for _, n in BEFORE_SLEEP])
def test_what_comes_before_the_sleep_is_told_of_the_error(
    trial: Trial, profile: RetryProfile, name: str
) -> None:
    parameter = POLICIES[name].before_sleep
    assert parameter is not None
    by_result = all(term.kind == "result" for term in POLICIES[name].retry)

    def sleep(state: Any) -> None:
        """Its own sleep: ten times what the error says."""
        seconds = 7 if by_result else seconds_asked(follow(state, profile.state_exception).response)
        time.sleep(10 * seconds)

    far_end = FarEnd(failures=2, retry_after="7")
    waits = trial(name, far_end, {parameter.name: sleep}).waits
    assert waits[::2] == [70, 70] and len(waits) == 4
