"""The libcst commands: every repair has one, and each does what `heedlint fix --select` does."""

from __future__ import annotations

import inspect
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from heedlint import Settings, check_source, codemods, fix_source
from heedlint.rules import load_rules

CASES = Path(__file__).parent / "cases"
COMMANDS: dict[str, type[codemods.RepairAll]] = {
    name: command
    for name, command in vars(codemods).items()
    if inspect.isclass(command) and issubclass(command, codemods.RepairAll)
}
BY_CODE = {code: name for name, command in COMMANDS.items() for code in command.select}
FIX_SECTION = re.compile(r"^## Fix\n+(.*?)^## ", re.MULTILINE | re.DOTALL)


def repaired_rules() -> Iterator[str]:
    """The rules whose findings in the cases carry edits, and those whose page promises some."""
    for path in sorted(CASES.glob("hed*.py")):
        findings = check_source(path.read_bytes(), path.name, Settings(select=("ALL",)))
        yield from (f.code for f in findings if f.can_be_fixed(unsafe=True))
    for module in load_rules():
        page = FIX_SECTION.search(inspect.cleandoc(module.__doc__ or ""))
        assert page is not None, module.__name__
        if not page[1].startswith("None"):
            yield module.RULE.code


def test_every_rule_with_a_repair_has_one_command() -> None:
    assert set(repaired_rules()) - set(BY_CODE) == set()
    assert len(BY_CODE) == sum(len(command.select) for command in COMMANDS.values())
    assert set(BY_CODE) <= {module.RULE.code for module in load_rules()}
    assert [name for name, command in COMMANDS.items() if not command.select] == ["RepairAll"]


def test_every_command_says_what_it_does() -> None:
    described = {command.DESCRIPTION for command in COMMANDS.values()}
    assert len(described) == len(COMMANDS)
    assert all(re.fullmatch(r"[A-Z].*\.", text) for text in described)


@pytest.mark.parametrize("page", ["README.md", "docs/many-repositories.md"])
def test_the_documentation_names_commands_that_there_are(page: str) -> None:
    text = (CASES.parents[1] / page).read_text(encoding="utf-8")
    assert set(re.findall(r"heedlint\.codemods\.(\w+)", text)) <= set(COMMANDS)
    rows = dict(re.findall(r"^\| `heedlint\.codemods\.(\w+)` \| (HED.*) \|$", text, re.MULTILINE))
    if rows:
        assert rows == {name: ", ".join(c.select) for name, c in COMMANDS.items() if c.select}


def codemod(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "libcst.tool", "codemod", "-x", "--no-format"]
    return subprocess.run(
        [*command, *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("name", "unsafe"), [("RepairAll", False), *((name, True) for name in COMMANDS)]
)
def test_a_command_does_what_fix_does(tmp_path: Path, name: str, unsafe: bool) -> None:
    codes = COMMANDS[name].select or ("HED101", "HED302")
    names = [f"{code.lower()}.py" for code in codes]
    for file in names:
        shutil.copy(CASES / file, tmp_path / file)
    jobs = min(len(names), 2)  # processes take longer to start than a file to repair
    options = ["--unsafe-fixes"] * unsafe
    done = codemod(f"heedlint.codemods.{name}", *options, f"--jobs={jobs}", ".", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    settings = Settings(select=COMMANDS[name].select)
    for file in names:
        fixed = fix_source((CASES / file).read_bytes(), file, settings, unsafe=unsafe)
        assert (tmp_path / file).read_bytes() == fixed.content
        reasons = [given_up.reason for given_up in fixed.given_up]
        assert [reason for reason in reasons if reason not in done.stderr] == []


SOURCE = """def call(client):
    try:
        return client.get("/v1/things")
    except Exception as e:
        if e.code == "rate_limit_exceded":
            return None
        raise
"""


def test_a_catalogue_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(SOURCE)
    done = codemod("heedlint.codemods.RenameUnknownCodes", "--catalogue=nope", "a.py", cwd=tmp_path)
    assert done.returncode == 2
    assert "there is no catalogue 'nope'" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_help_tells_the_options(tmp_path: Path) -> None:
    done = codemod("heedlint.codemods.BoundRetries", "--help", cwd=tmp_path)
    assert codemods.BoundRetries.DESCRIPTION in " ".join(done.stdout.split())
    for option in ("--unsafe-fixes", "--default-catalogue", "--catalogue"):
        assert option in done.stdout
