"""Cases of HED402: a code is tested where the status or the class rules it out."""

import logging
import os

import aiohttp
import httpx
import openai
import pyai
import requests

logger = logging.getLogger(__name__)
voice = pyai.PyAI(api_key="pyai_test_key")
cue = openai.OpenAI(base_url="https://api.pyai.com/v1")
gpt = openai.OpenAI()

JOBS = "https://api.pyai.com/v1/transcription/jobs"


class Busy(Exception):
    pass


class OutOfCredit(Exception):
    pass


class Denied(Exception):
    pass


# The class of the exception


def answer(prompt):
    try:
        return cue.responses.create(model="pyai-cue", input=prompt)
    except openai.RateLimitError as e:
        if e.code == "credit_exhausted":  # expect: HED402
            raise OutOfCredit from e
        if e.code == "daily_cap_exceeded":  # clean: a 429
            return None
        raise Busy from e


def answer_named(prompt):
    try:
        return cue.chat.completions.create(model="pyai-cue", messages=prompt)
    except openai.AuthenticationError as e:
        message = "add credit" if e.code == "insufficient_quota" else "mend the key"  # expect: HED402
        raise SystemExit(message) from e
    except openai.APIStatusError as e:
        if e.code == "insufficient_quota":  # clean: a 402, which has no class of its own
            raise OutOfCredit from e
        raise


def answer_after(prompt):
    try:
        return cue.responses.create(model="pyai-cue", input=prompt)
    except openai.RateLimitError as e:
        raise Busy from e
    except openai.APIStatusError as e:
        if e.code == "concurrency_limit_exceeded":  # expect: HED402
            return None
        if e.code == "key_budget_exceeded":  # clean: a 402 comes here
            raise OutOfCredit from e
        raise


def answer_denied(prompt):
    try:
        return cue.responses.create(model="pyai-cue", input=prompt)
    except (openai.AuthenticationError, openai.PermissionDeniedError) as e:
        if e.code in (
            "unauthorized",
            "forbidden",
            "key_budget_exceeded",  # expect: HED402
        ):
            raise Denied from e
        if e.code in ("origin_not_allowed", "unauthorized"):  # clean: a 403 and a 401
            return None
        raise


def answer_in_conflict(prompt):
    try:
        return cue.responses.create(model="pyai-cue", input=prompt)
    except openai.ConflictError as e:
        return None if e.body["code"] == "rate_limit_exceeded" else e  # expect: HED402


def ask(prompt):
    try:
        return gpt.responses.create(model="gpt-5", input=prompt)
    except openai.AuthenticationError as e:
        if e.code == "insufficient_quota":  # expect: HED402
            raise OutOfCredit from e
        if e.code == "invalid_api_key":  # clean: a 401
            raise Denied from e
        raise
    except openai.RateLimitError as e:
        if e.code == "insufficient_quota":  # clean: OpenAI's is a 429
            raise OutOfCredit from e
        raise


def ask_short(prompt):
    try:
        return gpt.chat.completions.create(model="gpt-5", messages=prompt)
    except openai.RateLimitError as e:
        match e.code:
            case "context_length_exceeded":  # expect: HED402
                return None
            case "insufficient_quota" | "billing_not_active":  # clean: both are 429s
                raise OutOfCredit from e
        raise


# The status


