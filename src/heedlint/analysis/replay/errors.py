"""Replays every documented error of a call; those that the code cannot tell apart, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from heedlint.analysis.replay.values import Fault, Part, Path


def replay_all(
    faults: list[Fault], paths_of: Callable[[Fault], list[Path]]
) -> Iterator[tuple[Fault, list[Path]]]:
    """The paths of each error, by `paths_of`.

    Errors that a client raises as the same class take the same paths as long as the code looks
    at nothing but the class.
    """
    by_class: dict[tuple[str, bool, str], list[Path]] = {}
    for fault in faults:
        key = (fault.exception, fault.error.retry_after, fault.catalogue.name)
        if key not in by_class:
            paths = paths_of(fault)
            if not any(path.consulted for path in paths):
                by_class[key] = paths
            yield fault, paths
        else:
            yield fault, [_of(fault, path) for path in by_class[key]]


def _of(fault: Fault, path: Path) -> Path:
    value = path.value
    return replace(path, value=Part(value.role, fault)) if isinstance(value, Part) else path
