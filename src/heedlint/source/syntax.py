"""Whether a text is Python at all: for files that need no analysis, at the speed of `ast`."""

from __future__ import annotations

import ast
import warnings


def require_python(text: str) -> None:
    """Raises `UnreadableSource` where a text is not Python.

    The running Python decides first, being fast; what it refuses, libcst may still know: newer
    syntax than its own.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of invalid escapes: not our business
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        from heedlint.source.parse import parse  # noqa: PLC0415 - libcst only where it is needed

        parse(text)
