"""A retry of one's own around an SDK that retries as well: OpenAI's client tries three times by itself.

What the client does of its own accord is no finding, however often it does it. That the tries
multiply is said by the findings of the retry around it (tests/analysis/test_stacked_retries.py).
"""

import asyncio
import logging
import os
import time

import backoff
import openai
import pyai
import tenacity
from openai import AsyncOpenAI, OpenAI

MODEL = "gpt-5"
MESSAGES = [{"role": "user", "content": "hello"}]

client = OpenAI()
patient = OpenAI(max_retries=10)  # clean: the client's own retries heed the server
single = OpenAI(max_retries=0)
aclient = AsyncOpenAI(max_retries=5, timeout=60)  # clean: likewise
voice = pyai.PyAI(max_retries=4)  # clean: likewise

# Around a client that retries.


def asked(messages):
    for attempt in range(5):
        try:
            return client.chat.completions.create(model=MODEL, messages=messages)
        except openai.RateLimitError:  # expect: HED203, HED301
            time.sleep(2**attempt)
    return None


@tenacity.retry(  # expect: HED202, HED203
    wait=tenacity.wait_random_exponential(min=1, max=60),  # expect: HED301
    stop=tenacity.stop_after_attempt(6),
)
def completed(**kwargs):
    return patient.chat.completions.create(**kwargs)


@backoff.on_exception(backoff.expo, openai.RateLimitError, max_tries=6)  # expect: HED203, HED301
async def embedded(texts):
    return await aclient.embeddings.create(model="text-embedding-3-small", input=texts)


def drawn(prompt, tries=3):
    try:
        return client.with_options(max_retries=4).images.generate(model="gpt-image-1", prompt=prompt)
    except openai.APIStatusError:  # expect: HED202, HED203, HED301
        if tries == 0:
            raise
        time.sleep(5)
        return drawn(prompt, tries - 1)


class Writer:
    def __init__(self, key):
        self.client = OpenAI(api_key=key, max_retries=3)

    def write(self, topic):
        while True:  # expect: HED204
            try:
                return self.client.responses.create(model=MODEL, input=f"About {topic}")
            except openai.RateLimitError:  # expect: HED203, HED301
                time.sleep(20)


class Painter:
    def __init__(self, painter=None, attempts=3):
        self._client = painter or AsyncOpenAI(max_retries=1)
        self._attempts = attempts
        self._log = logging.getLogger(__name__)

    async def paint(self, prompt):
        for attempt in range(1, self._attempts + 1):
            try:
                return await self._client.images.generate(model="gpt-image-1", prompt=prompt)
            except openai.RateLimitError as e:  # expect: HED203, HED301
                self._log.warning("attempt %d of %d: %s", attempt, self._attempts, e.code)
                await self._pause(attempt)

    async def _pause(self, attempt):
        await asyncio.sleep(min(2**attempt, 30))


def spoken(text):
    for _ in range(3):
        try:
            return voice.audio.speech(input=text)
        except pyai.PyAIError:  # expect: HED202, HED203, HED301
            time.sleep(1)
    return None


# Around one that does not.


def asked_once_each(messages):
    for attempt in range(5):
        try:
            return single.chat.completions.create(model=MODEL, messages=messages)
        except openai.RateLimitError:  # expect: HED203, HED301
            time.sleep(2**attempt)
    return None


# Right, or nothing to be said.


def left_to_the_client(messages):
    return patient.chat.completions.create(model=MODEL, messages=messages)  # clean: the client retries


def more_for_this_one(messages):
    stubborn = client.with_options(max_retries=8, timeout=120)  # clean: the client's own retries
    return stubborn.chat.completions.create(model=MODEL, messages=messages)


def as_configured(messages):
    configured = OpenAI(max_retries=int(os.environ["TRIES"]))  # clean: however many
    try:
        return configured.chat.completions.create(model=MODEL, messages=messages)
    except openai.RateLimitError:  # clean: ends here
        return None


def wait_of(error, attempt):
    told = error.response.headers.get("retry-after", "")
    return float(told) if told.isdigit() else 2.0**attempt


def rightly(messages):
    for attempt in range(5):
        try:
            return single.chat.completions.create(model=MODEL, messages=messages)
        except openai.RateLimitError as e:  # clean: the quota is told apart, the header heeded
            if e.code != "rate_limit_exceeded":
                raise
            time.sleep(wait_of(e, attempt))
    return None


@tenacity.retry(
    retry=tenacity.retry_if_exception_type((openai.APIConnectionError, openai.InternalServerError)),
    wait=tenacity.wait_exponential(),  # clean: no 429 among them
    stop=tenacity.stop_after_attempt(3),
)
def outages(messages):
    return single.chat.completions.create(model=MODEL, messages=messages)


async def many(prompts):
    tasks = [aclient.responses.create(model=MODEL, input=prompt) for prompt in prompts]
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    return [answer for answer in answers if not isinstance(answer, openai.APIError)]  # clean: left out


def one_after_another(prompts):
    answers = []
    for prompt in prompts:
        try:
            answers.append(client.responses.create(model=MODEL, input=prompt))
        except openai.RateLimitError:  # clean: on to the next one
            time.sleep(1)
    return answers


def next_model(messages):
    for model in ("gpt-5", "gpt-5-mini"):
        try:
            return client.chat.completions.create(model=model, messages=messages)
        except openai.RateLimitError:  # clean: another model is another request
            continue
    return None


def parsed(text):
    for _ in range(3):
        answer = patient.responses.create(model=MODEL, input=text)
        try:
            return int(answer.output_text)
        except ValueError:  # clean: the answer is at fault, not the call
            continue
    return None
