"""Cases of HED404: a field is read where the body does not have it."""

import json
import logging

import aiohttp
import anthropic
import httpx
import openai
import pyai
import requests
import urllib3

logger = logging.getLogger(__name__)
voice = pyai.PyAI(api_key="pyai_test_key")
cue = openai.OpenAI(base_url="https://api.pyai.com/v1")
gpt = openai.OpenAI()
claude = anthropic.Anthropic()
data_plane = httpx.Client(base_url="https://api.pyai.com/v1")
http = urllib3.PoolManager()

JOBS = "https://api.pyai.com/v1/transcription/jobs"
PROBLEM_JSON = "application/problem+json"


class Failed(Exception):
    pass


class OutOfCredit(Exception):
    pass


class Conflict(Exception):
    pass


# The top of a body whose fields stand under "error"


def job(job_id):
    response = httpx.get(f"{JOBS}/{job_id}")
    if response.status_code >= 400:
        if response.json()["code"] == "credit_exhausted":  # expect: HED404
            raise OutOfCredit(job_id)
        if response.json()["error"]["code"] == "credit_exhausted":  # clean: where it is
            raise OutOfCredit(job_id)
        if response.json()["status"] == 404:  # clean: a problem document has it
            return None
    return response.json()


def start_job(payload):
    response = requests.post(JOBS, json=payload, timeout=10)
    if not response.ok:
        body = response.json()
        logger.error("%s", body.get("message", "no message"))  # expect: HED404
        logger.error("%s %s", body.get("title"), body.get("detail"))  # clean: a problem document's
        code = body.get("code")  # expect: HED404
        raise Failed(code, body.get("request_id"))  # clean: a problem document has it
    return response.json()


def cancel_job(job_id):
    try:
        response = data_plane.delete(f"/transcription/jobs/{job_id}")
        response.raise_for_status()
    except httpx.HTTPStatusError as e:
        body = e.response.json()
        if body["type"].endswith("/idempotency_conflict"):  # clean: a problem document has it
            raise Conflict(job_id) from e
        raise Failed(body["message"]) from e  # expect: HED404
    return job_id


async def voices(session: aiohttp.ClientSession):
    async with session.get("https://api.pyai.com/v1/voices") as response:
        if not response.ok:
            body = await response.json()
            return {"failed": True, "code": body["code"], "voices": []}  # expect: HED404
        body = await response.json()
        return {"failed": False, "code": body.get("code"), "voices": body["voices"]}  # clean: a success


def amend_job(job_id, payload):
    response = http.request("PATCH", f"{JOBS}/{job_id}", json=payload)
    if response.status == 403:
        match response.json().get("code"):  # expect: HED404
            case "origin_not_allowed":
                raise PermissionError("allow the origin")
            case _:
                raise PermissionError("add the scope")
    return response.json()


def delete_job(job_id):
    try:
        response = requests.delete(f"{JOBS}/{job_id}", timeout=10)
        response.raise_for_status()
    except requests.HTTPError as e:
        reason = f"cannot delete: {e.response.json()['message']}"  # expect: HED404
        raise Failed(reason) from e
    return job_id


def chat(messages):
    response = requests.post(
        "https://api.openai.com/v1/chat/completions", json={"messages": messages}, timeout=60
    )
    if response.status_code == 429:
        body = json.loads(response.text)
        if body["code"] == "insufficient_quota":  # expect: HED404
            raise OutOfCredit("chat")
        if body["error"]["type"] == "insufficient_quota":  # clean: where it is
            raise OutOfCredit("chat")
    if not response.ok:
        raise Failed(response.json()["error"].get("message"))  # clean: where it is
    return response.json()


async def converse(client: httpx.AsyncClient, messages):
    response = await client.post(
        "https://api.anthropic.com/v1/messages", json={"messages": messages}
    )
    if response.is_error:
        body = response.json()
        if body["type"] == "error":  # clean: the envelope says so
            logger.error("request %s", body["request_id"])  # clean: beside the error
        logger.error("%s: %s", body["error"]["type"], body["error"]["message"])  # clean: where they are
        raise Failed(body["message"])  # expect: HED404
    return response.json()


# What the SDKs keep as the body


def answer(prompt):
    try:
        return cue.responses.create(model="pyai-cue", input=prompt)
    except openai.APIStatusError as e:
        if e.body["error"]["code"] == "credit_exhausted":  # expect: HED404
            raise OutOfCredit from e
        if e.body["code"] == "credit_exhausted":  # clean: the body is the error object
            raise OutOfCredit from e
        if e.response.json()["error"]["code"] == "insufficient_quota":  # clean: the whole envelope
            raise OutOfCredit from e
        raise


def answer_kindly(prompt):
    try:
        return cue.chat.completions.create(model="pyai-cue", messages=prompt)
    except openai.APIStatusError as e:
        error = e.body.get("error", {})  # expect: HED404
        raise Failed(error.get("message", "unknown")) from e


def answer_from_response(prompt):
    try:
        return cue.responses.create(model="pyai-cue", input=prompt)
    except openai.BadRequestError as e:
        code = e.response.json()["code"]  # expect: HED404
        raise Failed(code, e.body.get("param")) from e  # clean: the body is the error object


