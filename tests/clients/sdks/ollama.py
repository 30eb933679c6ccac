"""Ollama's client; see clients/sdk_modules.py."""

from __future__ import annotations

from typing import Any

import ollama
import pytest
from pytest_httpserver import HTTPServer

BODY = {"error": "the text"}


def error(server: HTTPServer, retries: int | None = 0, **options: Any) -> Any:
    found = ollama.Client(server.url_for(""), **options)
    with pytest.raises(ollama.ResponseError) as caught:
        found.chat(model="x", messages=[])
    return caught.value


def client() -> ollama.Client:
    return ollama.Client("http://127.0.0.1:9")
