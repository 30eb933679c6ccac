"""retryhttp: 429 and some 5xx of HTTPX, Requests and aiohttp, after Retry-After by default.

OpenAI's 429 may be a used-up quota, which no wait cures; of other hosts nothing of the kind is
known. What the decorated function must raise is the client's own status error.
"""

import aiohttp
import httpx
import openai
import requests
import retryhttp
import tenacity
from retryhttp import (
    retry,
    retry_if_rate_limited,
    retry_if_server_error,
    wait_context_aware,
    wait_from_header,
    wait_retry_after,
)
from tenacity import retry_if_exception_type, stop_after_attempt, wait_exponential, wait_fixed

OPENAI = "https://api.openai.com/v1"
PARCELS = "https://parcels.example.com/v1"
HEADERS = {"Authorization": "Bearer key"}

# OpenAI's 429, of which some are no rate limit.


@retry  # expect: HED203
def models():
    response = httpx.get(f"{OPENAI}/models", headers=HEADERS)
    response.raise_for_status()
    return response.json()


@retryhttp.retry(max_attempt_number=5)  # expect: HED203
def chat(payload):
    response = requests.post(f"{OPENAI}/chat/completions", json=payload, headers=HEADERS, timeout=60)
    response.raise_for_status()
    return response.json()


@retry(  # expect: HED203
    retry_server_errors=False,
    wait_rate_limited=wait_retry_after(wait_max=300),
)
async def embeddings(texts):
    async with aiohttp.ClientSession(raise_for_status=True) as session:
        async with session.post(f"{OPENAI}/embeddings", json={"input": texts}) as response:
            return await response.json()


# A rate limit, after another wait than the server asks for.


@retry(wait_rate_limited=wait_fixed(2))  # expect: HED301
def parcel(number):
    response = httpx.get(f"{PARCELS}/parcels/{number}")
    response.raise_for_status()
    return response.json()


@retryhttp.retry(
    max_attempt_number=4,
    wait=wait_exponential(multiplier=1, max=30),  # expect: HED301
)
def parcels():
    response = requests.get(f"{PARCELS}/parcels", timeout=10)
    response.raise_for_status()
    return response.json()


@tenacity.retry(
    retry=retry_if_rate_limited() | retry_if_server_error(),
    wait=wait_exponential(),  # expect: HED301
    stop=stop_after_attempt(3),
)
def labels():
    response = httpx.get(f"{PARCELS}/labels")
    response.raise_for_status()
    return response.content


@retry(
    wait_rate_limited=wait_retry_after(wait_max=5, fallback=wait_fixed(1)),  # expect: HED304
)
def capped():
    return httpx.get(f"{PARCELS}/rates").raise_for_status().json()


# Statuses of the request that no repetition changes.


@tenacity.retry(
    retry=retry_if_server_error(server_error_codes=(401, 500)),  # expect: HED201
    stop=stop_after_attempt(3),
)
def depots():
    response = httpx.get(f"{PARCELS}/depots")
    response.raise_for_status()
    return response.json()


@retry(
    server_error_codes=(
        403,  # expect: HED201
        502,
        503,
    ),
)
def routes():
    response = requests.get(f"{PARCELS}/routes", timeout=10)
    response.raise_for_status()
    return response.json()


@retry(
    retry=retry_if_exception_type(httpx.HTTPStatusError),  # expect: HED202
    stop=stop_after_attempt(6),
)
def shipments():
    response = httpx.get(f"{PARCELS}/shipments")
    response.raise_for_status()
    return response.json()


# Right, or nothing to be said.


@retry  # clean: after Retry-After, and the server's own errors
def addresses():
    response = httpx.get(f"{PARCELS}/addresses")
    response.raise_for_status()
    return response.json()


@retry(max_attempt_number=3, wait_rate_limited=wait_retry_after(fallback=wait_fixed(3)))  # clean: heeded
def address(number):
    response = requests.get(f"{PARCELS}/addresses/{number}", timeout=5)
    response.raise_for_status()
    return response.json()


@tenacity.retry(
    retry=retry_if_rate_limited(),
    wait=wait_from_header("Retry-After", wait_max=None),  # clean: heeded
    stop=stop_after_attempt(3),
)
def customs(number):
    response = httpx.post(f"{PARCELS}/customs", json={"number": number})
    response.raise_for_status()
    return response.json()


@tenacity.retry(
    retry=retry_if_rate_limited() | retry_if_server_error(),
    wait=wait_context_aware(wait_server_errors=wait_fixed(1)),  # clean: heeded for the 429
    stop=stop_after_attempt(3),
)
def duties(number):
    response = httpx.get(f"{PARCELS}/duties/{number}")
    response.raise_for_status()
    return response.json()


@retry(retry_rate_limited=False)  # clean: the 429 is raised
def open_models():
    response = httpx.get(f"{OPENAI}/models")
    response.raise_for_status()
    return response.json()


@retry  # clean: the SDK's errors are none of those that it knows
def answer(prompt):
    return openai.OpenAI().responses.create(model="gpt-5", input=prompt)


@retry(wait_rate_limited=wait_fixed(1))  # clean: nothing raises for a status
def tracked(number):
    response = httpx.get(f"{PARCELS}/tracking/{number}")
    return response.json() if response.is_success else None


@retry(wait_server_errors=wait_fixed(5))  # clean: says nothing of the 429
def prices():
    response = httpx.get(f"{PARCELS}/prices")
    response.raise_for_status()
    return response.json()


@retry(max_attempt_number=1, wait_rate_limited=wait_fixed(1))  # clean: no second call
def once():
    response = httpx.get(f"{PARCELS}/once")
    response.raise_for_status()
    return response.json()


@retry(network_errors=httpx.TransportError, retry_rate_limited=False)  # clean: no status among them
def reachable():
    return httpx.head(PARCELS).raise_for_status().status_code
