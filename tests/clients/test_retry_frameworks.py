"""What retryhttp, pydantic-ai, LangChain and Celery have of their own, as their profiles say."""

from __future__ import annotations

import asyncio
import importlib
from typing import Any

import celery
import httpx
import pytest
import requests
import retryhttp
import tenacity
from celery.exceptions import TaskPredicate
from pytest_httpserver import HTTPServer

from clients.conftest import Trial
from clients.retry_far_end import HIGHEST, LOWEST, FarEnd
from clients.retry_runs import POLICIES, PROFILES, skip_unless_installed
from clients.test_profiles_match_libraries import RAISING, answer, resolve

RETRYHTTP = PROFILES["retryhttp"]
STATUSES = [400, 404, 429, 500, 501, 503, 529]
TYPES = ("retry_if_network_error", "retry_if_timeout")


# --- retryhttp


def state_of(error: BaseException) -> tenacity.RetryCallState:
    """tenacity's state after a call that raised the error."""
    state = tenacity.RetryCallState(tenacity.Retrying(), None, (), {})
    state.set_exception((type(error), error, None))
    return state


def test_every_predicate_is_tried() -> None:
    tried = {term.name for term in BY_STATUS} | {f"retryhttp.{name}" for name in TYPES}
    assert tried == set(RETRYHTTP.predicates)


BY_STATUS = [t for t in RETRYHTTP.predicates.values() if t.kind == "statuses"]


@pytest.mark.parametrize("client", RAISING)
@pytest.mark.parametrize("term", BY_STATUS, ids=lambda term: term.name)
def test_a_predicate_takes_the_stated_statuses_of_the_stated_classes(
    httpserver: HTTPServer, client: str, term: Any
) -> None:
    predicate = resolve(term.name)()
    taken = set()
    for status in STATUSES:
        error = RAISING[client](answer(httpserver, status))
        expected = isinstance(error, tuple(map(resolve, term.classes))) and status in term.statuses
        assert predicate(state_of(error)) is expected
        taken |= {status} if expected else set()
    assert bool(taken) is (client in {"httpx", "requests", "aiohttp"})


@pytest.mark.parametrize("term", [t for t in BY_STATUS if t.parameter], ids=lambda t: t.name)
def test_a_predicate_takes_the_given_statuses(term: Any) -> None:
    predicate = resolve(term.name)([501])
    taken = {
        status
        for status in STATUSES
        if predicate(
            state_of(httpx.HTTPStatusError("", request=None, response=httpx.Response(status)))
        )  # type: ignore[arg-type]
    }
    assert taken == {501}


@pytest.mark.parametrize("name", TYPES)
def test_a_predicate_of_the_transport_takes_no_answer(httpserver: HTTPServer, name: str) -> None:
    term = RETRYHTTP.predicates[f"retryhttp.{name}"]
    assert term.kind == "types"
    predicate = getattr(retryhttp, name)()
    for default in term.default:
        error = resolve(default).__new__(resolve(default))
        assert predicate(state_of(error))
    for client in RAISING:
        assert not predicate(state_of(RAISING[client](answer(httpserver, 429))))
    given = getattr(retryhttp, name)(KeyError)
    assert given(state_of(KeyError("k"))) and not given(state_of(requests.ConnectionError()))


def test_a_rate_limit_without_the_header_is_retried_too(trial: Trial) -> None:
    trace = trial("retryhttp.retry", FarEnd(failures=1))
    assert trace.succeeded and trace.waits != [7]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_error_does_not_wait_for_its_header(trial: Trial, status: int) -> None:
    for dice in (LOWEST, HIGHEST):
        far_end = FarEnd(failures=2, status=status, retry_after="7")
        trace = trial("retryhttp.retry", far_end, None, dice)
        assert trace.calls == 3
        assert trace == trial("retryhttp.retry", FarEnd(failures=2, status=status), None, dice)


def test_a_header_beyond_the_cap_is_not_waited_for(trial: Trial) -> None:
    waits = trial("retryhttp.retry", FarEnd(failures=1, retry_after="121")).waits
    assert waits == trial("retryhttp.retry", FarEnd(failures=1)).waits


def test_a_wait_for_another_header_is_deaf_to_retry_after(trial: Trial) -> None:
    given = {"wait": retryhttp.wait_from_header("X-Other")}
    waits = trial("retryhttp.retry", FarEnd(failures=1, retry_after="7"), given).waits
    assert waits == trial("retryhttp.retry", FarEnd(failures=1), given).waits


def test_terms_of_tenacity_take_the_place_of_its_own(trial: Trial) -> None:
    never = {"retry": tenacity.retry_if_exception_type(KeyError)}
    assert trial("retryhttp.retry", FarEnd(), never).calls == 1
    longer = {"stop": tenacity.stop_after_attempt(5)}
    assert trial("retryhttp.retry", FarEnd(), longer).calls == 5
    both = {"wait": tenacity.wait_fixed(3), "wait_rate_limited": tenacity.wait_fixed(4)}
    assert trial("retryhttp.retry", FarEnd(failures=1), both).waits == [3]


# --- pydantic-ai


