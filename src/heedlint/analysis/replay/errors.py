"""Replays documented errors of a call; those that the code cannot tell apart, once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from heedlint.analysis.replay.catching import is_raised_as
from heedlint.analysis.replay.values import Fault, Part, Path
from heedlint.analysis.roles import Roles
from heedlint.clients.model import Role


@dataclass(frozen=True)
class _Replay:
    """What one error has done, and what of it has made a difference: fields, and its classes."""

    fault: Fault
    paths: list[Path]
    fields: frozenset[Role]
    classes: frozenset[tuple[str, bool | None]]


class Replays:
    """The paths of the errors of one call, by `run`.

    An error takes the paths of another one where all that the code has asked of that has the same
    answer: nothing, where no path comes to the call.
    """

    def __init__(self, roles: Roles, run: Callable[[Fault], list[Path]]) -> None:
        self._names = roles.origins.knowledge.names
        self._run = run
        self._known: dict[tuple[bool, str], list[_Replay]] = {}
        self._of_all: list[Path] = []

    def of(self, fault: Fault) -> list[Path]:
        """The paths of an error; none where the replay gave up."""
        if self._of_all:
            return self._of_all
        known = self._known.setdefault((fault.error.retry_after, fault.catalogue.name), [])
        for other in known:
            if self._are_alike(fault, other):
                return [_of(fault, path) for path in other.paths]
        paths = self._run(fault)
        if paths and not any(path.failed for path in paths):
            self._of_all = paths
        known.append(
            _Replay(
                fault,
                paths,
                frozenset(role for path in paths for role in path.consulted),
                frozenset(verdict for path in paths for verdict in path.verdicts),
            )
        )
        return paths

    def _are_alike(self, fault: Fault, other: _Replay) -> bool:
        if not other.paths:
            # Where the replay gave up it would do so for every error of the class and status.
            return (fault.exception, fault.error.status) == (
                other.fault.exception,
                other.fault.error.status,
            )
        return all(
            _field(fault, role) == _field(other.fault, role) for role in other.fields
        ) and all(
            is_raised_as(self._names, fault, name) is verdict for name, verdict in other.classes
        )


def _field(fault: Fault, role: Role) -> object:
    """What the error has in a field that tells errors of one class apart."""
    error = fault.error
    if role is Role.STATUS:
        return error.status
    return (error.code, error.problem) if role is Role.CODE else error.type


def _of(fault: Fault, path: Path) -> Path:
    value = path.value
    return replace(path, value=Part(value.role, fault)) if isinstance(value, Part) else path
