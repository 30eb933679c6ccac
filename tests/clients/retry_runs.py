"""Puts a policy of a retry library to work on a far end that fails, and watches it.

    trace = run("tenacity.Retrying", FarEnd(failures=2))
    assert (trace.calls, trace.waits) == (3, [0, 0])

A policy goes by the name that its profile has for it, and is the real one of the installed library.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp_retry
import backoff
import celery
import httpx
import httpx_retries
import pytest
import retryhttp
import retrying
import stamina
import tenacity
import urllib3
from celery import signals
from langchain_core.language_models.llms import create_base_retry_decorator
from langchain_core.runnables import RunnableLambda

from clients.retry_far_end import HIGHEST, FarEnd, timeless
from heedlint.clients.loader import load_retry_profiles
from heedlint.clients.model import RetryPolicy, RetryTerm

PROFILES = load_retry_profiles()
POLICIES = {name: policy for p in PROFILES.values() for name, policy in p.policies.items()}
Settings = Mapping[str, Any]

# How a library says that it has given up, beside the far end's own error.
_GIVEN_UP = {"HTTPStatusError", "MaxRetryError", "RetryError"}


@dataclass(frozen=True)
class Trace:
    """How often the far end was called, the delays between, and whether it succeeded."""

    calls: int
    waits: list[float]
    succeeded: bool


def run(
    name: str, far_end: FarEnd, settings: Settings | None = None, dice: float = HIGHEST
) -> Trace:
    """Runs the policy called `name`, made with `settings`; a dotted one is a key of a dictionary.

    What the policy cannot be made without it is given (see `REQUIRED`).
    """
    skip_unless_installed(name)
    given = dict(REQUIRED.get(name, {}))
    for setting, value in (settings or {}).items():
        owner, _, key = setting.partition(".")
        given[owner] = {key: value} if key else value
    succeeded = True
    with timeless(dice) as waits:
        try:
            RUNNERS[name](far_end, given)
        except BaseException as error:
            if error is not far_end.error and type(error).__name__ not in _GIVEN_UP:
                raise
            succeeded = False
    return Trace(far_end.calls, waits, succeeded and far_end.calls > far_end.failures)


def skip_unless_installed(name: str) -> None:
    """pydantic-ai asks for a later Python than heedlint does."""
    if name.startswith("pydantic_ai") and sys.version_info < (3, 11):
        pytest.skip("pydantic-ai needs Python 3.11")


def stop_settings(policy: RetryPolicy, calls: int) -> dict[str, int]:
    """What makes a policy end after so many calls; nothing where it has no such parameter."""
    for stop in policy.stops:
        if stop.kind in {"attempts", "retries"} and stop.parameter is not None:
            return {stop.parameter.name: calls - (stop.kind == "retries")}
    return {}


def _chance() -> float:
    """`random.random` as it is by then: RandomRetry binds it when it is imported."""
    return random.random()


# Without these there is no policy, or none that retries a 429.
_STATUSES = {"statuses": [429]}
REQUIRED: dict[str, Settings] = {
    "backoff.on_exception": {"wait_gen": backoff.constant, "exception": Exception},
    "backoff.on_predicate": {"wait_gen": backoff.constant, "predicate": lambda r: r != "done"},
    "stamina.retry": {"on": Exception},
    "stamina.retry_context": {"on": Exception},
    "stamina.RetryingCaller": {"on": Exception},
    "stamina.AsyncRetryingCaller": {"on": Exception},
    "celery.shared_task": {"autoretry_for": (Exception,)},
    "task": {"autoretry_for": (Exception,)},
    "langchain_core.language_models.llms.create_base_retry_decorator": {"error_types": [Exception]},
    "urllib3.Retry": {"status_forcelist": [429]},
    "aiohttp_retry.ExponentialRetry": _STATUSES,
    "aiohttp_retry.JitterRetry": _STATUSES,
    "aiohttp_retry.RandomRetry": {**_STATUSES, "random_func": _chance},
    "aiohttp_retry.ListRetry": {**_STATUSES, "timeouts": [2.0] * 7},
    "aiohttp_retry.FibonacciRetry": _STATUSES,
}


def needs(name: str, terms: tuple[RetryTerm, ...]) -> bool:
    """Whether the policy cannot be made without one of the terms."""
    return any(term.name in REQUIRED.get(name, {}) for term in terms)


Runner = Callable[[FarEnd, dict[str, Any]], object]


def _stamina_context(far_end: FarEnd, settings: dict[str, Any]) -> None:
    for attempt in stamina.retry_context(**settings):
        with attempt:
            far_end.call()


def caller_arguments(name: str, condition: object, function: object) -> list[object]:
    """What a policy object is called with, where its condition is given only then."""
    policy = POLICIES[name]
    assert policy.called_with is not None and policy.called_with.parameter is not None
    places = {policy.called_with.parameter.position: condition, policy.function.position: function}
    return [places[position] for position in sorted(places)]


def _stamina_caller(far_end: FarEnd, settings: dict[str, Any]) -> object:
    on = settings.pop("on")
    arguments = caller_arguments("stamina.RetryingCaller", on, far_end.call)
    caller: Any = stamina.RetryingCaller(**settings)
    return caller(*arguments)


def _stamina_async_caller(far_end: FarEnd, settings: dict[str, Any]) -> object:
    on = settings.pop("on")
    arguments = caller_arguments("stamina.AsyncRetryingCaller", on, far_end.acall)
    caller: Any = stamina.AsyncRetryingCaller(**settings)
    return asyncio.run(caller(*arguments))


def _tenacity_async(far_end: FarEnd, settings: dict[str, Any]) -> object:
    controller: Any = tenacity.AsyncRetrying(**settings)
    return asyncio.run(controller(far_end.acall))


def _pydantic_ai(far_end: FarEnd, settings: dict[str, Any]) -> object:
    import httpx2
    from pydantic_ai.retries import HTTPX2TenacityTransport, RetryConfig

    def respond(request: object) -> httpx2.Response:
        status, headers = far_end.answer()
        if far_end.error is not None and status != 200:
            raise far_end.error
        return httpx2.Response(status, headers=headers)

    transport = HTTPX2TenacityTransport(
        RetryConfig(**settings),
        wrapped=httpx2.MockTransport(respond),
        validate_response=lambda response: response.raise_for_status(),
    )
    with httpx2.Client(transport=transport) as client:
        return client.get("http://far.end")


app = celery.Celery("heedlint-tests", broker="memory://", set_as_current=True)
_task_numbers = itertools.count()


def _celery(decorate: Callable[..., Any]) -> Runner:
    def runner(far_end: FarEnd, settings: dict[str, Any]) -> None:
        def function() -> object:
            return far_end.call()

        def waits(reason: Any, **_: object) -> None:
            # Run eagerly, a task does not wait; a worker would wait so long.
            time.sleep(reason.when)

        task = decorate(name=f"task-{next(_task_numbers)}", **settings)(function)
        signals.task_retry.connect(waits)
        try:
            task.apply(throw=False)
        finally:
            signals.task_retry.disconnect(waits)

    return runner


def _langchain_decorator(far_end: FarEnd, settings: dict[str, Any]) -> object:
    return create_base_retry_decorator(**settings)(far_end.call)()


def _langchain(far_end: FarEnd, settings: dict[str, Any]) -> object:
    return RunnableLambda(lambda _: far_end.call()).with_retry(**settings).invoke(None)


def _urllib3(far_end: FarEnd, settings: dict[str, Any]) -> object:
    retry = urllib3.Retry(**settings)
    return urllib3.PoolManager().request(far_end.method, far_end.url, retries=retry)


def _httpx_retries(far_end: FarEnd, settings: dict[str, Any]) -> object:
    # A transport of its own would read all of the system's certificates, twice.
    plain = httpx.HTTPTransport(verify=False)
    transport = httpx_retries.RetryTransport(plain, httpx_retries.Retry(**settings))
    with httpx.Client(transport=transport, trust_env=False) as client:
        return client.request(far_end.method, far_end.url)


def _aiohttp_retry(options: Callable[..., Any]) -> Runner:
    async def exchange(far_end: FarEnd, settings: dict[str, Any]) -> None:
        async with (
            aiohttp_retry.RetryClient(retry_options=options(**settings)) as client,
            client.request(far_end.method, far_end.url),
        ):
            pass

    return lambda far_end, settings: asyncio.run(exchange(far_end, settings))


RUNNERS: dict[str, Runner] = {
    "tenacity.retry": lambda far_end, given: tenacity.retry(**given)(far_end.call)(),
    "tenacity.Retrying": lambda far_end, given: tenacity.Retrying(**given)(far_end.call),
    "tenacity.AsyncRetrying": _tenacity_async,
    "backoff.on_exception": lambda far_end, given: backoff.on_exception(**given)(far_end.call)(),
    "backoff.on_predicate": lambda far_end, given: backoff.on_predicate(**given)(far_end.outcome)(),
    "stamina.retry": lambda far_end, given: stamina.retry(**given)(far_end.call)(),
    "stamina.retry_context": _stamina_context,
    "stamina.RetryingCaller": _stamina_caller,
    "stamina.AsyncRetryingCaller": _stamina_async_caller,
    "retrying.retry": lambda far_end, given: retrying.retry(**given)(far_end.call)(),
    "retrying.Retrying": lambda far_end, given: retrying.Retrying(**given).call(far_end.call),
    "retryhttp.retry": lambda far_end, given: retryhttp.retry(**given)(far_end.call)(),
    "pydantic_ai.retries.RetryConfig": _pydantic_ai,
    "celery.shared_task": _celery(celery.shared_task),
    "task": _celery(app.task),
    "with_retry": _langchain,
    "langchain_core.language_models.llms.create_base_retry_decorator": _langchain_decorator,
    "urllib3.Retry": _urllib3,
    "httpx_retries.Retry": _httpx_retries,
    "aiohttp_retry.ExponentialRetry": _aiohttp_retry(aiohttp_retry.ExponentialRetry),
    "aiohttp_retry.JitterRetry": _aiohttp_retry(aiohttp_retry.JitterRetry),
    "aiohttp_retry.RandomRetry": _aiohttp_retry(aiohttp_retry.RandomRetry),
    "aiohttp_retry.ListRetry": _aiohttp_retry(aiohttp_retry.ListRetry),
    "aiohttp_retry.FibonacciRetry": _aiohttp_retry(aiohttp_retry.FibonacciRetry),
}
