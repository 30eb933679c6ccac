"""The runner: which files, in which order, and that nothing is lost or half written."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from heedlint import checker, runner, walk
from heedlint.errors import ConfigurationError, HeedlintError
from heedlint.findings import Applicability, Edit, Finding, Fix, FixResult, Position, Round
from heedlint.runner import check_paths, fix_paths, write_atomically
from heedlint.settings import Settings
from heedlint.walk import OnProblem, find_files


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty repository that is the working folder."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(*names: str) -> None:
    for name in names:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x = 1\n")


def found(paths: Iterable[str] = (".",), *exclude: str) -> list[str]:
    return list(find_files(paths, Settings(exclude=exclude), Path.cwd()))


def test_python_files_are_found_sorted() -> None:
    make("b.py", "a/z.py", "a/b/c.pyi", "c.txt", "d.pyc", "a.py", "notpy")
    assert found() == ["a/b/c.pyi", "a/z.py", "a.py", "b.py"]
    assert found(["a"]) == ["a/b/c.pyi", "a/z.py"]


def test_paths_stay_as_given_and_come_once() -> None:
    make("a/b.py", "c.py")
    assert found(["c.py", "a", "a/b.py", "./c.py"]) == ["c.py", "a/b.py"]
    assert found([str(Path.cwd() / "a")]) == [str(Path.cwd() / "a/b.py")]
    assert found(["a/../c.py"]) == ["a/../c.py"]


def test_folders_without_source_are_left_out_unless_named() -> None:
    make(".venv/a.py", "node_modules/a.py", "x/build/a.py", "x/__pycache__/a.py", ".git/a.py")
    make("building/a.py", ".hidden/a.py")
    assert found() == [".hidden/a.py", "building/a.py"]
    assert found(["x/build", ".venv/a.py"]) == ["x/build/a.py", ".venv/a.py"]


def test_gitignore_is_heeded() -> None:
    make("a.py", "gen/a.py", "gen/keep.py", "sub/gen/a.py", "sub/b.py", "sub/only/b.py")
    Path(".gitignore").write_text("gen/*\n!gen/keep.py\n/sub/only/\n")
    assert found() == ["a.py", "gen/keep.py", "sub/b.py", "sub/gen/a.py"]


def test_a_nested_gitignore_decides_over_an_outer_one() -> None:
    make("sub/a_pb2.py", "sub/b.py", "other/a_pb2.py", "sub/deep/b.py")
    Path(".gitignore").write_text("*_pb2.py\n")
    Path("sub/.gitignore").write_text("!a_pb2.py\n/b.py\n")
    assert found() == ["sub/a_pb2.py", "sub/deep/b.py"]


def test_a_gitignore_above_the_named_folder_holds() -> None:
    make("sub/a.py", "sub/gen/b.py")
    Path(".gitignore").write_text("sub/gen/\n")
    assert found(["sub"]) == ["sub/a.py"]
    assert found(["sub/gen"]) == ["sub/gen/b.py"], "named, so wanted"
    assert found(["sub/gen/b.py"]) == ["sub/gen/b.py"]


def test_a_gitignore_outside_the_repository_does_not_hold(project: Path) -> None:
    make("inner/a.py")
    (project / "inner/.git").mkdir()
    Path(".gitignore").write_text("*.py\n")
    assert found(["inner"]) == ["inner/a.py"]


def test_a_gitignore_with_a_pattern_that_git_would_pass_over() -> None:
    make("a.py", "b.py")
    Path(".gitignore").write_bytes(b"!\n\xff\nb.py\n")
    assert found() == ["a.py"]


def test_exclude_is_relative_to_the_root(monkeypatch: pytest.MonkeyPatch, project: Path) -> None:
    make("gen/a.py", "sub/gen/a.py", "sub/b.py")
    assert found((".",), "/gen/") == ["sub/b.py", "sub/gen/a.py"]
    assert found(("gen/a.py",), "gen") == ["gen/a.py"], "a named file is always taken"
    monkeypatch.chdir(project / "sub")
    assert list(find_files(["."], Settings(exclude=("sub/gen",)), project)) == ["b.py"]


def test_a_pattern_that_is_none() -> None:
    with pytest.raises(ConfigurationError, match="'!' is no gitignore pattern"):
        found((".",), "!")


def test_a_path_that_does_not_exist() -> None:
    make("a.py")
    with pytest.raises(ConfigurationError, match=r"nope\.py"):
        found(["a.py", "nope.py"])


def test_links_are_safe() -> None:
    make("a/b.py")
    Path("a/loop").symlink_to(Path.cwd(), target_is_directory=True)
    Path("a/linked.py").symlink_to("b.py")
    Path("a/broken.py").symlink_to("nowhere.py")
    Path("outside").symlink_to("a", target_is_directory=True)
    assert found() == ["a/b.py", "a/linked.py"]
    assert found(["outside"]) == ["outside/b.py", "outside/linked.py"]


def test_a_folder_that_cannot_be_listed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    make("a/b.py", "c.py")
    scan = os.scandir

    def refuse(path: Path) -> object:
        if Path(path).name == "a":
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(walk.os, "scandir", refuse)
    problems: list[str] = []
    files = list(find_files(["."], Settings(), Path.cwd(), problems.append))
    assert (files, problems) == (["c.py"], ["a: cannot be listed: Permission denied"])


A_EDIT = Edit(Position(1, 1), Position(1, 2), "y")


def finding(path: str, line: int) -> Finding:
    return Finding(path, Position(line, 1), Position(line, 2), "HED101", "name", "message")


def test_findings_of_all_files_are_sorted(monkeypatch: pytest.MonkeyPatch) -> None:
    make("a.py", "b.py")
    monkeypatch.setattr(
        checker, "check_source", lambda source, path, settings: [finding(path, 2), finding(path, 1)]
    )
    found = check_paths(["b.py", "a.py"], Settings(), Path.cwd(), pytest.fail)
    assert [(f.path, f.start.line) for f in found] == [
        *(("a.py", 1), ("a.py", 2), ("b.py", 1), ("b.py", 2))
    ]


def test_one_file_that_fails_does_not_cost_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    make("a.py", "b.py", "c.py")

    def check(source: bytes, path: str, settings: Settings) -> list[Finding]:
        if path == "b.py":
            raise RecursionError("too deep")
        return [finding(path, 1)]

    monkeypatch.setattr(checker, "check_source", check)
    problems: list[str] = []
    found = check_paths(["."], Settings(), Path.cwd(), problems.append)
    assert [f.path for f in found] == ["a.py", "c.py"]
    (problem,) = problems
    assert problem.startswith("b.py: internal error: RecursionError: too deep\nTraceback")


def test_settings_that_are_wrong_are_wrong_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def check(source: bytes, path: str, settings: Settings) -> list[Finding]:
        raise ConfigurationError("there is no such catalogue")

    make("a.py")
    monkeypatch.setattr(checker, "check_source", check)
    with pytest.raises(ConfigurationError):
        check_paths(["."], Settings(), Path.cwd(), pytest.fail)


def test_an_empty_file_is_not_even_read(monkeypatch: pytest.MonkeyPatch) -> None:
    make("a.py")
    Path("a.py").write_bytes(b"")
    monkeypatch.setattr(runner, "_read", pytest.fail)
    assert check_paths([".", "a.py"], Settings(), Path.cwd(), pytest.fail) == []


def test_a_file_that_cannot_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    make("a.py", "b.py")
    read = runner._read

    def refuse(path: str) -> bytes:
        if path == "a.py":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(runner, "_read", refuse)
    problems: list[str] = []
    assert check_paths(["."], Settings(), Path.cwd(), problems.append) == []
    assert problems == ["a.py: cannot be read: Permission denied"]


@pytest.mark.parametrize("write", [True, False])
def test_repairs_are_written_only_where_asked(monkeypatch: pytest.MonkeyPatch, write: bool) -> None:
    make("a.py", "b.py")

    repairable = replace(finding("a.py", 1), fix=Fix(Applicability.SAFE, "", (A_EDIT,)))
    monkeypatch.setattr(
        checker, "check_source", lambda source, path, settings: [repairable][: path == "a.py"]
    )
    monkeypatch.setattr(
        checker,
        "fix_source",
        lambda source, path, settings, **how: FixResult(
            b"repaired", (Round(source, (repairable,)),), ()
        ),
    )
    run = fix_paths(["."], Settings(), Path.cwd(), pytest.fail, unsafe=False, write=write)
    (fixed,) = run.files
    assert (fixed.path, fixed.before, run.remaining) == ("a.py", b"x = 1\n", ())
    assert Path("a.py").read_bytes() == (b"repaired" if write else b"x = 1\n")
    assert Path("b.py").read_bytes() == b"x = 1\n"


@pytest.mark.parametrize("mode", [0o644, 0o755, 0o600, 0o4750])
def test_writing_keeps_the_mode(mode: int) -> None:
    make("a.py")
    Path("a.py").chmod(mode)
    write_atomically(Path("a.py"), b"new")
    assert Path("a.py").read_bytes() == b"new"
    assert stat.S_IMODE(Path("a.py").stat().st_mode) == mode
    assert sorted(path.name for path in Path().iterdir()) == [".git", "a.py"]


def test_writing_follows_a_link_and_leaves_it_one() -> None:
    make("real/a.py")
    Path("a.py").symlink_to("real/a.py")
    write_atomically(Path("a.py"), b"new")
    assert Path("a.py").is_symlink()
    assert Path("real/a.py").read_bytes() == b"new"


def test_a_read_only_file_is_left_alone() -> None:
    make("a.py")
    Path("a.py").chmod(0o444)
    with pytest.raises(HeedlintError, match=r"a\.py: cannot be written: the file is read-only"):
        write_atomically(Path("a.py"), b"new")
    assert Path("a.py").read_bytes() == b"x = 1\n"


def test_a_write_that_fails_leaves_the_file_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    make("a.py")
    monkeypatch.setattr(runner.os, "fsync", full)
    with pytest.raises(HeedlintError, match="No space left"):
        write_atomically(Path("a.py"), b"new")
    assert Path("a.py").read_bytes() == b"x = 1\n"
    assert sorted(path.name for path in Path().iterdir()) == [".git", "a.py"]


REPAIRABLE = b"""import pyai


