"""Cases of HED204: as long as the error stays, the call is tried again."""

import asyncio
import itertools
import logging
import random
import threading
import time

import aiohttp
import backoff
import httpx
import openai
import pyai
import requests
import stamina
import tenacity
from openai import AsyncOpenAI, OpenAI
from tenacity import (
    AsyncRetrying,
    Retrying,
    retry,
    retry_if_exception,
    retry_if_exception_type,
    retry_if_result,
    stop_after_attempt,
    stop_after_delay,
    stop_never,
    stop_when_event_set,
    wait_exponential,
    wait_fixed,
)

logger = logging.getLogger(__name__)

OPENAI_URL = "https://api.openai.com/v1/chat/completions"
PYAI_URL = "https://api.pyai.com/v1/audio/transcriptions"
client = OpenAI()
aclient = AsyncOpenAI(max_retries=0)
cue = OpenAI(base_url="https://api.pyai.com/v1", max_retries=0)
voice = pyai.PyAI()

MAX_ATTEMPTS = 5
FOREVER = True


class Busy(Exception):
    pass


# while True


def ask(prompt):
    attempts = 0
    while True:  # expect: HED204
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.RateLimitError:  # expect: HED203, HED301
            attempts += 1
            if attempts == 8:
                raise
            time.sleep(10)


def ask_servers(prompt):
    attempts = 0
    while 1:  # expect: HED204
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.InternalServerError as e:
            attempts += 1
            if attempts == 8:
                raise
            logger.warning("server error %s, again", e.request_id)
            time.sleep(random.uniform(1, 3))


async def ask_async(messages):
    attempts = 0
    while True:  # expect: HED204
        try:
            answer = await aclient.chat.completions.create(model="gpt-5", messages=messages)
            break
        except Exception as e:  # expect: HED202, HED203, HED301
            attempts += 1
            if attempts == 8:
                raise
            logger.error("failed: %s", e)
            await asyncio.sleep(5)
    return answer.choices[0].message.content


def ask_counting_for_the_delay_alone(prompt):
    attempt = 0
    attempts = 0
    while True:  # expect: HED204
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.InternalServerError:
            attempts += 1
            if attempts == 8:
                raise
            attempt += 1
            time.sleep(min(2**attempt, 60))


def ask_unless_refused(prompt):
    attempts = 0
    while True:  # expect: HED204
        try:
            return cue.responses.create(model="pyai-cue", input=prompt)
        except openai.APIStatusError as e:  # expect: HED203, HED301
            attempts += 1
            if attempts == 8:
                raise
            if e.status_code in (400, 401, 402, 403, 404, 409):
                raise
            time.sleep(2)


def speak(text):
    attempts = 0
    while FOREVER:  # expect: HED204
        try:
            return voice.audio.speech(input=text)
        except pyai.PyAIError as e:  # expect: HED203, HED301
            attempts += 1
            if attempts == 8:
                raise
            if e.status != 429:
                raise Busy from e
            time.sleep(30)


def post(payload):
    while True:  # expect: HED204
        response = requests.post(OPENAI_URL, json=payload, timeout=60)
        if response.status_code == 503:
            time.sleep(1)
            continue
        response.raise_for_status()
        return response.json()


async def transcribe(session: aiohttp.ClientSession, payload):
    while True:  # expect: HED204
        async with session.post(PYAI_URL, json=payload) as response:
            if response.status == 429:  # expect: HED203, HED301
                await asyncio.sleep(1)
                continue
            return await response.json()


def post_while_down(payload):
    response = requests.post(OPENAI_URL, json=payload)
    while response.status_code == 503:  # expect: HED204
        time.sleep(5)
        response = requests.post(OPENAI_URL, json=payload)
    return response


class Worker:
    def __init__(self):
        self._http = httpx.Client(base_url="https://api.openai.com/v1")

    def embed(self, texts):
        attempts = 0
        while True:  # expect: HED204
            try:
                response = self._http.post("/embeddings", json={"input": texts})
                response.raise_for_status()
            except httpx.HTTPStatusError as e:
                attempts += 1
                if attempts == 8:
                    raise
                if e.response.status_code < 500:
                    raise
                time.sleep(1)
            else:
                return response.json()


# Flags and other tests that only success ends


def ask_flag(prompt):
    done = False
    answer = None
    while not done:  # expect: HED204
        try:
            answer = client.responses.create(model="gpt-5", input=prompt)
            done = True
        except openai.InternalServerError:
            time.sleep(1)
    return answer


