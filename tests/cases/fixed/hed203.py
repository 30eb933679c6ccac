"""Cases of HED203: a quota that is used up is retried like any other 429."""

import asyncio
import contextlib
import logging
import random
import time
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

import aiohttp
import backoff
import httpx
import openai
import pyai
import requests
import stamina
import tenacity
from openai import APIConnectionError, APITimeoutError, AsyncOpenAI, OpenAI, RateLimitError
from tenacity import (
    AsyncRetrying,
    Retrying,
    retry,
    retry_if_exception,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exception,
    wait_exponential,
    wait_random_exponential,
)

logger = logging.getLogger(__name__)

OPENAI_URL = "https://api.openai.com/v1/chat/completions"
PYAI_URL = "https://api.pyai.com/v1/audio/transcriptions"
client = OpenAI()
aclient = AsyncOpenAI(max_retries=0)
cue = OpenAI(base_url="https://api.pyai.com/v1", max_retries=0)
acue = AsyncOpenAI(base_url="https://api.pyai.com/v1")
voice = pyai.PyAI(api_key="pyai_test_key")

MAX_ATTEMPTS = 5
RETRY_STATUSES = {408, 409, 429, 500, 502, 503, 504}
QUOTA_CODES = frozenset(
    {
        "insufficient_quota",
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
        "billing_not_active",
    }
)


class Busy(Exception):
    pass


class Throttled(Exception):
    pass


class OutOfQuota(Exception):
    pass


def seconds_to_wait(headers, fallback):
    """What `Retry-After` says, as seconds or as a date."""
    value = headers.get("Retry-After")
    if value is None:
        return fallback
    if value.isdigit():
        return int(value)
    with contextlib.suppress(ValueError):
        when = parsedate_to_datetime(value)
        return max(0.0, (when - datetime.now(timezone.utc)).total_seconds())
    return fallback


def told(error):
    return seconds_to_wait(error.response.headers, 1)


# By class


def ask(prompt):
    for attempt in range(MAX_ATTEMPTS):
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.RateLimitError as e:  # expect: HED203
            if e.code in {
                "billing_not_active",
                "credit_balance_exhausted",
                "insufficient_quota",
                "organization_spend_limit_exceeded",
                "organization_usage_limit_exceeded",
                "project_spend_limit_exceeded",
            }:
                break
            time.sleep(seconds_to_wait(e.response.headers, 2**attempt))
    raise Busy


def ask_backing_off(prompt):
    for attempt in range(MAX_ATTEMPTS):
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except RateLimitError as e:  # expect: HED203, HED301
            if e.code in {
                "billing_not_active",
                "credit_balance_exhausted",
                "insufficient_quota",
                "organization_spend_limit_exceeded",
                "organization_usage_limit_exceeded",
                "project_spend_limit_exceeded",
            }:
                break
            time.sleep(2**attempt + random.random())
    raise Busy


async def ask_async(messages):
    delay = 1.0
    while True:
        try:
            return await aclient.chat.completions.create(model="gpt-5", messages=messages)
        except (RateLimitError, APITimeoutError) as e:  # expect: HED203, HED301
            if getattr(e, "code", None) in {
                "billing_not_active",
                "credit_balance_exhausted",
                "insufficient_quota",
                "organization_spend_limit_exceeded",
                "organization_usage_limit_exceeded",
                "project_spend_limit_exceeded",
            }:
                raise
            if delay > 60:
                raise
            logger.warning("rate limited: %s", e.request_id)
            await asyncio.sleep(delay)
            delay *= 2


def ask_cue(prompt):
    for attempt in range(MAX_ATTEMPTS):
        try:
            return cue.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:  # expect: HED203, HED301
            if e.code == "daily_cap_exceeded":
                break
            time.sleep(2**attempt)
    raise Busy


