"""Cases of HED202: everything is retried, so what never can succeed is, too."""

import asyncio
import functools
import json
import logging
import random
import time

import aiohttp
import httpx
import openai
import pyai
import requests
import tenacity
from openai import AsyncOpenAI, OpenAI
from tenacity import (
    AsyncRetrying,
    Retrying,
    retry,
    retry_if_exception,
    retry_if_exception_type,
    retry_if_not_exception_type,
    retry_if_result,
    stop_after_attempt,
    wait_exception,
    wait_exponential,
    wait_random,
)

logger = logging.getLogger(__name__)
URL = "https://api.pyai.com/v1/audio/transcriptions"
client = OpenAI(base_url="https://api.pyai.com/v1", max_retries=0)
aclient = AsyncOpenAI(base_url="https://api.pyai.com/v1", max_retries=0)
plain = OpenAI()
voice = pyai.PyAI(api_key="pyai_test_key")
MAX_ATTEMPTS = 4


class Busy(Exception):
    pass


class Retriable(Exception):
    pass


def retry_after(error, fallback):
    value = error.response.headers.get("retry-after")
    return float(value) if value and value.isdigit() else fallback


def wait_as_told(error):
    if isinstance(error, openai.APIStatusError):
        return retry_after(error, 1.0)
    return 1.0


# Loops


def ask_whatever(prompt):
    for attempt in range(MAX_ATTEMPTS):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except Exception as e:  # expect: HED202, HED203, HED301
            logger.warning("attempt %d failed: %s", attempt, e)
            if getattr(e, "status_code", None) in {400, 401, 402, 403, 409}:
                break
            time.sleep(2**attempt + random.random())
    raise Busy


def ask_status_errors(prompt):
    for attempt in range(MAX_ATTEMPTS):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.APIStatusError as e:  # expect: HED202
            if e.status_code in {400, 401, 402, 403, 409}:
                break
            time.sleep(retry_after(e, 2**attempt))
    raise Busy


def ask_bare(prompt):
    for _ in range(3):
        try:
            return plain.responses.create(model="gpt-5", input=prompt)
        except:  # expect: HED202, HED203, HED301
            pass
    return None


def speak(text):
    attempt = 0
    while True:
        try:
            return voice.audio.speech(input=text)
        except pyai.PyAIError as e:  # expect: HED202, HED203, HED301
            if e.status in {400, 401, 402, 403, 409}:
                raise
            attempt += 1
            if attempt >= MAX_ATTEMPTS:
                raise
            time.sleep(1)


def speak_last_error(text):
    last = None
    for attempt in range(3):
        try:
            audio = voice.audio.speech(input=text)
        except pyai.PyAIError as e:  # expect: HED202, HED203, HED301
            if e.status in {400, 401, 402, 403, 409}:
                raise
            last = e
        else:
            return audio
    raise last


def speak_flag(text):
    done = False
    audio = None
    tries = 0
    while not done and tries < 3:
        tries += 1
        try:
            audio = voice.audio.speech(input=text)
            done = True
        except Exception as e:  # expect: HED202, HED203, HED301
            if getattr(e, "status", None) in {400, 401, 402, 403, 409}:
                break
            logger.exception("speech failed")
    return audio


def ask_unless_rate_limited(prompt):
    for attempt in range(3):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError:
            raise
        except openai.APIError as e:  # expect: HED202
            if getattr(e, "status_code", None) in {400, 401, 402, 403, 409}:
                break
            time.sleep(2**attempt)
    raise Busy


def transcribe(payload):
    for attempt in range(3):
        try:
            response = requests.post(URL, json=payload, timeout=30)
            response.raise_for_status()
            return response.json()
        except requests.RequestException as e:  # expect: HED202, HED203, HED301
            if (
                isinstance(e, requests.HTTPError)
                and getattr(e.response, "status_code", None) in {
                    400, 401, 402, 403, 409
                }
            ):
                break
            time.sleep(2**attempt)
    raise Busy


