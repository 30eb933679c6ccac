"""Just before and just after the edge: caps, factors, ranges of statuses, what is suppressed."""

import contextlib
import time

import book
import httpx
import openai
import requests
import tenacity
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

URL = "https://api.pyai.com/v1/voices"
client = openai.OpenAI(base_url="https://api.pyai.com/v1", max_retries=0)


def told(headers):
    value = headers.get("Retry-After", "")
    return float(value) if value.isdigit() else 2.0


def is_over(error):
    return error.code == "daily_cap_exceeded"


def capped_short(prompt):
    for _ in range(5):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:
            time.sleep(min(told(e.response.headers), 59))  # expect: HED304
    return None


def capped_long(prompt):
    for _ in range(5):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:
            time.sleep(min(told(e.response.headers), 60))  # clean: a minute is long enough
    return None


def chosen_long(prompt):
    for _ in range(5):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:
            wait = told(e.response.headers)
            time.sleep(wait if wait < 120 else 120)  # clean: two minutes are long enough
    return None


def doubled(prompt):
    for _ in range(5):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:
            time.sleep(told(e.response.headers) * 2)  # clean: longer than it must
    return None


def client_errors():
    for attempt in range(5):
        response = httpx.post(URL, json={})
        if response.is_client_error:  # expect: HED202, HED203, HED301
            time.sleep(2**attempt)
            continue
        return response
    return None


def all_errors():
    for attempt in range(5):
        response = httpx.post(URL, json={})
        if response.is_error:  # expect: HED202, HED203, HED301
            time.sleep(2**attempt)
            continue
        return response
    return None


def server_errors():
    for attempt in range(5):
        response = httpx.post(URL, json={})
        if response.is_server_error:  # clean: those of the servers
            time.sleep(2**attempt)
            continue
        return response
    return None


def suppressed(prompt):
    for _ in range(5):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:
            wait = 20.0
            with contextlib.suppress(KeyError):
                wait = float(e.response.headers["Retry-After"])  # expect: HED304
            time.sleep(wait)
    return None


def booked(prompt):
    for _ in range(5):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.RateLimitError as e:
            with book.lines_of(ValueError):
                wait = float(e.response.headers["Retry-After"])  # expect: HED304
            time.sleep(wait)
    return None


def heeded():
    retry = Retry(
        total=3,
        status_forcelist=[429, 503],
        allowed_methods=None,
        backoff_factor=0.5,
        respect_retry_after_header=True,  # clean: as it is by default
    )
    session = requests.Session()
    session.mount("https://", HTTPAdapter(max_retries=retry))
    return session.post(URL, timeout=9)


# The program's own classes, one of the other


class Retriable(Exception):
    pass


class Denied(Retriable):
    pass


@tenacity.retry(
    retry=tenacity.retry_if_exception_type(Retriable),  # expect: HED202
    wait=tenacity.wait_fixed(1),
    stop=tenacity.stop_after_attempt(3),
)
def translated(prompt):
    try:
        return client.responses.create(model="pyai-cue", input=prompt)
    except openai.AuthenticationError as e:
        raise Denied from e


def by_another_name(prompt):
    for attempt in range(3):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.APIStatusError as e:
            if getattr(e, "http_code", 503) < 500:
                raise
            time.sleep(2**attempt)
    return None
