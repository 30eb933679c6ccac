"""What is known where a text is tested: by annotation, isinstance, assertions and conditions."""

import functools
from typing import Optional

import helpers
import httpx
import openai

BASE = "https://api.pyai.com/v1"


def both(exc, attempts):
    if isinstance(exc, openai.APIStatusError) and attempts:
        return "prepaid credit" in exc.message  # expect: HED101
    return False


def neither(exc, done):
    if not isinstance(exc, openai.APIStatusError) or done:
        return None
    return "prepaid credit" in exc.message  # expect: HED101


def one_of_two(exc, done):
    if isinstance(exc, openai.APIStatusError) or done:
        return "prepaid" in str(exc)  # clean: it may be another error
    return None


def asserted(exc):
    assert isinstance(exc, openai.RateLimitError)
    return "daily cap" in str(exc)  # expect: HED101


def declared(failures):
    error: openai.APIStatusError = failures.pop()
    return "prepaid credit" in str(error)  # expect: HED101


def list_models(client: Optional[openai.OpenAI]):
    try:
        return client.models.list()
    except Exception as e:
        if "scope" in str(e):  # expect: HED101
            return []
        raise


def by_a_helper(client: openai.OpenAI, prompt):
    try:
        return client.responses.create(model="pyai-cue", input=prompt)
    except openai.APIStatusError as e:
        if "prepaid credit" in helpers.error_text(e, 200):  # expect: HED101
            return None
        if helpers.error_code(e, 200) == "credit_exhausted":  # clean: the code
            return None
        if helpers.reason_of_error(e) == "duplicate":  # clean: a reason, by its name
            return None
        raise


class Judge:
    def __init__(self):
        self.errors = []

    @functools.lru_cache
    def _is_unpaid(self, text):
        return "prepaid credit" in text  # expect: HED101

    def ask(self, client: openai.OpenAI, prompt):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.APIStatusError as e:
            self.errors.append(e.message)
            return self._is_unpaid(str(e))

    def was_limited(self):
        return any("daily cap" in text for text in self.errors)  # expect: HED101


def collected(client: openai.OpenAI, prompts):
    errors, about = [], {}
    for prompt in prompts:
        try:
            client.responses.create(model="pyai-cue", input=prompt)
        except openai.APIStatusError as e:
            errors.insert(0, str(e))
            about["why"] = str(e)
            about["what"] = prompt
    if "credit" in about["what"]:  # clean: the prompt
        return None
    if "credit" in about["why"]:  # expect: HED101
        return None
    return any("daily cap" in text for text in errors)  # expect: HED101


# Conditions on the status


def job(job_id):
    response = httpx.get(f"{BASE}/jobs/{job_id}")
    if not response.is_success or response.status_code >= 400:
        return "no such" in response.text  # expect: HED101
    return response.json()


def job_expected(job_id, expected):
    response = httpx.get(f"{BASE}/jobs/{job_id}")
    if response.status_code == expected:
        return "no such" in response.text  # clean: what is expected is not known
    return response.json()


def job_failed(job_id):
    response = httpx.get(f"{BASE}/jobs/{job_id}")
    if response.is_server_error:
        return "maintenance" in response.text  # expect: HED101
    if 200 <= response.status_code < 300:
        return "maintenance" in response.text  # clean: the answer to a success
    return None


# Helpers by another name, of a base class, in another arm


def _text(error):
    return f"{type(error).__name__}: {error}"


text_of = _text


class Base:
    def _said(self, error):
        return str(error).lower()


class Child(Base):
    def ask(self, client: openai.OpenAI, prompt):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.APIStatusError as e:
            if "prepaid credit" in self._said(e):  # expect: HED101
                return None
            if "daily cap" in text_of(e):  # expect: HED101
                return None
            raise


def in_another_arm(client: openai.OpenAI, prompt, loud):
    try:
        return client.responses.create(model="pyai-cue", input=prompt)
    except openai.APIStatusError as e:
        if loud:
            text = str(e)
            print(text)
        else:
            text = prompt
            if "credit" in text:  # clean: the prompt
                return None
        return "credit" in text  # expect: HED101


class Failure:
    label = "prepaid credit"

    def __init__(self, why):
        self.why = why


def labelled(client: openai.OpenAI, prompt):
    try:
        return client.responses.create(model="pyai-cue", input=prompt)
    except openai.APIStatusError as e:
        failure = Failure(str(e))
        if "credit" in failure.label:  # clean: what the program calls it
            return None
        return "credit" in failure.why  # expect: HED101
