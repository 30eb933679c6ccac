"""What Google's API clients have in common; see clients/sdk_modules.py."""

from __future__ import annotations

import grpc
import pytest
from google.api_core import exceptions
from google.api_core.operations_v1 import AbstractOperationsClient, OperationsRestTransport
from google.auth.credentials import AnonymousCredentials
from pytest_httpserver import HTTPServer

from clients import profile_checks
from heedlint.clients.model import Role

# A 401 makes google.auth fetch new credentials, and there are none to be had.
STATUSES = [status for status in profile_checks.STATUSES if status != 401]
EXPORTING = ["google.api_core.exceptions"]
# The API tells two codes apart, that of gRPC and the reason; here they are one.
CODE = "RESOURCE_EXHAUSTED"
INFO = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": CODE}
BODY = {"error": {"code": 429, "message": "the text", "status": CODE, "details": [INFO]}}
EXPECTED = {Role.CODE: CODE}


def error(server: HTTPServer, retries: int | None = 0) -> BaseException:
    host = f"http://{server.host}:{server.port}"
    transport = OperationsRestTransport(host=host, credentials=AnonymousCredentials())
    with pytest.raises(exceptions.GoogleAPIError) as caught:
        # Each client has retries of its own by default: no matter of google.api_core.
        AbstractOperationsClient(transport=transport).get_operation("p/operations/x", retry=None)
    return caught.value


def coded_error(server: HTTPServer, code: str) -> BaseException:
    return exceptions.from_grpc_status(grpc.StatusCode[code], "the text")
