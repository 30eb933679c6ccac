"""Which documented errors can reach a place, by the classes caught and the statuses tested."""

from __future__ import annotations

from heedlint.analysis.field_tests import FieldTest
from heedlint.analysis.roles import Roles
from heedlint.analysis.statuses import Statuses
from heedlint.clients.model import ClientProfile
from heedlint.contracts.model import DocumentedError


class Reaching:
    """Holds documented errors against the handlers and conditions around a test."""

    def __init__(self, roles: Roles) -> None:
        self.origins = roles.origins
        self.names = roles.origins.knowledge.names
        self.statuses = Statuses(roles)

    def is_ruled_out(self, error: DocumentedError, test: FieldTest) -> bool:
        """Whether no answer with this error gets to a test of its fields."""
        return all(
            self._is_caught_elsewhere(error, status, test)
            or self.statuses.rules_out(test.element, test.value, status)
            or self.statuses.rules_out(test.node, test.value, status)
            for status in error.statuses
        )

    def _is_caught_elsewhere(self, error: DocumentedError, status: int, test: FieldTest) -> bool:
        """Whether the error is of none of the classes, or taken by a handler above."""
        origin = test.value.origin
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
