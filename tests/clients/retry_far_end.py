"""A far end that fails as told, and a time in which nobody waits for it."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

LOWEST, HIGHEST = 0.0, 1.0


@dataclass
class FarEnd:
    """What is called: it fails `failures` times, then it succeeds.

    It fails with `error`, or returns `result`, or answers with the HTTP `status` (on the wire where
    an exchange is retried, else as httpx raises it) and `retry_after` in the header. `method` is
    that of the request, where one goes over the wire.
    """

    failures: int = 60
    status: int = 429
    retry_after: str = ""
    error: BaseException | None = None
    result: object = None
    calls: int = 0
    url: str = ""
    method: str = "GET"

    def answer(self) -> tuple[int, dict[str, str]]:
        """Status and headers of the next answer."""
        self.calls += 1
        headers = {"Retry-After": self.retry_after} if self.retry_after else {}
        return (self.status, headers) if self.calls <= self.failures else (200, {})

    def call(self) -> object:
        """The far end as a function."""
        status, headers = self.answer()
        if status == 200:
            return "done"
        if self.error is not None:
            raise self.error
        return self.result or http_error(status, headers)

    async def acall(self) -> object:
        """The far end as a coroutine function."""
        return self.call()

    def outcome(self) -> object:
        """The far end as a function that returns its errors: the response, false without one."""
        status, headers = self.answer()
        return "done" if status == 200 else httpx.Response(status, headers=headers)


def http_error(status: int, headers: Mapping[str, str]) -> object:
    """Raises what httpx raises for a status."""
    request = httpx.Request("GET", "http://far.end")
    return httpx.Response(status, headers=headers, request=request).raise_for_status()


def serve(server: HTTPServer, far_end: FarEnd) -> FarEnd:
    """Puts the far end behind the local server."""

    def respond(request: object) -> Response:
        status, headers = far_end.answer()
        return Response("", status, headers=headers)

    server.clear()
    server.expect_request("/").respond_with_handler(respond)
    far_end.url = server.url_for("/")
    return far_end


def seconds_asked(answer: httpx.Response) -> float:
    """What the far end says in the header, which it never leaves out nor writes as a date."""
    return float(answer.headers["Retry-After"])  # noqa: HED304


@contextmanager
def timeless(dice: float) -> Iterator[list[float]]:
    """Nobody waits, and chance is as `dice` says, from 0 to 1; yields the delays asked for."""
    waits: list[float] = []

    async def sleep(delay: float, result: object = None) -> object:
        waits.append(delay)
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "sleep", waits.append)
        patch.setattr(asyncio, "sleep", sleep)
        patch.setattr(random, "random", lambda: dice)
        patch.setattr(random, "uniform", lambda low, high: low + (high - low) * dice)
        patch.setattr(random, "randint", lambda low, high: round(low + (high - low) * dice))
        patch.setattr(random, "randrange", lambda stop: round((stop - 1) * dice))
        yield waits
