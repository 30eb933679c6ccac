"""The built-in `openai` catalogue against its sources, restated here by hand."""

from __future__ import annotations

import importlib
from typing import get_args

import openai
import pytest
from openai_errors import BACKOFF, MESSAGES, NEVER, REPLAYED, RETRY_AFTER

from heedlint.analysis.knowledge import Knowledge, load_knowledge
from heedlint.contracts.loader import load_catalogues
from heedlint.contracts.model import Catalogue, Retry
from heedlint.settings import Settings

TEXTS = [(text, identifier) for identifier, texts in MESSAGES.items() for text in texts]

# Messages that must map to nothing. The first comes with the code rate_limit_exceeded, and yet no
# waiting cures it; the second has no wording of its own.
UNMAPPED = [
    # with the code unsupported_parameter, or none
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
    "'max_completion_tokens' instead.",
    "Request too large for gpt-4 in organization org-x on tokens per min (TPM): Limit 10000",
    "Invalid value: 'object'. Supported values are: 'json_object', 'json_schema', and 'text'.",
]

# What programs and libraries say for themselves.
EVERYDAY = [
    "no such file or directory",
    "database is locked",
    "UNIQUE constraint failed: keys.name",
    "relation 'projects' does not exist",
    "Invalid value for '--count': 'x' is not a valid integer.",
    "Missing required parameter in command line",
    "string too long (maximum length 64)",
    "unsupported value type",
    "operator is overloaded",
    "the account is not active",
    "access denied by the safety interlock",
    "slow down",
    "No module named 'openai'",
    "the api_key client option must be set",
]

# Where the SDK lists the codes of the errors that a Response or a run fails with.
SDK_CODES = [
    ("openai.types.responses.response_error", "ResponseError"),
    ("openai.types.beta.threads.run", "LastError"),
    ("openai.types.beta.threads.runs.run_step", "LastError"),
]
# The errors of agent sessions, a beta: of these only what the API answers with as well is known.
SESSION = ("openai.types.beta.session_turn_error", "SessionTurnError")
BILLING = {
    "billing_not_active",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
    "project_spend_limit_exceeded",
}


@pytest.fixture
def catalogue() -> Catalogue:
    return load_catalogues()["openai"]


@pytest.fixture
def knowledge() -> Knowledge:
    return load_knowledge(Settings())


def codes_of(module: str, name: str) -> set[str]:
    model = getattr(importlib.import_module(module), name)
    return set(get_args(model.model_fields["code"].annotation))


def meant(knowledge: Knowledge, text: str) -> list[str]:
    found = knowledge.errors_for_text(text, (knowledge.catalogues["openai"],))
    return [error.identifier for error in found]


@pytest.mark.parametrize(("identifier", "facts"), [(row[0], row[1:]) for row in REPLAYED])
def test_it_states_what_the_sources_say(
    catalogue: Catalogue, identifier: str, facts: tuple[object, ...]
) -> None:
    (error,) = [error for error in catalogue.errors if error.identifier == identifier]
    assert (error.status, error.retry, error.type) == facts
    assert not error.sdk_only and error.meaning and error.action
    # OpenAI promises the header for rate limits; for a 503 it says "when present".
    assert error.retry_after is (error.retry is RETRY_AFTER)


def test_nothing_else_is_replayed(catalogue: Catalogue) -> None:
    replayed = {error.identifier for error in catalogue.errors if not error.sdk_only}
    assert replayed == {row[0] for row in REPLAYED}


def test_it_says_where_it_lives(catalogue: Catalogue, knowledge: Knowledge) -> None:
    assert catalogue.hosts == ("api.openai.com",)
    assert knowledge.catalogue_at("https://api.openai.com/v1/responses") is catalogue
    assert knowledge.catalogue_at("https://openai.example.com/v1") is None
    assert not catalogue.problem_documents
    assert knowledge.clients["openai"].catalogue == catalogue.name


