"""What messages say of waits: no more than is known of them; and whose contract they name."""

from __future__ import annotations

import pytest

from heedlint import Settings, check_source

ASK = """import config, random, time
import httpx
DELAYS = (1, 5, 25)
SAME = (5, 5, 5)
def ask(url, limiter, pause=2):
    for attempt in range(3):
        {before}
        try:
            answer = httpx.post(url)
            answer.raise_for_status()
            return answer
        except httpx.HTTPStatusError as e:
            if e.response.status_code != 429:
                raise
            {after}
"""


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("pass", "pass", "no delay"),
        ("pass", "time.sleep(5)", "a fixed delay"),
        ("time.sleep(0.5)", "pass", "a fixed delay"),
        ("pass", "time.sleep(config.PAUSE)", "a delay of its own"),
        ("pass", "time.sleep(pause)", "a delay of its own"),
        ("pass", "time.sleep(random.uniform(1, 3))", "a delay of its own"),
        ("pass", "time.sleep(config.delay(attempt))", "a delay of its own"),
        ("pass", "time.sleep(SAME[attempt])", "a delay of its own"),
        ("limiter.wait()", "pass", "a delay of its own"),
        ("pass", "time.sleep(pause * (attempt + 1))", "a delay that grows by itself"),
        ("pass", "time.sleep(min(60, 2**attempt))", "a delay that grows by itself"),
        ("pass", "time.sleep(DELAYS[attempt])", "a delay that grows by itself"),
    ],
)
def test_a_delay_is_called_what_is_known_of_it(before: str, after: str, said: str) -> None:
    source = ASK.format(before=before, after=after)
    (told,) = check_source(source, "ask.py", Settings(select=("HED301",)))
    assert told.message.startswith(f"retries 429 with {said};")


@pytest.mark.parametrize(
    ("reading", "said"),
    [
        ('int(headers.get("Retry-After"))', "it is missing or an HTTP-date"),
        ('int(headers["Retry-After"])', "it is missing or an HTTP-date"),
        ('int(headers.get("Retry-After", 1))', "it is an HTTP-date"),
        ('int(headers.get("Retry-After") or 1)', "it is an HTTP-date"),
        ("int(told) if told else 1", "it is an HTTP-date"),
        ("int(told) if told is not None else 1", "it is an HTTP-date"),
        ("int(told) if told is None else 1", "it is missing or an HTTP-date"),
        ('int(headers["Retry-After"]) if "Retry-After" in headers else 1', "it is an HTTP-date"),
    ],
)
def test_a_header_that_is_there_is_not_said_to_be_missing(reading: str, said: str) -> None:
    source = f"""def wait_of(headers):
    told = headers.get("Retry-After")
    print(told)
    return {reading}
"""
    (found,) = check_source(source, "wait.py", Settings(select=("HED304",)))
    assert found.message.endswith(f"of Retry-After breaks where {said}")


TRIES = """import time
import {package}
import anthropic
{client}
@tenacity.retry(stop=tenacity.stop_after_attempt(3))
def ask(messages):
    return {call}.chat.completions.create(model="m", messages=messages)
def ask_the_other(prompt):
    return anthropic.Anthropic().completions.create(model="m", prompt=prompt)
"""


@pytest.mark.parametrize(
    ("package", "client", "call", "catalogue"),
    [
        ("openai, tenacity", "", "openai", "openai"),
        ("openai, tenacity", "client = openai.OpenAI()", "client", "openai"),
        ("volcenginesdkarkruntime as ark, tenacity", "client = ark.Ark()", "client", "http"),
    ],
)
def test_the_contract_is_that_of_the_call_that_is_retried(
    package: str, client: str, call: str, catalogue: str
) -> None:
    source = TRIES.format(package=package, client=client, call=call)
    (found,) = check_source(source, "ask.py", Settings(select=("HED202",)))
    assert found.catalogues == (catalogue,)
