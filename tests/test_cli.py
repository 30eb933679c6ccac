"""The commands: wiring, exit statuses and what is imported."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from heedlint import checker
from heedlint.cli import main

FINDING = """import openai


def f(client: openai.OpenAI):
    try:
        return client.chat.completions.create(model="m", messages=[])
    except openai.APIError as e:
        if "rate limit" in str(e):
            return None
        raise
"""
REPAIRABLE = """import pyai


def f(client):
    try:
        return client.chat.completions.create(model="m", messages=[])
    except pyai.PyAIError as e:
        if "rate limit" in str(e):
            return None
        raise
"""
UNSAFE = REPAIRABLE.replace("rate limit", "credit")
HOPELESS = """import pyai


def f(client):
    try:
        return client.chat.completions.create(model="m", messages=[])
    except pyai.PyAIError as e:
        if e.status == 429 and e.code == "credit_exhausted":
            return None
        raise
"""
CLEAN = "import openai\n\nclient = openai.OpenAI()\n"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a clean file, a file with one finding and nothing else."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "clean.py").write_text(CLEAN)
    (tmp_path / "bad.py").write_text(FINDING)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=stdin)


def real(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "heedlint", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)


def test_check_finds_the_finding() -> None:
    done = run("check")
    assert done.exit_code == 1
    assert done.stdout.startswith("bad.py:8:12: HED101 ")
    assert done.stdout.count("\n") == 1


def test_the_exit_status_of_a_real_process() -> None:
    assert real("check", "clean.py").returncode == 0
    assert real("check").returncode == 1
    assert real("check", "nope.py").returncode == 2
    assert real("check", "--nope").returncode == 2
    assert real("nope").returncode == 2
    assert real("--version").returncode == 0


def test_nothing_is_printed_for_a_clean_file() -> None:
    done = real("check", "clean.py")
    assert (done.stdout, done.stderr) == ("", "")


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("nope.py",), "nope.py: there is no such file or folder"),
        (("--select", "HED9999"), "--select: 'HED9999'"),
        (("--extend-select", "E501"), "--extend-select: 'E501'"),
        (("--ignore", "hed101"), "did you mean HED101?"),
        (("--min-confidence", "sure"), "--min-confidence is 'sure'"),
        (("--catalogue", "pyia"), "did you mean pyai?"),
        (("--default-catalogue", "pyia"), "did you mean pyai?"),
        (("--config", "nope.toml"), "nope.toml: no such file"),
        (("--exclude", "!"), "'!' is no gitignore pattern"),
        (("-", "bad.py"), "goes with no other path"),
    ],
)
@pytest.mark.parametrize("command", ["check", "fix"])
def test_a_mistake_is_told_on_stderr(command: str, arguments: tuple[str, ...], part: str) -> None:
    done = run(command, *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert part in done.stderr
    assert "Traceback" not in done.stderr


def test_selection_from_the_command_line_and_from_pyproject() -> None:
    assert run("check", "--select", "HED9").exit_code == 0
    assert run("check", "--select", "HED9,HED101").exit_code == 1
    assert run("check", "--select", "HED9", "--extend-select", "HED1").exit_code == 1
    assert run("check", "--ignore", "HED1").exit_code == 0
    Path("pyproject.toml").write_text('[tool.heedlint]\nignore = ["HED101"]\n')
    assert run("check").exit_code == 0
    assert run("check", "--isolated").exit_code == 1
    assert run("check", "--ignore", "HED9").exit_code == 1
    Path("other.toml").write_text("[tool.heedlint]\n")
    assert run("check", "--config", "other.toml").exit_code == 1


def test_exclude_adds_to_the_settings() -> None:
    Path("pyproject.toml").write_text('[tool.heedlint]\nexclude = ["other.py"]\n')
    Path("other.py").write_text(FINDING)
    assert run("check").stdout.count("HED101") == 1
    assert run("check", "--exclude", "bad.py").exit_code == 0
    assert run("check", "--exclude", "bad.py", "bad.py").exit_code == 1


def test_a_suppression_is_heeded() -> None:
    Path("bad.py").write_text(FINDING.replace("str(e):", "str(e):  # noqa: HED101"))
    assert run("check").exit_code == 0


def test_json() -> None:
    (found,) = json.loads(run("check", "--output-format", "json").stdout)
    assert (found["path"], found["line"], found["column"]) == ("bad.py", 8, 12)
    assert json.loads(run("check", "--output-format", "json", "clean.py").stdout) == []


def test_full_tells_the_way_to_the_finding_line_by_line() -> None:
    said = run("check", "--output-format", "full").stdout
    assert [line.partition("because: ")[2] for line in said.splitlines() if "because" in line] == [
        "`e` is openai.APIError (line 7)",
        "`e` as text is its message (line 8)",
        "tested with `in` (line 8)",
    ]


CONFIDENCES = """import openai


def certain(client: openai.OpenAI):
    try:
        return client.models.list()
    except openai.APIStatusError as e:
        return "credit" in str(e)


