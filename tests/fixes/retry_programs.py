"""Programs whose retries break a contract, each to be run before and after its repair.

`run()` is what a program does, `TIMEOUT` the seconds that it gives an answer. Each says which rule
it breaks and whether its repair is safe; what the repair makes of it, the contract says.
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import indent

PYAI, OPENAI = "pyai", "openai"

SDK = """\
import asyncio
import time
import openai

client = openai.OpenAI(
    api_key="k", base_url="https://api.pyai.com/v1", max_retries=0, timeout=TIMEOUT
)


def ask():
    return client.chat.completions.create(model="m", messages=[])
"""
PLAIN = SDK.replace(' base_url="https://api.pyai.com/v1",', "")
ASYNC_SDK = """\
import asyncio
import time
import openai


def made():
    return openai.AsyncOpenAI(
        api_key="k", base_url="https://api.pyai.com/v1", max_retries=0, timeout=TIMEOUT
    )
"""
VOICE = """\
import asyncio
import time
import pyai

voice = pyai.PyAI(
    api_key="k", base_url="https://api.pyai.com", max_retries=0, timeout=TIMEOUT, trust_env=False
)
"""
HTTPX = """\
import asyncio
import time
import httpx

URL = "https://api.pyai.com/v1/chat/completions"
http = httpx.Client(timeout=TIMEOUT, trust_env=False)
"""
REQUESTS = """\
import time
import requests

URL = "https://api.pyai.com/v1/chat/completions"
http = requests.Session()
http.trust_env = False
"""
AIOHTTP = """\
import asyncio
import time
import aiohttp

