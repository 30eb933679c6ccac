"""The built-in `anthropic` catalogue against its sources, restated here by hand."""

from __future__ import annotations

from typing import get_args

import anthropic
import httpx2
import pytest
from anthropic._error_classes import ERROR_CLASSES
from anthropic.types.shared.error_type import ErrorType

from heedlint.analysis.knowledge import Knowledge, load_knowledge
from heedlint.contracts.loader import load_catalogues
from heedlint.contracts.model import Catalogue, Retry
from heedlint.settings import Settings

NEVER, RETRY_AFTER, BACKOFF = Retry.NEVER, Retry.RETRY_AFTER, Retry.BACKOFF

# code or bare status, status, retry, type: everything that is replayed
REPLAYED = [
    ("400", 400, NEVER, "invalid_request_error"),
    ("401", 401, NEVER, "authentication_error"),
    ("402", 402, NEVER, "billing_error"),
    ("403", 403, NEVER, "permission_error"),
    ("404", 404, NEVER, "not_found_error"),
    ("409", 409, BACKOFF, "conflict_error"),
    ("413", 413, NEVER, "request_too_large"),
    ("429", 429, RETRY_AFTER, "rate_limit_error"),
    ("enforced_spend_limit_reached", 429, NEVER, "rate_limit_error"),
    ("500", 500, BACKOFF, "api_error"),
    ("504", 504, BACKOFF, "timeout_error"),
    ("529", 529, BACKOFF, "overloaded_error"),
]

# What the API has answered (ends left out), by the error that it stands for.
TEXTS = [
    ("invalid x-api-key", "401"),
    (
        "This request would exceed the rate limit for your organization of 20,000 input tokens per "
        "minute. For details, refer to: https://docs.anthropic.com/en/api/rate-limits.",
        "429",
    ),
    ("This request would exceed your organization's rate limit of 50 requests per minute", "429"),
    ("This request would exceed your account's rate limit. Please try again later.", "429"),
    ("Number of request tokens has exceeded your per-minute rate limit (https://docs", "429"),
    ("Number of request tokens has exceeded your daily rate limit (https://docs", "429"),
    (
        "You have reached your API usage limits: your organization has crossed its monthly API "
        "usage threshold, set based on your organization's API tier. You will regain access on",
        "enforced_spend_limit_reached",
    ),
    ("Internal server error", "500"),
]

# One cause among those of a 400; "Overloaded" says too little.
UNMAPPED = [
    "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing",
    "prompt is too long: 203078 tokens > 200000 maximum",
    "You have reached your specified API usage limits.",
    "Overloaded",
    "Not found",
]

EVERYDAY = [
    "no such file or directory",
    "operator is overloaded",
    "permission denied",
    "the request took too long",
    "disk usage limits reached",
    "invalid key",
    "No module named 'anthropic'",
    "balance is too low",
]


@pytest.fixture
def catalogue() -> Catalogue:
    return load_catalogues()["anthropic"]


@pytest.fixture
def knowledge() -> Knowledge:
    return load_knowledge(Settings())


def meant(knowledge: Knowledge, text: str) -> list[str]:
    found = knowledge.errors_for_text(text, (knowledge.catalogues["anthropic"],))
    return [error.identifier for error in found]


@pytest.mark.parametrize(("identifier", "facts"), [(row[0], row[1:]) for row in REPLAYED])
def test_it_states_what_the_sources_say(
    catalogue: Catalogue, identifier: str, facts: tuple[object, ...]
) -> None:
    (error,) = [error for error in catalogue.errors if error.identifier == identifier]
    assert (error.status, error.retry, error.type) == facts
    assert not error.sdk_only and error.meaning and error.action
    assert error.retry_after is (error.retry is RETRY_AFTER)


def test_nothing_else_is_replayed(catalogue: Catalogue) -> None:
    replayed = {error.identifier for error in catalogue.errors if not error.sdk_only}
    assert replayed == {row[0] for row in REPLAYED}


