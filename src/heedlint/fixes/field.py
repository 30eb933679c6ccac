"""The stable field that stands in place of a text, and how it is spoken of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from heedlint.clients.model import Role
from heedlint.contracts.model import DocumentedError
from heedlint.fixes.field_access import Access

SPOKEN = {Role.CODE: "code", Role.STATUS: "status", Role.TYPE: "type"}


@dataclass(frozen=True)
class Field:
    """The stable field in place of a text test.

    `access` is what reads it and `values` the sources of what to compare it with; `errors` are
    the documented errors meant. `exact` says that the text names its one error. `settled` says
    why the contract has no finer field than what is tested already, where that is so.
    `broad` says that the field takes in other errors than the text speaks of; `unknown` why there
    are no values, and `nearest` is then the field for what may be meant. `shared_by` says in words
    which documented errors have the one value of a field that others have as well.
    """

    role: Role
    access: Access
    values: tuple[str, ...] = ()
    errors: tuple[DocumentedError, ...] = ()
    exact: bool = False
    broad: bool = False
    settled: str = ""
    unknown: str = ""
    nearest: Field | None = None
    shared_by: str = ""

    @property
    def advice(self) -> str:
        """What to test instead, as far as it is known: for the end of a message."""
        return self.settled or self.told()

    def told(self, *, negated: bool = False) -> str:
        """The test in words; `negated` where the text is asked not to be there."""
        if self.values:
            test = f"{self.source(negated=negated)}{self._place}"
            return f"the nearest test is {test}{self._shared}" if self.broad else f"test {test}"
        why = f"{self.unknown}; " if self.unknown else ""
        if self.nearest is None:
            return f"{why}the stable field is {self._spoken}{self._place}"
        test = f"{self.nearest.source(negated=negated)}{self._place}"
        if len(self.nearest.values) == 1:
            return f"{why}the nearest test is {test}{self.nearest._shared}"
        return f"{why}one of these may be meant: {test}"

    @property
    def is_concrete(self) -> bool:
        """Whether the advice names what to test, so that a reader can take it over.

        What a field has settled already, a test of it repeats only for the documented wording.
        """
        known = self.values or self.nearest or self.access.is_known
        return bool(known) and (self.exact or not self.settled)

    @property
    def _spoken(self) -> str:
        return self.access.source if self.access.is_known else f"the answer's {SPOKEN[self.role]}"

    @property
    def _place(self) -> str:
        return f" {self.access.elsewhere}" if self.access.elsewhere else ""

    @property
    def _shared(self) -> str:
        return f", which {self.shared_by} share" if self.shared_by else ""

    def source(self, *, negated: bool) -> str:
        """The test as Python source, as far as the field has one."""
        return f"{self._spoken} {compared_with(self.values, negated=negated)}"


def compared_with(values: Sequence[str], *, negated: bool) -> str:
    """The rest of a comparison with any of the values, given as source: `in {429, 503}`."""
    if len(values) == 1:
        return f"{'!=' if negated else '=='} {values[0]}"
    return f"{'not in' if negated else 'in'} {{{', '.join(values)}}}"
