"""The built-in `openai` catalogue against its sources, restated here by hand."""

from __future__ import annotations

import importlib
from typing import get_args

import openai
import pytest

from heedlint.analysis.knowledge import Knowledge, load_knowledge
from heedlint.contracts.loader import load_catalogues
from heedlint.contracts.model import Catalogue, Retry
from heedlint.settings import Settings

NEVER, RETRY_AFTER, BACKOFF = Retry.NEVER, Retry.RETRY_AFTER, Retry.BACKOFF
INVALID, QUOTA = "invalid_request_error", "insufficient_quota"

# code or bare status, status, retry, type: everything that is replayed
REPLAYED = [
    ("invalid_api_key", 401, NEVER, INVALID),
    ("no_organization", 401, NEVER, INVALID),
    ("unsupported_country_region_territory", 403, NEVER, "request_forbidden"),
    ("rate_limit_exceeded", 429, RETRY_AFTER, ""),
    ("slow_down", 429, RETRY_AFTER, "rate_limit_error"),
    ("insufficient_quota", 429, NEVER, QUOTA),
    ("credit_balance_exhausted", 429, NEVER, QUOTA),
    ("organization_spend_limit_exceeded", 429, NEVER, QUOTA),
    ("project_spend_limit_exceeded", 429, NEVER, QUOTA),
    ("organization_usage_limit_exceeded", 429, NEVER, QUOTA),
    ("server_is_overloaded", 503, BACKOFF, "service_unavailable_error"),
    ("model_not_found", 404, NEVER, INVALID),
    ("context_length_exceeded", 400, NEVER, INVALID),
    ("mismatched_organization", 401, NEVER, INVALID),
    ("invalid_organization", 401, NEVER, INVALID),
    ("account_deactivated", 401, NEVER, INVALID),
    ("missing_scope", 401, NEVER, INVALID),
    ("billing_not_active", 429, NEVER, "billing_not_active"),
    ("billing_hard_limit_reached", 400, NEVER, ""),
    ("unsupported_parameter", 400, NEVER, INVALID),
    ("unsupported_value", 400, NEVER, INVALID),
    ("unknown_parameter", 400, NEVER, INVALID),
    ("missing_required_parameter", 400, NEVER, INVALID),
    ("invalid_value", 400, NEVER, INVALID),
    ("invalid_type", 400, NEVER, INVALID),
    ("string_above_max_length", 400, NEVER, INVALID),
    ("array_above_max_length", 400, NEVER, ""),
    ("integer_above_max_value", 400, NEVER, INVALID),
    ("invalid_function_parameters", 400, NEVER, INVALID),
    ("invalid_json_schema", 400, NEVER, INVALID),
    ("invalid_encrypted_content", 400, NEVER, INVALID),
    ("previous_response_not_found", 400, NEVER, INVALID),
    ("invalid_prompt", 400, NEVER, INVALID),
    ("cyber_policy", 400, NEVER, ""),
    ("content_policy_violation", 400, BACKOFF, INVALID),
    ("moderation_blocked", 400, NEVER, "image_generation_user_error"),
    ("400", 400, NEVER, INVALID),
    ("401", 401, NEVER, INVALID),
    ("403", 403, NEVER, ""),
    ("404", 404, NEVER, ""),
    ("409", 409, BACKOFF, ""),
    ("422", 422, BACKOFF, ""),
    ("429", 429, RETRY_AFTER, ""),
    ("500", 500, BACKOFF, "server_error"),
    ("503", 503, BACKOFF, ""),
]

