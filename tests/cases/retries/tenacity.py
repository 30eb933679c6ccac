"""Retries by tenacity: callables of the retry state, waits and policies that a program makes itself."""

import asyncio
import contextlib
import functools
import logging
import sqlite3
import time

import httpx
import openai
import pyai
import requests
import tenacity
from openai import AsyncOpenAI, OpenAI
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    RetryError,
    Retrying,
    before_sleep_log,
    retry,
    retry_any,
    retry_if_exception,
    retry_if_exception_message,
    retry_if_exception_type,
    retry_if_not_exception_type,
    retry_if_not_result,
    retry_if_result,
    retry_never,
    stop_after_attempt,
    stop_after_delay,
    stop_never,
    wait_chain,
    wait_exception,
    wait_exponential,
    wait_exponential_jitter,
    wait_fixed,
    wait_random,
    wait_random_exponential,
)
from tenacity.wait import wait_base

from .policies import SETTINGS, is_transient, pause, retry_policy, seconds_for

logger = logging.getLogger(__name__)
CHAT = "https://api.openai.com/v1/chat/completions"
ITEMS = "https://api.example.com/v1/items"
client = OpenAI()
aclient = AsyncOpenAI(max_retries=0)
hosted = OpenAI(base_url="https://api.pyai.com/v1", max_retries=0)
voice = pyai.PyAI()
MESSAGES = [{"role": "user", "content": "hello"}]
THREE = stop_after_attempt(3)
RATE_LIMITED = retry_if_exception_type(openai.RateLimitError)


class Later(Exception):
    pass


class Limited(Exception):
    pass


def seconds_told(error):
    value = error.response.headers.get("retry-after", "")
    return float(value) if value.isdigit() else 1.0


def is_quota(error):
    return error.type == "insufficient_quota" or error.code == "billing_not_active"


# retry=


def is_rate_limited(retry_state: RetryCallState) -> bool:
    return isinstance(retry_state.outcome.exception(), openai.RateLimitError)


