"""Cases of HED304: `Retry-After` is read in a way that real answers break, or cut short."""

import asyncio
import contextlib
import logging
import random
import re
import time
from datetime import datetime, timezone
from email.utils import mktime_tz, parsedate_to_datetime, parsedate_tz

import aiohttp
import backoff
import httpx
import openai
import requests
import stamina
import tenacity
from openai import AsyncOpenAI, OpenAI

logger = logging.getLogger(__name__)

URL = "https://api.pyai.com/v1/audio/transcriptions"
client = OpenAI(base_url="https://api.pyai.com/v1", max_retries=0)
aclient = AsyncOpenAI(base_url="https://api.pyai.com/v1")

RETRY_AFTER = "Retry-After"
LONGEST = 20


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


def seconds_of(headers, fallback=1.0):
    """What `Retry-After` says, as seconds or as a date."""
    value = headers.get("Retry-After")
    if value is None:
        return fallback
    if value.isdigit():
        return float(value)
    with contextlib.suppress(TypeError, ValueError):
        when = parsedate_to_datetime(value)
        return max(0.0, (when - datetime.now(timezone.utc)).total_seconds())
    return fallback


# A date or a missing header breaks it


def ask(prompt):
    for _ in range(5):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:
            time.sleep(retry_after_seconds(e.response.headers, 1.0))  # expect: HED304
    raise Busy


def ask_get(prompt):
    for _ in range(5):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:
            time.sleep(retry_after_seconds(e.response.headers, 1.0))  # expect: HED304
    raise Busy


async def ask_default(prompt):
    for attempt in range(5):
        try:
            return await aclient.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:
            delay = retry_after_seconds(e.response.headers, 2**attempt)  # expect: HED304
            await asyncio.sleep(delay)
    raise Busy


def post(payload):
    for attempt in range(5):
        response = requests.post(URL, json=payload)
        if response.status_code == 429:
            time.sleep(retry_after_seconds(response.headers, 2**attempt))  # expect: HED304
            continue
        return response.json()
    raise Busy


def post_or(payload):
    for _ in range(5):
        response = requests.post(URL, json=payload)
        if response.status_code == 429:
            time.sleep(retry_after_seconds(response.headers, 5))  # expect: HED304
            continue
        return response.json()
    raise Busy


def post_if_there(payload):
    for attempt in range(5):
        response = httpx.post(URL, json=payload)
        if response.status_code == 429:
            delay = 2.0**attempt
            if "Retry-After" in response.headers:
                delay = max(delay, retry_after_seconds(response.headers, 0))  # expect: HED304
            time.sleep(delay)
            continue
        return response.json()
    raise Busy


async def post_async(session: aiohttp.ClientSession, payload):
    for _ in range(5):
        async with session.post(URL, json=payload) as response:
            if response.status == 429:
                await asyncio.sleep(retry_after_seconds(response.headers, 1.0))  # expect: HED304
                continue
            return await response.json()
    raise Busy


def _delay(response, attempt):
    value = response.headers.get("retry-after")
    if value is not None:
        return retry_after_seconds(response.headers, 2**attempt)  # expect: HED304
    return 2**attempt


def post_helped(payload):
    for attempt in range(5):
        response = requests.post(URL, json=payload)
        if response.status_code == 429:
            time.sleep(_delay(response, attempt))
            continue
        return response.json()
    raise Busy


def ask_missing_alone_caught(prompt):
    for _ in range(5):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:
            try:
                delay = retry_after_seconds(e.response.headers, 5)  # expect: HED304
            except KeyError:
                delay = 5
            time.sleep(delay)
    raise Busy


@tenacity.retry(
    retry=tenacity.retry_if_exception_type(openai.RateLimitError),
    wait=tenacity.wait_exception(lambda e: retry_after_seconds(e.response.headers, 1)),  # expect: HED304
    stop=tenacity.stop_after_attempt(5),
)
def ask_decorated(prompt):
    return client.responses.create(model="pyai-cue", input=prompt)


def _told(error):
    if not isinstance(error, openai.RateLimitError):
        return False
    return retry_after_seconds(error.response.headers, 1.0)  # expect: HED304


@stamina.retry(on=_told, attempts=5)
def ask_stamina(prompt):
    return client.responses.create(model="pyai-cue", input=prompt)


@backoff.on_exception(
    backoff.runtime,
    openai.RateLimitError,
    value=lambda e: retry_after_seconds(e.response.headers, 1.0),  # expect: HED304
    jitter=None,
    max_tries=5,
)
def ask_runtime(prompt):
    return client.responses.create(model="pyai-cue", input=prompt)


