"""Cases of HED101: the wording of an API's error decides."""

import json
import logging
import re
import sqlite3
import time

import httpx
import openai
import pyai
import requests
from openai import OpenAI

logger = logging.getLogger(__name__)
client = OpenAI(base_url="https://api.pyai.com/v1")
voice = pyai.PyAI(api_key="pyai_test_key")

CREDIT_WORDS = ("out of prepaid credit", "monthly budget")
KEY_REVOKED = re.compile(r"api key (is invalid|has been revoked)", re.I)


class Busy(Exception):
    pass


class OutOfCredit(Exception):
    pass


class QuotaGuardError(Exception):
    pass


# `in` and its like


def speak(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        if e.code == "rate_limit_exceeded":  # expect: HED101
            raise Busy from e
        logger.warning("speech failed: %s", e)  # clean: the text is logged
        raise


def speak_or_none(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        if e.code != "credit_exhausted":  # expect: HED101
            raise
        return None


def speak_unless_revoked(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        if e.code == "unauthorized":  # expect: HED101
            raise SystemExit("set PYAI_API_KEY") from e
        if e.message:  # clean: asks whether there is a text, not what it says
            print(e.message)
        raise RuntimeError(f"speech failed: {e}") from e  # clean: raised again with the text


def answer(prompt):
    try:
        return client.chat.completions.create(model="pyai-cue", messages=prompt)
    except openai.RateLimitError as err:
        if err.code == "rate_limit_exceeded":  # expect: HED101
            return None
        if err.code == "daily_cap_exceeded":  # clean: the stable code
            raise Busy from err
        if err.status_code == 429:  # clean: the status is a field
            return None
        raise


def answer_with_regex(prompt):
    try:
        return client.chat.completions.create(model="pyai-cue", messages=prompt)
    except openai.APIStatusError as e:
        if re.search(r"out of (prepaid )?credit", str(e), re.IGNORECASE):  # expect: HED101
            raise OutOfCredit from e
        if KEY_REVOKED.search(e.message):  # expect: HED101
            raise SystemExit(2) from e
        if re.fullmatch(r"rate_limit_\w+", e.code or ""):  # clean: the pattern is matched to the code
            return None
        raise


def answer_any_phrase(prompt):
    try:
        return client.responses.create(model="pyai-cue", input=prompt)
    except openai.APIStatusError as e:
        text = f"{type(e).__name__}: {e}".lower()
        if e.code in {"credit_exhausted", "key_budget_exceeded"}:  # expect: HED101
            raise OutOfCredit from e
        raise


def answer_body(prompt):
    try:
        return client.responses.create(model="pyai-cue", input=prompt)
    except openai.APIStatusError as e:
        if "message" in e.body:  # clean: asks whether the key is there
            logger.info(e.body["message"])
        if e.body.get("code") == "concurrency_limit_exceeded":  # expect: HED101
            time.sleep(30)
        if e.body.get("code") == "credit_exhausted":  # clean: the code of the error object
            raise OutOfCredit from e
        raise


def answer_args(prompt):
    try:
        return client.responses.create(model="pyai-cue", input=prompt)
    except openai.APIError as e:
        reason = e.args[0]
        return "busy" if "too many requests" in reason.lower() else None  # expect: HED101


def answer_getattr(prompt):
    try:
        return client.responses.create(model="pyai-cue", input=prompt)
    except openai.APIError as e:
        detail = getattr(e, "message", "") or ""
        if getattr(e, "code", None) == "daily_cap_exceeded":  # expect: HED101
            return None
        raise


# Responses


def fetch_job(job_id):
    response = httpx.get(f"https://api.pyai.com/v1/transcription/jobs/{job_id}")
    if response.status_code >= 400:
        if response.json()["error"].get("code") == "origin_not_allowed":  # expect: HED101
            raise PermissionError(job_id)
        error = response.json()["error"]
        if error["code"] == "forbidden":  # clean: the stable code
            raise PermissionError(job_id)
        if error.get("message", "").endswith("scope audio."):  # expect: HED101
            raise PermissionError(job_id)
    return response.json()


def page_is_ready(url):
    page = requests.get(url, timeout=10)
    return "Welcome" in page.text  # clean: the text of a page, no error status is tested


def create_agent(payload):
    try:
        response = requests.post("https://api.pyai.com/v1/agents", json=payload, timeout=10)
        response.raise_for_status()
        return response.json()
    except requests.HTTPError as e:
        if "already taken" in e.response.text:  # expect: HED101
            return None
        raise


def probe(url):
    try:
        return requests.get(url, timeout=5).text
    except requests.RequestException as e:
        if "payment required" in str(e).lower():  # clean: nothing raises for a status here
            return None
        raise


# A broad except, isinstance and what only an API's error says


def broad(prompt):
    try:
        return client.responses.create(model="pyai-cue", input=prompt)
    except Exception as e:
        if getattr(e, "code", None) == "insufficient_quota":  # expect: HED101
            raise OutOfCredit from e
        if (
            isinstance(e, openai.RateLimitError)
            and e.code == "concurrency_limit_exceeded"
        ):  # expect: HED101
            raise Busy from e
        if isinstance(e, OSError) and "quota exceeded" in str(e):  # clean: the file system's text
            raise
        if type(e).__name__ == "RateLimitError":  # clean: the name of the class, not the text
            raise Busy from e
        if "Event loop is closed" in str(e):  # clean: asyncio says this, no API does
            return None
        raise


def is_transient(exc: Exception) -> bool:
    text = str(exc).lower()
    return "rate limit" in text  # expect: HED101


def is_missing_table(exc: Exception) -> bool:
    return "no such table" in str(exc)  # clean: nothing that an API says


def _is_billing(error_text):
    return "add credit" in error_text.lower()  # expect: HED101


def translate(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        if _is_billing(str(e)):
            raise OutOfCredit from e
        raise


def words_found(prompt):
    try:
        return client.responses.create(model="pyai-cue", input=prompt)
    except openai.APIStatusError as e:
        return [words for words in CREDIT_WORDS if words in e.message]  # expect: HED101


def by_case(prompt):
    try:
        return client.responses.create(model="pyai-cue", input=prompt)
    except openai.APIStatusError as e:
        match e.status_code:  # clean: the status is a field
            case 429 if e.code == "daily_cap_exceeded":  # expect: HED101
                return None
            case _:
                raise


class Session:
    last_error = ""

    def send(self, prompt):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.APIStatusError as e:
            self.last_error = str(e)  # clean: kept, not tested
            return None

    def needs_credit(self):
        return "credit" in self.last_error  # expect: HED101


def from_body(prompt):
    try:
        return client.responses.create(model="pyai-cue", input=prompt)
    except openai.APIStatusError as e:
        error = e.response.json().get("error", {})
        if error.get("code") == "credit_exhausted":  # expect: HED101
            raise OutOfCredit from e
        if error.get("type") == "billing_error":  # clean: the type is no text
            raise OutOfCredit from e
        raise


def scope_missing(prompt):
    try:
        return client.responses.create(model="pyai-cue", input=prompt)
    except openai.PermissionDeniedError as e:
        if not re.match("This key lacks", e.message):  # expect: HED101
            raise
        return None


def by_wording(prompt):
    try:
        return client.responses.create(model="pyai-cue", input=prompt)
    except openai.RateLimitError as e:
        limited = e.code == "rate_limit_exceeded"  # expect: HED101
        if limited:
            return None
        raise


def until_free(prompt):
    try:
        return client.responses.create(model="pyai-cue", input=prompt)
    except openai.RateLimitError as e:
        waited = 0
        while e.code == "concurrency_limit_exceeded" and waited < 60:  # expect: HED101
            time.sleep(1)
            waited += 1
        raise Busy from e


def check_key(prompt):
    try:
        client.responses.create(model="pyai-cue", input=prompt)
    except openai.AuthenticationError as e:
        assert "revoked" not in e.message, "the key was revoked"  # expect: HED101
        raise


# What is no API's text


def load(path, connection):
    try:
        connection.execute("select 1 from answers")
    except sqlite3.OperationalError as e:
        if "no such table" in str(e):  # clean: SQLite's text
            connection.execute("create table answers (id)")
    try:
        return json.loads(path.read_text())
    except json.JSONDecodeError as e:
        if "Extra data" in e.msg:  # clean: json's text
            return None
        raise
    except OSError as e:
        if "quota exceeded" in str(e).lower():  # clean: the file system's text
            raise SystemExit(1) from e
        raise


def optional_import():
    try:
        import tiktoken
    except ImportError as e:
        if "tiktoken" in str(e):  # clean: the import system's text
            return None
        raise
    return tiktoken


def lookup(table, key):
    try:
        return table[key]
    except KeyError as e:
        return None if "model" in str(e) else key  # clean: the key that is missing


def guarded(prompt, budget):
    if budget <= 0:
        raise QuotaGuardError("local spending guard tripped")
    return client.responses.create(model="pyai-cue", input=prompt)


def run_guarded(prompt, budget):
    try:
        return guarded(prompt, budget)
    except Exception as e:
        if "local spending guard" in str(e):  # clean: the text that this file itself raises
            return None
        raise


def test_answer_says_why():
    try:
        answer("hello")
    except openai.RateLimitError as e:
        assert "rate limit" in str(e).lower()  # clean: a test's assertion is HED104's
