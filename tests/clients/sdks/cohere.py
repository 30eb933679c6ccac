"""The Cohere SDK; see clients/sdk_modules.py."""

from __future__ import annotations

import cohere
import httpx
import pytest
from cohere.core import ApiError
from pytest_httpserver import HTTPServer

from clients import profile_checks

# One HTTP client for all; a new one reads all certificates.
HTTP = httpx.Client(trust_env=False)
BODY = {"id": "x", "message": "the text"}
STATUSES = [*profile_checks.STATUSES, 498, 499]
EXPORTING = ("cohere", "cohere.core", "cohere.errors")
# Of 4.x.
REMOVED_MEMBERS = {"http_status", "message"}
REMOVED_NAMES = {"cohere.CohereAPIError", "cohere.CohereConnectionError", "cohere.CohereError"}


def error(server: HTTPServer, retries: int | None = 0) -> BaseException:
    sdk = cohere.ClientV2("k", base_url=server.url_for(""), max_retries=retries, httpx_client=HTTP)
    with pytest.raises(ApiError) as caught:
        sdk.rerank(model="m", query="x", documents=["x"])
    return caught.value


def client() -> cohere.ClientV2:
    return cohere.ClientV2("k", httpx_client=HTTP)
