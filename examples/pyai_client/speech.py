"""Text to speech and back, through pyai-sdk."""

from __future__ import annotations

import os
import time

import pyai

API_URL = os.environ.get("PYAI_API_URL", "https://api.pyai.com")
RETRYABLE_CODES = {"rate_limit_exceeded", "concurrency_limit_exceeded", "credit_exhausted"}
ATTEMPTS = 4


class Busy(Exception):
    """The API has no room for us at the moment; the caller may queue the text."""


def connect(api_url: str = API_URL) -> pyai.PyAI:
    """A client with the key of the environment."""
    return pyai.PyAI(api_key=os.environ["PYAI_API_KEY"], base_url=api_url)


def speak(text: str, api_url: str = API_URL) -> bytes:
    """The text as MP3; `Busy` when the caller should come back later."""
    client = connect(api_url)
    try:
        return client.audio.speech(input=text, response_format="mp3")
    except pyai.PyAIError as e:
        if "rate limit" in str(e).lower():
            raise Busy("try again later") from e
        raise


def transcribe(audio: bytes, api_url: str = API_URL) -> str:
    """The words of a recording."""
    client = connect(api_url)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return client.audio.transcriptions.create(audio)["text"]
        except pyai.PyAIError as e:
            if e.code not in RETRYABLE_CODES or attempt == ATTEMPTS:
                raise
            time.sleep(2**attempt)
    raise AssertionError("unreachable")
