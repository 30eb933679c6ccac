"""Whether a text is Python at all: for files that need no analysis, and for what was repaired."""

from __future__ import annotations

import symtable
import warnings
from _thread import allocate_lock

from heedlint.errors import UnreadableSource

TYPE_CHECKING = False  # as in heedlint: no typing on the way to an answer
if TYPE_CHECKING:
    import ast

# Python 3.11 counts the depth of the trees that it builds for all threads together, and refuses a
# tree whose count another thread has moved (SystemError: "recursion depth mismatch").
ONE_THREAD_AT_A_TIME = allocate_lock()


# libcst parses a line in a time that grows with the square of its depth, and dies of one without
# end. Code that somebody has written does not come near this.
_DEEPEST = 1000
TOO_DEEP = "cannot be checked: nested too deeply"


def require_python(text: str) -> None:
    """Raises `UnreadableSource` where a text is not Python, or nests too deeply.

    The running Python decides first: the tables of its compiler take half the time of a tree. What
    it refuses, libcst may still know: newer syntax than its own, names that no compiler accepts.
    """
    if not text:
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of invalid escapes: not our business
            symtable.symtable(text, "", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        _refuse_depth(error)
        from heedlint.source.parse import parse  # noqa: PLC0415 - libcst only where it is needed

        parse(text)


def tree_of(text: str) -> ast.Module:
    """The tree that the running Python makes of a text.

    Raises `UnreadableSource` where it nests too deeply, and as `ast.parse` does.
    """
    import ast  # noqa: PLC0415 - only for candidates

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, RecursionError, MemoryError) as error:
        _refuse_depth(error)
        raise


def _refuse_depth(error: Exception) -> None:
    """Raises `UnreadableSource` where that is what a parser means."""
    if isinstance(error, (RecursionError, MemoryError)):
        raise UnreadableSource(TOO_DEEP) from None
    if isinstance(error, SyntaxError) and str(error.msg).startswith("too many"):
        raise UnreadableSource(TOO_DEEP, error.lineno or 1) from None


def require_flat(tree: ast.Module) -> None:
    """Raises `UnreadableSource` where a tree nests too deeply."""
    import ast  # noqa: PLC0415

    level: list[ast.AST] = [tree]
    for _ in range(_DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return
    raise UnreadableSource(TOO_DEEP, getattr(level[0], "lineno", 1))


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
