"""Agents and transcription jobs without an SDK; the console's errors are problem documents."""

from __future__ import annotations

import os
import re
import time

import httpx
import pyai

BASE_URL = os.environ.get("PYAI_BASE_URL", "https://api.pyai.com/v1")
ADVICE = {
    "credit_exhausted": "add credit",
    "key_budget_exceeded": "raise the key's budget",
    "insufficient_quota": "upgrade the plan",
}


class Refused(Exception):
    """The API refused; the text is its code."""


def authorization() -> dict[str, str]:
    """The header that carries the key of the environment."""
    return {"Authorization": f"Bearer {os.environ['PYAI_API_KEY']}"}


def create_agent(name: str, base_url: str = BASE_URL) -> bool:
    """Whether the agent is new; false where this request was made before."""
    headers = {**authorization(), "Idempotency-Key": f"agent-{name}"}
    response = httpx.post(f"{base_url}/agents", headers=headers, json={"name": name})
    if response.status_code == 409:
        problem = response.json()
        if problem.get("type", "").rsplit("/", 1)[-1] == "idempotency_conflict":
            return False
    response.raise_for_status()
    return True


def start_job(audio_url: str, base_url: str = BASE_URL) -> str:
    """The id of a new transcription job."""
    response = httpx.post(
        f"{base_url}/transcription/jobs", headers=authorization(), json={"audio_url": audio_url}
    )
    if response.status_code == 402:
        raise Refused(response.json()["error"]["code"])
    response.raise_for_status()
    return response.json()["id"]


def advice(error: pyai.PyAIError) -> str:
    """What the user should do about an error."""
    return ADVICE.get(error.code, "ask for help")


def is_unpaid(error: pyai.PyAIError) -> bool:
    """Whether somebody has to add credit."""
    return error.status == 403 and error.code == "credit_exhausted"


def wait(error: pyai.PyAIError) -> None:
    """Sleeps as long as the error asks for."""
    found = re.search(r"retry after (\d+)", str(error), re.IGNORECASE)
    time.sleep(int(found[1]) if found else 1)
