"""Errors as values, narrowed by isinstance; texts that are looked up or matched."""

import asyncio
import sqlite3
import subprocess

import openai
import tenacity

client = openai.OpenAI(base_url="https://api.pyai.com/v1")
HANDLERS = {"Rate limit reached": print, "Out of prepaid credit.": exit}


async def gathered(calls):
    for output in await asyncio.gather(*calls, return_exceptions=True):
        if isinstance(output, openai.BadRequestError) and "malformed" in str(output):  # expect: HED101
            return None


def returned(output):
    if isinstance(output, openai.BadRequestError):
        if "malformed" in output.message:  # expect: HED101
            return None
    return output


def listed(outputs):
    return [o for o in outputs if isinstance(o, openai.APIError) and "credit" in o.message]  # expect: HED101


def left_before(exc):
    if not isinstance(exc, openai.APIError):
        return False
    return "credit" in exc.message  # expect: HED101


def left_before_for_another(exc):
    if not isinstance(exc, KeyError):
        return False
    return "credit" in str(exc)


def matched():
    try:
        return client.models.list()
    except openai.APIStatusError as e:
        match e.message:  # expect: HED101
            case "Out of prepaid credit.":
                return None
        raise


def looked_up():
    try:
        return client.models.list()
    except openai.APIStatusError as e:
        HANDLERS[e.message]()  # expect: HED101


def looked_up_with_default():
    try:
        return client.models.list()
    except openai.APIStatusError as e:
        return HANDLERS.get(str(e), print)  # expect: HED101


def counted(counts):
    try:
        return client.models.list()
    except openai.APIStatusError as e:
        counts[str(e)] += 1
        raise


def said_once():
    seen = set()
    try:
        return client.models.list()
    except openai.APIStatusError as e:
        if str(e) not in seen:
            print(e)


def of_a_database(connection):
    try:
        connection.execute("insert into answers values (429)")
    except sqlite3.IntegrityError as e:
        if "429" in str(e):
            return None


def of_a_process():
    try:
        subprocess.run(["curl", "https://example.com"], check=True)
    except subprocess.CalledProcessError as e:
        if "rate limit" in str(e):
            return None


def taken_before():
    try:
        return client.models.list()
    except openai.APIStatusError:
        raise
    except Exception as e:
        if "quota exceeded" in str(e):
            return None


@tenacity.retry(
    retry=tenacity.retry_if_exception_type(openai.RateLimitError),
    wait=tenacity.wait_exception(lambda e: float(e.response.headers["retry-after"])),  # expect: HED304
    stop=tenacity.stop_after_attempt(3),
)
def honoured():
    return client.models.list()
