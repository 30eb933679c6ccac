"""Retries of the Claude API: a 429 says how long to wait, or that the month's money is spent."""

import asyncio
import time

import anthropic
import backoff
import requests
import tenacity
from anthropic import (
    Anthropic,
    AnthropicBedrock,
    APIStatusError,
    AsyncAnthropic,
    AuthenticationError,
    OverloadedError,
    RateLimitError,
)

URL = "https://api.anthropic.com/v1/messages"
MODEL = "claude-sonnet-5"
SPENT = "enforced_spend_limit_reached"
TRANSIENT = (anthropic.InternalServerError, anthropic.APIConnectionError)

client = Anthropic(max_retries=0)
aclient = AsyncAnthropic()
bedrock = AnthropicBedrock(aws_region="us-east-1")

# Reported.


def own_delay(messages):
    for attempt in range(5):
        try:
            return client.messages.create(model=MODEL, max_tokens=100, messages=messages)
        except RateLimitError:  # expect: HED203, HED301
            time.sleep(2**attempt)
    return None


async def own_delay_later(messages):
    for _ in range(5):
        try:
            return await aclient.messages.create(model=MODEL, max_tokens=100, messages=messages)
        except anthropic.RateLimitError:  # expect: HED203, HED301
            await asyncio.sleep(10)
    return None


def any_answer(messages):
    for _ in range(3):
        try:
            return client.messages.create(model=MODEL, max_tokens=100, messages=messages)
        except APIStatusError:  # expect: HED202, HED203, HED301
            time.sleep(1)
    return None


def anything(messages):
    for attempt in range(3):
        try:
            return client.beta.messages.create(model=MODEL, max_tokens=100, messages=messages)
        except Exception:  # expect: HED202, HED203, HED301
            time.sleep(attempt)
    return None


def wrong_key(messages):
    for attempt in range(3):
        try:
            return client.messages.count_tokens(model=MODEL, messages=messages)
        except (AuthenticationError, OverloadedError):  # expect: HED201
            time.sleep(2**attempt)
    return None


def too_large(messages):
    for _ in range(3):
        try:
            return client.messages.create(model=MODEL, max_tokens=100, messages=messages)
        except anthropic.RequestTooLargeError:  # expect: HED201
            time.sleep(2)
    return None


def unpaid(messages):
    for attempt in range(3):
        try:
            return client.messages.create(model=MODEL, max_tokens=100, messages=messages)
        except anthropic.APIStatusError as e:
            if e.status_code not in (402, 500, 529):  # expect: HED201
                raise
            time.sleep(2**attempt)
    return None


def named_by_type(messages):
    for attempt in range(3):
        try:
            return client.messages.create(model=MODEL, max_tokens=100, messages=messages)
        except anthropic.APIStatusError as e:
            if e.type in {"permission_error", "overloaded_error"}:  # expect: HED201
                time.sleep(2**attempt)
                continue
            raise
    return None


def named_in_the_body(messages):
    for attempt in range(3):
        try:
            return client.messages.create(model=MODEL, max_tokens=100, messages=messages)
        except anthropic.APIStatusError as e:
            if e.body["error"]["type"] != "authentication_error":  # expect: HED201
                raise
            time.sleep(2**attempt)
    return None


def by_hand(payload):
    for attempt in range(3):
        answer = requests.post(URL, json=payload, timeout=60)
        if answer.status_code == 429:  # expect: HED203, HED301
            time.sleep(2**attempt)
            continue
        return answer
    return None


def forever(messages):
    while True:  # expect: HED204
        try:
            return client.messages.create(model=MODEL, max_tokens=100, messages=messages)
        except OverloadedError:
            time.sleep(30)


@tenacity.retry(  # expect: HED202, HED203
    wait=tenacity.wait_random_exponential(max=60),  # expect: HED301
    stop=tenacity.stop_after_attempt(6),
)
def decorated(messages):
    return client.messages.create(model=MODEL, max_tokens=100, messages=messages)


@backoff.on_exception(backoff.expo, RateLimitError, max_tries=5)  # expect: HED203, HED301
def counted(messages):
    return client.messages.count_tokens(model=MODEL, messages=messages)


def batched(requests):
    for attempt in range(4):
        try:
            return client.messages.batches.create(requests=requests)
        except anthropic.APIError:  # expect: HED202, HED203, HED301
            time.sleep(2**attempt)
    return None


# Right, or nothing to be said.


def told(error, attempt):
    header = error.response.headers.get("retry-after", "")
    return float(header) if header.isdigit() else 2.0**attempt


def heeded(messages):
    for attempt in range(5):
        try:
            return client.messages.create(model=MODEL, max_tokens=100, messages=messages)
        except RateLimitError as e:  # clean: the spent money told apart, the header heeded
            if e.error_code == SPENT:
                raise
            time.sleep(told(e, attempt))
    return None


