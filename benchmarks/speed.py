"""Measures heedlint beside the tools that people run, on the same files, in one run.

    python benchmarks/speed.py ~/checkouts --tools ~/bench/bin
    python benchmarks/speed.py ~/checkouts --tools ~/bench/bin \\
        --report docs/benchmarks.md --plot docs/benchmarks.svg
    python benchmarks/speed.py ~/checkouts --group sample --runs 9 --by cpu

Each command of a group runs once to warm the files up, then the commands take turns, so that a slow
minute of the machine meets all of them. A table has the median of each one's wall time, the lowest
and the highest, the median of its CPU time, its peak memory (of the largest process) and its ratio
to the first. The last table holds what heedlint promises against what was measured; these ratios
are medians of the ratios round by round, of wall or (`--by cpu`) of CPU time.

Other tools are looked for in `--tools`, beside this Python and on the path; one that is nowhere is
left out (CONTRIBUTING.md says how to install them). What is slow by the file is measured on a
sample of the files. Only the command lines are used, apart from the bare parse.
"""

from __future__ import annotations

import argparse
import html
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import odd_inputs

from heedlint.settings import Settings
from heedlint.source.triage import is_candidate

GROUPS = ("folder", "sample", "start", "empty", "growth", "lines", "odd")
FEW = 20  # the files that a commit has
EMPTY = 41_000
MEGABYTE = 1024  # of what the system counts: KiB

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
LIST_AND_READ = (
    "import os, sys\nfor here, _, names in os.walk(sys.argv[1]):\n"
    "    for name in names:\n"
    "        with open(os.path.join(here, name), 'rb') as stream: stream.read()"
)
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


@dataclass(frozen=True)
class Run:
    """What one run took: seconds of wall and CPU time, and MiB of its largest process."""

    wall: float
    cpu: float
    peak: float


@dataclass
class Contestant:
    """A command, what has to be done before each run of it, and what its runs took."""

    name: str
    command: Sequence[str]
    before: Callable[[], None] = lambda: None
    runs: list[Run] = field(default_factory=list)

    def run(self) -> None:
        """Runs the command once and notes what it took; its output and status do not matter.

        Raises `SystemExit` for one that breaks down: its time would say nothing.
        """
        self.before()
        with tempfile.TemporaryFile() as said:
            begun = time.perf_counter()
            process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=said)
            _, status, used = os.wait4(process.pid, 0)
            wall = time.perf_counter() - begun
            process.returncode = os.waitstatus_to_exitcode(status)
            said.seek(0)
            message = said.read().decode(errors="replace")
        if "Traceback" in message or process.returncode < 0:
            raise SystemExit(f"{self.name} broke down ({process.returncode}):\n{message}")
        self.runs.append(Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / MEGABYTE))

    def median(self, of: str) -> float:
        """The median of the runs' `wall`, `cpu` or `peak`."""
        return statistics.median(self.all(of))

    def all(self, of: str) -> list[float]:
        """What each run took of `wall`, `cpu` or `peak`, in their order."""
        return [{"wall": run.wall, "cpu": run.cpu, "peak": run.peak}[of] for run in self.runs]


@dataclass(frozen=True)
class Promise:
    """What heedlint promises: one contestant's time is at most so many times another's."""

    text: str
    ours: str
    theirs: str
    most: float

    def ratio(self, contestants: Sequence[Contestant], by: str) -> float | None:
        """What was measured, the median over the rounds; None where somebody did not run."""
        named = {each.name: each for each in contestants}
        if not named.keys() >= {self.ours, self.theirs}:
            return None
        rounds = zip(named[self.ours].all(by), named[self.theirs].all(by), strict=True)
        return statistics.median(ours / theirs for ours, theirs in rounds)


