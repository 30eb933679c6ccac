"""Retries by stamina: decorators, contexts and callers, with classes or hooks to retry on."""

import datetime
import functools
import logging

import httpx
import openai
import pyai
import requests
import stamina
from openai import AsyncOpenAI, OpenAI
from stamina import AsyncRetryingCaller, RetryingCaller, retry_context

from .policies import SETTINGS, is_transient, told_by

logger = logging.getLogger(__name__)
CHAT = "https://api.openai.com/v1/chat/completions"
ITEMS = "https://api.example.com/v1/items"
client = OpenAI()
aclient = AsyncOpenAI(max_retries=0)
hosted = OpenAI(base_url="https://api.pyai.com/v1", max_retries=0)
voice = pyai.PyAI()
MESSAGES = [{"role": "user", "content": "hello"}]
TRANSIENT = (openai.APIConnectionError, openai.InternalServerError)


class Later(Exception):
    pass


class Refused(Exception):
    pass


def seconds_told(response, fallback=1.0):
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isdigit() else fallback


def is_quota(error):
    return error.type == "insufficient_quota" or error.code == "billing_not_active"


# Decorators


@stamina.retry(on=openai.APIError, attempts=3)  # expect: HED202, HED203, HED301
def ask(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@stamina.retry(on=Exception)  # expect: HED202, HED203, HED301
async def ask_async(prompt):
    return await aclient.responses.create(model="gpt-5", input=prompt)


@stamina.retry(  # expect: HED301
    on=(openai.RateLimitError, openai.APITimeoutError),  # expect: HED203
    attempts=6,
    wait_max=60,
    timeout=datetime.timedelta(minutes=2),
)
def ask_rate_limited(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@stamina.retry(on=httpx.HTTPError, attempts=3)  # expect: HED202, HED301
def fetch(code):
    response = httpx.get(f"{ITEMS}/{code}")
    response.raise_for_status()
    return response


@stamina.retry(on=requests.exceptions.HTTPError, attempts=5)  # expect: HED202, HED203, HED301
def post_chat(payload):
    response = requests.post(CHAT, json=payload, timeout=30)
    response.raise_for_status()
    return response.json()


@stamina.retry(on=(pyai.PyAIError, httpx.TransportError), attempts=None, timeout=None)  # expect: HED202, HED203, HED204, HED301
def speak(text):
    return voice.audio.speech(input=text)


@stamina.retry(on=openai.InternalServerError, attempts=None, timeout=None)  # expect: HED204
def ask_until_it_is_up(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@stamina.retry(
    on=(
        openai.InternalServerError,
        openai.BadRequestError,  # expect: HED201
    ),
    attempts=3,
)
def ask_badly(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@stamina.retry(on=Later, attempts=4)  # expect: HED203, HED301
def ask_translated(prompt):
    try:
        return client.responses.create(model="gpt-5", input=prompt)
    except (openai.RateLimitError, openai.APIConnectionError) as e:
        raise Later(prompt) from e
    except openai.APIStatusError as e:
        raise Refused(prompt) from e


@stamina.retry(on=openai.APIError, attempts=3)  # expect: HED202, HED203, HED301
def stream(prompt):
    yield from client.responses.create(model="gpt-5", input=prompt, stream=True)


# Hooks


def may_pass(error: Exception) -> bool:
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code == 429 or error.response.status_code >= 500
    return isinstance(error, httpx.TransportError)


@stamina.retry(on=may_pass, attempts=3)  # expect: HED301
def fetch_may_pass(params):
    response = httpx.get(ITEMS, params=params)
    response.raise_for_status()
    return response.json()


@stamina.retry(on=lambda e: isinstance(e, openai.APIStatusError) and e.status_code >= 400)  # expect: HED202, HED203, HED301
def ask_any_status(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


def is_refused(error):
    return getattr(error, "status_code", 0) in (401, 503)  # expect: HED201


@stamina.retry(on=is_refused)
def ask_refused(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


def has_status(error, statuses):
    return isinstance(error, openai.APIStatusError) and error.status_code in statuses


@stamina.retry(on=functools.partial(has_status, statuses={429, 500, 503}), attempts=5)  # expect: HED203, HED301
def ask_by_status(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


def half_a_minute(error):
    return 30.0 if isinstance(error, openai.RateLimitError) else False


@stamina.retry(on=half_a_minute, attempts=5)  # expect: HED203, HED301
def ask_every_half_minute(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


def a_while(error):
    if isinstance(error, httpx.HTTPStatusError) and error.response.status_code == 429:
        return datetime.timedelta(seconds=5)
    return False


@stamina.retry(on=a_while, attempts=5)  # expect: HED301
async def fetch_after_a_while(http: httpx.AsyncClient, params):
    response = await http.get(ITEMS, params=params)
    response.raise_for_status()
    return response.json()


def as_told(error):
    if isinstance(error, openai.RateLimitError):
        return seconds_told(error.response)
    return isinstance(error, TRANSIENT)


@stamina.retry(on=as_told, attempts=5)  # expect: HED203
def ask_quota_as_told(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


def as_read(error):
    if not isinstance(error, httpx.HTTPStatusError) or error.response.status_code != 429:
        return False
    return float(error.response.headers["Retry-After"])  # expect: HED304


@stamina.retry(on=as_read, attempts=5)
def fetch_as_read(params):
    return httpx.get(ITEMS, params=params).raise_for_status().json()


def only_rate_limit(error):
    return isinstance(error, pyai.PyAIError) and error.code == "rate_limit_exceeded"


@stamina.retry(on=only_rate_limit)  # expect: HED301
def speak_rate_limited(text):
    return voice.audio.speech(input=text)


def unless_quota(error):
    return isinstance(error, openai.RateLimitError) and error.code != "insufficient_quota"


@stamina.retry(on=unless_quota)  # expect: HED301
def ask_unless_out_of_quota(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@stamina.retry(on=lambda e: "rate limit reached" in str(e).lower())  # expect: HED101
def ask_if_it_says_so(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


# Contexts


def ask_in_attempts(prompt):
    for attempt in stamina.retry_context(on=openai.APIStatusError, attempts=5):  # expect: HED202, HED203, HED301
        with attempt:
            return client.responses.create(model="gpt-5", input=prompt)


async def ask_in_attempts_async(prompt):
    async for attempt in retry_context(openai.RateLimitError, attempts=None, timeout=None):  # expect: HED203, HED204, HED301
        with attempt:
            answer = await aclient.responses.create(model="gpt-5", input=prompt)
    return answer


def fetch_in_attempts(params):
    with httpx.Client(base_url=ITEMS) as http:
        for attempt in stamina.retry_context(on=httpx.HTTPStatusError):  # expect: HED202, HED301
            with attempt:
                response = http.get("/", params=params)
                response.raise_for_status()
    return response.json()


# Callers


caller = stamina.RetryingCaller(attempts=5)
for_ever = RetryingCaller(attempts=None, timeout=None)  # expect: HED204
on_any_error = stamina.RetryingCaller(timeout=120).on(openai.APIError)  # expect: HED202, HED203, HED301
acaller = AsyncRetryingCaller(attempts=3)
on_rate_limit = acaller.on(openai.RateLimitError)  # expect: HED203, HED301


def _send(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


def ask_called(prompt):
    return caller(TRANSIENT, _send, prompt)  # clean: connections and 5xx


def ask_called_for_anything(prompt):
    return caller(openai.OpenAIError, _send, prompt)  # expect: HED202, HED203, HED301


def chat_called(model):
    return caller(openai.RateLimitError, client.chat.completions.create, model=model, messages=MESSAGES)  # expect: HED203, HED301


def ask_for_ever(prompt):
    return for_ever(openai.InternalServerError, _send, prompt)


def ask_bound(prompt):
    return on_any_error(_send, prompt)


async def ask_bound_async(prompt):
    return await on_rate_limit(aclient.responses.create, model="gpt-5", input=prompt)


# Near misses


@stamina.retry(on=TRANSIENT, attempts=None)  # clean: connections and 5xx, for 45 seconds
def ask_transient(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@stamina.retry(on=httpx.TransportError, timeout=None)  # clean: no answer at all, ten times
def fetch_timeouts(params):
    return httpx.get(ITEMS, params=params).raise_for_status()


@stamina.retry(on=httpx.HTTPError, attempts=3)  # clean: no raise_for_status
def fetch_transport_only(params):
    return httpx.get(ITEMS, params=params)


@stamina.retry(on=openai.OpenAIError, attempts=1)  # clean: one try is none more
def ask_once(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@stamina.retry(on=is_transient)  # clean: an unknown hook decides
def ask_unknown(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@stamina.retry(on=openai.InternalServerError, **SETTINGS)  # clean: the settings may end it
def ask_with_settings(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@stamina.retry(on=(requests.HTTPError, pyai.PyAIError), attempts=3)  # clean: other libraries' errors
def ask_wrong_library(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@stamina.retry(on=Refused, attempts=3)  # clean: no error of the API becomes it
def ask_refusing(prompt):
    if not prompt:
        raise Refused(prompt)
    return client.responses.create(model="gpt-5", input=prompt)


def heeding(error):
    if isinstance(error, openai.RateLimitError) and not is_quota(error):
        return seconds_told(error.response)
    return isinstance(error, TRANSIENT)


@stamina.retry(on=heeding, attempts=5)  # clean: the hook tells quota from rate limit, and the delay
def ask_heeding(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


def heeding_status(error):
    if isinstance(error, httpx.HTTPStatusError) and error.response.status_code == 429:
        return datetime.timedelta(seconds=seconds_told(error.response, fallback=5.0))
    return False


@stamina.retry(on=heeding_status)  # clean: as long as the header says
async def fetch_heeding(http: httpx.AsyncClient, params):
    response = await http.get(ITEMS, params=params)
    response.raise_for_status()
    return response.json()


def told_elsewhere(error):
    return told_by(error) if isinstance(error, openai.RateLimitError) and not is_quota(error) else False


@stamina.retry(on=told_elsewhere)  # clean: an unknown function tells the delay
def ask_told_elsewhere(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@stamina.retry(on=lambda e: isinstance(e, openai.RateLimitError) and seconds_told(e.response))  # clean: a cap resets by then
def ask_hosted(prompt):
    return hosted.responses.create(model="pyai-cue", input=prompt)


@stamina.retry(on=lambda e: isinstance(e, pyai.PyAIError) and e.status >= 500)  # clean: 5xx alone
def speak_unless_refused(text):
    return voice.audio.speech(input=text)


@stamina.retry(on=ValueError, attempts=3)  # clean: asked again as the answer did not parse
def ask_for_number(prompt):
    return int(client.responses.create(model="gpt-5", input=prompt).output_text)


def ask_outside(prompt, store):
    for attempt in stamina.retry_context(on=Exception, attempts=3):  # clean: the call stands outside
        answer = client.responses.create(model="gpt-5", input=prompt)
        with attempt:
            store.save(answer)


def ask_or_nothing(prompt):
    for attempt in stamina.retry_context(on=openai.OpenAIError, attempts=3):  # clean: the block keeps its errors
        with attempt:
            try:
                return client.responses.create(model="gpt-5", input=prompt)
            except openai.OpenAIError:
                logger.exception("no answer")
    return None


def save(store, answer):
    for attempt in stamina.retry_context(on=Exception, attempts=3):  # clean: no API
        with attempt:
            store.save(answer)


def save_called(store, answer):
    return caller(Exception, store.save, answer)  # clean: no API