def f(client):
    try:
        return client.chat.completions.create(model="m", messages=[])
    except pyai.PyAIError as e:
        if "rate limit" in str(e):
            return None
        raise
"""


def fix(*paths: str, jobs: int = 1, problem: OnProblem = pytest.fail) -> runner.FixRun:
    """Repairs files for good."""
    settings = Settings()
    return fix_paths(
        paths or ["."], settings, Path.cwd(), problem, unsafe=True, write=True, jobs=jobs
    )


def test_what_two_links_lead_to_is_repaired_once() -> None:
    Path("real.py").write_bytes(REPAIRABLE + REPAIRABLE.replace(b'"rate limit"', b"TEXT"))
    Path("a.py").symlink_to("real.py")
    Path("b.py").symlink_to(Path.cwd() / "a.py")
    run = fix()
    assert [file.path for file in run.files] == ["a.py"]
    assert [finding.path for finding in run.remaining] == ["a.py", "b.py", "real.py"]
    assert {path for path in ("a.py", "b.py", "real.py") if Path(path).is_symlink()} == {
        *("a.py", "b.py")
    }
    assert Path("real.py").read_bytes() == run.files[0].result.content != run.files[0].before
    assert fix().files == ()


def test_each_name_of_a_file_with_two_names_is_repaired() -> None:
    Path("a.py").write_bytes(REPAIRABLE)
    Path("b.py").hardlink_to("a.py")
    assert [file.path for file in fix().files] == ["a.py", "b.py"]
    assert Path("a.py").read_bytes() == Path("b.py").read_bytes() != REPAIRABLE


def test_a_file_that_somebody_else_changes_meanwhile_is_left_to_him(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path("a.py").write_bytes(REPAIRABLE)
    Path("b.py").write_bytes(REPAIRABLE)
    repair = checker.fix_source

    def slow(source: bytes, path: str, *rest: object, **how: object) -> FixResult:
        if path == "a.py":
            Path(path).write_bytes(b"y = 2\n")
        return repair(source, path, *rest, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(checker, "fix_source", slow)
    problems: list[str] = []
    run = fix(problem=problems.append)
    assert problems == ["a.py: changed while it was repaired; nothing is written"]
    assert Path("a.py").read_bytes() == b"y = 2\n"
    assert [file.path for file in run.files] == ["b.py"]
    assert [finding.path for finding in run.remaining] == ["a.py"]
    assert sorted(path.name for path in Path().iterdir()) == [".git", "a.py", "b.py"]


def test_several_processes_repair_what_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = []
    for jobs in (1, 2):
        for number in range(9):
            Path(f"m{number}.py").write_bytes(REPAIRABLE + b"#" * number)
        monkeypatch.setattr(runner, "_ENOUGH_TO_SHARE", 0)
        runs.append(fix(jobs=jobs))
    assert runs[0] == runs[1]
    assert [file.path for file in runs[0].files] == [f"m{number}.py" for number in range(9)]
    assert b"str(e)" not in Path("m8.py").read_bytes()


def test_a_repair_on_which_a_process_dies_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.py", "b.py", "c.py"):
        Path(name).write_bytes(REPAIRABLE)
    found = check_paths(["."], Settings(), Path.cwd(), pytest.fail)
    monkeypatch.setattr(runner, "_ENOUGH_TO_SHARE", 0)
    monkeypatch.setattr(runner, "check_paths", lambda *_, **how: found)
    monkeypatch.setattr(runner, "fix_jobs", dies_on_b)
    problems: list[str] = []
    run = fix(jobs=2, problem=problems.append)
    assert problems == ["b.py: the process died on it"]
    assert [finding.path for finding in run.remaining] == ["b.py"]
    assert Path("b.py").read_bytes() == REPAIRABLE


FIX_JOBS = runner.fix_jobs


def dies_on_b(jobs: Sequence[runner.Job], **how: object) -> object:
    if any(job.path == "b.py" for job in jobs):
        os.kill(os.getpid(), signal.SIGKILL)
    return FIX_JOBS(jobs, **how)  # type: ignore[arg-type]