# What the API has answered (ends left out), by the error that it stands for.
MESSAGES = {
    "invalid_api_key": [
        "Incorrect API key provided: sk-proj-**MxYA. You can find your API key at https://platform",
    ],
    "401": [
        "You didn't provide an API key. You need to provide your API key in an Authorization",
    ],
    "no_organization": [
        "You must be a member of an organization to use the API. Please contact us through our",
    ],
    "mismatched_organization": [
        "OpenAI-Organization header should match organization for API key",
    ],
    "invalid_organization": ["No such organization: org-XXXXXXXXXXXX."],
    "account_deactivated": [
        "The OpenAI account associated with this API key has been deactivated. If you are the",
        "This key is associated with a deactivated account. If you feel this is an error, contact",
    ],
    "missing_scope": [
        "You have insufficient permissions for this operation. Missing scopes: "
        "api.responses.write. Check that you have the correct role in your organization "
        "(Reader, Writer, Owner) and project (Member, Owner), and if you're using a restricted "
        "API key, that it has the necessary scopes.",
    ],
    "unsupported_country_region_territory": ["Country, region, or territory not supported"],
    "model_not_found": [
        "The model `gpt-4` does not exist or you do not have access to it.",
        "Project `proj_9KoeX` does not have access to model `gpt-4o-mini`",
    ],
    "context_length_exceeded": [
        "This model's maximum context length is 8192 tokens. However, your messages resulted in "
        "8227 tokens. Please reduce the length of the messages.",
        "Your input exceeds the context window of this model. Please adjust your input and try "
        "again.",
    ],
    "rate_limit_exceeded": [
        "Rate limit reached for gpt-4 in organization org-x on tokens per min (TPM): Limit 10000, "
        "Used 3172, Requested 9505. Please try again in 16.062s. Visit "
        "https://platform.openai.com/account/rate-limits to learn more.",
    ],
    "insufficient_quota": [
        "You exceeded your current quota, please check your plan and billing details. For more "
        "information on this error, read the docs: "
        "https://platform.openai.com/docs/guides/error-codes/api-errors.",
    ],
    "credit_balance_exhausted": [
        "You have no credits remaining. Add credits to continue using the API at "
        "https://platform.openai.com/settings/organization/billing/.",
    ],
    "billing_not_active": [
        "Your account is not active, please check your billing details on our website.",
    ],
    "billing_hard_limit_reached": ["Billing hard limit has been reached"],
    "server_is_overloaded": [
        "Our servers are currently overloaded. Please try again later.",
        "The engine is currently overloaded, please try again later",
        "That model is currently overloaded with other requests. You can retry your request, or",
        "The server is overloaded or not ready yet.",
    ],
    "500": [
        "The server had an error while processing your request. Sorry about that!",
        "The server had an error processing your request. Sorry about that! You can retry your",
    ],
    "unsupported_value": [
        "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default "
        "(1) value is supported.",
    ],
    "unknown_parameter": ["Unknown parameter: 'input[4].action.query'."],
    "missing_required_parameter": ["Missing required parameter: 'tools[0].server_label'."],
    "string_above_max_length": [
        "Invalid 'input[0].content': string too long. Expected a string with maximum length "
        "10485760, but got a string with length 62114761 instead.",
    ],
    "array_above_max_length": [
        "Invalid 'input[2].content': array too long. Expected an array with maximum length 0",
    ],
    "integer_above_max_value": [
        "Invalid 'n': integer above maximum value. Expected a value <= 128, but got 130 instead.",
    ],
    "invalid_function_parameters": [
        "Invalid schema for function 'get_me': In context=(), object schema missing properties.",
    ],
    "invalid_json_schema": [
        "Invalid schema for response_format 'out': 'additionalProperties' is required to be "
        "supplied and to be false.",
    ],
    "invalid_encrypted_content": ["The encrypted content for item rs_037e could not be verified."],
    "previous_response_not_found": ["Previous response with id 'resp_0a0cc8227e90' not found."],
    "invalid_prompt": [
        "Invalid prompt: your prompt was flagged as potentially violating our usage policy. Please "
        "try again with a different prompt",
    ],
    "content_policy_violation": [
        "Your request was rejected as a result of our safety system. Your prompt may contain text "
        "that is not allowed by our safety system.",
    ],
    "moderation_blocked": [
        "Your request was rejected by the safety system. If you believe this is an error, contact "
        "us at help.openai.com. safety_violations=[sexual].",
    ],
    "400": [
        "Invalid service_tier argument: The requested service tier is not allowed for this "
        "project.",
    ],
}
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
