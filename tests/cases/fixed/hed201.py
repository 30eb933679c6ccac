"""Cases of HED201: an error that is documented as never retryable is named and retried."""

import asyncio
import time

import aiohttp
import httpx
import openai
import pyai
import requests
import tenacity
from openai import AsyncOpenAI, AuthenticationError, OpenAI
from requests.adapters import HTTPAdapter
from tenacity import (
    AsyncRetrying,
    Retrying,
    retry,
    retry_any,
    retry_if_exception,
    retry_if_exception_type,
    retry_if_not_exception_type,
    stop_after_attempt,
    wait_exponential,
)
from urllib3.util.retry import Retry

BASE = "https://api.pyai.com/v1"
client = OpenAI(base_url=BASE, max_retries=0)
aclient = AsyncOpenAI(base_url="https://api.pyai.com/v1", max_retries=0)
voice = pyai.PyAI(api_key="pyai_test_key")

RETRYABLE_STATUSES = frozenset({500, 502, 503})  # expect: HED201
SERVER_STATUSES = frozenset({500, 502, 503})
HOPEFUL_CODES = (
    "server_error",  # expect: HED401
    # The plan may be upgraded meanwhile.
    "overloaded",  # expect: HED401
)
FLAKY = (
    openai.APIConnectionError,
    openai.InternalServerError,  # the server restarts
)


class Busy(Exception):
    pass


class Retriable(Exception):
    pass


def seconds_to_wait(error, attempt):
    value = error.response.headers.get("retry-after")
    return float(value) if value and value.isdigit() else 2**attempt


# Loops with a handler


def ask_named(prompt):
    for attempt in range(3):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.InternalServerError:  # expect: HED201
            time.sleep(2**attempt)
    raise Busy


def ask_forbidden(prompt):
    tries = 0
    while tries < 4:
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.PermissionDeniedError:  # expect: HED201
            break
    raise Busy


def ask_constant_tuple(prompt):
    for attempt in range(3):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except FLAKY:
            time.sleep(2**attempt)
    raise Busy


def ask_by_status(prompt):
    for attempt in range(5):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.APIStatusError as e:
            if e.status_code not in RETRYABLE_STATUSES:
                raise
            time.sleep(2**attempt)
    raise Busy


def speak_by_code(text):
    for attempt in range(3):
        try:
            return voice.audio.speech(input=text)
        except pyai.PyAIError as e:
            if e.code not in HOPEFUL_CODES or attempt == 2:
                raise
            time.sleep(5)


def speak_one_code(text):
    for attempt in range(3):
        try:
            return voice.audio.speech(input=text)
        except pyai.PyAIError as e:
            if e.code == "key_budget_exceeded":  # expect: HED201
                raise
            raise


def speak_status_chain(text):
    for attempt in range(3):
        try:
            return voice.audio.speech(input=text)
        except pyai.PyAIError as e:
            if e.status == 500:  # expect: HED201
                time.sleep(2**attempt)
            else:
                raise


def speak_match(text):
    for _ in range(3):
        try:
            return voice.audio.speech(input=text)
        except pyai.PyAIError as e:
            match e.code:
                case "credit_exhausted":  # expect: HED201
                    raise
                case _:
                    raise


async def ask_async(prompt):
    for attempt in range(3):
        try:
            return await aclient.chat.completions.create(model="pyai-cue", messages=prompt)
        except openai.BadRequestError:  # expect: HED201
            break
    return None


class Speaker:
    RETRIED = [500]  # expect: HED201

    def __init__(self):
        self._http = httpx.Client(base_url="https://api.pyai.com/v1")

    def post(self, payload):
        for attempt in range(3):
            response = self._http.post("/audio/speech", json=payload)
            if response.status_code in self.RETRIED:
                time.sleep(2**attempt)
                continue
            response.raise_for_status()
            return response.content
        raise Busy


# Loops with a status test


