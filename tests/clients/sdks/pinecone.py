"""Pinecone's SDK; see clients/sdk_modules.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pinecone
import pytest
from pinecone._internal import http_client
from pytest_httpserver import HTTPServer

EXPORTING = ["pinecone", "pinecone.errors", "pinecone.exceptions"]
BODY = {"error": {"code": "the_code", "message": "the text"}, "status": 429}


def error(
    server: HTTPServer,
    retries: int | None = 0,
    sleep: Callable[[float], None] = lambda seconds: None,
    ask: Callable[[Any], Any] = lambda found: found.describe_index("x"),
) -> BaseException:
    given: dict[str, Any] = {}
    if retries is not None:
        given["retry_config"] = pinecone.RetryConfig(max_retries=retries)
    found = pinecone.Pinecone("k", host=server.url_for(""), **given)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(http_client, "_retry_sleep", sleep)
        with pytest.raises(pinecone.PineconeError) as caught:
            ask(found)
    return caught.value


def client() -> tuple[Any, ...]:
    found = pinecone.Pinecone("k")
    return found, found.Index(host="http://127.0.0.1:9")
