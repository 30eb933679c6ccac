"""aiohttp-retry: it never reads Retry-After, so that a 429 in its list is tried again too early."""

import asyncio
import logging
from http import HTTPStatus

import aiohttp
import aiohttp_retry
from aiohttp import ClientResponseError, ClientSession, ClientTimeout
from aiohttp_retry import (
    ExponentialRetry,
    FibonacciRetry,
    JitterRetry,
    ListRetry,
    RandomRetry,
    RetryClient,
    RetryOptions,
)

BASE = "https://weather.example.com/v3"
LOG = logging.getLogger(__name__)

# A rate limit, after a delay of the library's own.


async def forecast(city):
    options = ExponentialRetry(attempts=4, statuses={429, 500, 502, 503})  # expect: HED301
    async with RetryClient(raise_for_status=False, retry_options=options) as client:
        async with client.get(f"{BASE}/forecast", params={"q": city}) as response:
            return await response.json()


RETRIED = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


class Station:
    _ATTEMPTS = 3

    def __init__(self, key):
        self._session = ClientSession(timeout=ClientTimeout(total=15))
        self._client = RetryClient(
            client_session=self._session,
            retry_options=JitterRetry(  # expect: HED301
                attempts=self._ATTEMPTS,
                start_timeout=0.5,
                factor=2,
                statuses=RETRIED,
            ),
        )
        self._key = key

    async def reading(self):
        async with self._client.get(f"{BASE}/reading", headers={"X-Key": self._key}) as response:
            response.raise_for_status()
            return await response.json()


async def one_call(client, payload):
    retried = aiohttp_retry.ListRetry([1.0, 2.0, 5.0], {429})  # expect: HED301
    async with client.post(BASE, json=payload, retry_options=retried) as response:
        return response.status


def fibonacci(attempts=5):
    return FibonacciRetry(attempts=attempts, multiplier=1.5, statuses=[429])  # expect: HED301


# Statuses of the request that no repetition changes.


def get_retry_client(session):
    policy = RandomRetry(
        attempts=3,
        statuses={
            401,  # expect: HED201
            403,  # expect: HED201
            500,
        },
        min_timeout=0.5,
        max_timeout=3.0,
    )
    return RetryClient(client_session=session, logger=LOG, retry_options=policy)


def of_an_old_version():
    options = RetryOptions(attempts=2, statuses=[422, 503])  # expect: HED201
    return RetryClient(retry_options=options)


def by_position():
    return ExponentialRetry(5, 0.1, 30.0, 2.0, {400, 404})  # expect: HED201


# Every status that is an error.


async def whatever_comes(url):
    options = ExponentialRetry(  # expect: HED301
        attempts=5,
        statuses=set(range(400, 600)),  # expect: HED202
    )
    async with RetryClient(retry_options=options) as client, client.get(url) as response:
        return await response.text()


def all_but_success():
    statuses = {status for status in range(100, 600)}
    statuses.remove(200)
    statuses.remove(429)
    return RandomRetry(attempts=2, statuses=statuses)  # clean: a set that is changed is unknown


# Right, or nothing to be said.

DEFAULTS = dict(attempts=5, start_timeout=0.5, factor=2, exceptions={aiohttp.ClientError})


def server_errors():
    return RetryClient(retry_options=ExponentialRetry(attempts=5))  # clean: every 5xx, and no other


def listed_server_errors():
    return ExponentialRetry(
        attempts=5,
        statuses=(500, 502, 503, 504),  # clean: each may pass by itself
        exceptions={aiohttp.ClientError, asyncio.TimeoutError},
    )


def once():
    return ExponentialRetry(attempts=1, statuses={401, 429})  # clean: no second call


def no_server_errors():
    return JitterRetry(attempts=3, statuses={408, 425}, retry_all_server_errors=False)  # clean: may pass


def of_keywords():
    return ExponentialRetry(**DEFAULTS)  # clean: what there is names no status


def unknown_statuses(settings):
    return ExponentialRetry(attempts=3, statuses=set(settings.retried))  # clean: not in this file


class Told(ExponentialRetry):
    """Waits as long as the server says."""

    def get_timeout(self, attempt, response=None):
        told = response.headers.get("Retry-After", "") if response is not None else ""
        return float(told) if told.isdigit() else super().get_timeout(attempt, response)


def told():
    return RetryClient(retry_options=Told(attempts=4, statuses={429, 503}))  # clean: its own delay


async def is_final(response):
    return response.status not in (429, 503) or await response.text() == ""


def by_callback():
    return ListRetry([1.0, 1.0], evaluate_response_callback=is_final)  # clean: it may know better


def without_the_limit():
    statuses = {429, 500, 502}
    statuses.discard(429)
    return ExponentialRetry(attempts=3, statuses=statuses)  # clean: the 429 is out again


async def no_retry_client(session: ClientSession):
    expected = {"statuses": {401, 429}}
    async with session.get(BASE) as response:
        return response.status in expected["statuses"]  # clean: a test, no policy


async def refused(client):
    try:
        async with client.get(BASE, raise_for_status=True) as response:
            return await response.json()
    except ClientResponseError as e:
        if e.status in (401, 403):  # clean: told, not retried
            LOG.error("refused: %s", e.status)
        raise