def transcribe(payload):
    for attempt in range(4):
        response = requests.post(f"{BASE}/audio/transcriptions", json=payload)
        if response.status_code in (
            500,
            503,
        ):
            time.sleep(2**attempt)
            continue
        return response.json()
    raise Busy


async def transcribe_async(session: aiohttp.ClientSession, payload):
    for attempt in range(4):
        async with session.post(f"{BASE}/audio/transcriptions", json=payload) as response:
            if response.status == 403:  # expect: HED201
                break
            return await response.json()
    raise Busy


def transcribe_raised(payload):
    for attempt in range(4):
        try:
            response = httpx.post(f"{BASE}/audio/transcriptions", json=payload)
            response.raise_for_status()
            return response.json()
        except httpx.HTTPStatusError as e:
            if e.response.status_code in {500, 502}:  # expect: HED201
                time.sleep(2**attempt)
                continue
            raise


# Recursion


def ask_again(prompt, depth=0):
    try:
        return client.responses.create(model="pyai-cue", input=prompt)
    except openai.AuthenticationError:  # expect: HED201
        raise


# tenacity


@retry(
    retry=retry_if_exception_type(openai.InternalServerError),  # expect: HED201
    stop=stop_after_attempt(3),
)
def ask_decorated(prompt):
    return client.responses.create(model="pyai-cue", input=prompt)


@retry(
    retry=retry_if_exception_type(openai.InternalServerError),  # expect: HED201
    wait=wait_exponential(),
    stop=stop_after_attempt(3),
)
def ask_either(prompt):
    return client.responses.create(model="pyai-cue", input=prompt)


@tenacity.retry(
    retry=retry_any(
        retry_if_exception_type(openai.InternalServerError),
    ),
    stop=stop_after_attempt(3),
)
async def ask_any(prompt):
    return await aclient.responses.create(model="pyai-cue", input=prompt)


def _worth_another_try(error):
    if isinstance(error, openai.APIStatusError):
        return error.status_code in (500, 502)  # expect: HED201
    return False


@retry(retry=retry_if_exception(_worth_another_try), stop=stop_after_attempt(3))
def ask_predicate(prompt):
    return client.responses.create(model="pyai-cue", input=prompt)


@retry(
    retry=retry_if_exception(
        lambda e: isinstance(e, pyai.PyAIError) and e.code in {"credit_exhausted"}  # expect: HED201
    ),
    stop=stop_after_attempt(3),
)
def speak_lambda(text):
    return voice.audio.speech(input=text)


def ask_retrying(prompt):
    for attempt in Retrying(
        retry=tenacity.retry_never,  # expect: HED201
        stop=stop_after_attempt(3),
    ):
        with attempt:
            return client.responses.create(model="pyai-cue", input=prompt)


async def ask_async_retrying(prompt):
    policy = AsyncRetrying(
        retry=tenacity.retry_never,  # expect: HED201
        stop=stop_after_attempt(3),
    )
    async for attempt in policy:
        with attempt:
            return await aclient.responses.create(model="pyai-cue", input=prompt)


# urllib3


def session_with_budget():
    session = requests.Session()
    policy = Retry(total=3, status_forcelist=[429, 500, 503])  # expect: HED201
    session.mount("https://api.pyai.com", HTTPAdapter(max_retries=policy))
    return session


# Near misses


def ask_servers_only(prompt):
    for attempt in range(3):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.AuthenticationError:  # clean: raised, not retried
            raise
        except openai.InternalServerError:
            time.sleep(2**attempt)
    raise Busy


def ask_parent_first(prompt):
    for attempt in range(3):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.APIError:
            return None
        except openai.AuthenticationError:  # clean: the parent class above takes it
            time.sleep(2**attempt)


def ask_then_fall_out(prompt):
    for attempt in range(3):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.PermissionDeniedError:  # clean: ends in break
            time.sleep(1)
            break
    return None