def transcribe_unless_ok(payload):
    for attempt in range(3):
        response = httpx.post(URL, json=payload)
        if response.status_code in {400, 401, 402, 403, 409}:
            break
        if response.status_code >= 400:  # expect: HED202, HED203, HED301
            time.sleep(2**attempt)
            continue
        return response.json()
    raise Busy


def transcribe_range(payload):
    for attempt in range(3):
        response = requests.post(URL, json=payload)
        if response.status_code in {400, 401, 402, 403, 409}:
            break
        if response.status_code in range(400, 600):  # expect: HED202, HED203, HED301
            time.sleep(1)
            continue
        return response.json()
    raise Busy


async def transcribe_async(payload):
    async with aiohttp.ClientSession(raise_for_status=True) as session:
        for attempt in range(3):
            try:
                async with session.post(URL, json=payload) as response:
                    return await response.json()
            except aiohttp.ClientError as e:  # expect: HED202, HED203, HED301
                if getattr(e, "status", None) in {400, 401, 402, 403, 409}:
                    break
                await asyncio.sleep(2**attempt)
    raise Busy


async def ask_async(prompt):
    async for attempt in AsyncRetrying(
        stop=stop_after_attempt(3),
        retry=tenacity.retry_if_exception_type()
        & tenacity.retry_if_exception(
            lambda e: getattr(e, "status_code", None) not in {400, 401, 402, 403, 409}
        ),
    ):  # expect: HED202, HED203, HED301
        with attempt:
            return await aclient.responses.create(model="pyai-cue", input=prompt)


def _send(prompt):
    return client.responses.create(model="pyai-cue", input=prompt)


def ask_through_helper(prompt):
    for attempt in range(3):
        try:
            return _send(prompt)
        except Exception as e:  # expect: HED202, HED203, HED301
            if getattr(e, "status_code", None) in {400, 401, 402, 403, 409}:
                break
            time.sleep(2**attempt)
    raise Busy


def ask_nested(prompt):
    for attempt in range(3):
        try:
            try:
                return client.responses.create(model="pyai-cue", input=prompt)
            except openai.RateLimitError as e:
                time.sleep(retry_after(e, 5))
                continue
        except openai.APIStatusError as error:  # expect: HED202
            if error.status_code in {400, 401, 402, 403, 409}:
                break
            time.sleep(2**attempt)
    raise Busy


# Recursion


def speak_again(text, retries=3):
    try:
        return voice.audio.speech(input=text)
    except pyai.PyAIError as e:  # expect: HED202, HED203, HED301
        if e.status in {400, 401, 402, 403, 409}:
            raise
        if retries == 0:
            raise
        time.sleep(2)
        return speak_again(text, retries=retries - 1)


# tenacity


@tenacity.retry(
    retry=tenacity.retry_if_exception_type()
    & tenacity.retry_if_exception(
        lambda e: getattr(e, "status_code", None) not in {400, 401, 402, 403, 409}
    ),
)  # expect: HED202, HED203, HED204, HED301
def ask_decorated(prompt):
    return client.responses.create(model="pyai-cue", input=prompt)


@retry(
    stop=stop_after_attempt(5),
    wait=wait_exponential(max=60),
    retry=tenacity.retry_if_exception_type()
    & tenacity.retry_if_exception(
        lambda e: getattr(e, "status_code", None) not in {400, 401, 402, 403, 409}
    ),
)  # expect: HED202, HED203, HED301
def ask_with_backoff(prompt):
    return client.responses.create(model="pyai-cue", input=prompt)


@retry(
    retry=retry_if_exception_type((openai.APIError, ConnectionError))
    & tenacity.retry_if_exception(
        lambda e: getattr(e, "status_code", None) not in {400, 401, 402, 403, 409}
    ),  # expect: HED202
    wait=wait_exception(wait_as_told),
    stop=stop_after_attempt(3),
)
def ask_patiently(prompt):
    return client.responses.create(model="pyai-cue", input=prompt)


