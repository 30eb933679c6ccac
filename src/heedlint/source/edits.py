"""Edits made to a text, and where the places of the text have gone by them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from heedlint.findings import Edit, Leftover, Position
from heedlint.source.lines import LINE_END, line_starts


def overlap(one: Edit, other: Edit) -> bool:
    """Whether two edits change the same text."""
    return one.start < other.end and other.start < one.end


def clash(one: Edit, other: Edit) -> bool:
    """Whether the edits of two repairs cannot be made at once.

    Where both put something at one place, the second may depend on the first: it has to wait and
    see. Equal edits do not clash: `Edited` makes such an edit once.
    """
    if one == other:
        return False
    return overlap(one, other) or one.start == one.end == other.start == other.end


def cleared(gone: Iterable[Position], leftovers: Iterable[Leftover]) -> list[Edit]:
    """The edits that take out what nothing needs any more where the names at `gone` are gone."""
    away, edits = set(gone), []
    pending = list(dict.fromkeys(leftovers))
    while done := [left for left in pending if away.issuperset(left.uses)]:
        pending = [left for left in pending if left not in done]
        edits += [left.edit for left in done]
        away.update(place for left in done for place in left.reads)
    return edits


@dataclass(frozen=True)
class _Change:
    """Offsets in the text before, what comes there, and where that begins in the text after."""

    begin: int
    end: int
    content: str
    place: int

    @property
    def place_end(self) -> int:
        return self.place + len(self.content)


class Edited:
    """A text with edits made that do not overlap.

    Equal ones are made once; several at one place in the order given.
    What is put in gets the line endings of the line where it goes. A line that there is not stands
    for the end of the text: what is put there becomes its last line.
    """

    def __init__(self, text: str, edits: Iterable[Edit]) -> None:
        self._starts = line_starts(text)
        self._length = len(text)
        self._changes: list[_Change] = []
        parts, done, length = [], 0, 0
        for edit in sorted(dict.fromkeys(edits), key=lambda edit: (edit.start, edit.end)):
            begin, end = self._offset(edit.start), self._offset(edit.end)
            newline = self._newline_at(text, edit.start.line)
            content = LINE_END.sub(newline, edit.content)
            if edit.start.line > len(self._starts) and content:
                content = newline + content.removesuffix(newline)
            length += begin - done
            self._changes.append(_Change(begin, end, content, length))
            parts += [text[done:begin], content]
            length, done = length + len(content), end
        self.text = "".join([*parts, text[done:]])

    def region(self, start: Position, end: Position) -> tuple[Position, Position]:
        """Where the text between two places is now, with all that was put in at its ends."""
        first, last = self._offset(start), self._offset(end)
        begin = next((c.place for c in self._changes if c.begin <= first <= c.end), None)
        ending = [c.place_end for c in self._changes if c.begin <= last <= c.end]
        return (
            self._position(self._moved(first) if begin is None else begin),
            self._position(ending[-1] if ending else self._moved(last)),
        )

    def _moved(self, offset: int) -> int:
        before = [change for change in self._changes if change.end < offset]
        return offset + (before[-1].place_end - before[-1].end if before else 0)

    def _offset(self, position: Position) -> int:
        if position.line > len(self._starts):
            return self._length
        return self._starts[position.line - 1] + position.column - 1

    @cached_property
    def _starts_after(self) -> list[int]:
        return line_starts(self.text)

    def _position(self, offset: int) -> Position:
        line = bisect_right(self._starts_after, offset)
        return Position(line, offset - self._starts_after[line - 1] + 1)

    def _newline_at(self, text: str, line: int) -> str:
        """The ending of a line, or of one before it where it is the last and has none."""
        for number in (line, line - 1, line - 2):
            if 0 < number < len(self._starts):
                match = LINE_END.search(text, self._starts[number - 1])
                if match:
                    return match[0]
        return "\n"
