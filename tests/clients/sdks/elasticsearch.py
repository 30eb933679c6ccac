"""Elasticsearch's client; see clients/sdk_modules.py."""

from __future__ import annotations

from typing import Any

import elasticsearch
import pytest
from pytest_httpserver import HTTPServer

from clients.profile_checks import Such
from heedlint.clients.model import Role

EXPORTING = ["elasticsearch", "elasticsearch.exceptions", "elasticsearch.helpers"]
TYPE = "circuit_breaking_exception"
BODY = {"error": {"type": TYPE, "reason": "the text", "root_cause": []}, "status": 429}
# `args` are a tuple, with the type in it.
EXPECTED = {Role.TYPE: Such(lambda found: found in (TYPE, (TYPE,)))}


def error(server: HTTPServer, retries: int | None = 0) -> BaseException:
    given: dict[str, Any] = {} if retries is None else {"max_retries": retries}
    with (
        elasticsearch.Elasticsearch(server.url_for(""), **given) as found,
        pytest.raises(elasticsearch.ApiError) as caught,
    ):
        found.info()
    return caught.value


def client() -> elasticsearch.Elasticsearch:
    return elasticsearch.Elasticsearch("http://127.0.0.1:9")
