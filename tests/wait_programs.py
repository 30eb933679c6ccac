"""Programs that retry and wait wrongly: what test_waits.py runs before and after their repair.

Each calls the API up to three times. Its `URL` is the API's, its `LIMIT` the seconds that it waits
for an answer; whoever runs it puts others there.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

SAFE, UNSAFE = "safe", "unsafe"
API = "https://api.pyai.com/v1"
IMPORTS = f"""\
import asyncio
import random
import re
import time
import urllib.error
import urllib.request

import aiohttp
import anyio
import backoff
import httpx
import openai
import requests
import retryhttp
import stamina
import tenacity

URL = "{API}"
LIMIT = 30
"""
CLIENTS = {
    "openai": """\
def ask():
    client = openai.OpenAI(api_key="k", base_url=URL, max_retries=0, timeout=LIMIT)
    return client.chat.completions.create(model="m", messages=[])
""",
    "openai-async": """\
async def ask():
    client = openai.AsyncOpenAI(api_key="k", base_url=URL, max_retries=0, timeout=LIMIT)
    return await client.chat.completions.create(model="m", messages=[])
""",
    "httpx": """\
def ask():
    return httpx.post(f"{URL}/audio/speech", json={}, timeout=LIMIT)
""",
    "httpx-async": """\
async def ask():
    async with httpx.AsyncClient(timeout=LIMIT) as client:
        return await client.post(f"{URL}/audio/speech", json={})
""",
    "requests": """\
def ask():
    return requests.post(f"{URL}/audio/speech", json={}, timeout=LIMIT)
""",
    "aiohttp": """\
def limit():
    return aiohttp.ClientTimeout(total=LIMIT)
""",
    "urllib": """\
def ask():
    return urllib.request.urlopen(f"{URL}/models", timeout=LIMIT).read()
""",
}


@dataclass(frozen=True)
class Program:
    """A program, what its repair is worth, and the rule that asks for it.

    `missing` is the delay that holds where the header is missing and the program had none of its
    own, or none that worked; `broken` says that it did not wait rightly at all before.
    """

    name: str
    client: str
    code: str
    worth: str
    rule: str = "HED301"
    missing: float | None = None

    @property
    def source(self) -> str:
        """The whole file."""
        code = textwrap.dedent(self.code).strip("\n")
        return f"{IMPORTS}\n\n{CLIENTS[self.client]}\n\n{code}\n"


def loop(name: str, client: str, handler: str, worth: str, **more: object) -> Program:
    """A loop whose `except` is `handler`; around a call that raises for every error status."""
    raising = client.startswith(("httpx", "requests"))
    is_async = client.endswith("-async")
    call = ("await " if is_async else "") + "ask()"
    lines = [f"response = {call}", "response.raise_for_status()", "return response"]
    body = "\n            ".join(lines if raising else [f"return {call}"])
    start = "async def run():" if is_async else "def run():"
    indented = textwrap.indent(textwrap.dedent(handler).strip("\n"), " " * 8)
    code = f"{start}\n    for attempt in range(3):\n        try:\n            {body}\n{indented}\n"
    return Program(name, client, code, worth, **more)  # type: ignore[arg-type]


def decorated(name: str, client: str, decorator: str, worth: str, **more: object) -> Program:
    """A function under a retry library's decorator."""
    raising = client.startswith(("httpx", "requests"))
    is_async = client.endswith("-async")
    call = ("await " if is_async else "") + "ask()"
    lines = [f"response = {call}", "response.raise_for_status()", "return response"]
    body = "\n    ".join(lines if raising else [f"return {call}"])
    start = "async def run():" if is_async else "def run():"
    code = f"{textwrap.dedent(decorator).strip()}\n{start}\n    {body}\n"
    return Program(name, client, code, worth, **more)  # type: ignore[arg-type]


