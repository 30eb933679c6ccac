"""What Azure's clients have in common; see clients/sdk_modules.py."""

from __future__ import annotations

from typing import Any

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError
from azure.search.documents import SearchClient
from pytest_httpserver import HTTPServer

from clients import profile_checks
from clients.profile_checks import Such
from heedlint.clients.model import Role

EXPORTING = ["azure.core.exceptions", "azure.identity"]
SAYING = ["azure.core", "azure.identity", "msal_extensions"]
BODY = profile_checks.BODY
EXPECTED = {Role.ERROR_OBJECT: Such(lambda found: found.code == "the_code")}
# An answer with Retry-After is asked for again whatever its status.
RETRY_HEADERS = {"X-Wait": "7"}


def error(server: HTTPServer, retries: int | None = 0, **options: Any) -> Any:
    given = {} if retries is None else {"retry_total": retries}
    found = SearchClient(server.url_for(""), "x", AzureKeyCredential("k"), **given, **options)
    with pytest.raises(HttpResponseError) as caught:
        found.get_document_count()
    return caught.value
