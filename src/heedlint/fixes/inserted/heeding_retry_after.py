"""A wait generator that goes by `Retry-After`, which repairs put around another one."""

from typing import Any

from heedlint.fixes.inserted.retry_after_seconds import retry_after_seconds


def heeding_retry_after(own: Any, headers: Any, jitter: Any = float) -> Any:
    """The wait generator `own`, but where `Retry-After` tells another delay.

    `headers` finds the headers in the error, or the result, that the generator is sent;
    `jitter` changes the delays of `own` alone.
    """

    def wait(**options: Any) -> Any:
        delays = own(**options)
        try:
            error = yield next(delays)
            while True:
                delay = jitter(delays.send(error))
                error = yield retry_after_seconds(headers(error), delay)
        except StopIteration:
            return  # the last delay of `own`

    return wait
