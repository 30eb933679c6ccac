"""The measuring script measures what it says, on whatever folder it is given."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import odd_inputs
import pytest
import speed

from heedlint.settings import Settings
from heedlint.source.triage import is_candidate


def test_every_contestant_is_run_and_compared(tmp_path: Path) -> None:
    folder = tmp_path / "code"
    folder.mkdir()
    for number in range(3):
        (folder / f"m{number}.py").write_bytes(b"import os\nprint(os)\n" * 200)
    report, picture = tmp_path / "report.md", tmp_path / "medians.svg"
    chosen = [f"--group={name}" for name in ("folder", "sample", "start", "growth")]
    files = [f"--report={report}", f"--plot={picture}"]
    done = subprocess.run(
        [sys.executable, speed.__file__, folder, "--runs=1", "--sample=2", *chosen, *files],
        capture_output=True,
        text=True,
        check=True,
    )
    rows = [line.split("|")[1].strip() for line in done.stdout.splitlines() if "|" in line]
    assert rows[2:7] == [speed.COLD, speed.WARM, speed.EDITED, "reading all files", speed.PARSE_ALL]
    for name in (speed.SAMPLE_COLD, speed.FIRST, speed.AGAIN, speed.WITHOUT, speed.CHECK_FEW):
        assert name in rows
    assert "one changed file, to a warm run" in rows
    assert done.stdout.strip() in report.read_text("utf-8")
    assert f">{speed.EDITED}</text>" in picture.read_text("utf-8")
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
    assert sizes == dict.fromkeys(("m0.py", "m1.py", "m2.py"), 20 * 200)


@pytest.mark.parametrize("name", [*odd_inputs.CANDIDATES, *odd_inputs.PLAIN])
def test_odd_inputs_are_of_one_size_and_reach_what_they_are_for(name: str) -> None:
    made = {**odd_inputs.CANDIDATES, **odd_inputs.PLAIN}
    source = made[name](20_000).encode()
    assert 20_000 <= len(source) <= 21_000
    assert is_candidate(source, Settings()) == (name in odd_inputs.CANDIDATES)


def test_a_tool_that_breaks_down_has_no_time() -> None:
    with pytest.raises(SystemExit, match="broken broke down"):
        speed.Contestant("broken", [sys.executable, "-c", "1 / 0"]).run()


def test_a_folder_without_python_is_refused(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, speed.__file__, tmp_path], capture_output=True, text=True, check=False
    )
    assert (done.returncode, "no .py files" in done.stderr) == (2, True)


def runs(*walls: float) -> list[speed.Run]:
    return [speed.Run(wall, wall * 2, 50) for wall in walls]


def test_ratios_are_of_medians_to_the_first() -> None:
    one = speed.Contestant("one", [], runs=runs(1.0, 2.0, 9.0))
    two = speed.Contestant("two", [], runs=runs(1.0, 1.0, 1.0))
    assert speed.table([one, two]).splitlines()[2:] == [
        "| one | 2.000 | 1.000 | 9.000 | 4.000 | 50 | 1.00 |",
        "| two | 1.000 | 1.000 | 1.000 | 2.000 | 50 | 0.50 |",
    ]


def test_promises_are_held_against_the_rounds() -> None:
    warm = speed.Contestant(speed.WARM, [], runs=runs(1.0, 2.0, 4.0))
    edited = speed.Contestant(speed.EDITED, [], runs=runs(1.2, 2.4, 4.0))
    assert speed.promises([warm, edited], "wall").splitlines()[2:] == [
        "| one changed file, to a warm run | 1.3 | 1.2 | yes |",
        "| peak memory of a process, to 300 MiB | 1 | 0.167 | yes |",
    ]
    edited.runs = runs(1.4, 2.8, 4.0)
    assert "| 1.3 | 1.4 | NO |" in speed.promises([warm, edited], "cpu")


def test_turns_are_taken(tmp_path: Path) -> None:
    log = tmp_path / "log"
    say = "import sys; open(sys.argv[1], 'a').write(sys.argv[2])"
    contestants = [
        speed.Contestant(name, [sys.executable, "-c", say, str(log), name]) for name in "ab"
    ]
    speed.compete(contestants, 2)
    assert log.read_text() == "ab" * 3
    assert [len(each.runs) for each in contestants] == [2, 2]
    assert all(run.wall > 0 and run.cpu > 0 and run.peak > 1 for run in contestants[0].runs)
