"""Texts of the Claude API's errors, whose type and `error_code` are what is stable."""

import logging
import re

import anthropic
import tenacity
from anthropic import APIStatusError, AsyncAnthropic, BadRequestError

client = anthropic.Anthropic()
aclient = AsyncAnthropic()
log = logging.getLogger(__name__)
BUSY = ("overloaded", "try again later")

# Reported.


def ask(messages):
    try:
        return client.messages.create(model="claude-sonnet-5", max_tokens=9, messages=messages)
    except APIStatusError as e:
        if "rate_limit_error" in str(e):  # expect: HED103
            return 1
        if "overloaded_error" in e.message:  # expect: HED103
            return 2
        if "529" in str(e):  # expect: HED103
            return 3
        if "enforced_spend_limit_reached" in str(e):  # expect: HED103
            return 4
        if "credit balance is too low" in e.message:  # expect: HED101
            return 5
        if "prompt is too long" in str(e).lower():  # expect: HED101
            return 6
        if e.api_message == "Overloaded":  # expect: HED101
            return 7
        if any(word in str(e) for word in BUSY):  # expect: HED101
            return 8
        if re.search("would exceed your .* rate limit", str(e)):  # expect: HED101
            return 9
        if e.body["error"]["message"].startswith("max_tokens"):  # expect: HED101
            return 10
        raise


async def ask_later(messages):
    try:
        return await aclient.messages.create(model="m", max_tokens=9, messages=messages)
    except Exception as e:
        if "exceeded your per-minute rate limit" in str(e):  # expect: HED101
            return None
        if "authentication_error" in str(e):  # expect: HED103
            return None
        raise


def batched(requests):
    try:
        return client.messages.batches.create(requests=requests)
    except BadRequestError as e:
        return None if "credit" in e.message else 0  # expect: HED101


@tenacity.retry(
    retry=tenacity.retry_if_exception(lambda e: "overloaded_error" in str(e)),  # expect: HED103
    stop=tenacity.stop_after_attempt(3),
    wait=tenacity.wait_exponential(),
)
def counted(messages):
    return client.messages.count_tokens(model="m", messages=messages)


# Right, or nothing to be said.


def ask_rightly(messages):
    try:
        return client.messages.create(model="claude-sonnet-5", max_tokens=9, messages=messages)
    except APIStatusError as e:
        if e.type == "overloaded_error":  # clean: the type
            return 1
        if e.error_code == "enforced_spend_limit_reached":  # clean: the code
            return 2
        if e.status_code in (429, 529):  # clean: the status
            return 3
        if e.body["error"]["type"] == "billing_error":  # clean: the type, in the whole envelope
            return 4
        if "error" in e.body:  # clean: whether a key exists
            return 5
        if e.request_id:  # clean: no text
            return 6
        if e.message:  # clean: whether there is a text
            log.warning("failed: %s", e.message)
        log.error("x" if "retry-after" in e.response.headers else "y")  # clean: a header
        raise RuntimeError(f"Claude said {e}") from e  # clean: the text is told, not tested


def answered(messages):
    answer = client.messages.create(model="m", max_tokens=9, messages=messages)
    if "rate_limit_error" in answer.content[0].text:  # clean: what the model wrote
        return None
    if answer.stop_reason == "max_tokens":  # clean: a field of the answer
        return None
    return answer


def tool_missing():
    try:
        import anthropic_tools
    except ImportError as e:
        return "anthropic" in str(e)  # clean: no API's error
    return anthropic_tools