def test_it_says_where_it_lives(catalogue: Catalogue, knowledge: Knowledge) -> None:
    assert catalogue.hosts == ("api.anthropic.com",)
    assert knowledge.catalogue_at("https://api.anthropic.com/v1/messages") is catalogue
    assert knowledge.catalogue_at("https://anthropic.example.com/v1") is None
    assert not catalogue.problem_documents
    assert knowledge.clients["anthropic"].catalogue == catalogue.name


def test_the_envelope_is_where_the_sdk_reads(catalogue: Catalogue) -> None:
    envelope = catalogue.envelope
    body: dict[str, object] = {}
    for value, path in (("m", envelope.message), ("t", envelope.type), ("c", envelope.code)):
        inner = body
        for key in path[:-1]:
            inner = inner.setdefault(key, {})  # type: ignore[assignment]
        inner[path[-1]] = value
    answer = httpx2.Response(418, request=httpx2.Request("GET", "https://x.test"))
    error = anthropic.APIStatusError("text", response=answer, body=body)
    assert (error.api_message, error.type, error.error_code) == ("m", "t", "c")


def test_every_type_of_the_sdk_is_known(catalogue: Catalogue) -> None:
    # Two are of the memory endpoints; one that the page documents is not among the SDK's.
    known = {error.type for error in catalogue.errors} - {""}
    assert set(get_args(ErrorType)) - known == {
        "memory_precondition_failed_error",
        "memory_path_conflict_error",
    }
    assert known - set(get_args(ErrorType)) == {"request_too_large"}


def test_every_code_whose_class_the_sdk_exports_is_known(catalogue: Catalogue) -> None:
    exported = {
        code: status
        for (status, code), cls in ERROR_CLASSES.items()
        if code and getattr(anthropic, cls.__name__, None) is cls
    }
    assert len(exported) == 19
    assert {code: error.status for code, error in catalogue.codes.items()} == exported
    assert {e.code for e in catalogue.errors if e.sdk_only} == {
        *(set(exported) - {"enforced_spend_limit_reached"})
    }


@pytest.mark.parametrize("identifier", [row[0] for row in REPLAYED if row[0].isdigit()])
def test_the_sdk_has_a_class_for_each_bare_status(knowledge: Knowledge, identifier: str) -> None:
    found = knowledge.names.exception_for(knowledge.clients["anthropic"], int(identifier))
    assert found is not None and found.name != "anthropic.APIStatusError"


@pytest.mark.parametrize(("text", "identifier"), TEXTS)
def test_a_message_means_its_one_error(knowledge: Knowledge, text: str, identifier: str) -> None:
    assert meant(knowledge, text) == [identifier]
    assert knowledge.is_api_text(text)


@pytest.mark.parametrize(("identifier", "name"), [(r[0], r[3]) for r in REPLAYED if r[3]])
def test_a_type_means_its_status(knowledge: Knowledge, identifier: str, name: str) -> None:
    same = {error.identifier for _, error in knowledge.errors if error.type == name}
    assert identifier in meant(knowledge, name)
    assert set(meant(knowledge, name)) <= same
    assert knowledge.is_identifier(name)


def test_every_phrase_means_its_error(catalogue: Catalogue, knowledge: Knowledge) -> None:
    phrases = [
        (phrase, error.identifier) for error in catalogue.errors for phrase in error.wordings
    ]
    assert len(phrases) > 10
    for phrase, identifier in phrases:
        assert meant(knowledge, phrase) == [identifier], phrase
    seen = {phrase for phrase, _ in phrases if any(phrase in text.lower() for text, _ in TEXTS)}
    assert {phrase for phrase, _ in phrases} - seen == {
        # reason phrases
        "bad request",
        "unauthorized",
        "payment required",
        "forbidden",
        "too many requests",
        "gateway timeout",
        "gateway time-out",
    }


@pytest.mark.parametrize("text", UNMAPPED)
def test_a_message_of_one_cause_among_many_means_nothing(knowledge: Knowledge, text: str) -> None:
    assert meant(knowledge, text) == []


@pytest.mark.parametrize("text", EVERYDAY)
def test_phrases_are_in_no_everyday_message(catalogue: Catalogue, text: str) -> None:
    folded = text.lower()
    assert not [p for error in catalogue.errors for p in error.wordings if p in folded]