class Summarizer:
    def __init__(self, attempts=3):
        self._client = AsyncOpenAI()
        self._attempts = attempts

    async def summarize(self, text):
        for attempt in range(self._attempts):
            try:
                answer = await self._client.chat.completions.create(
                    model="gpt-5-mini", messages=[{"role": "user", "content": text}]
                )
            except openai.RateLimitError as e:  # expect: HED203
                if e.code in {
                    "billing_not_active",
                    "credit_balance_exhausted",
                    "insufficient_quota",
                    "organization_spend_limit_exceeded",
                    "organization_usage_limit_exceeded",
                    "project_spend_limit_exceeded",
                }:
                    break
                logger.info("attempt %d of %d", attempt + 1, self._attempts)
                await asyncio.sleep(seconds_to_wait(e.response.headers, 2))
            else:
                return answer.choices[0].message.content
        return None


def ask_again(prompt, left=3):
    try:
        return client.responses.create(model="gpt-5", input=prompt)
    except openai.RateLimitError as e:  # expect: HED203
        if e.code in {
            "billing_not_active",
            "credit_balance_exhausted",
            "insufficient_quota",
            "organization_spend_limit_exceeded",
            "organization_usage_limit_exceeded",
            "project_spend_limit_exceeded",
        }:
            raise
        if left == 0:
            raise
        time.sleep(told(e))
        return ask_again(prompt, left - 1)


# By status


def ask_status(prompt):
    for attempt in range(MAX_ATTEMPTS):
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.APIStatusError as e:  # expect: HED203, HED301
            if e.code in {
                "billing_not_active",
                "credit_balance_exhausted",
                "insufficient_quota",
                "organization_spend_limit_exceeded",
                "organization_usage_limit_exceeded",
                "project_spend_limit_exceeded",
            }:
                raise
            if e.status_code != 429 or attempt == MAX_ATTEMPTS - 1:
                raise
            time.sleep(20)


def ask_matched(prompt):
    for attempt in range(MAX_ATTEMPTS):
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.APIStatusError as e:  # expect: HED203
            if e.code in {
                "billing_not_active",
                "credit_balance_exhausted",
                "insufficient_quota",
                "organization_spend_limit_exceeded",
                "organization_usage_limit_exceeded",
                "project_spend_limit_exceeded",
            }:
                raise
            match e.status_code:
                case 429 | 500 | 503:
                    time.sleep(seconds_to_wait(e.response.headers, 2**attempt))
                case _:
                    raise
    raise Busy


def post(payload, key):
    headers = {"Authorization": f"Bearer {key}"}
    for attempt in range(MAX_ATTEMPTS):
        response = requests.post(OPENAI_URL, json=payload, headers=headers, timeout=60)
        if response.status_code in RETRY_STATUSES:  # expect: HED203, HED301
            time.sleep(2**attempt)
            continue
        response.raise_for_status()
        return response.json()
    raise Busy


def post_raised(payload):
    with httpx.Client(base_url="https://api.openai.com/v1") as http:
        for attempt in range(MAX_ATTEMPTS):
            try:
                response = http.post("/chat/completions", json=payload)
                response.raise_for_status()
                return response.json()
            except httpx.HTTPStatusError as e:  # expect: HED203
                if e.response.status_code not in (429, 503):
                    raise
                time.sleep(seconds_to_wait(e.response.headers, 2**attempt))
    raise Busy


def post_while_limited(payload):
    response = requests.post(OPENAI_URL, json=payload)
    tries = 1
    while response.status_code == 429 and tries < MAX_ATTEMPTS:  # expect: HED203, HED301
        time.sleep(2**tries)
        response = requests.post(OPENAI_URL, json=payload)
        tries += 1
    return response


def post_recursively(payload, tries=0):
    response = httpx.post(OPENAI_URL, json=payload)
    if response.status_code == 429 and tries < 3:  # expect: HED203, HED301
        time.sleep(5)
        return post_recursively(payload, tries + 1)
    return response.raise_for_status().json()


