"""Cases of HED301: the server says how long to wait, and the retry waits for something else."""

import asyncio
import contextlib
import random
import time
from datetime import datetime, timezone
from email.utils import mktime_tz, parsedate_to_datetime, parsedate_tz

import aiohttp
import httpx
import openai
import pyai
import requests
from openai import AsyncOpenAI, OpenAI, RateLimitError
from requests.adapters import HTTPAdapter
from tenacity import (
    AsyncRetrying,
    Retrying,
    retry,
    retry_if_exception,
    retry_if_exception_type,
    retry_if_not_exception_type,
    stop_after_attempt,
    wait_chain,
    wait_combine,
    wait_exception,
    wait_exponential,
    wait_fixed,
    wait_none,
    wait_random,
    wait_random_exponential,
)
from urllib3.util import Retry

URL = "https://api.example.com/v1/items"
client = OpenAI()
aclient = AsyncOpenAI(base_url="https://api.openai.com/v1", max_retries=0)
cue = OpenAI(base_url="https://api.pyai.com/v1")  # no 429 of its catalogue is hopeless
voice = pyai.PyAI()
RETRIED = {429, 500, 502, 503}


def retry_after_seconds(headers: object, default: float, longest: float = 86400.0) -> float:
    """The seconds to wait that `Retry-After` asks for; `default` where it does not.

    `headers` is any mapping of a response's headers, or None. The header is a number
    of seconds or an HTTP-date (RFC 9110, section 10.2.3); it is heeded up to `longest`.
    """
    items = list(getattr(headers, "items", dict)())
    told = {str(name).lower(): str(value) for name, value in items}
    text = told.get("retry-after", "").strip()
    try:
        if text.strip("+-.0123456789"):
            date = parsedate_tz(text)
            if date is None:
                return default
            seconds = mktime_tz((*date[:9], date[9] or 0)) - time.time()
        else:
            seconds = float(text)
    except (IndexError, OverflowError, TypeError, ValueError):
        return default
    return min(max(seconds, 0.0), longest)


class Busy(Exception):
    pass


class Throttled(Exception):
    pass


class ThrottledFor(Exception):
    def __init__(self, seconds):
        self.seconds = seconds


# Loops


def ask(prompt):
    for attempt in range(5):
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.RateLimitError as e:  # expect: HED203, HED301
            time.sleep(
                retry_after_seconds(e.response.headers, 2**attempt)
                if attempt < 4
                else 2**attempt
            )
    raise Busy


def ask_at_once(prompt):
    for attempt in range(5):
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except RateLimitError as e:  # expect: HED203, HED301
            if attempt < 4:
                delay = retry_after_seconds(e.response.headers, 0)
                if delay > 60:
                    break
                time.sleep(delay)
            continue
    raise Busy


def ask_fixed(prompt):
    left = 3
    while left:
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except (openai.RateLimitError, openai.InternalServerError) as e:  # expect: HED203, HED301
            left -= 1
            time.sleep(retry_after_seconds(e.response.headers, 10) if left else 10)
    raise Busy


async def ask_async(prompt):
    delay = 1.0
    for attempt in range(5):
        try:
            return await aclient.responses.create(model="gpt-5", input=prompt)
        except openai.RateLimitError as e:  # expect: HED203, HED301
            await asyncio.sleep(
                retry_after_seconds(e.response.headers, delay) if attempt < 4 else delay
            )
            delay *= 2
    raise Busy


def ask_last_reraised(prompt):
    for attempt in range(5):
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.RateLimitError as e:  # expect: HED203, HED301
            if attempt == 4:
                raise
            time.sleep(
                retry_after_seconds(
                    e.response.headers, min(60, 2**attempt) * random.uniform(0.5, 1.5)
                )
            )


def fetch(params):
    for attempt in range(4):
        response = requests.get(URL, params=params)
        if response.status_code == 429:  # expect: HED301
            time.sleep(
                retry_after_seconds(response.headers, 2**attempt)
                if attempt < 3
                else 2**attempt
            )
            continue
        response.raise_for_status()
        return response.json()
    raise Busy


def send(payload):
    response = None
    for attempt in range(4):
        response = httpx.post(URL, json=payload)
        if response.status_code in RETRIED:  # expect: HED301
            time.sleep(
                retry_after_seconds(response.headers, 1 + attempt)
                if attempt < 3
                else 1 + attempt
            )
        else:
            break
    return response


def send_raised(payload):
    for attempt in range(4):
        try:
            response = httpx.post(URL, json=payload)
            response.raise_for_status()
            return response.json()
        except httpx.HTTPStatusError as e:  # expect: HED301
            if e.response.status_code != 429:
                raise
            time.sleep(
                retry_after_seconds(e.response.headers, 30) if attempt < 3 else 30
            )
    raise Busy