def speak(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        if e.status == 429 and e.code == "insufficient_quota":  # expect: HED402
            raise OutOfCredit from e
        if e.status == 402 and e.code == "insufficient_quota":  # clean: a 402
            raise OutOfCredit from e
        if e.status == 429 and e.code != "insufficient_quota":  # clean: not a code, which is true
            raise Busy from e
        if e.status == 429 or e.code == "insufficient_quota":  # clean: either will do
            return None
        raise


def speak_nested(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        if e.status == 402:
            if e.code == "rate_limit_exceeded":  # expect: HED402
                raise Busy from e
            if e.code == "credit_exhausted":  # clean: a 402
                raise OutOfCredit from e
        elif e.status == 403:
            if text and e.code in {"unauthorized", "forbidden"}:  # expect: HED402
                raise Denied from e
        elif e.code == "origin_not_allowed":  # expect: HED402
            return None
        elif e.code == "unauthorized":  # clean: a 401 comes here
            raise Denied from e
        raise


def speak_guarded(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        if e.status != 429:
            raise
        if e.code == "key_budget_exceeded":  # expect: HED402
            raise OutOfCredit from e
        if e.code == "daily_cap_exceeded":  # clean: what is left is a 429
            return None
        raise Busy from e


def speak_otherwise(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        if e.status != 429:
            if e.code == "credit_exhausted":  # clean: not a 429
                raise OutOfCredit from e
        else:
            if e.code == "rate_limit_exceeded":  # clean: a 429
                raise Busy from e
        raise


def speak_by_status(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        match e.status:
            case 429:
                return None if e.code == "forbidden" else b""  # expect: HED402
            case 401 | 402:
                if e.code == "credit_exhausted":  # clean: one of the two
                    raise OutOfCredit from e
        raise


def speak_on_servers(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        if e.status >= 500 and e.code == "concurrency_limit_exceeded":  # expect: HED402
            raise Busy from e
        if e.status >= 400 and e.code == "concurrency_limit_exceeded":  # clean: a 429 is one
            raise Busy from e
        if e.status in (402, 403, 429) and e.code == "daily_cap_exceeded":  # clean: a 429 is one
            return None
        if e.status in (401, 403) and e.code == "credit_exhausted":  # expect: HED402
            raise OutOfCredit from e
        raise


def is_denied(error: pyai.PyAIError) -> bool:
    denied = error.status in {401, 403}
    return denied and error.code in ("forbidden", "insufficient_quota")  # expect: HED402


def is_unpaid(error: pyai.PyAIError) -> bool:
    if error.status == 402 and not error.code == "rate_limit_exceeded":  # clean: not the code
        return True
    return not (error.status == 429 and error.code == "daily_cap_exceeded")  # clean: a 429


def job(job_id):
    response = httpx.get(f"{JOBS}/{job_id}")
    if response.status_code == 402:
        if response.json()["error"]["code"] == "rate_limit_exceeded":  # expect: HED402
            raise Busy(job_id)
        code = response.json()["error"]["code"]
        if code == "insufficient_quota":  # clean: a 402
            raise OutOfCredit(job_id)
    response.raise_for_status()
    return response.json()


def start_job(payload):
    try:
        response = requests.post(JOBS, json=payload, timeout=10)
        response.raise_for_status()
        return response.json()
    except requests.HTTPError as e:
        status = e.response.status_code
        code = e.response.json().get("error", {}).get("code")
        if status == 429:
            if code == "credit_exhausted":  # expect: HED402
                raise OutOfCredit from e
            return None
        if status == 403 and code == "origin_not_allowed":  # clean: a 403
            raise Denied from e
        raise


async def cancel_job(session: aiohttp.ClientSession, job_id):
    async with session.delete(f"https://api.pyai.com/v1/transcription/jobs/{job_id}") as response:
        if response.status == 401:
            error = (await response.json())["error"]
            return error["code"] == "forbidden"  # expect: HED402
        return response.ok


# Nothing rules the code out


def two_jobs(first_id, second_id):
    first = httpx.get(f"{JOBS}/{first_id}")
    second = httpx.get(f"{JOBS}/{second_id}")
    if first.status_code == 402 and second.status_code >= 400:
        return second.json()["error"]["code"] == "rate_limit_exceeded"  # clean: another answer
    return False


def job_again(job_id, spare_id):
    response = httpx.get(f"{JOBS}/{job_id}")
    if response.status_code == 402:
        response = httpx.get(f"{JOBS}/{spare_id}")
        if response.is_error:
            return response.json()["error"]["code"] == "forbidden"  # clean: the second answer
    return response.is_success


def speak_twice(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as first:
        if first.status != 429:
            raise
        try:
            return voice.audio.speech(text=text[:100])
        except pyai.PyAIError as second:
            return second.code == "credit_exhausted"  # clean: the second error


def speak_reset(text, statuses):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        status = e.status
        if status == 402:
            logger.error("unpaid")
            status = statuses.get("fallback", 429)
        if status == 429 and e.code == "insufficient_quota":  # clean: the status was replaced
            raise OutOfCredit from e
        raise


def speak_in_range(text, retried):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        if e.status in retried and e.code == "insufficient_quota":  # clean: an unknown set
            raise OutOfCredit from e
        if 400 <= e.status < 500 and e.code == "forbidden":  # clean: a 403 is one
            raise Denied from e
        if e.status == 429 and e.code not in ("credit_exhausted", "insufficient_quota"):  # clean: not in
            raise Busy from e
        raise


def ask_at(base_url, prompt):
    client = openai.OpenAI(base_url=base_url)
    try:
        return client.responses.create(model="small", input=prompt)
    except openai.RateLimitError as e:
        if e.code == "insufficient_quota":  # clean: a 429 where the URL is OpenAI's
            raise OutOfCredit from e
        raise


def ask_configured(prompt):
    client = openai.OpenAI(base_url=os.environ["LLM_BASE_URL"])
    try:
        return client.responses.create(model="small", input=prompt)
    except openai.APIStatusError as e:
        if e.status_code == 402 and e.code == "insufficient_quota":  # clean: so where it is PyAI's
            raise OutOfCredit from e
        raise


def answer_above(prompt):
    try:
        return cue.responses.create(model="pyai-cue", input=prompt)
    except openai.APIConnectionError:
        return None
    except openai.APIStatusError as e:
        if e.code == "rate_limit_exceeded":  # clean: nothing has taken the 429s
            raise Busy from e
        raise


def weather(city):
    response = requests.get("https://weather.example.com/v1/now", params={"city": city}, timeout=9)
    if response.status_code == 402:
        if response.json()["error"]["code"] == "rate_limit_exceeded":  # clean: an unknown API
            raise Busy(city)
    return response.json()
