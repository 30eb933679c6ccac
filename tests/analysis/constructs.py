"""Retry constructs written by hand: what the oracle reads, and runs for real.

Each is the end of a module that begins with `HEADER`, and has a function `run` that calls the API.
"""

from __future__ import annotations

BASE = "https://api.pyai.com/v1"

HEADER = f"""\
import asyncio
import contextlib
import itertools
import random
import time

import aiohttp
import httpx
import openai
import pyai
import requests
import tenacity
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

BASE = "{BASE}"
client = openai.OpenAI(base_url="{BASE}", api_key="k", max_retries=0)
aclient = openai.AsyncOpenAI(base_url="{BASE}", api_key="k", max_retries=0)
voice = pyai.PyAI(api_key="pyai_test_key", base_url="{BASE}")


class Retriable(Exception):
    pass


def told(error, fallback):
    value = error.response.headers.get("retry-after")
    return float(value) if value and value.isdigit() else fallback


"""

OPENAI = 'client.chat.completions.create(model="m", messages=[])'
SPEAK = 'voice.audio.speech(input="hello")'
POST = 'post(BASE + "/chat/completions", json=[])'
STATUS_SET = "RETRIED = frozenset({402, 429, 500})"


def loop(handler: str, call: str = OPENAI, rounds: int = 4) -> str:
    """A function with a loop around a call and one handler."""
    body = "\n".join(f"            {line}" for line in handler.splitlines()[1:])
    return (
        f"def run():\n    for attempt in range({rounds}):\n        try:\n"
        f"            return {call}\n        {handler.splitlines()[0]}\n{body}\n"
    )


def checked(client: str, test: str, rest: str) -> str:
    """A loop that tests the answer of a client that does not raise."""
    return (
        f"def run():\n    for attempt in range(4):\n        response = {client}.{POST}\n"
        f"        if {test}:\n            {rest}\n            continue\n        return response\n"
    )


RAISED = (
    "def run():\n    for attempt in range(4):\n        try:\n"
    "            response = {client}." + POST + "\n            response.raise_for_status()\n"
    "            return response\n        except {klass} as e:\n            {rest}\n"
)

