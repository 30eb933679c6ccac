"""Tweepy; see clients/sdk_modules.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
import tweepy
from pytest_httpserver import HTTPServer

from heedlint.clients.model import Role

BODY = {"errors": [{"code": 88, "message": "the text"}]}
EXPECTED = {Role.CODE: [88]}


class Redirected(requests.Session):
    """All requests go to the local server: the clients have one address built in."""

    def __init__(self, server: HTTPServer) -> None:
        super().__init__()
        self.server = server

    def request(self, method: Any, url: Any, *args: Any, **options: Any) -> requests.Response:
        return super().request(method, self.server.url_for("/"), *args, **options)


def error(
    server: HTTPServer,
    retries: int | None = 0,
    made: Any = None,
    ask: Callable[[Any], Any] = lambda found: found.get_user(username="x"),
) -> BaseException:
    found = made or tweepy.Client("k")
    found.session = Redirected(server)
    with pytest.raises(tweepy.TweepyException) as caught:
        ask(found)
    return caught.value


def client() -> tuple[Any, ...]:
    return tweepy.Client("k"), tweepy.API()
