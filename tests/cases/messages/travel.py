"""How the text of an API's error gets from where it is caught to where it is tested."""

import asyncio
import collections
import contextlib
import functools
import json
import logging
import re
import sqlite3
import traceback
from dataclasses import dataclass, field
from typing import NamedTuple

import backoff
import httpx
import openai
import pyai
import pydantic
import requests
import tenacity

logger = logging.getLogger(__name__)
cue = openai.OpenAI(base_url="https://api.pyai.com/v1")
acue = openai.AsyncOpenAI(base_url="https://api.pyai.com/v1")
voice = pyai.PyAI(api_key="pyai_test_key")

JOBS = "https://api.pyai.com/v1/transcription/jobs"
CREDIT = re.compile(r"(?:prepaid|add) credit", re.I)
STATUS_402 = re.compile(r"\b402\b")
WORDS = ("daily cap", "monthly budget")
ADVICE = {"Out of prepaid credit.": "add credit", "Invalid API key.": "mend the key"}


class Busy(Exception):
    pass


class OutOfCredit(Exception):
    pass


class LedgerError(Exception):
    pass


# Names, within one handler


def walrus(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        if (why := str(e).lower()) and "prepaid credit" in why:  # expect: HED101
            raise OutOfCredit from e
        raise


def walrus_of_a_number(value):
    try:
        return float(value)
    except ValueError as e:
        if (why := str(e)) and "could not convert" in why:  # clean: the interpreter's text
            return 0.0
        raise


def unpacked(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        code, status, why = e.code, e.status, str(e)
        if code == "daily_cap_exceeded" or status == 401:  # clean: the code and the status
            return None
        if "concurrent" in why:  # expect: HED101
            raise Busy from e
        raise


def unpacked_args(prompt):
    try:
        return cue.responses.create(model="pyai-cue", input=prompt)
    except openai.APIStatusError as e:
        why, *_ = e.args
        return None if "credit_exhausted" in why else e  # expect: HED103


def unpacked_args_of_a_database(connection):
    try:
        return connection.execute("select limits from answers")
    except sqlite3.Error as e:
        why, *_ = e.args
        return None if "no such column: limits" in why else e  # clean: SQLite's text


def either(text):
    try:
        return voice.audio.speech(text=text)
    except Exception as e:
        why = e.message if isinstance(e, pyai.PyAIError) else str(e)
        if "key has been revoked" in why:  # expect: HED101
            raise SystemExit("mend the key") from e
        raise


def cut(prompt):
    try:
        return cue.responses.create(model="pyai-cue", input=prompt)
    except openai.APIStatusError as e:
        first_line = str(e).splitlines()[0][:80].strip()
        if first_line.endswith("upgrade your plan."):  # expect: HED101
            raise OutOfCredit from e
        if str(e)[:10] == "Rate limit":  # expect: HED101
            raise Busy from e
        logger.error("%s", str(e)[:80])  # clean: logged
        raise


def formatted(prompt):
    try:
        return cue.responses.create(model="pyai-cue", input=prompt)
    except openai.APIStatusError as e:
        said = "%s: %s" % (type(e).__name__, e)
        if "out of credit" in said:  # expect: HED101
            raise OutOfCredit from e
        told = "answer to {!r} failed: {}".format(prompt, e.message)
        if "missing scope" in told.lower():  # expect: HED101
            raise PermissionError from e
        shown = "failed (" + str(e) + ")"
        if "insufficient_quota" in shown:  # expect: HED103
            raise OutOfCredit from e
        raise RuntimeError(shown) from e  # clean: raised with the text


def formatted_for_a_file(path):
    try:
        return path.read_text()
    except OSError as e:
        said = "%s: %s" % (path, e)
        if "quota exceeded" in said.lower():  # clean: the file system's text
            return None
        raise


def joined(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        if "monthly budget" in "".join(map(str, e.args)):  # expect: HED101
            raise OutOfCredit from e
        why = "; ".join(str(arg) for arg in e.args)
        if "429" in why:  # expect: HED103
            raise Busy from e
        raise


def joined_names(rows):
    return "rate limit" in "; ".join(str(row) for row in rows)  # clean: rows of a table


def represented(prompt):
    try:
        return cue.responses.create(model="pyai-cue", input=prompt)
    except openai.APIError as e:
        why = repr(e)
        return "Rate limit reached" in why  # expect: HED101


def traced(prompt):
    try:
        return cue.responses.create(model="pyai-cue", input=prompt)
    except openai.APIError:
        trace = traceback.format_exc()
        if "Too many concurrent" in trace:  # expect: HED101
            return None
        raise


def traced_elsewhere(text):
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        trace = traceback.format_exc()
        if "line 429" in trace:  # clean: json's text
            return None
        raise


def searched(prompt):
    try:
        return cue.responses.create(model="pyai-cue", input=prompt)
    except openai.APIStatusError as e:
        found = CREDIT.search(str(e))  # expect: HED101
        if found:
            raise OutOfCredit from e
        if not STATUS_402.findall(f"{e!s}"):  # expect: HED103
            raise
        return None


def all_words(prompt):
    try:
        return cue.responses.create(model="pyai-cue", input=prompt)
    except openai.RateLimitError as e:
        why = str(e).casefold().split()
        if all(word in why for word in ("daily", "cap")):  # expect: HED101
            return None
        if next((w for w in WORDS if w in e.message), None):  # expect: HED101
            raise OutOfCredit from e
        if any(code == e.code for code in ("daily_cap_exceeded",)):  # clean: the code
            return None
        raise


def dispatched(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        why = e.message
        print(ADVICE.get(why, "ask the support"))  # expect: HED101
        match str(e).partition("] ")[2]:  # expect: HED101
            case "Invalid API key.":
                raise SystemExit(3) from e
            case _:
                raise


# Bodies


def inner_body(prompt):
    try:
        return cue.responses.create(model="pyai-cue", input=prompt)
    except openai.APIStatusError as e:
        why = (e.body or {}).get("message") or ""
        if "add credit" in why.lower():  # expect: HED101
            raise OutOfCredit from e
        if "is not allow-listed" in e.response.text:  # expect: HED101
            raise PermissionError from e
        error = e.response.json()["error"]
        if error["message"].startswith("This key lacks"):  # expect: HED101
            raise PermissionError from e
        if error["code"].startswith("key_"):  # clean: the code
            raise OutOfCredit from e
        raise


def job(job_id):
    response = requests.get(f"{JOBS}/{job_id}", timeout=10)
    if not response.ok:
        why = response.json().get("error", {}).get("message", "")
        if "rate limit" in why.lower():  # expect: HED101
            raise Busy(job_id)
        match response.json():
            case {"error": {"message": text}} if "no credit" in text:  # expect: HED101
                raise OutOfCredit(job_id)
            case {"error": {"code": "credit_exhausted"}}:  # clean: the code
                raise OutOfCredit(job_id)
    return response.json()


def job_words(job_id):
    response = requests.get(f"{JOBS}/{job_id}/words", timeout=10)
    response.raise_for_status()
    match response.json():
        case {"result": {"message": text}} if "no credit" in text:  # clean: what was said aloud
            return "billing"
    return "rate limit" in response.text.lower()  # clean: the answer to a success


# Functions of the file


def status_and_text(error):
    return error.status, str(error)


def from_a_tuple(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        status, why = status_and_text(e)
        if status == 429:  # clean: the status
            raise Busy from e
        if "out of prepaid" in why:  # expect: HED101
            raise OutOfCredit from e
        raise


def from_a_nested_helper(text):
    def _text(error):
        return getattr(error, "message", None) or str(error)

    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        if "scope" in _text(e):  # expect: HED101
            raise PermissionError from e
        raise


def _gives_up(words):
    return "credit" in words or "budget" in words  # expect: HED101, HED101


def to_a_parameter(prompt):
    try:
        return cue.responses.create(model="pyai-cue", input=prompt)
    except openai.APIStatusError as e:
        if _gives_up(e.message):
            raise OutOfCredit from e
        raise


def _is_missing(words):
    return "no such table" in words or "credit" in words  # clean: SQLite's text


def to_a_parameter_of_a_database(connection):
    try:
        return connection.execute("select * from credit")
    except sqlite3.OperationalError as e:
        if _is_missing(str(e)):
            return []
        raise


def is_unpaid(err: openai.APIStatusError) -> bool:
    why = err.message.lower()
    return "credit" in why  # expect: HED101


def is_unpaid_here(err: LedgerError) -> bool:
    why = str(err).lower()
    return "credit" in why  # clean: the program's own error


def speak_safely(text):
    try:
        return {"ok": True, "audio": voice.audio.speech(text=text)}
    except pyai.PyAIError as e:
        return {"ok": False, "error": str(e)}


def from_a_result(text):
    result = speak_safely(text)
    if not result["ok"] and "rate limit" in result["error"]:  # expect: HED101
        raise Busy(text)
    return result["audio"]


def _mentions(words: str, error: openai.APIError) -> bool:
    return words in str(error)  # expect: HED101


@tenacity.retry(
    retry=tenacity.retry_if_exception(functools.partial(_mentions, "Rate limit reached")),
    wait=tenacity.wait_fixed(30),
    stop=tenacity.stop_after_attempt(3),
)
def by_a_partial(prompt):
    return cue.responses.create(model="pyai-cue", input=prompt)


@tenacity.retry(
    retry=tenacity.retry_if_exception(lambda err: "rate limit" in str(err)),  # expect: HED101
    wait=tenacity.wait_fixed(30),
    stop=tenacity.stop_after_attempt(3),
)
def by_a_lambda(prompt):
    return cue.responses.create(model="pyai-cue", input=prompt)


@backoff.on_exception(
    backoff.expo,
    openai.APIStatusError,
    giveup=lambda err: "rate limit" not in err.message.lower(),  # expect: HED101
    max_tries=3,
)
def by_giving_up(prompt):
    return cue.responses.create(model="pyai-cue", input=prompt)


@tenacity.retry(
    retry=tenacity.retry_if_exception(lambda err: "database is locked" in str(err)),  # clean: SQLite's
    wait=tenacity.wait_fixed(1),
    stop=tenacity.stop_after_attempt(3),
)
def store(connection, answer):
    connection.execute("insert into answers values (?)", (answer,))


# Objects that carry it


class Speaker:
    def __init__(self):
        self.why = None
        self.code = None
        self.heading = ""

    def say(self, text):
        try:
            return voice.audio.speech(text=text)
        except pyai.PyAIError as e:
            self.why, self.code = f"{text}: {e}", e.code
            return None

    def read(self, path):
        self.heading = path.read_text().splitlines()[0]

    def unpaid(self):
        return self.why is not None and "prepaid credit" in self.why  # expect: HED101

    def capped(self):
        return self.code == "daily_cap_exceeded"  # clean: the code

    def about_limits(self):
        return "rate limit" in self.heading.lower()  # clean: a line of a file


@dataclass
class Failure:
    text: str
    code: str | None = None
    notes: list[str] = field(default_factory=list)


def recorded(prompt):
    failure = None
    try:
        return cue.responses.create(model="pyai-cue", input=prompt)
    except openai.APIStatusError as e:
        failure = Failure(text=str(e), code=e.code)
    if "daily cap" in failure.text:  # expect: HED101
        return None
    if failure.code == "credit_exhausted":  # clean: the code
        raise OutOfCredit(prompt)
    raise Busy(prompt)


class Outcome(NamedTuple):
    audio: bytes | None
    reason: str


def spoken(text):
    try:
        return Outcome(voice.audio.speech(text=text), "")
    except pyai.PyAIError as e:
        return Outcome(None, e.message)


def spoken_again(text):
    outcome = spoken(text)
    if outcome.audio is None and outcome.reason.startswith("Too many concurrent"):  # expect: HED101
        raise Busy(text)
    return outcome.audio


class Report(pydantic.BaseModel):
    message: str
    status: int


def reported(prompt):
    try:
        return cue.responses.create(model="pyai-cue", input=prompt)
    except openai.APIStatusError as e:
        report = Report(message=e.message, status=e.status_code)
        if "over quota" in report.message.lower():  # expect: HED101
            raise OutOfCredit from e
        if report.status == 402:  # clean: the status
            raise OutOfCredit from e
        return report


@dataclass
class Misread:
    text: str


def misread(path):
    try:
        return json.loads(path.read_text())
    except ValueError as e:
        wrong = Misread(text=str(e))
    if "Extra data" in wrong.text:  # clean: json's text
        return None
    raise LedgerError(wrong.text)


def collected(prompts):
    errors = []
    for prompt in prompts:
        try:
            cue.responses.create(model="pyai-cue", input=prompt)
        except openai.APIStatusError as e:
            errors.append(str(e))
    if any("rate limit" in m for m in errors):  # expect: HED101
        raise Busy(len(errors))
    return [m for m in errors if "401" in m]  # expect: HED103


def collected_by_prompt(prompts):
    failed = {}
    for prompt in prompts:
        try:
            cue.responses.create(model="pyai-cue", input=prompt)
        except openai.APIStatusError as e:
            failed[prompt] = e.message
    for prompt, why in failed.items():
        if "out of credit" in why:  # expect: HED101
            raise OutOfCredit(prompt)
    return failed


def collected_rows(rows):
    errors = []
    for row in rows:
        try:
            int(row)
        except ValueError as e:
            errors.append(str(e))
    return any("'429'" in m for m in errors)  # clean: the interpreter's text


def tallied(prompts):
    tally = collections.Counter()
    for prompt in prompts:
        try:
            cue.responses.create(model="pyai-cue", input=prompt)
        except openai.APIStatusError as e:
            tally[str(e)] += 1  # clean: counted, and shown
    print(tally.most_common(3))


# Several errors at once, and errors that are values


async def in_a_group(prompts):
    try:
        async with asyncio.TaskGroup() as group:
            for prompt in prompts:
                group.create_task(acue.responses.create(model="pyai-cue", input=prompt))
    except* openai.RateLimitError as limited:
        for inner in limited.exceptions:
            if "daily cap" in str(inner):  # expect: HED101
                raise Busy("until tomorrow") from None
    except* ValueError as wrong:
        for inner in wrong.exceptions:
            if "rate limit" in str(inner):  # clean: no API's class
                raise LedgerError("limits") from None


def of_a_group(group: ExceptionGroup):
    for inner in group.exceptions:
        if isinstance(inner, openai.APIStatusError) and "credit" in inner.message:  # expect: HED101
            return True
        if isinstance(inner, KeyError) and "credit" in str(inner):  # clean: the key that is missing
            return False
    return None


async def gathered(prompts):
    calls = [acue.responses.create(model="pyai-cue", input=prompt) for prompt in prompts]
    outputs = await asyncio.gather(*calls, return_exceptions=True)
    limited = 0
    for output in outputs:
        if isinstance(output, openai.APIError):
            why = str(output)
            if "Rate limit" in why:  # expect: HED101
                limited += 1
        elif isinstance(output, LedgerError) and "Rate limit" in str(output):  # clean: the program's own
            limited -= 1
    return limited


def on_done(task):
    error = task.exception()
    if isinstance(error, pyai.PyAIError) and "[403/" in str(error):  # expect: HED103
        ask_for_scope()


def taken_as_values(jobs):
    for error in filter(None, (job.error for job in jobs)):
        match error:
            case openai.APIStatusError(message=why) if "credit" in why:  # expect: HED101
                return True
            case OSError(strerror=why) if "quota" in why:  # clean: the file system's text
                return False
    return None


def quietly(text):
    why = ""
    with contextlib.suppress(LedgerError):
        try:
            return voice.audio.speech(text=text)
        except pyai.PyAIError as e:
            why = str(e)
    return None if "prepaid credit" in why else b""  # expect: HED101


def posted(amount):
    try:
        if amount < 0:
            raise LedgerError("no credit below zero")
        return amount
    except LedgerError as e:
        why = "posting failed: " + str(e)
        if "no credit" in why:  # clean: this file raises it
            return 0
        raise


async def streamed(client: httpx.AsyncClient, prompt):
    async with client.stream("POST", "https://api.pyai.com/v1/responses", json=prompt) as response:
        if response.status_code >= 400:
            raw = (await response.aread()).decode("utf-8", "replace")
            if "rate limit" in raw.lower():  # expect: HED101
                raise Busy(prompt)
            raise RuntimeError(raw)  # clean: raised with the text
        return [line async for line in response.aiter_lines() if "rate limit" not in line]  # clean: an answer


def reported_elsewhere(prompt):
    try:
        return cue.responses.create(model="pyai-cue", input=prompt)
    except openai.APIStatusError as e:
        reported = bodies.reported_error_body(e.body)
        if "too long" in reported["message"]:  # expect: HED101
            return None
        if reported.get("code") == "insufficient_quota":  # clean: the code
            return None
        raise


def failure_in(body):
    return body.get("error", body) if isinstance(body, dict) else None


def reported_here(prompt):
    try:
        return cue.responses.create(model="pyai-cue", input=prompt)
    except openai.APIStatusError as e:
        reported = failure_in(e.body)
        if str(reported.get("message", "")).startswith("Session not found"):  # expect: HED101
            return None
        if reported.get("code") == "insufficient_quota":  # clean: the code
            return None
        if "error" in reported:  # clean: a key
            return None
        raise
