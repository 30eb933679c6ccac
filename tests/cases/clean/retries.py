"""Retries, and what looks like retries, that heed the contract: nothing is reported here."""

import asyncio
import json
import random
import sqlite3
import time

import aiohttp
import httpx
import openai
import pyai
import requests
from openai import AsyncOpenAI, OpenAI
from requests.adapters import HTTPAdapter
from tenacity import (
    AsyncRetrying,
    Retrying,
    retry,
    retry_all,
    retry_if_exception,
    retry_if_exception_type,
    retry_if_not_exception_type,
    retry_if_result,
    retry_never,
    stop_after_attempt,
    wait_exception,
    wait_exponential,
)
from urllib3.util import Retry

from .backoff import is_transient, pause, wait_for, with_backoff

BASE = "https://api.pyai.com/v1"
client = OpenAI(base_url=BASE)
aclient = AsyncOpenAI(base_url=BASE)
voice = pyai.PyAI()
TRANSIENT = (openai.APIConnectionError, openai.InternalServerError)
PROVIDERS = [OpenAI(base_url=BASE), OpenAI()]


class Gone(Exception):
    pass


class Later(Exception):
    def __init__(self, seconds):
        super().__init__(f"later, in {seconds}s")
        self.seconds = seconds


# Handlers that stop what never can succeed, and wait as told


def ask(prompt):
    for attempt in range(5):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:
            told = e.response.headers.get("retry-after", "")
            time.sleep(float(told) if told.isdigit() else 2**attempt)
        except TRANSIENT:
            time.sleep(2**attempt)
    raise Gone


def ask_status(prompt):
    for attempt in range(5):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.APIStatusError as e:
            if e.status_code < 500:
                raise
            if attempt == 4:
                raise
            time.sleep(2**attempt)
    raise Gone


def ask_imported_predicate(prompt):
    for attempt in range(5):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except Exception as e:
            if attempt == 4 or not is_transient(e):
                raise
            wait_for(e, attempt)
    raise Gone


def ask_imported_delay(prompt):
    for attempt in range(5):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:
            time.sleep(pause(e, attempt))
    raise Gone


@with_backoff
def ask_imported_decorator(prompt):
    return client.responses.create(model="pyai-cue", input=prompt)


def ask_nested_handlers(prompt):
    for attempt in range(3):
        try:
            try:
                return client.responses.create(model="pyai-cue", input=prompt)
            except openai.APIStatusError as e:
                raise Gone from e
        except openai.OpenAIError:
            time.sleep(1)
    raise Gone


def speak(text):
    for attempt in range(3):
        try:
            return voice.audio.speech(input=text)
        except pyai.PyAIError as e:
            if e.status in (500, 502, 503):
                time.sleep(2**attempt)
                continue
            raise


def speak_connection(text):
    for attempt in range(3):
        try:
            return voice.audio.speech(input=text)
        except httpx.TransportError:
            time.sleep(2**attempt)
    raise Gone


# Loops that are no retries


def speak_lines(lines):
    files = []
    for number, line in enumerate(lines):
        try:
            files.append((number, voice.audio.speech(input=line)))
        except pyai.PyAIError:
            continue
    return files


def ask_batches(prompts, size=10):
    start = 0
    answers = []
    while start < len(prompts):
        batch = prompts[start : start + size]
        start += size
        try:
            answers.append(client.responses.create(model="pyai-cue", input=batch))
        except openai.APIError:
            answers.append(None)
    return answers


def ask_providers(prompt):
    for provider in PROVIDERS:
        try:
            return provider.responses.create(model="pyai-cue", input=prompt)
        except openai.OpenAIError:
            continue
    raise Gone


def ask_next_model(prompt, models):
    models = list(models)
    while models:
        model = models.pop(0)
        try:
            return client.responses.create(model=model, input=prompt)
        except openai.APIStatusError:
            time.sleep(1)
    raise Gone


def ask_smaller(messages):
    while messages:
        try:
            return client.chat.completions.create(model="pyai-cue", messages=messages)
        except openai.BadRequestError:
            messages = messages[1:]
    raise Gone


def wait_until_done(job):
    while True:
        response = requests.get(f"{BASE}/transcription/jobs/{job}")
        if response.status_code == 404:
            time.sleep(2)
            continue
        if response.json()["status"] == "done":
            return response.json()
        time.sleep(2)


def chat():
    history = []
    while True:
        history.append({"role": "user", "content": input("> ")})
        try:
            answer = client.chat.completions.create(model="pyai-cue", messages=history)
        except openai.OpenAIError as e:
            print(e)
            continue
        print(answer.choices[0].message.content)


def serve(queue):
    while True:
        job = queue.get()
        try:
            job.finish(client.responses.create(model="pyai-cue", input=job.prompt))
        except Exception as e:
            job.fail(e)


def probe():
    while True:
        try:
            client.models.list()
        except Exception as e:
            print("down:", e)
        time.sleep(60)