def ask_each(prompts):
    answers = []
    for prompt in prompts:
        try:
            answers.append(client.responses.create(model="pyai-cue", input=prompt))
        except openai.AuthenticationError:  # clean: goes on to the next item
            continue
    return answers


def ask_outside(prompt):
    for attempt in range(3):
        answer = client.responses.create(model="pyai-cue", input=prompt)
        try:
            return answer.output[0].content[0].text
        except openai.AuthenticationError:  # clean: the call is outside the try
            time.sleep(1)


def transcribe_never_raises(payload):
    for attempt in range(3):
        try:
            return requests.post(f"{BASE}/audio/transcriptions", json=payload)
        except requests.RequestException as e:
            if e.response is not None and e.response.status_code in (401, 402):  # clean: no raise_for_status
                time.sleep(1)
                continue
            raise


def transcribe_servers(payload):
    for attempt in range(3):
        response = requests.post(f"{BASE}/audio/transcriptions", json=payload)
        if response.status_code in (401, 402, 403):  # clean: tested to stop
            raise Busy
        if response.status_code in SERVER_STATUSES:
            time.sleep(2**attempt)
            continue
        return response.json()


def speak_fail_fast(text):
    for attempt in range(3):
        try:
            return voice.audio.speech(input=text)
        except pyai.PyAIError as e:
            if e.code in ("credit_exhausted", "insufficient_quota"):  # clean: tested to raise
                raise
            if e.status < 500:
                raise
            time.sleep(2**attempt)


def renew_token():
    client.api_key = open("/run/token").read()


def ask_with_fresh_token(prompt):
    for attempt in range(2):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.AuthenticationError:  # clean: the key is renewed in between
            client.api_key = open("/run/token").read()
    raise Busy


def ask_other_model(prompt):
    model = "pyai-cue"
    for attempt in range(2):
        try:
            return client.responses.create(model=model, input=prompt)
        except openai.BadRequestError:  # clean: falls back to another model
            model = "pyai-cue-mini"
    raise Busy


def ask_shorter(prompt, depth=0):
    try:
        return client.responses.create(model="pyai-cue", input=prompt)
    except openai.BadRequestError:  # clean: asks again for less
        return ask_shorter(prompt[: len(prompt) // 2], depth + 1)


@retry(
    retry=retry_if_not_exception_type(
        (openai.APIStatusError, openai.AuthenticationError)  # clean: these are excluded
    ),
    stop=stop_after_attempt(3),
)
def ask_unless(prompt):
    return client.responses.create(model="pyai-cue", input=prompt)


@retry(
    retry=retry_if_exception_type(openai.APIStatusError)
    & retry_if_not_exception_type(openai.APIStatusError),  # clean: both must agree
    stop=stop_after_attempt(3),
)
def ask_both(prompt):
    return client.responses.create(model="pyai-cue", input=prompt)


@retry(
    retry=retry_if_exception(lambda e: getattr(e, "status_code", None) in SERVER_STATUSES),
    stop=stop_after_attempt(3),
)
def ask_whitelisted(prompt):
    return client.responses.create(model="pyai-cue", input=prompt)  # clean: server errors alone


@retry(retry=retry_if_exception_type(Retriable), stop=stop_after_attempt(3))
def ask_translated(prompt):
    try:
        return client.responses.create(model="pyai-cue", input=prompt)
    except openai.AuthenticationError as e:  # clean: not translated to the class that is retried
        raise Busy from e
    except openai.InternalServerError as e:
        raise Retriable from e


def session_for_servers():
    policy = Retry(total=3, status_forcelist=[500, 502, 503])  # clean: server errors alone
    session = requests.Session()
    session.mount("https://", HTTPAdapter(max_retries=policy))
    return session


def session_without_retries():
    policy = Retry(total=0, status_forcelist=[402])  # clean: no attempt is left
    session = requests.Session()
    session.mount("https://", HTTPAdapter(max_retries=policy))
    return session
