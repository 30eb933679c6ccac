"""Texts that are no API error's, and texts of API errors that decide nothing."""

import asyncio
import json
import logging
import sqlite3
import traceback
import urllib.error

import aiohttp
import httpx
import litellm
import openai
import pyai
import requests
from weaviate.exceptions import UnexpectedStatusCodeError

logger = logging.getLogger(__name__)
client = openai.OpenAI(base_url="https://api.pyai.com/v1")
voice = pyai.PyAI(api_key="pyai_test_key")


class BudgetGuardError(Exception):
    pass


# The text is said, cut, kept or raised again.


def speak(text, sink):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        message = str(e)[:200]
        logger.error("%s", message.replace("rate limit", "RATE LIMIT"))  # clean: logged
        print(f"speech failed: {e.message}")  # clean: printed
        sink.append({"error": message, "trace": traceback.format_exc()})  # clean: kept
        raise RuntimeError(message) from e  # clean: raised again


def answer(prompt):
    try:
        return client.responses.create(model="pyai-cue", input=prompt)
    except openai.APIStatusError as e:
        if not e.message:  # clean: is there a text at all
            raise
        detail = e.message or "no detail"  # clean: a default for a missing text
        return {"error": detail, "code": e.code, "text": str(e) if e.body else None}


def answer_fields(prompt):
    try:
        return client.responses.create(model="pyai-cue", input=prompt)
    except openai.APIStatusError as e:
        if e.code in {"credit_exhausted", "key_budget_exceeded"}:  # clean: the code
            raise SystemExit("add credit") from e
        if str(e.code).startswith("rate_limit"):  # clean: the code as text
            return None
        if e.type == "billing_error":  # clean: the type
            return None
        if "429" in str(e.status_code):  # clean: the status as text
            return None
        if "retry-after" in e.response.headers:  # clean: the headers
            return None
        if isinstance(e.body, dict) and "message" in e.body:  # clean: the key exists
            logger.info(e.body["message"])
        if e.body and e.body.get("message"):  # clean: is there a text
            logger.info(e.body["message"])
        raise


# The handler cannot see an API's error.


def call_outside(prompt, path):
    response = client.responses.create(model="pyai-cue", input=prompt)
    try:
        path.write_text(response.output_text)
    except OSError as e:
        if "quota exceeded" in str(e).lower():  # clean: the disk's quota
            return None
        raise
    return response


def transport_only(url):
    try:
        return httpx.get(url).json()
    except httpx.ConnectError as e:
        if "429" in str(e):  # clean: nothing has been answered
            return None
        raise


def transport_only_requests(url):
    try:
        return requests.get(url, timeout=5)
    except requests.ConnectionError as e:
        return None if "Max retries exceeded" in str(e) else url  # clean: urllib3's text


def sdk_transport(prompt):
    try:
        return client.responses.create(model="pyai-cue", input=prompt)
    except openai.APIConnectionError as e:
        if "certificate" in str(e):  # clean: no answer, so no API's text
            raise SystemExit("the proxy's certificate is not trusted") from e
        raise


def interpreter_text(prompt):
    try:
        return asyncio.run(client.responses.create(model="pyai-cue", input=prompt))
    except RuntimeError as e:
        if "event loop is already running" in str(e):  # clean: asyncio's text
            return None
        raise


def broad_foreign(prompt, model):
    try:
        model.warm_up()
        return client.responses.create(model="pyai-cue", input=prompt)
    except Exception as e:
        if "CUDA out of memory" in str(e):  # clean: torch's text
            return None
        if "Event loop is closed" in str(e):  # clean: asyncio's text
            return None
        if "has no attribute" in str(e):  # clean: the interpreter's text
            return None
        if isinstance(e, (OSError, ValueError)) and "quota" in str(e):  # clean: not the API's classes
            return None
        raise


# Other programs' errors, whatever they say.


def stored(connection):
    try:
        connection.execute("select 1 from answers")
    except sqlite3.OperationalError as e:
        if "locked" in str(e):  # clean: SQLite's text
            return None
        raise


def parsed(text):
    try:
        return json.loads(text)
    except json.JSONDecodeError as e:
        if "rate limit" in str(e):  # clean: json's text
            return None
        raise


def imported():
    try:
        import openai_extras
    except ImportError as e:
        if "rate_limit" in str(e):  # clean: the import system's text
            return None
        raise
    return openai_extras


def keyed(limits):
    try:
        return limits["rate limit"]
    except KeyError as e:
        return "rate limit" in str(e)  # clean: the key that is missing


# The program's own errors.


def spend(amount, budget):
    if amount > budget:
        raise BudgetGuardError("monthly budget of the team reached")
    return client.responses.create(model="pyai-cue", input=str(amount))