@retry(
    stop=stop_after_attempt(3),
    retry=retry_if_not_exception_type(ValueError)
    & tenacity.retry_if_exception(
        lambda e: getattr(e, "status_code", None) not in {400, 401, 402, 403, 409}
    ),  # expect: HED202, HED203
    wait=wait_random(1, 3),  # expect: HED301
)
async def ask_not_value_error(prompt):
    return await aclient.responses.create(model="pyai-cue", input=prompt)


@retry(
    retry=retry_if_exception(lambda e: True)
    & tenacity.retry_if_exception(
        lambda e: getattr(e, "status", None) not in {400, 401, 402, 403, 409}
    ),
    stop=stop_after_attempt(3),
)  # expect: HED202, HED203, HED301
def speak_always(text):
    return voice.audio.speech(input=text)


@retry(
    stop=stop_after_attempt(3),
    retry=retry_if_result(lambda r: not r) | retry_if_exception_type()
    & tenacity.retry_if_exception(
        lambda e: getattr(e, "status_code", None) not in {400, 401, 402, 403, 409}
    ),  # expect: HED202
    wait=wait_exception(wait_as_told),
)
def ask_result_or_error(prompt):
    return client.responses.create(model="pyai-cue", input=prompt)


policy = Retrying(
    stop=stop_after_attempt(3),
    wait=wait_exponential(),
    retry=tenacity.retry_if_exception_type()
    & tenacity.retry_if_exception(
        lambda e: getattr(e, "status_code", None) not in {400, 401, 402, 403, 409}
    ),
)  # expect: HED202, HED203, HED301


def ask_called(prompt):
    return policy(_send, prompt)


def make_policy():
    return retry(
        stop=stop_after_attempt(3),
        retry=retry_if_exception_type(openai.OpenAIError)
        & tenacity.retry_if_not_exception_type(
            (
                openai.AuthenticationError,
                openai.NotFoundError,
                openai.PermissionDeniedError,
            )
        )
        & tenacity.retry_if_exception(
            lambda e: not (isinstance(e, openai.BadRequestError) and e.code not in {
                "content_policy_violation",
                "failed_to_download_image",
            })
        ),  # expect: HED202, HED203
        wait=wait_exponential(),  # expect: HED301
    )


@make_policy()
def ask_with_built_policy(prompt):
    return plain.responses.create(model="gpt-5", input=prompt)


@retry(
    stop=stop_after_attempt(3),
    retry=retry_if_exception_type(Retriable),  # expect: HED202, HED203
    wait=wait_exponential(),  # expect: HED301
)
def ask_translated(prompt):
    try:
        return client.responses.create(model="pyai-cue", input=prompt)
    except openai.APIError as e:
        raise Retriable from e


def transcribe_in_attempts(payload):
    for attempt in Retrying(
        stop=stop_after_attempt(3),
        retry=tenacity.retry_if_exception_type()
        & tenacity.retry_if_exception(
            lambda e: not (isinstance(e, httpx.HTTPStatusError) and e.response.status_code in {
                400, 401, 402, 403, 409
            })
        ),
    ):  # expect: HED202, HED203, HED301
        with attempt:
            response = httpx.post(URL, json=payload)
            response.raise_for_status()
    return response.json()


# Near misses


def transcribe_transport_only(payload):
    for attempt in range(3):
        try:
            return requests.post(URL, json=payload)
        except requests.RequestException:  # clean: no raise_for_status, transport errors alone
            time.sleep(2**attempt)
    raise Busy


def transcribe_timeouts(payload):
    for attempt in range(3):
        try:
            response = httpx.post(URL, json=payload)
            response.raise_for_status()
            return response.json()
        except httpx.TransportError:  # clean: no answer at all
            time.sleep(2**attempt)
    raise Busy


def _is_retryable(error):
    if isinstance(error, openai.APIConnectionError):
        return True
    return isinstance(error, openai.APIStatusError) and error.status_code in (500, 502, 503)


