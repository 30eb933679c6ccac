"""The plugin inside a real flake8, and that it reports what the command line reports."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

FINDING = """import openai


def f(client: openai.OpenAI):
    try:
        return client.chat.completions.create(model="m", messages=[])
    except openai.APIError as e:
        if "rate limit" in str(e):
            return None
        raise
"""
PINNED = """import openai
import pytest


def test_it(client: openai.OpenAI):
    with pytest.raises(openai.RateLimitError, match="Rate limit reached"):
        client.chat.completions.create(model="m", messages=[])
"""
REPORTED = re.compile(r"\S+:\d+:\d+ [A-Z]+\d+")


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one file that breaks HED101 and one for HED104, which is off by default."""
    (tmp_path / "bad.py").write_text(FINDING)
    (tmp_path / "test_pinned.py").write_text(PINNED)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def python(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)


def flake8(*arguments: str, stdin: str = "") -> list[str]:
    """The heedlint part of flake8's report: `path:line:column code`."""
    done = python("flake8", "--format=%(path)s:%(row)d:%(col)d %(code)s", *arguments, stdin=stdin)
    lines = done.stdout.splitlines()
    # flake8 tells a plugin's crash on standard output with status 1: that is not "no finding".
    assert all(REPORTED.fullmatch(line) for line in lines), done.stdout
    assert done.returncode in (0, 1) and not done.stderr, done.stderr
    return sorted(line.removeprefix("./") for line in lines if " HED" in line)


def heedlint(*arguments: str) -> list[str]:
    done = python("heedlint", "check", "--output-format", "json", *arguments)
    assert done.returncode in (0, 1), done.stderr
    return sorted("{path}:{line}:{column} {code}".format(**f) for f in json.loads(done.stdout))


def test_the_plugin_is_registered() -> None:
    assert "heedlint: " in python("flake8", "--version").stdout
    assert "--hed-catalogues" in python("flake8", "--help").stdout


def test_the_report_reads_as_flake8s_do() -> None:
    (line,) = [line for line in python("flake8").stdout.splitlines() if "HED" in line]
    assert line.startswith("./bad.py:8:12: HED101 ")
    assert line.count("HED101") == 1


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ([], []),
        (["--select=HED"], ["--select=HED"]),
        (["--select=HED104"], ["--select=HED104"]),
        (["--select=HED1"], ["--select=HED1"]),
        (["--select=HED9"], ["--select=HED9"]),
        (["--extend-select=HED104"], ["--extend-select=HED104"]),
        (["--ignore=HED101"], ["--ignore=HED101"]),
        # flake8 forgets what is off by default as soon as something is ignored
        (["--ignore=HED9"], ["--ignore=HED9"]),
        (["--ignore=HED1"], ["--extend-ignore=HED1"]),
        (["--select=HED104", "--ignore=HED1"], ["--select=HED104", "--ignore=HED1"]),
        (["--select=HED1", "--ignore=HED104"], ["--select=HED1", "--extend-ignore=HED104"]),
        (["--min-confidence=certain"], ["--hed-min-confidence=certain"]),
        (["--catalogue=http"], ["--hed-catalogues=http"]),
    ],
)
def test_plugin_and_command_line_report_the_same(ours: list[str], theirs: list[str]) -> None:
    assert flake8(*theirs) == heedlint(*ours)


def test_what_is_off_by_default_stays_off_unless_selected() -> None:
    assert flake8() == flake8("--ignore=E203") == ["bad.py:8:12 HED101"]
    assert flake8("--extend-select=HED104") == ["bad.py:8:12 HED101", "test_pinned.py:6:47 HED104"]


@pytest.mark.parametrize("file", ["setup.cfg", "tox.ini", ".flake8"])
def test_settings_files(file: str) -> None:
    Path(file).write_text(
        "[flake8]\nselect =\n    HED\nextend-ignore = HED104\n"
        "hed-min-confidence = certain\nhed_default_catalogue = pyai\nhed-catalogues = pyai, http\n"
    )
    assert flake8() == heedlint(
        *("--select=HED", "--ignore=HED104", "--min-confidence=certain"),
        *("--default-catalogue=pyai", "--catalogue=pyai,http"),
    )
    Path(file).write_text("[flake8]\nselect = E,W\n")
    assert flake8() == []
    Path(file).write_text("[flake8]\nper-file-ignores =\n    bad.py: HED101\n")
    assert flake8() == []