BY_HAND = {
    "loop, everything, fixed": loop("except Exception:\n    time.sleep(1)"),
    "loop, everything, at once": loop("except Exception:\n    pass"),
    "loop, bare except": loop("except:\n    continue"),
    "loop, rate limit, growing": loop("except openai.RateLimitError:\n    time.sleep(2**attempt)"),
    "loop, rate limit, told": loop(
        "except openai.RateLimitError as e:\n    time.sleep(told(e, 2**attempt))"
    ),
    "loop, status error, told inline": loop(
        "except openai.APIStatusError as e:\n"
        '    time.sleep(float(e.response.headers.get("retry-after", 1)))'
    ),
    "loop, two classes": loop(
        "except (openai.AuthenticationError, openai.ConflictError):\n    time.sleep(1)"
    ),
    "loop, class without a name for 402": loop(
        "except (openai.BadRequestError, openai.PermissionDeniedError):\n    time.sleep(1)"
    ),
    "loop, statuses of a constant": STATUS_SET
    + "\n\n"
    + loop(
        "except openai.APIStatusError as e:\n    if e.status_code not in RETRIED:\n"
        "        raise\n    time.sleep(1)"
    ),
    "loop, client errors raised": loop(
        "except openai.APIStatusError as e:\n    if e.status_code < 429:\n        raise\n"
        "    time.sleep(1)"
    ),
    "loop, code": loop(
        'except openai.APIError as e:\n    if e.code in ("credit_exhausted",):\n'
        "        time.sleep(1)\n    else:\n        raise"
    ),
    "loop, predicate": "def again(e):\n    return isinstance(e, openai.RateLimitError)\n\n\n"
    + loop("except Exception as e:\n    if not again(e):\n        raise\n    time.sleep(1)"),
    "loop, last attempt raised": loop(
        "except openai.RateLimitError:\n    if attempt == 3:\n        raise\n    time.sleep(0.5)"
    ),
    "loop, ends in return": loop("except openai.APIError:\n    return None"),
    "loop, helper with a growing delay": "def pause(n):\n    time.sleep(min(2**n, 5))\n\n\n"
    + loop("except openai.APIStatusError:\n    pause(attempt)"),
    "loop, delay of two": loop(
        "except openai.RateLimitError as e:\n    time.sleep(max(told(e, 0), 2**attempt))"
    ),
    "while, counter": (
        "def run():\n    tries = 0\n    while tries < 3:\n        try:\n"
        f"            return {OPENAI}\n        except openai.APIError:\n            tries += 1\n"
        "            time.sleep(1)\n"
    ),
    "while, doubled delay": (
        "def run():\n    delay = 1\n    while delay < 8:\n        try:\n"
        f"            return {OPENAI}\n        except openai.RateLimitError:\n"
        "            time.sleep(delay)\n            delay *= 2\n"
    ),
    "recursion": (
        f"def run(depth=0):\n    try:\n        return {OPENAI}\n"
        "    except openai.APIStatusError:\n        if depth > 2:\n            raise\n"
        "        time.sleep(1)\n        return run(depth + 1)\n"
    ),
    "pyai, everything": loop("except pyai.PyAIError:\n    time.sleep(2**attempt)", SPEAK),
    "pyai, code": loop(
        'except pyai.PyAIError as e:\n    if e.code != "rate_limit_exceeded":\n        raise\n'
        "    time.sleep(1)",
        SPEAK,
    ),
    "pyai, status": loop(
        "except pyai.PyAIError as e:\n    if e.status in (402, 429):\n        time.sleep(1)\n"
        "        continue\n    raise",
        SPEAK,
    ),
    "requests, status": checked("requests", "response.status_code == 429", "time.sleep(1)"),
    "requests, told": checked(
        "requests",
        "response.status_code == 429",
        'time.sleep(float(response.headers.get("Retry-After", 1)))',
    ),
    "requests, not ok": checked("requests", "not response.ok", "time.sleep(2**attempt)"),
    "requests, transport errors": loop(
        "except requests.RequestException:\n    time.sleep(1)", "requests." + POST
    ),
    "requests, raised": RAISED.format(
        client="requests", klass="requests.RequestException", rest="time.sleep(1)"
    ),
    "httpx, raised": RAISED.format(
        client="httpx", klass="httpx.HTTPStatusError", rest="time.sleep(2**attempt)"
    ),
    "httpx, raised, told": RAISED.format(
        client="httpx", klass="httpx.HTTPStatusError", rest="time.sleep(told(e, 1))"
    ),
    "httpx, transport errors": RAISED.format(
        client="httpx", klass="httpx.TransportError", rest="time.sleep(1)"
    ),
    "httpx, range": checked("httpx", "400 <= response.status_code < 500", "time.sleep(1)"),
    "httpx, is_error": checked("httpx", "response.is_error", "time.sleep(1)"),
    "async loop": (
        "async def run():\n    for attempt in range(3):\n        try:\n"
        f"            return await a{OPENAI}\n        except openai.APIStatusError:\n"
        "            await asyncio.sleep(1)\n"
    ),
    "aiohttp, status": (
        "async def run():\n    async with aiohttp.ClientSession() as session:\n"
        "        for attempt in range(3):\n"
        f"            async with session.{POST} as response:\n"
        "                if response.status in (402, 429):\n"
        "                    await asyncio.sleep(1)\n                    continue\n"
        "                return await response.json()\n"
    ),
    "loop, gives up early": loop(
        "except openai.RateLimitError:\n    if attempt >= 2:\n        raise\n    time.sleep(1)",
        rounds=10,
    ),
    "loop, last round by its constant": "TRIES = 3\n\n\n"
    + loop(
        "except openai.APIStatusError as e:\n    if attempt == TRIES - 1:\n        raise\n"
        "    time.sleep(told(e, 1))"
    ).replace("range(4)", "range(TRIES)"),
    "loop, match": loop(
        "except openai.APIStatusError as e:\n    match e.status_code:\n        case 402 | 429:\n"
        "            time.sleep(2)\n        case _:\n            raise"
    ),
    "loop, else": (
        "def run():\n    for attempt in range(3):\n        try:\n"
        f"            answer = {OPENAI}\n        except openai.PermissionDeniedError:\n"
        "            time.sleep(1)\n        else:\n            return answer\n"
    ),
    "loop, codes never to be retried": 'NEVER = {"unauthorized", "forbidden"}\n\n\n'
    + loop(
        "except openai.APIError as e:\n    if e.code in NEVER:\n        raise\n    time.sleep(1)"
    ),
    "while true": (
        f"def run():\n    while True:\n        try:\n            return {OPENAI}\n"
        "        except openai.RateLimitError as e:\n            time.sleep(told(e, 5))\n"
    ),
    "while true, counted within": (
        "def run():\n    tries = 0\n    while True:\n        try:\n"
        f"            return {OPENAI}\n        except openai.APIStatusError:\n"
        "            tries += 1\n            if tries > 3:\n                raise\n"
        "            time.sleep(1)\n"
    ),
    "while, flag": (
        "def run():\n    done = False\n    while not done:\n        try:\n"
        f"            answer = {OPENAI}\n            done = True\n"
        "        except openai.ConflictError:\n            time.sleep(1)\n    return answer\n"
    ),
    "for ever by count": (
        "def run():\n    for attempt in itertools.count():\n        try:\n"
        f"            return {OPENAI}\n        except openai.AuthenticationError:\n"
        "            time.sleep(min(2**attempt, 4))\n"
    ),
    "recursion, for ever": (
        f"def run():\n    try:\n        return {OPENAI}\n    except openai.RateLimitError:\n"
        "        time.sleep(1)\n        return run()\n"
    ),
}
BY_HAND["loop, parent first"] = BY_HAND["loop, ends in return"].replace(
    "            return None\n",
    "            raise\n        except openai.RateLimitError:\n            time.sleep(1)\n",
)