def ask_pending(prompt):
    pending = True
    while pending:  # expect: HED204
        try:
            answer = client.responses.create(model="gpt-5", input=prompt)
            pending = False
        except openai.APIError as e:  # expect: HED202, HED203, HED301
            print("waiting", e)
            time.sleep(20)
    return answer


def ask_until_there_is_one(prompt):
    response = None
    while response is None:  # expect: HED204
        try:
            response = client.responses.create(model="gpt-5", input=prompt)
        except openai.InternalServerError:
            time.sleep(1)
    return response.output_text


def ask_until_true(prompt):
    answer = None
    while not answer:  # expect: HED204
        try:
            answer = client.responses.create(model="gpt-5", input=prompt)
        except (openai.InternalServerError, openai.APIConnectionError):
            time.sleep(1)
    return answer.output_text


# itertools


def ask_counting(prompt):
    attempts = 0
    for attempt in itertools.count():  # expect: HED204
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.InternalServerError:
            attempts += 1
            if attempts == 8:
                raise
            time.sleep(min(2**attempt, 60))


def ask_repeating(prompt):
    attempts = 0
    for _ in itertools.repeat(None):  # expect: HED204
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.InternalServerError:
            attempts += 1
            if attempts == 8:
                raise
            time.sleep(1)


# Recursion


def ask_again(prompt):
    try:
        return client.responses.create(model="gpt-5", input=prompt)
    except openai.InternalServerError:  # expect: HED204
        time.sleep(2)
        return ask_again(prompt)


def ask_again_slower(prompt, attempt=0):
    try:
        return client.responses.create(model="gpt-5", input=prompt)
    except openai.RateLimitError:  # expect: HED203, HED204, HED301
        time.sleep(2**attempt)
        return ask_again_slower(prompt, attempt + 1)


class Speaker:
    async def say(self, text):
        try:
            return await asyncio.to_thread(voice.audio.speech, input=text)
        except pyai.PyAIError as e:  # expect: HED203, HED204, HED301
            if e.code in ("rate_limit_exceeded", "concurrency_limit_exceeded", "daily_cap_exceeded"):
                await asyncio.sleep(3)
                return await self.say(text)
            raise


# Libraries


