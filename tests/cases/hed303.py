"""Cases of HED303: the seconds to wait are read out of an error's text."""

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
        found = re.search(r"try again in ([0-9.]+)s", str(e))  # expect: HED303
        time.sleep(float(found.group(1)) if found else 1)
        return None


def by_compiled_pattern(prompt):
    try:
        return ask(prompt)
    except openai.RateLimitError as e:
        found = SECONDS.search(e.message)  # expect: HED303
        time.sleep(float(found[1]) if found else 1)
        return None


def by_match_of_lowered_text(prompt):
    try:
        return ask(prompt)
    except openai.APIStatusError as e:
        text = str(e).lower()
        found = re.match(r".*retry after (\d+) seconds", text)  # expect: HED303
        return int(found.group(1)) if found else None


def by_findall(prompt):
    try:
        return ask(prompt)
    except openai.RateLimitError as e:
        numbers = re.findall(r"wait (\d+)", f"{e}")  # expect: HED303
        time.sleep(int(numbers[0]))
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
        time.sleep(float(str(e).split("try again in ")[1].split("s")[0]))  # expect: HED303
        return None


def by_partition(prompt):
    try:
        return ask(prompt)
    except openai.RateLimitError as e:
        _, _, rest = e.message.partition("retry after ")  # expect: HED303
        time.sleep(float(rest or 1))
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
        found = re.search(r"try again in (\d+)", e.response.text)  # expect: HED303
        time.sleep(int(found.group(1)) if found else 1)
        return None


def seconds_in(error: openai.RateLimitError) -> float:
    found = re.search(r"Please try again in ([\d.]+)s", error.message)  # expect: HED303
    return float(found.group(1)) if found else 1.0


def in_milliseconds(prompt):
    try:
        return ask(prompt)
    except Exception as e:
        found = re.search(r"try again in (\d+)ms", str(e))  # expect: HED303
        time.sleep(int(found.group(1)) / 1000 if found else 1)
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