def likely(client: openai.OpenAI):
    try:
        return client.models.list()
    except Exception as e:
        return "credit" in str(e)


def possible(work):
    try:
        return work()
    except Exception as e:
        return "credit" in str(e)
"""


@pytest.mark.parametrize(
    ("least", "lines"), [("certain", [8]), ("likely", [8, 15]), ("possible", [8, 15, 22])]
)
def test_min_confidence_keeps_what_is_as_sure(least: str, lines: list[int]) -> None:
    arguments = ("check", "-", "--output-format", "json", "--min-confidence", least)
    found = json.loads(run(*arguments, stdin=CONFIDENCES).stdout)
    assert [finding["line"] for finding in found] == lines
    names = ["certain", "likely", "possible"][: len(lines)]
    assert [finding["confidence"] for finding in found] == names


def test_full_quotes_the_file() -> None:
    assert (
        '8 |         if "rate limit" in str(e):' in run("check", "--output-format", "full").stdout
    )


def test_standard_input() -> None:
    done = run("check", "-", stdin=FINDING)
    assert (done.exit_code, done.stdout[:8]) == (1, "-:8:12: ")
    done = run("check", "-", "--stdin-filename", "x.py", "--output-format", "full", stdin=FINDING)
    assert "x.py:8:12" in done.stdout
    assert '8 |         if "rate limit"' in done.stdout
    assert run("check", "-", stdin=CLEAN).exit_code == 0


def test_an_unreadable_file_is_a_finding() -> None:
    Path("broken.py").write_bytes(b"import openai\nx = '\xff'\n")
    done = run("check", "broken.py")
    assert done.exit_code == 1
    assert done.stdout.startswith("broken.py:2:6: HED900 ")


def test_an_internal_error_names_the_file_and_spares_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    check = checker.check_source

    def fail(source: bytes, path: str, *rest: object) -> object:
        if path == "clean.py":
            raise RuntimeError("boom")
        return check(source, path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(checker, "check_source", fail)
    done = run("check")
    assert done.exit_code == 2
    assert "clean.py: internal error: RuntimeError: boom" in done.stderr
    assert "bad.py:8:12: HED101" in done.stdout


def test_a_failure_outside_any_file_is_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heedlint.report.render", lambda *_: 1 / 0)
    done = run("check", "clean.py")
    assert done.exit_code == 2
    assert "internal error" in done.stderr


def test_fix_shows_writes_and_explains() -> None:
    Path("bad.py").write_text(REPAIRABLE)
    done = run("fix", "--diff", "--unsafe-fixes")
    assert done.exit_code == 1
    assert '-        if "rate limit" in str(e):' in done.stdout
    assert "HED101 would be repaired" in done.stderr
    assert Path("bad.py").read_text() == REPAIRABLE
    done = run("fix", "--unsafe-fixes")
    assert "bad.py:8:12: HED101 repaired" in done.stderr
    assert '"rate limit" in str(e)' not in Path("bad.py").read_text()
    assert Path("clean.py").read_text() == CLEAN


def test_fix_check_writes_nothing_and_tells_whether_something_would_change() -> None:
    Path("bad.py").write_text(HOPELESS)
    done = run("fix", "--check", "--unsafe-fixes")
    assert (done.exit_code, done.stdout) == (0, ""), "a finding without a repair changes nothing"
    assert "1 left" in done.stderr
    Path("bad.py").write_text(UNSAFE)
    assert run("fix", "--check").exit_code == 0, "the repair is unsafe"
    done = run("fix", "--check", "--unsafe-fixes")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "bad.py:8:12: HED101 would be repaired" in done.stderr
    done = run("fix", "--check", "--diff", "--unsafe-fixes")
    assert (done.exit_code, done.stdout[:12]) == (1, "--- a/bad.py")
    assert Path("bad.py").read_text() == UNSAFE
    assert run("fix", "-", "--check", "--unsafe-fixes", stdin=UNSAFE).exit_code == 1
    assert run("fix", "-", "--check", stdin=CLEAN).stdout == ""


TWO = REPAIRABLE + REPAIRABLE.partition("\n\n\n")[2].replace("def f", "\n\ndef g")
TEST = 'if "rate limit" in str(e):'


def kept(answers: str, *files: str) -> list[int]:
    """How many tests of the text are left in each file after these answers."""
    for name in files:
        Path(name).write_text(TWO)
    done = run("fix", "--interactive", "--unsafe-fixes", *files, stdin=answers)
    assert done.exit_code == (1 if any(TEST in Path(name).read_text() for name in files) else 0)
    return [Path(name).read_text().count(TEST) for name in files]


@pytest.mark.parametrize(
    ("answers", "left"),
    [
        ("y\ny\ny\ny\n", [0, 0]),
        ("n\ny\n\nYES\ny\n", [1, 1]),
        ("a\nn\nn\n", [0, 2]),
        ("y\nq\n", [1, 2]),
        ("", [2, 2]),
        ("y\n", [1, 2]),
        ("n\nn\na\n", [2, 0]),
    ],
)
def test_fix_interactive(answers: str, left: list[int]) -> None:
    assert kept(answers, "one.py", "two.py") == left


def test_fix_interactive_shows_what_it_asks_about() -> None:
    Path("bad.py").write_text(UNSAFE)
    done = run("fix", "--interactive", "--unsafe-fixes", stdin="what\nn\n")
    assert done.stdout.startswith("bad.py:8:12: HED101 ")
    lines = done.stdout.splitlines()
    assert lines[1].startswith("unsafe repair: ")
    assert '-        if "credit" in str(e):' in lines
    assert sum(line.startswith("+ ") for line in lines) == 1
    assert "y: yes, n: no (the default)" in done.stdout
    assert "HED101 left: " in done.stderr
    assert "(not repaired: declined)" in done.stderr
    assert Path("bad.py").read_text() == UNSAFE


def test_fix_interactive_at_a_real_process() -> None:
    Path("bad.py").write_text(REPAIRABLE)
    done = real("fix", "--interactive", "--unsafe-fixes", "bad.py", stdin="y\n")
    assert done.returncode == 0
    assert TEST not in Path("bad.py").read_text()


@pytest.mark.parametrize("other", ["-", "--diff", "--check"])
def test_fix_interactive_goes_with_nothing_that_does_not_write_files(other: str) -> None:
    done = run("fix", "--interactive", other, stdin=CLEAN)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "--interactive writes files" in done.stderr


@pytest.mark.parametrize("arguments", [("--fix", "--unsafe-fixes"), ("--unsafe-fixes",)])
def test_check_fix_repairs_and_reports_what_is_left(arguments: tuple[str, ...]) -> None:
    Path("bad.py").write_text(HOPELESS)
    Path("other.py").write_text(REPAIRABLE)
    done = run("check", *arguments, "--output-format", "json")
    assert done.exit_code == 1
    assert [found["path"] for found in json.loads(done.stdout)] == ["bad.py"]
    assert "other.py:8:12: HED101 repaired: " in done.stderr
    assert TEST not in Path("other.py").read_text()
    assert run("check", *arguments, "other.py").exit_code == 0
    assert run("check", "other.py").stdout == ""


def test_check_fix_makes_safe_repairs_alone() -> None:
    Path("bad.py").write_text(UNSAFE)
    done = run("check", "--fix", "--output-format", "full")
    assert done.exit_code == 1
    assert '8 |         if "credit" in str(e):' in done.stdout
    assert Path("bad.py").read_text() == UNSAFE


def test_check_fix_of_standard_input_points_to_fix() -> None:
    done = run("check", "--fix", "-", stdin=CLEAN)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "heedlint fix -" in done.stderr


def test_fix_uses_what_the_cache_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("bad.py").write_text(UNSAFE)
    run("check")

    def fail(*_: object) -> object:
        raise AssertionError("checked again")

    monkeypatch.setattr(checker, "check_source", fail)
    done = run("fix")
    assert (done.exit_code, "unsafe, needs --unsafe-fixes" in done.stderr) == (1, True)


def test_fix_of_standard_input_goes_to_standard_output() -> None:
    assert run("fix", "-", stdin=CLEAN).stdout == CLEAN
    done = run("fix", "-", "--unsafe-fixes", stdin=REPAIRABLE.replace("\n", "\r\n"))
    assert b'"rate limit" in str(e)' not in done.stdout_bytes
    assert done.stdout_bytes.count(b"\r\n") == done.stdout_bytes.count(b"\n") > 0


def test_fix_that_cannot_write_is_told() -> None:
    Path("bad.py").write_text(REPAIRABLE)
    Path("bad.py").chmod(0o444)
    done = run("fix", "--unsafe-fixes")
    assert done.exit_code == 2
    assert "bad.py: cannot be written: the file is read-only" in done.stderr


def test_rules_explain_and_catalogues() -> None:
    assert "HED101  branch-on-message" in run("rules").stdout
    page = run("explain", "hed101").stdout
    assert page.startswith("HED101 branch-on-message (on by default)\n")
    assert "What it does" in page
    assert "```" not in page
    assert run("explain", "HED9999").exit_code == 2
    assert "pyai" in run("catalogues").stdout
    assert "rate_limit_exceeded" in run("catalogues", "pyai").stdout
    done = run("catalogues", "pyia")
    assert (done.exit_code, "did you mean pyai" in done.stderr) == (2, True)


def test_libcst_and_rich_are_imported_only_where_needed() -> None:
    program = (
        "import sys\nfrom heedlint.cli import main\n"
        "try: main(['check', 'other.py'])\nexcept SystemExit as e: assert e.code == 0\n"
        "print({'libcst', 'rich', 'tomli', 'pathspec', 'flake8'} & set(sys.modules))"
    )
    Path("other.py").write_text("x = 1\n")
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("set()", "")
