"""The standard library's urllib.request; see clients/sdk_modules.py."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest
from pytest_httpserver import HTTPServer

MAKERS = {"urllib.request.build_opener"}


def error(server: HTTPServer, retries: int | None = 0) -> BaseException:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(server.url_for("/v1"), timeout=10)
    return caught.value


def client() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener()
