"""Where nodes stand in the text; computed once, and only when there is a finding to place."""

from __future__ import annotations

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from heedlint.findings import Position


class Positions:
    """The places of a module's nodes: lines and columns from 1, columns in characters."""

    def __init__(self, module: cst.Module) -> None:
        self._module = module
        self._ranges: dict[cst.CSTNode, object] | None = None

    def span(self, node: cst.CSTNode) -> tuple[Position, Position]:
        """Where `node` begins and where it ends (exclusive), parentheses of its own left out."""
        if self._ranges is None:
            wrapper = MetadataWrapper(self._module, unsafe_skip_copy=True)
            self._ranges = dict(wrapper.resolve(PositionProvider))
        place = self._ranges[node]
        return (
            Position(place.start.line, place.start.column + 1),  # type: ignore[attr-defined]
            Position(place.end.line, place.end.column + 1),  # type: ignore[attr-defined]
        )