@retry(
    retry=is_rate_limited,  # expect: HED203
    wait=wait_exponential(min=1, max=60),  # expect: HED301
    stop=THREE,
)
def ask_rate_limited(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(retry=lambda retry_state: retry_state.outcome.failed, stop=THREE)  # expect: HED202, HED203, HED301
def ask_failed(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


def has_status(error):
    if isinstance(error, openai.APIStatusError):
        return error.status_code in {429, 403, 503}  # expect: HED201
    return isinstance(error, openai.APIConnectionError)


@retry(
    stop=THREE,
    retry=retry_if_exception(has_status),  # expect: HED203
    wait=wait_random_exponential(max=30),  # expect: HED301
    before_sleep=before_sleep_log(logger, logging.WARNING),
    reraise=True,
)
def ask_by_status(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(
    retry=retry_if_exception_type(openai.APIStatusError)  # expect: HED203
    & retry_if_exception(lambda e: e.status_code == 429),
    wait=wait_fixed(20),  # expect: HED301
    stop=THREE,
)
def ask_both_hold(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(
    retry=retry_if_exception_type(openai.APIError) & retry_if_not_exception_type(openai.AuthenticationError),  # expect: HED202, HED203
    wait=wait_exponential_jitter(initial=1, max=8),  # expect: HED301
    stop=THREE,
)
def ask_unless_unauthorized(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(
    retry=RATE_LIMITED | retry_if_exception_type(openai.APITimeoutError),  # expect: HED203
    wait=wait_random(min=15, max=45),  # expect: HED301
    stop=stop_after_attempt(6) | stop_after_delay(300),
)
def ask_either_holds(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(
    retry=retry_any(
        retry_if_exception_type(openai.InternalServerError),
        retry_if_exception_type(openai.NotFoundError),  # expect: HED201
    ),
    stop=THREE,
)
def ask_any_holds(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(
    retry=retry_if_not_exception_type((openai.BadRequestError, openai.AuthenticationError)),  # expect: HED202, HED203
    wait=wait_fixed(2),  # expect: HED301
    stop=THREE,
)
async def ask_unless_listed(prompt):
    return await aclient.responses.create(model="gpt-5", input=prompt)


@retry(retry=retry_if_not_exception_type((requests.HTTPError, pyai.PyAIError)), stop=THREE)  # expect: HED202, HED203, HED301
def ask_wrong_ones_left_out(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(retry=retry_if_exception_type(openai.error.RateLimitError), wait=wait_fixed(60), stop=THREE)  # expect: HED203, HED301
def ask_as_of_old(messages):
    return openai.ChatCompletion.create(model="gpt-4", messages=messages)


@retry(
    retry=retry_if_exception_message(match=r"Rate limit reached.*"),  # expect: HED101
    wait=wait_fixed(5),
    stop=THREE,
)
def ask_by_message(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(
    retry=retry_if_exception_type(openai.APIError) & retry_if_exception_message(match=".*rate_limit_exceeded.*"),  # expect: HED103
    stop=THREE,
)
def ask_by_message_and_class(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(retry=RATE_LIMITED, wait=wait_random_exponential(max=60))  # expect: HED203, HED204, HED301
def ask_for_ever(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(  # expect: HED204
    retry=retry_if_exception_type(openai.InternalServerError),
    stop=stop_never,
    wait=wait_fixed(10),
)
def ask_until_it_is_up(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


# Results


@retry(retry=retry_if_result(lambda r: r.status_code == 429), wait=wait_fixed(3), stop=THREE)  # expect: HED301
def fetch_limited(params):
    return requests.get(ITEMS, params=params)


@retry(
    retry=retry_if_not_result(lambda r: r.status_code == 200),  # expect: HED202, HED203
    wait=wait_exponential(),  # expect: HED301
    stop=THREE,
)
def post_until_ok(payload):
    return httpx.post(CHAT, json=payload)


def is_refused(response):
    return response.status_code in (
        429,
        401,  # expect: HED201
    )


@retry(retry=retry_if_result(is_refused), stop=THREE)  # expect: HED203, HED301
def post_refused(payload):
    return httpx.post(CHAT, json=payload)


def is_server_error_or_limit(retry_state):
    response = retry_state.outcome.result()
    return response.status_code == 429 or response.status_code >= 500


@retry(retry=is_server_error_or_limit, stop=THREE)  # expect: HED301
async def fetch_by_state(http: httpx.AsyncClient, params):
    return await http.get(ITEMS, params=params)


@retry(retry=retry_if_exception_type(Limited), wait=wait_fixed(5), stop=THREE)  # expect: HED301
def fetch_raising_limited(params):
    response = requests.get(ITEMS, params=params)
    if response.status_code == 429:
        raise Limited(params)
    response.raise_for_status()
    return response.json()


# wait=, before_sleep=


def in_steps(retry_state):
    return 5 * retry_state.attempt_number


@retry(
    retry=retry_if_exception_type(openai.RateLimitError),  # expect: HED203
    wait=in_steps,  # expect: HED301
    stop=THREE,
)
def ask_in_steps(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(
    retry=retry_if_exception(lambda e: isinstance(e, openai.RateLimitError) and not is_quota(e)),
    wait=lambda retry_state: min(2**retry_state.attempt_number, 60),  # expect: HED301
    stop=THREE,
)
def ask_by_lambda(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


class wait_doubled(wait_base):
    def __init__(self, first):
        self.first = first

    def __call__(self, retry_state):
        return self.first * 2 ** (retry_state.attempt_number - 1)


@retry(
    retry=RATE_LIMITED,  # expect: HED203
    wait=wait_doubled(1),  # expect: HED301
    stop=THREE,
)
def ask_doubled(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(
    retry=RATE_LIMITED,  # expect: HED203
    wait=wait_chain(*[wait_fixed(1) for _ in range(3)] + [wait_fixed(10)]),  # expect: HED301
    stop=stop_after_attempt(5),
)
def ask_chained(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


def rest(retry_state):
    logger.warning("resting after try %d", retry_state.attempt_number)
    time.sleep(20)


@retry(retry=RATE_LIMITED, before_sleep=rest, stop=THREE)  # expect: HED203, HED301
def ask_rested(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(
    retry=RATE_LIMITED,  # expect: HED203
    wait=wait_exception(lambda e: int(e.response.headers["retry-after"])),  # expect: HED304
    stop=THREE,
)
def ask_as_read(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(
    retry=retry_if_exception_type(openai.RateLimitError),
    wait=wait_exception(lambda e: min(seconds_told(e), 10)),  # expect: HED304
    stop=THREE,
)
def ask_hosted_capped(prompt):
    return hosted.responses.create(model="pyai-cue", input=prompt)


# Policies


def ask_with_method(prompt):
    return Retrying(stop=THREE)(client.responses.create, model="gpt-5", input=prompt)  # expect: HED202, HED203, HED301


def ask_with_partial(prompt):
    retrying = Retrying(stop=THREE)  # expect: HED202, HED203, HED301
    return retrying(functools.partial(client.responses.create, model="gpt-5"), input=prompt)


async def ask_with_method_async(prompt):
    retrying = AsyncRetrying(retry=RATE_LIMITED, stop=THREE, wait=wait_fixed(1))  # expect: HED203, HED301
    return await retrying(aclient.responses.create, model="gpt-5", input=prompt)


async def ask_in_attempts(prompt):
    retrying = tenacity.AsyncRetrying(
        stop=THREE,
        retry=retry_if_exception_type(openai.APIStatusError),  # expect: HED202, HED203
        wait=wait_exponential(),  # expect: HED301
        reraise=True,
    )
    async for attempt in retrying:
        with attempt:
            answer = await aclient.responses.create(model="gpt-5", input=prompt)
        if not attempt.retry_state.outcome.failed:
            attempt.retry_state.set_result(answer)
    return answer


def ask_last_resort(prompt):
    try:
        for attempt in Retrying(stop=THREE, wait=wait_fixed(1)):  # expect: HED202, HED203, HED301
            with attempt:
                return client.responses.create(model="gpt-5", input=prompt)
    except RetryError:
        logger.exception("no answer")
    return None


policy = Retrying(stop=stop_after_attempt(5), wait=wait_random(1, 2))  # expect: HED202, HED203, HED301


@policy.wraps
def ask_wrapped(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


twice = retry(stop=stop_after_attempt(2))  # expect: HED202, HED203, HED301


@twice
def ask_twice_or_not_at_all(prompt):
    try:
        return client.responses.create(model="gpt-5", input=prompt)
    except openai.OpenAIError:
        return None


@twice
def speak_twice(text):
    return voice.audio.speech(input=text)


def make_policy(attempts=3, **more):
    return retry(
        stop=stop_after_attempt(attempts),
        wait=wait_exponential(),  # expect: HED301
        retry=retry_if_exception_type(openai.APIError),  # expect: HED202, HED203
    )


@make_policy(attempts=5)
def ask_with_made_policy(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


def with_retries(function):
    return retry(stop=THREE, wait=wait_fixed(2))(function)  # expect: HED202, HED203, HED301


@with_retries
def ask_with_retries(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


class Assistant:
    retrying = Retrying(stop=stop_after_attempt(4), retry=RATE_LIMITED)  # expect: HED203, HED301

    def __init__(self, attempts):
        self.api = OpenAI(max_retries=0)
        self._policy = Retrying(stop=stop_after_attempt(attempts), wait=wait_fixed(1))  # expect: HED202, HED203, HED301

    def answer(self, prompt):
        return self.retrying(self._send, prompt)

    def answer_anyhow(self, prompt):
        return self._policy(self._send, prompt)

    def _send(self, prompt):
        return self.api.responses.create(model="gpt-5", input=prompt)


# Near misses


def is_server_error(retry_state):
    error = retry_state.outcome.exception()
    return isinstance(error, openai.APIStatusError) and error.status_code >= 500


@retry(retry=is_server_error, wait=wait_fixed(1), stop=THREE)  # clean: 5xx alone
def ask_server_errors(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(retry=retry_if_exception(is_transient), wait=wait_fixed(1), stop=THREE)  # clean: an unknown function decides
def ask_unknown(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(**SETTINGS)  # clean: the settings may say anything
def ask_with_settings(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry_policy(attempts=3)  # clean: a policy from elsewhere
def ask_with_foreign_policy(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(retry=retry_if_exception_type(openai.RateLimitError) & retry_never, stop=THREE)  # clean: never holds
def ask_never_again(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(stop=stop_after_attempt(1))  # clean: one try is none more
def ask_once(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


def as_told(retry_state):
    error = retry_state.outcome.exception()
    return seconds_told(error) if isinstance(error, openai.RateLimitError) else 1.0


@retry(
    retry=retry_if_exception(lambda e: isinstance(e, openai.RateLimitError) and not is_quota(e)),
    wait=as_told,  # clean: a function of the state that reads the header
    stop=THREE,
)
def ask_as_told(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


class wait_as_told(wait_base):
    def __init__(self, fallback):
        self.fallback = fallback

    def __call__(self, retry_state):
        error = retry_state.outcome.exception()
        if isinstance(error, httpx.HTTPStatusError):
            value = error.response.headers.get("Retry-After", "")
            if value.isdigit():
                return float(value)
        return self.fallback(retry_state)


def is_limited(error):
    return isinstance(error, httpx.HTTPStatusError) and error.response.status_code in (429, 503)


@retry(retry=retry_if_exception(is_limited), wait=wait_as_told(wait_exponential()), stop=THREE)  # clean: its own wait reads the header
def fetch_as_told(params):
    return httpx.get(ITEMS, params=params).raise_for_status().json()


@retry(
    retry=retry_if_exception_type(openai.RateLimitError),
    wait=wait_exception(seconds_told) + wait_random(0, 1),  # clean: the header and more, which serves a cap that resets
    stop=THREE,
)
def ask_hosted_as_told(prompt):
    return hosted.responses.create(model="pyai-cue", input=prompt)


def sleep_as_told(retry_state):
    time.sleep(seconds_told(retry_state.outcome.exception()))


@retry(
    retry=retry_if_exception_type(openai.RateLimitError),
    before_sleep=sleep_as_told,  # clean: sleeps as long as the header says, before the wait
    stop=THREE,
)
def ask_hosted_before_sleep(prompt):
    return hosted.responses.create(model="pyai-cue", input=prompt)


@retry(
    retry=retry_if_exception_type(openai.RateLimitError),
    before_sleep=pause,  # clean: an unknown function sees the error, and may sleep
    stop=THREE,
)
def ask_hosted_pausing(prompt):
    return hosted.responses.create(model="pyai-cue", input=prompt)


@retry(
    retry=retry_if_exception_type(openai.RateLimitError),
    wait=wait_fixed(1),  # clean: the body itself waits as long as the header says
    stop=THREE,
)
def ask_hosted_waiting_inside(prompt):
    try:
        return hosted.responses.create(model="pyai-cue", input=prompt)
    except openai.RateLimitError as e:
        time.sleep(seconds_told(e))
        raise


@retry(
    retry=retry_if_exception_type(openai.RateLimitError),  # expect: HED203
    wait=wait_exception(seconds_for),  # clean: an unknown function tells the delay
    stop=THREE,
)
def ask_unknown_delay(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(retry=retry_if_result(lambda answer: answer is None), stop=THREE)  # clean: asked again as it gave nothing
def ask_for_something(prompt):
    return client.responses.create(model="gpt-5", input=prompt).output_text or None


@retry(retry=retry_if_result(lambda job: job.status in ("queued", "in_progress")), wait=wait_fixed(2))  # clean: polling
def poll(response_id):
    return client.responses.retrieve(response_id)


@retry(retry=retry_if_result(lambda r: r.status_code in (500, 502, 503)), stop=THREE)  # clean: 5xx alone
def fetch_until_up(params):
    return requests.get(ITEMS, params=params)


@retry(retry=retry_if_exception_type((requests.HTTPError, httpx.HTTPError)), stop=THREE)  # clean: other libraries' errors
def ask_wrong_library(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(retry=retry_if_exception_type(Later), stop=THREE)  # clean: 5xx alone become it
def ask_translated(prompt):
    try:
        return client.responses.create(model="gpt-5", input=prompt)
    except openai.RateLimitError:
        raise
    except openai.InternalServerError as e:
        raise Later(prompt) from e


@retry(stop=THREE)  # clean: its errors are suppressed
def ask_suppressed(prompt):
    with contextlib.suppress(openai.OpenAIError):
        return client.responses.create(model="gpt-5", input=prompt)


@retry(stop=THREE)  # clean: the errors are values
async def ask_all(prompts):
    calls = [aclient.responses.create(model="gpt-5", input=prompt) for prompt in prompts]
    return await asyncio.gather(*calls, return_exceptions=True)


@retry(stop=THREE)  # clean: a generator runs when it is read
def stream(prompt):
    for event in client.responses.create(model="gpt-5", input=prompt, stream=True):
        yield event


async def _ask(prompt):
    return await aclient.responses.create(model="gpt-5", input=prompt)


@retry(stop=THREE)  # clean: a task fails where it is awaited
async def ask_later(prompt):
    return asyncio.create_task(_ask(prompt))


@retry(stop=THREE)  # clean: an exit is no Exception
def ask_or_exit(prompt):
    try:
        return client.responses.create(model="gpt-5", input=prompt)
    except openai.APIError as e:
        raise SystemExit(1) from e


@retry(retry=retry_if_exception_type(Limited), wait=wait_fixed(5), stop=THREE)  # clean: 5xx alone become it
def fetch_raising_5xx(params):
    response = requests.get(ITEMS, params=params)
    if response.status_code >= 500:
        raise Limited(params)
    response.raise_for_status()
    return response.json()


@retry(stop=THREE, wait=wait_fixed(1))  # clean: a database
def load(path):
    with sqlite3.connect(path) as db:
        return db.execute("select * from prompts").fetchall()


def ask_outside(prompt, store):
    for attempt in Retrying(stop=THREE):  # clean: the call stands outside
        answer = client.responses.create(model="gpt-5", input=prompt)
        with attempt:
            store.save(answer)


def ask_before(prompt, store):
    answer = client.responses.create(model="gpt-5", input=prompt)
    for attempt in Retrying(stop=THREE):  # clean: the call comes before
        with attempt:
            store.save(answer)


def save(store, answer):
    return policy(store.save, answer)  # clean: no API
