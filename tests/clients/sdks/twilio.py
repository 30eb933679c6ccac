"""The Twilio library; see clients/sdk_modules.py."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from heedlint.clients.model import Role

EXPORTING = ["twilio.base.exceptions"]
BODY = {"code": 20429, "message": "the text", "status": 429}
EXPECTED = {Role.CODE: 20429}
OTHER_MEMBERS = {"title", "detail"}


def error(server: HTTPServer, retries: int | None = 0, http_client: Any = None) -> BaseException:
    found = Client("AC1", "k", http_client=http_client)
    found.api.base_url = server.url_for("")
    with pytest.raises(TwilioException) as caught:
        found.messages.create(to="+1", from_="+1", body="x")
    return caught.value


def client() -> tuple[Any, ...]:
    found = Client("AC1", "k")
    return found, found.verify.v2.services("VA1")