PARSE_ALL = "bare libcst parse of all files"
COLD, WARM, EDITED = "heedlint, cold", "heedlint, warm", "heedlint, one file edited"
RUFF, AST_GREP = "ruff BLE,TRY", "ast-grep, four patterns"
SAMPLE_COLD, FIXIT = "sample: heedlint, cold", "sample: Fixit, one rule"
ASYNC = "sample: flake8-async, one rule"
WITHOUT = "sample: flake8 without the plugin"
FIRST = "sample: flake8 with the plugin, first run"
AGAIN = "sample: flake8 with the plugin, again"
PASS, READ_FEW, CHECK_FEW = "python -c pass", f"reading {FEW} files", f"heedlint, {FEW} files"
LIST_EMPTY, CHECK_EMPTY = (
    f"listing and reading {EMPTY} empty files",
    f"heedlint, {EMPTY} empty files",
)
GROWTH = {times: f"heedlint, {times} times the sample" for times in (1, 2, 4)}
LINES = {lines: f"heedlint, one file of {lines} lines" for lines in (1000, 10_000, 100_000)}
PROMISES = (
    Promise("cold, to ast-grep with four patterns", COLD, AST_GREP, 0.7),
    Promise("cold, to ruff's BLE and TRY", COLD, RUFF, 2.5),
    Promise("cold, to Fixit with one rule", SAMPLE_COLD, FIXIT, 1 / 30),
    Promise("cold, to flake8-async with one rule", SAMPLE_COLD, ASYNC, 1 / 30),
    Promise("warm, to ruff's cold run", WARM, RUFF, 0.5),
    Promise("one changed file, to a warm run", EDITED, WARM, 1.3),
    Promise(f"{FEW} files, to `python -c pass` and reading", CHECK_FEW, READ_FEW, 3),
    Promise(f"{EMPTY} empty files, to reading them", CHECK_EMPTY, LIST_EMPTY, 1.5),
    Promise("flake8 with the plugin, to without, first run", FIRST, WITHOUT, 1.03),
    Promise("flake8 with the plugin, to without, again", AGAIN, WITHOUT, 1.03),
    Promise("twice the files, to once (linear: 2)", GROWTH[2], GROWTH[1], 2.2),
    Promise("four times the files, to once (linear: 4)", GROWTH[4], GROWTH[1], 4.4),
    Promise("100,000 lines, to 10,000 (linear: 10)", LINES[100_000], LINES[10_000], 11),
)
MOST_MEMORY = 300  # MiB of one process
MOST_APART = 10  # times that one odd input may take of another's


def python_files(folder: Path) -> list[Path]:
    """The .py files below a folder, sorted."""
    return sorted(path for path in folder.rglob("*.py") if path.is_file())


