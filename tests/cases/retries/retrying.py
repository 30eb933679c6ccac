"""Retries by retrying: everything, at once and for ever, unless its keywords say otherwise."""

import functools
import json
import logging
import sqlite3

import httpx
import openai
import pyai
import requests
import retrying
from openai import OpenAI
from retrying import Retrying, retry

from .policies import SETTINGS, is_transient, stop_when_told

logger = logging.getLogger(__name__)
CHAT = "https://api.openai.com/v1/chat/completions"
ITEMS = "https://api.example.com/v1/items"
client = OpenAI()
voice = pyai.PyAI()
MESSAGES = [{"role": "user", "content": "hello"}]
TRIES = 5


class Later(Exception):
    pass


# Everything


@retry  # expect: HED202, HED203, HED204, HED301
def ask(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retrying.retry()  # expect: HED202, HED203, HED204, HED301
def speak(text):
    return voice.audio.speech(input=text)


@retry(stop_max_attempt_number=3, wait_fixed=2000)  # expect: HED202, HED203, HED301
def ask_three_times(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(wait_exponential_multiplier=1000, wait_exponential_max=10000)  # expect: HED202, HED203, HED204, HED301
def chat_for_ever(messages):
    response = client.chat.completions.create(model="gpt-5", messages=messages)
    return response.choices[0].message.content


@retry(wait_random_min=1000, wait_random_max=2000, stop_max_delay=60000)  # expect: HED202, HED301
def fetch(params):
    response = requests.get(ITEMS, params=params, timeout=10)
    response.raise_for_status()
    return response.json()


@retry(
    stop_max_attempt_number=TRIES,
    wait_incrementing_start=1000,  # expect: HED301
    wait_incrementing_increment=2000,
    retry_on_exception=lambda e: True,  # expect: HED202, HED203
)
def post_chat(payload):
    response = httpx.post(CHAT, json=payload)
    response.raise_for_status()
    return response.json()


@retry(  # expect: HED202, HED203
    retry_on_result=lambda answer: answer is None,
    stop_max_attempt_number=3,
    wait_fixed=1000,  # expect: HED301
)
def ask_for_json(prompt):
    answer = client.responses.create(model="gpt-5", input=prompt)
    try:
        return json.loads(answer.output_text)
    except ValueError:
        return None


@retry(
    stop_max_attempt_number=3,
    wait_func=lambda attempts, elapsed: 1000 * attempts,  # expect: HED301
    retry_on_exception=(openai.APIError, ConnectionError),  # expect: HED202, HED203
)
def ask_api_errors(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


class Assistant:
    def __init__(self):
        self.api = OpenAI(max_retries=0)

    @retry(stop_max_attempt_number=3, wrap_exception=True)  # expect: HED202, HED203, HED301
    def answer(self, prompt):
        return self.api.responses.create(model="gpt-5", input=prompt).output_text

    @staticmethod
    @retry(stop="stop_after_attempt", wait="exponential_sleep")  # expect: HED202, HED203, HED301
    def embed(texts):
        return client.embeddings.create(model="text-embedding-3-small", input=texts)


def ask_inside(prompt):
    @retry(stop_max_attempt_number=3, wait_fixed=500)  # expect: HED202, HED203, HED301
    def send():
        return client.responses.create(model="gpt-5", input=prompt)

    return send().output_text


# Some errors


def is_rate_limit(error):
    return isinstance(error, openai.RateLimitError)


@retry(retry_on_exception=is_rate_limit, wait_exponential_multiplier=500, stop_max_attempt_number=6)  # expect: HED203, HED301
def ask_rate_limited(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


def is_retryable(error):
    return isinstance(
        error,
        (
            openai.RateLimitError,
            openai.PermissionDeniedError,  # expect: HED201
        ),
    )


@retry(retry_on_exception=is_retryable, wait_fixed=500, stop_max_attempt_number=6)  # expect: HED203, HED301
def ask_retryable(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(
    retry_on_exception=lambda e: isinstance(e, requests.exceptions.HTTPError),  # expect: HED202
    wait_fixed=5000,  # expect: HED301
    stop_max_attempt_number=3,
)
def fetch_again(params):
    response = requests.get(ITEMS, params=params)
    response.raise_for_status()
    return response.json()


def has_status(error, statuses):
    return getattr(error, "status_code", None) in statuses


@retry(
    retry_on_exception=functools.partial(has_status, statuses=(429, 503)),  # expect: HED203
    wait_exponential_max=60000,  # expect: HED301
    stop_max_delay=300000,
)
def ask_by_status(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


def is_limited(error):
    return isinstance(error, pyai.PyAIError) and error.code in (
        "rate_limit_exceeded",
        "credit_exhausted",  # expect: HED201
    )


@retry(retry_on_exception=is_limited, stop_max_attempt_number=3)  # expect: HED301
def speak_limited(text):
    return voice.audio.speech(input=text)


@retry(retry_on_exception=(openai.InternalServerError,), wait_fixed=1000)  # expect: HED204
def ask_until_it_is_up(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(retry_on_exception=(Later,), stop_max_attempt_number=4)  # expect: HED203, HED301
def ask_translated(prompt):
    try:
        return client.responses.create(model="gpt-5", input=prompt)
    except openai.RateLimitError as e:
        raise Later(prompt) from e


@retry(
    retry_on_exception=lambda e: "429" in str(e),  # expect: HED103
    wait_fixed=1000,
    stop_max_attempt_number=3,
)
def ask_if_it_says_429(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


# Results


@retry(retry_on_result=lambda r: r.status_code == 429, wait_fixed=2000, stop_max_attempt_number=3)  # expect: HED301
def fetch_limited(params):
    return requests.get(ITEMS, params=params)


@retry(
    retry_on_result=lambda r: r.status_code >= 400,  # expect: HED202, HED203
    wait_fixed=2000,  # expect: HED301
    stop_max_attempt_number=3,
)
def post_until_ok(payload):
    return httpx.post(CHAT, json=payload)


# Policies that are called


def ask_called(prompt):
    return Retrying(stop_max_attempt_number=3).call(client.responses.create, model="gpt-5", input=prompt)  # expect: HED202, HED203, HED301


policy = retrying.Retrying(wait_fixed=1000, stop_max_delay=30000)  # expect: HED202, HED301


def _get(params):
    response = requests.get(ITEMS, params=params)
    response.raise_for_status()
    return response.json()


def fetch_called(params):
    return policy.call(_get, params)


quickly = retry(stop_max_attempt_number=3, retry_on_exception=is_rate_limit)  # expect: HED203, HED301


@quickly
def ask_quickly(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


def patient(tries):
    return retry(
        stop_max_attempt_number=tries,
        wait_fixed=1000,  # expect: HED301
        retry_on_exception=is_rate_limit,  # expect: HED203
    )


@patient(3)
def ask_patiently(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


# Near misses


@retry(stop_max_attempt_number=1)  # clean: one try is none more
def ask_once(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(retry_on_exception=(ConnectionError, TimeoutError), stop_max_attempt_number=3)  # clean: no errors of the SDK
def ask_builtin(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(retry_on_exception=(requests.HTTPError, pyai.PyAIError), stop_max_attempt_number=3)  # clean: other libraries' errors
def ask_wrong_library(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(retry_on_exception=is_transient, stop_max_attempt_number=3)  # clean: an unknown function decides
def ask_unknown(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(**SETTINGS)  # clean: the settings may say anything
def ask_with_settings(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


def is_server_error(error):
    return isinstance(error, openai.APIStatusError) and error.status_code >= 500


@retry(retry_on_exception=is_server_error, wait_fixed=1000, stop_max_delay=60000)  # clean: 5xx alone
def ask_server_errors(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(retry_on_exception=is_server_error, wait_fixed=1000, stop_func=stop_when_told)  # clean: a function ends it
def ask_until_told(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(stop_max_attempt_number=3, wait_fixed=1000)  # clean: no raise_for_status
def fetch_transport_only(params):
    return requests.get(ITEMS, params=params)


@retry(stop_max_attempt_number=3, wait_fixed=1000)  # clean: the body keeps its errors
def ask_or_none(prompt):
    try:
        return client.responses.create(model="gpt-5", input=prompt)
    except openai.OpenAIError:
        logger.exception("no answer")
        return None


@retry(stop_max_attempt_number=3)  # clean: a generator runs when it is read
def stream(prompt):
    for event in client.responses.create(model="gpt-5", input=prompt, stream=True):
        yield event


@retry(stop_max_attempt_number=3)  # clean: a database
def load(path):
    with sqlite3.connect(path) as db:
        return db.execute("select * from prompts").fetchall()


@retry(
    retry_on_exception=lambda e: isinstance(e, httpx.TransportError),  # clean: no answer at all
    retry_on_result=lambda job: job["status"] != "done",
    wait_fixed=5000,
)
def poll(job_id):
    return httpx.get(f"{ITEMS}/{job_id}").raise_for_status().json()


@retry(retry_on_result=lambda r: r.status_code in (500, 502, 503), stop_max_attempt_number=3)  # clean: 5xx alone
def fetch_until_up(params):
    return requests.get(ITEMS, params=params)


@retry(retry_on_exception=(Later,), stop_max_attempt_number=3)  # clean: an answer that did not parse becomes it
def ask_for_number(prompt):
    answer = client.responses.create(model="gpt-5", input=prompt)
    try:
        return int(answer.output_text)
    except ValueError as e:
        raise Later(prompt) from e


def save_called(store, answer):
    return Retrying(stop_max_attempt_number=3).call(store.save, answer)  # clean: no API


def is_rate_limit_proper(error):
    if not isinstance(error, openai.APIStatusError):
        return True
    return error.status_code == 409 or error.status_code >= 500


@retry(retry_on_exception=is_rate_limit_proper, stop_max_attempt_number=3)  # clean: a 409 of OpenAI may be asked again
def ask_conflicts(prompt):
    return client.responses.create(model="gpt-5", input=prompt)
