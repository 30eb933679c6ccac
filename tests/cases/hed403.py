"""Cases of HED403: a status that several codes share decides alone."""

import logging
import time

import httpx
import openai
import pyai
import requests

import alerts

logger = logging.getLogger(__name__)
voice = pyai.PyAI(api_key="pyai_test_key")
cue = openai.OpenAI(base_url="https://api.pyai.com/v1")
gpt = openai.OpenAI()
agpt = openai.AsyncOpenAI()

JOBS = "https://api.pyai.com/v1/transcription/jobs"
TOO_MANY_REQUESTS = 429
cooldown = {}


class Busy(Exception):
    pass


class OutOfCredit(Exception):
    pass


# The status of a PyAIError


def speak(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        if e.status == 402:  # expect: HED403
            alerts.page("billing", "buy credit")
            return None
        if e.status == 401:  # clean: one code has it
            alerts.page("security", "mend the key")
            return None
        raise


def speak_scoped(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        if 403 == e.status:  # expect: HED403
            return "the key lacks the scope audio.speech"
        elif e.status == 404:  # clean: one code has it
            return "no such voice"
        elif e.status >= 500:  # clean: the servers' errors have no codes
            return "try later"
        raise


def speak_later(text, queue):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        if e.status == TOO_MANY_REQUESTS:  # expect: HED403
            queue.put((time.time() + 30, text))
            return None
        raise


def speak_matched(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        match e.status:
            case 402:  # expect: HED403
                return "buy credit"
            case 401:  # clean: one code has it
                return "mend the key"
            case 403 if e.code == "origin_not_allowed":  # clean: the code is tested
                return "allow the origin"
        raise


def speak_or_text(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        limited = e.status == 429  # expect: HED403
        return text if limited else None


def needs_payment(error: pyai.PyAIError) -> bool:
    return error.status == 402  # expect: HED403


# The class of the exception


def answer(prompt):
    try:
        return cue.responses.create(model="pyai-cue", input=prompt)
    except openai.RateLimitError:  # expect: HED403
        time.sleep(20)
        return None


def answer_or_cached(prompt, cache):
    try:
        return cue.chat.completions.create(model="pyai-cue", messages=prompt)
    except openai.PermissionDeniedError as e:  # expect: HED403
        logger.warning("no scope: %s", e)
        return cache.get("answer")
    except openai.AuthenticationError:  # clean: one code has it
        return cache.get("answer")


def ask(prompt):
    try:
        return gpt.responses.create(model="gpt-5", input=prompt)
    except openai.RateLimitError as e:  # expect: HED403
        cooldown["gpt-5"] = (time.monotonic() + 30, e.request_id)
        return None


async def ask_flagged(prompt, state):
    try:
        return await agpt.responses.create(model="gpt-5", input=prompt)
    except openai.RateLimitError:  # expect: HED403
        state.limited = True
    return None


def ask_broadly(prompt):
    try:
        return gpt.responses.create(model="gpt-5", input=prompt)
    except openai.APIStatusError as e:
        if e.status_code == 429:  # expect: HED403
            return "The model is busy, try again in a minute."
        if e.status_code >= 400:  # clean: no status of its own
            return "The model is not there."
        return None


# The status of a response


def job(job_id):
    response = httpx.get(f"{JOBS}/{job_id}")
    if response.status_code == 200:  # clean: no error
        return response.json()
    if response.status_code == 402:  # expect: HED403
        return {"state": "unpaid"}
    response.raise_for_status()
    return None


def start_job(payload):
    try:
        response = requests.post(JOBS, json=payload, timeout=10)
        response.raise_for_status()
    except requests.HTTPError as e:
        if e.response.status_code == requests.codes.too_many_requests:  # expect: HED403
            return "queued"
        if e.response.status_code == 401:  # clean: one code has it
            return "denied"
        raise
    return "started"


def chat(messages):
    response = requests.post(
        "https://api.openai.com/v1/chat/completions", json={"messages": messages}, timeout=60
    )
    if response.status_code == 429:  # expect: HED403
        cooldown["chat"] = time.monotonic() + 60
        return None
    response.raise_for_status()
    return response.json()


# The code is looked at as well


def speak_told_apart(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        if e.status == 402 and e.code == "credit_exhausted":  # clean: with the code
            return "buy credit"
        if e.status == 403:  # clean: the code is tested within
            return "allow the origin" if e.code == "origin_not_allowed" else "add the scope"
        if e.code == "daily_cap_exceeded":  # clean: the code
            return "tomorrow"
        if e.status == 429:  # clean: the cap was tested before
            return "later"
        raise


def answer_told_apart(prompt):
    try:
        return cue.responses.create(model="pyai-cue", input=prompt)
    except openai.RateLimitError as e:  # clean: the code is tested
        if e.code == "daily_cap_exceeded":
            return None
        time.sleep(20)
        return "later"


def ask_told_apart(prompt):
    try:
        return gpt.responses.create(model="gpt-5", input=prompt)
    except openai.RateLimitError as e:  # clean: the code is looked up
        return {"insufficient_quota": "pay"}.get(e.code, "wait")


def speak_judged(text, judge):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        if e.status == 402:  # clean: the helper is given the error
            return judge.advice(e)
        raise


def job_told_apart(job_id):
    response = httpx.get(f"{JOBS}/{job_id}")
    if response.status_code == 402:  # clean: the code is tested within
        code = response.json()["error"]["code"]
        return {"state": "key budget" if code == "key_budget_exceeded" else "unpaid"}
    response.raise_for_status()
    return response.json()


# Nothing is done about it


def answer_or_raise(prompt):
    try:
        return cue.responses.create(model="pyai-cue", input=prompt)
    except openai.RateLimitError:  # clean: raised again
        raise
    except openai.PermissionDeniedError as e:  # clean: logged and raised again
        logger.error("denied: %s", e)
        raise


def speak_or_raise(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        if e.status == 402:  # clean: logged, and raised again whatever it is
            logger.error("unpaid")
        raise


# Another API, or a status without several codes


def weather(city):
    response = requests.get("https://weather.example.com/v1/now", params={"city": city}, timeout=9)
    if response.status_code == 429:  # clean: an unknown API
        return None
    if response.status_code == 402:  # clean: an unknown API
        return "unpaid"
    return response.json()


def answer_busy(prompt):
    try:
        return cue.responses.create(model="pyai-cue", input=prompt)
    except openai.InternalServerError:  # clean: the servers' errors have no codes
        return None
    except openai.ConflictError:  # clean: one code has it
        return "used before"
    except openai.APIConnectionError:  # clean: no status at all
        return None


def speak_any(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        if e.status >= 400:  # clean: no status of its own
            return None
        if e.status in (500, 502, 503, 504):  # clean: the servers' errors have no codes
            return "later"
        raise


def speak_by_number(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        if e.code == 402:  # clean: the code, which is no number
            return None
        raise
