"""httpx-retries: which statuses, and after which wait. It honours Retry-After by itself."""

from functools import cached_property
from http import HTTPMethod, HTTPStatus

import httpx
import httpx_retries
from httpx_retries import Retry, RetryTransport

BASE = "https://images.example.com/v2"

# Statuses of the request that no repetition changes.

pictures = httpx.Client(
    base_url=BASE,
    transport=RetryTransport(retry=Retry(total=5, status_forcelist=[400, 429, 502])),  # expect: HED201
)

_STATUSES = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,  # expect: HED201
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
    }
)


def create_client(**kwargs):
    retry = Retry(total=3, backoff_factor=0.5, status_forcelist=_STATUSES)
    return httpx.AsyncClient(transport=RetryTransport(retry=retry), **kwargs)


_POLICY = httpx_retries.Retry(
    total=3,
    allowed_methods=["POST"],
    status_forcelist=[
        402,  # expect: HED201
        429,
        500,
        501,
    ],
    respect_retry_after_header=True,
)


async def drawn(prompt):
    transport = httpx_retries.RetryTransport(transport=httpx.AsyncHTTPTransport(), retry=_POLICY)
    async with httpx.AsyncClient(transport=transport) as client:
        return await client.post(f"{BASE}/images", json={"prompt": prompt})


def by_position():
    return RetryTransport(None, Retry(4, [HTTPMethod.GET], (403, 503), None, 1.0))  # expect: HED201


# Every status that is an error.


class Gallery:
    def __init__(self, key):
        self._key = key
        self.retry = Retry(
            total=10,
            backoff_factor=0.5,
            status_forcelist=range(400, 600),  # expect: HED202
        )
        self.client = httpx.Client(transport=RetryTransport(retry=self.retry))

    def newest(self):
        return self.client.get(f"{BASE}/newest", headers={"X-Key": self._key}).json()


def anything(total):
    def policy():
        return Retry(total=total, status_forcelist=set(range(400, 600)))  # expect: HED202

    with httpx.Client(transport=RetryTransport(retry=policy())) as client:
        return client.get(BASE).json()


# Retry-After, switched off or cut short.


class Blocklist:
    @cached_property
    def retry(self):
        return Retry(
            total=1,
            allowed_methods={"GET"},
            backoff_factor=0.25,
            respect_retry_after_header=False,  # expect: HED302
        )


impatient = RetryTransport(retry=Retry(3, respect_retry_after_header=False))  # expect: HED302


def soon():
    return Retry(
        total=3,
        backoff_factor=1,
        max_backoff_wait=4,  # expect: HED304
    )


# Right, or nothing to be said.

with httpx.Client(transport=RetryTransport()) as simple:  # clean: 429 and 502 to 504, by its defaults
    simple.get(BASE)


def defaults():
    return httpx.Client(transport=RetryTransport(retry=Retry(total=5, backoff_factor=0.5)))  # clean: by default


def transient():
    return Retry(
        total=3,
        backoff_factor=1.0,
        backoff_jitter=1.0,
        status_forcelist=[429, 500, 502, 503, 504],  # clean: each may pass by itself
        allowed_methods=["POST"],
    )


def empty_list():
    return Retry(total=2, status_forcelist=[])  # clean: stands for the default list


def no_retries():
    return RetryTransport(retry=Retry(total=0, status_forcelist=[401]))  # clean: no second call


def server_errors():
    return Retry(total=2, status_forcelist=range(500, 600))  # clean: the server's own


def from_outside(statuses, heed):
    return Retry(status_forcelist=statuses, respect_retry_after_header=heed)  # clean: not known here


def generous():
    return Retry(total=3, backoff_factor=1, max_backoff_wait=120.0)  # clean: the library's own cap


def unreadable_answer(client):
    def complete(response):
        response.json()

    return Retry(total=2, retry_on_exceptions=[ValueError], validate_response=complete)  # clean: no status


def connections():
    return httpx.Client(transport=httpx.HTTPTransport(retries=3))  # clean: connections that fail


class RetryTransports(httpx.HTTPTransport):
    def __init__(self, status_forcelist=(401, 403)):  # clean: a transport of its own, never retries
        super().__init__()
        self.refused = status_forcelist
