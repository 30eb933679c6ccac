"""The Together SDK; see clients/sdk_modules.py."""

from __future__ import annotations

import pytest
import together
from pytest_httpserver import HTTPServer

# Whatever is made of it shares its HTTP client; a new one reads all certificates.
CLIENT = together.Together(api_key="k")
# 1.x had the members, and 2.x still had the module.
REMOVED_MEMBERS = {"headers", "http_status"}
REMOVED_NAMES = {
    "together.error",
    "together.error.InvalidRequestError",
    "together.error.ResponseError",
    "together.error.Timeout",
    "together.error.TogetherException",
}
RETRY_HEADERS = {"Retry-After-Ms": "1"}


def error(server: HTTPServer, retries: int | None = 0) -> BaseException:
    given = {} if retries is None else {"max_retries": retries}
    with pytest.raises(together.TogetherError) as caught:
        CLIENT.with_options(base_url=server.url_for(""), **given).chat.completions.create(
            model="m", messages=[{"role": "user", "content": "x"}]
        )
    return caught.value


def client() -> together.Together:
    return CLIENT
