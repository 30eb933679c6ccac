"""Retry constructs of libraries: what the oracle reads, and runs for real (see `constructs`)."""

from __future__ import annotations

import sys

from analysis.constructs import BASE, OPENAI, POST, SPEAK

STOP = "stop=tenacity.stop_after_attempt(3)"
SEND = f"def send():\n    return {OPENAI}\n\n\n"


def decorated(arguments: str, call: str = OPENAI) -> str:
    """A function under tenacity's decorator."""
    return f"@tenacity.retry({arguments}{', ' if arguments else ''}{STOP})\n" + (
        f"def run():\n    return {call}\n"
    )


def under(decorator: str, call: str = OPENAI) -> str:
    """A function under the decorator of another library."""
    module = decorator.partition(".")[0]
    return f"import {module}\n\n\n@{decorator}\ndef run():\n    return {call}\n"


def raising(decorator: str, client: str = "requests") -> str:
    """The same around a client that raises for a status when it is asked to."""
    module = decorator.partition(".")[0]
    return (
        f"import {module}\n\n\n@{decorator}\ndef run():\n    response = {client}.{POST}\n"
        "    response.raise_for_status()\n    return response\n"
    )


def retried_session(policy: str) -> str:
    """A Requests session with a policy of urllib3."""
    return (
        f"def run():\n    session = requests.Session()\n    policy = {policy}\n"
        '    session.mount("http://", HTTPAdapter(max_retries=policy))\n'
        f"    return session.{POST}\n"
    )


def httpx_transport(policy: str) -> str:
    """An HTTPX client with a policy of httpx-retries."""
    return (
        f"import httpx_retries\n\nretry = httpx_retries.Retry({policy})\n"
        "session = httpx.Client(transport=httpx_retries.RetryTransport(retry=retry))\n\n\n"
        f"def run():\n    return session.{POST}\n"
    )


def aiohttp_options(options: str) -> str:
    """A client of aiohttp-retry."""
    return (
        f"import aiohttp_retry\n\n\nasync def run():\n    options = aiohttp_retry.{options}\n"
        "    async with aiohttp_retry.RetryClient(retry_options=options) as session:\n"
        f"        async with session.{POST} as response:\n            return response.status\n"
    )


def pydantic_transport(config: str, validator: str = "") -> str:
    """An HTTPX2 client with a transport of Pydantic AI."""
    given = f", validate_response={validator}" if validator else ""
    return (
        "import httpx2\n"
        "from pydantic_ai.retries import HTTPX2TenacityTransport, RetryConfig, wait_retry_after\n"
        "\n\ndef limits(response):\n    if response.status_code in (402, 429):\n"
        "        response.raise_for_status()\n\n\n"
        f"config = RetryConfig({config}, {STOP})\n"
        f"session = httpx2.Client(transport=HTTPX2TenacityTransport(config{given}))\n\n\n"
        f"def run():\n    return session.{POST}\n"
    )


def task(options: str) -> str:
    """A task of Celery, run at once instead of by a worker; of no other app than its own."""
    return (
        "import celery\n\n"
        'app = celery.Celery("oracle", broker="memory://", set_as_current=False)\n\n\n'
        f'@app.task(name="send", shared=False, {options})\n{SEND}'
        "def run():\n    return send.apply(throw=False).get()\n"
    )


def chain(options: str) -> str:
    """A runnable of LangChain."""
    return (
        f"from langchain_core.runnables import RunnableLambda\n\n\n"
        f"chain = RunnableLambda(lambda prompt: {OPENAI}).with_retry({options})\n\n\n"
        'def run():\n    return chain.invoke("hello")\n'
    )


CHAT_MODEL = (
    "from langchain_openai import ChatOpenAI\n\n"
    f'llm = ChatOpenAI(model="m", base_url="{BASE}", api_key="k", max_retries=0)\n'
    "patient = llm.with_retry(stop_after_attempt=2)\n\n\n"
    'def run():\n    return patient.invoke("hello")\n'
)
HTTP_ERROR = "retry=tenacity.retry_if_exception_type(httpx2.HTTPStatusError)"

