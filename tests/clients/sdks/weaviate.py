"""Weaviate's client; see clients/sdk_modules.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import weaviate
from pytest_httpserver import HTTPServer
from weaviate.connect import ConnectionParams
from weaviate.exceptions import WeaviateBaseError

EXPORTING = ["weaviate.exceptions"]
BODY = {"error": [{"message": "the text"}]}
MAKERS = [
    "weaviate.connect_to_custom",
    "weaviate.connect_to_local",
    "weaviate.connect_to_weaviate_cloud",
    "weaviate.use_async_with_custom",
    "weaviate.use_async_with_local",
    "weaviate.use_async_with_weaviate_cloud",
]


def made(host: str, port: int, grpc_port: int = 9) -> weaviate.WeaviateClient:
    there = ConnectionParams.from_params(host, port, False, host, grpc_port, False)
    return weaviate.WeaviateClient(there, skip_init_checks=True)


def error(
    server: HTTPServer,
    retries: int | None = 0,
    grpc_port: int = 9,
    ask: Callable[[weaviate.WeaviateClient], Any] = lambda found: found.get_meta(),
) -> BaseException:
    server.expect_oneshot_request("/v1/meta").respond_with_json({"version": "1.30.0"})
    with made(server.host, server.port, grpc_port) as found:
        # To connect it asks how to log in, and what the server is.
        server.clear_log()
        with pytest.raises(WeaviateBaseError) as caught:
            ask(found)
    return caught.value


def client() -> tuple[Any, ...]:
    found = made("127.0.0.1", 8)
    return found, found.collections.use("X")
