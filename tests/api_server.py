"""A local server that plays the PyAI API: it fails as told, then succeeds.

    server.fail("rate_limit_exceeded", times=1, retry_after=2)
    ...                                   # the code under test calls server.base_url
    assert len(server.calls) == 2

The errors below are written from PyAI's public pages, on their own account: they are what the
catalogue is tested against, so they are not read from it.
"""

from __future__ import annotations

import json
import re
import time
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from email.utils import format_datetime
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

PROBLEM_TYPE_ROOT = "https://api.pyai.com/problems/"
Delay = int | datetime | str


@dataclass(frozen=True)
class ApiError:
    """One error as it goes over the wire; an empty `code` is a bare status without a body."""

    code: str
    status: int
    message: str = ""
    type: str = ""
    title: str = ""
    problem: bool = False
    retry_after: Delay | None = None

    def response(self) -> Response:
        """The answer: OpenAI's envelope, a problem document, or an empty body."""
        if self.problem:
            body = json.dumps(self._problem_document())
            response = Response(body, self.status, content_type="application/problem+json")
        elif self.code:
            error = {
                "message": self.message,
                "type": self.type,
                "code": self.code,
                "param": None,
            }
            body = json.dumps({"error": error})
            response = Response(body, self.status, content_type="application/json")
        else:
            response = Response("", self.status)
        response.headers["X-Request-Id"] = "req_test"
        if self.retry_after is not None:
            response.headers["Retry-After"] = retry_after_header(self.retry_after)
        return response

    def _problem_document(self) -> dict[str, Any]:
        return {
            "type": PROBLEM_TYPE_ROOT + self.code,
            "title": self.title,
            "status": self.status,
            "detail": self.message,
            "request_id": "req_test",
        }


PYAI_ERRORS = {
    error.code: error
    for error in (
        ApiError("unauthorized", 401, "Invalid API key.", "authentication_error"),
        ApiError("forbidden", 403, "This key lacks the scope audio.", "permission_error"),
        ApiError("origin_not_allowed", 403, "Origin is not allow-listed.", "permission_error"),
        ApiError("invalid_agent_id", 400, "Malformed agent_id.", "invalid_request_error"),
        ApiError("credit_exhausted", 402, "Out of prepaid credit.", "billing_error"),
        ApiError("key_budget_exceeded", 402, "Monthly budget of this key hit.", "billing_error"),
        ApiError("insufficient_quota", 402, "You exceeded your current quota.", "billing_error"),
        ApiError(
            "rate_limit_exceeded",
            429,
            "Rate limit reached. Retry after 2s.",
            "rate_limit_error",
            retry_after=2,
        ),
        ApiError(
            "concurrency_limit_exceeded",
            429,
            "Too many concurrent realtime sessions.",
            "rate_limit_error",
            retry_after=2,
        ),
        ApiError(
            "daily_cap_exceeded",
            429,
            "Daily cap of this sandbox key reached.",
            "rate_limit_error",
            retry_after=2,
        ),
        ApiError(
            "idempotency_conflict",
            409,
            "This Idempotency-Key was used with another body.",
            title="Idempotency conflict",
            problem=True,
        ),
    )
}


@dataclass(frozen=True)
class Call:
    """One request that reached the server; `at` is `time.monotonic()` on arrival."""

    method: str
    path: str
    at: float
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class PyAIServer:
    """Plays the API on a local port. `calls` are the requests so far, the oldest first."""

    def __init__(self, http_server: HTTPServer) -> None:
        self.root = http_server.url_for("").rstrip("/")
        self.base_url = f"{self.root}/v1"
        self.calls: list[Call] = []
        self._failures: deque[ApiError] = deque()
        http_server.expect_request(re.compile("/.*")).respond_with_handler(self._handle)

    def fail(self, error: str | int | ApiError, times: int = 1, **changes: Any) -> None:
        """Answer the next `times` calls with `error`: a PyAI code, a bare status, or any error.

        `changes` replace fields of it: `message="..."`, `retry_after=2` or a `datetime`.
        """
        self._failures.extend([replace(_find_error(error), **changes)] * times)

    def reset(self) -> None:
        """Forget the calls and the failures not yet answered."""
        self.calls.clear()
        self._failures.clear()

    def _handle(self, request: Request) -> Response:
        self.calls.append(
            Call(
                method=request.method,
                path=request.path,
                at=time.monotonic(),
                headers=dict(request.headers),
                body=request.get_data(),
            )
        )
        if self._failures:
            return self._failures.popleft().response()
        return _success(request.path)


_COMPLETION = {
    "id": "chatcmpl-test",
    "object": "chat.completion",
    "created": 0,
    "model": "pyai-cue",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": "hello"},
        }
    ],
}
_SUCCESSES: dict[str, Any] = {
    "/v1/audio/transcriptions": {"text": "hello"},
    "/v1/chat/completions": _COMPLETION,
    "/v1/transcription/jobs/job_1": {"id": "job_1", "status": "done"},
    "/v1/voices": {"data": [{"name": "Ada"}]},
}


def _success(path: str) -> Response:
    if path == "/v1/audio/speech":
        return Response(b"ID3", content_type="audio/mpeg")
    body = json.dumps(_SUCCESSES.get(path, {"ok": True}))
    return Response(body, content_type="application/json")


def _find_error(error: str | int | ApiError) -> ApiError:
    if isinstance(error, ApiError):
        return error
    if isinstance(error, int):
        return ApiError("", error)
    return PYAI_ERRORS[error]


def retry_after_header(delay: Delay) -> str:
    """`Retry-After` as seconds, as an HTTP-date (RFC 9110, section 10.2.3), or as given."""
    if isinstance(delay, datetime):
        return format_datetime(delay.astimezone(timezone.utc), usegmt=True)
    return str(delay)
