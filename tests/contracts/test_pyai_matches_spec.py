"""The built-in `pyai` and `http` catalogues against their sources, restated here by hand."""

from __future__ import annotations

import pytest

from heedlint.contracts.loader import load_catalogues
from heedlint.contracts.model import Retry

NEVER, RETRY_AFTER, BACKOFF, RESET = Retry.NEVER, Retry.RETRY_AFTER, Retry.BACKOFF, Retry.RESET

# code, status, retry, Retry-After documented, problem document, in the SDK's source alone
PYAI = [
    ("unauthorized", 401, NEVER, False, False, False),
    ("forbidden", 403, NEVER, False, False, False),
    ("origin_not_allowed", 403, NEVER, False, False, False),
    ("invalid_agent_id", 400, NEVER, False, False, False),
    ("credit_exhausted", 402, NEVER, False, False, False),
    ("key_budget_exceeded", 402, NEVER, False, False, False),
    ("insufficient_quota", 402, NEVER, False, False, False),
    ("rate_limit_exceeded", 429, RETRY_AFTER, True, False, False),
    ("concurrency_limit_exceeded", 429, RETRY_AFTER, True, False, False),
    ("daily_cap_exceeded", 429, RESET, True, False, False),
    ("idempotency_conflict", 409, NEVER, False, True, False),
    ("not_found", 404, NEVER, False, False, True),
    ("unsupported_format", 400, NEVER, False, False, True),
    ("unsupported_parameter", 400, NEVER, False, False, True),
]

# RFC 9110, RFC 6585, RFC 7725, RFC 8470: statuses by what they promise
HTTP = {
    **dict.fromkeys([400, 401, 402, 403, 405, 410, 411, 414, 415, 417, 422], NEVER),
    **dict.fromkeys([426, 428, 431, 451], NEVER),
    **dict.fromkeys([408, 425, 500, 502, 503, 504], BACKOFF),
    429: RETRY_AFTER,
}

# What servers and SDKs really say, and which PyAI code it stands for.
MESSAGES = [
    ("Rate limit reached for requests per key. Retry after 30s.", "rate_limit_exceeded"),
    ("You exceeded your current quota, please check your plan", "insufficient_quota"),
    ("Incorrect API key provided: pyai_live_***", "unauthorized"),
    ("insufficient credit", "credit_exhausted"),
    ("Your organisation is out of prepaid credit", "credit_exhausted"),
    ("The monthly budget of this key is spent", "key_budget_exceeded"),
    ("Too many concurrent sessions", "concurrency_limit_exceeded"),
    ("Daily cap reached", "daily_cap_exceeded"),
    ("Origin not allowed", "origin_not_allowed"),
    ("Key is missing a required scope", "forbidden"),
    ("Idempotency-Key reused with another body", "idempotency_conflict"),
    ("malformed agent_id", "invalid_agent_id"),
]

EVERYDAY = [
    "no such file or directory",
    "database is locked",
    "connection refused",
    "list index out of range",
    "event loop is closed",
    "UNIQUE constraint failed: keys.name",
    "No module named 'gone'",
    "the file is too large",
    "invalid literal for int() with base 10",
]


def matching(catalogue: str, text: str) -> set[str]:
    errors = load_catalogues()[catalogue].errors
    return {e.identifier for e in errors if any(p in text.lower() for p in e.wordings)}


@pytest.mark.parametrize(("code", "facts"), [(code, facts) for code, *facts in PYAI])
def test_pyai_states_what_the_spec_says(code: str, facts: list[object]) -> None:
    error = load_catalogues()["pyai"].codes[code]
    stated = [error.status, error.retry, error.retry_after, error.problem, error.sdk_only]
    assert stated == facts
    assert error.meaning and error.action


def test_pyai_has_no_further_codes() -> None:
    assert list(load_catalogues()["pyai"].codes) == [row[0] for row in PYAI]


def test_pyai_says_where_it_lives_and_what_its_bodies_look_like() -> None:
    pyai = load_catalogues()["pyai"]
    assert pyai.hosts == ("api.pyai.com", "console.pyai.com")
    assert pyai.problem_documents
    assert pyai.envelope.code == ("error", "code")
    assert {e.status: len(pyai.of_status(e.status)) for e in pyai.errors if not e.sdk_only} == {
        401: 1,
        403: 2,
        400: 3,
        402: 3,
        429: 3,
        409: 1,
    }


@pytest.mark.parametrize(("status", "retry"), HTTP.items())
def test_http_states_what_the_rfcs_say(status: int, retry: Retry) -> None:
    (error,) = load_catalogues()["http"].of_status(status)
    assert (error.code, error.retry) == ("", retry)
    # A bare 503 MAY carry the header, which is no promise.
    assert error.retry_after is (status == 429)


def test_http_is_silent_where_the_rfcs_are() -> None:
    assert {error.status for error in load_catalogues()["http"].errors} == set(HTTP)
    assert not {404, 407, 409, 412, 413, 421, 423, 424} & set(HTTP)


@pytest.mark.parametrize(("text", "code"), MESSAGES)
def test_a_phrase_maps_a_message_to_its_one_code(text: str, code: str) -> None:
    assert matching("pyai", text) == {code}


@pytest.mark.parametrize("text", EVERYDAY)
@pytest.mark.parametrize("catalogue", ["pyai", "http"])
def test_phrases_are_in_no_everyday_message(catalogue: str, text: str) -> None:
    assert matching(catalogue, text) == set()


@pytest.mark.parametrize(
    ("text", "status"),
    [("429 Too Many Requests", "429"), ("503 Service Unavailable", "503"), ("Bad Gateway", "502")],
)
def test_a_reason_phrase_maps_to_its_status(text: str, status: str) -> None:
    assert matching("http", text) == {status}