def ask_whitelisted(prompt):
    for attempt in range(3):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except Exception as e:  # clean: a predicate whitelists
            if not _is_retryable(e):
                raise
            time.sleep(2**attempt)
    raise Busy


def ask_foreign_predicate(prompt, is_transient):
    for attempt in range(3):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except Exception as e:  # clean: the helper is unknown, and sees the error
            if not is_transient(e):
                raise
            time.sleep(2**attempt)
    raise Busy


def ask_all(prompts):
    answers = {}
    for prompt in prompts:
        try:
            answers[prompt] = client.responses.create(model="pyai-cue", input=prompt)
        except Exception:  # clean: the next item of a list
            answers[prompt] = None
    return answers


def drain(queue):
    while not queue.empty():
        text = queue.get_nowait()
        try:
            voice.audio.speech(input=text)
        except Exception:  # clean: a worker goes on to the next job
            logger.exception("job failed")


def wait_for_job(job_id):
    while True:
        try:
            job = httpx.get(f"https://api.pyai.com/v1/transcription/jobs/{job_id}").json()
        except Exception:  # clean: polling
            job = {}
        if job.get("status") == "done":
            return job
        time.sleep(5)


def ask_for_json(prompt):
    for _ in range(3):
        answer = client.responses.create(model="pyai-cue", input=prompt)
        try:
            return json.loads(answer.output_text)
        except Exception:  # clean: asked again because the answer did not parse
            continue
    raise Busy


def ask_once(prompt):
    for _ in range(3):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except Exception as e:  # clean: always raises
            logger.error("failed: %s", e)
            raise Busy from e


def ask_or_none(prompt):
    while True:
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except Exception:  # clean: ends in return
            return None


def ask_models(prompt):
    for model in ("pyai-cue", "pyai-cue-mini"):
        try:
            return client.responses.create(model=model, input=prompt)
        except Exception:  # clean: another model
            continue
    raise Busy


def ask_by_message(prompt):
    for attempt in range(3):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except Exception as e:  # clean: the message decides, which is another matter
            if "overloaded" not in str(e):  # expect: HED101
                raise
            time.sleep(2**attempt)
    raise Busy


def ask_client_errors_apart(prompt):
    for attempt in range(3):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.APIStatusError as e:  # clean: no 4xx goes round
            if 400 <= e.status_code < 500:
                raise
            time.sleep(2**attempt)
    raise Busy


@retry(
    stop=stop_after_attempt(3),
    retry=retry_if_not_exception_type(openai.APIStatusError),  # clean: no answer of the API
)
def ask_connection_only(prompt):
    return client.responses.create(model="pyai-cue", input=prompt)


@retry(stop=stop_after_attempt(3), retry=retry_if_exception(_is_retryable))  # clean: whitelist
def ask_predicate(prompt):
    return client.responses.create(model="pyai-cue", input=prompt)


def _status_is_one_of(error, statuses=(500, 503)):
    return getattr(error, "status_code", None) in statuses


@retry(
    stop=stop_after_attempt(3),
    retry=retry_if_exception(functools.partial(_status_is_one_of)),  # clean: whitelist
)
def ask_partial(prompt):
    return client.responses.create(model="pyai-cue", input=prompt)


@retry(stop=stop_after_attempt(3))  # clean: the body lets no API error out
def ask_quietly(prompt):
    try:
        return client.responses.create(model="pyai-cue", input=prompt)
    except openai.OpenAIError:
        return None


@retry(stop=stop_after_attempt(3))  # clean: transport errors alone leave the body
def transcribe_decorated(payload):
    return requests.post(URL, json=payload).json()


@retry(stop=stop_after_attempt(3), retry=retry_if_exception_type(Retriable))  # clean: 5xx alone become it
def ask_servers_translated(prompt):
    try:
        return client.responses.create(model="pyai-cue", input=prompt)
    except openai.InternalServerError as e:
        raise Retriable from e


@retry(stop=stop_after_attempt(3))  # clean: no call of an API
def read_settings(path):
    return json.loads(open(path).read())
