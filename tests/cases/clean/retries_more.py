"""What looks like a retry of everything, and tells the errors apart after all."""

import functools
import sys
import time

import openai
import requests
import tenacity
from openai import APIStatusError

client = openai.OpenAI(base_url="https://api.pyai.com/v1")
SERVER = set(range(500, 600))
MESSAGES = [{"role": "user", "content": "hello"}]


def ask():
    return client.chat.completions.create(model="pyai-cue", messages=MESSAGES)


def one_of(e, statuses):
    return getattr(e, "status_code", None) in statuses


@tenacity.retry(
    retry=tenacity.retry_if_exception(functools.partial(one_of, statuses=(500, 503))),
    stop=tenacity.stop_after_attempt(3),
)
def ask_by_partial():
    return ask()


def ask_by_hundreds():
    for _ in range(3):
        try:
            return ask()
        except APIStatusError as e:
            if e.status_code // 100 == 4:
                raise
            time.sleep(1)


def ask_by_digit():
    for _ in range(3):
        try:
            return ask()
        except APIStatusError as e:
            if str(e.status_code).startswith("4"):
                raise
            time.sleep(1)


def ask_by_range():
    for _ in range(3):
        try:
            return ask()
        except APIStatusError as e:
            if e.status_code not in SERVER:
                raise
            time.sleep(1)


def ask_by_list_from_elsewhere(retryable):
    for _ in range(3):
        try:
            return ask()
        except APIStatusError as e:
            if e.status_code not in retryable:
                raise
            time.sleep(1)


def ask_or_exit():
    for _ in range(3):
        try:
            return ask()
        except APIStatusError as e:
            print(e)
            sys.exit(1)


def ask_with_a_new_key():
    for _ in range(3):
        try:
            return ask_directly()
        except openai.AuthenticationError:
            renew()


def ask_directly():
    return client.chat.completions.create(model="pyai-cue", messages=MESSAGES)


def renew():
    client.api_key = input()


def poll(run):
    while True:
        time.sleep(1)
        try:
            run = client.beta.threads.runs.retrieve(run.id, thread_id=run.thread_id)
        except Exception as e:
            print(e)
        if run.status not in ("queued", "in_progress"):
            break
    return run


def poll_each_turn(run):
    for _ in range(10):
        run = poll(run)
        if run.status == "completed":
            return run
    return None


def fetch(url):
    response = requests.post(url, json={})
    if response.status_code != 200:
        raise Exception(f"failed with {response.status_code}")
    return response.json()


def transport_errors_only():
    return tenacity.retry(
        retry=tenacity.retry_if_exception_type((requests.RequestException, requests.Timeout)),
        wait=tenacity.wait_fixed(1),
        stop=tenacity.stop_after_attempt(3),
    )


def fetch_with_retry(url):
    policy = transport_errors_only()

    @policy
    def again():
        return fetch(url)

    return again()


@tenacity.retry(
    retry=tenacity.retry_if_exception_type(requests.RequestException),
    wait=tenacity.wait_fixed(1),
    stop=tenacity.stop_after_attempt(3),
)
def fetch_by(transport, url):
    return transport.fetch(url)


def wait_for_the_server(url):
    for _ in range(60):
        try:
            if requests.get(url, timeout=2).status_code == 200:
                return True
        except requests.RequestException:
            pass
        time.sleep(1)
    return False


def upload_each(url, files):
    for file in files:
        form = {}
        form.update(content=file)
        try:
            response = requests.post(url, data=form)
            response.raise_for_status()
        except requests.HTTPError as e:
            print(e)


def ask_as_the_server_says(url):
    while True:
        response = requests.post(url, json={})
        if response.headers.get("x-should-retry") == "true":
            time.sleep(1)
            continue
        return response


def work(queue):
    while True:
        job = queue.get()
        try:
            client.responses.create(model="pyai-cue", input=job)
        except openai.APIError as e:
            print(e)
