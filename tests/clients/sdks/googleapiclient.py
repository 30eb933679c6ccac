"""Google's API client; see clients/sdk_modules.py."""

from __future__ import annotations

import io
import json
from typing import Any

import httplib2
import pytest
from googleapiclient import errors
from googleapiclient.discovery import build
from googleapiclient.http import MediaIoBaseDownload
from pytest_httpserver import HTTPServer

from heedlint.clients.model import Role

EXPORTING = ["googleapiclient.errors"]
CODE = "RESOURCE_EXHAUSTED"
BODY = {"error": {"code": 429, "message": "the text", "status": CODE, "errors": []}}
EXPECTED = {Role.CODE: CODE}


def drive(endpoint: str) -> Any:
    options = {"api_endpoint": endpoint}
    return build("drive", "v3", http=httplib2.Http(), client_options=options)


def error(server: HTTPServer, retries: int | None = 0) -> BaseException:
    given = {} if retries is None else {"num_retries": retries}
    with pytest.raises(errors.HttpError) as caught:
        drive(server.url_for("")).files().get(fileId="x").execute(**given)
    return caught.value


def body(error: Any) -> Any:
    return json.loads(error.content)


def client() -> tuple[Any, ...]:
    found = drive("http://127.0.0.1:9").files().get(fileId="x")
    return found, MediaIoBaseDownload(io.BytesIO(), found)
