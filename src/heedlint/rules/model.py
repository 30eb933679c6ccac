"""What a rule is and what it yields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import libcst as cst

from heedlint.analysis.evidence import Step
from heedlint.analysis.retries import Attempt
from heedlint.analysis.roles import Value
from heedlint.contracts.model import Catalogue, DocumentedError
from heedlint.findings import Confidence
from heedlint.fixes.plan import Plan


@dataclass(frozen=True)
class Rule:
    """A rule's identity; its module holds the documentation and `check(facts)`.

    `repaired_after` are the rules whose repairs may leave nothing to repair for this one.
    """

    code: str
    name: str
    default_on: bool
    summary: str
    repaired_after: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class Report:
    """A finding before it has a place: `node` is where it stands, `plan` makes its repair.

    `plan` is called only for reports that are kept.
    """

    node: cst.CSTNode
    message: str
    confidence: Confidence = Confidence.CERTAIN
    catalogues: tuple[Catalogue, ...] = ()
    errors: tuple[DocumentedError, ...] = ()
    evidence: tuple[Step, ...] = ()
    plan: Callable[[], Plan | None] | None = None


def report_of(
    value: Value,
    node: cst.CSTNode,
    message: str,
    *,
    errors: tuple[DocumentedError, ...] = (),
    evidence: tuple[Step, ...] | None = None,
    plan: Callable[[], Plan | None] | None = None,
) -> Report:
    """A report about a value of an API: as sure as that, with its contracts and its evidence."""
    return Report(
        node=node,
        message=message,
        confidence=value.confidence,
        catalogues=value.origin.catalogues,
        errors=errors,
        evidence=value.evidence if evidence is None else evidence,
        plan=plan,
    )


def named_errors(errors: tuple[DocumentedError, ...], most: int = 3) -> str:
    """The errors of a finding with what the contract says to do: for the end of its message."""
    told = [f"{error.label}: {error.action}" for error in errors[:most]]
    rest = f" and {len(errors) - most} more" if len(errors) > most else ""
    return "; ".join(told) + rest


def stacked(attempts: Sequence[Attempt]) -> str:
    """For the end of a message: that the client tries by itself as well, where it does."""
    most = max((attempt.fault.client_retries for attempt in attempts), default=0)
    if not most:
        return ""
    return f"; the client itself makes {most + 1} tries of each, so the tries multiply"
