"""The measuring script measures what it says, on whatever folder it is given."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import speed


def test_every_contestant_is_run_and_compared(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"m{number}.py").write_bytes(b"import os\nprint(os)\n" * 200)
    script = Path(speed.__file__)
    done = subprocess.run(
        [sys.executable, script, tmp_path, "--runs", "1", "--sample", "2"],
        capture_output=True,
        text=True,
        check=True,
    )
    rows = [line.split("|")[1].strip() for line in done.stdout.splitlines() if "." in line]
    assert rows[:4] == [
        *("heedlint, cold", "heedlint, warm", "heedlint, one file edited", "reading all files")
    ]
    assert "sample: bare libcst parse" in rows
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert sizes == dict.fromkeys(("m0.py", "m1.py", "m2.py"), 20 * 200)


def test_a_tool_that_breaks_down_has_no_time() -> None:
    with pytest.raises(SystemExit, match="broken broke down"):
        speed.Contestant("broken", [sys.executable, "-c", "1 / 0"]).run()


def test_a_folder_without_python_is_refused(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, speed.__file__, tmp_path], capture_output=True, text=True, check=False
    )
    assert (done.returncode, "no .py files" in done.stderr) == (2, True)


def test_ratios_are_of_medians_to_the_first() -> None:
    one = speed.Contestant("one", [], seconds=[1.0, 2.0, 9.0])
    two = speed.Contestant("two", [], seconds=[1.0, 1.0, 1.0])
    assert speed.table([one, two]).splitlines()[2:] == [
        "| one | 2.00 | 1.00 | 9.00 | 1.00 |",
        "| two | 1.00 | 1.00 | 1.00 | 0.50 |",
    ]


def test_turns_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        order.append(command[0])
        return subprocess.CompletedProcess(command, 0, b"", b"")

    monkeypatch.setattr(speed.subprocess, "run", run)
    contestants = [speed.Contestant(name, [name]) for name in "ab"]
    speed.compete(contestants, 2)
    assert order == ["a", "b"] * 3
    assert [len(each.seconds) for each in contestants] == [2, 2]
