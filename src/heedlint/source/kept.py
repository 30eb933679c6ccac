"""What is made of the built-in profiles and catalogues, kept where Python keeps compiled modules.

Making it takes as long as reading a thousand files, so it is done once, until one of the files that
it is made of changes.
"""

from __future__ import annotations

import marshal
import os
import sys
from collections.abc import Callable
from functools import lru_cache

TYPE_CHECKING = False  # as in heedlint: no typing on the way to an answer
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from typing import Any

# In the folders with what is read and what reads it.
_FOLDERS = ("clients", "contracts", "source")
_MADE_OF = (
    ".toml",
    "loader.py",
    "model.py",
    "subjects.py",
    "vocabulary.py",
    "idioms.py",
    "kinds.py",
)


def kept(module: ModuleSpec, make: Callable[[], tuple[Any, ...]]) -> tuple[Any, ...]:
    """What `make` gives, from the file beside the compiled module where it is kept.

    It is made anew where there is none, or a broken one; where none can be written, in each run.
    """
    place = _place(module)
    if not place:
        return make()
    try:
        with open(place, "rb") as stream:
            mark, *found = marshal.load(stream)
        if mark == _mark():
            return tuple(found)
    except (OSError, ValueError, EOFError, TypeError):
        pass
    made = make()
    try:
        temporary = f"{place}.{os.getpid()}"
        with open(temporary, "wb") as stream:
            stream.write(marshal.dumps((_mark(), *made)))
        os.replace(temporary, place)
    except OSError:
        pass
    return made


def _place(module: ModuleSpec) -> str:
    """The file beside a module's compiled code; "" where none is to be written."""
    if sys.dont_write_bytecode or not module.cached:
        return ""
    return module.cached.removesuffix(".pyc") + ".lists"


@lru_cache(maxsize=1)
def _mark() -> list[tuple[str, int, int]]:
    """Changes with whatever the built-in lists are made of."""
    package = os.path.dirname(os.path.dirname(__file__))
    return sorted(
        (entry.name, entry.stat().st_size, entry.stat().st_mtime_ns)
        for part in _FOLDERS
        for entry in os.scandir(os.path.join(package, part))
        if entry.name.endswith(_MADE_OF)
    )
