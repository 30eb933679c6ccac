"""Jira's client; see clients/sdk_modules.py."""

from __future__ import annotations

from typing import Any

import pytest
from jira import JIRA, JIRAError
from pytest_httpserver import HTTPServer

EXPORTING = ["jira", "jira.exceptions"]
# As three versions of the API say it.
BODY = {"errorMessages": ["the text"], "errorMessage": "the text", "message": "the text"}


def error(server: HTTPServer, retries: int | None = 0) -> Any:
    given: dict[str, Any] = {} if retries is None else {"max_retries": retries}
    with pytest.raises(JIRAError) as caught:
        made(server.url_for("").rstrip("/"), **given).server_info()
    return caught.value


def client() -> JIRA:
    return made("http://127.0.0.1:9")


def made(url: str, **options: Any) -> JIRA:
    return JIRA(url, get_server_info=False, **options)
