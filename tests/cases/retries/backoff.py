"""Retries by backoff: decorators of an exception or a result, with their wait generators."""

import json
import logging
import sqlite3
import time

import backoff
import httpx
import openai
import pyai
import requests
from backoff import on_exception as retry_on
from openai import APIStatusError, AsyncOpenAI, OpenAI, RateLimitError

from .policies import LIMITS, is_fatal, limited, pace, pause

logger = logging.getLogger(__name__)
CHAT = "https://api.openai.com/v1/chat/completions"
ITEMS = "https://api.example.com/v1/items"
client = OpenAI()
aclient = AsyncOpenAI(max_retries=0)
hosted = OpenAI(base_url="https://api.pyai.com/v1", max_retries=0)
voice = pyai.PyAI()
MESSAGES = [{"role": "user", "content": "hello"}]
TRANSIENT = (openai.APIConnectionError, openai.InternalServerError)
RATE_LIMITED = (openai.RateLimitError, openai.APITimeoutError)
GONE_WRONG = {"invalid_api_key", "model_not_found"}


class Later(Exception):
    pass


def seconds_told(error):
    value = error.response.headers.get("retry-after", "")
    return float(value) if value.isdigit() else 1.0


def is_quota(error):
    return error.type == "insufficient_quota" or error.code == "billing_not_active"


def log_backoff(details):
    logger.warning("try %d, waiting %.1f s", details["tries"], details["wait"])


# Exceptions: what is retried


@backoff.on_exception(backoff.expo, openai.RateLimitError)  # expect: HED203, HED204, HED301
def ask_for_ever(**kwargs):
    return client.chat.completions.create(**kwargs)


