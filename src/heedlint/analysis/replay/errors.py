"""Replays every documented error of a call; those that the code cannot tell apart, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from heedlint.analysis.replay.values import Fault, Part, Path
from heedlint.clients.model import Role


def replay_all(
    faults: list[Fault], paths_of: Callable[[Fault], list[Path]]
) -> Iterator[tuple[Fault, list[Path]]]:
    """The paths of each error, by `paths_of`.

    Errors that a client raises as the same class take the same paths as long as the fields that
    the code looks at are the same, too.
    """
    known: dict[tuple[str, bool, str], list[tuple[Fault, frozenset[Role], list[Path]]]] = {}
    for fault in faults:
        alike = known.setdefault(
            (fault.exception, fault.error.retry_after, fault.catalogue.name), []
        )
        for other, looked_at, paths in alike:
            if all(_field(fault, role) == _field(other, role) for role in looked_at):
                yield fault, [_of(fault, path) for path in paths]
                break
        else:
            paths = paths_of(fault)
            looks = frozenset(role for path in paths for role in path.consulted)
            # Where the replay gave up it would do so for every error of the status.
            alike.append((fault, looks if paths else frozenset({Role.STATUS}), paths))
            yield fault, paths


def _field(fault: Fault, role: Role) -> object:
    """What the error has in a field that tells errors of one class apart."""
    error = fault.error
    if role is Role.STATUS:
        return error.status
    return (error.code, error.problem) if role is Role.CODE else error.type


def _of(fault: Fault, path: Path) -> Path:
    value = path.value
    return replace(path, value=Part(value.role, fault)) if isinstance(value, Part) else path
