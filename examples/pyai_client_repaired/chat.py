"""Chat through the OpenAI SDK, which PyAI documents as a drop-in."""

from __future__ import annotations

import email.utils
import os
import time

import openai
import tenacity

BASE_URL = os.environ.get("PYAI_BASE_URL", "https://api.pyai.com/v1")
MODEL = "pyai-cue"
ATTEMPTS = 4


def retry_after_seconds(headers: object, default: float, longest: float = 86400.0) -> float:
    """The seconds to wait that `Retry-After` asks for; `default` where it does not.

    `headers` is any mapping of a response's headers, or None. The header is a number
    of seconds or an HTTP-date (RFC 9110, section 10.2.3); it is heeded up to `longest`.
    """
    items = list(getattr(headers, "items", dict)())
    told = {str(name).lower(): str(value) for name, value in items}
    text = told.get("retry-after", "").strip()
    try:
        if text.strip("+-.0123456789"):
            date = email.utils.parsedate_tz(text)
            if date is None:
                return default
            seconds = email.utils.mktime_tz((*date[:9], date[9] or 0)) - time.time()
        else:
            seconds = float(text)
    except (IndexError, OverflowError, TypeError, ValueError):
        return default
    return min(max(seconds, 0.0), longest)


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
    retry=tenacity.retry_if_exception_type(openai.RateLimitError),
    wait=lambda state: retry_after_seconds(
        state.outcome.exception().response.headers,
        tenacity.wait_exponential(multiplier=1, max=30)(state),
    ),
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
            last_error = e
            if getattr(e, "status_code", None) in {400, 401, 402, 403, 409}:
                break
            time.sleep(
                retry_after_seconds(
                    getattr(getattr(e, "response", None), "headers", None), 2**attempt
                )
                if attempt < ATTEMPTS - 1
                else 2**attempt
            )
    raise RuntimeError(f"no translation after {ATTEMPTS} attempts") from last_error