async def send_async(session: aiohttp.ClientSession, payload):
    for attempt in range(4):
        try:
            async with session.post(URL, json=payload, raise_for_status=True) as response:
                return await response.json()
        except aiohttp.ClientResponseError as e:  # expect: HED301
            if e.status != 429 or attempt == 3:
                raise
            await asyncio.sleep(retry_after_seconds(e.headers, 2**attempt))


def speak(text):
    for attempt in range(4):
        try:
            return voice.audio.speech(input=text)
        except pyai.PyAIError as e:  # expect: HED301
            if e.code != "rate_limit_exceeded":
                raise
            time.sleep(2)
    raise Busy


def _pause(attempt):
    time.sleep(2**attempt)


def ask_helper(prompt):
    for attempt in range(4):
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.RateLimitError:  # expect: HED203, HED301
            _pause(attempt)
    raise Busy


def _backoff(attempt):
    return min(2**attempt, 60)


def ask_delay_helper(prompt):
    for attempt in range(4):
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.RateLimitError as e:  # expect: HED203, HED301
            time.sleep(
                retry_after_seconds(e.response.headers, _backoff(attempt))
                if attempt < 3
                else _backoff(attempt)
            )
    raise Busy


def ask_ignoring_what_it_read(prompt):
    for attempt in range(4):
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.RateLimitError as e:  # expect: HED203, HED301
            told = e.response.headers.get("retry-after")
            print(f"told to wait {told}")
            time.sleep(
                retry_after_seconds(e.response.headers, 2**attempt)
                if attempt < 3
                else 2**attempt
            )
    raise Busy


def ask_again(prompt, attempt=0):
    try:
        return client.responses.create(model="gpt-5", input=prompt)
    except openai.RateLimitError as e:  # expect: HED203, HED301
        if attempt > 3:
            raise
        time.sleep(retry_after_seconds(e.response.headers, 2**attempt))
        return ask_again(prompt, attempt + 1)


# tenacity