TENACITY = {
    "tenacity, everything": decorated(""),
    "tenacity, class": decorated(
        "retry=tenacity.retry_if_exception_type(openai.RateLimitError), "
        "wait=tenacity.wait_exponential()"
    ),
    "tenacity, classes, fixed": decorated(
        "retry=tenacity.retry_if_exception_type((openai.RateLimitError, openai.ConflictError)), "
        "wait=tenacity.wait_fixed(2)"
    ),
    "tenacity, not a class": decorated(
        "retry=tenacity.retry_if_not_exception_type(openai.RateLimitError), "
        "wait=tenacity.wait_fixed(2)"
    ),
    "tenacity, lambda": decorated(
        'retry=tenacity.retry_if_exception(lambda e: getattr(e, "status_code", 0) in (401, 429))'
    ),
    "tenacity, or": decorated(
        "retry=tenacity.retry_if_exception_type(openai.RateLimitError) "
        "| tenacity.retry_if_exception_type(openai.PermissionDeniedError)"
    ),
    "tenacity, and": decorated(
        "retry=tenacity.retry_if_exception_type(openai.APIStatusError) "
        "& tenacity.retry_if_not_exception_type(openai.AuthenticationError)"
    ),
    "tenacity, any": decorated(
        "retry=tenacity.retry_any(tenacity.retry_if_exception_type(openai.ConflictError), "
        "tenacity.retry_if_exception_type(openai.RateLimitError))"
    ),
    "tenacity, told": decorated(
        "retry=tenacity.retry_if_exception_type(openai.RateLimitError), "
        "wait=tenacity.wait_exception(lambda e: told(e, 1))"
    ),
    "tenacity, told and more": decorated(
        "retry=tenacity.retry_if_exception_type(openai.RateLimitError), "
        "wait=tenacity.wait_exception(lambda e: told(e, 1)) + tenacity.wait_random(0, 1)"
    ),
    "tenacity, chain": decorated(
        "wait=tenacity.wait_chain(tenacity.wait_fixed(1), tenacity.wait_fixed(2))"
    ),
    "tenacity, translated": (
        decorated("retry=tenacity.retry_if_exception_type(Retriable)").partition("def run")[0]
        + f"def run():\n    try:\n        return {OPENAI}\n"
        "    except openai.RateLimitError as e:\n        raise Retriable from e\n"
    ),
    "tenacity, pyai": decorated("wait=tenacity.wait_fixed(1)", SPEAK),
    "tenacity, Retrying": (
        "def run():\n    for attempt in tenacity.Retrying(stop=tenacity.stop_after_attempt(3)):\n"
        f"        with attempt:\n            return {OPENAI}\n"
    ),
    "tenacity, Retrying left by return": (
        "def run():\n    for attempt in tenacity.Retrying(\n"
        f"        retry=tenacity.retry_if_result(lambda answer: answer is None), {STOP}\n"
        "    ):\n        with attempt:\n            try:\n"
        f"                return {OPENAI}\n            except openai.AuthenticationError:\n"
        "                return None\n"
    ),
    "tenacity, result": (
        f"@tenacity.retry(retry=tenacity.retry_if_result(lambda answer: answer is None), {STOP})\n"
        f"def run():\n    try:\n        return {OPENAI}\n"
        "    except openai.AuthenticationError:\n        return None\n"
    ),
    "tenacity, called": (
        f"def send():\n    return {OPENAI}\n\n\n"
        "policy = tenacity.Retrying(stop=tenacity.stop_after_attempt(3))\n\n\n"
        "def run():\n    return policy(send)\n"
    ),
    "tenacity, AsyncRetrying": (
        "async def run():\n    async for attempt in tenacity.AsyncRetrying(\n"
        "        retry=tenacity.retry_if_exception_type(openai.RateLimitError),\n"
        "        stop=tenacity.stop_after_attempt(3),\n        wait=tenacity.wait_fixed(1),\n"
        f"    ):\n        with attempt:\n            return await a{OPENAI}\n"
    ),
    "tenacity, predicate of the state": (
        "@tenacity.retry(retry=lambda state: state.outcome.failed, "
        "stop=tenacity.stop_after_attempt(3))\n"
        f"def run():\n    return {OPENAI}\n"
    ),
    "tenacity, wait of the state": decorated(
        "retry=tenacity.retry_if_exception_type(openai.RateLimitError), "
        "wait=lambda state: told(state.outcome.exception(), 1)"
    ),
    "tenacity, status of the state": decorated(
        'retry=lambda s: getattr(s.outcome.exception(), "status_code", 0) in (402, 429), '
        "wait=tenacity.wait_fixed(1)"
    ),
    "tenacity, function of the state": "def pause(state):\n"
    "    return told(state.outcome.exception(), 2**state.attempt_number)\n\n\n"
    + decorated("retry=tenacity.retry_if_exception_type(openai.APIStatusError), wait=pause"),
    "tenacity, state of an answer": (
        "def limited(state):\n    error = state.outcome.exception()\n"
        "    return isinstance(error, openai.APIStatusError) and error.status_code == 429\n\n\n"
        f"@tenacity.retry(retry=limited, {STOP})\ndef run():\n    try:\n"
        f"        return {OPENAI}\n    except openai.AuthenticationError:\n        return None\n"
    ),
    "tenacity, before_sleep waits": decorated(
        "retry=tenacity.retry_if_exception_type(openai.RateLimitError), "
        "before_sleep=lambda s: time.sleep(told(s.outcome.exception(), 1))"
    ),
    "tenacity, before_sleep says": decorated(
        "retry=tenacity.retry_if_exception_type(openai.RateLimitError), "
        "before_sleep=lambda s: print(s.attempt_number), wait=tenacity.wait_fixed(1)"
    ),
    "tenacity, for ever": f"@tenacity.retry\ndef run():\n    return {OPENAI}\n",
    "tenacity, the first of two ends": (
        "@tenacity.retry(stop=tenacity.stop_after_attempt(4) | tenacity.stop_after_delay(60))\n"
        f"def run():\n    return {OPENAI}\n"
    ),
    "tenacity, the first of two ends, one of two": (
        "@tenacity.retry(stop=tenacity.stop_after_attempt(4)\n"
        "    | (tenacity.stop_after_attempt(2) & tenacity.stop_after_attempt(3)))\n"
        f"def run():\n    return {OPENAI}\n"
    ),
    "tenacity, the last of two ends": (
        "@tenacity.retry(stop=tenacity.stop_after_attempt(2) & tenacity.stop_after_attempt(4))\n"
        f"def run():\n    return {OPENAI}\n"
    ),
    "tenacity, the last of two, one by time": (
        "@tenacity.retry(stop=tenacity.stop_after_attempt(2) & tenacity.stop_after_delay(60))\n"
        f"def run():\n    return {OPENAI}\n"
    ),
}

