"""The lines and columns of nodes, found without writing out the whole module.

libcst's nodes know no places: they are counted while the code of a module is written out. Here that
is done for the function around a node alone, whose code is then looked for in the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import libcst as cst
from libcst.metadata import CodePosition, CodeRange, MetadataWrapper, PositionProvider

from heedlint.source.lines import LINE_END, lines_of

Around = Callable[[cst.CSTNode], Iterator[cst.CSTNode]]


class Ranges:
    """The ranges of the nodes of a module, whose text is given.

    `around` gives what holds a node, from the inside out.
    """

    def __init__(self, module: cst.Module, text: str, around: Around) -> None:
        self._module = module
        # A last line without an end is written out with one.
        self._text = text + module.default_newline
        self._around = around
        self._found: dict[cst.CSTNode, CodeRange] = {}

    def of(self, node: cst.CSTNode) -> CodeRange:
        """Where `node` begins and ends: lines from 1, columns from 0."""
        if node not in self._found:
            part, before = self._part(node)
            ranges = MetadataWrapper(part, unsafe_skip_copy=True).resolve(PositionProvider)
            self._found.update((n, _moved_down(place, before)) for n, place in ranges.items())
        return self._found[node]

    def _part(self, node: cst.CSTNode) -> tuple[cst.Module, int]:
        """The smallest module that holds a node and whose code stands in the text once.

        With the number of lines by which it stands further down there.
        """
        for part, classes in self._parts(node):
            code = "".join(lines_of(part.code)[classes:])
            place = self._text.find(code)
            if place >= 0 and self._text.find(code, place + 1) < 0:
                return part, len(LINE_END.findall(self._text, 0, place)) - classes
        return self._module, 0

    def _parts(self, node: cst.CSTNode) -> Iterator[tuple[cst.Module, int]]:
        """Modules of one statement around a node, from the inside out.

        Each with how many classes stand around the statement, for each of which there is one line.
        """
        inward = [node, *self._around(node)][-2::-1]
        statements, bodies = inward[:1], list[cst.IndentedBlock]()
        for body, statement in zip(inward[1::2], inward[2::2], strict=False):
            outer = statements[-1]
            in_class = isinstance(outer, cst.ClassDef) and outer.body is body
            if not in_class or not isinstance(body, cst.IndentedBlock):
                break
            bodies.append(body)
            statements.append(statement)
        for depth in reversed(range(len(statements))):
            alone: Any = statements[depth]
            for body in reversed(bodies[:depth]):
                block = cst.IndentedBlock([alone], indent=body.indent)
                alone = cst.ClassDef(cst.Name("C"), block)
            yield self._module.with_changes(header=(), body=[alone], footer=()), depth


def _moved_down(place: CodeRange, lines: int) -> CodeRange:
    start, end = (CodePosition(end.line + lines, end.column) for end in (place.start, place.end))
    return CodeRange(start, end)
