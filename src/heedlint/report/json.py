"""The format `json`: everything that a finding holds, for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence

from heedlint.findings import Edit, Finding, Fix
from heedlint.report import Sources, rule_url


def render(findings: Sequence[Finding], sources: Sources) -> str:  # noqa: ARG001 - one signature
    """A JSON array with one object per finding; lines and columns from 1, in characters."""
    return json.dumps([as_object(finding) for finding in findings], indent=2, ensure_ascii=False)


def as_object(finding: Finding) -> dict[str, object]:
    """What the outside contract promises of a finding, ready for JSON."""
    return {
        "path": finding.path,
        "line": finding.start.line,
        "column": finding.start.column,
        "end_line": finding.end.line,
        "end_column": finding.end.column,
        "code": finding.code,
        "name": finding.name,
        "message": finding.message,
        "confidence": str(finding.confidence),
        "catalogues": list(finding.catalogues),
        "errors": list(finding.errors),
        "fix": _fix(finding.fix),
        "url": rule_url(finding),
    }


def _fix(fix: Fix | None) -> dict[str, object] | None:
    if fix is None:
        return None
    return {
        "applicability": str(fix.applicability),
        "message": fix.message,
        "edits": [_edit(edit) for edit in fix.edits],
    }


def _edit(edit: Edit) -> dict[str, object]:
    return {
        "start_line": edit.start.line,
        "start_column": edit.start.column,
        "end_line": edit.end.line,
        "end_column": edit.end.column,
        "content": edit.content,
    }
