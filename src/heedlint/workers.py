"""Does work on many items in several processes; what comes back is in the order of the items."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Generic, TypeVar

from heedlint.errors import ConfigurationError

Item = TypeVar("Item")
Result = TypeVar("Result")

_MOST_IN_A_BATCH = 32
_SECONDS_TO_ANSWER = 10


@dataclass(frozen=True)
class Lost(Generic[Item]):
    """An item on which a worker died: out of memory, killed, a crash of an extension module."""

    item: Item


def usable_cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_processes(
    work: Callable[[Sequence[Item]], list[Result]], items: Sequence[Item], jobs: int
) -> Iterator[Result | Lost[Item]]:
    """What `work` makes of the items, batch by batch, in `jobs` processes of this machine.

    `work` gives one result for each item of its batch, and must be a function that another process
    can import, or a partial of one. When the iterator is left early, by an interrupt too, the
    processes end at once.
    """
    size = max(1, min(_MOST_IN_A_BATCH, len(items) // (jobs * 4)))
    batches = [items[n : n + size] for n in range(0, len(items), size)]
    done = 0
    try:
        with _pool(jobs) as pool:
            for found in _through(pool, partial(_tidily, work), batches):
                done += 1
                yield found
    except BrokenProcessPool:
        yield from _one_by_one(work, items[done:])


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """The executor of a cluster, for as long as it is used; `address` is `dask://HOST:PORT`.

    Raises `ConfigurationError` for an address of no known kind, for a cluster that does not
    answer, and where its library is not installed.
    """
    kind, _, place = address.partition("://")
    if kind != "dask" or not place:
        raise ConfigurationError(f"--executor: {address!r} is no address; dask://HOST:PORT is one")
    try:
        from distributed import Client  # noqa: PLC0415 - an extra
    except ImportError:
        raise ConfigurationError("--executor: pip install 'heedlint[dask]' first") from None
    try:
        client = Client(  # type: ignore[no-untyped-call]
            f"tcp://{place}", timeout=_SECONDS_TO_ANSWER
        )
    except OSError as error:
        raise ConfigurationError(f"--executor: {address} does not answer: {error}") from error
    with client:
        yield client.get_executor()  # type: ignore[no-untyped-call]


def in_executor(
    executor: Executor,
    work: Callable[[Sequence[Item]], list[Result]],
    items: Iterator[Item],
    size: int = _MOST_IN_A_BATCH,
) -> Iterator[Result]:
    """As `in_processes`, by an executor of the caller's, which he ends himself.

    Items are taken as they are sent, so that not all of them need be in memory before.
    """
    batches = iter(lambda: list(islice(items, size)), [])
    yield from _through(executor, work, batches)


def _through(
    executor: Executor,
    work: Callable[[Sequence[Item]], list[Result]],
    batches: Iterator[list[Item]] | Sequence[Sequence[Item]],
) -> Iterator[Result]:
    futures = [executor.submit(work, batch) for batch in batches]
    futures.reverse()
    while futures:
        yield from futures.pop().result()


def _one_by_one(
    work: Callable[[Sequence[Item]], list[Result]], items: Sequence[Item]
) -> Iterator[Result | Lost[Item]]:
    """After a death: which item it was shows when each has the worker for itself."""
    left = list(reversed(items))
    while left:
        try:
            with _pool(1) as pool:
                while left:
                    yield from pool.submit(_tidily, work, [left[-1]]).result()
                    left.pop()
        except BrokenProcessPool:
            yield Lost(left.pop())


@contextmanager
def _pool(jobs: int) -> Iterator[ProcessPoolExecutor]:
    before = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(jobs, initializer=_leave_interrupts_to_the_parent)
    try:
        yield pool
    except BaseException:
        for process in set(multiprocessing.active_children()) - before:
            process.terminate()
        pool.shutdown(cancel_futures=True)
        raise
    pool.shutdown()


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _tidily(work: Callable[[Sequence[Item]], list[Result]], batch: Sequence[Item]) -> list[Result]:
    """Does the work of a batch and lets go of what it has left behind.

    What stays - modules, profiles - stays for good, and is not looked at again.
    """
    done = work(batch)
    gc.collect()
    gc.freeze()
    return done
