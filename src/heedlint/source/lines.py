"""Lines as Python counts them: ended by LF, CR or CRLF, and by nothing else."""

from __future__ import annotations


def line_starts(text: str) -> list[int]:
    """The offset, in characters, at which each line begins; lines end at CR, LF or CRLF."""
    starts = [0]
    index = 0
    while index < len(text):
        if text[index] == "\r" and text[index + 1 : index + 2] == "\n":
            index += 1
            starts.append(index + 1)
        elif text[index] in "\r\n":
            starts.append(index + 1)
        index += 1
    return starts


def lines_of(text: str) -> list[str]:
    """The lines of a text, each with its ending."""
    starts = line_starts(text)
    return [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
