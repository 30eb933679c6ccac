"""Cases of HED302: a library that honours `Retry-After` by itself is told not to."""

import requests
import urllib3
import urllib3.util.retry as urllib3_retry
from requests import Session
from requests.adapters import HTTPAdapter
from requests.adapters import Retry as AdapterRetry
from requests.packages.urllib3.util.retry import Retry as OldRetry
from urllib3 import PoolManager, Retry
from urllib3.util import Retry as UtilRetry

URL = "https://api.pyai.com/v1/models"
HONOUR = False


def one_line():
    session = Session()
    policy = Retry(total=3, status_forcelist=[429, 503])  # expect: HED203, HED302
    session.mount("https://", HTTPAdapter(max_retries=policy))
    return session


def many_lines():
    return Retry(
        total=3,
        backoff_factor=0.5,
        # The header made the batch job hang.
        status_forcelist=[429, 503],  # expect: HED203
    )


def first_of_many():
    return Retry(
        total=3,  # enough
        status_forcelist=[429, 503],  # expect: HED203
    )


def no_trailing_comma():
    return UtilRetry(
        total=3,
        allowed_methods=None
    )


def the_only_argument():
    return urllib3.Retry()  # expect: HED302


def first_of_two():
    return urllib3_retry.Retry(total=2)  # expect: HED302


def by_position():
    return Retry(3, None, None, None, None, None, None, [429], 0.5, 120, True, True, None, True)  # expect: HED203, HED302


def in_an_adapter():
    session = requests.Session()
    session.mount(
        "https://",
        HTTPAdapter(
            max_retries=AdapterRetry(
                total=5,
            )
        ),
    )
    return session


def of_old_requests():
    return OldRetry(total=2)  # expect: HED302


def in_a_pool():
    return PoolManager(retries=Retry(3))  # expect: HED302


def by_a_constant():
    return Retry(total=3)  # expect: HED302


class Client:
    policy = Retry(
        total=3, status_forcelist=(500, 503)  # expect: HED302
    )

    def get(self):
        with PoolManager(retries=self.policy) as pool:
            return pool.request("GET", URL)


# Near misses


def by_default():
    return Retry(total=3, status_forcelist=[429, 503])  # clean: the default honours the header


def said_twice():
    return Retry(total=3, respect_retry_after_header=True)  # clean: on


def by_the_caller(honour):
    return Retry(total=3, respect_retry_after_header=honour)  # clean: unknown


def by_a_choice(batch):
    return Retry(total=3, respect_retry_after_header=not batch)  # clean: unknown


def passed_on(**options):
    return Retry(total=3, **options)  # clean: unknown


def cut_off():
    return Retry(total=3, retry_after_max=120)  # clean: a generous cap


def other_switch():
    return Retry(total=3, raise_on_status=False, redirect=False)  # clean: another switch


class Policy:
    def __init__(self, total, respect_retry_after_header=True):
        self.total = total
        self.respect_retry_after_header = respect_retry_after_header


def of_another_class():
    return Policy(total=3, respect_retry_after_header=False)  # clean: no class of urllib3


def as_settings():
    return dict(total=3, respect_retry_after_header=False)  # clean: nothing is retried here


def no_retries():
    return PoolManager(retries=False)  # clean: retries nothing


def bare_number():
    session = requests.Session()
    session.mount("https://", HTTPAdapter(max_retries=3))  # clean: no status is retried
    return session
