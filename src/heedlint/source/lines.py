"""Lines as Python counts them: ended by LF, CR or CRLF, and by nothing else."""

from __future__ import annotations

import re

LINE_END = re.compile(r"\r\n|\r|\n")
# Lines that formatters break where they are too long: no strings and no comments.
_BREAKABLE = re.compile(r"[^\"'#]*[]()\[{},:]\s*")
_NARROW = 79
_WIDTHS = (_NARROW, 88, 100, 120)
_ENOUGH_LINES = 200


def with_plain_ends(text: str) -> str:
    """The text with each line ended by LF: no line and no column is another one by that."""
    return LINE_END.sub("\n", text)


def line_starts(text: str) -> list[int]:
    """The offset, in characters, at which each line begins; lines end at CR, LF or CRLF."""
    return [0, *(end.end() for end in LINE_END.finditer(text))]


def lines_of(text: str) -> list[str]:
    """The lines of a text, each with its ending."""
    starts = line_starts(text)
    return [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]


def habitual_width(text: str) -> int:
    """How many characters the lines of a text may have, by those that it has.

    One of the lengths that formatters are told; 88, black's own, where too few lines say more.
    """
    lines = text.splitlines()
    lengths = [len(line.rstrip()) for line in lines if _BREAKABLE.fullmatch(line)]
    for width in _WIDTHS:
        if width == _NARROW and len(lengths) < _ENOUGH_LINES:
            continue
        # Of what looks like code some is none: a docstring's prose. Strings are left as they are.
        spared = 0 if width == _NARROW else len(lengths)
        few = sum(length > width for length in lengths) * 100 <= spared
        if few and sum(len(line) > width for line in lines) * 20 <= len(lines):
            return width
    return _WIDTHS[-1]
