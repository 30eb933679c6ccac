"""Pydantic AI's transports: tenacity around an exchange, for what `validate_response` raises.

The validator decides which statuses are errors at all, the RetryConfig which errors are retried and
after which wait. Without a validator no status is ever raised, and none retried.
"""

import logging

import httpx
import httpx2
import tenacity
from httpx import AsyncClient, HTTPStatusError, Response
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.retries import (
    AsyncHTTPX2TenacityTransport,
    AsyncTenacityTransport,
    HTTPX2TenacityTransport,
    RetryConfig,
    TenacityTransport,
    wait_retry_after,
)
from tenacity import (
    AsyncRetrying,
    before_sleep_log,
    retry_if_exception,
    retry_if_exception_type,
    stop_after_attempt,
    stop_never,
    wait_exponential,
    wait_fixed,
)

LOG = logging.getLogger(__name__)


def must_be_good(response):
    response.raise_for_status()


def should_retry_status(response: Response) -> None:
    if response.status_code in (429, 502, 503, 504):
        response.raise_for_status()


# Every status that is an error.


def create_retrying_client():
    transport = AsyncTenacityTransport(
        config=RetryConfig(
            retry=retry_if_exception_type((HTTPStatusError, ConnectionError)),  # expect: HED202
            wait=wait_retry_after(fallback_strategy=wait_exponential(multiplier=1, max=60)),
            stop=stop_after_attempt(5),
            reraise=True,
        ),
        validate_response=lambda response: response.raise_for_status(),
    )
    return AsyncClient(transport=transport)


CONFIG = RetryConfig(  # expect: HED202
    stop=stop_after_attempt(3),
    wait=wait_exponential(multiplier=0.5, max=8),  # expect: HED301
)


def sync_model(name):
    client = httpx.Client(transport=TenacityTransport(CONFIG, validate_response=must_be_good))
    return OpenAIChatModel(name, provider=OpenAIProvider(http_client=client))


def is_status_error(error):
    return isinstance(error, httpx2.HTTPStatusError)


class Factory:
    def __init__(self, attempts):
        self.config = RetryConfig(
            retry=retry_if_exception(is_status_error),  # expect: HED202
            wait=wait_fixed(3),  # expect: HED301
            stop=stop_after_attempt(attempts),
            before_sleep=before_sleep_log(LOG, logging.WARNING),
        )

    def client(self):
        transport = AsyncHTTPX2TenacityTransport(self.config, validate_response=must_be_good)
        return httpx2.AsyncClient(transport=transport, timeout=60)


# The right statuses, after another wait than the server asks for.


def by_the_clock():
    config = RetryConfig(
        retry=retry_if_exception_type(HTTPStatusError),
        wait=wait_exponential(multiplier=1, max=30),  # expect: HED301
        stop=stop_after_attempt(4),
    )
    return AsyncTenacityTransport(config, validate_response=should_retry_status)


def at_once():
    return HTTPX2TenacityTransport(
        RetryConfig(retry=retry_if_exception_type(HTTPStatusError), stop=stop_after_attempt(3)),  # expect: HED301
        validate_response=should_retry_status,
    )


def only_limits(error):
    return isinstance(error, HTTPStatusError) and error.response.status_code == 429


LIMITED = AsyncTenacityTransport(
    RetryConfig(
        retry=retry_if_exception(only_limits),
        wait=wait_exponential(min=1, max=10) + wait_fixed(1),  # expect: HED301
        stop=stop_after_attempt(8),
    ),
    validate_response=must_be_good,
)


def capped():
    config = RetryConfig(
        retry=retry_if_exception_type(HTTPStatusError),
        wait=wait_retry_after(max_wait=10),  # expect: HED304
        stop=stop_after_attempt(4),
    )
    return AsyncTenacityTransport(config, validate_response=should_retry_status)


# Statuses of the request that no repetition changes.


def refused_and_limited(response):
    if response.status_code in (403, 429):
        response.raise_for_status()


def hopeful():
    retried = retry_if_exception(
        lambda error: isinstance(error, HTTPStatusError)
        and error.response.status_code in (403, 429)  # expect: HED201
    )
    return AsyncTenacityTransport(
        RetryConfig(retry=retried, wait=wait_retry_after(), stop=stop_after_attempt(3)),
        validate_response=refused_and_limited,
    )


