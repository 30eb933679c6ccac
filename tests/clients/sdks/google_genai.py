"""The Google Gen AI SDK; see clients/sdk_modules.py."""

from __future__ import annotations

import warnings

import pytest
from google import genai
from google.genai import errors
from google.genai.chats import Chat
from pytest_httpserver import HTTPServer

from heedlint.clients.model import Role

EXPORTING = ["google.genai", "google.genai.errors"]
BODY = {"error": {"code": 429, "message": "the text", "status": "RESOURCE_EXHAUSTED"}}
EXPECTED = {Role.CODE: "RESOURCE_EXHAUSTED"}


def error(server: HTTPServer, retries: int | None = 0) -> BaseException:
    found = genai.Client(api_key="k", http_options={"base_url": server.url_for("")})
    with pytest.raises(errors.APIError) as caught:
        found.models.get(model="m")
    return caught.value


def client() -> tuple[genai.Client, Chat]:
    warnings.simplefilter("ignore", UserWarning)  # of its experimental parts
    found = genai.Client(api_key="k")
    return found, found.chats.create(model="m")