class Course:
    """The contestants over a copy of one folder's Python files, so that one may be edited."""

    def __init__(self, folder: Path, work: Path, given: argparse.Namespace) -> None:
        self.work = work
        self.tools: Path | None = given.tools
        self.odd_size: int = given.odd_size
        self.folder = work / "all"
        for path in python_files(folder):
            copy = self.folder / path.relative_to(folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        self.files = python_files(self.folder)
        sample = min(given.sample, len(self.files))
        self.chosen = random.Random(given.seed).sample(self.files, sample)
        self.sample = self._copied("sample", self.chosen)
        self.edited = next((p for p in self.files if p.stat().st_size > 2000), self.files[0])
        self.cache = work / "cache"

    def heedlint(self, *arguments: object) -> list[str]:
        """heedlint's own command, as users have it."""
        command = self.tool("heedlint", Path(sys.executable).parent)
        start = [command] if command else [sys.executable, "-m", "heedlint"]
        return [*start, "check", "--isolated", *map(str, arguments)]

    def tool(self, name: str, *first: Path) -> str:
        """Where a tool is: in the folder of the tools, beside this Python, on the path, or ""."""
        places = (*first, *([self.tools] if self.tools else []), Path(sys.executable).parent)
        found = next((place / name for place in places if (place / name).exists()), None)
        return str(found) if found else shutil.which(name) or ""

    def _copied(self, name: str, files: Iterable[Path], times: int = 1) -> Path:
        target = self.work / name
        target.mkdir()
        for number, path in enumerate(files):
            for copy in range(times):
                shutil.copyfile(path, target / f"m{number}_{copy}.py")
        return target

    def _listed(self, name: str, files: Iterable[Path]) -> str:
        return self._written(name, "\n".join(map(str, files)))

    def _written(self, name: str, content: str) -> str:
        path = self.work / name
        path.write_text(content, "utf-8")
        return str(path)

    def _forget(self) -> None:
        shutil.rmtree(self.cache, ignore_errors=True)

    def _edit(self) -> None:
        with self.edited.open("a", encoding="utf-8") as stream:
            stream.write("\n# edited")

    def over_folder(self) -> list[Contestant]:
        """What runs over the whole folder."""
        folder = str(self.folder)
        names = self._listed("all.txt", self.files)
        kept = self.heedlint("--cache-dir", self.cache, folder)
        found = [
            Contestant(COLD, kept, self._forget),
            Contestant(WARM, kept),
            Contestant(EDITED, kept, self._edit),
            Contestant("reading all files", [sys.executable, "-c", READ, names]),
            Contestant(PARSE_ALL, [sys.executable, "-c", PARSE, names]),
        ]
        if ruff := self.tool("ruff"):
            rules = ["--select", "BLE,TRY", "--no-cache", "--isolated", "-q"]
            found.append(Contestant(RUFF, [ruff, "check", *rules, folder]))
        if ast_grep := self.tool("ast-grep"):
            rule = self._written("four.yml", FOUR_PATTERNS)
            command = [ast_grep, "scan", "--rule", rule, "--json=compact", folder]
            found.append(Contestant(AST_GREP, command))
        return found

    def over_sample(self) -> list[Contestant]:
        """What is slow by the file, over the sample, beside heedlint over the same."""
        sample = str(self.sample)
        files = python_files(self.sample)
        names = self._listed("sample.txt", files)
        found = [
            Contestant(SAMPLE_COLD, self.heedlint("--no-cache", sample)),
            Contestant("sample: bare libcst parse", [sys.executable, "-c", PARSE, names]),
        ]
        if (Path(sys.executable).parent / "flake8").exists():
            run = [sys.executable, "-c", FLAKE8]
            options = ["--isolated", "--disable-noqa", sample]
            ours = [*run, "-", f"--hed-cache-dir={self.cache}", *options]
            found.append(Contestant(FIRST, ours, self._forget))
            found.append(Contestant(AGAIN, ours))
            found.append(Contestant(WITHOUT, [*run, "heedlint", *options]))
        if flake8_async := self.tool("flake8-async"):
            command = [flake8_async, "--enable", "ASYNC100", *map(str, files)]
            found.append(Contestant(ASYNC, command))
        if fixit := self.tool("fixit"):
            command = [fixit, "--rules", "fixit.rules.use_fstring", "lint", sample]
            found.append(Contestant(FIXIT, command))
        if semgrep := self.tool("semgrep"):
            rule = self._written("semgrep.yml", SAME_FOR_SEMGREP)
            command = [semgrep, "--config", rule, "--metrics=off", "-q", sample]
            found.append(Contestant("sample: semgrep, four patterns", command))
        return found

    def over_few(self) -> list[Contestant]:
        """A few small files that cannot hold a finding, as a commit hook passes them."""
        small = (p for p in self.chosen if 0 < p.stat().st_size < 10_000)
        plain = [p for p in small if not is_candidate(p.read_bytes(), Settings())][:FEW]
        names = self._listed("few.txt", plain)
        return [
            Contestant(CHECK_FEW, self.heedlint("--no-cache", *plain)),
            Contestant(READ_FEW, [sys.executable, "-c", READ, names]),
            Contestant(PASS, [sys.executable, "-c", "pass"]),
        ]

    def over_empty(self) -> list[Contestant]:
        """Nothing but the work for each file."""
        folder = self.work / "empty"
        for number in range(EMPTY):
            place = folder / f"p{number // 2000}" / f"d{number // 100}"
            if number % 100 == 0:
                place.mkdir(parents=True)
            (place / f"m{number}.py").touch()
        return [
            Contestant(CHECK_EMPTY, self.heedlint("--no-cache", folder)),
            Contestant(LIST_EMPTY, [sys.executable, "-c", LIST_AND_READ, str(folder)]),
        ]

    def over_more_files(self) -> list[Contestant]:
        """The sample once, twice and four times."""
        folders = {times: self._copied(f"x{times}", self.chosen, times) for times in GROWTH}
        return [
            Contestant(GROWTH[times], self.heedlint("--no-cache", folder))
            for times, folder in folders.items()
        ]

    def over_more_lines(self) -> list[Contestant]:
        """One file that grows: functions of the sample's candidates, again and again."""
        files = [p.read_text("utf-8", "replace") for p in self.chosen]
        texts = [text for text in files if is_candidate(text.encode(), Settings())] or files
        lines = [line for text in texts for line in text.splitlines() if "__future__" not in line]
        lines = lines[: min(LINES)]  # the same in each, so that only the number differs
        found = []
        for count, name in LINES.items():
            text = "\n".join(_cut(lines) * (count // max(1, len(_cut(lines)))))
            file = self._written(f"lines_{count}.py", text)
            found.append(Contestant(name, self.heedlint("--no-cache", file)))
        return found

    def over_odd_inputs(self) -> list[Contestant]:
        """Files of one size that nobody would write."""
        made = {**odd_inputs.CANDIDATES, **odd_inputs.PLAIN}
        return [
            Contestant(
                f"odd: {name}",
                self.heedlint("--no-cache", self._written(f"odd_{number}.py", make(self.odd_size))),
            )
            for number, (name, make) in enumerate(made.items())
        ]

    def groups(self) -> dict[str, Callable[[], list[Contestant]]]:
        """What makes the contestants of each group."""
        makers = (
            self.over_folder,
            self.over_sample,
            self.over_few,
            self.over_empty,
            self.over_more_files,
            self.over_more_lines,
            self.over_odd_inputs,
        )
        return dict(zip(GROUPS, makers, strict=True))


def _cut(lines: list[str]) -> list[str]:
    """The lines up to the last that begins a statement: what is left can be followed by itself."""
    last = max((n for n, line in enumerate(lines) if line[:1].isalpha()), default=len(lines))
    return lines[:last] or lines


def compete(contestants: Sequence[Contestant], runs: int) -> None:
    """One run of each that does not count, then `runs` rounds."""
    for contestant in contestants:
        contestant.run()
        contestant.runs.clear()
    for _ in range(runs):
        for contestant in contestants:
            contestant.run()


def table(contestants: Sequence[Contestant]) -> str:
    """A Markdown table; the ratio is that of each one's median to the first one's."""
    first = contestants[0].median("wall")
    lines = [
        "| | wall s, median | min | max | CPU s | peak MiB | to the first |",
        "|---|---|---|---|---|---|---|",
    ]
    for each in contestants:
        wall, cpu, peak = (each.median(of) for of in ("wall", "cpu", "peak"))
        low, high = min(each.all("wall")), max(each.all("wall"))
        lines.append(
            f"| {each.name} | {wall:.3f} | {low:.3f} | {high:.3f} | {cpu:.3f} | {peak:.0f} "
            f"| {wall / first:.2f} |"
        )
    return "\n".join(lines)


def promises(contestants: Sequence[Contestant], by: str) -> str:
    """A Markdown table of what is promised and what was measured."""
    rows = [
        (promise.text, f"{promise.most:.3g}", promise.ratio(contestants, by), promise.most)
        for promise in PROMISES
    ]
    ours = [each for each in contestants if each.name in (COLD, WARM, EDITED)]
    if ours:
        peak = max(max(each.all("peak")) for each in ours)
        rows.append((f"peak memory of a process, to {MOST_MEMORY} MiB", "1", peak / MOST_MEMORY, 1))
    odd = [each.median(by) for each in contestants if each.name.startswith("odd: ")]
    if odd:
        rows.append(("slowest odd input, to the fastest", "10", max(odd) / min(odd), MOST_APART))
    lines = ["| | at most | measured | |", "|---|---|---|---|"]
    for text, most, ratio, bound in rows:
        if ratio is not None:
            lines.append(f"| {text} | {most} | {ratio:.3g} | {'yes' if ratio <= bound else 'NO'} |")
    return "\n".join(lines)


def plot(contestants: Sequence[Contestant]) -> str:
    """An SVG of the medians of wall time as bars, the seconds written beside them."""
    height, left, width = 22, 290, 420
    longest = max(each.median("wall") for each in contestants)
    bars = []
    for number, each in enumerate(contestants):
        seconds, top = each.median("wall"), number * height
        length = max(1, width * seconds / longest)
        colour = "#c2410c" if "heedlint" in each.name or "with the" in each.name else "#64748b"
        bars.append(
            f'<text x="{left - 8}" y="{top + 15}" text-anchor="end">{html.escape(each.name)}</text>'
            f'<rect x="{left}" y="{top + 4}" width="{length:.1f}" height="14" fill="{colour}"/>'
            f'<text x="{left + length + 6:.1f}" y="{top + 15}">{seconds:.2f} s</text>'
        )
    size = f'width="{left + width + 80}" height="{len(contestants) * height + 4}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">'
        f'<rect width="100%" height="100%" fill="white"/>{"".join(bars)}</svg>\n'
    )


def conditions(course: Course, runs: int) -> str:
    """What has to be known of a measurement: files, machine, versions."""
    megabytes = sum(path.stat().st_size for path in course.files) / 1e6
    versions = [f"Python {platform.python_version()}"]
    for name in ("ruff", "ast-grep", "semgrep", "fixit", "flake8"):
        if tool := course.tool(name):
            done = subprocess.run([tool, "--version"], capture_output=True, text=True, check=False)
            said = (done.stdout or done.stderr).strip().splitlines()
            version = said[-1].split()[-1] if name == "fixit" else said[0].removeprefix(name)
            versions.append(f"{name} {version.strip()}")
    return (
        f"{len(course.files)} files, {megabytes:.0f} MB; a sample of {len(course.chosen)} files; "
        f"{runs} runs of each, in turns; {date.today():%Y-%m-%d}, {os.cpu_count()} cores, "
        f"{platform.system()} {platform.machine()}; {'; '.join(versions)}."
    )


def arguments() -> argparse.Namespace:
    """The command line. Ends the program for a folder without Python files."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--sample", type=int, default=500, help="files for what is slow")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tools", type=Path, help="a folder with the commands of other tools")
    parser.add_argument("--group", action="append", choices=GROUPS, help="only this (repeatable)")
    parser.add_argument("--without", action="append", default=[], help="no command so named")
    parser.add_argument("--odd-size", type=int, default=200_000, help="bytes of an odd input")
    parser.add_argument("--by", choices=("wall", "cpu"), default="wall", help="what is promised")
    parser.add_argument("--report", type=Path, help="a Markdown file to write")
    parser.add_argument("--plot", type=Path, help="an .svg to write")
    given = parser.parse_args()
    if not python_files(given.folder):
        parser.error(f"{given.folder}: no .py files")
    return given


def main() -> None:
    """Reads the command line, runs, prints."""
    given = arguments()
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        print(text, end="\n\n", flush=True)

    everybody: list[Contestant] = []
    with tempfile.TemporaryDirectory() as work:
        course = Course(given.folder.resolve(), Path(work), given)
        say(conditions(course, given.runs))
        for name, made in course.groups().items():
            if given.group and name not in given.group:
                continue
            left_out = given.without
            group = [each for each in made() if not any(word in each.name for word in left_out)]
            if group:
                compete(group, given.runs)
                say(table(group))
                everybody += group
    say(promises(everybody, given.by))
    if given.plot:
        shown = [each for each in everybody if not each.name.startswith("odd: ")]
        given.plot.write_text(plot(shown), "utf-8")
    if given.report:
        picture = f"![medians]({given.plot.name})\n\n" if given.plot else ""
        title = "# Measurements\n\n<!-- Written by benchmarks/speed.py. -->\n\n"
        given.report.write_text(title + picture + "\n\n".join(said) + "\n", "utf-8")


if __name__ == "__main__":
    main()
