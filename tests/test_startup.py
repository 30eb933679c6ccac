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


# What is answered before a shell is loaded

PLAIN = b"import os\n\n\ndef home():\n    return os.environ['HOME']\n"
FINDING = b'import openai\n\n\ndef f(e: openai.APIError):\n    return "quota" in str(e)\n'
SHELL = "from heedlint.cli import main; main(prog_name='heedlint')"
FILES = {
    "plain.py": PLAIN,
    "umlaut.py": "# naïve\nx = 'é'\n".encode(),
    "empty.py": b"",
    "finding.py": FINDING,
    "broken.py": b"def f(:\n",
    "nul.py": b"x = 1\0\n",
    "latin.py": b"# -*- coding: latin-1 -*-\nx = '\xe9'\n",
    "declared.py": "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\nx = 'é'\n".encode(),
    "unknown.py": b"# vim: set fileencoding=utf-8-nonsense :\nx = 1\n",
    "undecodable.py": b"x = '\xe9'\n",
    "bom.py": b"\xef\xbb\xbfx = 1\n",
    "deep.py": b"x = " + b"(" * 300 + b")" * 300 + b"\n",
}


def ran(folder: Path, start: tuple[str, ...], *arguments: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, *start, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def loads_a_shell(folder: Path, *arguments: str) -> bool:
    return "click" in ran(folder, ("-X", "importtime", "-m", "heedlint"), *arguments)[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / ".git").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        *[("check", "--no-cache", name) for name in FILES],
        ("check", "--no-cache", *FILES),
        ("check", "--no-cache", "missing.py"),
        ("check", "--no-cache", "plain.py", "--nonsense"),
        ("check", "--no-cache", "--output-format", "json", "plain.py"),
        ("check", "--no-cache", "--fix", "plain.py"),
        ("check", "--no-cache", "."),
        ("check",),
        ("fix", "plain.py"),
        ("--version",),
        (),
    ],
)
def test_the_start_says_what_the_shell_says(folder: Path, arguments: tuple[str, ...]) -> None:
    assert ran(folder, ("-m", "heedlint"), *arguments) == ran(folder, ("-c", SHELL), *arguments)


@pytest.mark.skipif(not Path("/dev/stdin").exists(), reason="there is no such file here")
def test_a_pipe_is_left_to_the_shell(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "heedlint", "check", "--no-cache", "/dev/stdin"],
        input=FINDING,
        cwd=folder,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert b"HED101" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "settings", "loads"),
    [
        (("check", "plain.py", "umlaut.py", "empty.py", "declared.py"), "", False),
        (("check", "--fix", "--no-cache", "plain.py"), "[tool.ruff]\n", False),
        (("check", "plain.py", "finding.py"), "", True),
        (("check", "broken.py"), "", True),
        (("check", "plain.py"), "[tool.heedlint]\nselect = ['ALL']\n", True),
        (("check", "--isolated", "plain.py"), "[tool.heedlint]\nselect = ['ALL']\n", False),
        (("check", "--select", "ALL", "plain.py"), "", True),
    ],
)
def test_a_shell_is_loaded_only_where_there_may_be_something_to_say(
    folder: Path, arguments: tuple[str, ...], settings: str, loads: bool
) -> None:
    (folder / "pyproject.toml").write_text(settings, "utf-8")
    (folder / "below").mkdir()
    assert loads_a_shell(folder, *arguments) is loads
    if arguments == ("check", "plain.py"):
        assert loads_a_shell(folder / "below", "check", "../plain.py") is loads
