"""Where the program starts: what needs no shell is answered before one is loaded.

A commit hook passes a few files, of most of which no rule can say anything. Their bytes show it, in
less time than it takes to import what reads options and settings.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence

from heedlint.errors import HeedlintError
from heedlint.source.syntax import require_python
from heedlint.source.triage import is_candidate

# Options that make no difference where nothing is found.
_WITHOUT_EFFECT = frozenset({"--no-cache", "--isolated", "--fix", "--unsafe-fixes"})
_BOM = b"\xef\xbb\xbf"
# What may declare an encoding: a comment on one of the first two lines (PEP 263).
_DECLARED = re.compile(rb"(?:[^\r\n]*\r?\n)?[ \t\f]*#[^\r\n]*?coding[:=][ \t]*([-_.a-zA-Z0-9]*)")
_UTF_8 = frozenset({b"utf-8", b"utf8", b"UTF-8"})
_SETTINGS = "pyproject.toml"
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
    folder = os.getcwd()
    while True:
        try:
            with open(os.path.join(folder, _SETTINGS), "rb") as stream:
                if b"heedlint" in stream.read():
                    return True
        except FileNotFoundError:
            pass
        except OSError:
            return True
        above = os.path.dirname(folder)
        if above == folder or os.path.exists(os.path.join(folder, ".git")):
            return False
        folder = above


def _is_plain(path: str) -> bool:
    """Whether a file is Python, in UTF-8, and certainly holds no finding."""
    if not os.path.isfile(path):
        return False  # a pipe can be read once only
    try:
        with open(path, "rb") as stream:
            content = stream.read()
        declared = _DECLARED.match(content)
        if content.startswith(_BOM) or (declared and declared[1] not in _UTF_8):
            return False
        if is_candidate(content):
            return False
        require_python(content.decode())
    except (OSError, UnicodeDecodeError, RecursionError, HeedlintError):
        return False  # to be told by who can
    return True
