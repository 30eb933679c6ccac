"""The cache spares work and never changes what is found."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from heedlint import checker
from heedlint.cache import FOLDER, Cache, clear, open_cache
from heedlint.findings import Confidence, Finding
from heedlint.runner import check_paths
from heedlint.settings import Settings

SETTINGS = Settings()
BRANCH = b"""import openai
client = openai.OpenAI()
def ask(prompt):
    try:
        return client.responses.create(model="gpt-5", input=prompt)
    except openai.RateLimitError as e:
        if "exceeded your current quota" in str(e):
            return None
        raise
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").write_bytes(BRANCH)
    (tmp_path / "b.py").write_bytes(b"x = 1\n")
    return tmp_path


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that are checked, as they are."""
    paths: list[str] = []
    check = checker.check_source

    def noted(source: bytes | str, path: str, settings: Settings) -> list[Finding]:
        paths.append(path)
        return check(source, path, settings)

    monkeypatch.setattr(checker, "check_source", noted)
    return paths


def run(settings: Settings = SETTINGS) -> list[Finding]:
    cache = open_cache(Path(FOLDER), settings)
    return check_paths(["."], settings, Path.cwd(), pytest.fail, cache=cache)


def later(path: str) -> None:
    stamp = Path(path).stat().st_mtime_ns + 5_000_000_000
    os.utime(path, ns=(stamp, stamp))


def test_a_second_run_checks_nothing_and_finds_the_same(checked: list[str]) -> None:
    first = run()
    assert (len(first), checked) == (1, ["a.py", "b.py"])
    assert first[0].fix is not None and first[0].evidence
    assert run() == first
    assert checked == ["a.py", "b.py"]


def test_what_repairs_made_at_once_leave_over_is_kept(checked: list[str]) -> None:
    two = BRANCH.replace(
        b'        if "exceeded',
        b'        text = str(e)\n        if "Rate limit reached for" in text:\n'
        b'            return 0\n        if "exceeded',
    ).replace(b"in str(e)", b"in text")
    Path("a.py").write_bytes(two)
    first = run()
    assert [len(finding.fix.leftovers) for finding in first if finding.fix] == [1, 1]
    assert run() == first
    assert checked == ["a.py", "b.py"]


def test_only_what_has_changed_is_checked(checked: list[str]) -> None:
    run()
    Path("b.py").write_bytes(BRANCH)
    later("b.py")
    assert [finding.path for finding in run()] == ["a.py", "b.py"]
    assert checked == ["a.py", "b.py", "b.py"]


def test_what_was_only_touched_is_known_by_its_content(checked: list[str]) -> None:
    first = run()
    later("a.py")
    assert run() == first
    assert checked == ["a.py", "b.py"]


def test_findings_bear_the_name_that_the_file_is_given_now(checked: list[str]) -> None:
    run()
    cache = open_cache(Path(FOLDER), Settings())
    named = Path.cwd() / "a.py"
    (finding,) = check_paths([named], Settings(), Path.cwd(), pytest.fail, cache=cache)
    assert finding.path == str(named)
    assert checked == ["a.py", "b.py"]


def test_other_settings_have_results_of_their_own(checked: list[str]) -> None:
    run()
    certain = Settings(min_confidence=Confidence.POSSIBLE)
    run(certain)
    assert checked == ["a.py", "b.py"] * 2
    run(Settings(exclude=("b.py",)))  # which files, not what is found in them
    assert checked == ["a.py", "b.py"] * 2


def test_a_catalogue_that_changes_makes_results_anew(checked: list[str], project: Path) -> None:
    source = Path(checker.__file__).parent / "contracts" / "pyai.toml"
    own = project / "own.toml"
    own.write_bytes(source.read_bytes().replace(b'name = "pyai"', b'name = "own"', 1))
    settings = Settings(catalogue_files=(str(own),))
    run(settings)
    own.write_bytes(own.read_bytes() + b"\n# more\n")
    run(settings)
    assert checked == ["a.py", "b.py"] * 2


@pytest.mark.parametrize("content", ["", "{", "[]", '{"%s": 1}', '{"%s": [1, 2, "x", [{}]]}'])
def test_a_broken_cache_is_made_anew(checked: list[str], content: str, project: Path) -> None:
    first = run()
    (file,) = (project / FOLDER).glob("*.json")
    file.write_text(content.replace("%s", str(project / "a.py")), "utf-8")
    assert run() == first
    assert json.loads(file.read_text("utf-8")).keys() >= {str(project / "a.py")}


def test_two_runs_at_once_keep_the_results_of_both(project: Path) -> None:
    def cache() -> Cache:
        return open_cache(project / FOLDER, Settings())

    one, other = cache(), cache()
    check_paths(["a.py"], Settings(), project, pytest.fail, cache=one)
    check_paths(["b.py"], Settings(), project, pytest.fail, cache=other)
    assert cache().get("a.py") is not None
    assert cache().get("b.py") is not None


def test_a_folder_that_cannot_be_written_costs_only_time(project: Path) -> None:
    (project / FOLDER).write_bytes(b"a file\n")
    assert len(run()) == 1
    assert (project / FOLDER).read_bytes() == b"a file\n"


def test_problems_are_told_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(source: bytes, path: str, settings: Settings) -> list[Finding]:
        raise RecursionError("too deep")

    monkeypatch.setattr(checker, "check_source", fail)
    for _ in range(2):
        problems: list[str] = []
        cache = open_cache(project / FOLDER, Settings())
        check_paths(["a.py"], Settings(), project, problems.append, cache=cache)
        assert len(problems) == 1


def test_the_folder_keeps_out_of_repositories_and_backups(project: Path) -> None:
    run()
    assert (project / FOLDER / ".gitignore").read_text("utf-8") == "*\n"
    assert (project / FOLDER / "CACHEDIR.TAG").read_text("utf-8").startswith("Signature: 8a477f59")


def test_clearing_removes_what_a_cache_has_written_and_nothing_else(project: Path) -> None:
    run()
    folder = project / FOLDER
    (folder / "notes.txt").write_bytes(b"mine\n")
    assert clear(folder) == 1
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
    assert clear(folder) == 0
    assert clear(project / "nowhere") == 0
