"""Cases of HED104: a test pins the wording of an API's error."""

import json
import re
import sqlite3
import unittest
from unittest import mock

import anthropic
import httpx
import openai
import pyai
import pytest
import requests
from openai import RateLimitError

import assistant
from assistant import BudgetGuardError

voice = pyai.PyAI(api_key="pyai_test_key")
cue = openai.OpenAI(base_url="https://api.pyai.com/v1")
claude = anthropic.Anthropic()

LIMITED = re.compile("rate limit", re.I)


# pytest


def test_limited():
    with pytest.raises(openai.RateLimitError, match="Rate limit reached"):  # expect: HED104
        cue.responses.create(model="pyai-cue", input="hello")


def test_limited_pattern():
    with pytest.raises(RateLimitError, match=LIMITED):  # expect: HED104
        assistant.ask("hello")


def test_no_credit():
    with pytest.raises(pyai.PyAIError, match=r"out of (prepaid )?credit") as caught:  # expect: HED104
        voice.audio.speech(text="hello")
    assert caught.value.code == "credit_exhausted"  # clean: the code


def test_no_scope():
    with pytest.raises(openai.PermissionDeniedError) as caught:  # clean: no text is asked for
        assistant.ask("hello")
    assert "lacks the scope" in str(caught.value)  # expect: HED104
    assert caught.value.status_code == 403  # clean: the status


def test_bad_key():
    with pytest.raises(openai.AuthenticationError) as caught:
        cue.models.list()
    assert caught.value.message == "Invalid API key."  # expect: HED104
    assert caught.value.body["code"] == "unauthorized"  # clean: the code


def test_capped():
    with pytest.raises(pyai.PyAIError) as info:
        voice.audio.speech(text="hello")
    error = info.value
    message = error.message.lower()
    assert message.startswith("daily cap"), message  # expect: HED104
    assert error.status == 429, error.message  # clean: the text is only shown


def test_overloaded():
    with pytest.raises(anthropic.APIStatusError) as caught:
        claude.messages.create(model="m", max_tokens=9, messages=[])
    assert re.search("overloaded", str(caught.value), re.I)  # expect: HED104
    assert caught.value.type == "overloaded_error"  # clean: the type


def test_matched_afterwards():
    with pytest.raises(openai.BadRequestError) as caught:
        assistant.ask("")
    caught.match("agent_id is malformed")  # expect: HED104


def test_caught_by_hand():
    try:
        voice.audio.speech(text="hello")
    except pyai.PyAIError as e:
        assert "monthly budget" in e.message  # expect: HED104
        assert e.code in {"key_budget_exceeded", "credit_exhausted"}  # clean: the code
    else:
        pytest.fail("nothing was raised")


@pytest.mark.parametrize("status", [402, 403])
def test_every_status(status, server):
    server.answers(status)
    with pytest.raises(openai.APIStatusError, match="(?i)credit|scope"):  # expect: HED104
        assistant.ask("hello")


async def test_response_text():
    async with httpx.AsyncClient() as client:
        response = await client.get("https://api.pyai.com/v1/models")
    with pytest.raises(httpx.HTTPStatusError) as caught:
        response.raise_for_status()
    assert "Invalid API key" in caught.value.response.text  # expect: HED104
    assert caught.value.response.status_code == 401  # clean: the status


def test_raises_as_a_call():
    pytest.raises(openai.ConflictError, cue.files.create, file=b"")  # clean: no text is asked for
    pytest.raises(openai.ConflictError, cue.files.create, file=b"").match("used before")  # expect: HED104


# unittest


class SpeakTest(unittest.TestCase):
    def test_limited(self):
        with self.assertRaisesRegex(pyai.PyAIError, "rate limit"):  # expect: HED104
            voice.audio.speech(text="hello")

    def test_limited_as_a_call(self):
        self.assertRaisesRegex(pyai.PyAIError, "rate limit", voice.audio.speech, "hello")  # expect: HED104
        self.assertRaises(pyai.PyAIError, voice.audio.speech, "hello")  # clean: no text is asked for

    def test_unpaid(self):
        with self.assertRaises(openai.APIStatusError) as caught:
            assistant.ask("hello")
        self.assertIn("upgrade your plan", str(caught.exception))  # expect: HED104
        self.assertEqual(caught.exception.code, "insufficient_quota")  # clean: the code

    def test_revoked(self):
        with self.assertRaises(openai.AuthenticationError) as caught:
            assistant.ask("hello")
        self.assertEqual(caught.exception.message, "This key has been revoked.")  # expect: HED104
        self.assertEqual(caught.exception.status_code, 401)  # clean: the status

    def test_denied(self):
        with self.assertRaises(pyai.PyAIError) as caught:
            voice.audio.speech(text="hello")
        self.assertTrue("scope" in caught.exception.message)  # expect: HED104
        self.assertRegex(str(caught.exception), r"missing \w+ scope")  # expect: HED104
        self.assertTrue(caught.exception.message)  # clean: asks whether there is a text


# Own errors, other libraries' errors, and no text at all


def test_guard():
    with pytest.raises(BudgetGuardError, match="team's budget"):  # clean: the program's own text
        assistant.ask("hello", budget=0)


def test_guard_text():
    with pytest.raises(BudgetGuardError) as caught:
        assistant.ask("hello", budget=0)
    assert "team's budget" in str(caught.value)  # clean: the program's own text


def test_empty_prompt():
    with pytest.raises(ValueError, match="prompt is empty"):  # clean: the program's own text
        assistant.ask("")


def test_no_connection():
    with pytest.raises(httpx.ConnectError, match="All connection attempts failed"):  # clean: transport
        httpx.get("https://localhost:1")


def test_no_answer():
    with pytest.raises(requests.Timeout) as caught:
        requests.get("https://localhost:1", timeout=0.1)
    assert "timed out" in str(caught.value)  # clean: the transport's text


def test_no_table(connection):
    with pytest.raises(sqlite3.OperationalError, match="no such table"):  # clean: SQLite's text
        connection.execute("select * from answers")


def test_no_json():
    with pytest.raises(json.JSONDecodeError, match="Expecting value"):  # clean: json's text
        assistant.parse("")


def test_answers(capsys):
    answer = cue.responses.create(model="pyai-cue", input="What is a rate limit?")
    assert "rate limit" in answer.output_text.lower()  # clean: what the model wrote
    assistant.main(["hello"])
    assert "rate limit" in capsys.readouterr().err  # clean: what the program printed


def test_apology():
    with mock.patch.object(cue.responses, "create", side_effect=assistant.Limited("rate limit")):
        assert assistant.ask("hello") == "Sorry, the rate limit is reached."  # clean: the program's text


class GuardTest(unittest.TestCase):
    def test_guard(self):
        with self.assertRaisesRegex(BudgetGuardError, "budget"):  # clean: the program's own text
            assistant.ask("hello", budget=0)

    def test_arguments(self):
        with self.assertRaisesRegex(TypeError, "unexpected keyword"):  # clean: the interpreter's text
            voice.audio.speech(words="hello")


# Outside a test function


def skip_if_limited(error: openai.APIStatusError):
    if "rate limit" in str(error):  # expect: HED101
        pytest.skip("limited")


def live_client():
    try:
        cue.models.list()
    except openai.AuthenticationError as e:
        return None if "revoked" in e.message else cue  # expect: HED101
    return cue


def test_another_expectation():
    caught = assistant.expected(openai.RateLimitError)
    assert "rate limit" in str(caught.value)  # clean: whatever that gives
