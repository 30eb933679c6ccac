"""A repair in terms of the tree: which nodes are replaced by which source."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from heedlint.findings import Applicability


@dataclass(frozen=True, eq=False)
class Replacement:
    """Puts `code` where `node` stands; the text around it is left as it is."""

    node: cst.CSTNode
    code: str


@dataclass(frozen=True, eq=False)
class Plan:
    """A repair and what it is worth; without replacements it is only shown."""

    applicability: Applicability
    message: str
    replacements: tuple[Replacement, ...] = ()
