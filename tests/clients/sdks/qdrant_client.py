"""Qdrant's client; see clients/sdk_modules.py."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from qdrant_client import QdrantClient
from qdrant_client.common.client_exceptions import QdrantException
from qdrant_client.http.exceptions import ApiException

from clients import profile_checks
from heedlint.clients.model import Role

EXPORTING = ["qdrant_client.http.exceptions", "qdrant_client.common.client_exceptions"]
BODY = {"status": {"error": "the text"}, "time": 0.1}
# With Retry-After, a 429 is an exception of its own, with other fields; see test_sdk_particulars.
STATUSES = [status for status in profile_checks.STATUSES if status != 429]
OTHER_MEMBERS = {"status_code", "reason_phrase", "content", "headers", "structured()"}
EXPECTED = {Role.ERROR_OBJECT: BODY["status"]}


def error(server: HTTPServer, retries: int | None = 0) -> Any:
    found = client(url=server.url_for(""))
    with pytest.raises((ApiException, QdrantException)) as caught:
        found.get_collections()
    return caught.value


def body(error: Any) -> Any:
    return BODY


def client(url: str = "http://127.0.0.1:9") -> QdrantClient:
    return QdrantClient(url, check_compatibility=False)