async def post_async(session: aiohttp.ClientSession, payload):
    for attempt in range(MAX_ATTEMPTS):
        async with session.post(OPENAI_URL, json=payload) as response:
            if response.status == 429:  # expect: HED203
                await asyncio.sleep(seconds_to_wait(response.headers, 2**attempt))
                continue
            response.raise_for_status()
            return await response.json()
    raise Busy


async def transcribe_async(payload):
    async with aiohttp.ClientSession(raise_for_status=True) as session:
        for attempt in range(MAX_ATTEMPTS):
            try:
                async with session.post(PYAI_URL, json=payload) as response:
                    return await response.json()
            except aiohttp.ClientResponseError as e:  # expect: HED203, HED301
                if e.status != 429:
                    raise
                await asyncio.sleep(2**attempt)
    raise Busy


def speak(text):
    for attempt in range(MAX_ATTEMPTS):
        try:
            return voice.audio.speech(input=text)
        except pyai.PyAIError as e:  # expect: HED203, HED301
            if e.code == "daily_cap_exceeded":
                raise
            if e.status != 429:
                raise
            time.sleep(2**attempt)
    raise Busy


# By code, and still not told apart


def speak_limits(text):
    for _ in range(3):
        try:
            return voice.audio.speech(input=text)
        except pyai.PyAIError as e:  # expect: HED203, HED301
            if e.code == "daily_cap_exceeded":
                raise
            if e.code not in ("rate_limit_exceeded", "concurrency_limit_exceeded", "daily_cap_exceeded"):
                raise
            time.sleep(30)
    raise Busy


def ask_and_say(prompt):
    for attempt in range(MAX_ATTEMPTS):
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.RateLimitError as e:  # expect: HED203
            if e.code in {
                "billing_not_active",
                "credit_balance_exhausted",
                "insufficient_quota",
                "organization_spend_limit_exceeded",
                "organization_usage_limit_exceeded",
                "project_spend_limit_exceeded",
            }:
                break
            if e.code == "insufficient_quota":
                logger.error("the quota is used up")
            time.sleep(seconds_to_wait(e.response.headers, 2**attempt))
    raise Busy


def ask_with_the_code_of_another_api(prompt):
    for attempt in range(MAX_ATTEMPTS):
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.RateLimitError as e:  # expect: HED203
            if e.code in {
                "billing_not_active",
                "credit_balance_exhausted",
                "insufficient_quota",
                "organization_spend_limit_exceeded",
                "organization_usage_limit_exceeded",
                "project_spend_limit_exceeded",
            }:
                break
            if e.code == "daily_cap_exceeded":
                raise
            time.sleep(seconds_to_wait(e.response.headers, 2**attempt))
    raise Busy


def ask_cue_with_the_code_of_openai(prompt):
    for attempt in range(MAX_ATTEMPTS):
        try:
            return cue.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:  # expect: HED203, HED301
            if e.code == "daily_cap_exceeded":
                break
            if e.code == "insufficient_quota":  # expect: HED402
                raise
            time.sleep(2**attempt)
    raise Busy


# Everything


def ask_whatever(prompt):
    for attempt in range(MAX_ATTEMPTS):
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.APIStatusError as e:  # expect: HED202, HED203
            if e.code in {
                "billing_not_active",
                "credit_balance_exhausted",
                "insufficient_quota",
                "organization_spend_limit_exceeded",
                "organization_usage_limit_exceeded",
                "project_spend_limit_exceeded",
            }:
                break
            time.sleep(seconds_to_wait(e.response.headers, 2**attempt))
    raise Busy


def ask_client_errors_apart(prompt):
    for attempt in range(MAX_ATTEMPTS):
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.APIStatusError as e:  # expect: HED203
            if e.code in {
                "billing_not_active",
                "credit_balance_exhausted",
                "insufficient_quota",
                "organization_spend_limit_exceeded",
                "organization_usage_limit_exceeded",
                "project_spend_limit_exceeded",
            }:
                raise
            if 400 <= e.status_code < 500 and e.status_code != 429:
                raise
            time.sleep(seconds_to_wait(e.response.headers, 2**attempt))
    raise Busy