@retry(retry=retry_if_exception_type(RateLimitError), stop=stop_after_attempt(3), wait=lambda state: retry_after_seconds(
    state.outcome.exception().response.headers,
    0,
))  # expect: HED203, HED301
def ask_no_wait(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(
    retry=retry_if_exception_type((openai.RateLimitError, openai.APITimeoutError)),  # expect: HED203
    wait=lambda state: retry_after_seconds(
        getattr(getattr(state.outcome.exception(), "response", None), "headers", None),
        wait_random_exponential(min=1, max=60)(state),
    ),  # expect: HED301
    stop=stop_after_attempt(6),
)
def ask_cookbook(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(
    retry=retry_if_exception_type(openai.RateLimitError),  # expect: HED203
    wait=lambda state: retry_after_seconds(
        state.outcome.exception().response.headers,
        (wait_fixed(3) + wait_random(0, 2))(state),
    ),  # expect: HED301
    stop=stop_after_attempt(6),
)
async def ask_sum(prompt):
    return await aclient.responses.create(model="gpt-5", input=prompt)


@retry(
    retry=retry_if_exception_type(openai.RateLimitError),  # expect: HED203
    wait=lambda state: retry_after_seconds(
        state.outcome.exception().response.headers,
        wait_chain(wait_fixed(1), wait_fixed(5), wait_exponential())(state),
    ),  # expect: HED301
    stop=stop_after_attempt(6),
)
def ask_chain(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(
    retry=retry_if_exception_type(openai.RateLimitError),  # expect: HED203
    wait=lambda state: retry_after_seconds(
        state.outcome.exception().response.headers,
        0,
    ),  # expect: HED301
    stop=stop_after_attempt(6),
)
def ask_wait_none(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


WAIT = wait_exponential(multiplier=2)


async def ask_async_retrying(prompt):
    async for attempt in AsyncRetrying(
        retry=retry_if_exception(lambda e: getattr(e, "status_code", 0) == 429),  # expect: HED203
        wait=lambda state: retry_after_seconds(
            getattr(
                getattr(state.outcome.exception(), "response", None), "headers", None
            ),
            WAIT(state),
        ),  # expect: HED301
        stop=stop_after_attempt(3),
    ):
        with attempt:
            return await aclient.responses.create(model="gpt-5", input=prompt)


@retry(
    stop=stop_after_attempt(3),
    wait=wait_fixed(2),  # expect: HED301
    retry=retry_if_exception_type(Throttled),  # expect: HED203
)
def ask_translated(prompt):
    try:
        return client.responses.create(model="gpt-5", input=prompt)
    except openai.RateLimitError as e:
        raise Throttled from e


# Near misses


def seconds_to_wait(headers, fallback):
    value = headers.get("Retry-After")
    if value is None:
        return fallback
    if value.isdigit():
        return int(value)
    with contextlib.suppress(ValueError):
        when = parsedate_to_datetime(value)
        return max(0.0, (when - datetime.now(timezone.utc)).total_seconds())
    return fallback


def ask_as_told(prompt):
    for attempt in range(5):
        try:
            return cue.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:  # clean: the helper reads the header
            time.sleep(seconds_to_wait(e.response.headers, 2**attempt))
    raise Busy


def ask_max(prompt):
    for attempt in range(5):
        try:
            return cue.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:  # clean: never shorter than the header says
            told = e.response.headers.get("retry-after", "")
            delay = max(float(told) if told.isdigit() else 0.0, 2**attempt)
            time.sleep(delay)
    raise Busy


def ask_told_or_backoff(prompt):
    for attempt in range(5):
        try:
            return cue.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:  # clean: backoff only where the header is missing
            told = e.response.headers.get("retry-after")
            if told and told.isdigit():
                time.sleep(int(told))
            else:
                time.sleep(2**attempt)
    raise Busy


def fetch_as_told(params):
    for attempt in range(4):
        response = requests.get(URL, params=params)
        if response.status_code == 429:  # clean: waits what the header says
            time.sleep(seconds_to_wait(response.headers, 2**attempt))
            continue
        return response.json()
    raise Busy


def fetch_unknown_helper(params, limiter):
    for attempt in range(4):
        response = requests.get(URL, params=params)
        if response.status_code == 429:  # clean: the helper is unknown, and sees the answer
            limiter.wait_for(response)
            continue
        return response.json()
    raise Busy


async def send_as_told(session: aiohttp.ClientSession, payload):
    for attempt in range(4):
        async with session.post(URL, json=payload) as response:
            if response.status == 429:  # clean: waits what the header says
                await asyncio.sleep(seconds_to_wait(response.headers, 1))
                continue
            return await response.json()
    raise Busy


def ask_servers(prompt):
    for attempt in range(5):
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.InternalServerError:  # clean: a 5xx promises no header
            time.sleep(2**attempt)
    raise Busy


def fetch_busy(params):
    for attempt in range(4):
        response = requests.get(URL, params=params)
        if response.status_code == 503:  # clean: a bare 503 promises no header
            time.sleep(2**attempt)
            continue
        return response.json()
    raise Busy


def ask_rate_limit_raised(prompt):
    for attempt in range(5):
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.RateLimitError:  # clean: given to the caller
            raise Busy from None
        except openai.APIConnectionError:
            time.sleep(2**attempt)
    raise Busy


def ask_every(prompts):
    for prompt in prompts:
        try:
            yield client.responses.create(model="gpt-5", input=prompt)
        except openai.RateLimitError:  # clean: the next item, not the same again
            time.sleep(1)


def ask_other_model(prompt):
    for model in ("gpt-5", "gpt-5-mini"):
        try:
            return client.responses.create(model=model, input=prompt)
        except openai.RateLimitError:  # clean: another model
            continue
    raise Busy


def ask_with_sdk_retries(prompt):
    patient = OpenAI(max_retries=8)  # clean: the SDK honours the header by itself
    return patient.responses.create(model="gpt-5", input=prompt)


def _told(error):
    return seconds_to_wait(error.response.headers, 1)


@retry(
    retry=retry_if_exception_type(openai.RateLimitError),
    wait=wait_exception(_told),  # clean: waits what the header says
    stop=stop_after_attempt(3),
)
def ask_wait_exception(prompt):
    return cue.responses.create(model="pyai-cue", input=prompt)


@retry(
    retry=retry_if_exception_type(openai.RateLimitError),
    wait=wait_combine(wait_exception(_told), wait_random(0, 1)),  # clean: the header and more
    stop=stop_after_attempt(3),
)
def ask_wait_sum(prompt):
    return cue.responses.create(model="pyai-cue", input=prompt)


class wait_told(wait_fixed):
    def __call__(self, retry_state):
        return _told(retry_state.outcome.exception())


@retry(
    retry=retry_if_exception_type(openai.RateLimitError),
    wait=wait_told(1),  # clean: a wait of its own that sees the error
    stop=stop_after_attempt(3),
)
def ask_own_wait(prompt):
    return cue.responses.create(model="pyai-cue", input=prompt)


@retry(
    retry=retry_if_not_exception_type(openai.APIStatusError),
    wait=wait_fixed(1),  # clean: no 429 is retried
    stop=stop_after_attempt(3),
)
def ask_connections(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


def patient_session():
    session = requests.Session()
    policy = Retry(total=5, status_forcelist=[429, 503], backoff_factor=1)  # clean: honours it by default
    session.mount("https://", HTTPAdapter(max_retries=policy))
    return session


def send_retrying(payload):
    for attempt in Retrying(stop=stop_after_attempt(3), wait=wait_fixed(1)):  # clean: nothing raises
        with attempt:
            return httpx.post(URL, json=payload)