def ask(prompt):
    try:
        return gpt.responses.create(model="gpt-5", input=prompt)
    except openai.RateLimitError as e:
        if isinstance(e.body, dict):
            raise Failed(e.body["error"]["type"]) from e  # expect: HED404
        raise
    except openai.APIStatusError as e:
        error = e.body.get("error", e.body)  # clean: either shape will do
        raise Failed(error["code"]) from e


def ask_either(prompt):
    try:
        return gpt.chat.completions.create(model="gpt-5", messages=prompt)
    except openai.APIStatusError as e:
        body = e.body
        if "error" in body:  # clean: asks which shape it is
            body = body["error"]  # clean: and goes by it
        raise Failed(body.get("code")) from e


def tell(messages):
    try:
        return claude.messages.create(model="claude-sonnet-5", max_tokens=9, messages=messages)
    except anthropic.APIStatusError as e:
        logger.error("Claude: %s", e.body["message"])  # expect: HED404
        logger.error("Claude: %s", e.body["error"]["message"])  # clean: the body is the envelope
        if e.body["error"]["type"] == "overloaded_error":  # clean: the body is the envelope
            return None
        raise


def tell_code(messages):
    try:
        return claude.messages.create(model="claude-sonnet-5", max_tokens=9, messages=messages)
    except anthropic.RateLimitError as e:
        if e.body["code"] == "enforced_spend_limit_reached":  # expect: HED404
            raise OutOfCredit from e
        raise


# A problem document has no envelope


def create_agent(url, payload):
    response = requests.post(url, json=payload, timeout=10)
    if response.headers.get("Content-Type", "").startswith("application/problem+json"):
        problem = response.json()
        if problem["error"]["code"] == "idempotency_conflict":  # expect: HED404
            raise Conflict(url)
        if problem["type"].rsplit("/", 1)[-1] == "idempotency_conflict":  # clean: where it is
            raise Conflict(url)
        raise Failed(problem["title"], problem["status"])  # clean: where they are
    return response.json()


def drop_agent(agent_id):
    response = httpx.delete(f"https://console.pyai.com/v1/agents/{agent_id}")
    if response.is_error and response.headers["content-type"] == PROBLEM_JSON:
        raise Failed(response.json().get("error"))  # expect: HED404
    if response.is_error:
        raise Failed(response.json()["error"]["message"])  # clean: the other shape
    return agent_id


async def update_agent(session: aiohttp.ClientSession, agent_id, payload):
    url = f"https://api.pyai.com/v1/agents/{agent_id}"
    async with session.put(url, json=payload) as response:
        if response.content_type == "application/problem+json":
            problem = await response.json(content_type=None)
            return {"ok": False, "why": problem["error"]["message"]}  # expect: HED404
        return {"ok": response.ok, "why": None}


# Whatever shape it is, or another API's


def job_tolerant(job_id):
    response = httpx.get(f"{JOBS}/{job_id}")
    if response.status_code >= 400:
        body = response.json()
        error = body.get("error") or body  # clean: either shape will do
        if error.get("code") == "credit_exhausted":
            raise OutOfCredit(job_id)
        if "code" in body:  # clean: asks whether it is there
            raise Failed(body["code"])  # clean: it is there
        raise Failed(body.get("detail"))  # clean: a problem document has it
    return response.json()


def job_state(job_id):
    response = requests.get(f"{JOBS}/{job_id}", timeout=10)
    response.raise_for_status()
    logger.info("%s", response.json()["message"])  # clean: the answer to a success
    return response.json().get("code")  # clean: the answer to a success


def job_either(job_id):
    response = httpx.get(f"{JOBS}/{job_id}")
    if response.is_success:
        return response.json()["message"]  # clean: the answer to a success
    raise Failed(response.json()["error"]["code"])  # clean: where it is


def weather(city):
    response = httpx.get("https://weather.example.com/v1/now", params={"city": city})
    if response.status_code >= 400:
        raise Failed(response.json()["message"], response.json().get("code"))  # clean: an unknown API
    return response.json()


def repository(name):
    try:
        response = requests.get(f"https://api.github.com/repos/{name}", timeout=10)
        response.raise_for_status()
    except requests.HTTPError as e:
        if e.response.json()["message"]:  # clean: GitHub's errors have it there
            raise Failed(name) from e
        raise
    return response.json()


def ask_at(base_url, prompt):
    client = openai.OpenAI(base_url=base_url)
    try:
        return client.responses.create(model="small", input=prompt)
    except openai.APIStatusError as e:
        raise Failed(e.response.json().get("message")) from e  # clean: the URL may be anybody's


def on_webhook(request):
    body = json.loads(request.body)
    return body["message"], body.get("code")  # clean: what somebody sends to this program


def speak(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        body = {"code": e.code, "message": e.message}
        return {"ok": False, "code": body["code"], "why": body["message"]}  # clean: made here


def job_both(job_id):
    response = httpx.get(f"{JOBS}/{job_id}")
    if response.is_error:
        body = response.json()
        outer = body.get("message")  # clean: the right place is tried as well
        raise Failed(outer or body["error"]["message"])
    return response.json()
