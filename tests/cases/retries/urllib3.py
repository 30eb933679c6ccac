"""urllib3's Retry, alone and behind requests' adapter: which statuses, and after which wait.

Retry-After is honoured unless the program says otherwise, so that a list of statuses is all there
is to get wrong. The addresses are of no API in particular: what counts is what HTTP says.
"""

import os
from http import HTTPStatus

import requests
import urllib3
from requests import adapters
from requests.adapters import HTTPAdapter
from requests.adapters import Retry as AdapterRetry
from requests.packages.urllib3.util.retry import Retry as OldRetry
from urllib3.util import Retry as UtilRetry
from urllib3.util.retry import Retry

from .net import Retry as OwnRetry

BASE = "https://tickets.example.com/api"
BACKOFF = 0.5
ATTEMPTS = int(os.environ.get("ATTEMPTS", "4"))

# Statuses of the request that no repetition changes.

gateway = requests.Session()
gateway.mount("https://", HTTPAdapter(max_retries=Retry(3, status_forcelist=[401, 503])))  # expect: HED201

RETRIED = (
    HTTPStatus.FORBIDDEN,  # expect: HED201
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
)


def session_of_constant():
    policy = Retry(total=ATTEMPTS, backoff_factor=BACKOFF, status_forcelist=RETRIED)
    adapter = HTTPAdapter(max_retries=policy, pool_connections=8)
    session = requests.Session()
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def everything_listed(path):
    strategy = OldRetry(
        total=15,
        status_forcelist=[400, 401, 403, 404, 413, 429, 502, 503],  # expect: HED201, HED201, HED201
        backoff_factor=1,
        method_whitelist=["GET"],
    )
    session = requests.session()
    session.mount(BASE, HTTPAdapter(max_retries=strategy))
    return session.get(BASE + path).json()


SERVER_SIDE = [500, 502, 503, 504]


class Tickets:
    STATUSES = SERVER_SIDE + [422]  # expect: HED201

    def __init__(self, token):
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"
        retries = AdapterRetry(total=5, backoff_factor=1, status_forcelist=self.STATUSES)
        self.session.mount(BASE, HTTPAdapter(max_retries=retries))

    def all(self):
        return self.session.get(f"{BASE}/tickets", timeout=20).json()


def pool_of_helper():
    def patience(total):
        return Retry(
            total=total,
            allowed_methods={"GET", "POST"},
            status_forcelist={
                402,  # expect: HED201
                429,
            },
        )

    return urllib3.PoolManager(retries=patience(4))


def default_list_of_a_helper(retries=3, statuses=(403, 429, 500)):  # expect: HED201
    session = requests.Session()
    policy = Retry(total=retries, status_forcelist=statuses)
    session.mount("https://", HTTPAdapter(max_retries=policy))
    return session


patient_session = default_list_of_a_helper()


# Every status that is an error.

http = urllib3.PoolManager()


def fetched(path):
    anything = Retry(3, status_forcelist=range(400, 600))  # expect: HED202
    return http.request("GET", BASE + path, retries=anything)


def whatever_comes():
    policy = UtilRetry(
        total=6,
        backoff_factor=2,
        status_forcelist=frozenset(range(400, 512)),  # expect: HED202
        raise_on_status=False,
    )
    session = requests.Session()
    session.mount("https://", adapters.HTTPAdapter(max_retries=policy))
    return session


def all_but_missing():
    policy = Retry(
        total=5,
        status_forcelist=[code for code in range(400, 600) if code != 404],  # expect: HED202
    )
    return HTTPAdapter(max_retries=policy)


# Retry-After, switched off.


def impatient():
    retry = Retry(
        total=4,
        backoff_factor=0.8,
        status_forcelist={429, 500, 502, 503, 504},
        respect_retry_after_header=False,  # expect: HED302
    )
    session = requests.Session()
    session.mount("https://", HTTPAdapter(max_retries=retry))
    return session


HEED = False


def impatient_by_constant(url):
    policy = urllib3.Retry(2, status_forcelist=(429,), respect_retry_after_header=HEED)  # expect: HED302
    return urllib3.PoolManager(retries=policy).request("GET", url)


def told_but_capped():
    return Retry(
        total=3,
        status_forcelist=[429],
        retry_after_max=5,  # expect: HED304
    )


# For ever.


def until_it_works():
    endless = Retry(total=None, backoff_factor=1, status_forcelist=[429, 503])  # expect: HED204
    session = requests.Session()
    session.mount("https://", HTTPAdapter(max_retries=endless))
    return session


# Right, or nothing to be said.

transient = requests.Session()
transient.mount(
    "https://",
    HTTPAdapter(
        max_retries=Retry(
            total=6,
            backoff_factor=1,
            status_forcelist=[408, 429, 500, 502, 503, 504, 520],  # clean: each may pass by itself
            allowed_methods=["GET", "POST"],
        )
    ),
)

plain = requests.Session()
plain.mount("https://", HTTPAdapter(max_retries=3))  # clean: connections that fail, no status
plain.mount("http://", HTTPAdapter(max_retries=Retry(connect=3, backoff_factor=0.5)))  # clean: no list


def once_only():
    policy = Retry(total=0, status_forcelist=[401, 403], raise_on_status=False)  # clean: no second call
    return HTTPAdapter(max_retries=policy)


def never_for_a_status():
    policy = Retry(total=3, status=0, status_forcelist=[401, 429])  # clean: none for the status
    return HTTPAdapter(max_retries=policy)


def not_at_all():
    off = Retry(
        total=0,
        status_forcelist=(),
        respect_retry_after_header=False,  # clean: nothing is retried, the 429 is to reach the caller
    )
    return HTTPAdapter(max_retries=off)


def server_errors():
    policy = Retry(5, backoff_factor=0.3, status_forcelist=range(500, 600))  # clean: the server's own
    return HTTPAdapter(max_retries=policy)


def server_errors_and_429():
    policy = Retry(
        total=4,
        status_forcelist=[code for code in range(500, 600)] + [429],  # clean: none of the request's
        backoff_factor=2,
    )
    return HTTPAdapter(max_retries=policy)


def unsettled():
    return Retry(3, status_forcelist=[404, 409, 412])  # clean: RFC 9110 leaves it open for these


def listed_elsewhere(statuses):
    return Retry(3, status_forcelist=statuses)  # clean: what the callers list is not known here


def listed_in_settings(settings):
    return Retry(
        total=settings.attempts,
        status_forcelist=settings.retried_statuses,  # clean: not in this file
        respect_retry_after_header=settings.heed,  # clean: not in this file either
    )


def bounded_otherwise():
    policy = Retry(total=None, connect=2, read=2, status=4, status_forcelist=[429])  # clean: status=4
    return HTTPAdapter(max_retries=policy)


def heeded():
    return Retry(3, status_forcelist=[429], respect_retry_after_header=True)  # clean: as by default


class Discerning(Retry):
    def is_retry(self, method, status_code, has_retry_after=False):
        return status_code == 429 and has_retry_after


def discerning():
    return Discerning(3, status_forcelist=[401, 429])  # clean: its own is_retry decides


def of_another_library():
    return OwnRetry(total=3, status_forcelist=[400, 401])  # clean: not urllib3's


def allowed_list(response):
    expected = dict(status_forcelist=[401, 403])  # clean: no policy is made of it
    return response.status_code in expected["status_forcelist"]
