"""OpenSearch's client; see clients/sdk_modules.py."""

from __future__ import annotations

from typing import Any

import opensearchpy
import pytest
from pytest_httpserver import HTTPServer

from heedlint.clients.model import Role

EXPORTING = ["opensearchpy", "opensearchpy.exceptions", "opensearchpy.helpers"]
TYPE = "circuit_breaking_exception"
BODY = {"error": {"type": TYPE, "reason": "the text", "root_cause": []}, "status": 429}
NOT_FOR_PROFILES = {
    "opensearchpy.ImproperlyConfigured",
    "opensearchpy.OpenSearchDslException",
    "opensearchpy.UnknownDslObject",
    "opensearchpy.ValidationException",
    "opensearchpy.IllegalOperation",
}  # raised before anything is asked
EXPECTED = {Role.TYPE: TYPE}


def error(server: HTTPServer, retries: int | None = 0) -> BaseException:
    given: dict[str, Any] = {} if retries is None else {"max_retries": retries}
    found = opensearchpy.OpenSearch(server.url_for(""), **given)
    with pytest.raises(opensearchpy.TransportError) as caught:
        found.info()
    return caught.value


def client() -> opensearchpy.OpenSearch:
    return opensearchpy.OpenSearch("http://127.0.0.1:9")
