"""Settings: where they are found, what they may say, and how a mistake is told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from heedlint.errors import ConfigurationError
from heedlint.findings import Confidence
from heedlint.rules import enabled, load_rule, load_rules, rule_codes, validate_codes
from heedlint.settings import Settings, load_settings, read_settings, validate_files


def write(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "pyproject.toml"
    file.write_text(text)
    return file


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert load_settings(tmp_path) == (Settings(), None)


def test_every_key_is_read_and_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        """
        [tool.heedlint]
        select = ["HED1"]
        extend-select = ["HED9"]
        ignore = ["HED101"]
        catalogues = ["pyai"]
        default-catalogue = "pyai"
        catalogue-files = ["apis/ours.toml"]
        profile-files = ["apis/sdk.toml"]
        min-confidence = "certain"
        exclude = ["generated/"]
        line-length = 99
        """,
    )
    (tmp_path / "deep" / "er").mkdir(parents=True)
    assert load_settings(tmp_path / "deep" / "er") == (
        Settings(
            select=("HED1",),
            extend_select=("HED9",),
            ignore=("HED101",),
            catalogues=("pyai",),
            default_catalogue="pyai",
            catalogue_files=(str(tmp_path / "apis/ours.toml"),),
            profile_files=(str(tmp_path / "apis/sdk.toml"),),
            min_confidence=Confidence.CERTAIN,
            exclude=("generated/",),
            line_length=99,
        ),
        file,
    )


def test_a_pyproject_without_our_table_does_not_end_the_search(tmp_path: Path) -> None:
    outer = write(tmp_path, '[tool.heedlint]\ndefault-catalogue = "pyai"')
    write(tmp_path / "package", "[project]\nname = 'x'")
    settings, file = load_settings(tmp_path / "package")
    assert (settings.default_catalogue, file) == ("pyai", outer)


@pytest.mark.parametrize(
    ("inner", "outer", "expected"),
    [
        ("[tool.ruff]\nline-length = 79", "[tool.heedlint]\nselect = []", 79),
        ("[tool.black]\nline-length = 79", "[tool.heedlint]\nline-length = 99", 99),
        ("[tool.ruff]", "[tool.black]\nline-length = 110", 110),
        ("[project]", "[tool.heedlint]\n[tool.ruff]\nline-length = 120", 120),
        ("[project]", "[tool.other]", 0),
    ],
)
def test_lines_are_as_long_as_formatters_are_told(
    tmp_path: Path, inner: str, outer: str, expected: int
) -> None:
    write(tmp_path, outer)
    write(tmp_path / "package", inner)
    assert load_settings(tmp_path / "package")[0].line_length == expected
    if "heedlint" in outer:
        alone = read_settings(tmp_path / "pyproject.toml").line_length
        assert alone == (0 if expected == 79 else expected)


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_a_repository_ends_the_search(tmp_path: Path, kind: str) -> None:
    write(tmp_path, '[tool.heedlint]\ndefault-catalogue = "pyai"')
    inner = tmp_path / "repository"
    inner.mkdir()
    (inner / ".git").mkdir() if kind == "folder" else (inner / ".git").write_text("gitdir: x")
    assert load_settings(inner) == (Settings(), None)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ('selects = ["HED1"]', ["pyproject.toml", "tool.heedlint.selects", "select"]),
        ('extend_select = ["HED1"]', ["extend_select", "did you mean extend-select"]),
        ('select = "HED1"', ["tool.heedlint.select", "'HED1'", "list"]),
        ('select = ["HED9999"]', ["tool.heedlint.select", "HED9999", "did you mean HED90"]),
        ('ignore = ["E501"]', ["tool.heedlint.ignore", "E501"]),
        ('min-confidence = "sure"', ["min-confidence", "sure", "certain, likely, possible"]),
        ("exclude = [1]", ["tool.heedlint.exclude", "[1]", "list of texts"]),
        ("default-catalogue = 3", ["default-catalogue", "3", "text"]),
        ("select = ?", ["line 2"]),
    ],
)
def test_a_mistake_is_told_with_file_key_value_and_way_out(
    tmp_path: Path, text: str, parts: list[str]
) -> None:
    write(tmp_path, f"[tool.heedlint]\n{text}\n")
    with pytest.raises(ConfigurationError) as caught:
        load_settings(tmp_path)
    for part in ("pyproject.toml", *parts):
        assert part in str(caught.value)


@pytest.mark.parametrize("text", ["tool = 3", "[tool]\nheedlint = 3"])
def test_a_table_that_is_none(tmp_path: Path, text: str) -> None:
    write(tmp_path, text)
    with pytest.raises(ConfigurationError, match="expected a table"):
        load_settings(tmp_path)


def test_a_named_file_must_be_there_and_have_the_table(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such file"):
        read_settings(tmp_path / "pyproject.toml")
    with pytest.raises(ConfigurationError, match=r"tool\.heedlint is missing"):
        read_settings(write(tmp_path, ""))


def test_catalogues_and_profiles_that_are_not_there() -> None:
    validate_files(Settings())
    validate_files(Settings(catalogues=("pyai",), default_catalogue="pyai"))
    for settings, part in (
        (Settings(catalogues=("pyia",)), "did you mean pyai"),
        (Settings(default_catalogue="pyia"), "default-catalogue"),
        (Settings(catalogue_files=("/nowhere/x.toml",)), "/nowhere/x.toml"),
        (Settings(profile_files=("/nowhere/x.toml",)), "/nowhere/x.toml"),
    ):
        with pytest.raises(ConfigurationError, match=part):
            validate_files(settings)


def rule(code: str, default_on: bool = True) -> Any:
    return SimpleNamespace(code=code, default_on=default_on)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (Settings(), True),
        (Settings(select=("HED1",)), True),
        (Settings(select=("HED2",)), False),
        (Settings(select=("HED2",), extend_select=("HED101",)), True),
        (Settings(extend_select=("HED9",)), True),
        (Settings(ignore=("HED1",)), False),
        (Settings(ignore=("H",)), False),
        (Settings(select=("HED101",), ignore=("HED1",)), True),
        (Settings(extend_select=("HED101",), ignore=("HED1",)), True),
        (Settings(select=("HED1",), ignore=("HED101",)), False),
        (Settings(select=("HED1",), ignore=("HED1",)), False),
        (Settings(select=("ALL",)), True),
        (Settings(select=("ALL",), ignore=("HED1",)), False),
        (Settings(select=("HED1",), ignore=("ALL",)), True),
        (Settings(ignore=("ALL",)), False),
    ],
)
def test_the_longest_prefix_wins(settings: Settings, expected: bool) -> None:
    assert enabled(settings, rule("HED101")) is expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (Settings(), False),
        (Settings(ignore=("HED2",)), False),
        (Settings(extend_select=("HED3",)), False),
        (Settings(select=("HED104",)), True),
        (Settings(select=("HED",)), True),
        (Settings(extend_select=("HED1",)), True),
        (Settings(select=("ALL",)), True),
        (Settings(select=("ALL",), ignore=("HED104",)), False),
    ],
)
def test_a_rule_that_is_off_by_default_must_be_selected(settings: Settings, expected: bool) -> None:
    assert enabled(settings, rule("HED104", default_on=False)) is expected


def test_rules_are_named_by_their_files() -> None:
    codes = rule_codes()
    assert list(codes) == sorted(codes)
    assert codes["HED101"] == "branch-on-message"
    for module in load_rules():
        assert codes[module.RULE.code] == module.RULE.name
        assert module.__doc__


@pytest.mark.parametrize("name", ["HED101", "hed101", "branch-on-message"])
def test_a_rule_is_found_by_code_or_name(name: str) -> None:
    assert load_rule(name).RULE.code == "HED101"


def test_a_rule_that_there_is_not() -> None:
    with pytest.raises(ConfigurationError, match="did you mean branch-on-message"):
        load_rule("branch-on-mesage")


@pytest.mark.parametrize("code", ["H", "HED", "HED1", "HED101", "ALL"])
def test_codes_and_their_beginnings_are_valid(code: str) -> None:
    validate_codes([code])


@pytest.mark.parametrize(
    ("code", "near"), [("hed101", "HED101"), ("HED1011", "HED101"), ("all", "ALL"), ("", "lists")]
)
def test_a_code_that_no_rule_has(code: str, near: str) -> None:
    with pytest.raises(ConfigurationError, match=f"--ignore.*{near}"):
        validate_codes([code], "--ignore")


def test_codes_are_looked_up_without_libcst_and_without_tomli() -> None:
    program = (
        "import sys; from pathlib import Path; from heedlint.settings import load_settings\n"
        "from heedlint.rules import rule_codes, validate_codes\n"
        "assert rule_codes(); validate_codes(['HED1']); load_settings(Path('/'))\n"
        "print({'libcst', 'tomli', 'rich', 'click'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("set()", "")
