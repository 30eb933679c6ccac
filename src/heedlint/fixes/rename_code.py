"""Repairs a misspelt error code: the constant is written anew, in its own quotes."""

from __future__ import annotations

import libcst as cst

from heedlint.analysis.field_tests import FieldTest
from heedlint.analysis.tree import walk
from heedlint.findings import Applicability
from heedlint.fixes.plan import Plan, Replacement


def rename_code(test: FieldTest, meant: str) -> Plan:
    """Writes the code that was meant; shown only where the constant stands elsewhere."""
    message = f"write {meant!r}"
    for node in walk(test.element):
        if isinstance(node, cst.SimpleString) and node.evaluated_value == test.constant:
            source = f"{node.prefix}{node.quote}{meant}{node.quote}"
            return Plan(Applicability.UNSAFE, message, (Replacement(node, source),))
    return Plan(Applicability.DISPLAY, message)