@pytest.mark.filterwarnings("ignore:.*TenacityTransport. is deprecated")
@pytest.mark.parametrize("name", PROFILES["pydantic-ai"].mounts)
def test_a_transport_puts_the_config_to_work(name: str) -> None:
    skip_unless_installed(name)
    from pydantic_ai.retries import RetryConfig

    library: Any = importlib.import_module("httpx2" if "HTTPX2" in name else "httpx")
    far_end = FarEnd()

    def respond(request: object) -> Any:
        status, headers = far_end.answer()
        return library.Response(status, headers=headers)

    transport = resolve(name)(
        RetryConfig(stop=tenacity.stop_after_attempt(2)),
        wrapped=library.MockTransport(respond),
        validate_response=lambda response: response.raise_for_status(),
    )

    async def exchange() -> None:
        async with library.AsyncClient(transport=transport) as client:
            await client.get("http://far.end")

    with pytest.raises(tenacity.RetryError):
        if "Async" in name:
            asyncio.run(exchange())
        else:
            with library.Client(transport=transport) as client:
                client.get("http://far.end")
    assert far_end.calls == 2


def test_a_status_is_an_error_only_where_something_raises_it() -> None:
    skip_unless_installed("pydantic_ai")
    import httpx2
    from pydantic_ai.retries import HTTPX2TenacityTransport, RetryConfig

    far_end = FarEnd()
    wrapped = httpx2.MockTransport(lambda request: httpx2.Response(far_end.answer()[0]))
    transport = HTTPX2TenacityTransport(RetryConfig(), wrapped=wrapped)
    with httpx2.Client(transport=transport) as client:
        assert client.get("http://far.end").status_code == 429
    assert far_end.calls == 1


def test_the_wait_of_pydantic_ai_has_a_cap_and_another_wait(trial: Trial) -> None:
    name = "pydantic_ai.retries.RetryConfig"
    skip_unless_installed(name)
    from pydantic_ai.retries import wait_retry_after

    given = {"wait": wait_retry_after()}
    assert trial(name, FarEnd(failures=1, retry_after="299"), given).waits == [299]
    assert trial(name, FarEnd(failures=1, retry_after="301"), given).waits == [300]
    fixed = {"wait": wait_retry_after(tenacity.wait_fixed(3))}
    assert trial(name, FarEnd(failures=1), fixed).waits == [3]
    assert trial(name, FarEnd(failures=1, retry_after="7"), fixed).waits == [7]


# --- LangChain


def test_without_jitter_langchain_does_not_wait(trial: Trial) -> None:
    given = {"wait_exponential_jitter": False, "stop_after_attempt": 4}
    assert trial("with_retry", FarEnd(), given).waits == [0, 0, 0]


def test_a_number_of_the_condition_is_no_wait(trial: Trial) -> None:
    given = {"retry_if_exception_type": lambda error: 7.0}
    assert trial("with_retry", FarEnd(failures=2), given) == trial("with_retry", FarEnd(failures=2))


# --- Celery

CELERY = [n for n, p in POLICIES.items() if p is POLICIES["celery.shared_task"]]


def test_a_method_of_an_app_makes_the_policy() -> None:
    assert set(CELERY) - {"celery.shared_task"} == set(POLICIES["celery.shared_task"].methods)
    assert all(callable(getattr(celery.Celery, m)) for m in POLICIES["celery.shared_task"].methods)


@pytest.mark.parametrize("name", CELERY)
def test_a_task_is_a_policy_by_its_marks(trial: Trial, name: str) -> None:
    (mark,) = POLICIES[name].marked_by
    assert trial(name, FarEnd(), {mark: (), "max_retries": 5}).calls == 1
    assert trial(name, FarEnd(), {mark: (Exception,), "max_retries": 5}).calls == 6


@pytest.mark.parametrize("name", CELERY)
def test_the_words_of_celery_that_are_no_errors_are_stated(trial: Trial, name: str) -> None:
    (always,) = (term for term in POLICIES[name].unless if not term.name)
    for word in TaskPredicate.__subclasses__():
        calls = trial(name, FarEnd(error=word("w"))).calls
        assert (calls == 1) is (f"celery.exceptions.{word.__name__}" in always.default)


@pytest.mark.parametrize(
    ("given", "calls"),
    [
        ({"max_retries": 2, "retry_kwargs.max_retries": 5}, 6),
        ({"max_retries": 5, "retry_kwargs.max_retries": 2}, 3),
        # None of retry_kwargs is the task's own number.
        ({"max_retries": 5, "retry_kwargs.max_retries": None}, 6),
    ],
)
def test_the_inner_number_of_retries_goes_first(
    trial: Trial, given: dict[str, Any], calls: int
) -> None:
    assert trial("celery.shared_task", FarEnd(), given).calls == calls


@pytest.mark.parametrize(
    ("given", "wait"),
    [
        ({}, celery.Task.default_retry_delay),
        ({"default_retry_delay": 7}, 7),
        ({"retry_kwargs": {"countdown": 9}}, 9),
        ({"retry_backoff": False}, celery.Task.default_retry_delay),
    ],
)
def test_without_backoff_a_task_waits_alike(
    trial: Trial, given: dict[str, Any], wait: float
) -> None:
    assert trial("celery.shared_task", FarEnd(failures=2), given).waits == [wait, wait]


def test_backoff_of_a_task_is_full_of_jitter(trial: Trial) -> None:
    given = {"retry_backoff": 4}
    low, high = (
        trial("celery.shared_task", FarEnd(failures=3), given, dice).waits
        for dice in (LOWEST, HIGHEST)
    )
    assert low == [0, 0, 0] and high == [4, 8, 16]
