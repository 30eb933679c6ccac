"""Lines as Python counts them: ended by LF, CR or CRLF, and by nothing else."""

from __future__ import annotations

import re

LINE_END = re.compile(r"\r\n|\r|\n")


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