TRANSPORTS = {
    "urllib3, honours": (
        "def run():\n    session = requests.Session()\n"
        "    policy = Retry(total=2, status_forcelist=[402, 429], allowed_methods=None)\n"
        '    session.mount("http://", HTTPAdapter(max_retries=policy))\n'
        f"    return session.{POST}\n"
    ),
    "urllib3, told not to": (
        "def run():\n    session = requests.Session()\n"
        "    policy = Retry(total=2, status_forcelist=[402, 429], allowed_methods=None,\n"
        "                   backoff_factor=1, respect_retry_after_header=False)\n"
        '    session.mount("http://", HTTPAdapter(max_retries=policy))\n'
        f"    return session.{POST}\n"
    ),
    "urllib3, 429 with its header": retried_session(
        "Retry(total=2, status_forcelist=[402], allowed_methods=None)"
    ),
    "urllib3, not for a POST": retried_session("Retry(total=2, status_forcelist=[402, 429])"),
    "urllib3, none for a status": retried_session(
        "Retry(total=3, status=0, status_forcelist=[401, 429], allowed_methods=None)"
    ),
    "urllib3, for ever": retried_session(
        "Retry(total=None, status_forcelist=[409], allowed_methods=None)"
    ),
    "urllib3, pool": (
        "import urllib3\n\n"
        "policy = Retry(3, status_forcelist=range(400, 500), allowed_methods=None)\n"
        "pool = urllib3.PoolManager(retries=policy)\n\n\n"
        'def run():\n    return pool.request("POST", BASE + "/chat/completions", json=[])\n'
    ),
    "httpx-retries, honours": httpx_transport(
        'total=2, allowed_methods=["POST"], status_forcelist=[402, 429]'
    ),
    "httpx-retries, told not to": httpx_transport(
        'total=2, allowed_methods=["POST"], backoff_factor=1, respect_retry_after_header=False'
    ),
    "httpx-retries, at once": httpx_transport(
        'total=1, allowed_methods={"POST"}, status_forcelist={401, 403}'
    ),
    "aiohttp-retry, growing": aiohttp_options("ExponentialRetry(attempts=3, statuses={402, 429})"),
    "aiohttp-retry, jitter": aiohttp_options("JitterRetry(attempts=3, statuses=range(400, 430))"),
    "aiohttp-retry, list": aiohttp_options("ListRetry([1.0, 1.0, 1.0], statuses={409})"),
    "aiohttp-retry, its own": aiohttp_options("FibonacciRetry(attempts=4)"),
}
if sys.version_info >= (3, 11):  # pydantic-ai asks for it
    TRANSPORTS |= {
        "pydantic-ai, honours": pydantic_transport(
            f"{HTTP_ERROR}, wait=wait_retry_after()", "lambda r: r.raise_for_status()"
        ),
        "pydantic-ai, growing": pydantic_transport(
            f"{HTTP_ERROR}, wait=tenacity.wait_exponential()", "limits"
        ),
        "pydantic-ai, everything": pydantic_transport(
            "wait=tenacity.wait_fixed(1)", "lambda r: r.raise_for_status()"
        ),
        "pydantic-ai, without a validator": pydantic_transport(
            f"{HTTP_ERROR}, wait=tenacity.wait_fixed(1)"
        ),
    }

