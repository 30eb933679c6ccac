"""A progress bar for whoever waits at a terminal longer than a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")

_PATIENCE = 1.0  # seconds


def shown(
    items: Iterable[Item], total: int, clock: Callable[[], float] = time.monotonic
) -> Iterator[Item]:
    """The items as they come; after a second a bar on standard error, if that is a terminal."""
    if not sys.stderr.isatty():
        yield from items
        return
    begun, done = clock(), 0
    waiting = iter(items)
    for item in waiting:
        yield item
        done += 1
        if clock() - begun > _PATIENCE:
            break
    yield from _with_bar(waiting, done, total)


def _with_bar(items: Iterator[Item], done: int, total: int) -> Iterator[Item]:
    first = next(items, _NOTHING)
    if first is _NOTHING:
        return
    from rich.console import Console  # noqa: PLC0415 - only where it is shown
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Checking", total=total, completed=done)
        yield first  # type: ignore[misc]
        for item in items:
            progress.advance(task)
            yield item


_NOTHING = object()
