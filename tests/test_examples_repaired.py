"""The examples: what is found in them, and what every shell makes of them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from heedlint import codemods

ROOT = Path(__file__).resolve().parents[1]
BROKEN = ROOT / "examples" / "pyai_client"
REPAIRED = ROOT / "examples" / "pyai_client_repaired"


def run(*args: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *args], cwd=cwd, capture_output=True, text=True, check=False
    )


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.py"))}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BROKEN, tmp_path / "pyai_client"))


def test_every_rule_of_the_main_job_finds_its_mistake() -> None:
    findings = json.loads(run("heedlint", "check", "--output-format", "json", "examples").stdout)
    codes = {finding["code"] for finding in findings}
    assert codes == {
        *("HED101", "HED102", "HED103"),
        *("HED201", "HED202", "HED203", "HED204"),
        *("HED301", "HED302", "HED303", "HED304"),
        *("HED401", "HED402", "HED404"),
    }
    # The contract is recognised by the client or by its URL, whatever the library.
    assert {tuple(finding["catalogues"]) for finding in findings} == {("pyai",)}


def test_flake8_and_the_command_line_report_the_same() -> None:
    # `HED` selects the rules that are off by default, too.
    command = ("check", "--select=HED", "--output-format=json", "examples")
    found = json.loads(run("heedlint", *command).stdout)
    ours = {(f["path"], f["line"], f["column"], f["code"]) for f in found}
    line_format = "--format=%(path)s|%(row)d|%(col)d|%(code)s"
    lines = run("flake8", "--select=HED", "--exclude=.git", line_format, "examples").stdout
    theirs = set()
    for line in lines.splitlines():
        path, row, column, code = line.split("|")
        theirs.add((path.removeprefix("./"), int(row), int(column), code))
    assert ours == theirs
    assert len(ours) >= 10


def test_fix_gives_the_repaired_twin_byte_for_byte(copy: Path) -> None:
    run("heedlint", "fix", "--unsafe-fixes", str(copy))
    assert content(copy) == content(REPAIRED)
    again = run("heedlint", "fix", "--unsafe-fixes", "--diff", str(copy))
    assert again.stdout == ""
    assert content(copy) == content(REPAIRED)


@pytest.mark.parametrize("command", ["RepairAll", "separate"])
def test_the_codemods_give_the_repaired_twin(copy: Path, command: str) -> None:
    commands = (each for each in vars(codemods).values() if isinstance(each, type))
    separate = [each.__name__ for each in commands if getattr(each, "select", ())]
    # In processes, as libcst does it by default; but for those that come one after the other.
    jobs = ["--jobs=1"] if command == "separate" else []
    for name in separate if command == "separate" else [command]:
        done = run(
            "libcst.tool", "codemod", "-x", "--no-format", *jobs,
            f"heedlint.codemods.{name}", "--unsafe-fixes", str(copy), cwd=copy,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    assert content(copy) == content(REPAIRED)


def test_a_codemod_leaves_alone_what_its_rule_does_not_concern(copy: Path) -> None:
    run(
        "libcst.tool", "codemod", "-x", "--no-format",
        "heedlint.codemods.RespectRetryAfter", str(copy), cwd=copy,
    )  # fmt: skip
    changed = {name for name, source in content(copy).items() if source != content(BROKEN)[name]}
    assert changed == {"plain_http.py"}