PROGRAMS = [
    # Hand-written loops
    loop(
        "openai-unnamed",
        "openai",
        """
        except openai.RateLimitError:
            time.sleep(2**attempt)
    """,
        SAFE,
    ),
    loop(
        "openai-named",
        "openai",
        """
        except openai.RateLimitError as err:
            print(type(err).__name__)
            time.sleep(5)
    """,
        SAFE,
    ),
    loop(
        "openai-connection-too",
        "openai",
        """
        except (
            openai.RateLimitError,
            # the network
            openai.APIConnectionError,
        ):
            time.sleep(2**attempt)
    """,
        SAFE,
    ),
    loop(
        "openai-5xx-too",
        "openai",
        """
        except (openai.RateLimitError, openai.InternalServerError):
            time.sleep(2**attempt)
    """,
        UNSAFE,
    ),
    loop(
        "openai-base",
        "openai",
        """
        except openai.APIError as e:
            time.sleep(1 + attempt)
    """,
        UNSAFE,
    ),
    loop(
        "openai-broad",
        "openai",
        """
        except Exception:
            time.sleep(2)
    """,
        UNSAFE,
    ),
    loop(
        "openai-status-test",
        "openai",
        """
        except openai.APIStatusError as e:
            if e.status_code != 429:
                raise
            time.sleep(2**attempt)
    """,
        SAFE,
    ),
    loop(
        "openai-code-test",
        "openai",
        """
        except openai.APIStatusError as e:
            if e.code in ("rate_limit_exceeded", "concurrency_limit_exceeded"):
                time.sleep(1)
                continue
            raise
    """,
        SAFE,
    ),
    loop(
        "openai-delay-in-a-name",
        "openai",
        """
        except openai.RateLimitError as e:
            delay = 2**attempt + random.uniform(0, 1)
            print(delay)
            time.sleep(delay)
    """,
        SAFE,
    ),
    loop(
        "openai-last-raised",
        "openai",
        """
        except openai.RateLimitError:
            if attempt == 2:
                raise
            time.sleep(2**attempt)
    """,
        SAFE,
    ),
    loop(
        "openai-two-sleeps",
        "openai",
        """
        except openai.RateLimitError:
            if attempt:
                time.sleep(4)
            else:
                time.sleep(1)
    """,
        SAFE,
    ),
    loop(
        "openai-no-delay",
        "openai",
        """
        except openai.RateLimitError:
            continue
    """,
        SAFE,
    ),
    loop(
        "openai-no-delay-pass",
        "openai",
        """
        except openai.RateLimitError:
            pass
    """,
        SAFE,
    ),
    Program(
        "openai-no-delay-uncounted",
        "openai",
        """
        def run():
            for _ in range(3):
                try:
                    return ask()
                except openai.RateLimitError:
                    pass
    """,
        SAFE,
    ),
    Program(
        "openai-no-delay-while",
        "openai",
        """
        def run():
            left = 3
            while left > 0:
                try:
                    return ask()
                except openai.RateLimitError:
                    left -= 1
    """,
        SAFE,
    ),
    Program(
        "openai-no-delay-endless",
        "openai",
        """
        def run():
            tries = 0
            while True:
                try:
                    return ask()
                except openai.RateLimitError:
                    tries += 1
                    if tries >= 3:
                        raise
    """,
        SAFE,
    ),
    Program(
        "openai-no-delay-from-one",
        "openai",
        """
        MOST = 3


        def run():
            for number in range(1, MOST + 1):
                try:
                    return ask()
                except openai.RateLimitError as e:
                    print(number, e.status_code)
    """,
        SAFE,
    ),
    loop("openai-one-line", "openai", "except openai.RateLimitError: time.sleep(1); pass", SAFE),
    loop(
        "openai-async",
        "openai-async",
        """
        except openai.RateLimitError:
            await asyncio.sleep(2**attempt)
    """,
        SAFE,
    ),
    loop(
        "openai-async-anyio",
        "openai-async",
        """
        except openai.RateLimitError:
            await anyio.sleep(2**attempt)
    """,
        SAFE,
    ),
    loop(
        "openai-async-no-delay",
        "openai-async",
        """
        except openai.RateLimitError:
            if attempt > 1:
                raise
    """,
        SAFE,
    ),
    loop(
        "httpx-raised",
        "httpx",
        """
        except httpx.HTTPStatusError as e:
            if e.response.status_code == 429:
                time.sleep(3)
                continue
            raise
    """,
        SAFE,
    ),
    loop(
        "httpx-base",
        "httpx",
        """
        except httpx.HTTPError:
            time.sleep(3)
    """,
        UNSAFE,
    ),
    loop(
        "httpx-async-raised",
        "httpx-async",
        """
        except httpx.HTTPStatusError as e:
            if e.response.status_code != 429 or attempt == 2:
                raise
            await asyncio.sleep(3)
    """,
        SAFE,
    ),
    loop(
        "requests-raised",
        "requests",
        """
        except requests.HTTPError as e:
            if e.response.status_code not in (429, 503):
                raise
            time.sleep(2**attempt)
    """,
        UNSAFE,
    ),
    loop(
        "requests-base",
        "requests",
        """
        except requests.RequestException as error:
            time.sleep(2)
    """,
        UNSAFE,
    ),
    loop(
        "urllib",
        "urllib",
        """
        except urllib.error.HTTPError as e:
            if e.code != 429:
                raise
            time.sleep(1)
    """,
        SAFE,
    ),
    Program(
        "httpx-status",
        "httpx",
        """
        def run():
            for attempt in range(3):
                response = ask()
                if response.status_code == 429:
                    time.sleep(2**attempt)
                    continue
                response.raise_for_status()
                return response
    """,
        SAFE,
    ),
    Program(
        "httpx-statuses",
        "httpx",
        """
        def run():
            for attempt in range(3):
                answer = ask()
                if answer.status_code in {429, 500, 503}:
                    time.sleep(2**attempt)
                else:
                    return answer.status_code
    """,
        UNSAFE,
    ),
    Program(
        "httpx-status-no-delay",
        "httpx",
        """
        def run():
            for attempt in range(3):
                response = ask()
                if response.status_code == 429:
                    continue
                return response.status_code
    """,
        SAFE,
    ),
    Program(
        "requests-status",
        "requests",
        """
        def run():
            for attempt in range(3):
                r = ask()
                if r.status_code == 429 and attempt < 2:
                    time.sleep(2**attempt)
                    continue
                r.raise_for_status()
                return r
    """,
        SAFE,
    ),
    Program(
        "aiohttp-raised",
        "aiohttp",
        """
        async def run():
            async with aiohttp.ClientSession(timeout=limit()) as session:
                for attempt in range(3):
                    try:
                        url = f"{URL}/audio/speech"
                        async with session.post(url, raise_for_status=True) as response:
                            return await response.read()
                    except aiohttp.ClientResponseError as e:
                        if e.status != 429:
                            raise
                        await asyncio.sleep(2**attempt)
    """,
        SAFE,
    ),
    Program(
        "aiohttp-status",
        "aiohttp",
        """
        async def run():
            async with aiohttp.ClientSession(timeout=limit()) as session:
                for attempt in range(3):
                    async with session.post(f"{URL}/audio/speech") as response:
                        if response.status == 429:
                            await asyncio.sleep(1)
                            continue
                        return response.status
    """,
        SAFE,
    ),
    Program(
        "recursion",
        "openai",
        """
        def run(attempt=0):
            try:
                return ask()
            except openai.RateLimitError:
                if attempt > 1:
                    raise
                time.sleep(2**attempt)
                return run(attempt + 1)
    """,
        SAFE,
    ),
    # Libraries
    decorated(
        "tenacity",
        "openai",
        """
        @tenacity.retry(
            retry=tenacity.retry_if_exception_type(openai.RateLimitError),
            wait=tenacity.wait_exponential(multiplier=1, max=30),
            stop=tenacity.stop_after_attempt(3),
        )
    """,
        SAFE,
    ),
    decorated(
        "tenacity-connection-too",
        "openai",
        """
        @tenacity.retry(
            retry=tenacity.retry_if_exception_type(
                (openai.RateLimitError, openai.APIConnectionError)
            ),
            wait=tenacity.wait_random_exponential(min=1, max=60),
            stop=tenacity.stop_after_attempt(3),
        )
    """,
        SAFE,
    ),
    decorated(
        "tenacity-sum",
        "openai",
        """
        @tenacity.retry(
            wait=tenacity.wait_fixed(3) + tenacity.wait_random(0, 2),
            retry=tenacity.retry_if_exception_type(openai.RateLimitError),
            stop=tenacity.stop_after_attempt(3),
        )
    """,
        SAFE,
    ),
    decorated(
        "tenacity-no-wait",
        "openai",
        """
        @tenacity.retry(
            retry=tenacity.retry_if_exception_type(openai.RateLimitError),
            stop=tenacity.stop_after_attempt(3))
    """,
        SAFE,
    ),
    decorated(
        "tenacity-everything",
        "openai",
        """
        @tenacity.retry(stop=tenacity.stop_after_attempt(3), wait=tenacity.wait_fixed(2))
    """,
        UNSAFE,
    ),
    decorated(
        "tenacity-async",
        "openai-async",
        """
        @tenacity.retry(
            retry=tenacity.retry_if_exception_type(openai.RateLimitError),
            wait=tenacity.wait_fixed(1),
            stop=tenacity.stop_after_attempt(3),
        )
    """,
        SAFE,
    ),
    decorated(
        "tenacity-httpx",
        "httpx",
        """
        @tenacity.retry(
            retry=tenacity.retry_if_exception(
                lambda e: isinstance(e, httpx.HTTPStatusError) and e.response.status_code == 429
            ),
            wait=tenacity.wait_fixed(1),
            stop=tenacity.stop_after_attempt(3),
        )
    """,
        UNSAFE,
    ),
    Program(
        "tenacity-loop",
        "openai",
        """
        def run():
            for attempt in tenacity.Retrying(
                retry=tenacity.retry_if_exception_type(openai.RateLimitError),
                stop=tenacity.stop_after_attempt(3),
                wait=tenacity.wait_fixed(2),
            ):
                with attempt:
                    return ask()
    """,
        SAFE,
    ),
    decorated(
        "backoff-expo",
        "openai",
        "@backoff.on_exception(backoff.expo, openai.RateLimitError, max_tries=3)",
        SAFE,
    ),
    decorated(
        "backoff-constant",
        "openai",
        """
        @backoff.on_exception(
            backoff.constant,
            (openai.RateLimitError, openai.APIConnectionError),
            interval=3,
            jitter=None,
            max_tries=3,
        )
    """,
        SAFE,
    ),
    decorated(
        "backoff-everything",
        "openai",
        """
        @backoff.on_exception(
            backoff.expo, openai.APIError, max_tries=3, jitter=backoff.full_jitter
        )
    """,
        UNSAFE,
    ),
    decorated(
        "backoff-keywords",
        "openai",
        "@backoff.on_exception(exception=openai.RateLimitError, wait_gen=backoff.fibo)",
        SAFE,
    ),
    decorated(
        "backoff-async",
        "openai-async",
        "@backoff.on_exception(backoff.expo, openai.RateLimitError, max_tries=3)",
        SAFE,
    ),
    decorated(
        "backoff-requests",
        "requests",
        "@backoff.on_exception(backoff.expo, requests.RequestException, max_tries=3)",
        UNSAFE,
    ),
    decorated("stamina", "openai", "@stamina.retry(on=openai.RateLimitError, attempts=3)", SAFE),
    decorated(
        "stamina-connection-too",
        "openai",
        "@stamina.retry(on=(openai.RateLimitError, openai.APIConnectionError), attempts=3)",
        SAFE,
    ),
    decorated(
        "stamina-hook",
        "httpx",
        """
        @stamina.retry(
            on=lambda e: isinstance(e, httpx.HTTPStatusError) and e.response.status_code == 429,
            attempts=3,
        )
    """,
        UNSAFE,
    ),
    decorated(
        "stamina-async",
        "openai-async",
        "@stamina.retry(on=openai.APIStatusError, attempts=3)",
        UNSAFE,
    ),
    Program(
        "stamina-context",
        "openai",
        """
        def run():
            for attempt in stamina.retry_context(on=openai.RateLimitError, attempts=3):
                with attempt:
                    return ask()
    """,
        SAFE,
    ),
    decorated(
        "retryhttp",
        "httpx",
        """
        @retryhttp.retry(wait=tenacity.wait_fixed(2), max_attempt_number=3)
        """,
        UNSAFE,
    ),
    Program(
        "pydantic-ai",
        "httpx",
        """
        from pydantic_ai.retries import RetryConfig, TenacityTransport

        policy = RetryConfig(
            retry=tenacity.retry_if_exception_type(httpx.HTTPStatusError),
            wait=tenacity.wait_fixed(2),
            stop=tenacity.stop_after_attempt(3),
        )

        def run():
            transport = TenacityTransport(
                policy, validate_response=lambda response: response.raise_for_status()
            )
            with httpx.Client(transport=transport, timeout=LIMIT) as client:
                return client.post(f"{URL}/audio/speech", json={}).status_code
        """,
        UNSAFE,
    ),
    # The header misread
    loop(
        "int-of-header",
        "openai",
        """
        except openai.RateLimitError as e:
            time.sleep(int(e.response.headers["Retry-After"]))
    """,
        UNSAFE,
        rule="HED304",
        missing=1,
    ),
    loop(
        "float-with-default",
        "openai",
        """
        except openai.RateLimitError as e:
            time.sleep(float(e.response.headers.get("retry-after", "4")))
    """,
        SAFE,
        rule="HED304",
        missing=4,
    ),
    loop(
        "float-if-there",
        "openai",
        """
        except openai.RateLimitError as e:
            told = e.response.headers.get("retry-after")
            time.sleep(float(told) if told else 5)
    """,
        SAFE,
        rule="HED304",
        missing=5,
    ),
    loop(
        "float-or-else",
        "openai",
        """
        except openai.RateLimitError as e:
            told = e.response.headers.get("retry-after")
            if told:
                time.sleep(float(told))
            else:
                time.sleep(6)
    """,
        SAFE,
        rule="HED304",
        missing=6,
    ),
    loop(
        "int-caught-in-part",
        "openai",
        """
        except openai.RateLimitError as e:
            try:
                delay = int(e.response.headers["retry-after"])
            except KeyError:
                delay = 3
            time.sleep(delay)
    """,
        UNSAFE,
        rule="HED304",
        missing=3,
    ),
    loop(
        "int-at-least",
        "requests",
        """
        except requests.HTTPError as e:
            delay = 2
            if "Retry-After" in e.response.headers:
                delay = max(delay, int(e.response.headers["Retry-After"]))
            time.sleep(delay)
    """,
        UNSAFE,
        rule="HED304",
        missing=2,
    ),
    Program(
        "int-in-a-helper",
        "httpx",
        """
        def delay_of(response, attempt):
            value = response.headers.get("retry-after")
            if value is not None:
                return float(value)
            return 8

        def run():
            for attempt in range(3):
                response = ask()
                if response.status_code == 429:
                    time.sleep(delay_of(response, attempt))
                    continue
                return response.status_code
    """,
        UNSAFE,
        rule="HED304",
        missing=8,
    ),
    decorated(
        "backoff-runtime-jitter",
        "openai",
        """
        @backoff.on_exception(
            backoff.runtime,
            openai.RateLimitError,
            value=lambda e: float(e.response.headers.get("Retry-After", 2)),
            max_tries=3,
        )
    """,
        UNSAFE,
        rule="HED304",
        missing=2,
    ),
    # The delay scraped out of the text
    loop(
        "search",
        "openai",
        r"""
        except openai.RateLimitError as e:
            found = re.search(r"try again in (\d+)s", str(e))
            time.sleep(int(found.group(1)) if found else 2)
    """,
        UNSAFE,
        rule="HED303",
        missing=2,
    ),
    loop(
        "split",
        "openai",
        """
        except openai.RateLimitError as e:
            time.sleep(float(str(e).split("try again in ")[1].split("s")[0]))
    """,
        UNSAFE,
        rule="HED303",
        missing=1,
    ),
    loop(
        "httpx-text",
        "httpx",
        r"""
        except httpx.HTTPStatusError as e:
            found = re.search(r"retry after (\d+)", e.response.text)
            time.sleep(int(found[1]) if found else 9)
    """,
        UNSAFE,
        rule="HED303",
        missing=9,
    ),
]
