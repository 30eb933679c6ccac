"""The Slack SDK; see clients/sdk_modules.py."""

from __future__ import annotations

import pytest
from pytest_httpserver import HTTPServer
from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError

from heedlint.clients.model import Role

EXPORTING = ["slack_sdk.errors"]
BODY = {"ok": False, "error": "the_code"}
EXPECTED = {Role.CODE: "the_code"}


def error(server: HTTPServer, retries: int | None = 0) -> BaseException:
    with pytest.raises(SlackClientError) as caught:
        WebClient("k", base_url=server.url_for("")).auth_test()
    return caught.value


def client() -> WebClient:
    return WebClient("k")
