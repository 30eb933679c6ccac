"""What is kept beside the compiled code is what would be made anew."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SHOW = """
import sys
from heedlint.settings import Settings
from heedlint.source.subjects import subjects
found = subjects(Settings())
made = "heedlint.clients.loader" in sys.modules
print(made, hash((found.packages, found.calls, found.words, found.phrases)))
"""


def shown(compiled: Path, program: str = SHOW, **environment: str) -> tuple[bool, str]:
    """Whether the lists were made, and what tells them apart."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={
            **{key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"},
            "PYTHONPYCACHEPREFIX": str(compiled),
            "PYTHONHASHSEED": "1",
            **environment,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    made, lists = done.stdout.split()
    return made == "True", lists


def kept(compiled: Path) -> Path:
    (found,) = compiled.rglob("*.lists")
    return found


def test_lists_are_made_once(tmp_path: Path) -> None:
    made, lists = shown(tmp_path)
    assert made
    assert shown(tmp_path) == (False, lists)


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"\xe9\x00\x00\x00\x00", b"i\x01\x00\x00\x00"]
)
def test_what_is_broken_is_made_anew(tmp_path: Path, content: bytes) -> None:
    made, lists = shown(tmp_path)
    kept(tmp_path).write_bytes(content)
    assert shown(tmp_path) == (made, lists) == (True, lists)
    assert shown(tmp_path) == (False, lists)


def test_what_was_made_of_other_profiles_is_made_anew(tmp_path: Path) -> None:
    _, lists = shown(tmp_path)
    file = kept(tmp_path)
    assert file.read_bytes().count(b"openai.toml")
    file.write_bytes(file.read_bytes().replace(b"openai.toml", b"openia.toml"))
    assert shown(tmp_path) == (True, lists)


def test_who_wants_nothing_written_gets_nothing_written(tmp_path: Path) -> None:
    made, lists = shown(tmp_path, PYTHONDONTWRITEBYTECODE="1")
    assert made
    assert not list(tmp_path.rglob("*.lists"))
    assert shown(tmp_path) == (True, lists)


VOCABULARY = """
import sys
from heedlint.settings import Settings
from heedlint.source import vocabulary
found = vocabulary.vocabulary(Settings())
made = "heedlint.clients.loader" in sys.modules
print(made, found == vocabulary._made((), ()))
"""


def test_the_vocabulary_is_kept_as_it_is_made(tmp_path: Path) -> None:
    assert shown(tmp_path, VOCABULARY) == (True, "True")
    assert shown(tmp_path, VOCABULARY) == (False, "True")
    kept(tmp_path).write_bytes(b"nonsense")
    assert shown(tmp_path, VOCABULARY) == (True, "True")
