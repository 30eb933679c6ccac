"""What a run costs before it reads anything: nothing is imported that the answer does not need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

COSTLY = {"libcst", "rich", "multiprocessing", "heedlint.source.reader", "heedlint.rules.model"}
REPORT = """
import sys
from heedlint.cli import main
try:
    main(sys.argv[1:])
finally:
    print(*sorted(name for name in sys.modules if name in %r), file=sys.stderr)
"""


def imported(folder: Path, *arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", REPORT % COSTLY, "check", "--isolated", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return set(done.stderr.split())


@pytest.mark.parametrize("arguments", [("--no-cache", "."), (".",)])
def test_files_without_candidates_need_neither_libcst_nor_processes(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    for number in range(20):
        source = b"import os\n\n\ndef home():\n    return os.environ['HOME']\n"
        (tmp_path / f"m{number}.py").write_bytes(source)
    assert imported(tmp_path, *arguments) == set()


def test_a_candidate_without_a_suspect_needs_no_libcst(tmp_path: Path) -> None:
    source = b"import openai\n\n\ntry:\n    print(openai)\nexcept ValueError:\n    pass\n"
    (tmp_path / "a.py").write_bytes(source)
    assert imported(tmp_path, ".") == {"heedlint.source.reader"}


def test_a_finding_needs_libcst_once(tmp_path: Path) -> None:
    source = b'import openai\ndef f(e: openai.APIError):\n    return "quota" in str(e)\n'
    (tmp_path / "a.py").write_bytes(source)
    assert "libcst" in imported(tmp_path, ".")
    assert imported(tmp_path, ".") == set()