# Those that take more to follow, so that the count of the unknown is an honest one.
HARDER = {
    "loop, suppressed": (
        "def run():\n    for attempt in range(3):\n"
        f"        with contextlib.suppress(openai.APIError):\n            return {OPENAI}\n"
    ),
    "loop, exception kept": (
        "def run():\n    answer = None\n    for attempt in range(3):\n        try:\n"
        f"            answer = {OPENAI}\n        except openai.APIError as e:\n"
        "            answer = e\n        if not isinstance(answer, Exception):\n"
        "            return answer\n        time.sleep(1)\n"
    ),
    "loop, sleep in finally": (
        f"def run():\n    for attempt in range(3):\n        try:\n            return {OPENAI}\n"
        "        except openai.APIStatusError:\n            pass\n"
        "        finally:\n            time.sleep(1)\n"
    ),
    "loop, success tested": (
        f"def run():\n    for attempt in range(3):\n        response = requests.{POST}\n"
        "        if response.status_code == 200:\n            return response\n"
        "        time.sleep(2**attempt)\n"
    ),
    "decorator of the file": (
        "def patient(function):\n    def wrapper(*args, **kwargs):\n"
        "        for attempt in range(3):\n            try:\n"
        "                return function(*args, **kwargs)\n"
        "            except openai.RateLimitError:\n                time.sleep(2**attempt)\n"
        '        raise RuntimeError("given up")\n\n    return wrapper\n\n\n'
        f"@patient\ndef run():\n    return {OPENAI}\n"
    ),
    "helper that calls": (
        "def persist(call, tries=3):\n    for _ in range(tries):\n        try:\n"
        "            return call()\n        except openai.APIStatusError as e:\n"
        "            if e.status_code not in (402, 429):\n                raise\n"
        "            time.sleep(told(e, 1))\n\n\n"
        f"def run():\n    return persist(lambda: {OPENAI})\n"
    ),
    "class": (
        "class Asker:\n    RETRIED = (openai.RateLimitError, openai.AuthenticationError)\n\n"
        "    def __init__(self, tries):\n        self.client = client\n"
        "        self.tries = tries\n\n"
        "    def ask(self):\n        for attempt in range(self.tries):\n            try:\n"
        f"                return self.{OPENAI}\n            except self.RETRIED:\n"
        "                self.wait(attempt)\n\n"
        "    def wait(self, attempt):\n        time.sleep(1 + 2**attempt)\n\n\n"
        "def run():\n    return Asker(4).ask()\n"
    ),
    "class that says the attempt": (
        "import logging\n\n\nclass Asker:\n    def __init__(self):\n"
        '        self.client = client\n        self.log = logging.getLogger("asker")\n\n'
        "    def ask(self):\n        for attempt in range(3):\n            try:\n"
        f"                return self.{OPENAI}\n"
        "            except openai.RateLimitError as e:\n"
        '                self.log.info("attempt %d", attempt)\n'
        "                time.sleep(told(e, 1))\n\n\n"
        "def run():\n    return Asker().ask()\n"
    ),
    "field that there is none of": loop(
        'except openai.APIStatusError as e:\n    if hasattr(e, "retry_after"):\n'
        "        time.sleep(e.retry_after)\n        continue\n    raise"
    ),
    "assertion": loop(
        "except openai.APIStatusError as e:\n    assert e.status_code in (402, 429), e\n"
        "    time.sleep(1)"
    ),
    "text that decides": loop(
        'except openai.APIError as e:\n    if "credit" not in str(e):\n        raise\n'
        "    time.sleep(1)"
    ),
    "isinstance, one after another": loop(
        "except Exception as e:\n    if isinstance(e, openai.AuthenticationError):\n"
        "        raise\n    if isinstance(e, openai.RateLimitError):\n"
        "        time.sleep(told(e, 1))\n        continue\n"
        "    if isinstance(e, openai.APIStatusError) and e.status_code == 402:\n"
        "        return None\n    time.sleep(0.5)"
    ),
    "own error that tells": (
        "class Failed(Exception):\n    def __init__(self, again):\n        self.again = again\n\n\n"
        f"def send():\n    try:\n        return {OPENAI}\n    except openai.APIStatusError as e:\n"
        "        raise Failed(e.status_code == 429) from e\n\n\n"
        + loop(
            "except Failed as e:\n    if not e.again:\n        raise\n    time.sleep(1)", "send()"
        )
    ),
    "error kept for later": (
        "def run():\n    last = None\n    for attempt in range(1, 4):\n        try:\n"
        f"            return {OPENAI}\n        except openai.PermissionDeniedError as e:\n"
        "            last = e\n            if attempt < 3:\n                time.sleep(attempt)\n"
        "    raise last\n"
    ),
    "walrus": (
        "def run():\n    tries = 0\n    while (tries := tries + 1) <= 3:\n        try:\n"
        f"            return {OPENAI}\n        except openai.RateLimitError as e:\n"
        "            time.sleep(told(e, tries))\n"
    ),
    "delays by status": "DELAYS = {402: 1, 429: 5}\n\n\n"
    + loop(
        "except openai.APIStatusError as e:\n    if e.status_code not in DELAYS:\n        raise\n"
        "    time.sleep(DELAYS[e.status_code])"
    ),
    "list of delays": (
        "def run():\n    for delay in (1, 3, 5):\n        try:\n"
        f"            return {OPENAI}\n        except openai.RateLimitError:\n"
        "            time.sleep(delay)\n"
    ),
    "two handlers": loop(
        "except openai.RateLimitError as e:\n    time.sleep(told(e, 1))\n"
        "except openai.APIStatusError as e:\n    if e.status_code < 409:\n        raise\n"
        "    time.sleep(1)"
    ).replace("            except openai.APIStatusError", "        except openai.APIStatusError"),
    "deadline": (
        "def run():\n    end = time.monotonic() + 30\n    tries = 0\n"
        "    while time.monotonic() < end and tries < 5:\n        tries += 1\n        try:\n"
        f"            return {OPENAI}\n        except openai.APIStatusError:\n"
        "            time.sleep(random.uniform(1, 2))\n"
    ),
    "status raised by a helper": (
        "def good(response):\n    response.raise_for_status()\n    return response\n\n\n"
        + loop(
            "except requests.HTTPError as e:\n    if e.response.status_code != 429:\n"
            "        raise\n    time.sleep(told(e, 1))",
            f"good(requests.{POST})",
        )
    ),
    "status of a helper": (
        f"def status():\n    return requests.{POST}.status_code\n\n\n"
        "def run():\n    for attempt in range(3):\n        code = status()\n"
        "        if code < 400:\n            return code\n        if code != 402:\n"
        "            return None\n        time.sleep(1)\n"
    ),
    "recursion, counted down": (
        f"def run(left=2):\n    try:\n        return {OPENAI}\n"
        "    except openai.APIStatusError as e:\n        if left == 0 or e.status_code != 409:\n"
        "            raise\n        time.sleep(told(e, 1))\n        return run(left=left - 1)\n"
    ),
}