@tenacity.retry(stop=tenacity.stop_after_attempt(8))  # expect: HED202, HED203, HED204, HED301
def ask_decorated(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(
    retry=retry_if_exception_type(openai.InternalServerError),
    wait=wait_exponential(),
    stop=tenacity.stop_after_attempt(8),
)  # expect: HED204
def ask_without_stop(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(  # expect: HED204
    retry=retry_if_exception_type(openai.InternalServerError),
    wait=wait_fixed(2),
    stop=tenacity.stop_after_attempt(8),
)
def ask_stop_never(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


async def ask_in_attempts(prompt):
    async for attempt in AsyncRetrying(
        retry=retry_if_exception(lambda e: getattr(e, "status_code", 0) >= 500),
        stop=tenacity.stop_after_attempt(8),
    ):  # expect: HED204
        with attempt:
            return await aclient.responses.create(model="gpt-5", input=prompt)


policy = Retrying(  # expect: HED204
    retry=retry_if_exception_type(openai.InternalServerError),
    wait=wait_exponential(max=60),
    reraise=True,
    stop=tenacity.stop_after_attempt(8),
)


def ask_called(prompt):
    return policy(client.responses.create, model="gpt-5", input=prompt)


@backoff.on_exception(backoff.expo, openai.InternalServerError, max_tries=8)  # expect: HED204
def ask_expo(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@backoff.on_exception(  # expect: HED204
    backoff.constant,
    openai.InternalServerError,
    max_tries=8,
    interval=5,
)
async def ask_constant(prompt):
    return await aclient.responses.create(model="gpt-5", input=prompt)


@stamina.retry(on=openai.InternalServerError, attempts=8, timeout=None)  # expect: HED204
def ask_stamina(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


def ask_stamina_context(prompt):
    for attempt in stamina.retry_context(on=openai.InternalServerError, attempts=8, timeout=None):  # expect: HED204
        with attempt:
            return client.responses.create(model="gpt-5", input=prompt)


# Near misses: a number ends the tries


def ask_counted(prompt):
    attempt = 0
    while True:  # clean: the counter raises
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.InternalServerError:
            attempt += 1
            if attempt >= MAX_ATTEMPTS:
                raise
            time.sleep(2**attempt)


def ask_counted_after(prompt):
    attempt = 0
    while True:  # clean: tested before it is counted
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.InternalServerError:
            if attempt == MAX_ATTEMPTS:
                raise
            attempt += 1
            time.sleep(1)


def ask_counted_down(prompt, left=3):
    while True:  # clean: counted down
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.InternalServerError:
            left -= 1
            if not left:
                break
            time.sleep(1)
    return None


def ask_growing_delay(prompt):
    delay = 1
    while True:  # clean: ends where the delay gets long
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.InternalServerError:
            if delay > 60:
                raise
            time.sleep(delay)
            delay *= 2


def ask_range(prompt):
    for _ in range(MAX_ATTEMPTS):  # clean: a range
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.InternalServerError:
            time.sleep(1)
    raise Busy


def ask_limit(prompt):
    attempts = 0
    while attempts < MAX_ATTEMPTS:  # clean: the head counts
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.InternalServerError:
            attempts += 1
            time.sleep(1)
    raise Busy


def ask_flag_and_limit(prompt):
    done = False
    tries = 0
    while not done and tries < 3:  # clean: one of two tests counts
        tries += 1
        try:
            answer = client.responses.create(model="gpt-5", input=prompt)
            done = True
        except openai.InternalServerError:
            time.sleep(1)
    return answer if done else None


def ask_errors_kept(prompt):
    errors = []
    answer = None
    while answer is None and len(errors) < 3:  # clean: the list of errors counts
        try:
            answer = client.responses.create(model="gpt-5", input=prompt)
        except openai.InternalServerError as e:
            errors.append(e)
    return answer


def ask_counting_to_five(prompt):
    for attempt in itertools.count(1):  # clean: raises at the fifth
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.InternalServerError:
            if attempt >= 5:
                raise
            time.sleep(attempt)


def ask_sliced(prompt):
    for _ in itertools.islice(itertools.count(), 5):  # clean: a slice of it
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.InternalServerError:
            time.sleep(1)
    raise Busy


def ask_delays(prompt):
    for delay in (1, 2, 4, None):  # clean: as many as there are delays
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.InternalServerError:
            if delay is None:
                raise
            time.sleep(delay)


def ask_again_counted(prompt, left=3):
    try:
        return client.responses.create(model="gpt-5", input=prompt)
    except openai.InternalServerError:  # clean: the counter ends it
        if left <= 0:
            raise
        time.sleep(2)
        return ask_again_counted(prompt, left - 1)


def ask_again_asserted(prompt, tries=0):
    assert tries < MAX_ATTEMPTS
    try:
        return client.responses.create(model="gpt-5", input=prompt)
    except openai.InternalServerError:  # clean: the assertion ends it
        time.sleep(2)
        return ask_again_asserted(prompt, tries + 1)


def ask_walrus(prompt):
    tries = 0
    while True:  # clean: counted in the test
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.InternalServerError:
            if (tries := tries + 1) > 3:
                raise
            time.sleep(1)


def ask_delays_left(prompt):
    delays = [1, 2, 4]
    while True:  # clean: as many as there are delays
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.InternalServerError:
            if not delays:
                raise
            time.sleep(delays.pop(0))


def ask_next_delay(prompt):
    delays = iter((1, 2, 4))
    while True:  # clean: `next` raises after the last
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.InternalServerError:
            time.sleep(next(delays))


def post_counted(payload):
    tries = 0
    while True:  # clean: the counter ends it
        response = requests.post(OPENAI_URL, json=payload)
        if response.status_code >= 500 and tries < 3:
            tries += 1
            time.sleep(1)
            continue
        return response


class Counted:
    def __init__(self):
        self.failures = 0

    def ask(self, prompt):
        while True:  # clean: the object counts
            try:
                return client.responses.create(model="gpt-5", input=prompt)
            except openai.InternalServerError:
                self.failures += 1
                if self.failures > 10:
                    raise
                time.sleep(1)


# Near misses: time ends the tries


def ask_deadline(prompt):
    deadline = time.monotonic() + 60
    while True:  # clean: a deadline
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.InternalServerError:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)


def ask_while_there_is_time(prompt):
    started = time.time()
    while time.time() - started < 120:  # clean: a deadline in the head
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.InternalServerError:
            time.sleep(1)
    raise Busy


async def ask_in_a_minute(prompt):
    async with asyncio.timeout(60):
        while True:  # clean: the block around ends it
            try:
                return await aclient.responses.create(model="gpt-5", input=prompt)
            except openai.InternalServerError:
                await asyncio.sleep(1)


async def _ask_for_ever(prompt):
    while True:  # clean: the only caller gives it a minute
        try:
            return await aclient.responses.create(model="gpt-5", input=prompt)
        except openai.InternalServerError:
            await asyncio.sleep(1)


async def ask_waited_for(prompt):
    return await asyncio.wait_for(_ask_for_ever(prompt), timeout=60)


# Near misses: something else ends the tries


def ask_until_stopped(prompt, stopped: threading.Event):
    while not stopped.is_set():  # clean: an event ends it
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.InternalServerError:
            stopped.wait(1)
    return None


def ask_unless_stopped(prompt, stopped: threading.Event):
    while True:  # clean: the wait tells of the event
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.InternalServerError:
            if stopped.wait(timeout=5):
                raise


class Stoppable:
    def __init__(self):
        self._running = True

    def stop(self):
        self._running = False

    def ask(self, prompt):
        while self._running:  # clean: `stop` ends it
            try:
                return client.responses.create(model="gpt-5", input=prompt)
            except openai.InternalServerError:
                time.sleep(1)
        return None


class Service:
    def __init__(self):
        self.running = True

    def ask(self, prompt):
        while self.running:  # clean: somebody may switch it off
            try:
                return client.responses.create(model="gpt-5", input=prompt)
            except openai.InternalServerError:
                time.sleep(1)
        return None


def ask_with_a_budget(prompt, budget):
    while True:  # clean: the helper is unknown, and may raise
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.InternalServerError as e:
            budget.spend(e)


def ask_the_user(prompt):
    while True:  # clean: the user ends it
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.InternalServerError:
            if input("again? ") != "y":
                raise


def ask_shorter(prompt):
    while True:  # clean: another request each time
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.InternalServerError:
            prompt = prompt[: len(prompt) // 2]


# Near misses: no retries


def serve(queue):
    while True:  # clean: the next job
        job = queue.get()
        try:
            job.finish(client.responses.create(model="gpt-5", input=job.prompt))
        except openai.InternalServerError as e:
            job.fail(e)


def wait_for_batch(batch_id):
    while True:  # clean: polling
        try:
            batch = client.batches.retrieve(batch_id)
        except openai.InternalServerError:
            time.sleep(30)
            continue
        if batch.status in ("completed", "failed"):
            return batch
        time.sleep(30)


def chat():
    messages = []
    while True:  # clean: a conversation
        messages.append({"role": "user", "content": input("> ")})
        try:
            answer = client.chat.completions.create(model="gpt-5", messages=messages)
        except openai.InternalServerError:
            print("something went wrong")
            continue
        print(answer.choices[0].message.content)


def ask_once(prompt):
    while True:  # clean: the handler raises
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except openai.InternalServerError as e:
            raise Busy from e


def monitor():
    while True:  # clean: asked every minute, whatever comes
        try:
            client.models.list()
            up = True
        except openai.InternalServerError:
            up = False
        print("up" if up else "down")
        time.sleep(60)


# Near misses: libraries


@retry(
    retry=retry_if_exception_type(openai.InternalServerError),
    stop=stop_after_attempt(5),  # clean: a number
)
def ask_five(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(
    retry=retry_if_exception_type(openai.InternalServerError),
    stop=stop_after_delay(60) | stop_after_attempt(10),  # clean: time or a number
)
def ask_either(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


stopping = threading.Event()


@retry(
    retry=retry_if_exception_type(openai.InternalServerError),
    stop=stop_when_event_set(stopping),  # clean: an event
)
def ask_until_event(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@retry(
    retry=retry_if_exception_type(openai.InternalServerError),
    stop=lambda state: state.attempt_number > 4,  # clean: a stop of its own
)
def ask_own_stop(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


def _few_times(state):
    error = state.outcome.exception()
    return isinstance(error, openai.InternalServerError) and state.attempt_number < 5


@retry(retry=_few_times, wait=wait_fixed(1))  # clean: the predicate counts
def ask_few_times(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


def ask_as_configured(prompt, **options):
    for attempt in Retrying(retry=retry_if_exception_type(openai.InternalServerError), **options):  # clean: unknown
        with attempt:
            return client.responses.create(model="gpt-5", input=prompt)


@retry(retry=retry_if_result(lambda status: status == "running"), wait=wait_fixed(5))  # clean: polling
def batch_status(batch_id):
    return client.batches.retrieve(batch_id).status


@backoff.on_exception(backoff.expo, openai.InternalServerError, max_time=120)  # clean: time
def ask_two_minutes(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@backoff.on_exception(backoff.expo, openai.InternalServerError, max_tries=lambda: MAX_ATTEMPTS)  # clean: a number
def ask_tries(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@stamina.retry(on=openai.InternalServerError)  # clean: ten attempts, 45 seconds by default
def ask_stamina_default(prompt):
    return client.responses.create(model="gpt-5", input=prompt)


@stamina.retry(on=openai.InternalServerError, attempts=None)  # clean: 45 seconds by default
def ask_stamina_time(prompt):
    return client.responses.create(model="gpt-5", input=prompt)
