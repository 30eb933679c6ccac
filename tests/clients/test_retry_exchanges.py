"""What urllib3, httpx-retries and aiohttp-retry have of their own, as their profiles state it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import aiohttp_retry
import httpx
import httpx_retries
import pytest
import requests
import urllib3
from pytest_httpserver import HTTPServer

from clients.conftest import Trial
from clients.retry_far_end import HIGHEST, FarEnd, serve, timeless
from clients.retry_runs import POLICIES, PROFILES

URLLIB3 = POLICIES["urllib3.Retry"]


# --- urllib3


def test_urllib3_heeds_the_header_of_the_stated_statuses() -> None:
    stated = frozenset(URLLIB3.retry_after_statuses)
    assert stated == urllib3.Retry.RETRY_AFTER_STATUS_CODES


@pytest.mark.parametrize("status", range(400, 600))
def test_urllib3_retries_the_stated_statuses(status: int) -> None:
    listed = urllib3.Retry(status_forcelist=[500])
    deaf = urllib3.Retry(respect_retry_after_header=False)  # noqa: HED302
    waits = status in URLLIB3.retry_after_statuses
    assert listed.is_retry("GET", status) is (status == 500)
    assert listed.is_retry("GET", status, has_retry_after=True) is (status == 500 or waits)
    assert not deaf.is_retry("GET", status, has_retry_after=True)
    # What the head of the file says of POST.
    assert not listed.is_retry("POST", status, has_retry_after=True)


def test_the_first_backoff_of_urllib3_is_none(trial: Trial) -> None:
    given = {"backoff_factor": 1}
    assert trial("urllib3.Retry", FarEnd(failures=1), given).waits == []
    assert len(trial("urllib3.Retry", FarEnd(failures=2), given).waits) == 1


# --- where a policy is put to work: each makes two attempts with one retry


def by_requests(url: str, policy: Any) -> None:
    with requests.Session() as session:
        session.trust_env = False
        session.mount("http://", requests.adapters.HTTPAdapter(max_retries=policy))
        session.get(url, timeout=10)


def by_pool(pool: Callable[..., Any]) -> Callable[[str, Any], object]:
    def exchange(url: str, policy: Any) -> None:
        parsed = urllib3.util.parse_url(url)
        given = {"retries": policy}
        if pool is urllib3.PoolManager:
            made, target = pool(**given), url
        elif pool is urllib3.ProxyManager:
            # The server plays the proxy, too.
            made, target = pool(url, **given), url
        else:
            made, target = pool(parsed.host, parsed.port, **given), "/"
        made.request("GET", target)

    return exchange


def by_httpx(url: str, policy: Any) -> None:
    plain = httpx.HTTPTransport(verify=False)
    transport = httpx_retries.RetryTransport(plain, policy)
    with httpx.Client(transport=transport, trust_env=False) as client:
        client.get(url)


def by_retry_request(url: str, policy: Any) -> None:
    with httpx.Client(trust_env=False, verify=False) as client:
        httpx_retries.retry_request(client, "GET", url, retry=policy)


def by_async_retry_request(url: str, policy: Any) -> None:
    async def exchange() -> None:
        async with httpx.AsyncClient(trust_env=False, verify=False) as client:
            await httpx_retries.aretry_request(client, "GET", url, retry=policy)

    asyncio.run(exchange())


def by_aiohttp(url: str, policy: Any) -> None:
    async def exchange() -> None:
        async with aiohttp_retry.RetryClient(retry_options=policy) as client, client.get(url):
            pass

    asyncio.run(exchange())


MOUNTED: dict[str, Callable[[str, Any], object]] = {
    "requests.adapters.HTTPAdapter": by_requests,
    "urllib3.PoolManager": by_pool(urllib3.PoolManager),
    "urllib3.ProxyManager": by_pool(urllib3.ProxyManager),
    "urllib3.HTTPConnectionPool": by_pool(urllib3.HTTPConnectionPool),
    "urllib3.request": lambda url, policy: urllib3.request("GET", url, retries=policy),
    "httpx_retries.RetryTransport": by_httpx,
    "httpx_retries.retry_request": by_retry_request,
    "httpx_retries.aretry_request": by_async_retry_request,
    "aiohttp_retry.RetryClient": by_aiohttp,
}
# The same over TLS, for which there is no server here.
NOT_SERVED = {"urllib3.HTTPSConnectionPool"}
MADE: dict[str, Callable[[], Any]] = {
    "urllib3-retry": lambda: urllib3.Retry(1, status_forcelist=[500]),
    "httpx-retries": lambda: httpx_retries.Retry(1, status_forcelist=[500]),
    "aiohttp-retry": lambda: aiohttp_retry.ExponentialRetry(2, statuses={500}),
}
MOUNTS = [(profile, name) for profile in MADE for name in PROFILES[profile].mounts]


def calls_of(server: HTTPServer, name: str, policy: Any, far_end: FarEnd) -> int:
    """How many requests a mount with the policy makes."""
    serve(server, far_end)
    given_up = (urllib3.exceptions.MaxRetryError, requests.exceptions.RetryError)
    with timeless(HIGHEST), contextlib.suppress(*given_up):
        MOUNTED[name](far_end.url, policy)
    return far_end.calls


def test_every_mount_is_tried() -> None:
    assert {name for _, name in MOUNTS} - NOT_SERVED == set(MOUNTED)


@pytest.mark.parametrize(("profile", "name"), [m for m in MOUNTS if m[1] not in NOT_SERVED])
def test_a_mount_puts_the_policy_to_work(httpserver: HTTPServer, profile: str, name: str) -> None:
    assert calls_of(httpserver, name, MADE[profile](), FarEnd(status=500)) == 2
    assert calls_of(httpserver, name, MADE[profile](), FarEnd(status=501)) == (
        2 if profile == "aiohttp-retry" else 1
    )


@pytest.mark.parametrize("name", [n for n in PROFILES["urllib3-retry"].mounts if n in MOUNTED])
def test_a_bare_number_stands_for_a_policy(httpserver: HTTPServer, name: str) -> None:
    """Of that many retries, which retries what carries Retry-After."""
    assert calls_of(httpserver, name, 2, FarEnd(status=429, retry_after="1")) == 3
    assert calls_of(httpserver, name, 2, FarEnd(status=429)) == 1


@pytest.mark.parametrize("name", list(PROFILES["httpx-retries"].mounts))
def test_without_a_policy_httpx_retries_has_its_own(httpserver: HTTPServer, name: str) -> None:
    assert calls_of(httpserver, name, None, FarEnd(failures=2)) == 3


# --- httpx-retries and aiohttp-retry


def test_httpx_retries_leaves_a_post_alone(httpserver: HTTPServer) -> None:
    far_end = serve(httpserver, FarEnd())
    transport = httpx_retries.RetryTransport(httpx.HTTPTransport(verify=False))
    with httpx.Client(transport=transport, trust_env=False) as client:
        client.post(far_end.url)
    assert far_end.calls == 1


def test_an_empty_list_of_httpx_retries_is_the_default_one(trial: Trial) -> None:
    trace = trial("httpx_retries.Retry", FarEnd(failures=1), {"status_forcelist": []})
    assert trace.succeeded


def test_the_cap_of_httpx_retries_brings_a_retry_early(trial: Trial) -> None:
    trace = trial("httpx_retries.Retry", FarEnd(failures=1, retry_after="300"))
    assert trace.waits == [httpx_retries.Retry().max_backoff_wait]


@pytest.mark.parametrize("timeouts", [[1.0], [1.0] * 4])
def test_a_list_of_timeouts_is_as_many_attempts(trial: Trial, timeouts: list[float]) -> None:
    given = {"timeouts": timeouts}
    assert trial("aiohttp_retry.ListRetry", FarEnd(), given).calls == len(timeouts)


@pytest.mark.parametrize("name", [n for n in POLICIES if n.startswith("aiohttp_retry.")])
def test_aiohttp_retry_asks_its_callback_whether_all_is_well(trial: Trial, name: str) -> None:
    def says(well: bool) -> Callable[[object], Any]:
        async def callback(response: object) -> bool:
            return well

        return callback

    for well in (True, False):
        given = {"statuses": None, "evaluate_response_callback": says(well)}
        assert (trial(name, FarEnd(status=418), given).calls == 1) is well


def test_aiohttp_retry_retries_a_post_too(httpserver: HTTPServer) -> None:
    far_end = serve(httpserver, FarEnd(failures=1, status=500))

    async def exchange() -> None:
        async with aiohttp_retry.RetryClient() as client, client.post(far_end.url):
            pass

    with timeless(HIGHEST):
        asyncio.run(exchange())
    assert far_end.calls == 2
