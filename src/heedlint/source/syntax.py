"""Whether a text is Python at all: for files that need no analysis, and for what was repaired."""

from __future__ import annotations

import symtable
import warnings
from threading import Lock

# Python 3.11 counts the depth of the trees that it builds for all threads together, and refuses a
# tree whose count another thread has moved (SystemError: "recursion depth mismatch").
ONE_THREAD_AT_A_TIME = Lock()


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


def compile_error(text: str) -> str:
    """What the running Python's compiler has against a text; "" where it takes it.

    It sees what no parser does, such as a `from __future__` that something was put before. Threads
    take turns.
    """
    try:
        with ONE_THREAD_AT_A_TIME, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "", "exec", dont_inherit=True)
    except SyntaxError as error:
        return f"{error.msg} (line {error.lineno})"
    except (ValueError, RecursionError, MemoryError) as error:
        return str(error) or type(error).__name__
    return ""