# tenacity


@retry(
    retry=retry_if_exception_type(openai.RateLimitError)
    & tenacity.retry_if_exception(
        lambda e: e.code not in {
            "billing_not_active",
            "credit_balance_exhausted",
            "insufficient_quota",
            "organization_spend_limit_exceeded",
            "organization_usage_limit_exceeded",
            "project_spend_limit_exceeded",
        }
    ),  # expect: HED203
    wait=wait_exception(told),
    stop=stop_after_attempt(6),
)
def ask_decorated(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(
    wait=wait_random_exponential(min=1, max=60),
    stop=stop_after_attempt(6),
    retry=tenacity.retry_if_exception_type()
    & tenacity.retry_if_exception(
        lambda e: getattr(e, "code", None) not in {
            "billing_not_active",
            "credit_balance_exhausted",
            "insufficient_quota",
            "organization_spend_limit_exceeded",
            "organization_usage_limit_exceeded",
            "project_spend_limit_exceeded",
        }
    ),
)  # expect: HED202, HED203, HED301
def ask_cookbook(messages):
    return client.chat.completions.create(model="gpt-5", messages=messages)


def _is_transient(error):
    if isinstance(error, (APIConnectionError, APITimeoutError)):
        return True
    return getattr(error, "status_code", None) in RETRY_STATUSES


@tenacity.retry(
    retry=tenacity.retry_if_exception(_is_transient)
    & tenacity.retry_if_exception(
        lambda e: getattr(e, "code", None) not in {
            "billing_not_active",
            "credit_balance_exhausted",
            "insufficient_quota",
            "organization_spend_limit_exceeded",
            "organization_usage_limit_exceeded",
            "project_spend_limit_exceeded",
        }
    ),  # expect: HED203
    wait=tenacity.wait_exponential(max=60),  # expect: HED301
    stop=tenacity.stop_after_attempt(4),
    reraise=True,
)
async def ask_transient(prompt):
    return await aclient.responses.create(model="gpt-5", input=prompt)


async def ask_in_attempts(prompt):
    async for attempt in AsyncRetrying(
        stop=stop_after_attempt(3),
        retry=retry_if_exception_type((RateLimitError, APIConnectionError))
        & tenacity.retry_if_exception(
            lambda e: getattr(e, "code", None) != "daily_cap_exceeded"
        ),  # expect: HED203
        wait=wait_exponential(),  # expect: HED301
    ):
        with attempt:
            return await acue.responses.create(model="pyai-cue", input=prompt)


@tenacity.retry(
    retry=tenacity.retry_if_result(lambda response: response.status_code == 429),  # expect: HED203
    wait=tenacity.wait_fixed(5),  # expect: HED301
    stop=tenacity.stop_after_attempt(3),
)
def post_by_result(payload):
    return requests.post(OPENAI_URL, json=payload)


# backoff, stamina


@backoff.on_exception(
    backoff.expo,
    openai.RateLimitError,
    max_tries=6,
    giveup=lambda e: e.code in {
        "billing_not_active",
        "credit_balance_exhausted",
        "insufficient_quota",
        "organization_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
        "project_spend_limit_exceeded",
    },
)  # expect: HED203, HED301
def ask_expo(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@backoff.on_exception(
    backoff.runtime,
    (openai.RateLimitError, openai.APIConnectionError),  # expect: HED203
    value=told,
    jitter=None,
    max_tries=6,
    giveup=lambda e: getattr(e, "code", None) in {
        "billing_not_active",
        "credit_balance_exhausted",
        "insufficient_quota",
        "organization_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
        "project_spend_limit_exceeded",
    },
)
async def ask_runtime(prompt):
    return await aclient.responses.create(model="gpt-5", input=prompt)


@backoff.on_exception(
    backoff.expo,  # expect: HED301
    requests.HTTPError,  # expect: HED203
    giveup=lambda e: e.response.status_code != 429,
    max_tries=4,
)
def post_giveup(payload):
    response = requests.post(OPENAI_URL, json=payload)
    response.raise_for_status()
    return response.json()


@stamina.retry(
    on=lambda e: (
        isinstance(e, openai.RateLimitError)
        and e.code not in {
            "billing_not_active",
            "credit_balance_exhausted",
            "insufficient_quota",
            "organization_spend_limit_exceeded",
            "organization_usage_limit_exceeded",
            "project_spend_limit_exceeded",
        }
    ),
    attempts=5,
)  # expect: HED203, HED301
def ask_stamina(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


def speak_stamina(text):
    for attempt in stamina.retry_context(
        on=lambda e: getattr(e, "code", None) != "daily_cap_exceeded" and is_limited(e),
        attempts=3,
    ):  # expect: HED203, HED301
        with attempt:
            return voice.audio.speech(input=text)


def is_limited(error):
    return isinstance(error, pyai.PyAIError) and error.status == 429


# Four public mistakes, in Python


# openai/codex, pull 6340 (and 4837 before it): each failed turn was asked again up to five times,
# `insufficient_quota` among them.
def run_turn(items):
    retries = 0
    while True:
        try:
            return client.responses.create(model="gpt-5-codex", input=items)
        except openai.APIStatusError as e:  # expect: HED203, HED301
            if e.code in {
                "billing_not_active",
                "credit_balance_exhausted",
                "insufficient_quota",
                "organization_spend_limit_exceeded",
                "organization_usage_limit_exceeded",
                "project_spend_limit_exceeded",
            }:
                raise
            if e.status_code != 429 and e.status_code < 500:
                raise
            if retries >= 5:
                raise
            retries += 1
            time.sleep(0.2 * 2 ** (retries - 1) * random.uniform(0.9, 1.1))


# langchain-ai/langchainjs, issue 1929: what was never to be tried again was listed by status, and
# 429 was not on the list; the program seemed to hang until the attempts ran out.
STATUS_NO_RETRY = [400, 401, 402, 403, 404, 405, 406, 407, 408, 409]


def on_failed_attempt(error):
    if error.status_code in STATUS_NO_RETRY:
        raise error


def completion_with_retry(**request):
    for attempt in range(6):
        try:
            return client.completions.create(**request)
        except openai.APIStatusError as e:  # expect: HED203, HED301
            on_failed_attempt(e)
            time.sleep(2**attempt)
    raise Busy


# typedef-ai/fenic, pull 231: the class alone made an error transient, and the queue asked again.
class Transient:
    def __init__(self, cause):
        self.cause = cause


class Fatal:
    def __init__(self, cause):
        self.cause = cause


async def make_single_request(messages):
    try:
        return await aclient.chat.completions.create(model="gpt-5", messages=messages)
    except (RateLimitError, APITimeoutError, APIConnectionError) as e:  # expect: HED203, HED301
        return Transient(e)
    except openai.OpenAIError as e:
        return Fatal(e)


async def process_request(messages):
    for attempt in range(MAX_ATTEMPTS):
        answer = await make_single_request(messages)
        if not isinstance(answer, Transient):
            return answer
        await asyncio.sleep(2**attempt)
    return None


# mindsdb/anton, pull 284: a quota was looked for where another gateway says it; OpenAI's went on
# to the transient ones and came out a minute later as "provider overloaded".
class TokenLimitExceeded(Exception):
    pass


class ProviderOverloaded(Exception):
    pass


async def complete(messages):
    try:
        return await aclient.chat.completions.create(model="gpt-5", messages=messages)
    except openai.APIStatusError as e:
        if e.status_code == 402:
            raise TokenLimitExceeded from e
        if e.status_code in (429, 500, 502, 503, 529):
            raise ProviderOverloaded from e
        raise


async def complete_patiently(messages):
    for delay in (1, 2, 4, 8, 16):
        try:
            return await complete(messages)
        except ProviderOverloaded:  # expect: HED203, HED301
            await asyncio.sleep(delay)
    raise ProviderOverloaded


# Near misses: the code is tested


def ask_unless_quota(prompt):
    for attempt in range(MAX_ATTEMPTS):
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.RateLimitError as e:  # clean: a used-up quota is raised
            if e.code == "insufficient_quota":
                raise
            time.sleep(seconds_to_wait(e.response.headers, 2**attempt))
    raise Busy


def ask_unless_of_that_type(prompt):
    for attempt in range(MAX_ATTEMPTS):
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.RateLimitError as e:  # clean: the type tells a used-up quota as well
            if e.type == "insufficient_quota":
                raise OutOfQuota from e
            time.sleep(seconds_to_wait(e.response.headers, 2**attempt))
    raise Busy


def ask_unless_any_quota(prompt):
    for attempt in range(MAX_ATTEMPTS):
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.APIStatusError as e:  # clean: each code of a quota is raised
            if e.code in QUOTA_CODES or e.status_code not in (429, 503):
                raise
            time.sleep(seconds_to_wait(e.response.headers, 2**attempt))
    raise Busy


def ask_whitelisted(prompt):
    for attempt in range(MAX_ATTEMPTS):
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.RateLimitError as e:  # clean: the one code that waiting cures
            if e.code != "rate_limit_exceeded":
                raise
            time.sleep(seconds_to_wait(e.response.headers, 2**attempt))
    raise Busy


def post_unless_quota(payload):
    for attempt in range(MAX_ATTEMPTS):
        response = requests.post(OPENAI_URL, json=payload)
        if response.status_code == 429:  # clean: the code in the body is tested first
            if response.json()["error"]["code"] in QUOTA_CODES:
                raise OutOfQuota
            time.sleep(seconds_to_wait(response.headers, 2**attempt))
            continue
        return response.json()
    raise Busy


def post_if_limited(payload):
    for attempt in range(MAX_ATTEMPTS):
        response = httpx.post(OPENAI_URL, json=payload)
        code = response.json().get("error", {}).get("code") if response.is_error else None
        if code == "rate_limit_exceeded":  # clean: whitelisted
            time.sleep(seconds_to_wait(response.headers, 2**attempt))
            continue
        return response
    raise Busy


def ask_again_unless_quota(prompt, left=3):
    try:
        return client.responses.create(model="gpt-5", input=prompt)
    except openai.RateLimitError as e:  # clean: told apart
        if getattr(e, "code", None) in QUOTA_CODES or left == 0:
            raise
        time.sleep(told(e))
        return ask_again_unless_quota(prompt, left - 1)


def speak_unless_capped(text):
    for attempt in range(MAX_ATTEMPTS):
        try:
            return voice.audio.speech(input=text)
        # The cap is raised; that the header cannot be reached is another matter.
        except pyai.PyAIError as e:  # expect: HED301
            if e.status != 429 or e.code == "daily_cap_exceeded":
                raise
            time.sleep(2**attempt)
    raise Busy


def speak_after_the_cap(text):
    for attempt in range(MAX_ATTEMPTS):
        try:
            return voice.audio.speech(input=text)
        # The cap is waited out till midnight; what the others are told is another matter.
        except pyai.PyAIError as e:  # expect: HED301
            if e.code == "daily_cap_exceeded":
                time.sleep(86400 - time.time() % 86400)
                continue
            if e.status == 429:
                time.sleep(2**attempt)
                continue
            raise
    raise Busy


def ask_in_the_other_order(prompt):
    for attempt in range(MAX_ATTEMPTS):
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.RateLimitError as e:  # clean: what is not a quota goes round
            if e.code != "insufficient_quota":
                time.sleep(seconds_to_wait(e.response.headers, 2**attempt))
                continue
            raise


def ask_on_one_line(prompt):
    for attempt in range(MAX_ATTEMPTS):
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.APIStatusError as e:  # clean: a test and its raise on one line
            if e.status_code < 500: raise
            time.sleep(2**attempt)
    raise Busy


def ask_quota_matched(prompt):
    for attempt in range(MAX_ATTEMPTS):
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.RateLimitError as e:  # clean: a case of its own
            match e.code:
                case "insufficient_quota" | "billing_not_active":
                    raise OutOfQuota from e
                case _:
                    time.sleep(seconds_to_wait(e.response.headers, 2**attempt))
    raise Busy


def ask_quota_alone(prompt):
    for _ in range(3):
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.RateLimitError as e:  # clean: told apart, and the wrong one retried
            if e.code == "insufficient_quota":  # expect: HED201
                time.sleep(3600)
                continue
            raise


def _is_limited(error):
    return isinstance(error, RateLimitError) and error.code not in QUOTA_CODES


@retry(
    retry=retry_if_exception(_is_limited),  # clean: the predicate excludes the codes
    wait=wait_exception(told),
    stop=stop_after_attempt(6),
)
def ask_predicate(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(
    retry=retry_if_exception_type(RateLimitError)  # clean: both must agree
    & retry_if_exception(lambda e: e.code not in QUOTA_CODES),
    wait=wait_exception(told),
    stop=stop_after_attempt(6),
)
def ask_both(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@backoff.on_exception(
    backoff.runtime,
    openai.RateLimitError,  # clean: given up for a quota
    giveup=lambda e: e.code in QUOTA_CODES,
    value=told,
    jitter=None,
    max_tries=5,
)
def ask_giveup(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


def told_unless_quota(error):
    if not isinstance(error, RateLimitError) or error.code in QUOTA_CODES:
        return False
    return float(seconds_to_wait(error.response.headers, 1))


@stamina.retry(on=told_unless_quota, attempts=5)  # clean: the hook excludes the codes
def ask_hook(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(retry=retry_if_exception_type(Throttled), wait=wait_exponential(), stop=stop_after_attempt(3))  # expect: HED301
def ask_translated(prompt):
    try:
        return client.responses.create(model="gpt-5", input=prompt)
    except openai.RateLimitError as e:  # clean: a quota becomes another class
        if e.code in QUOTA_CODES:
            raise OutOfQuota from e
        raise Throttled from e


# Near misses: no 429 goes round, or the wait is long enough


def ask_servers(prompt):
    for attempt in range(MAX_ATTEMPTS):
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.RateLimitError:  # clean: not retried
            raise
        except openai.InternalServerError:
            time.sleep(2**attempt)
    raise Busy


def ask_cue_as_told(prompt):
    for attempt in range(MAX_ATTEMPTS):
        try:
            return cue.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:  # clean: the header says when the cap resets
            time.sleep(seconds_to_wait(e.response.headers, 2**attempt))
    raise Busy


def transcribe_as_told(payload):
    for attempt in range(MAX_ATTEMPTS):
        response = requests.post(PYAI_URL, json=payload)
        if response.status_code in (429, 503):  # clean: the header says when the cap resets
            time.sleep(seconds_to_wait(response.headers, 2**attempt))
            continue
        response.raise_for_status()
        return response.json()
    raise Busy


@retry(
    retry=retry_if_exception_type(openai.RateLimitError),  # clean: the header says it
    wait=wait_exception(told),
    stop=stop_after_attempt(4),
)
def ask_cue_decorated(prompt):
    return cue.responses.create(model="pyai-cue", input=prompt)


def fetch_elsewhere(params):
    for attempt in range(MAX_ATTEMPTS):
        response = requests.get("https://api.example.com/v1/items", params=params)
        if response.status_code == 429:  # clean: an API that documents no quota under a 429
            time.sleep(seconds_to_wait(response.headers, 2**attempt))
            continue
        return response.json()
    raise Busy


def ask_with_sdk_retries(prompt):
    patient = OpenAI(max_retries=8)  # clean: what the SDK retries is not the program's
    return patient.responses.create(model="gpt-5", input=prompt)


def ask_next_provider(prompt):
    for provider, model in ((client, "gpt-5"), (cue, "pyai-cue")):
        try:
            return provider.responses.create(model=model, input=prompt)
        except openai.RateLimitError:  # clean: the next provider
            continue
    raise Busy


def ask_as_judged(prompt, policy):
    for attempt in range(MAX_ATTEMPTS):
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.RateLimitError as e:  # clean: the helper is unknown, and sees the error
            if not policy.should_retry(e):
                raise
            time.sleep(seconds_to_wait(e.response.headers, 2**attempt))
    raise Busy


def ask_by_the_text(prompt):
    for attempt in range(MAX_ATTEMPTS):
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.RateLimitError as e:  # clean: the message decides, which is another matter
            if "exceeded your current quota" in str(e):  # expect: HED101
                raise
            time.sleep(seconds_to_wait(e.response.headers, 2**attempt))
    raise Busy


def ask_once_limited(prompt):
    for _ in range(3):
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.RateLimitError:  # clean: ends in break
            logger.warning("limited")
            break
        except openai.APIConnectionError:
            continue
    return None


def ask_retrying_servers(prompt):
    for attempt in Retrying(
        retry=retry_if_exception(lambda e: getattr(e, "status_code", 0) >= 500),  # clean: no 429
        wait=wait_exponential(),
        stop=stop_after_attempt(3),
    ):
        with attempt:
            return client.responses.create(model="gpt-5", input=prompt)


# Near misses: the four of above as they were mended


def run_turn_mended(items):
    retries = 0
    while True:
        try:
            return client.responses.create(model="gpt-5-codex", input=items)
        except openai.APIStatusError as e:  # clean: openai/codex, pull 6340, merged
            if e.code == "insufficient_quota":
                raise OutOfQuota from e
            if e.status_code != 429 and e.status_code < 500:
                raise
            if retries >= 5:
                raise
            retries += 1
            time.sleep(seconds_to_wait(e.response.headers, 0.2 * 2 ** (retries - 1)))


def on_failed_attempt_mended(error):
    if error.status_code in STATUS_NO_RETRY:
        raise error
    if error.code == "insufficient_quota":
        raise OutOfQuota from error


def completion_with_retry_mended(**request):
    for attempt in range(6):
        try:
            return client.completions.create(**request)
        except openai.APIStatusError as e:  # clean: langchain-ai/langchainjs, pull 1934
            on_failed_attempt_mended(e)
            time.sleep(seconds_to_wait(e.response.headers, 2**attempt))
    raise Busy


class Later:
    def __init__(self, seconds):
        self.seconds = seconds


async def make_single_request_mended(messages):
    try:
        return await aclient.chat.completions.create(model="gpt-5", messages=messages)
    except RateLimitError as e:  # clean: typedef-ai/fenic, pull 231
        if e.type == "insufficient_quota":
            return Fatal(e)
        return Later(told(e))
    except openai.OpenAIError as e:
        return Fatal(e)


async def process_request_mended(messages):
    for _ in range(MAX_ATTEMPTS):
        answer = await make_single_request_mended(messages)
        if not isinstance(answer, Later):
            return answer
        await asyncio.sleep(answer.seconds)
    return None


class ProviderBusy(Exception):
    def __init__(self, seconds):
        super().__init__(f"busy for {seconds}s")
        self.seconds = seconds


async def complete_mended(messages):
    try:
        return await aclient.chat.completions.create(model="gpt-5", messages=messages)
    except openai.APIStatusError as e:  # clean: mindsdb/anton, pull 284, merged
        if e.status_code == 402 or e.code == "insufficient_quota":
            raise TokenLimitExceeded from e
        if e.status_code in (429, 500, 502, 503, 529):
            raise ProviderBusy(told(e)) from e
        raise


async def complete_patiently_mended(messages):
    for _ in range(5):
        try:
            return await complete_mended(messages)
        except ProviderBusy as e:  # clean: a quota never gets here
            await asyncio.sleep(e.seconds)
    raise Busy
