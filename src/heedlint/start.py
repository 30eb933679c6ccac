"""Where the program starts: what needs no shell is answered before one is loaded.

A commit hook passes a few files, of most of which no rule can say anything. Their bytes show it, in
less time than it takes to import what reads options and settings.
"""

from __future__ import annotations

import io
import os
import sys
import tokenize
from collections.abc import Sequence

from heedlint.errors import HeedlintError
from heedlint.project import settings_files
from heedlint.source.syntax import require_python
from heedlint.source.triage import is_candidate

# Options that make no difference where nothing is found.
_WITHOUT_EFFECT = frozenset({"--no-cache", "--isolated", "--fix", "--unsafe-fixes"})
# Several processes share what is more.
_MOST_FILES = 100


def main() -> None:
    """Runs the command line, whose exit status it ends with."""
    if _holds_nothing(sys.argv[1:]):
        return
    from heedlint.cli import main as shell  # noqa: PLC0415 - the point is to import late

    shell(prog_name="heedlint")


def _holds_nothing(arguments: Sequence[str]) -> bool:
    """Whether it is plain that `heedlint check` finds nothing in the files that it is given.

    False wherever settings may say otherwise, and for all that is to be told.
    """
    command, *rest = arguments or ("",)
    options = {word for word in rest if word.startswith("-")}
    files = [word for word in rest if word not in options]
    if command != "check" or not files or not options <= _WITHOUT_EFFECT:
        return False
    if len(files) > _MOST_FILES or ("--isolated" not in options and _has_settings()):
        return False
    return all(map(_is_plain, files))


def _has_settings() -> bool:
    """Whether some settings file may speak of heedlint in this folder; see `load_settings`."""
    try:
        return any(b"heedlint" in _read(file) for file in settings_files(os.getcwd()))
    except OSError:
        return True


def _is_plain(path: str) -> bool:
    """Whether a file is Python, in UTF-8, and certainly holds no finding."""
    if not os.path.isfile(path):
        return False  # a pipe can be read once only
    try:
        content = _read(path)
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        if encoding != "utf-8" or is_candidate(content):
            return False
        require_python(content.decode())
    except (OSError, SyntaxError, UnicodeDecodeError, RecursionError, HeedlintError):
        return False  # to be told by who can
    return True


def _read(path: str) -> bytes:
    with open(path, "rb") as stream:
        return stream.read()
