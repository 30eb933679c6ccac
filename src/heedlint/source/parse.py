"""From text to a libcst module, with errors that say where."""

from __future__ import annotations

import libcst as cst

from heedlint.errors import UnreadableSource


def parse(text: str) -> cst.Module:
    """Parses a whole decoded file with libcst's native parser.

    Raises `UnreadableSource` where the text is not Python, or nests deeper than the parser takes.
    """
    try:
        return cst.parse_module(text)
    except cst.ParserSyntaxError as error:
        reason = f"cannot be parsed: {error.message}"
        raise UnreadableSource(
            reason, max(error.editor_line, 1), max(error.editor_column, 1)
        ) from None
    except RecursionError:
        raise UnreadableSource("cannot be parsed: nested too deeply") from None
