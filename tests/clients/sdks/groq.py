"""The Groq SDK; see clients/sdk_modules.py."""

from __future__ import annotations

import groq
import pytest
from pytest_httpserver import HTTPServer

# Whatever is made of it shares its HTTP client; a new one reads all certificates.
CLIENT = groq.Groq(api_key="k")
RETRY_HEADERS = {"Retry-After-Ms": "1"}


def error(server: HTTPServer, retries: int | None = 0) -> BaseException:
    given = {} if retries is None else {"max_retries": retries}
    with pytest.raises(groq.GroqError) as caught:
        CLIENT.with_options(base_url=server.url_for(""), **given).chat.completions.create(
            model="m", messages=[{"role": "user", "content": "x"}]
        )
    return caught.value


def client() -> groq.Groq:
    return CLIENT
