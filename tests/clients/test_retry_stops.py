"""Every policy of every retry profile at work: how often it retries, and what ends it.

What is expected is computed from the profile, what happens is up to the installed library.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import backoff
import httpx
import pytest
import retryhttp
import retrying
import stamina
import tenacity
from langchain_core.language_models.llms import create_base_retry_decorator

from clients.conftest import Trial
from clients.retry_far_end import LOWEST, FarEnd, timeless
from clients.retry_runs import (
    POLICIES,
    PROFILES,
    REQUIRED,
    Settings,
    needs,
    stop_settings,
)
from heedlint.clients.model import RetryPolicy, RetryTerm


def test_every_kind_of_stop_is_tried() -> None:
    # The last two: test_retry_calls.py, test_retry_exchanges.py.
    kinds = {s.kind for p in POLICIES.values() for s in p.stops}
    assert kinds == {"attempts", "retries", "time", "term", "callable"}


def calls_by_default(policy: RetryPolicy) -> int | None:
    """How many calls the profile's defaults allow; None where nothing but time ends it."""
    found = [
        int(default) + (stop.kind == "retries")
        for stop in policy.stops
        for default in stop.default
        if stop.kind in {"attempts", "retries"}
    ]
    return min(found, default=None)


@pytest.mark.parametrize("name", [n for n, p in POLICIES.items() if not needs(n, p.stops)])
def test_it_makes_as_many_calls_by_default_as_stated(trial: Trial, name: str) -> None:
    expected = calls_by_default(POLICIES[name])
    trace = trial(name, FarEnd(failures=60))
    assert trace.calls == (expected or 61)
    assert trace.succeeded is (expected is None)


def stops(*kinds: str) -> list[Any]:
    return [
        pytest.param(name, stop, id=f"{name}-{stop.name}")
        for name, policy in POLICIES.items()
        for stop in policy.stops
        if stop.kind in kinds
    ]


@pytest.mark.parametrize("count", [2, 5])
@pytest.mark.parametrize(("name", "stop"), stops("attempts", "retries"))
def test_a_stop_counts_calls_or_retries(
    trial: Trial, name: str, stop: RetryTerm, count: int
) -> None:
    trace = trial(name, FarEnd(), {stop.name: count})
    assert trace.calls == count + (stop.kind == "retries")


@pytest.mark.filterwarnings("ignore:timeout=0")
@pytest.mark.parametrize(("name", "stop"), stops("time"))
def test_a_stop_looks_at_the_time(trial: Trial, name: str, stop: RetryTerm) -> None:
    assert trial(name, FarEnd(), {stop.name: 0}).calls == 1
    assert trial(name, FarEnd(failures=3), {stop.name: 3600_000}).succeeded


@pytest.mark.parametrize(("name", "stop"), stops("attempts", "retries"))
def test_a_stop_of_too_little_stops_nothing_where_stated(
    trial: Trial, name: str, stop: RetryTerm
) -> None:
    too_little = 0 if stop.unbounded_below is None else stop.unbounded_below - 1
    trace = trial(name, FarEnd(failures=60), {stop.name: too_little})
    assert trace.calls == (1 if stop.unbounded_below is None else 61)


SOONER = {"attempts": 2, "retries": 1, "time": 0, "term": tenacity.stop_after_attempt(2)}
LATER = {"attempts": 6, "retries": 5, "time": 3600_000, "term": tenacity.stop_after_attempt(6)}
# What ends a policy with the fourth call. (`stop` of retrying is a name: test_retry_calls.py.)
FOUR: dict[str, object] = {
    "attempts": 4,
    "retries": 3,
    "time": 3600_000,
    "callable": lambda *attempts: attempts[0] >= 4,
    "term": tenacity.stop_after_attempt(4),
}


def stops_beside(*, replacing: bool) -> list[Any]:
    """The stops of a policy that has others, which they replace or do not."""
    return [
        pytest.param(name, stop, id=f"{name}-{stop.name}")
        for name, policy in POLICIES.items()
        for stop in policy.stops
        if stop.replaces is replacing and len(policy.stops) > 1
        if (stop.name, stop.kind, replacing) != ("stop", "callable", True)
    ]


@pytest.mark.parametrize(("name", "stop"), stops_beside(replacing=True))
def test_a_stop_that_replaces_the_others_counts_alone(
    trial: Trial, name: str, stop: RetryTerm
) -> None:
    others = [o for o in POLICIES[name].stops if o is not stop and o.kind in SOONER]
    for when in (SOONER, LATER):
        settings = {**{o.name: when[o.kind] for o in others}, stop.name: FOUR[stop.kind]}
        assert trial(name, FarEnd(), settings).calls == 4


@pytest.mark.parametrize(("name", "stop"), stops_beside(replacing=False))
def test_of_other_stops_each_ends_it(trial: Trial, name: str, stop: RetryTerm) -> None:
    for other in POLICIES[name].stops:
        if other is not stop and other.kind in {"attempts", "retries"} and not other.replaces:
            two = 2 - (other.kind == "retries")
            trace = trial(name, FarEnd(), {other.name: two, stop.name: FOUR[stop.kind]})
            assert trace.calls == 2


# None stands for no limit.
UNLIMITED: list[tuple[str, Settings]] = [
    ("stamina.retry", {"attempts": None, "timeout": None}),
    ("stamina.RetryingCaller", {"attempts": None, "timeout": None}),
    ("backoff.on_exception", {"max_tries": None, "max_time": None}),
    ("retrying.retry", {"stop_max_attempt_number": None, "stop_max_delay": None}),
    ("celery.shared_task", {"max_retries": None}),
    ("urllib3.Retry", {"total": None}),
]


@pytest.mark.parametrize(("name", "settings"), UNLIMITED, ids=[n for n, _ in UNLIMITED])
def test_without_any_limit_it_goes_on(trial: Trial, name: str, settings: Settings) -> None:
    assert set(settings) <= {stop.name for stop in POLICIES[name].stops}
    trace = trial(name, FarEnd(failures=60), settings)
    assert (trace.calls, trace.succeeded) == (61, True)


DECORATORS = {
    "tenacity.retry": tenacity.retry,
    "backoff.on_exception": backoff.on_exception,
    "stamina.retry": stamina.retry,
    "retrying.retry": retrying.retry,
    "retryhttp.retry": retryhttp.retry,
    "langchain_core.language_models.llms.create_base_retry_decorator": create_base_retry_decorator,
}


def test_no_other_profile_speaks_of_generators() -> None:
    speaking = {p.name for p in PROFILES.values() if p.retries_generators}
    assert speaking <= {p.name for p in PROFILES.values() if set(DECORATORS) & set(p.policies)}


@pytest.mark.parametrize("name", DECORATORS)
def test_a_decorated_generator_is_run_again_where_stated(name: str) -> None:
    (profile,) = (p for p in PROFILES.values() if name in p.policies)
    far_end = FarEnd(failures=1)

    def items() -> Iterator[object]:
        yield far_end.call()

    decorate: Any = DECORATORS[name]
    enough = stop_settings(POLICIES[name], 2)
    with timeless(LOWEST), contextlib.suppress(httpx.HTTPStatusError):
        list(decorate(**REQUIRED.get(name, {}), **enough)(items)())
    assert far_end.calls == 1 + profile.retries_generators
