"""The sweep over real code, mostly with a stand-in for heedlint: two revisions that differ."""

from __future__ import annotations

import subprocess
from importlib.util import find_spec
from pathlib import Path

import ecosystem
import pytest

# Reports every line that holds WORD; `--only NAME` leaves the other files out.
STAND_IN = """
import json, pathlib, sys
WORD, MESSAGE = {word!r}, {message!r}
args = sys.argv[sys.argv.index("json") + 1:]
only = args.pop(1) if args[0] == "--only" else ""
args = args[1:] if only else args
found = []
for folder in args:
    for path in sorted(pathlib.Path(folder).rglob("*.py")):
        if not only or path.name == only:
            for number, line in enumerate(path.read_text().splitlines(), 1):
                if WORD in line:
                    found.append(dict(path=str(path), line=number, column=1, end_line=number,
                        end_column=len(line) + 1, code="HED101", name="x", message=MESSAGE,
                        confidence="certain", catalogues=[], errors=[], fix=None, url=""))
print(json.dumps(found))
sys.exit(bool(found))
"""


def git(repository: Path, *args: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *args], cwd=repository, check=True, capture_output=True)


def write_stand_in(repository: Path, word: str, message: str = "text") -> None:
    package = repository / "src" / "heedlint"
    package.mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text(STAND_IN.format(word=word, message=message))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two commits, tagged one and two; the working tree is a third version."""
    repository = tmp_path / "repository"
    repository.mkdir()
    git(repository, "init", "--quiet")
    for tag, word in (("one", "alpha"), ("two", "beta")):
        write_stand_in(repository, word)
        git(repository, "add", ".")
        git(repository, "commit", "--quiet", "--message", tag)
        git(repository, "tag", tag)
    write_stand_in(repository, "alpha", message="another text")
    return repository


@pytest.fixture
def code(tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "first.py").write_text("a = 1\nalpha = 2\nb = 3\nc = 4\nd = 5\nbeta = '```'\n")
    (folder / "second.py").write_text("alpha_beta = 1\n")
    return folder


def sweep(capsys: pytest.CaptureFixture[str], repository: Path, *args: object) -> str:
    arguments = ["--repository", str(repository), *map(str, args)]
    assert ecosystem.main(arguments) == 0
    return capsys.readouterr().out


def test_two_revisions_show_what_came_and_went(
    capsys: pytest.CaptureFixture[str], repository: Path, code: Path
) -> None:
    report = sweep(capsys, repository, code, "--a", "one", "--b", "two", "--context", "1")

    assert "| HED101 | 2 | 2 | 1 | 1 | 0 |" in report
    came, went = report.split("## Went")
    assert f"#### HED101 {code}/first.py:6:1\n\n```diff\n+ text (certain)\n```" in came
    assert "````text\n      5  d = 5\n>     6  beta = '```'\n" in came
    assert "      1  a = 1\n>     2  alpha = 2\n      3  b = 3\n```" in went
    assert "second.py" not in report


def test_another_message_is_a_change(
    capsys: pytest.CaptureFixture[str], repository: Path, code: Path
) -> None:
    report = sweep(capsys, repository, code, "--a", "one", "--b", "worktree")

    assert "| HED101 | 2 | 2 | 0 | 0 | 2 |" in report
    assert "```diff\n- text (certain)\n+ another text (certain)\n```" in report


def test_the_same_version_changes_nothing(
    capsys: pytest.CaptureFixture[str], repository: Path, code: Path
) -> None:
    report = sweep(capsys, repository, code, "--a", "one", "--b", "one")

    assert "Nothing came, went or changed." in report


def test_two_settings_of_one_revision(
    capsys: pytest.CaptureFixture[str], repository: Path, code: Path
) -> None:
    report = sweep(capsys, repository, code, "--a", "one", "--b-args", "--only first.py")

    assert "| HED101 | 2 | 1 | 0 | 1 | 0 |" in report
    assert "- B: `one --only first.py`" in report


def test_one_version_gives_counts_and_a_sample(
    capsys: pytest.CaptureFixture[str], repository: Path, code: Path
) -> None:
    (code / "many.py").write_text("alpha = 1\n" * 50)
    arguments = (code, "--a", "one", "--sample", "5", "--rule", "HED1")

    report = sweep(capsys, repository, *arguments)

    assert "| HED101 | 52 |" in report
    assert "## To read: 5 of 52 (at most 5 a rule, seed 1)" in report
    assert report.count("#### HED101") == 5
    assert report == sweep(capsys, repository, *arguments)
    assert report != sweep(capsys, repository, *arguments, "--seed", "2")


def test_rules_are_filtered_by_prefix(
    capsys: pytest.CaptureFixture[str], repository: Path, code: Path
) -> None:
    assert "| all | 0 |" in sweep(capsys, repository, code, "--a", "one", "--rule", "HED2")
    assert "| all | 2 |" in sweep(capsys, repository, code, "--a", "one", "--rule", "HED1")


def test_an_unknown_revision_is_said(
    capsys: pytest.CaptureFixture[str], repository: Path, code: Path
) -> None:
    assert ecosystem.main(["--repository", str(repository), str(code), "--a", "none"]) == 2
    assert "git cannot export 'none'" in capsys.readouterr().err


def test_a_failed_run_is_said(capsys: pytest.CaptureFixture[str], repository: Path) -> None:
    write_stand_in(repository, "alpha")
    main = repository / "src" / "heedlint" / "__main__.py"
    main.write_text("import sys\nsys.stderr.write('heedlint: boom')\nsys.exit(2)\n")

    assert ecosystem.main(["--repository", str(repository), "."]) == 2
    assert "exit status 2\nheedlint: boom" in capsys.readouterr().err


@pytest.mark.skipif(find_spec("heedlint.cli") is None, reason="heedlint has no command line yet")
def test_heedlint_itself_is_swept(capsys: pytest.CaptureFixture[str]) -> None:
    examples = ecosystem.REPOSITORY / "examples" / "pyai_client"

    report = sweep(capsys, ecosystem.REPOSITORY, examples, "--b-args", "--ignore HED101")

    assert "| HED101 | 1 | 0 | 0 | 1 | 0 |" in report
    assert "pyai_client/speech.py" in report
