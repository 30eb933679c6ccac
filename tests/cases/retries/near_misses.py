"""What only looks like asking whether a server is up, like an end, or like another request."""

import os
import random
import sys
import time

import httpx
import litellm
import openai
import pytest
import requests
import tenacity

client = openai.OpenAI(max_retries=0)
MESSAGES = [{"role": "user", "content": "hello"}]


# What looks like asking whether a server is up


def wait_for_the_upload(url, content):
    for _ in range(5):
        try:
            response = requests.post(url, data=content)
            response.raise_for_status()
            return response
        except requests.HTTPError:  # expect: HED202, HED301
            time.sleep(1)
    return None


def status_of_a_job(base, job):
    for _ in range(5):
        try:
            response = requests.get(f"{base}/jobs/{job}/status")
            response.raise_for_status()
            return response.json()
        except requests.HTTPError:  # expect: HED202, HED301
            time.sleep(1)
    return None


def ask_by_default(prompt, url="https://api.example.com/v1", proxy="http://localhost:3128"):
    for _ in range(5):
        try:
            response = requests.post(url, json={"prompt": prompt}, proxies={"https": proxy})
            response.raise_for_status()
            return response.json()
        except requests.HTTPError:  # expect: HED202, HED301
            time.sleep(1)
    return None


def parse(content, url=os.getenv("PARSER_URL", "http://localhost:9998/parse")):
    for _ in range(5):
        try:
            response = requests.put(url, data=content)
            response.raise_for_status()
            return response.json()
        except requests.HTTPError:  # expect: HED202, HED301
            time.sleep(1)
    return None


def post_to(url):
    for _ in range(5):
        try:
            response = requests.post(url)
            response.raise_for_status()
            return response
        except requests.HTTPError:  # expect: HED202, HED301
            time.sleep(1)
    return None


def post_here_and_there():
    post_to("http://localhost:8000/events")
    post_to("https://api.example.com/events")


def wait_until_ready(url):
    while True:  # it asks for a page after the other, and each may fail
        try:
            answer = requests.get(url)
            answer.raise_for_status()
            return answer.json()
        except requests.HTTPError:
            raise


# Calls that look as if they never came back


def fail(strictly):
    print("it failed")
    if strictly:
        raise RuntimeError


def ask_and_fail(strictly):
    for _ in range(3):
        try:
            return client.chat.completions.create(model="m", messages=MESSAGES)
        except openai.APIError:  # expect: HED202
            fail(strictly)
    return None


def ask_and_log_exit():
    for attempt in range(3):
        try:
            return client.chat.completions.create(model="m", messages=MESSAGES)
        except openai.APIError:  # expect: HED202, HED203, HED301
            if attempt == 2:
                sys.exit(1)
    return None


# Policies that name what they try again


@tenacity.retry(
    stop=tenacity.stop_after_attempt(3),
    retry=tenacity.retry_if_exception_type(openai.APIError),  # expect: HED202
    wait=tenacity.wait_random(1, 3),  # expect: HED301
)
def ask_elsewhere(agent):
    return agent.run()


# Requests that stay the same


def ask_with_counts(params):
    failures = []
    for attempt in range(3):
        params["stream"] = False
        try:
            return client.chat.completions.create(**params)
        except openai.AuthenticationError as e:  # expect: HED201
            failures.append(e)
            time.sleep(attempt)
    return None


def ask_with_or_without_a_key(params):
    for attempt in range(3):
        try:
            return client.chat.completions.create(**params)
        except Exception as e:  # expect: HED202, HED203, HED301
            if isinstance(e, openai.AuthenticationError) and "api_key" not in params:
                params["api_key"] = "x"
            time.sleep(attempt)
    return None


def fetch_after_a_refresh(session, url):
    for _ in range(3):
        response = requests.post(url, headers=session.headers())
        if response.status_code == 200:
            return response
        if response.status_code in (400, 401, 503):  # expect: HED201
            session.refresh_token()
            time.sleep(1)
            continue
        return None
    return None


def fetch_with_jitter(url):
    for _ in range(3):
        try:
            return httpx.post(url).raise_for_status()
        except httpx.HTTPStatusError:  # expect: HED202, HED301
            time.sleep(random.choice([1, 2, 3]))
    return None


def check_now_and_then(url):
    last = time.time()
    while True:  # expect: HED204
        if time.time() - last > 15:
            print("still there")
            last = time.time()
        try:
            return requests.post(url).raise_for_status()
        except requests.HTTPError:  # expect: HED202, HED301
            print("again")


def ask_with_the_same_key_if_alone(keys, prompt):
    own = openai.OpenAI(api_key=random.choice(keys), max_retries=0)
    for _ in range(5):
        try:
            return own.responses.create(model="m", input=prompt)
        except openai.RateLimitError:  # expect: HED203, HED301
            if len(keys) > 1:
                own = openai.OpenAI(api_key=random.choice(keys), max_retries=0)
            time.sleep(2)
    return None


def request_with_options(method, url, **options):
    for _ in range(3):
        try:
            response = requests.request(method, url, timeout=options.pop("timeout", 5), **options)
            response.raise_for_status()
            return response
        except requests.RequestException:  # expect: HED202, HED301
            print("again")
    return None


@pytest.mark.slow
def test_asks_again():
    for _ in range(3):
        try:
            client.chat.completions.create(model="m", messages=MESSAGES)
            break
        except openai.APIError:  # expect: HED202, HED203, HED301
            time.sleep(1)
    else:
        pytest.fail("it never came")


class Asked(dict):
    def ask(self, prompt):
        for _ in range(3):
            try:
                return client.responses.create(model="m", input=self.words(prompt))
            except openai.AuthenticationError:  # expect: HED201
                self.update(failed=True)
                time.sleep(1)
        return None


def look_up(url):
    try:
        answer = requests.post(url)
        answer.raise_for_status()
        return answer.json()
    except requests.HTTPError:  # expect: HED202, HED301
        return None


def look_up_twice(url):
    for _ in range(3):
        found = look_up(url)
        if found is None:
            continue
        return requests.get(found["next"])
    return None


# What a round asks for before it calls


def ask_until_there_is_an_answer(prompt):
    answer = None
    for _ in range(3):
        if answer is not None:
            break
        try:
            answer = client.responses.create(model="m", input=prompt)
        except openai.APIError:  # expect: HED202, HED203, HED301
            time.sleep(1)
    return answer


def fetch_and_count(url):
    failures = 0

    def count(state):
        nonlocal failures
        failures += 1

    @tenacity.retry(stop=tenacity.stop_after_attempt(3), after=count)  # expect: HED202, HED301
    def fetch():
        answer = httpx.post(url)
        answer.raise_for_status()
        return answer

    return fetch(), failures


# Now and then: how long it waits is another matter


class Kernel:
    def listen(self, tries=3):
        while not self.finished:
            try:
                if time.time() - self.output > 15 and time.time() - self.asked > 15:
                    self.asked = time.time()
                    litellm.completion(model="m", messages=self.messages)
                if self.channel.get_msg(timeout=0.05) == "idle":
                    return
            except Exception as e:  # expect: HED202
                tries -= 1
                if tries < 0:
                    raise
                print(e)
                continue
