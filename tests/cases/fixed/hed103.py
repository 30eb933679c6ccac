"""Cases of HED103: a code or a status is looked for in the text of an API's error."""

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

BILLING_CODES = ("credit_exhausted", "key_budget_exceeded")
UNAUTHORIZED = re.compile(r"\b401\b")
SERVER_ERRORS = ["500", "502", "503"]


class Busy(Exception):
    pass


class UpgradeNeeded(Exception):
    pass


class LedgerError(Exception):
    pass


# Codes


def answer(prompt):
    try:
        return client.chat.completions.create(model="pyai-cue", messages=prompt)
    except openai.APIStatusError as e:
        if e.code == "insufficient_quota":  # expect: HED103
            raise UpgradeNeeded from e
        if e.code == "insufficient_quota":  # clean: the code is a field
            raise UpgradeNeeded from e
        logger.error("insufficient_quota or the like: %s", e)  # clean: the text is logged
        raise


def speak(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        if e.code != "rate_limit_exceeded":  # expect: HED103
            raise
        return None


def speak_any(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        text = str(e).lower()
        if e.code in {"credit_exhausted", "key_budget_exceeded"}:  # expect: HED103
            raise UpgradeNeeded from e
        if any(code == e.code for code in BILLING_CODES):  # clean: compared with the code
            raise UpgradeNeeded from e
        raise


def speak_regex(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        if e.code == "daily_cap_exceeded":  # expect: HED103
            return None
        raise


def speak_fragment(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        return "later" if e.code == "rate_limit_exceeded" else "never"  # expect: HED103


def answer_body(prompt):
    try:
        return client.responses.create(model="pyai-cue", input=prompt)
    except openai.APIStatusError as e:
        if e.body.get("code") == "forbidden":  # expect: HED103
            raise PermissionError from e
        if "forbidden" == e.body["code"]:  # clean: the code of the error object
            raise PermissionError from e
        if "rate_limit" in str(e.code):  # clean: the code as text is the code
            raise Busy from e
        raise


# Statuses


def answer_status(prompt):
    try:
        return client.chat.completions.create(model="pyai-cue", messages=prompt)
    except openai.APIStatusError as e:
        if e.status_code == 429:  # expect: HED103
            raise Busy from e
        if e.status_code == 429:  # clean: the status is a field
            raise Busy from e
        if str(e.status_code).startswith("5"):  # clean: the status as text is the status
            return None
        raise


def speak_status(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        if e.status == 402:  # expect: HED103
            raise UpgradeNeeded from e
        if e.status in (401, 403):  # clean: the status is a field
            raise PermissionError from e
        raise


def fetch(url):
    try:
        response = httpx.get(url)
        response.raise_for_status()
    except httpx.HTTPStatusError as e:
        if e.response.status_code == 404:  # expect: HED103
            return None
        if "404" in str(e.response.status_code):  # clean: the status as text is the status
            return None
        raise
    return response.text


def fetch_session(url):
    session = requests.Session()
    try:
        response = session.get(url, timeout=10)
        response.raise_for_status()
        return response.json()
    except requests.HTTPError as e:
        if e.response.status_code == 401:  # expect: HED103
            raise PermissionError(url) from e
        raise


def fetch_bare(url):
    try:
        return requests.get(url, timeout=10)
    except requests.RequestException as e:
        if "503" in str(e):  # clean: nothing raises for a status here
            return None
        raise


def answer_broad(prompt):
    try:
        return client.responses.create(model="pyai-cue", input=prompt)
    except Exception as e:
        if getattr(e, "status_code", None) in {500, 502, 503}:  # expect: HED103
            return None
        raise


def job(job_id):
    response = httpx.get(f"https://api.pyai.com/v1/transcription/jobs/{job_id}")
    if not response.is_success:
        if "credit_exhausted" in response.text:  # expect: HED103
            raise UpgradeNeeded(job_id)
        if response.json()["error"]["code"] == "credit_exhausted":  # clean: the stable code
            raise UpgradeNeeded(job_id)
    return response.json()


def build_number():
    page = requests.get("https://status.example.com/build", timeout=10)
    return "500" in page.text  # clean: the text of a page, no error status is tested


# What only an API's error says


def should_retry(exc: Exception) -> bool:
    return "rate_limit_exceeded" in str(exc) and not isinstance(exc, ValueError)  # expect: HED103


def is_quota(exc):
    return "key_budget_exceeded" in f"{exc}"  # expect: HED103


def _is_rate_limited(error_msg):
    return "429" in error_msg  # expect: HED103


def summarise(prompt):
    try:
        return client.responses.create(model="pyai-cue", input=prompt)
    except Exception as e:
        if _is_rate_limited(str(e)):
            raise Busy from e
        if isinstance(e, openai.APIStatusError) and e.code == "unauthorized":  # expect: HED103
            raise PermissionError from e
        assert getattr(e, "code", None) != "origin_not_allowed", "add the origin"  # expect: HED103
        raise


def wait_while_capped(prompt):
    try:
        return client.responses.create(model="pyai-cue", input=prompt)
    except openai.RateLimitError as e:
        waited = 0
        while e.code == "concurrency_limit_exceeded" and waited < 60:  # expect: HED103
            time.sleep(1)
            waited += 1
        raise Busy from e


# What is no API's text


def save(connection, row):
    try:
        connection.execute("insert into answers values (?)", row)
    except sqlite3.IntegrityError as e:
        if "column 500" in str(e):  # clean: SQLite's text
            return None
        raise


def load(path):
    try:
        return json.loads(path.read_text())
    except json.JSONDecodeError as e:
        return None if "char 404" in str(e) else path  # clean: json's text


def bind(server):
    try:
        server.start()
    except OSError as e:
        if "429" in str(e):  # clean: the operating system's text
            raise SystemExit(1) from e
        raise


def plugin(name):
    try:
        return __import__(name)
    except ImportError as e:
        if "rate_limit" in str(e):  # clean: the import system's text
            return None
        raise


def parameter(options):
    try:
        return options["insufficient_quota"]
    except KeyError as e:
        return "insufficient_quota" in str(e)  # clean: the key that is missing


def book(amount):
    try:
        return voice.audio.speech(text=str(amount))
    except pyai.PyAIError as e:
        raise LedgerError(f"insufficient_quota or worse: {e}") from e  # clean: raised again


def post(amount):
    try:
        return book(amount)
    except LedgerError as e:
        if "insufficient_quota" in str(e):  # clean: the program's own error says it
            return None
        raise


def test_summarise_is_limited():
    try:
        summarise("hello")
    except openai.RateLimitError as e:
        assert "429" in str(e)  # clean: a test's assertion is HED104's
