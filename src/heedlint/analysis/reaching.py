"""Which documented errors can reach a place, by the classes caught and the statuses tested."""

from __future__ import annotations

import libcst as cst

from heedlint.analysis.origins import Origin
from heedlint.analysis.roles import Roles, Value
from heedlint.analysis.statuses import Statuses
from heedlint.clients.model import ClientProfile
from heedlint.contracts.model import DocumentedError


class Reaching:
    """Holds documented errors against the handlers and conditions around a test."""

    def __init__(self, roles: Roles) -> None:
        self.origins = roles.origins
        self.names = roles.origins.knowledge.names
        self.statuses = Statuses(roles)

    def is_ruled_out(self, error: DocumentedError, value: Value, *places: cst.CSTNode) -> bool:
        """Whether no answer with this error gets to one of the places where `value` is tested."""
        return all(
            self._is_caught_elsewhere(error, status, value.origin)
            or any(self.statuses.rules_out(place, value, status) for place in places)
            for status in error.statuses
        )

    def _is_caught_elsewhere(self, error: DocumentedError, status: int, origin: Origin) -> bool:
        """Whether the error is of none of the classes, or taken by a handler above."""
        raised = [self._class(profile, status, error.code) for profile in origin.profiles]
        if origin.is_response or not raised or "" in raised:
            return False
        if origin.classes and not self._is_any(raised, origin.classes):
            return True
        above = self.origins.taken_above(origin.node)
        return bool(above) and all(self._is_any([name], tuple(above)) for name in raised)

    def _is_any(self, raised: list[str], classes: tuple[str, ...]) -> bool:
        return any(self.names.is_subclass(name, klass) for name in raised for klass in classes)

    def _class(self, profile: ClientProfile, status: int, code: str) -> str:
        found = self.names.exception_for(profile, status, code=code)
        return found.name if found is not None else ""
