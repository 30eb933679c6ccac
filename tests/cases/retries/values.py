"""Retries that keep the error as a value, swallow it, or test the answer on the way out."""

import contextlib
import time

import openai
import requests

client = openai.OpenAI(base_url="https://api.pyai.com/v1")
OTHER = "https://api.example.com/v1/answers"
MESSAGES = [{"role": "user", "content": "hello"}]


def swallowed():
    for _ in range(3):  # expect: HED202, HED203, HED301
        with contextlib.suppress(openai.APIError):
            return client.chat.completions.create(model="pyai-cue", messages=MESSAGES)


def kept():
    for _ in range(3):
        try:
            answer = client.chat.completions.create(model="pyai-cue", messages=MESSAGES)
        except openai.APIError as e:  # expect: HED202, HED203, HED301
            answer = e
        if not isinstance(answer, Exception):
            return answer
        time.sleep(1)


def none_until_it_works():
    for attempt in range(3):
        answer = None
        try:
            answer = client.chat.completions.create(model="pyai-cue", messages=MESSAGES)
        except Exception as e:  # expect: HED202, HED203, HED301
            print(e)
        if answer is not None:
            return answer
        time.sleep(2**attempt)


def by_the_way_out(payload):
    for _ in range(3):
        response = requests.post(OTHER, json=payload)
        if response.status_code == 200:  # expect: HED202, HED301
            return response.json()
        time.sleep(1)


def ask_once(prompt):
    for attempt in range(3):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except Exception as e:  # expect: HED202, HED203, HED301
            print(e)
            time.sleep(2**attempt)


def ask_until_it_is_json(prompt):
    for _ in range(3):
        answer = ask_once(prompt)
        if answer:
            return answer
    return None
