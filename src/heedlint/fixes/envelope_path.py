"""Repairs a reading of an error body: the path that its envelope has."""

from __future__ import annotations

import libcst as cst

from heedlint.analysis.body_readings import BodyReading
from heedlint.analysis.facts import Facts
from heedlint.clients.model import Role
from heedlint.findings import Applicability
from heedlint.fixes.plan import Plan, Replacement


def source_in_place(reading: BodyReading, facts: Facts) -> str:
    """The source that reads the field where it stands; "" where there is no such field."""
    owner = facts.tree.code(reading.owner)
    if reading.value.role is Role.ERROR_OBJECT:
        return owner  # the owner is what was looked for
    keys = [f'["{key}"]' for key in reading.path]
    if not keys:
        return ""
    if isinstance(reading.node, cst.Call):
        inner = "".join(f'.get("{key}", {{}})' for key in reading.path[:-1])
        return f'{owner}{inner}.get("{reading.path[-1]}"{_default(reading.node, facts)})'
    return owner + "".join(keys)


def _default(call: cst.Call, facts: Facts) -> str:
    return "".join(f", {facts.tree.code(arg.value)}" for arg in call.args[1:2])


def read_in_place(reading: BodyReading, facts: Facts) -> Plan:
    """Reads the field where the envelope has it."""
    source = source_in_place(reading, facts)
    if not source:
        return Plan(Applicability.DISPLAY, "test the last segment of `type`")
    return Plan(Applicability.UNSAFE, f"read {source}", (Replacement(reading.node, source),))
