"""A retry around a client that retries by itself: the finding says so, and the server sees it."""

from __future__ import annotations

from typing import Any

import openai
import pyai
import pytest
from api_server import PyAIServer

from heedlint import Settings, check_source

ROUNDS = 2
LOOP = """\
import os
import time

import openai
import pyai

TRIES = 4
OPTIONS = {{"max_retries": 1}}
client = {client}


def run():
    for attempt in range(2):
        try:
            return {call}
        except {error}:
            time.sleep(1)
"""
CHAT = 'client.chat.completions.create(model="m", messages=[])'
SPEECH = 'client.audio.speech(input="hello")'
VOICES = "client.voices.list()"
PYAI = 'pyai.PyAI(api_key="pyai_test_key", max_retries=3)'
MULTIPLIED = "; the client itself makes {} tries of each, so the tries multiply"


def messages(client: str, call: str = CHAT, error: str = "openai.RateLimitError") -> list[str]:
    """What is said of the wait of a loop around a client."""
    source = LOOP.format(client=client, call=call, error=error)
    findings = check_source(source.encode(), "case.py", Settings())
    return [finding.message for finding in findings if finding.code == "HED301"]


@pytest.mark.parametrize(
    ("client", "tries"),
    [
        ("openai.OpenAI()", 3),
        ("openai.AsyncOpenAI()", 3),
        ("openai.AzureOpenAI(azure_endpoint='https://example.com')", 3),
        ("openai.OpenAI(max_retries=1, timeout=20)", 2),
        ("openai.OpenAI(max_retries=TRIES)", 5),
        ("openai.OpenAI().with_options(max_retries=5)", 6),
        ("openai.OpenAI(max_retries=0).with_options(max_retries=1)", 2),
        ("openai.OpenAI(max_retries=3).with_options(timeout=5)", 4),
        ("openai.OpenAI(max_retries=3).copy(max_retries=1)", 2),
    ],
)
def test_the_message_says_how_often_the_client_tries(client: str, tries: int) -> None:
    (message,) = messages(client)
    assert message.endswith(MULTIPLIED.format(tries))


def test_the_message_says_how_often_the_client_of_the_module_tries() -> None:
    (message,) = messages("None", f"openai.{CHAT.removeprefix('client.')}")
    assert message.endswith(MULTIPLIED.format(3))


def test_the_message_says_how_often_pyai_tries_a_get() -> None:
    (message,) = messages(PYAI, VOICES, "pyai.PyAIError")
    assert message.endswith(MULTIPLIED.format(4))


@pytest.mark.parametrize(
    "client",
    [
        "openai.OpenAI(max_retries=0)",
        "openai.OpenAI().with_options(max_retries=0)",
        'openai.OpenAI(max_retries=int(os.environ["TRIES"]))',
        "openai.OpenAI(**OPTIONS)",
    ],
)
def test_the_message_says_nothing_of_a_client_that_may_not_try(client: str) -> None:
    (message,) = messages(client)
    assert "multiply" not in message


def test_the_message_says_nothing_of_a_post_of_pyai() -> None:
    (message,) = messages(PYAI, SPEECH, "pyai.PyAIError")
    assert "multiply" not in message


@pytest.mark.parametrize(
    "source",
    [
        "import openai\n\nclient = openai.OpenAI(max_retries=10)\n",
        f"import openai\n\nclient = openai.OpenAI(max_retries=10)\n{CHAT}\n",
        f"import openai\n\nclient = openai.OpenAI().with_options(max_retries=9)\n{CHAT}\n",
    ],
)
def test_what_the_client_does_by_itself_is_no_finding(source: str) -> None:
    assert check_source(source.encode(), "case.py", Settings()) == []


# What happens


def run_rounds(client: Any, call: Any, errors: type[Exception]) -> None:
    """What the loop above does, with a client of the test's."""
    for _ in range(ROUNDS):
        try:
            return call(client)
        except errors:
            pass
    return None


def chat(client: Any) -> object:
    return client.chat.completions.create(model="m", messages=[])


def speech(client: Any) -> object:
    return client.audio.speech(input="hello")


def voices(client: Any) -> object:
    return client.voices.list()


@pytest.mark.parametrize("max_retries", [0, 1, 2])
def test_the_tries_of_openai_multiply(
    max_retries: int, pyai_server: PyAIServer, sleeps: list[float]
) -> None:
    client = openai.OpenAI(base_url=pyai_server.base_url, api_key="k", max_retries=max_retries)
    pyai_server.fail("rate_limit_exceeded", times=20)
    run_rounds(client, chat, openai.RateLimitError)
    assert len(pyai_server.calls) == ROUNDS * (1 + max_retries)


def test_openai_does_not_try_again_without_credit(
    pyai_server: PyAIServer, sleeps: list[float]
) -> None:
    client = openai.OpenAI(base_url=pyai_server.base_url, api_key="k")
    pyai_server.fail("credit_exhausted", times=20)
    run_rounds(client, chat, openai.APIStatusError)
    assert len(pyai_server.calls) == ROUNDS


@pytest.mark.parametrize(("call", "tries"), [(speech, 1), (voices, 4)])
def test_the_tries_of_pyai_multiply_for_a_get(
    call: Any, tries: int, pyai_server: PyAIServer, sleeps: list[float]
) -> None:
    client = pyai.PyAI(api_key="pyai_test_key", base_url=pyai_server.base_url, max_retries=3)
    pyai_server.fail("rate_limit_exceeded", times=20)
    run_rounds(client, call, pyai.PyAIError)
    assert len(pyai_server.calls) == ROUNDS * tries
