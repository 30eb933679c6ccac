"""The functions that repairs put into programs, with the headers of real libraries."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from email.message import Message
from email.utils import format_datetime
from http.client import HTTPMessage
from typing import Any
from urllib.request import urlopen

import aiohttp
import backoff
import httpx
import pytest
import requests
import urllib3
from api_server import PyAIServer
from hypothesis import given
from hypothesis import strategies as st

from heedlint.fixes.inserted.heeding_retry_after import heeding_retry_after
from heedlint.fixes.inserted.retry_after_seconds import retry_after_seconds

DAY = 86400.0
DEFAULT = 3.5


def message(value: str) -> HTTPMessage:
    headers = HTTPMessage()
    headers["Retry-After"] = value
    return headers


MAPPINGS: dict[str, Callable[[str], Any]] = {
    "httpx": lambda value: httpx.Headers({"Retry-After": value}),
    "requests": lambda value: requests.structures.CaseInsensitiveDict({"RETRY-AFTER": value}),
    "urllib3": lambda value: urllib3.HTTPHeaderDict({"retry-after": value}),
    "http.client": message,
    "dict": lambda value: {"Content-Length": "0", "Retry-After": value},
    "dict in small letters": lambda value: {"retry-after": value},
    "dict of numbers": lambda value: {"retry-after": int(value) if value.isdigit() else value},
}


@pytest.mark.parametrize("made", MAPPINGS.values(), ids=MAPPINGS)
@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7), (" 7 ", 7), ("0", 0), ("2.5", 2.5), ("-3", 0), ("+4", 4), ("120", 120),
        ("999999999999", DAY), ("", DEFAULT), ("soon", DEFAULT), ("nan", DEFAULT),
        ("inf", DEFAULT), ("1e9", DEFAULT), ("1-2", DEFAULT), ("-", DEFAULT), ("7 s", DEFAULT),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0), ("Sunday, 06-Nov-94 08:49:37 GMT", 0),
        ("Sun Nov  6 08:49:37 1994", 0), ("Fri, 31 Dec 9999 23:59:59 GMT", DAY),
        ("Fri, 31 Dec 99999 23:59:59 GMT", DEFAULT), ("Fri, 31 Foo 2026 23:59:59 GMT", DEFAULT),
    ],
)  # fmt: skip
def test_the_header_is_read_in_all_its_forms(
    made: Callable[[str], Any], value: str, seconds: float
) -> None:
    assert retry_after_seconds(made(value), DEFAULT) == seconds


@pytest.mark.parametrize("headers", [None, {}, httpx.Headers(), Message(), {b"retry-after": b"7"}])
def test_without_the_header_the_default_holds(headers: object) -> None:
    assert retry_after_seconds(headers, DEFAULT) == DEFAULT


@pytest.mark.parametrize("offset", [0, 1, -5])
def test_a_date_is_waited_for_whatever_its_zone(offset: int) -> None:
    then = datetime.now(timezone(timedelta(hours=offset))) + timedelta(seconds=90)
    told = retry_after_seconds({"Retry-After": format_datetime(then)}, DEFAULT)
    assert 88 < told <= 90


def test_a_date_without_a_zone_is_in_gmt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    then = datetime.now(timezone.utc) + timedelta(seconds=90)
    try:
        told = retry_after_seconds({"Retry-After": then.ctime()}, DEFAULT)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert 88 < told <= 90


def test_the_longest_wait_is_a_parameter() -> None:
    assert retry_after_seconds({"Retry-After": "500"}, DEFAULT, longest=300) == 300


@given(st.text() | st.integers().map(str) | st.floats().map(str) | st.datetimes().map(str))
def test_whatever_a_server_sends_the_wait_is_sensible(value: str) -> None:
    told = retry_after_seconds({"Retry-After": value}, DEFAULT)
    assert math.isfinite(told)
    assert 0 <= told <= DAY


@given(st.integers(0, 10**6))
def test_a_number_of_seconds_is_waited_for_up_to_the_longest(seconds: int) -> None:
    assert retry_after_seconds({"retry-after": str(seconds)}, DEFAULT) == min(seconds, DAY)


@given(st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1)))
def test_every_date_is_read_to_the_second(then: datetime) -> None:
    value = format_datetime(then.replace(tzinfo=timezone.utc), usegmt=True)
    wanted = then.replace(tzinfo=timezone.utc, microsecond=0).timestamp() - time.time()
    told = retry_after_seconds({"Retry-After": value}, DEFAULT)
    assert told == pytest.approx(min(max(wanted, 0), DAY), abs=1)


def test_the_headers_of_real_answers_are_read(pyai_server: PyAIServer) -> None:
    url = f"{pyai_server.base_url}/models"

    async def by_aiohttp() -> Any:
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            return response.headers

    def by_urllib() -> Any:
        with pytest.raises(OSError) as caught:
            urlopen(url)
        return caught.value.headers  # type: ignore[attr-defined]

    clients: list[Callable[[], Any]] = [
        lambda: httpx.get(url).headers,
        lambda: requests.get(url, timeout=5).headers,
        lambda: urllib3.request("GET", url, retries=False).headers,
        lambda: asyncio.run(by_aiohttp()),
        by_urllib,
    ]
    for ask in clients:
        pyai_server.fail("rate_limit_exceeded", retry_after=12)
        assert retry_after_seconds(ask(), DEFAULT) == 12


# The wait generator


def test_a_generator_goes_on_by_itself_where_the_headers_say_nothing() -> None:
    halved = heeding_retry_after(backoff.expo, lambda headers: headers, lambda delay: delay / 2)
    delays = halved(base=3, max_value=50)
    next(delays)
    answers = [None, {"Retry-After": "7"}, {}, None, None]
    assert [delays.send(headers) for headers in answers] == [0.5, 7, 4.5, 13.5, 25]


def test_a_generator_that_ends_gives_up_with_the_error_itself() -> None:
    tries: list[int] = []

    @backoff.on_exception(
        heeding_retry_after(backoff.constant, lambda error: None),
        LookupError,
        interval=[0, 0],
        jitter=None,
        max_tries=9,
    )
    def ask() -> None:
        tries.append(1)
        raise LookupError

    with pytest.raises(LookupError):
        ask()
    assert len(tries) == 3
