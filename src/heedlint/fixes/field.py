"""The stable field that stands in place of a text, and how it is spoken of."""

from __future__ import annotations

from dataclasses import dataclass

from heedlint.clients.model import Role
from heedlint.contracts.model import DocumentedError
from heedlint.fixes.field_access import Access

_SPOKEN = {Role.CODE: "code", Role.STATUS: "status", Role.TYPE: "type"}


@dataclass(frozen=True)
class Field:
    """The stable field in place of a text test.

    `access` is what reads it and `values` the sources of what to compare it with; `errors` are
    the documented errors meant. `exact` says that the text names its one error. `settled` says
    why the contract has no finer field than what is tested already, where that is so.
    `broad` says that the field takes in other errors than the text speaks of; `nearest` is the
    field for what may be meant where no documented error has the wording.
    """

    role: Role
    access: Access
    values: tuple[str, ...] = ()
    errors: tuple[DocumentedError, ...] = ()
    exact: bool = False
    broad: bool = False
    settled: str = ""
    nearest: Field | None = None

    @property
    def advice(self) -> str:
        """What to test instead, as far as it is known: for the end of a message."""
        return self.settled or self.told()

    def told(self, *, negated: bool = False) -> str:
        """The test in words; `negated` where the text is asked not to be there."""
        if self.values:
            test = f"{self.source(negated=negated)}{self._place}"
            return f"the nearest test is {test}" if self.broad else f"test {test}"
        if self.nearest is None:
            return f"test {self._spoken}"
        test = self.nearest.source(negated=negated)
        if len(self.nearest.values) == 1:
            return f"no documented error says so; the nearest test is {test}{self._place}"
        return f"no documented error says so; one of these may be meant: {test}{self._place}"

    @property
    def is_concrete(self) -> bool:
        """Whether the advice is Python that a reader can take over.

        What a field has settled already, a test of it repeats only for the documented wording.
        """
        known = self.access.source and self.values
        return bool(known or self.nearest) and (self.exact or not self.settled)

    @property
    def _spoken(self) -> str:
        return self.access.source or f"the error's {_SPOKEN.get(self.role, 'own field')}"

    @property
    def _place(self) -> str:
        return "" if self.access.in_scope else " where this is called"

    def source(self, *, negated: bool) -> str:
        """The test as Python source, as far as the field has one."""
        if len(self.values) == 1:
            return f"{self._spoken} {'!=' if negated else '=='} {self.values[0]}"
        return f"{self._spoken} {'not in' if negated else 'in'} {{{', '.join(self.values)}}}"
