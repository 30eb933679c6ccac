"""Cases of HED401: a code that the API's catalogue does not have."""

import enum
import logging
import os

import aiohttp
import anthropic
import boto3
import grpc
import httpx
import openai
import pyai
import requests
import stripe
import websockets
from botocore.exceptions import ClientError

logger = logging.getLogger(__name__)
voice = pyai.PyAI(api_key="pyai_test_key")
cue = openai.OpenAI(base_url="https://api.pyai.com/v1")
gpt = openai.OpenAI()
claude = anthropic.Anthropic()

BILLING_CODES = frozenset(
    {
        "credit_exhausted",
        "budget_exceeded",  # expect: HED401
        "insufficient_quota",
    }
)
LIMIT_CODES = ("rate_limit_exceeded", "concurrency_limit_exceeded", "daily_cap_exceeded")
KEY_CODES = [
    "unauthorized",
    "invalid_api_key",  # expect: HED401
]
ADVICE = {
    "credit_exhausted": "add credit",
    "key_budget_exceeded": "raise the key's budget",
    "quota_exceeded": "upgrade the plan",  # expect: HED401
}
EXIT_CODES = {
    "unauthorized": 3,
    "origin_not_alowed": 4,  # expect: HED401
    "forbidden": 5,
}
# Looked up by what the program calls its own failures.
OWN_ADVICE = {"budget_guard": "raise the guard", "rate_limited": "slow down"}
CREDIT = "credit_exhausted"


class Busy(Exception):
    pass


class OutOfCredit(Exception):
    pass


