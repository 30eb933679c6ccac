"""The Mistral SDK; see clients/sdk_modules.py."""

from __future__ import annotations

import httpx2
import pytest
from mistralai.client import Mistral
from mistralai.client.errors import MistralError
from pytest_httpserver import HTTPServer

# One HTTP client for all; a new one reads all certificates.
HTTP = httpx2.Client(trust_env=False)
EXPORTING = ("mistralai.client", "mistralai.client.errors")
REMOVED_MEMBERS = {"http_status"}  # of 0.x
REMOVED_NAMES = {  # of 1.x
    "mistralai.Mistral",
    "mistralai.sdk.Mistral",
    "mistralai.models.HTTPValidationError",
    "mistralai.models.MistralError",
    "mistralai.models.NoResponseError",
    "mistralai.models.ResponseValidationError",
    "mistralai.models.SDKError",
    "mistralai.models.sdkerror.SDKError",
}


def error(server: HTTPServer, retries: int | None = 0) -> BaseException:
    sdk = Mistral(api_key="k", server_url=server.url_for("").rstrip("/"), client=HTTP)
    with pytest.raises(MistralError) as caught:
        sdk.chat.complete(model="m", messages=[{"role": "user", "content": "x"}])
    return caught.value


def client() -> Mistral:
    return Mistral(api_key="k", client=HTTP)
