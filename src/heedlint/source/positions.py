"""Where nodes stand in the text: only for what is reported."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from itertools import takewhile

import libcst as cst

from heedlint.findings import Position
from heedlint.source.lines import line_starts, lines_of, with_plain_ends
from heedlint.source.ranges import Around, Ranges

_REST_OF_LINE = re.compile(r"[ \t]*,?[ \t]*(#[^\r\n]*)?(\r\n|\r|\n)")
_STEP = "    "
_SPACE = r"(?:[\s\\]|#[^\r\n]*[\r\n])*"
_OPENING = re.compile(rf"\({_SPACE}\Z")
_CLOSING = re.compile(rf"{_SPACE}\)")
# Comments that are instructions about a line.
_FOR_TOOLS = re.compile(
    r"#+\s*(noqa|type:|pylint|pragma|nosec|pyright|mypy|ruff|isort|fmt|yapf|flake8|pyre)", re.I
)


class Positions:
    """The places of a module's nodes: lines and columns from 1, columns in characters.

    `source` is the text of the module, `around` gives what holds a node, from the inside out.
    """

    def __init__(self, module: cst.Module, source: str, around: Around) -> None:
        self._module = module
        self.source = source
        self._around = around

    @cached_property
    def _ranges(self) -> Ranges:
        return Ranges(self._module, self.source, self._around)

    @cached_property
    def _lines(self) -> list[str]:
        return lines_of(self.source)

    def span(self, node: cst.CSTNode) -> tuple[Position, Position]:
        """Where `node` begins and where it ends (exclusive), parentheses of its own left out."""
        place = self._ranges.of(node)
        return (
            Position(place.start.line, place.start.column + 1),
            Position(place.end.line, place.end.column + 1),
        )

    def offsets(self, node: cst.CSTNode) -> tuple[int, int]:
        """Where in `source` a node begins and ends, parentheses of its own left out."""
        begin, end = self.span(node)
        return self._offset(begin), self._offset(end)

    def outer_span(self, node: cst.CSTNode) -> tuple[Position, Position]:
        """As `span`, but with the node's own parentheses and the space and comments within."""
        begin, end = self.outer_offsets(node)
        return self._position(begin), self._position(end)

    def outer_offsets(self, node: cst.CSTNode) -> tuple[int, int]:
        """As `offsets`, but with the node's own parentheses and the space and comments within."""
        text = self.source
        begin, end = self.offsets(node)
        for _ in getattr(node, "lpar", ()):
            opening = _OPENING.search(text, 0, begin)
            closing = _CLOSING.match(text, end)
            if opening is None or closing is None:
                break
            begin, end = opening.start(), closing.end()
        return begin, end

    def text(self, node: cst.CSTNode) -> str:
        """The source of `node` with its own parentheses, its lines ended by LF."""
        begin, end = self.outer_offsets(node)
        return with_plain_ends(self.source[begin:end])

    @cached_property
    def _starts(self) -> list[int]:
        return line_starts(self.source)

    def _offset(self, place: Position) -> int:
        return self._starts[place.line - 1] + place.column - 1

    def _position(self, offset: int) -> Position:
        line = bisect_right(self._starts, offset)
        return Position(line, offset - self._starts[line - 1] + 1)

    def margin(self, node: cst.CSTNode) -> str:
        """The white space at the beginning of the line that `node` begins in."""
        line = self._lines[self.span(node)[0].line - 1]
        return line[: len(line) - len(line.lstrip())]

    def line(self, statement: cst.CSTNode) -> Position:
        """Where a statement begins, with its decorators and the comments that lead to it."""
        decorators = getattr(statement, "decorators", ())
        start = self.span(decorators[0] if decorators else statement)[0]
        above = reversed(getattr(statement, "leading_lines", ()))
        comments = sum(1 for _ in takewhile(lambda line: line.comment is not None, above))
        return Position(start.line - comments, 1)

    def line_after(self, statement: cst.CSTNode) -> Position:
        """Where the line behind a statement, and behind the comments that end it, begins."""
        start, end = self.span(statement)
        line = end.line + 1
        for number, text in enumerate(self._lines[end.line :], line):
            indent = len(text) - len(text.lstrip())
            if text.strip() and not (text.lstrip().startswith("#") and indent >= start.column):
                break
            if text.strip():
                line = number + 1
        return Position(line, 1)

    def own_lines(self, statement: cst.CSTNode) -> tuple[Position, Position]:
        """The lines of a statement that has them for itself.

        With the blank lines behind it where there are some before it, or where a block begins.
        """
        start, end = self.span(statement)
        lines = self._lines
        above = lines[start.line - 2] if start.line > 1 else ""
        begins = _indent(above) < start.column - 1
        line = end.line + 1
        while line <= len(lines) and not lines[line - 1].strip():
            line += 1
        goes_on = line <= len(lines) and _indent(lines[line - 1]) >= start.column - 1
        if not (goes_on and (begins or not above.strip())):
            line = end.line + 1
        return Position(start.line, 1), Position(line, 1)

    def comment(self, statement: cst.SimpleStatementLine) -> str:
        """The comment behind a statement as a line of its own; `""` for one that tools read."""
        comment = statement.trailing_whitespace.comment
        if comment is None or _FOR_TOOLS.match(comment.value):
            return ""
        return f"{self.margin(statement)}{comment.value}\n"

    def indented(self, code: str, statement: cst.CSTNode) -> str:
        """Lines of code as they stand beside a statement: indented like it, by the file's steps."""
        start = self.span(statement)[0]
        margin = self._lines[start.line - 1][: start.column - 1]
        step = self._module.default_indent
        lines = []
        for line in code.splitlines():
            text = line.lstrip(" ")
            depth = (len(line) - len(text)) // len(_STEP)
            lines.append(f"{margin}{step * depth}{text}\n" if text else "\n")
        return "".join(lines)

    def removal(
        self,
        node: cst.Element | cst.Arg | cst.BaseSmallStatement,
        preceding: cst.CSTNode | None,
        following: cst.CSTNode | None,
    ) -> tuple[Position, Position]:
        """What to take out so that one of several siblings is gone, and its comma with it.

        Whole lines where it has lines of its own: the comments of the others stay. Where the last
        one had no comma, the one before has none either.
        """
        start, end = self.span(node)
        lines = self._lines
        before = lines[start.line - 1][: start.column - 1]
        after = lines[end.line - 1][end.column - 1 :]
        if not before.strip() and _REST_OF_LINE.fullmatch(after):
            is_bare_end = following is None and not isinstance(
                getattr(node, "comma", None), cst.Comma
            )
            if not (is_bare_end and preceding and self._are_neighbours(preceding, start)):
                return Position(start.line, 1), Position(end.line + 1, 1)
        if following is not None:
            return start, self.span(following)[0]
        return (self.span(preceding)[1] if preceding is not None else start), end

    def _are_neighbours(self, preceding: cst.CSTNode, start: Position) -> bool:
        """Whether a node ends on the line before `start`, without a comment behind it."""
        end = self.span(preceding)[1]
        line = self._lines[end.line - 1]
        return end.line == start.line - 1 and "#" not in line[end.column - 1 :]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
