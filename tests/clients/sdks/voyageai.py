"""Voyage AI's SDK; see clients/sdk_modules.py."""

from __future__ import annotations

import pytest
import voyageai
from pytest_httpserver import HTTPServer
from voyageai.error import VoyageError

from clients import profile_checks

EXPORTING = ["voyageai.error"]
BODY = {"detail": "the text"}
# It takes other statuses from 500 on for answers without an error.
STATUSES = [s for s in profile_checks.STATUSES if s < 500 or s in (500, 502, 503, 504)]


def error(server: HTTPServer, retries: int | None = 0) -> BaseException:
    # `max_retries` counts the calls in all.
    given = {} if retries is None else {"max_retries": retries + 1}
    found = voyageai.Client("k", base_url=server.url_for("").rstrip("/"), **given)
    with pytest.raises(VoyageError) as caught:
        found.embed(["x"], model="m")
    return caught.value


def client() -> voyageai.Client:
    return voyageai.Client("k")
