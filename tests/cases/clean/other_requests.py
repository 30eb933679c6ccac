"""The next try asks for something else, or there is none."""

import os
import random
import sys
import time
import unittest
from typing import NoReturn

import httpx
import litellm
import openai
import pytest
import requests
import tenacity
import zhipuai

client = openai.OpenAI(base_url="https://api.openai.com/v1", max_retries=0)
MESSAGES = [{"role": "user", "content": "hello"}]


# Calls that never come back


def get_or_fail(url):
    while True:
        body = signed(url)
        if b"next" not in body:
            return body


def signed(url):
    try:
        answer = httpx.post(url)
        answer.raise_for_status()
        return answer.content
    except httpx.HTTPStatusError as e:
        pytest.fail(f"answered {e}")


def ask_or_skip():
    for _ in range(3):
        try:
            return client.chat.completions.create(model="m", messages=MESSAGES)
        except openai.APIError:
            pytest.skip("not today")


def ask_or_die():
    while True:
        try:
            return client.chat.completions.create(model="m", messages=MESSAGES)
        except openai.APIError as e:
            die(e)


def die(error) -> NoReturn:
    print(error)
    os.kill(os.getpid(), 9)


def ask_or_give_up():
    while True:
        try:
            return client.chat.completions.create(model="m", messages=MESSAGES)
        except openai.APIError as e:
            give_up(e)


def give_up(error):
    if isinstance(error, openai.RateLimitError):
        print("too fast")
        raise SystemExit(2)
    else:
        sys.exit(1)


class Answers(unittest.TestCase):
    def test_it(self):
        for _ in range(3):
            try:
                client.chat.completions.create(model="m", messages=MESSAGES)
                break
            except openai.APIError as e:
                self.fail(f"answered {e}")


def ask_one_day():
    if True:
        return None
    while True:
        try:
            return client.chat.completions.create(model="m", messages=MESSAGES)
        except openai.APIError:
            time.sleep(1)


# No call of an API is known


class Embedder:
    @tenacity.retry(
        stop=tenacity.stop_after_delay(128),
        wait=tenacity.wait_exponential_jitter(8, 128),
        retry=tenacity.retry_if_not_exception_type((ValueError, litellm.exceptions.NotFoundError)),
    )
    def embed(self, text):
        try:
            return [vector.tolist() for vector in self.model.embed(text)]
        except Exception as e:
            raise RuntimeError("no vectors") from e


# A changed request


def ask_with_a_dummy_key(params):
    for _ in range(3):
        try:
            return client.chat.completions.create(**params)
        except openai.AuthenticationError:
            params["api_key"] = "x"


def ask_with_less(messages):
    for _ in range(3):
        try:
            return client.chat.completions.create(model="m", messages=messages)
        except openai.BadRequestError:
            messages.pop(0)


def ask_another_model(model):
    for _ in range(3):
        request = {"model": model, "messages": MESSAGES}
        try:
            return client.chat.completions.create(**request)
        except openai.APIError:
            model = "another"


def ask_with_other_headers(session, url):
    for _ in range(3):
        response = requests.post(url, headers=session.headers)
        if response.status_code == 401:
            session.headers.update(another=True)
            continue
        return response
    return None


class Fallbacks:
    def ask(self):
        while True:
            try:
                return client.responses.create(input=self.inputs, model="m")
            except openai.BadRequestError:
                self.inputs.pop()


def ask_any_worker(workers, payload):
    while workers:
        place = random.choice(range(len(workers)))
        address = workers[place]
        try:
            answer = requests.post(f"{address}/generate", json=payload)
            answer.raise_for_status()
            return answer.json()
        except requests.RequestException:
            time.sleep(1)
    return None


def ask_the_next_worker(workers, payload):
    while workers:
        address = workers[0]
        try:
            answer = requests.post(f"{address}/generate", json=payload)
            answer.raise_for_status()
            return answer.json()
        except requests.RequestException:
            workers.remove(address)
    return None


class Tool:
    async def call(self, args):
        response = await self.http.request("POST", json=args)
        rejected = False
        if response.status_code == 401:
            rejected = "invalid_token" in response.headers.get("www-authenticate", "")
        try:
            response.raise_for_status()
            return response.json()
        except httpx.HTTPStatusError:
            if rejected and await self.refresh():
                return await self.call(args)
            return {"error": response.text}

    def __init__(self):
        self.http = httpx.AsyncClient()


def ask_with_a_renewed_token(session, url):
    for _ in range(2):
        response = requests.post(url, headers=session.headers())
        if response.status_code == 401:
            session.refresh_token()
            continue
        return response
    return None


# Statuses of which nothing is promised


def fetch_guarded(url):
    for attempt in range(3):
        response = requests.get(url)
        if response.status_code not in {406, 416, 500, 503}:
            break
        time.sleep(2**attempt)
    return response


# Each round has work of its own


def answer_often(payload, n):
    for place in range(n):
        settings = look_up("https://example.com/settings", payload)
        content = look_up("https://example.com/answer", settings)
        if content is None:
            return
        yield place, content


class Telemetry:
    def drain(self, queue):
        client = httpx.Client(base_url="https://example.com")
        while True:
            item = queue.get()
            if item is None:
                return
            try:
                client.post(item.route, json=item.payload)
            except httpx.HTTPError as e:
                print(e)


def ask_the_user(prompt):
    for _ in range(100):
        text = prompt()
        if text == "done":
            break
        print(look_up("https://example.com/words", text))


def look_up(url, text):
    try:
        answer = requests.post(url, data=text)
        answer.raise_for_status()
        return answer.json()
    except requests.RequestException as e:
        print(e)
    return None


# The errors of a client of the same shape are of its own classes.


@tenacity.retry(  # clean: none is
    retry=tenacity.retry_if_exception_type(openai.RateLimitError),
    stop=tenacity.stop_after_attempt(3),
    wait=tenacity.wait_fixed(2),
)
def ask_another(prompt):
    client = zhipuai.ZhipuAI()
    return client.chat.completions.create(model="glm", messages=prompt)
