"""Chat through the OpenAI SDK, which PyAI documents as a drop-in."""

from __future__ import annotations

import os
import time

import openai
import tenacity

BASE_URL = os.environ.get("PYAI_BASE_URL", "https://api.pyai.com/v1")
MODEL = "pyai-cue"
ATTEMPTS = 4


class UpgradeNeeded(Exception):
    """The plan is used up; somebody has to upgrade it."""


def connect(base_url: str = BASE_URL) -> openai.OpenAI:
    """A client with the key of the environment; the functions below do the retrying."""
    return openai.OpenAI(api_key=os.environ["PYAI_API_KEY"], base_url=base_url, max_retries=0)


def complete(client: openai.OpenAI, prompt: str) -> str:
    """One answer, one call."""
    completion = client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": prompt}],
    )
    return completion.choices[0].message.content or ""


def answer(prompt: str, base_url: str = BASE_URL) -> str:
    """The answer to a prompt; `UpgradeNeeded` when the plan's quota is used up."""
    client = connect(base_url)
    try:
        return complete(client, prompt)
    except openai.APIStatusError as e:
        if e.code == "insufficient_quota":
            raise UpgradeNeeded("upgrade the plan") from e
        raise


@tenacity.retry(
    retry=tenacity.retry_if_exception_type(openai.RateLimitError)
    & tenacity.retry_if_exception(lambda e: e.code != "daily_cap_exceeded"),
    wait=tenacity.wait_exponential(multiplier=1, max=30),
    stop=tenacity.stop_after_attempt(ATTEMPTS),
    reraise=True,
)
def summarise(text: str, base_url: str = BASE_URL) -> str:
    """The text in one paragraph."""
    client = connect(base_url)
    completion = client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": f"Summarise in one paragraph: {text}"}],
    )
    return completion.choices[0].message.content or ""


def translate(text: str, language: str, base_url: str = BASE_URL) -> str:
    """The text in another language."""
    client = connect(base_url)
    last_error = None
    for attempt in range(ATTEMPTS):
        try:
            return complete(client, f"Translate into {language}: {text}")
        except openai.APIError as e:
            if getattr(e, "code", None) == "daily_cap_exceeded":
                raise
            if getattr(e, "status_code", None) in {400, 401, 402, 403, 409}:
                raise
            last_error = e
            time.sleep(2**attempt)
    raise RuntimeError(f"no translation after {ATTEMPTS} attempts") from last_error