def spend_politely(amount, budget):
    try:
        return spend(amount, budget)
    except BudgetGuardError as e:
        if "monthly budget" in str(e):  # clean: this file raises it
            return None
        raise


def spend_broadly(amount, budget):
    try:
        return spend(amount, budget)
    except Exception as e:
        if "budget of the team" in str(e):  # clean: this file raises it
            return None
        raise


# Answers that are no errors.


def moderated(prompt):
    answer = client.chat.completions.create(model="pyai-cue", messages=prompt)
    text = answer.choices[0].message.content
    if "rate limit" in text.lower():  # clean: what the model wrote
        return None
    return text


def about_limits(prompt):
    if "429" in prompt or "rate limit" in prompt:  # clean: what the user wrote
        return "docs/limits.md"
    return client.responses.create(model="pyai-cue", input=prompt)


def log_line_is_limited(line):
    return "rate limit" in line.lower()  # clean: a line of a log


def poll(job_id):
    job = httpx.get(f"https://api.pyai.com/v1/transcription/jobs/{job_id}").json()
    if job["status"] == "failed":  # clean: a field of the job
        return None
    if "error" in job:  # clean: the key exists
        return None
    return job


def robots(url):
    page = requests.get(url, timeout=5)
    if page.status_code == 200 and "Disallow" in page.text:  # clean: the page of a success
        return None
    return page.text


# Tests.


class TestAnswer:
    def check(self):
        try:
            answer("hello")
        except openai.RateLimitError as e:
            assert "rate limit" in str(e)  # clean: HED104's


def test_speak():
    try:
        speak("hello", [])
    except pyai.PyAIError as e:
        assert "rate_limit_exceeded" in str(e)  # clean: HED104's


def is_refused(err):
    # What a transport's base class says, the transport says.
    return isinstance(err, urllib.error.URLError) and (
        "EOFError" in err.reason or "ConnectionRefusedError" in err.reason
    )


async def status_asked(job_id):
    async with aiohttp.ClientSession(raise_for_status=False) as session:
        try:
            response = await session.get(f"https://api.pyai.com/v1/jobs/{job_id}")
            return response.status
        except Exception as e:
            # Without raise_for_status the transport alone raises.
            return None if "no such job" in str(e) else 0


def classify(exc: Exception) -> str:
    text = str(exc).lower()
    if "modulenotfounderror" in text or "no module named" in text:
        return "install it"
    if "workspace_dir" in text or "api.env" in text:
        return "set it"
    return "unknown"


# How a text is put together.


def described(request_id, advice):
    try:
        return client.chat.completions.create(model="m", messages=[])
    except openai.APIStatusError as e:
        message = str(e)
        told = message
        if advice not in message.lower():  # clean: only another wording follows
            if "More about this" in message:
                told += "\n" + advice
            else:
                told += "\n\n" + advice
        if request_id not in told:  # clean: so here
            if "see also" in told:
                told = told[:10] + request_id + told[10:]
            else:
                told += request_id
        if "\n" in message:  # clean: the shape of the text
            notify(told)
        if message.startswith("{"):  # clean: so is this
            notify(told)
        raise ValueError(told) from e


# What only words hang on.


def logged(prompt):
    try:
        return client.chat.completions.create(model="m", messages=prompt)
    except openai.APIStatusError as e:
        if "rate limit" in str(e):  # clean: only the log differs
            logger.warning("busy")
        else:
            logger.error("failed: %s", e)
        if "billing" in e.message:  # clean: a note for people
            e.add_note("see the billing page")
        if e.message.lstrip().startswith("<!DOCTYPE html>"):  # clean: the shape of the text
            notify(e)
        raise


def taken_above(collection):
    try:
        return collection.config.get()
    except UnexpectedStatusCodeError as e:
        raise LookupError from e
    except Exception as e:
        if "404" in str(e):  # clean: what the client raises for an answer is taken above
            return None
        raise


def hints(message):
    text = str(message).lower()
    found = []
    if "429" in text:
        found.append("wait")
    if "workspace_dir" in text or "workspace directory" in text:  # clean: a setting
        found.append("set it up")
    return found


def said_before(prompt):
    try:
        return client.chat.completions.create(model="m", messages=prompt)
    except openai.APIStatusError as e:
        text = str(e).lower()
        if "api key" in text:  # noqa: HED101
            return None
        if "invalid api key" in text:  # clean: it never holds
            return 0
        raise


def of_the_client(prompt):
    try:
        return litellm.completion(model="m", messages=prompt)
    except litellm.exceptions.APIError as e:
        if "does not support parameters" in str(e):  # clean: litellm says so before it asks
            return None
        raise