class GuardError(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.code = code


class Reason(enum.Enum):
    LIMITED = "rate_limited"
    DENIED = "denied"


# PyAI by its SDK: every code is documented


def speak(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        if e.code == "rate_limit_exceded":  # expect: HED401
            raise Busy from e
        if e.code == "daily_cap_exceeded":  # clean: a documented code
            return None
        if e.code in ("", None):  # clean: is there a code
            return b""
        raise


def speak_paid(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        if e.code in BILLING_CODES:
            raise OutOfCredit from e
        if e.code in LIMIT_CODES:  # clean: documented, all three
            raise Busy from e
        if e.code not in KEY_CODES:
            logger.exception("speech failed")
        raise


def transcribe(path):
    try:
        return voice.audio.transcribe(path)
    except pyai.PyAIError as e:
        if e.code == "unsupported_format":  # clean: the SDK documents it
            return None
        if e.code in {"unsupported_parameter", "not_found"}:  # clean: the SDK documents both
            raise ValueError(path) from e
        if e.code in {
            "unsupported_media",  # expect: HED401
            "invalid_agent_id",
        }:
            raise TypeError(path) from e
        raise


def explain(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        print(ADVICE.get(e.code, "ask the support"))
        raise SystemExit(EXIT_CODES[e.code] if e.code in EXIT_CODES else 1) from e


def is_denied(error: pyai.PyAIError) -> bool:
    return error.code == "permission_denied"  # expect: HED401


def is_limited(error: Exception) -> bool:
    if not isinstance(error, pyai.PyAIError):
        return False
    return error.code.startswith("rate_limit")  # clean: how a documented code begins


def speak_matched(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        match e.code:
            case "credit_exhausted" | "key_budget_exceeded":  # clean: documented codes
                raise OutOfCredit from e
            case "concurrency_limit":  # expect: HED401
                raise Busy from e
            case None | "":  # clean: is there a code
                return b""
            case _:
                raise


def speak_own_default(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        code = e.code or "unknown"
        if code == "unknown":  # clean: the program's own word for a missing code
            logger.error("no code: %s", e)
        if code == "insufficient-quota":  # expect: HED401
            raise OutOfCredit from e
        if code == CREDIT:  # clean: a documented code
            raise OutOfCredit from e
        raise


def speak_broadly(text):
    try:
        return voice.audio.speech(text=text)
    except Exception as e:
        if isinstance(e, pyai.PyAIError) and e.code != "unauthorised":  # expect: HED401
            return None
        raise


# PyAI by the SDK of OpenAI, and by HTTP


def answer(prompt):
    try:
        return cue.responses.create(model="pyai-cue", input=prompt)
    except openai.AuthenticationError as e:
        return "wrong key" if e.code == "invalid_api_key" else None  # expect: HED401
    except openai.APIStatusError as e:
        if e.code == "insufficient_credits":  # expect: HED401
            raise OutOfCredit from e
        if getattr(e, "code", None) == "insufficient_quota":  # clean: a documented code
            raise OutOfCredit from e
        if e.body and e.body.get("code") == "billing_hard_limit_reached":  # expect: HED401
            raise OutOfCredit from e
        raise


def job(job_id):
    response = httpx.get(f"https://api.pyai.com/v1/transcription/jobs/{job_id}")
    if response.status_code >= 400:
        if response.json()["error"]["code"] == "job_not_found":  # expect: HED401
            return None
        error = response.json()["error"]
        if error["code"] == "not_found":  # clean: the SDK documents it
            return None
        if error["type"] == "access_error":  # clean: the type, whose values are not listed
            raise PermissionError(job_id)
    response.raise_for_status()
    return response.json()


def start_job(payload):
    try:
        response = requests.post("https://api.pyai.com/v1/transcription/jobs", json=payload)
        response.raise_for_status()
        return response.json()
    except requests.HTTPError as e:
        code = e.response.json().get("error", {}).get("code")
        if code and code in ("rate_limit", "rate_limit_exceeded"):  # expect: HED401
            raise Busy from e
        if code == "forbidden" or e.response.status_code == 403:  # clean: a documented code
            raise PermissionError(payload) from e
        raise


# OpenAI: its list is not complete, so only what is nearly a code of it


def ask(prompt):
    try:
        return gpt.responses.create(model="gpt-5", input=prompt)
    except openai.RateLimitError as e:
        if e.code == "insufficent_quota":  # expect: HED401
            raise OutOfCredit from e
        if e.code == "insufficient_quota":  # clean: a documented code
            raise OutOfCredit from e
        if e.code in ("rate_limit_exeeded", "slow_down"):  # expect: HED401
            raise Busy from e
        raise
    except openai.BadRequestError as e:
        match e.code:
            case "context_lenght_exceeded":  # expect: HED401
                return ask(prompt[-1000:])
            case "model_not_available_in_region":  # clean: not listed, and like nothing listed
                return None
        raise
    except openai.APIStatusError as e:
        if e.code == "engine_draining":  # clean: not listed, and like nothing listed
            return None
        if e.code and "api_key" in e.code:  # clean: a part of a documented code
            raise SystemExit("wrong key") from e
        raise


# One of two or more APIs


def ask_at(base_url, prompt):
    client = openai.OpenAI(base_url=base_url)
    try:
        return client.responses.create(model="small", input=prompt)
    except openai.APIStatusError as e:
        if e.code == "credit_exhausted":  # clean: right where the URL is PyAI's
            raise OutOfCredit from e
        if e.code == "invalid_api_key":  # clean: right where the URL is OpenAI's
            raise SystemExit("wrong key") from e
        if e.code == "model_overloaded":  # clean: the URL may be anybody's
            raise Busy from e
        raise


def ask_configured(prompt):
    client = openai.OpenAI(base_url=os.environ["LLM_BASE_URL"])
    try:
        return client.chat.completions.create(model="small", messages=prompt)
    except openai.RateLimitError as e:
        return None if e.code == "daily_cap_exceeded" else e  # clean: right where the URL is PyAI's


# No code of an API whose catalogue is known


def weather(city):
    response = httpx.get("https://weather.example.com/v1/now", params={"city": city})
    if response.status_code >= 400:
        if response.json()["error"]["code"] == "rate_limit_exceded":  # clean: an unknown API
            raise Busy(city)
    return response.json()


async def download(session: aiohttp.ClientSession, url):
    try:
        async with session.get(url, raise_for_status=True) as response:
            return await response.read()
    except aiohttp.ClientResponseError as e:
        return b"" if e.code == 404 else None  # clean: aiohttp's old name of the status


def run(main):
    try:
        return main()
    except SystemExit as exit:
        if exit.code == 2 or exit.code == "usage":  # clean: how a program ended
            return None
        raise


def call(stub, request):
    try:
        return stub.Speak(request)
    except grpc.RpcError as e:
        if e.code() == grpc.StatusCode.RESOURCE_EXHAUSTED:  # clean: gRPC's status
            raise Busy from e
        raise


async def listen(socket):
    try:
        return await socket.recv()
    except websockets.ConnectionClosed as e:
        if e.code == 1008:  # clean: the close code of a WebSocket
            return None
        raise


def stored(key):
    try:
        return boto3.client("s3").get_object(Bucket="answers", Key=key)
    except ClientError as e:
        if e.response["Error"]["Code"] == "NoSuchKey":  # clean: a code of AWS
            return None
        raise


def pay(amount):
    try:
        return stripe.Charge.create(amount=amount, currency="eur")
    except stripe.error.CardError as e:
        return e.code == "expired_card"  # clean: a code of Stripe


def converse(messages):
    try:
        return claude.messages.create(model="claude-sonnet-5", max_tokens=9, messages=messages)
    except anthropic.APIStatusError as e:
        if e.type == "overloaded_error":  # clean: the type is no code
            raise Busy from e
        raise


def guarded(text, budget):
    try:
        if budget <= 0:
            raise GuardError("budget_guard")
        return voice.audio.speech(text=text)
    except GuardError as e:
        print(OWN_ADVICE[e.code])
        return e.code == "budget_guard"  # clean: the program's own code
    except pyai.PyAIError as e:
        if e.status == 429:  # clean: the status
            raise Busy from e
        reason = Reason.LIMITED if e.code == "rate_limit_exceeded" else Reason.DENIED  # expect: HED402
        if reason.value == "rate_limited":  # clean: the program's own word
            return None
        raise


def job_state(job_id):
    job = requests.get(f"https://api.pyai.com/v1/transcription/jobs/{job_id}", timeout=10).json()
    if job.get("code") == "finished_early":  # clean: a field of the job
        return None
    return job["status"] == "done"  # clean: a field of the job


def report(error: pyai.PyAIError, counts):
    counts[error.code] += 1
    logger.info("code", extra={"is": error.code, "was": "rate_limited"})  # clean: logged
    return {"code": error.code or "internal_error"}  # clean: handed on


# Looked up without asking first


STEPS = {
    "unauthorized": "log in",
    "scope_missing": "add the scope",  # expect: HED401
}


def step(error: pyai.PyAIError) -> str:
    return STEPS[error.code]


def step_in_place(error: pyai.PyAIError) -> str:
    return {
        "forbidden": "add the scope",
        "origin_blocked": "allow the origin",  # expect: HED401
    }.get(error.code, "ask the support")
