"""The PyAI API without an SDK."""

from __future__ import annotations

import email.utils
import os
import time

import httpx
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

BASE_URL = os.environ.get("PYAI_BASE_URL", "https://api.pyai.com/v1")
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


def authorization() -> dict[str, str]:
    """The header that carries the key of the environment."""
    return {"Authorization": f"Bearer {os.environ['PYAI_API_KEY']}"}


def connect() -> requests.Session:
    """A session that tries again by itself."""
    retry = Retry(
        total=3,
        status_forcelist=[429, 503],
        allowed_methods=None,
        backoff_factor=0.5,
        raise_on_status=False,
    )
    session = requests.Session()
    session.mount("https://", HTTPAdapter(max_retries=retry))
    session.mount("http://", HTTPAdapter(max_retries=retry))
    return session


def speak(text: str, base_url: str = BASE_URL) -> bytes:
    """The text as MP3."""
    with connect() as session:
        response = session.post(
            f"{base_url}/audio/speech",
            headers=authorization(),
            json={"model": "pyai-speak", "input": text, "response_format": "mp3"},
            timeout=60,
        )
    response.raise_for_status()
    return response.content


def job_status(job_id: str, base_url: str = BASE_URL) -> str:
    """How far a transcription job is."""
    for attempt in range(1, ATTEMPTS + 1):
        response = httpx.get(f"{base_url}/transcription/jobs/{job_id}", headers=authorization())
        if response.status_code == 429 and attempt < ATTEMPTS:
            time.sleep(retry_after_seconds(response.headers, 2**attempt))
            continue
        response.raise_for_status()
        return response.json()["status"]
    raise AssertionError("unreachable")


def voices(base_url: str = BASE_URL) -> list[str]:
    """The names of the voices."""
    while True:
        response = httpx.get(f"{base_url}/voices", headers=authorization())
        if response.status_code != 429:
            break
        time.sleep(retry_after_seconds(response.headers, 1.0))
    response.raise_for_status()
    return [voice["name"] for voice in response.json()["data"]]