def heeded_where_given(messages):
    for _ in range(5):
        try:
            return client.messages.create(model=MODEL, max_tokens=100, messages=messages)
        except RateLimitError as e:  # clean: where money is spent there is no header
            header = e.response.headers.get("retry-after")
            if header is None or not header.isdigit():
                raise
            time.sleep(int(header))
    return None


def overloaded(messages):
    for attempt in range(5):
        try:
            return client.messages.create(model=MODEL, max_tokens=100, messages=messages)
        except OverloadedError:  # clean: a 529 is to be retried with backoff
            time.sleep(2**attempt)
    return None


def overloaded_by_status(messages):
    for attempt in range(5):
        try:
            return client.messages.create(model=MODEL, max_tokens=100, messages=messages)
        except APIStatusError as e:  # clean: 529 alone
            if e.status_code != 529:
                raise
            time.sleep(2**attempt)
    return None


def overloaded_by_type(messages):
    for attempt in range(5):
        try:
            return client.messages.create(model=MODEL, max_tokens=100, messages=messages)
        except APIStatusError as e:  # clean: the type of a 529
            if e.type != "overloaded_error":
                raise
            time.sleep(2**attempt)
    return None


@tenacity.retry(
    retry=tenacity.retry_if_exception_type(TRANSIENT),
    wait=tenacity.wait_exponential(max=60),  # clean: no 429 among them
    stop=tenacity.stop_after_attempt(5),
)
def outages(messages):
    return client.messages.create(model=MODEL, max_tokens=100, messages=messages)


@backoff.on_exception(backoff.expo, anthropic.DeadlineExceededError, max_tries=3)  # clean: a 504
def too_slow(messages):
    return client.messages.create(model=MODEL, max_tokens=100, messages=messages)


def disconnected(messages):
    for _ in range(3):
        try:
            return client.messages.create(model=MODEL, max_tokens=100, messages=messages)
        except anthropic.APIConnectionError:  # clean: no answer at all
            time.sleep(1)
    return None


def left_to_the_client(messages):
    patient = client.with_options(max_retries=6)  # clean: the client's own retries heed the server
    return patient.messages.create(model=MODEL, max_tokens=100, messages=messages)


def one_after_another(prompts):
    answers = []
    for prompt in prompts:
        try:
            answers.append(client.messages.create(model=MODEL, max_tokens=9, messages=prompt))
        except RateLimitError:  # clean: on to the next one
            continue
    return answers


def next_model(messages):
    for model in ("claude-opus-5", "claude-sonnet-5"):
        try:
            return client.messages.create(model=model, max_tokens=100, messages=messages)
        except RateLimitError:  # clean: another model is another request
            time.sleep(1)
    return None


def until_done(batch):
    while True:  # clean: polls a job, which ends
        found = client.messages.batches.retrieve(batch)
        if found.processing_status == "ended":
            return found
        time.sleep(60)


def streamed(messages):
    for attempt in range(3):
        try:
            with client.messages.stream(model=MODEL, max_tokens=100, messages=messages) as stream:
                return stream.get_final_text()
        except AuthenticationError:  # clean: ends here
            raise
        except OverloadedError:
            time.sleep(2**attempt)
    return None


def elsewhere(messages):
    for attempt in range(3):
        try:
            return bedrock.messages.create(model=MODEL, max_tokens=100, messages=messages)
        except anthropic.InternalServerError:  # clean: another API's 5xx
            time.sleep(2**attempt)
    return None


def unless_the_spend_limit_by_code(messages):
    for attempt in range(3):
        try:
            return client.messages.create(model="claude-sonnet-4-5", max_tokens=64, messages=messages)
        except RateLimitError as e:  # expect: HED301
            if e.error_code == "enforced_spend_limit_reached":
                raise
            time.sleep(2**attempt)
    return None


def unless_the_spend_limit_by_class(messages):
    for _ in range(3):
        try:
            return client.messages.create(model="claude-sonnet-4-5", max_tokens=64, messages=messages)
        except anthropic.EnforcedSpendLimitReachedError:
            raise
        except RateLimitError as e:  # clean: the limit that lasts has a class, and the rest waits
            told = e.response.headers.get("retry-after", "")
            time.sleep(float(told) if told.isdigit() else 30)
    return None


def the_spend_limit_again(messages):
    for attempt in range(3):
        try:
            return client.messages.create(model="claude-sonnet-4-5", max_tokens=64, messages=messages)
        except anthropic.EnforcedSpendLimitReachedError:  # expect: HED201
            time.sleep(2**attempt)
    return None
