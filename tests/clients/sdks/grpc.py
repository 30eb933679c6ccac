"""gRPC; see clients/sdk_modules.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any

import grpc
import pytest
from pytest_httpserver import HTTPServer

from heedlint.clients.model import Role

EXPORTING = ["grpc", "grpc.aio"]
# No HTTP status is told.
STATUSES: list[int] = []
EXPECTED = {Role.CODE: grpc.StatusCode.RESOURCE_EXHAUSTED}
PATH = "/x.Service/Method"


@contextmanager
def service(fails: Callable[[Any], Any], path: str = PATH) -> Iterator[str]:
    """The address of a service whose one call is `fails`, which is given the call's context."""
    handler = grpc.unary_unary_rpc_method_handler(lambda request, context: fails(context))
    name, method = path.strip("/").split("/")
    with ThreadPoolExecutor(1) as pool:
        server = grpc.server(pool)
        server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler(name, {method: handler}),)
        )
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield f"127.0.0.1:{port}"
        finally:
            server.stop(None).wait()


def exhausted(context: Any) -> None:
    context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "the text")


def error(
    server: HTTPServer, retries: int | None = 0, fails: Callable[[Any], Any] = exhausted
) -> BaseException:
    def counted(context: Any) -> None:
        # The local server speaks no gRPC: it counts the calls.
        connection = HTTPConnection(server.host, server.port)
        connection.request("GET", "/")
        connection.getresponse().close()
        fails(context)

    with (
        service(counted) as address,
        grpc.insecure_channel(address) as channel,
        pytest.raises(grpc.RpcError) as caught,
    ):
        channel.unary_unary(PATH)(b"")
    return caught.value
