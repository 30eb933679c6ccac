"""Where nodes stand in the text; computed once, and only when there is a finding to place."""

from __future__ import annotations

from collections.abc import Mapping

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from heedlint.findings import Position


class Positions:
    """The places of a module's nodes: lines and columns from 1, columns in characters."""

    def __init__(self, module: cst.Module) -> None:
        self._module = module
        self._ranges: Mapping[cst.CSTNode, CodeRange] | None = None

    def span(self, node: cst.CSTNode) -> tuple[Position, Position]:
        """Where `node` begins and where it ends (exclusive), parentheses of its own left out."""
        if self._ranges is None:
            wrapper = MetadataWrapper(self._module, unsafe_skip_copy=True)
            self._ranges = wrapper.resolve(PositionProvider)
        place = self._ranges[node]
        return (
            Position(place.start.line, place.start.column + 1),
            Position(place.end.line, place.end.column + 1),
        )

    def outer_span(self, node: cst.CSTNode) -> tuple[Position, Position]:
        """As `span`, but with the node's own parentheses, as far as only space is between."""
        start, end = self.span(node)
        lines = self._module.code.splitlines(keepends=True)
        for _ in getattr(node, "lpar", ()):
            before = lines[start.line - 1][: start.column - 1].rstrip()
            after = lines[end.line - 1][end.column - 1 :]
            gap = len(after) - len(after.lstrip())
            if not before.endswith("(") or not after.lstrip().startswith(")"):
                break
            start = Position(start.line, len(before))
            end = Position(end.line, end.column + gap + 1)
        return start, end
