"""Cases of HED303: the seconds to wait are read out of an error's text."""

import email.utils
import re
import time

import httpx
import openai
import pyai
import requests

client = openai.OpenAI(base_url="https://api.pyai.com/v1")
voice = pyai.PyAI()
URL = "https://api.pyai.com/v1/chat/completions"
SECONDS = re.compile(r"try again in ([0-9.]+)\s*s")


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


def ask(prompt):
    return client.responses.create(model="pyai-cue", input=prompt)


def test_the_seconds_are_said():
    try:
        ask("hello")
    except openai.RateLimitError as e:
        assert re.search(r"try again in ([0-9.]+)s", str(e)).group(1) == "20"  # clean: a test


def by_search(prompt):
    try:
        return ask(prompt)
    except openai.RateLimitError as e:
        time.sleep(retry_after_seconds(e.response.headers, 1))
        return None


def by_compiled_pattern(prompt):
    try:
        return ask(prompt)
    except openai.RateLimitError as e:
        time.sleep(retry_after_seconds(e.response.headers, 1))
        return None


def by_match_of_lowered_text(prompt):
    try:
        return ask(prompt)
    except openai.APIStatusError as e:
        text = str(e).lower()
        return retry_after_seconds(e.response.headers, None)


def by_findall(prompt):
    try:
        return ask(prompt)
    except openai.RateLimitError as e:
        time.sleep(retry_after_seconds(e.response.headers, 1.0))
        return None


def by_walrus(prompt):
    try:
        return ask(prompt)
    except openai.RateLimitError as e:
        if m := re.search(r"(?:try again|retry) in (?P<wait>\d+)", e.message):  # expect: HED303
            time.sleep(int(m["wait"]))
        return None


def by_split(prompt):
    try:
        return ask(prompt)
    except openai.RateLimitError as e:
        time.sleep(retry_after_seconds(e.response.headers, 1.0))  # expect: HED303
        return None


def by_partition(prompt):
    try:
        return ask(prompt)
    except openai.RateLimitError as e:
        time.sleep(retry_after_seconds(e.response.headers, 1))
        return None


def spoken(text):
    try:
        return voice.audio.speech(input=text)
    except pyai.PyAIError as e:
        found = re.search(r"resets in (\d+) s", e.message)  # expect: HED303
        time.sleep(int(found.group(1)) if found else 60)
        return None


def posted(payload):
    try:
        response = httpx.post(URL, json=payload)
        response.raise_for_status()
        return response
    except httpx.HTTPStatusError as e:
        time.sleep(retry_after_seconds(e.response.headers, 1))
        return None


def seconds_in(error: openai.RateLimitError) -> float:
    return retry_after_seconds(error.response.headers, 1.0)


def in_milliseconds(prompt):
    try:
        return ask(prompt)
    except Exception as e:
        time.sleep(
            retry_after_seconds(
                getattr(getattr(e, "response", None), "headers", None), 1
            )
        )
        return None


# Near misses


def by_header(prompt):
    try:
        return ask(prompt)
    except openai.RateLimitError as e:
        told = e.response.headers.get("retry-after", "")
        found = re.fullmatch(r"(\d+)", told)  # clean: the header's own value
        time.sleep(int(found.group(1)) if found else 1)
        return None


def request_id_in(error: openai.APIStatusError) -> str:
    found = re.search(r"request id ([\w-]+)", error.message)  # clean: no delay
    return found.group(1) if found else ""


def model_in(error: openai.BadRequestError) -> str:
    return error.message.split("model ")[1].split()[0]  # clean: a name


def limit_in(error: openai.BadRequestError) -> int:
    found = re.search(r"maximum context length is (\d+) tokens", error.message)  # clean: no delay
    return int(found.group(1)) if found else 0


def from_a_job(status: str) -> float:
    found = re.search(r"try again in (\d+)s", status)  # clean: no error's text
    return float(found.group(1)) if found else 1.0


def from_a_log(path):
    with open(path) as lines:
        for line in lines:
            found = re.search(r"retry after (\d+)", line)  # clean: a log's line
            if found:
                yield int(found.group(1))


def from_a_file(path):
    try:
        return open(path).read()
    except OSError as e:
        found = re.search(r"error (\d+)", str(e))  # clean: the file system's text
        return found and found.group(1)


def page(prompt):
    answer = requests.get("https://example.com/status").text
    found = re.search(r"wait (\d+) minutes", answer)  # clean: a page that is read for its content
    return int(found.group(1)) if found else 0


def said(prompt):
    try:
        return ask(prompt)
    except openai.RateLimitError as e:
        print("try again in a while:", str(e).split("\n")[0])  # clean: the first line is shown
        raise


def settings(text: str) -> list[str]:
    return text.split("retry after ")  # clean: a setting


def test_message_of_the_limit(limited):
    found = re.search(r"try again in (\d+)s", str(limited))  # clean: a test
    assert found