LIBRARIES = {
    "backoff, class": under(
        "backoff.on_exception(backoff.expo, openai.RateLimitError, max_tries=3)"
    ),
    "backoff, giveup": under(
        "backoff.on_exception(backoff.constant, openai.APIStatusError, max_tries=3, interval=2, "
        "jitter=None, giveup=lambda e: e.status_code in (401, 403))"
    ),
    "backoff, told": under(
        "backoff.on_exception(backoff.runtime, openai.RateLimitError, "
        "value=lambda e: told(e, 1), jitter=None, max_tries=3)"
    ),
    "backoff, result": under(
        "backoff.on_predicate(backoff.constant, lambda r: r.status_code in (402, 429), "
        "interval=1, jitter=None, max_tries=3)",
        "requests." + POST,
    ),
    "backoff, for ever": under("backoff.on_exception(backoff.constant, openai.ConflictError)"),
    "stamina, class": under("stamina.retry(on=openai.RateLimitError, attempts=3)"),
    "stamina, classes": under(
        "stamina.retry(on=(openai.AuthenticationError, openai.ConflictError), attempts=2)"
    ),
    "stamina, hook": under(
        'stamina.retry(on=lambda e: getattr(e, "status_code", 0) == 402, attempts=3)'
    ),
    "stamina, told": "def again(e):\n"
    "    return told(e, 1) if isinstance(e, openai.RateLimitError) else False\n\n\n"
    + under("stamina.retry(on=again, attempts=3)"),
    "stamina, context": (
        "import stamina\n\n\n"
        "def run():\n    for attempt in stamina.retry_context(on=openai.APIError, attempts=3):\n"
        f"        with attempt:\n            return {OPENAI}\n"
    ),
    "stamina, caller": f"import stamina\n\n\n{SEND}"
    "caller = stamina.RetryingCaller(attempts=3).on(openai.PermissionDeniedError)\n\n\n"
    "def run():\n    return caller(send)\n",
    "retrying, everything": under("retrying.retry(stop_max_attempt_number=3, wait_fixed=2000)"),
    "retrying, predicate": under(
        "retrying.retry(retry_on_exception=lambda e: isinstance(e, openai.RateLimitError), "
        "stop_max_attempt_number=3, wait_exponential_multiplier=500)"
    ),
    "retrying, for ever": under("retrying.retry(retry_on_exception=(openai.AuthenticationError,))"),
    "retrying, result": under(
        "retrying.retry(retry_on_result=lambda r: r.status_code == 429, stop_max_attempt_number=2)",
        "requests." + POST,
    ),
    "retryhttp, as it is": raising("retryhttp.retry"),
    "retryhttp, another wait": raising(
        "retryhttp.retry(wait_rate_limited=tenacity.wait_fixed(2), max_attempt_number=4)"
    ),
    "retryhttp, its predicates": "import retryhttp\n\n\n"
    + raising(
        "tenacity.retry(retry=retryhttp.retry_if_server_error((402, 409)) "
        f"| retryhttp.retry_if_rate_limited(), wait=retryhttp.wait_retry_after(), {STOP})"
    ),
    "retryhttp, tenacity's condition": raising(
        "retryhttp.retry(retry=tenacity.retry_if_exception_type(requests.HTTPError), "
        "wait=tenacity.wait_fixed(1))"
    ),
    "retryhttp, an SDK's errors": under("retryhttp.retry(max_attempt_number=4)"),
    "langchain, everything": chain("stop_after_attempt=3"),
    "langchain, class, at once": chain(
        "retry_if_exception_type=(openai.RateLimitError,), wait_exponential_jitter=False"
    ),
    "langchain, chat model": CHAT_MODEL,
    "celery, class": task(
        "autoretry_for=(openai.RateLimitError,), max_retries=2, default_retry_delay=3"
    ),
    "celery, growing": task(
        "autoretry_for=(Exception,), dont_autoretry_for=(openai.AuthenticationError,), "
        'retry_backoff=2, retry_kwargs={"max_retries": 2}'
    ),
}