def test_files_are_relative_to_the_settings_file() -> None:
    Path("apis").mkdir()
    Path("tox.ini").write_text("[flake8]\nhed-catalogue-files = apis/ours.toml\n")
    done = python("flake8")
    assert f"{Path.cwd() / 'apis/ours.toml'}: no such file" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("option", "part"),
    [
        ("--hed-min-confidence=sure", "hed-min-confidence is 'sure'"),
        ("--hed-catalogues=pyia", "did you mean pyai?"),
        ("--hed-profile-files=./nope.toml", "nope.toml: no such file"),
    ],
)
def test_a_mistake_is_told_without_a_traceback(option: str, part: str) -> None:
    done = python("flake8", option)
    assert done.returncode == 1
    assert part in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_suppressions_are_flake8s() -> None:
    Path("bad.py").write_text(FINDING.replace("str(e):", "str(e):  # noqa: HED101"))
    assert flake8() == heedlint() == []
    assert flake8("--disable-noqa") == ["bad.py:8:12 HED101"]


def test_standard_input() -> None:
    Path("bad.py").write_text("x = 1\n")
    arguments = ("--stdin-display-name=bad.py", "-")
    assert flake8(*arguments, stdin=FINDING.replace("rate", "räte")) == flake8(
        *arguments, stdin=FINDING
    )


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + FINDING.encode(),
        FINDING.replace("\n", "\r\n").encode(),
        FINDING.replace("import openai", "# coding: latin-1\nimport openai  # é").encode("latin-1"),
        FINDING.replace('if "rate', 'if "é" or "rate').encode(),
        FINDING.encode() + b"# \xff\n",
    ],
    ids=["bom", "crlf", "latin-1", "non-ascii", "undecodable"],
)
def test_bytes_of_every_kind_give_the_same_places(content: bytes) -> None:
    Path("bad.py").write_bytes(content)
    assert flake8("bad.py") == heedlint("bad.py") != []


def test_many_files_in_many_processes() -> None:
    for number in range(20):
        Path(f"bad{number}.py").write_text(FINDING)
    assert len(flake8("--jobs=4", "--select=HED101")) == 21


BROKEN_CHECK = (
    "import heedlint.checker as c; c.check_source = lambda *a, **k: 1 / 0\n"
    "import sys; from flake8.main.cli import main; sys.exit(main(sys.argv[1:]))"
)


def with_broken_check(*arguments: str) -> subprocess.CompletedProcess[str]:
    """flake8 with a heedlint that fails on every file that it checks."""
    command = [sys.executable, "-c", BROKEN_CHECK, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_what_is_known_is_not_checked_again(jobs: str) -> None:
    for number in range(8):
        Path(f"bad{number}.py").write_text(FINDING)
    first = python("flake8", f"--jobs={jobs}").stdout
    assert first.count("HED101") == 9
    again = with_broken_check(f"--jobs={jobs}")
    assert (again.stdout, again.stderr) == (first, "")
    Path("bad3.py").write_text(FINDING + "# changed\n")
    assert "bad3.py" in with_broken_check(f"--jobs={jobs}").stdout


def test_where_results_are_kept() -> None:
    python("flake8", "--hed-no-cache")
    assert not Path(".heedlint_cache").exists()
    Path("tox.ini").write_text("[flake8]\nhed-cache-dir = kept/here\n")
    python("flake8")
    assert not Path(".heedlint_cache").exists()
    assert list(Path("kept/here").glob("*.json"))
    assert with_broken_check("bad.py").stdout == python("flake8", "bad.py").stdout
    assert "ZeroDivisionError" in with_broken_check("bad.py", "--hed-no-cache").stdout


def test_a_file_that_python_cannot_parse_is_flake8s_to_report() -> None:
    Path("bad.py").write_text("import openai\ndef f(:\n")
    done = python("flake8", "bad.py")
    assert "E999" in done.stdout
    assert "HED" not in done.stdout


def test_an_internal_error_names_the_file() -> None:
    done = with_broken_check("-j1", "bad.py")
    assert done.returncode == 1
    assert "bad.py" in done.stdout + done.stderr
    assert "ZeroDivisionError" in done.stdout + done.stderr