URL = "https://api.pyai.com/v1/chat/completions"
WAIT = aiohttp.ClientTimeout(total=TIMEOUT)
"""
RUN_ASYNC = "\n\ndef run():\n    return asyncio.run(main())\n"


@dataclass(frozen=True)
class Program:
    """One program: `breaks` is the rule, `api` whose errors it meets, `safe` what the repair is.

    `returns` says that it gives an answer back where others raise, so that what is wrong with it
    stays to be looked at by its caller; `own_end` that its attempts end in a way of their own,
    which stays. `retries` are the codes that it retries by name.
    """

    name: str
    breaks: str
    source: str
    safe: bool = True
    api: str = PYAI
    returns: bool = False
    own_end: bool = False
    retries: tuple[str, ...] = ()


def loop(head: str, call: str, handler: str, *, after: str = "", rounds: str = "") -> str:
    """A function that tries a call three times."""
    body = f"{rounds or 'for attempt in range(3):'}\n    try:\n        {call}\n"
    body += indent(handler, "    ")
    return f"{head}\n\ndef run():\n{indent(body + after, '    ')}"


def decorated(head: str, imports: str, decorator: str, call: str = "return ask()") -> str:
    """A function with a decorator."""
    return f"{imports}\n{head}\n\n{decorator}\ndef run():\n    {call}\n"


def asynchronous(head: str, call: str, handler: str) -> str:
    """The same as a coroutine."""
    body = f"for attempt in range(3):\n    try:\n        {call}\n{indent(handler, '    ')}"
    return f"{head}\n\nasync def main():\n{indent(body, '    ')}{RUN_ASYNC}"


LAST = "if attempt == 2:\n    raise\ntime.sleep(2**attempt)\n"
LAST_ASYNC = LAST.replace("time.sleep", "await asyncio.sleep")


def handler(classes: str, body: str = LAST) -> str:
    """An `except` with its body."""
    return f"except {classes}:\n{indent(body, '    ')}"


ASK, SPEAK = "return ask()", 'return voice.audio.speech(input="hi")'
POST = "response = http.post(URL, json={})\n        response.raise_for_status()\n        return 1"
TIMED = POST.replace("json={}", "json={}, timeout=TIMEOUT")
ANSWERED = "    return response.status_code\n"
AWAITED = "return await made().chat.completions.create(model='m', messages=[])"
SESSION = """\
async with aiohttp.ClientSession(raise_for_status=True, timeout=WAIT) as session:
            async with session.post(URL, json={}) as response:
                return response.status"""

RUNNABLE = (
    f"from langchain_core.runnables import RunnableLambda\n{SDK}\n\n"
    "def asked(_):\n    return ask()\n\n"
)
INVOKED = "\n\ndef run():\n    return chain.invoke('hi')\n"

HED202 = (
    Program("any exception", "HED202", loop(SDK, ASK, handler("Exception as e"))),
    Program("any exception, nameless", "HED202", loop(SDK, ASK, handler("Exception"))),
    Program("the base class", "HED202", loop(SDK, ASK, handler("openai.APIError"))),
    Program("every status", "HED202", loop(SDK, ASK, handler("openai.APIStatusError as err"))),
    Program(
        "a tuple", "HED202", loop(SDK, ASK, handler("(openai.APIStatusError, ConnectionError)"))
    ),
    Program(
        "kept and raised behind the loop",
        "HED202",
        loop(
            SDK,
            ASK,
            handler("openai.OpenAIError as e", "last = e\ntime.sleep(1)\n"),
            after="raise last\n",
        ),
    ),
    Program(
        "nothing in the end",
        "HED202",
        loop(SDK, ASK, handler("Exception as e", "print(e)\ntime.sleep(1)\n")),
        own_end=True,
    ),
    Program(
        "its own exception in the end",
        "HED202",
        loop(SDK, ASK, handler("Exception", "pass\n"), after="raise RuntimeError('busy')\n"),
        own_end=True,
    ),
    Program(
        "its own exception in the handler",
        "HED202",
        loop(
            SDK,
            ASK,
            handler(
                "openai.APIError as e",
                "last = e\nif attempt == 2:\n    print('given up')\n"
                "    raise RuntimeError(str(last)) from e\ntime.sleep(1)\n",
            ),
        ),
        own_end=True,
    ),
    Program(
        "its own exception in the loop's else",
        "HED202",
        loop(
            SDK,
            ASK,
            handler("openai.APIError", "time.sleep(1)\n"),
            after="else:\n    print('given up')\n    raise RuntimeError('busy')\n",
        ),
        own_end=True,
    ),
    Program(
        "a value in the end",
        "HED202",
        loop(
            SDK,
            ASK,
            handler(
                "Exception as e",
                "tries += 1\nprint(e)\nif tries >= 3:\n    print('given up')\n    answer = 7\n"
                "    break\ntime.sleep(2**tries)\n",
            ),
            rounds="tries = 0\nanswer = 0\nwhile tries < 5:",
            after="return answer\n",
        ),
        own_end=True,
    ),
    Program(
        "a value behind a counted loop",
        "HED202",
        loop(
            VOICE,
            SPEAK,
            handler("pyai.PyAIError as e", "last = str(e)\ntries += 1\ntime.sleep(2)\n"),
            rounds="tries = 0\nlast = ''\nwhile tries < 3:",
            after="return len(last)\n",
        ),
        own_end=True,
    ),
    Program(
        "a recursion that gives up",
        "HED202",
        f"{SDK}\n\ndef run(left=2):\n    try:\n        return ask()\n"
        "    except openai.APIError as e:\n        if not left:\n            return -1\n"
        "        print(e)\n        time.sleep(1)\n        return run(left - 1)\n",
        own_end=True,
    ),
    Program(
        "a counter",
        "HED202",
        loop(
            SDK + "\nLIMIT = 3\n",
            ASK,
            handler(
                "Exception as e",
                "tries += 1\nif tries == LIMIT:\n    raise e\ntime.sleep(tries)\n",
            ),
            rounds="tries = 0\nwhile True:",
        ),
    ),
    Program(
        "a recursion",
        "HED202",
        f"{SDK}\n\ndef run(left=2):\n    try:\n        return ask()\n"
        "    except openai.APIError:\n        if not left:\n            raise\n"
        "        time.sleep(1)\n        return run(left - 1)\n",
    ),
    Program(
        "a coroutine", "HED202", asynchronous(ASYNC_SDK, AWAITED, handler("Exception", LAST_ASYNC))
    ),
    Program("the voice", "HED202", loop(VOICE, SPEAK, handler("pyai.PyAIError"))),
    Program("the voice, anything", "HED202", loop(VOICE, SPEAK, handler("Exception as e"))),
    Program("httpx", "HED202", loop(HTTPX, POST, handler("httpx.HTTPError"))),
    Program("httpx, by status", "HED202", loop(HTTPX, POST, handler("httpx.HTTPStatusError"))),
    Program("httpx, anything", "HED202", loop(HTTPX, POST, handler("Exception"))),
    Program(
        "httpx, a coroutine",
        "HED202",
        asynchronous(
            HTTPX,
            "async with httpx.AsyncClient(timeout=TIMEOUT, verify=False) as session:\n"
            "            response = await session.post(URL, json={})\n"
            "            response.raise_for_status()\n            return 1",
            handler("httpx.HTTPError as e", LAST_ASYNC),
        ),
    ),
    Program(
        "httpx, an answer tested",
        "HED202",
        f"{HTTPX}\n\ndef run():\n    for attempt in range(3):\n"
        "        response = http.post(URL, json={})\n        if response.status_code >= 400:\n"
        "            time.sleep(1)\n            continue\n        return 1\n",
        own_end=True,
    ),
    Program(
        "requests, a loop's test",
        "HED202",
        f"{REQUESTS}\n\ndef run():\n    response = http.post(URL, timeout=TIMEOUT)\n    tries = 0\n"
        "    while response.status_code >= 400 and tries < 3:\n        time.sleep(1)\n"
        f"        tries += 1\n        response = http.post(URL, timeout=TIMEOUT)\n{ANSWERED}",
        returns=True,
    ),
    Program("requests", "HED202", loop(REQUESTS, TIMED, handler("requests.RequestException"))),
    Program("requests, by status", "HED202", loop(REQUESTS, TIMED, handler("requests.HTTPError"))),
    Program(
        "requests, a range",
        "HED202",
        f"{REQUESTS}\n\ndef run():\n    for attempt in range(3):\n"
        "        response = http.post(URL, timeout=TIMEOUT)\n"
        "        if response.status_code in range(400, 600):\n"
        "            time.sleep(1)\n            continue\n        return 1\n",
        own_end=True,
    ),
    Program(
        "aiohttp",
        "HED202",
        asynchronous(AIOHTTP, SESSION, handler("aiohttp.ClientError", LAST_ASYNC)),
    ),
    Program(
        "aiohttp, by status",
        "HED202",
        asynchronous(AIOHTTP, SESSION, handler("aiohttp.ClientResponseError as e", LAST_ASYNC)),
    ),
    Program(
        "tenacity",
        "HED202",
        decorated(
            SDK,
            "import tenacity",
            "@tenacity.retry(stop=tenacity.stop_after_attempt(3), reraise=True)",
        ),
    ),
    Program(
        "tenacity, types",
        "HED202",
        decorated(
            SDK,
            "from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_fixed",
            "@retry(\n    retry=retry_if_exception_type((openai.APIError, ValueError)),\n"
            "    wait=wait_fixed(2),\n    stop=stop_after_attempt(3),\n    reraise=True,\n)",
        ),
    ),
    Program(
        "tenacity, all but one type",
        "HED202",
        decorated(
            VOICE,
            "from tenacity import retry, retry_if_not_exception_type, stop_after_attempt",
            "@retry(stop=stop_after_attempt(3), retry=retry_if_not_exception_type(ValueError))",
            SPEAK,
        ),
    ),
    Program(
        "tenacity, results as well",
        "HED202",
        decorated(
            SDK,
            "from tenacity import retry, retry_if_exception_type, retry_if_result\n"
            "from tenacity import stop_after_attempt",
            "@retry(\n    stop=stop_after_attempt(3),\n"
            "    retry=retry_if_result(lambda r: r is None) | retry_if_exception_type(),\n)",
        ),
    ),
    Program(
        "tenacity, a function",
        "HED202",
        decorated(
            SDK,
            "from tenacity import retry, retry_if_exception, stop_after_attempt",
            "@retry(retry=retry_if_exception(lambda e: True), stop=stop_after_attempt(3))",
        ),
    ),
    Program(
        "tenacity, a callback in the end",
        "HED202",
        decorated(
            SDK,
            "from tenacity import retry, stop_after_attempt",
            "@retry(stop=stop_after_attempt(3), retry_error_callback=lambda state: None)",
        ),
        safe=False,
    ),
    Program(
        "tenacity, called",
        "HED202",
        f"from tenacity import Retrying, stop_after_attempt\n{SDK}\n"
        "policy = Retrying(stop=stop_after_attempt(3), reraise=True)\n\n\n"
        "def run():\n    return policy(ask)\n",
    ),
    Program(
        "tenacity, in attempts",
        "HED202",
        f"from tenacity import AsyncRetrying, stop_after_attempt\n{ASYNC_SDK}\n\n"
        "async def main():\n"
        "    async for attempt in AsyncRetrying(stop=stop_after_attempt(3), reraise=True):\n"
        f"        with attempt:\n            {AWAITED}\n{RUN_ASYNC}",
    ),
    Program(
        "tenacity over httpx",
        "HED202",
        decorated(
            HTTPX,
            "from tenacity import retry, stop_after_attempt",
            "@retry(stop=stop_after_attempt(3))",
            POST.replace("        ", "    "),
        ),
    ),
    Program(
        "backoff",
        "HED202",
        decorated(
            SDK, "import backoff", "@backoff.on_exception(backoff.expo, Exception, max_tries=3)"
        ),
    ),
    Program(
        "backoff, the voice",
        "HED202",
        decorated(
            VOICE,
            "import backoff",
            "@backoff.on_exception(backoff.constant, pyai.PyAIError, interval=2, max_tries=3)",
            SPEAK,
        ),
    ),
    Program(
        "backoff, given up for some",
        "HED202",
        decorated(
            SDK,
            "import backoff",
            "@backoff.on_exception(\n    backoff.expo,\n    openai.APIError,\n    max_tries=3,\n"
            '    giveup=lambda e: e.code == "our_own",  # ours\n)',
        ),
    ),
    Program(
        "backoff, a coroutine",
        "HED202",
        f"import backoff\n{ASYNC_SDK}\n\n"
        "@backoff.on_exception(backoff.expo, openai.OpenAIError, max_tries=3, jitter=None)\n"
        f"async def main():\n    {AWAITED}\n{RUN_ASYNC}",
    ),
    Program(
        "backoff over requests",
        "HED202",
        decorated(
            REQUESTS,
            "import backoff",
            "@backoff.on_exception(backoff.expo, requests.RequestException, max_tries=3)",
            TIMED.replace("        ", "    "),
        ),
    ),
    Program(
        "stamina",
        "HED202",
        decorated(SDK, "import stamina", "@stamina.retry(on=Exception, attempts=3)"),
    ),
    Program(
        "stamina, a tuple",
        "HED202",
        decorated(
            SDK, "import stamina", "@stamina.retry(on=(openai.APIError, OSError), attempts=3)"
        ),
    ),
    Program(
        "stamina, in attempts",
        "HED202",
        f"import stamina\n{VOICE}\n\ndef run():\n"
        "    for attempt in stamina.retry_context(pyai.PyAIError, attempts=3):\n"
        f"        with attempt:\n            {SPEAK}\n",
    ),
    Program(
        "retrying",
        "HED202",
        decorated(SDK, "from retrying import retry", "@retry(stop_max_attempt_number=3)"),
    ),
    Program(
        "retrying, a tuple",
        "HED202",
        decorated(
            SDK,
            "from retrying import retry",
            "@retry(retry_on_exception=(openai.APIError, OSError), stop_max_attempt_number=3)",
        ),
    ),
    Program(
        "urllib3, a range",
        "HED202",
        "from requests.adapters import HTTPAdapter\nfrom urllib3.util import Retry\n"
        f"{REQUESTS}\npolicy = Retry(\n    3, status_forcelist=range(400, 600), "
        "backoff_factor=1, allowed_methods=None\n)\n"
        'http.mount("http://", HTTPAdapter(max_retries=policy))\n\n\n'
        f"def run():\n    response = http.post(URL, timeout=TIMEOUT)\n{ANSWERED}",
        returns=True,
    ),
    Program(
        "openai, anything", "HED202", loop(PLAIN, ASK, handler("Exception")), api=OPENAI, safe=False
    ),
    Program(
        "openai, every status",
        "HED202",
        loop(PLAIN, ASK, handler("openai.APIStatusError as e")),
        api=OPENAI,
        safe=False,
    ),
    Program(
        "openai, tenacity",
        "HED202",
        decorated(
            PLAIN,
            "from tenacity import retry, stop_after_attempt",
            "@retry(stop=stop_after_attempt(3), reraise=True)",
        ),
        api=OPENAI,
        safe=False,
    ),
    Program(
        "openai, backoff",
        "HED202",
        decorated(
            PLAIN,
            "import backoff",
            "@backoff.on_exception(backoff.expo, openai.OpenAIError, max_tries=3)",
        ),
        api=OPENAI,
        safe=False,
    ),
    Program(
        "openai, stamina",
        "HED202",
        decorated(PLAIN, "import stamina", "@stamina.retry(on=openai.APIError, attempts=3)"),
        api=OPENAI,
        safe=False,
    ),
)
LIMITED = "if e.status != 429 or attempt == 2:\n    raise\ntime.sleep(2)\n"
HED203 = (
    Program("a 429", "HED203", loop(SDK, ASK, handler("openai.RateLimitError"))),
    Program(
        "the voice's 429", "HED203", loop(VOICE, SPEAK, handler("pyai.PyAIError as e", LIMITED))
    ),
    Program(
        "the voice's codes",
        "HED203",
        loop(
            VOICE,
            SPEAK,
            handler(
                "pyai.PyAIError as e",
                'if e.code not in ("rate_limit_exceeded", "concurrency_limit_exceeded",\n'
                '                  "daily_cap_exceeded"):\n    raise\n' + LAST,
            ),
        ),
    ),
    Program(
        "tenacity's 429",
        "HED203",
        decorated(
            SDK,
            "from tenacity import retry, retry_if_exception_type, stop_after_attempt",
            "@retry(retry=retry_if_exception_type(openai.RateLimitError), "
            "stop=stop_after_attempt(3))",
        ),
    ),
    Program(
        "backoff's 429",
        "HED203",
        decorated(
            SDK,
            "import backoff",
            "@backoff.on_exception(backoff.expo, openai.RateLimitError, max_tries=3)",
        ),
    ),
    Program(
        "stamina's 429",
        "HED203",
        decorated(SDK, "import stamina", "@stamina.retry(on=openai.RateLimitError, attempts=3)"),
    ),
    Program(
        "stamina's hook",
        "HED203",
        "import stamina\n"
        f"{SDK}\n\ndef is_limited(error):\n"
        "    return isinstance(error, openai.RateLimitError)\n\n\n"
        "@stamina.retry(on=is_limited, attempts=3)\ndef run():\n    return ask()\n",
    ),
    Program(
        "LangChain's 429",
        "HED203",
        f"{RUNNABLE}\nchain = RunnableLambda(asked).with_retry(\n"
        f"    retry_if_exception_type=(openai.RateLimitError,), stop_after_attempt=3\n)\n{INVOKED}",
        safe=False,
    ),
    Program(
        "LangChain's 429, by a function",
        "HED203",
        f"{RUNNABLE}\n\ndef is_limited(error):\n"
        "    return isinstance(error, openai.RateLimitError)\n\n\n"
        "chain = RunnableLambda(asked).with_retry(retry_if_exception_type=is_limited)\n"
        f"{INVOKED}",
    ),
    Program(
        "openai's quota",
        "HED203",
        loop(PLAIN, ASK, handler("(openai.RateLimitError, openai.APITimeoutError) as e")),
        api=OPENAI,
    ),
    Program(
        "openai's quota, anything",
        "HED203",
        loop(
            PLAIN,
            ASK,
            handler("openai.APIStatusError as e", "if e.status_code < 429:\n    raise\n" + LAST),
        ),
        api=OPENAI,
    ),
    Program(
        "openai's quota, backoff",
        "HED203",
        decorated(
            PLAIN,
            "import backoff",
            "@backoff.on_exception(backoff.expo, openai.RateLimitError, max_tries=3)",
        ),
        api=OPENAI,
    ),
)
CREDIT = ("credit_exhausted", "key_budget_exceeded", "insufficient_quota")
HED201 = (
    Program(
        "a class of two",
        "HED201",
        loop(SDK, ASK, handler("(openai.InternalServerError, openai.AuthenticationError)")),
        retries=("unauthorized",),
    ),
    Program(
        "a class with much to do",
        "HED201",
        loop(
            SDK,
            ASK,
            handler(
                "openai.PermissionDeniedError as e",
                "print(e)\nif attempt < 2:\n    time.sleep(1)\n",
            ),
        ),
        safe=False,
        own_end=True,
        retries=("forbidden", "origin_not_allowed"),
    ),
    Program(
        "a status of an or",
        "HED201",
        loop(
            VOICE,
            SPEAK,
            handler(
                "pyai.PyAIError as e",
                "if e.status == 500 or e.status == 402:\n    time.sleep(1)\nelse:\n    raise\n",
            ),
        ),
        retries=CREDIT,
    ),
    Program(
        "a case",
        "HED201",
        loop(
            VOICE,
            SPEAK,
            handler(
                "pyai.PyAIError as e",
                'match e.code:\n    case "forbidden":\n        time.sleep(1)\n'
                "    case _:\n        raise\n",
            ),
        ),
        retries=("forbidden",),
    ),
    Program(
        "a pattern of two",
        "HED201",
        loop(
            VOICE,
            SPEAK,
            handler(
                "pyai.PyAIError as e",
                'match e.code:\n    case "rate_limit_exceeded" | "forbidden":\n'
                "        time.sleep(1)\n    case _:\n        raise\n",
            ),
        ),
        retries=("forbidden",),
    ),
    Program(
        "a set of one",
        "HED201",
        loop(
            VOICE,
            SPEAK,
            handler(
                "pyai.PyAIError as e",
                'if e.code in {"unauthorized"}:\n    time.sleep(1)\n    continue\nraise\n',
            ),
        ),
        retries=("unauthorized",),
    ),
    Program(
        "a set of codes",
        "HED201",
        loop(
            VOICE + '\nAGAIN = {"rate_limit_exceeded", "credit_exhausted"}\n',
            SPEAK,
            handler("pyai.PyAIError as e", "if e.code not in AGAIN:\n    raise\n" + LAST),
        ),
        retries=("credit_exhausted",),
    ),
    Program(
        "a status of an answer",
        "HED201",
        f"{HTTPX}\n\ndef run():\n    for attempt in range(3):\n"
        "        response = http.post(URL, json={})\n        if response.status_code == 403:\n"
        "            time.sleep(1)\n            continue\n        return response.status_code\n",
        safe=False,
        own_end=True,
        retries=("forbidden", "origin_not_allowed"),
    ),
    Program(
        "statuses of an answer",
        "HED201",
        f"{HTTPX}\n\ndef run():\n    for attempt in range(3):\n"
        "        response = http.post(URL, json={})\n"
        "        if response.status_code in (402, 503):\n"
        f"            time.sleep(1)\n            continue\n    {ANSWERED}",
        returns=True,
        retries=CREDIT,
    ),
    Program(
        "one of tenacity's two",
        "HED201",
        decorated(
            SDK,
            "from tenacity import retry, retry_if_exception_type, stop_after_attempt",
            "@retry(\n    retry=retry_if_exception_type(openai.InternalServerError)\n"
            "    | retry_if_exception_type(openai.AuthenticationError),\n"
            "    stop=stop_after_attempt(3),\n)",
        ),
        retries=("unauthorized",),
    ),
    Program(
        "tenacity's only one",
        "HED201",
        decorated(
            SDK,
            "from tenacity import retry, retry_if_exception_type, stop_after_attempt",
            "@retry(retry=retry_if_exception_type(openai.AuthenticationError), "
            "stop=stop_after_attempt(3))",
        ),
        safe=False,
        retries=("unauthorized",),
    ),
    Program(
        "a function's or",
        "HED201",
        "from tenacity import retry, retry_if_exception, stop_after_attempt\n"
        f"{SDK}\n\ndef is_transient(error):\n    return (\n"
        "        isinstance(error, openai.InternalServerError)\n"
        "        or isinstance(error, openai.AuthenticationError)\n    )\n\n\n"
        "@retry(retry=retry_if_exception(is_transient), stop=stop_after_attempt(3))\n"
        "def run():\n    return ask()\n",
        retries=("unauthorized",),
    ),
    Program(
        "stamina's tuple",
        "HED201",
        decorated(
            SDK,
            "import stamina",
            "@stamina.retry(\n    attempts=3,\n"
            "    on=(openai.InternalServerError, openai.AuthenticationError),\n)",
        ),
        retries=("unauthorized",),
    ),
    Program(
        "urllib3's list",
        "HED201",
        "from requests.adapters import HTTPAdapter\nfrom urllib3.util import Retry\n"
        f"{REQUESTS}\npolicy = Retry(3, status_forcelist=[402, 502], allowed_methods=None)\n"
        'http.mount("http://", HTTPAdapter(max_retries=policy))\n\n\n'
        f"def run():\n    response = http.post(URL, timeout=TIMEOUT)\n{ANSWERED}",
        returns=True,
        retries=CREDIT,
    ),
    Program(
        "one of LangChain's two",
        "HED201",
        f"{RUNNABLE}\nchain = RunnableLambda(asked).with_retry(\n"
        "    retry_if_exception_type=(openai.InternalServerError, openai.AuthenticationError)\n)\n"
        f"{INVOKED}",
        retries=("unauthorized",),
    ),
    Program(
        "LangChain's own decorator",
        "HED201",
        "from langchain_core.language_models.llms import create_base_retry_decorator\n"
        f"{SDK}\n\n@create_base_retry_decorator(\n"
        "    error_types=[openai.InternalServerError, openai.AuthenticationError],\n"
        "    max_retries=3,\n)\n"
        "def run():\n    return ask()\n",
        retries=("unauthorized",),
    ),
    Program(
        "celery's tuple",
        "HED201",
        f"import celery\n{SDK}\n"
        'app = celery.Celery("tasks", broker="memory://", backend="cache+memory://")\n\n\n'
        "@app.task(\n    autoretry_for=(openai.InternalServerError, openai.AuthenticationError),\n"
        "    max_retries=2,\n)\ndef task():\n    ask()\n\n\n"
        "def run():\n    return task.apply().get()\n",
        retries=("unauthorized",),
    ),
)
ENDLESS = "while True:"
HED204 = (
    Program(
        "no end",
        "HED204",
        loop(PLAIN, ASK, handler("openai.InternalServerError", "time.sleep(1)\n"), rounds=ENDLESS),
        safe=False,
        api=OPENAI,
    ),
    Program(
        "no end, counted",
        "HED204",
        loop(
            "import itertools\n" + VOICE,
            SPEAK,
            handler(
                "pyai.PyAIError as e", "if e.status != 429:\n    raise\ntime.sleep(2**attempt)\n"
            ),
            rounds="for attempt in itertools.count():",
        ),
        safe=False,
    ),
    Program(
        "tenacity without an end",
        "HED204",
        decorated(
            PLAIN,
            "from tenacity import retry, retry_if_exception_type",
            "@retry(retry=retry_if_exception_type(openai.InternalServerError))",
        ),
        safe=False,
        api=OPENAI,
    ),
    Program(
        "backoff without an end",
        "HED204",
        decorated(
            PLAIN,
            "import backoff",
            "@backoff.on_exception(backoff.expo, openai.InternalServerError)",
        ),
        safe=False,
        api=OPENAI,
    ),
    Program(
        "stamina without an end",
        "HED204",
        decorated(
            PLAIN,
            "import stamina",
            "@stamina.retry(on=openai.InternalServerError, attempts=None, timeout=None)",
        ),
        safe=False,
        api=OPENAI,
    ),
    Program(
        "retrying without an end",
        "HED204",
        decorated(
            PLAIN,
            "from retrying import retry",
            "@retry(retry_on_exception=(openai.InternalServerError,), wait_fixed=1000)",
        ),
        safe=False,
        api=OPENAI,
    ),
)