def test_no_429_about_money_is_ever_retried(catalogue: Catalogue) -> None:
    by_retry = {
        retry: {error.code for error in catalogue.of_status(429) if error.retry is retry}
        for retry in Retry
    }
    assert by_retry[NEVER] == BILLING | {"insufficient_quota"}
    assert by_retry[RETRY_AFTER] == {"rate_limit_exceeded", "slow_down", ""}
    assert not by_retry[BACKOFF] | by_retry[Retry.RESET]


def test_the_type_that_the_quota_codes_share_is_one_of_them(catalogue: Catalogue) -> None:
    # A program that tests `e.type` tells them all; one that tests `e.code` tells one.
    shared = {error.code for error in catalogue.errors if error.type == "insufficient_quota"}
    assert shared == BILLING - {"billing_not_active"} | {"insufficient_quota"}


def test_the_codes_of_the_sdk_are_known(catalogue: Catalogue) -> None:
    named = set().union(*(codes_of(*place) for place in SDK_CODES))
    assert len(named) >= 20 and {"server_error", "rate_limit_exceeded"} <= named
    assert named <= set(catalogue.codes)
    marked = {error.code for error in catalogue.errors if error.sdk_only}
    assert marked == named - {row[0] for row in REPLAYED}


def test_the_sdk_names_the_billing_codes_too() -> None:
    assert codes_of(*SESSION) >= BILLING


@pytest.mark.parametrize("identifier", [row[0] for row in REPLAYED if row[0].isdigit()])
def test_the_sdk_has_a_class_for_each_bare_status(knowledge: Knowledge, identifier: str) -> None:
    profile = knowledge.clients["openai"]
    found = knowledge.names.exception_for(profile, int(identifier))
    assert found is not None and found.name != "openai.APIStatusError"
    assert issubclass(getattr(openai, found.name.rpartition(".")[2]), openai.APIStatusError)


@pytest.mark.parametrize(("text", "identifier"), TEXTS)
def test_a_message_means_its_one_error(knowledge: Knowledge, text: str, identifier: str) -> None:
    assert meant(knowledge, text) == [identifier]
    assert knowledge.is_api_text(text)


def test_every_phrase_is_in_a_message_and_means_its_error(
    catalogue: Catalogue, knowledge: Knowledge
) -> None:
    phrases = [
        (phrase, error.identifier) for error in catalogue.errors for phrase in error.wordings
    ]
    assert len(phrases) > 40
    for phrase, identifier in phrases:
        assert meant(knowledge, phrase) == [identifier], phrase
    unseen = {
        phrase
        for phrase, identifier in phrases
        if not any(phrase in text.lower() and identifier == of for text, of in TEXTS)
    }
    assert unseen == {
        # wordings of the same errors, from the guide and from older answers
        "ip not authorized",
        "openai account has been deactivated",
        "encrypted content could not be decrypted",
        "rejected as a result of our safety system. your request may contain",
        # reason phrases
        "bad request",
        "unauthorized",
        "forbidden",
        "unprocessable entity",
        "too many requests",
        "internal server error",
        "service unavailable",
    }


@pytest.mark.parametrize("text", UNMAPPED)
def test_a_message_that_misleads_means_nothing(knowledge: Knowledge, text: str) -> None:
    assert meant(knowledge, text) == []


@pytest.mark.parametrize("text", EVERYDAY)
def test_phrases_are_in_no_everyday_message(catalogue: Catalogue, text: str) -> None:
    folded = text.lower()
    assert [p for error in catalogue.errors for p in error.wordings if p in folded] == []


def test_no_code_or_type_is_an_everyday_word(catalogue: Catalogue) -> None:
    # "requests" and "tokens", the types of rate_limit_exceeded, would be found in any text.
    words = {error.code for error in catalogue.errors} | {error.type for error in catalogue.errors}
    assert {word for word in words if "_" not in word} == {""}