def ask_for_json(prompt):
    for _ in range(3):
        answer = client.chat.completions.create(model="pyai-cue", messages=prompt)
        try:
            return json.loads(answer.choices[0].message.content)
        except (json.JSONDecodeError, KeyError):
            continue
    raise Gone


def sample(prompt, count=5):
    votes = []
    for _ in range(count):
        try:
            votes.append(client.responses.create(model="pyai-cue", input=prompt).output_text)
        except openai.APIError:
            continue
    return votes


async def ask_together(prompts):
    calls = [aclient.responses.create(model="pyai-cue", input=p) for p in prompts]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    return [a for a in answers if not isinstance(a, openai.AuthenticationError)]


# Errors of something else


def save(path, row):
    for attempt in range(5):
        try:
            with sqlite3.connect(path) as database:
                return database.execute("insert into t values (?)", row)
        except Exception:
            time.sleep(0.1 * random.random())
    raise Gone


@retry(stop=stop_after_attempt(3), wait=wait_exponential())
def read_lines(path):
    with open(path) as file:
        return file.readlines()


def fetch_bytes(url):
    for attempt in range(3):
        try:
            return httpx.get(url).content
        except httpx.HTTPError:
            time.sleep(2**attempt)
    raise Gone


async def fetch_text(session: aiohttp.ClientSession, url):
    for attempt in range(3):
        try:
            async with session.get(url) as response:
                return await response.text()
        except aiohttp.ClientError:
            await asyncio.sleep(2**attempt)
    raise Gone


# Policies


def _told(error):
    headers = getattr(getattr(error, "response", None), "headers", {})
    value = headers.get("retry-after", "")
    return float(value) if value.isdigit() else 1.0


def _take(error):
    if isinstance(error, TRANSIENT):
        return True
    return isinstance(error, openai.RateLimitError)


@retry(
    retry=retry_if_exception(_take),
    wait=wait_exception(_told),
    stop=stop_after_attempt(5),
)
def ask_policy(prompt):
    return client.responses.create(model="pyai-cue", input=prompt)


@retry(
    retry=retry_if_exception_type(openai.APIError)
    & retry_if_not_exception_type(openai.APIStatusError),
    stop=stop_after_attempt(5),
)
def ask_no_status(prompt):
    return client.responses.create(model="pyai-cue", input=prompt)


@retry(
    retry=retry_all(
        retry_if_exception_type(openai.APIStatusError),
        retry_if_exception(lambda e: e.status_code >= 500),
    ),
    wait=wait_exponential(),
    stop=stop_after_attempt(5),
)
def ask_all_terms(prompt):
    return client.responses.create(model="pyai-cue", input=prompt)


@retry(retry=retry_if_result(lambda answer: not answer), stop=stop_after_attempt(3))
def ask_nonempty(prompt):
    return client.responses.create(model="pyai-cue", input=prompt).output_text


@retry(retry=retry_never, stop=stop_after_attempt(3))
def ask_never_again(prompt):
    return client.responses.create(model="pyai-cue", input=prompt)


@retry(retry=retry_if_exception(is_transient), wait=wait_exponential(), stop=stop_after_attempt(3))
def ask_unknown_predicate(prompt):
    return client.responses.create(model="pyai-cue", input=prompt)


@retry(
    retry=retry_if_exception_type(Later),
    wait=wait_exception(lambda e: e.seconds),
    stop=stop_after_attempt(5),
)
def ask_translated(prompt):
    try:
        return client.responses.create(model="pyai-cue", input=prompt)
    except openai.RateLimitError as e:
        raise Later(_told(e)) from e


@retry(retry=retry_if_exception_type(sqlite3.OperationalError), stop=stop_after_attempt(3))
def ask_and_save(prompt, database):
    answer = client.responses.create(model="pyai-cue", input=prompt)
    database.execute("insert into answers values (?)", (answer.output_text,))
    return answer


def ask_in_attempts(prompt):
    for attempt in Retrying(retry=retry_if_exception_type(TRANSIENT), stop=stop_after_attempt(3)):
        with attempt:
            return client.responses.create(model="pyai-cue", input=prompt)


async def ask_in_async_attempts(prompt):
    policy = AsyncRetrying(
        retry=retry_if_exception(_take), wait=wait_exception(_told), stop=stop_after_attempt(5)
    )
    async for attempt in policy:
        with attempt:
            return await aclient.responses.create(model="pyai-cue", input=prompt)


def ask_called_outside(prompt):
    answer = client.responses.create(model="pyai-cue", input=prompt)
    for attempt in Retrying(stop=stop_after_attempt(3)):
        with attempt:
            return json.loads(answer.output_text)


def session():
    policy = Retry(total=4, backoff_factor=1, status_forcelist=(429, 500, 502, 503, 504))
    made = requests.Session()
    made.mount(BASE, HTTPAdapter(max_retries=policy))
    return made
