"""Measures heedlint beside the tools that people run, on the same files, in one run.

    python benchmarks/speed.py ~/checkouts
    python benchmarks/speed.py ~/checkouts --runs 5 --sample 500 --plot docs/speed.svg

Each command runs once to warm the files up, then the commands take turns, so that a slow minute of
the machine meets all of them. The table has the median of each, the lowest and the highest, and its
ratio to the first one's. A tool that is neither beside this Python nor on the path is left out
(have flake8-async elsewhere than flake8, which would run it, too); what is slow by the file is
measured on a sample, beside heedlint on the same sample. Only the command lines are used, apart
from the bare parse. The plot needs matplotlib.
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

FOUR_PATTERNS = """
id: message
language: python
rule:
  any:
    - pattern: $X in str($E)
    - pattern: $X in $E.message
    - pattern: str($E).startswith($X)
    - pattern: re.search($P, str($E))
"""
SAME_FOR_SEMGREP = """
rules:
  - id: message
    languages: [python]
    severity: WARNING
    message: message
    pattern-either:
      - pattern: $X in str($E)
      - pattern: $X in $E.message
      - pattern: str($E).startswith($X)
      - pattern: re.search($P, str($E))
"""
READ = "import sys\nfor name in open(sys.argv[1]).read().split('\\n'): open(name, 'rb').read()"
# flake8 runs every plugin that is installed, selected or not: one is hidden from it.
FLAKE8 = (
    "import sys, importlib.metadata as metadata\n"
    "left_out, everything = sys.argv.pop(1), metadata.distributions\n"
    "metadata.distributions = lambda **how: (\n"
    "    each for each in everything(**how) if each.metadata['Name'] != left_out)\n"
    "from flake8.main.cli import main\n"
    "sys.exit(main())"
)
PARSE = (
    "import sys, libcst\nfor name in open(sys.argv[1]).read().split('\\n'):\n"
    "    try: libcst.parse_module(open(name, 'rb').read())\n"
    "    except (libcst.ParserSyntaxError, UnicodeDecodeError): continue"
)


@dataclass
class Contestant:
    """A command, what has to be done before each run of it, and the seconds that its runs took."""

    name: str
    command: Sequence[str]
    before: Callable[[], None] = lambda: None
    seconds: list[float] = field(default_factory=list)

    def run(self) -> None:
        """Runs the command once and notes the wall time; its output and status do not matter.

        Raises `SystemExit` for one that breaks down: its time would say nothing.
        """
        self.before()
        begun = time.perf_counter()
        done = subprocess.run(
            self.command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        self.seconds.append(time.perf_counter() - begun)
        if b"Traceback" in done.stderr:
            raise SystemExit(f"{self.name} broke down:\n{done.stderr.decode(errors='replace')}")

    @property
    def median(self) -> float:
        """The median of the runs, in seconds."""
        return statistics.median(self.seconds)


def python_files(folder: Path) -> list[Path]:
    """The .py files below a folder, sorted."""
    return sorted(path for path in folder.rglob("*.py") if path.is_file())


def tool(name: str) -> str:
    """Where a tool is: beside this Python, else on the path; "" where there is none."""
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.exists() else shutil.which(name) or ""


class Course:
    """The contestants over a copy of one folder's Python files, so that one may be edited."""

    def __init__(self, folder: Path, work: Path, sample: int, seed: int) -> None:
        self.work = work
        self.folder = work / "all"
        for path in python_files(folder):
            copy = self.folder / path.relative_to(folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        files = python_files(self.folder)
        chosen = random.Random(seed).sample(files, min(sample, len(files)))
        self.sample = self._copied(chosen)
        self.all_names = self._listed("all.txt", files)
        self.sample_names = self._listed("sample.txt", python_files(self.sample))
        self.edited = next((path for path in files if path.stat().st_size > 2000), files[0])
        self.heedlint = [sys.executable, "-m", "heedlint", "check", "--isolated"]
        self.cache = work / "cache"

    def _copied(self, files: Sequence[Path]) -> Path:
        target = self.work / "sample"
        target.mkdir()
        for number, path in enumerate(files):
            shutil.copyfile(path, target / f"m{number}.py")
        return target

    def _listed(self, name: str, files: Sequence[Path]) -> Path:
        listed = self.work / name
        listed.write_text("\n".join(map(str, files)), "utf-8")
        return listed

    def _forget(self) -> None:
        shutil.rmtree(self.cache, ignore_errors=True)

    def _edit(self) -> None:
        with self.edited.open("a", encoding="utf-8") as stream:
            stream.write("\n# edited")

    def over_all(self) -> list[Contestant]:
        """What runs over the whole folder."""
        folder = str(self.folder)
        kept = [*self.heedlint, "--cache-dir", str(self.cache), folder]
        found = [
            Contestant("heedlint, cold", kept, self._forget),
            Contestant("heedlint, warm", kept),
            Contestant("heedlint, one file edited", kept, self._edit),
            Contestant("reading all files", [sys.executable, "-c", READ, str(self.all_names)]),
        ]
        if ruff := tool("ruff"):
            rules = ["--select", "BLE,TRY", "--no-cache", "--isolated", "-q"]
            found.append(Contestant("ruff BLE,TRY", [ruff, "check", *rules, folder]))
        if ast_grep := tool("ast-grep"):
            rule = self._rule("four.yml", FOUR_PATTERNS)
            command = [ast_grep, "scan", "--rule", rule, "--json=compact", folder]
            found.append(Contestant("ast-grep, four patterns", command))
        return found

    def over_sample(self) -> list[Contestant]:
        """What is slow by the file, over the sample, beside heedlint over the same."""
        sample = str(self.sample)
        found = [
            Contestant("sample: heedlint, cold", [*self.heedlint, "--no-cache", sample]),
            Contestant(
                "sample: bare libcst parse",
                [sys.executable, "-c", PARSE, str(self.sample_names)],
            ),
        ]
        if tool("flake8"):
            options = ["--isolated", "--disable-noqa", sample]
            for name, left_out in (("with", "-"), ("without", "heedlint")):
                command = [sys.executable, "-c", FLAKE8, left_out, *options]
                found.append(Contestant(f"sample: flake8 {name} the plugin", command))
        if tool("flake8-async"):
            names = self.sample_names.read_text("utf-8").splitlines()
            command = [tool("flake8-async"), "--enable", "ASYNC100", *names]
            found.append(Contestant("sample: flake8-async, one rule", command))
        if fixit := tool("fixit"):
            (self.sample / "fixit.toml").write_text(
                '[tool.fixit]\nroot = true\nenable = ["fixit.rules:UseFstring"]\n'
                'disable = ["fixit.rules"]\n',
                "utf-8",
            )
            found.append(Contestant("sample: Fixit, one rule", [fixit, "lint", sample]))
        if semgrep := tool("semgrep"):
            rule = self._rule("semgrep.yml", SAME_FOR_SEMGREP)
            command = [semgrep, "--config", rule, "--metrics=off", "-q", sample]
            found.append(Contestant("sample: semgrep, four patterns", command))
        return found

    def _rule(self, name: str, content: str) -> str:
        path = self.work / name
        path.write_text(content, "utf-8")
        return str(path)


def compete(contestants: Sequence[Contestant], runs: int) -> None:
    """One run of each that does not count, then `runs` rounds."""
    for contestant in contestants:
        contestant.run()
        contestant.seconds.clear()
    for _ in range(runs):
        for contestant in contestants:
            contestant.run()


def table(contestants: Sequence[Contestant]) -> str:
    """A Markdown table; the ratio is that of the first contestant's median to each one's."""
    first = contestants[0].median
    lines = ["| | median s | min | max | to the first |", "|---|---|---|---|---|"]
    for each in contestants:
        low, high = min(each.seconds), max(each.seconds)
        ratio = each.median / first
        lines.append(f"| {each.name} | {each.median:.2f} | {low:.2f} | {high:.2f} | {ratio:.2f} |")
    return "\n".join(lines)


def plot(contestants: Sequence[Contestant], target: Path) -> None:
    """Draws the medians as bars. Raises `ImportError` without matplotlib."""
    figure = import_module("matplotlib.figure").Figure(
        figsize=(8, 0.4 * len(contestants) + 1), layout="constrained"
    )
    axes = figure.subplots()
    axes.barh([each.name for each in contestants], [each.median for each in contestants])
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlabel("seconds, median")
    figure.savefig(target)


def main() -> None:
    """Reads the command line, runs, prints."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--sample", type=int, default=500, help="files for what is slow")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plot", type=Path, help="an .svg or .png to write")
    given = parser.parse_args()
    if not python_files(given.folder):
        parser.error(f"{given.folder}: no .py files")
    with tempfile.TemporaryDirectory() as work:
        course = Course(given.folder.resolve(), Path(work), given.sample, given.seed)
        groups = [course.over_all(), course.over_sample()]
        for group in groups:
            compete(group, given.runs)
            print(table(group), end="\n\n", flush=True)
        if given.plot:
            plot([each for group in groups for each in group], given.plot)


if __name__ == "__main__":
    main()