def post_walrus(payload):
    for attempt in range(5):
        response = requests.post(URL, json=payload)
        if response.status_code == 429:
            if told := response.headers.get("Retry-After"):
                time.sleep(retry_after_seconds(response.headers, 2**attempt))  # expect: HED304
            else:
                time.sleep(2**attempt)
            continue
        return response.json()
    raise Busy


# Cut short


def ask_capped(prompt):
    for _ in range(5):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:
            time.sleep(seconds_of(e.response.headers))  # expect: HED304
    raise Busy


def post_capped(payload):
    for attempt in range(5):
        response = requests.post(URL, json=payload)
        if response.status_code in (429, 503):
            told = response.headers.get("retry-after", "")
            delay = float(told) if told.isdigit() else 2**attempt
            time.sleep(delay)
            continue
        return response.json()
    raise Busy


def ask_cut(prompt):
    for _ in range(5):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:
            delay = seconds_of(e.response.headers)
            if delay > 10:
                delay = 10  # expect: HED304
            time.sleep(delay)
    raise Busy


def ask_shorter_of_two(prompt):
    for _ in range(5):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:
            told = seconds_of(e.response.headers)
            time.sleep(told)  # expect: HED304
    raise Busy


async def ask_jittered(prompt):
    for _ in range(5):
        try:
            return await aclient.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:
            told = seconds_of(e.response.headers)
            await asyncio.sleep(told)  # expect: HED304
    raise Busy


def ask_around(prompt):
    for _ in range(5):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:
            told = seconds_of(e.response.headers)
            time.sleep(random.uniform(told * 0.5, told * 1.5))  # expect: HED304
    raise Busy


def ask_random_part(prompt):
    for _ in range(5):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:
            time.sleep(seconds_of(e.response.headers) * random.random())  # expect: HED304
    raise Busy


def ask_equal_jitter(prompt):
    for _ in range(5):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:
            told = seconds_of(e.response.headers)
            time.sleep(told * (0.5 + random.random() / 2))  # expect: HED304
    raise Busy


def told_at_most(error):
    return seconds_of(error.response.headers)  # expect: HED304


@tenacity.retry(
    retry=tenacity.retry_if_exception_type(openai.RateLimitError),
    wait=tenacity.wait_exception(told_at_most),
    stop=tenacity.stop_after_attempt(5),
)
def ask_wait_capped(prompt):
    return client.responses.create(model="pyai-cue", input=prompt)


@backoff.on_exception(  # expect: HED304
    backoff.runtime,
    openai.RateLimitError,
    value=lambda e: seconds_of(e.response.headers),
    max_tries=5,
    jitter=None,
)
def ask_full_jitter(prompt):
    return client.responses.create(model="pyai-cue", input=prompt)


@backoff.on_exception(
    backoff.runtime,
    openai.RateLimitError,
    value=lambda e: seconds_of(e.response.headers),
    jitter=None,  # expect: HED304
    max_tries=5,
)
async def ask_full_jitter_said(prompt):
    return await aclient.responses.create(model="pyai-cue", input=prompt)


# Read, kept and never used


def post_unused(payload):
    for attempt in range(5):
        response = requests.post(URL, json=payload)
        if response.status_code == 429:  # expect: HED203, HED301
            time.sleep(2**attempt)
            continue
        return response.json()
    raise Busy


async def ask_unused(prompt):
    for attempt in range(5):
        try:
            return await aclient.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:  # expect: HED203, HED301
            await asyncio.sleep(2**attempt)
    raise Busy


# Near misses: read as it is written


def ask_caught(prompt):
    for attempt in range(5):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:
            try:
                delay = float(e.response.headers["retry-after"])  # clean: both errors are caught
            except (KeyError, ValueError):
                delay = 2**attempt
            time.sleep(delay)
    raise Busy


def ask_whatever_it_is(prompt):
    for attempt in range(5):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:
            delay = 2**attempt
            with contextlib.suppress(TypeError, ValueError):
                delay = int(e.response.headers.get("retry-after"))  # clean: suppressed
            time.sleep(delay)
    raise Busy


def post_digits(payload):
    for attempt in range(5):
        response = requests.post(URL, json=payload)
        if response.status_code == 429:
            told = response.headers.get("Retry-After", "")
            time.sleep(int(told) if told.isdigit() else 2**attempt)  # clean: digits alone
            continue
        return response.json()
    raise Busy


def post_matched(payload):
    for attempt in range(5):
        response = requests.post(URL, json=payload)
        if response.status_code == 429:
            told = response.headers.get("Retry-After")
            if told and re.fullmatch(r"\d+", told):
                time.sleep(int(told))  # clean: digits alone
            else:
                time.sleep(2**attempt)
            continue
        return response.json()
    raise Busy