@backoff.on_exception(backoff.expo, Exception, max_tries=5)  # expect: HED202, HED203, HED301
def ask_whatever(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@backoff.on_exception(  # expect: HED204
    wait_gen=backoff.expo,  # expect: HED301
    exception=RATE_LIMITED,  # expect: HED203
    max_value=60,
    factor=1.5,
    on_backoff=log_backoff,
)
def ask_with_keywords(*, model, messages):
    return client.chat.completions.create(model=model, messages=messages)


@backoff.on_exception(
    backoff.expo,  # expect: HED301
    (
        openai.RateLimitError,
        openai.AuthenticationError,  # expect: HED201
        openai.PermissionDeniedError,  # expect: HED201
    ),
    max_tries=3,
    giveup=is_quota,
)
def ask_with_wrong_key(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry_on(backoff.fibo, (APIStatusError, TimeoutError), max_time=120, jitter=None)  # expect: HED202, HED203, HED301
async def ask_async(prompt):
    return await aclient.responses.create(model="gpt-5", input=prompt)


@backoff.on_exception(backoff.constant, pyai.PyAIError, interval=2, max_tries=4)  # expect: HED202, HED203, HED301
def speak(text):
    return voice.audio.speech(input=text)


@backoff.on_exception(backoff.expo, requests.exceptions.RequestException, max_tries=8)  # expect: HED202, HED301
def fetch(params):
    response = requests.get(ITEMS, params=params, timeout=10)
    response.raise_for_status()
    return response.json()


@backoff.on_exception(backoff.expo, httpx.HTTPStatusError, max_time=lambda: LIMITS["time"])  # expect: HED202, HED301
async def fetch_async(params):
    async with httpx.AsyncClient() as http:
        response = await http.get(ITEMS, params=params)
        return response.raise_for_status().json()


@backoff.on_exception(backoff.expo, requests.HTTPError, max_tries=5)  # expect: HED202, HED203, HED301
def post_chat(payload):
    response = requests.post(CHAT, json=payload, timeout=60)
    response.raise_for_status()
    return response.json()["choices"][0]["message"]["content"]


@backoff.on_exception(backoff.expo, Later, max_tries=5)  # expect: HED202, HED203, HED301
def ask_translated(prompt):
    try:
        return client.responses.create(model="gpt-5", input=prompt)
    except openai.OpenAIError as e:
        raise Later(prompt) from e


@backoff.on_exception(backoff.constant, openai.InternalServerError, interval=10)  # expect: HED204
def ask_until_it_is_up(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


class Assistant:
    def __init__(self, model):
        self.model = model
        self.api = openai.OpenAI(max_retries=0)

    @backoff.on_exception(backoff.expo, openai.OpenAIError, max_tries=6, logger=logger)  # expect: HED202, HED203, HED301
    def answer(self, prompt):
        return self._send(prompt).output_text

    def _send(self, prompt):
        return self.api.responses.create(model=self.model, input=prompt)


# giveup


@backoff.on_exception(
    backoff.expo,  # expect: HED301
    openai.APIStatusError,  # expect: HED203
    max_tries=5,
    giveup=lambda e: 400 <= e.status_code < 500 and e.status_code != 429,
)
def ask_unless_client_error(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@backoff.on_exception(
    backoff.expo,  # expect: HED301
    openai.APIStatusError,  # expect: HED202, HED203
    max_tries=5,
    giveup=lambda e: e.status_code == 401,
)
def ask_unless_unauthorized(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


def is_hopeless(error):
    return error.code in GONE_WRONG


@backoff.on_exception(
    backoff.expo,  # expect: HED301
    openai.APIError,  # expect: HED202, HED203
    max_tries=5,
    giveup=is_hopeless,
)
def ask_unless_listed(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@backoff.on_exception(
    backoff.expo,  # expect: HED301
    openai.RateLimitError,
    max_tries=5,
    giveup=lambda e: e.code == "insufficient_quota",
)
def ask_unless_out_of_quota(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@backoff.on_exception(
    backoff.expo,  # expect: HED301
    pyai.PyAIError,  # expect: HED202
    max_tries=5,
    giveup=lambda e: e.code == "daily_cap_exceeded",
)
def speak_unless_capped(text):
    return voice.audio.speech(input=text)


@backoff.on_exception(
    backoff.expo,
    openai.RateLimitError,
    max_tries=5,
    giveup=lambda e: "insufficient_quota" in str(e),  # expect: HED103
)
def ask_unless_it_says_quota(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


# Waits


@backoff.on_exception(backoff.runtime, openai.RateLimitError, value=seconds_told, max_tries=5)  # expect: HED203, HED304
def ask_full_jitter(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@backoff.on_exception(
    backoff.runtime,
    openai.RateLimitError,
    value=seconds_told,
    giveup=is_quota,
    jitter=backoff.full_jitter,  # expect: HED304
    max_tries=5,
)
def ask_full_jitter_asked_for(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@backoff.on_predicate(  # expect: HED204
    backoff.runtime,
    predicate=lambda r: r.status_code == 429,
    value=lambda r: int(r.headers.get("Retry-After")),  # expect: HED304
    jitter=None,
)
def fetch_as_in_the_readme(params):
    return requests.get(ITEMS, params=params)


@backoff.on_exception(
    backoff.runtime,
    httpx.HTTPStatusError,
    value=lambda e: min(float(e.response.headers.get("retry-after") or 1), 20),  # expect: HED304, HED304
    jitter=None,
    max_tries=5,
    giveup=lambda e: e.response.status_code != 429,
)
def fetch_capped(params):
    return httpx.get(ITEMS, params=params).raise_for_status().json()


@backoff.on_exception(
    backoff.runtime,  # expect: HED301
    openai.RateLimitError,  # expect: HED203
    value=lambda e: 30,
    jitter=None,
    max_tries=5,
)
def ask_every_half_minute(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


def steps(start=1):
    yield
    while True:
        yield start
        start *= 3


@backoff.on_exception(steps, openai.RateLimitError, giveup=is_quota, max_tries=4)  # expect: HED301
def ask_in_steps(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


# Results


@backoff.on_predicate(
    backoff.constant,  # expect: HED301
    lambda response: response.status_code in (429, 500, 503),  # expect: HED203
    interval=5,
    max_tries=4,
)
def post_chat_by_status(payload):
    return requests.post(CHAT, json=payload, timeout=60)


@backoff.on_predicate(backoff.expo, lambda r: r.status_code != 200, max_tries=4)  # expect: HED202, HED301
def fetch_until_ok(params):
    return httpx.get(ITEMS, params=params)


def is_refused(response):
    return response.status_code in {401, 429}  # expect: HED201


@backoff.on_predicate(backoff.fibo, is_refused, max_value=30, max_tries=4)  # expect: HED301
async def fetch_refused(http: httpx.AsyncClient, params):
    return await http.get(ITEMS, params=params)


@backoff.on_predicate(backoff.fibo, max_tries=4)  # expect: HED202, HED301
def fetch_until_true(params):
    return requests.get(ITEMS, params=params)  # which is false for a 4xx or 5xx


# Policies that have a name


patiently = backoff.on_exception(backoff.expo, openai.APIError, max_time=60)  # expect: HED202, HED203, HED301


@patiently
def ask_patiently(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@patiently
def embed_patiently(texts):
    return client.embeddings.create(model="text-embedding-3-small", input=texts)


def with_backoff(tries=5):
    return backoff.on_exception(
        backoff.expo,  # expect: HED301
        openai.RateLimitError,  # expect: HED203
        max_tries=tries,
    )


@with_backoff(tries=8)
def ask_with_backoff(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


gently = backoff.on_exception(backoff.expo, openai.APIError, max_tries=3)  # expect: HED202, HED203, HED301


@gently
def ask_gently_or_not_at_all(prompt):
    try:
        return client.responses.create(model="gpt-5", input=prompt)
    except openai.OpenAIError:
        return None


@gently
def ask_gently(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


create = backoff.on_exception(backoff.expo, RateLimitError, max_tries=3)(  # expect: HED203, HED301
    client.chat.completions.create
)


def ask_created(model="gpt-5"):
    return create(model=model, messages=MESSAGES)


# Stacked


@backoff.on_exception(backoff.expo, openai.RateLimitError, max_tries=8)  # expect: HED203, HED301
@backoff.on_exception(backoff.constant, TRANSIENT, max_tries=3, interval=1)  # clean: connections and 5xx
def ask_stacked(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@backoff.on_exception(backoff.expo, requests.exceptions.Timeout, max_tries=3)  # clean: no answer at all
@backoff.on_exception(backoff.expo, requests.exceptions.HTTPError, max_tries=3)  # expect: HED202, HED301
def fetch_stacked(params):
    response = requests.get(ITEMS, params=params, timeout=5)
    response.raise_for_status()
    return response.json()


# Near misses


@backoff.on_exception(backoff.expo, TRANSIENT, max_tries=5)  # clean: connections and 5xx
def ask_transient(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@backoff.on_exception(
    backoff.expo,  # clean: no 4xx goes round
    openai.APIStatusError,
    max_tries=5,
    giveup=lambda e: e.status_code < 500,
)
def ask_unless_4xx(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


def is_final(error):
    if isinstance(error, requests.exceptions.HTTPError) and error.response is not None:
        return error.response.status_code < 500
    return False


@backoff.on_exception(backoff.expo, requests.exceptions.RequestException, giveup=is_final, max_tries=5)  # clean: 5xx alone
def fetch_unless_final(params):
    response = requests.get(ITEMS, params=params, timeout=10)
    response.raise_for_status()
    return response.json()


@backoff.on_exception(backoff.expo, openai.APIError, giveup=is_fatal, max_tries=5)  # clean: an unknown function decides
def ask_unless_fatal(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@backoff.on_exception(backoff.expo, requests.exceptions.RequestException, max_tries=5)  # clean: no raise_for_status
def fetch_transport_only(params):
    return requests.get(ITEMS, params=params, timeout=10)


@backoff.on_exception(backoff.expo, (requests.exceptions.RequestException, httpx.HTTPError), max_tries=5)  # clean: other libraries' errors
def ask_wrong_library(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@backoff.on_exception(backoff.expo, openai.OpenAIError, max_tries=1)  # clean: one try is none more
def ask_once(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@backoff.on_exception(backoff.expo, openai.OpenAIError, max_tries=5)  # clean: the body keeps its errors
def ask_or_none(prompt):
    try:
        return client.responses.create(model="gpt-5", input=prompt)
    except openai.OpenAIError:
        logger.exception("no answer")
        return None


@backoff.on_exception(backoff.expo, Later, max_tries=5)  # clean: 5xx alone become it
def ask_translated_5xx(prompt):
    try:
        return client.responses.create(model="gpt-5", input=prompt)
    except openai.InternalServerError as e:
        raise Later(prompt) from e


@backoff.on_exception(backoff.expo, Exception, max_tries=5)  # clean: a database
def load(path):
    with sqlite3.connect(path) as db:
        return db.execute("select * from prompts").fetchall()


@backoff.on_exception(backoff.runtime, openai.RateLimitError, value=seconds_told, giveup=is_quota, jitter=None, max_tries=5)  # clean: as told
def ask_as_told(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@backoff.on_exception(
    backoff.runtime,
    openai.RateLimitError,
    value=seconds_told,
    giveup=is_quota,
    jitter=backoff.random_jitter,  # clean: adds up to a second
    max_tries=5,
)
def ask_as_told_and_more(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@backoff.on_exception(
    backoff.runtime,
    openai.RateLimitError,  # clean: the header is honoured, which serves a cap that resets
    value=seconds_told,
    jitter=None,
    max_tries=5,
)
def ask_hosted_as_told(prompt):
    return hosted.responses.create(model="pyai-cue", input=prompt)


def as_told():
    error = yield
    while True:
        error = yield seconds_told(error)


@backoff.on_exception(as_told, openai.RateLimitError, giveup=is_quota, jitter=None, max_tries=5)  # clean: is sent the error
def ask_by_own_generator(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@backoff.on_exception(pace, openai.RateLimitError, giveup=is_quota, max_tries=5)  # clean: the generator is unknown
def ask_by_unknown_generator(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


def sleep_as_told(details):
    time.sleep(seconds_told(details["exception"]))


@backoff.on_exception(
    backoff.expo,
    openai.RateLimitError,
    giveup=is_quota,
    on_backoff=sleep_as_told,  # clean: sleeps as long as the header says, before the wait
    max_tries=5,
)
def ask_sleeping_as_told(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@backoff.on_exception(backoff.expo, openai.RateLimitError, giveup=is_quota, on_backoff=pause, max_tries=5)  # clean: an unknown handler sees the error
def ask_pausing(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@limited(backoff.expo, openai.OpenAIError)  # clean: a decorator of its own, from elsewhere
def ask_limited(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@backoff.on_exception(backoff.expo, openai.APIConnectionError, **LIMITS)  # clean: the limits may be there
def ask_with_limits(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@backoff.on_predicate(backoff.constant, lambda job: job["status"] != "done", interval=5)  # clean: polling
def poll(job_id):
    response = httpx.get(f"{ITEMS}/{job_id}")
    response.raise_for_status()
    return response.json()


@backoff.on_predicate(backoff.fibo, lambda answer: answer is None, max_tries=3)  # clean: asked again as it did not parse
def ask_for_json(prompt):
    answer = client.responses.create(model="gpt-5", input=prompt)
    try:
        return json.loads(answer.output_text)
    except ValueError:
        return None


@backoff.on_predicate(backoff.fibo, max_tries=4)  # clean: httpx's answer is never false
def fetch_once(params):
    return httpx.get(ITEMS, params=params)


@backoff.on_exception(backoff.expo, openai.OpenAIError, max_tries=3)  # clean: a generator runs when it is read
async def stream(prompt):
    async for event in await aclient.responses.create(model="gpt-5", input=prompt, stream=True):
        yield event


@backoff.on_predicate(backoff.expo, lambda r: r.status_code >= 500, max_tries=4)  # clean: 5xx alone
def fetch_until_up(params):
    return requests.get(ITEMS, params=params)


@backoff.on_predicate(backoff.expo, lambda r: r.status_code == 429, max_tries=4)  # clean: the SDK raises, no answer comes
def ask_by_status(prompt):
    return client.responses.create(model="gpt-5", input=prompt)
