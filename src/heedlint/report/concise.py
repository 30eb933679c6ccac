"""The format `concise`: one line per finding, for terminals, editors and grep."""

from __future__ import annotations

from collections.abc import Sequence

from heedlint.findings import Applicability, Finding, Fix
from heedlint.report import Sources


def render(findings: Sequence[Finding], sources: Sources) -> str:  # noqa: ARG001 - one signature
    """One line for each finding: `path:line:column: HED101 message [fixable: safe]`."""
    return "\n".join(map(line_of, findings))


def line_of(finding: Finding) -> str:
    """The line for one finding; line and column from 1, columns in characters."""
    return f"{finding.place}: {finding.code} {finding.message}{_mark(finding.fix)}"


def _mark(fix: Fix | None) -> str:
    if fix is None:
        return ""
    if fix.applicability is Applicability.DISPLAY:
        return " [advice]"
    return f" [fixable: {fix.applicability}]"