def _parsed(value):
    try:
        return float(value)  # clean: a date comes to the second reader
    except ValueError:
        when = parsedate_to_datetime(value)
        return (when - datetime.now(timezone.utc)).total_seconds()


def post_parsed(payload):
    for attempt in range(5):
        response = httpx.post(URL, json=payload)
        if response.status_code == 429:
            told = response.headers.get("retry-after")
            time.sleep(_parsed(told) if told else 2**attempt)  # clean: the helper reads both forms
            continue
        return response.json()
    raise Busy


def _seconds(headers):
    return int(headers["retry-after"])  # clean: its only caller catches what it raises


def ask_caught_outside(prompt):
    for attempt in range(5):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:
            try:
                delay = _seconds(e.response.headers)
            except (KeyError, ValueError):
                delay = 2**attempt
            time.sleep(delay)
    raise Busy


def remaining(response):
    return int(response.headers.get("x-ratelimit-remaining", 0))  # clean: another header


def size(response):
    return int(response.headers["Content-Length"])  # clean: another header


def setting(options):
    return float(options["retry_after"])  # clean: no header


# Near misses: waited out, or given up


def ask_as_told(prompt):
    for _ in range(5):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:
            time.sleep(seconds_of(e.response.headers))  # clean: the whole of it
    raise Busy


def ask_long_cap(prompt):
    for _ in range(5):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:
            time.sleep(min(seconds_of(e.response.headers), 120))  # clean: a generous cap
    raise Busy


def ask_and_a_bit(prompt):
    for _ in range(5):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:
            told = seconds_of(e.response.headers)
            time.sleep(told + random.uniform(0, 1))  # clean: never earlier
    raise Busy


def ask_longer(prompt):
    for _ in range(5):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:
            told = seconds_of(e.response.headers)
            time.sleep(told * random.uniform(1.0, 1.5))  # clean: never earlier
    raise Busy


def ask_and_a_part(prompt):
    for _ in range(5):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:
            told = seconds_of(e.response.headers)
            time.sleep(told + told * random.random())  # clean: never earlier
    raise Busy


def ask_at_least(prompt):
    for _ in range(5):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:
            time.sleep(max(seconds_of(e.response.headers), 5))  # clean: never earlier
    raise Busy


def ask_or_give_up(prompt):
    for _ in range(5):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:
            told = seconds_of(e.response.headers)
            if told > 30:  # clean: given up above the cap
                raise
            time.sleep(told)
    raise Busy


def ask_given_up_and_capped(prompt):
    for _ in range(5):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:
            told = seconds_of(e.response.headers)
            if told > LONGEST:
                raise
            time.sleep(min(told, LONGEST))  # clean: what is longer has been given up
    raise Busy


def ask_the_backoff_capped(prompt):
    for attempt in range(5):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:
            # clean: the cap is on the program's own delay alone
            time.sleep(seconds_of(e.response.headers, fallback=min(2**attempt, 30)))
    raise Busy


def post_for_a_user(payload):
    response = requests.post(URL, json=payload)
    if response.status_code == 429:
        raise Busy(f"busy, again in {min(seconds_of(response.headers), 30)} s")  # clean: nothing is retried
    return response.json()


@backoff.on_exception(
    backoff.runtime,
    openai.RateLimitError,
    value=lambda e: seconds_of(e.response.headers),
    jitter=None,  # clean: as it is told
    max_tries=5,
)
def ask_without_jitter(prompt):
    return client.responses.create(model="pyai-cue", input=prompt)


@backoff.on_exception(
    backoff.runtime,
    openai.RateLimitError,
    value=lambda e: seconds_of(e.response.headers),
    jitter=backoff.random_jitter,  # clean: adds to it
    max_tries=5,
)
def ask_longer_jitter(prompt):
    return client.responses.create(model="pyai-cue", input=prompt)


@backoff.on_exception(backoff.expo, openai.InternalServerError, max_tries=5)  # clean: no header is promised
def ask_servers(prompt):
    return client.responses.create(model="pyai-cue", input=prompt)


def post_and_say(payload):
    for attempt in range(5):
        response = requests.post(URL, json=payload)
        if response.status_code == 429:  # expect: HED203, HED301
            told = response.headers.get("Retry-After")  # clean: said, if not heeded
            logger.info("told to wait %s", told)
            time.sleep(2**attempt)
            continue
        return response.json()
    raise Busy


def told_to_wait(response):
    told = response.headers.get("Retry-After")  # clean: given to the caller
    return response.status_code, told


def test_the_header_is_sent():
    response = httpx.get(URL)
    assert int(response.headers["Retry-After"]) >= 1  # clean: a test is to break
