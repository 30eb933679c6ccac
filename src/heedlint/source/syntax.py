"""Whether a text is Python at all: for files that need no analysis."""

from __future__ import annotations

import symtable
import warnings


def require_python(text: str) -> None:
    """Raises `UnreadableSource` where a text is not Python.

    The running Python decides first: the tables of its compiler take half the time of a tree. What
    it refuses, libcst may still know: newer syntax than its own, names that no compiler accepts.
    """
    if not text:
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of invalid escapes: not our business
            symtable.symtable(text, "", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        from heedlint.source.parse import parse  # noqa: PLC0415 - libcst only where it is needed

        parse(text)