# For ever.


def endless():
    config = RetryConfig(retry=retry_if_exception(only_limits), wait=wait_retry_after())  # expect: HED204
    return AsyncTenacityTransport(config, validate_response=must_be_good)


def said_to_be_endless():
    config = RetryConfig(  # expect: HED204
        retry=retry_if_exception_type(HTTPStatusError),
        wait=wait_retry_after(),
        stop=stop_never,
    )
    return TenacityTransport(config, validate_response=should_retry_status)


# Right, or nothing to be said.


def documented():
    transport = AsyncTenacityTransport(
        config=RetryConfig(
            retry=retry_if_exception_type((HTTPStatusError, ConnectionError)),  # clean: see the validator
            wait=wait_retry_after(
                fallback_strategy=wait_exponential(multiplier=1, max=60),
                max_wait=300,  # clean: the library's own cap
            ),
            stop=stop_after_attempt(5),
            reraise=True,
        ),
        validate_response=should_retry_status,
    )
    return AsyncClient(transport=transport)


def documented_of_an_old_version():
    transport = AsyncTenacityTransport(
        controller=AsyncRetrying(
            retry=retry_if_exception_type(HTTPStatusError),  # clean: see the validator
            wait=wait_retry_after(max_wait=300),
            stop=stop_after_attempt(5),
        ),
        validate_response=should_retry_status,
    )
    return AsyncClient(transport=transport)


def local_validator(retried_statuses):
    def validate(response):
        if response.status_code in retried_statuses:
            response.raise_for_status()

    return AsyncTenacityTransport(
        RetryConfig(
            retry=retry_if_exception_type(HTTPStatusError),  # clean: which statuses is not known here
            wait=wait_retry_after(),
            stop=stop_after_attempt(3),
        ),
        validate_response=validate,
    )


def without_validator():
    config = RetryConfig(
        retry=retry_if_exception_type(HTTPStatusError),  # clean: nothing raises for a status
        wait=wait_exponential(),
        stop=stop_after_attempt(3),
    )
    return httpx.Client(transport=TenacityTransport(config))


def without_validator_and_condition():
    transport = HTTPX2TenacityTransport(
        RetryConfig(wait=wait_fixed(1), stop=stop_after_attempt(3)),  # clean: transport errors alone
    )
    return httpx2.Client(transport=transport)


def connections_only():
    config = RetryConfig(
        retry=retry_if_exception_type((httpx.TimeoutException, httpx.NetworkError)),  # clean: no status
        wait=wait_exponential(),
        stop=stop_after_attempt(3),
    )
    return AsyncTenacityTransport(config, validate_response=must_be_good)


def once():
    config = RetryConfig(
        retry=retry_if_exception_type(HTTPStatusError),  # clean: no second call
        stop=stop_after_attempt(1),
    )
    return AsyncTenacityTransport(config, validate_response=must_be_good)


def heeded():
    return AsyncTenacityTransport(
        RetryConfig(
            retry=retry_if_exception(only_limits),
            wait=wait_retry_after(),  # clean: heeded
            stop=stop_after_attempt(8),
        ),
        validate_response=must_be_good,
    )


def told(state):
    header = state.outcome.exception().response.headers.get("retry-after", "")
    return float(header) if header.isdigit() else 2.0**state.attempt_number


def heeded_by_hand():
    return TenacityTransport(
        RetryConfig(
            retry=retry_if_exception(only_limits),
            wait=told,  # clean: heeded
            stop=stop_after_attempt(8),
        ),
        validate_response=must_be_good,
    )


def server_errors(error):
    return isinstance(error, HTTPStatusError) and error.response.status_code >= 500


def own_policy():
    return RetryConfig(
        retry=retry_if_exception(server_errors),  # clean: the server's own
        wait=wait_exponential(max=20),  # clean: no 429 among them
        stop=tenacity.stop_after_delay(60),
    )


agent = Agent("openai:gpt-5", retries=5)  # clean: asks the model again for another answer
