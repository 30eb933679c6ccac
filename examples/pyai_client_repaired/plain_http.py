"""The PyAI API without an SDK."""

from __future__ import annotations

import os
import time

import httpx
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

BASE_URL = os.environ.get("PYAI_BASE_URL", "https://api.pyai.com/v1")
ATTEMPTS = 4


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
            time.sleep(2**attempt)
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
        time.sleep(int(response.headers["Retry-After"]))
    response.raise_for_status()
    return [voice["name"] for voice in response.json()["data"]]
