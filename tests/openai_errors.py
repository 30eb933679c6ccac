"""What the OpenAI API answers, restated by hand from the sources that its catalogue names."""

from __future__ import annotations

from heedlint.contracts.model import Retry

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
