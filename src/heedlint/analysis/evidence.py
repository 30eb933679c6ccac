"""What shows that an expression is what a finding says: the way there, step by step."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst


@dataclass(frozen=True, eq=False)
class Step:
    """One step: what holds ("`msg` holds it"), and the node that shows it.

    The line is worked out only where a finding is reported: places cost a walk over the module.
    """

    text: str
    node: cst.CSTNode
