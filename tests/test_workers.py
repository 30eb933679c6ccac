"""Several processes find what one finds, in the same order, and leave nothing behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from heedlint import runner
from heedlint.errors import ConfigurationError
from heedlint.progress import shown
from heedlint.runner import check_paths
from heedlint.settings import Settings
from heedlint.workers import Lost, cluster, in_processes, usable_cores

ROOT = Path(__file__).resolve().parents[1]
CASES = ["tests/cases/messages", "examples"]


def squares(items: Sequence[int]) -> list[int]:
    return [item * item for item in items]


def dies_on_seven(items: Sequence[int]) -> list[int]:
    if 7 in items:
        os.kill(os.getpid(), signal.SIGKILL)
    return squares(items)


def fails_on_seven(items: Sequence[int]) -> list[int]:
    if 7 in items:
        raise ZeroDivisionError
    return squares(items)


def test_results_come_in_the_order_of_the_items() -> None:
    assert list(in_processes(squares, range(100), 3)) == [n * n for n in range(100)]
    assert list(in_processes(squares, [], 3)) == []


def test_a_worker_that_dies_costs_its_item_alone() -> None:
    found = list(in_processes(dies_on_seven, range(20), 2))
    assert found == [Lost(n) if n == 7 else n * n for n in range(20)]
    assert not multiprocessing.active_children()


def test_what_work_raises_is_raised_here_and_ends_the_processes() -> None:
    with pytest.raises(ZeroDivisionError):
        list(in_processes(fails_on_seven, range(20), 2))
    assert not multiprocessing.active_children()


def test_whoever_leaves_early_leaves_no_process_behind() -> None:
    results = in_processes(squares, range(100), 2)
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert not multiprocessing.active_children()


@pytest.fixture
def in_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.mark.usefixtures("in_root")
def test_processes_and_executors_find_what_one_process_finds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runner, "_ENOUGH_TO_SHARE", 0)
    alone = check_paths(CASES, Settings(), ROOT, pytest.fail)
    assert len(alone) > 100
    assert check_paths(CASES, Settings(), ROOT, pytest.fail, jobs=3) == alone
    with ThreadPoolExecutor(2) as executor:
        assert check_paths(CASES, Settings(), ROOT, pytest.fail, executor=executor) == alone


def test_a_file_on_which_a_worker_dies_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.py", "b.py", "c.py"):
        (tmp_path / name).write_bytes(b"x = 1\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(runner, "_ENOUGH_TO_SHARE", 0)
    monkeypatch.setattr(runner, "check_jobs", dies_on_b)
    problems: list[str] = []
    assert check_paths(["."], Settings(), tmp_path, problems.append, jobs=2) == []
    assert problems == ["b.py: the process died on it"]


def dies_on_b(
    jobs: Sequence[runner.Job], settings: Settings, *, digested: bool
) -> list[runner.Checked]:
    if any(job.path == "b.py" for job in jobs):
        os.kill(os.getpid(), signal.SIGKILL)
    return [runner.Checked(job.path) for job in jobs]


def test_an_interrupt_ends_at_once_and_leaves_nothing_behind(tmp_path: Path) -> None:
    source = (ROOT / "tests/cases/hed203.py").read_bytes()
    for number in range(200):
        (tmp_path / f"m{number}.py").write_bytes(source)
    process = subprocess.Popen(
        [sys.executable, "-m", "heedlint", "check", "--isolated", "--jobs", "2", "."],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    time.sleep(3)
    assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (130, b"")
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    assert not list(tmp_path.glob(".heedlint_cache/.new-*"))


def test_the_cores_are_those_that_may_be_used() -> None:
    assert usable_cores() == len(os.sched_getaffinity(0))


def test_a_bar_is_shown_to_who_waits_at_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert list(shown([1, 2, 3], 3)) == [1, 2, 3]
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    ticks = iter([0.0, 0.5, 2.0, 2.5, 3.0])
    assert list(shown([1, 2, 3], 3, clock=lambda: next(ticks))) == [1, 2, 3]
    assert "Checking" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.usefixtures("in_root")
def test_a_cluster_finds_what_one_process_finds() -> None:
    distributed = pytest.importorskip("distributed")
    alone = check_paths(CASES, Settings(), ROOT, pytest.fail)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as local:
        address = local.scheduler_address.replace("tcp", "dask")
        with cluster(address) as executor:
            assert check_paths(CASES, Settings(), ROOT, pytest.fail, executor=executor) == alone


def test_a_file_is_sent_along_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"import openai\nx = '\xff'\n")
    with Elsewhere() as executor:
        found = check_paths([tmp_path], Settings(), tmp_path, pytest.fail, executor=executor)
    assert [finding.code for finding in found] == ["HED900"]


class Elsewhere(ThreadPoolExecutor):
    """Does its work where the files are not."""

    def submit(self, work: Any, jobs: Any, /, *more: Any, **keywords: Any) -> Any:
        moved = [replace(job, path=f"/nowhere/{Path(job.path).name}") for job in jobs]
        return super().submit(work, moved, *more, **keywords)


@pytest.mark.parametrize("address", ["tcp://here:1", "dask://", "dask"])
def test_an_address_of_no_known_kind_is_refused(address: str) -> None:
    with pytest.raises(ConfigurationError, match="dask://HOST:PORT"), cluster(address):
        pass


@pytest.mark.usefixtures("in_root")
def test_the_parts_are_all_files_each_once() -> None:
    alone = check_paths(CASES, Settings(), ROOT, pytest.fail)
    parts = [
        check_paths(CASES, Settings(), ROOT, pytest.fail, shard=runner.Shard(number, 3))
        for number in (1, 2, 3)
    ]
    assert all(parts)
    assert sorted((f for part in parts for f in part), key=lambda f: f.sort_key) == alone


def test_a_file_stays_in_its_part_wherever_it_lies(tmp_path: Path) -> None:
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_bytes(b"x = 1\n")
    parts = [
        [runner.Shard(number, 4).takes(tmp_path / name) for number in (1, 2, 3, 4)]
        for name in ("a.py", "b.py")
    ]
    assert parts[0] == parts[1]
    assert parts[0].count(True) == 1
    assert [runner.Shard(n, 2).takes(tmp_path / "gone.py") for n in (1, 2)] == [True, False]
