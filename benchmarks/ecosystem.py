"""Shows on real code what a change of heedlint does: which findings came and which went.

Two versions check the same folders; the answer is Markdown, with the code around each finding:

    python benchmarks/ecosystem.py ~/checkouts --a main --b my-branch
    python benchmarks/ecosystem.py ~/checkouts --b-args="--select HED1"
    python benchmarks/ecosystem.py ~/checkouts --sample-only --rule HED101 --sample 20 --seed 1

A version is a git revision of this repository, or `worktree` for the files as they stand. Without
`--b` and `--b-args` there is one version, and the answer is its counts and a sample to read.
Only the command line of heedlint is used, so any two revisions that have one can be compared.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shlex
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from tokenize import detect_encoding
from typing import Any

WORKTREE = "worktree"
REPOSITORY = Path(__file__).resolve().parent.parent
LINE_END = re.compile(r"\r\n|\r|\n")


class SweepError(Exception):
    """A revision or a run that cannot be used; the message says why."""


@dataclass(frozen=True)
class Version:
    """One side of the comparison: the code of a revision and the arguments it is run with."""

    revision: str
    args: tuple[str, ...]

    @property
    def title(self) -> str:
        return " ".join([self.revision, *self.args])


@dataclass(frozen=True, order=True)
class Place:
    """Where a finding stands and what it is: what makes two findings of two versions the same."""

    rule: str
    path: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True)
class Found:
    """A finding as a version reports it; `place` identifies it, the rest may change."""

    place: Place
    message: str
    confidence: str
    repair: str

    @classmethod
    def from_json(cls, item: dict[str, Any]) -> Found:
        place = Place(
            rule=item["code"],
            path=item["path"],
            line=item["line"],
            column=item["column"],
            end_line=item["end_line"],
            end_column=item["end_column"],
        )
        fix = item.get("fix")
        return cls(
            place=place,
            message=item["message"],
            confidence=item.get("confidence", ""),
            repair=json.dumps(fix, sort_keys=True) if fix else "",
        )


@dataclass(frozen=True)
class Change:
    """What differs at one place: a finding that came, went, or says something else now."""

    kind: str
    before: Found | None
    after: Found | None

    @property
    def place(self) -> Place:
        found = self.after or self.before
        assert found is not None
        return found.place


Findings = dict[Place, Found]


# The two versions


@contextmanager
def sources_of(revision: str, repository: Path) -> Iterator[Path]:
    """The `src` folder of a revision, exported for as long as the block lasts."""
    if revision == WORKTREE:
        yield repository / "src"
        return
    command = ["git", "-C", str(repository), "archive", "--format=zip", revision, "src"]
    archive = subprocess.run(command, capture_output=True, check=False)
    if archive.returncode:
        raise SweepError(f"git cannot export {revision!r}: {archive.stderr.decode().strip()}")
    with tempfile.TemporaryDirectory(prefix="heedlint-") as folder:
        zipfile.ZipFile(BytesIO(archive.stdout)).extractall(folder)
        yield Path(folder) / "src"


def check(version: Version, paths: Sequence[str], repository: Path) -> Findings:
    """What a version finds in the folders."""
    command = [sys.executable, "-m", "heedlint", "check", "--output-format", "json"]
    with sources_of(version.revision, repository) as sources:
        run = subprocess.run(
            [*command, *version.args, *paths],
            capture_output=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(sources), "PYTHONIOENCODING": "utf-8"},
        )
    if run.returncode not in (0, 1):
        reason = run.stderr.decode(errors="replace").strip()
        raise SweepError(f"{version.title}: exit status {run.returncode}\n{reason}")
    return parse_report(run.stdout, version)


def parse_report(report: bytes, version: Version) -> Findings:
    """The findings of a JSON report, by place."""
    try:
        findings = [Found.from_json(item) for item in json.loads(report)]
    except (ValueError, KeyError, TypeError) as error:
        raise SweepError(f"{version.title}: no report that can be read ({error!r})") from error
    return {found.place: found for found in findings}


def of_rules(findings: Findings, rules: Sequence[str]) -> Findings:
    """Only the findings of these rules or prefixes (`HED1`); all of them without any."""
    if not rules:
        return findings
    prefixes = tuple(rules)
    return {place: found for place, found in findings.items() if place.rule.startswith(prefixes)}


# What differs


def compare(before: Findings, after: Findings) -> list[Change]:
    """What came, went and changed, in the order of rule and place."""
    changes = []
    for place in sorted(before.keys() | after.keys()):
        old, new = before.get(place), after.get(place)
        if old != new:
            kind = "came" if old is None else "went" if new is None else "changed"
            changes.append(Change(kind, old, new))
    return changes


def sample(places: Iterable[Place], size: int, seed: int) -> list[Place]:
    """At most `size` places of each rule: the same ones for the same places and seed."""
    by_rule: dict[str, list[Place]] = {}
    for place in sorted(places):
        by_rule.setdefault(place.rule, []).append(place)
    chosen: list[Place] = []
    for rule, candidates in by_rule.items():
        drawn = random.Random(f"{seed}:{rule}").sample(candidates, min(size, len(candidates)))
        chosen.extend(sorted(drawn))
    return chosen


# The answer, in Markdown


@lru_cache(maxsize=256)
def lines_of(path: str) -> tuple[str, ...]:
    """The lines of a file; none where it cannot be read any more."""
    try:
        content = Path(path).read_bytes()
    except OSError:
        return ()
    try:
        encoding = detect_encoding(BytesIO(content).readline)[0]
    except SyntaxError:
        encoding = "utf-8"
    return tuple(LINE_END.split(content.decode(encoding, errors="replace")))


def excerpt(place: Place, context: int) -> str:
    """The code around a place as a fenced block; `>` marks the lines of the finding."""
    lines = lines_of(place.path)
    first = max(1, place.line - context)
    last = min(len(lines), place.end_line + context)
    rows = [
        f"{'>' if place.line <= number <= place.end_line else ' '} {number:>5}  {lines[number - 1]}"
        for number in range(first, last + 1)
    ]
    code = "\n".join(rows)
    longest = max((len(ticks) for ticks in re.findall(r"`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{code}\n{fence}"


def headline(place: Place) -> str:
    """A finding's place as a reader's editor opens it."""
    return f"#### {place.rule} {place.path}:{place.line}:{place.column}"


def describe(found: Found) -> str:
    """What a version says of a place."""
    repair = f", fix: {json.loads(found.repair)['applicability']}" if found.repair else ""
    return f"{found.message} ({found.confidence}{repair})"


def show_change(change: Change, context: int) -> str:
    """One difference: the place, what each version says of it, the code."""
    signed = (("-", change.before), ("+", change.after))
    says = "\n".join(f"{sign} {describe(found)}" for sign, found in signed if found)
    said = f"```diff\n{says}\n```"
    return "\n\n".join([headline(change.place), said, excerpt(change.place, context)])


def show_finding(found: Found, context: int) -> str:
    """One finding of the sample: the place, the message, the code."""
    return "\n\n".join([headline(found.place), describe(found), excerpt(found.place, context)])


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table: the first column is text, the others are numbers."""
    ruler = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in [header, ruler, *rows])


def count_rules(places: Iterable[Place]) -> Counter[str]:
    """How many places each rule has."""
    return Counter(place.rule for place in places)


def show_counts(before: Findings, after: Findings, changes: Sequence[Change]) -> str:
    """How many findings each rule has in both versions, and how many came, went and changed."""
    counts = [count_rules(before), count_rules(after)]
    for kind in ("came", "went", "changed"):
        counts.append(count_rules(change.place for change in changes if change.kind == kind))
    rules = sorted(set().union(*counts))
    rows: list[list[object]] = [[rule, *(count[rule] for count in counts)] for rule in rules]
    rows.append(["all", *(count.total() for count in counts)])
    return table(["rule", "A", "B", "came", "went", "changed"], rows)


def report_changes(
    versions: tuple[Version, Version],
    before: Findings,
    after: Findings,
    options: argparse.Namespace,
) -> str:
    """The comparison of two versions: counts, then the places that differ."""
    changes = compare(before, after)
    parts = [
        "# Findings that came and went",
        f"- A: `{versions[0].title}`\n- B: `{versions[1].title}`",
        show_counts(before, after, changes),
    ]
    for kind in ("came", "went", "changed"):
        of_kind = {change.place: change for change in changes if change.kind == kind}
        chosen = sample(of_kind, options.sample, options.seed)
        if chosen:
            parts.append(f"## {kind.capitalize()}: {shown(len(chosen), len(of_kind), options)}")
            parts.extend(show_change(of_kind[place], options.context) for place in chosen)
    if not changes:
        parts.append("Nothing came, went or changed.")
    return "\n\n".join(parts) + "\n"


def report_sample(version: Version, findings: Findings, options: argparse.Namespace) -> str:
    """One version: counts, then a sample to read."""
    counts = count_rules(findings)
    rows: list[tuple[object, ...]] = [*sorted(counts.items()), ("all", counts.total())]
    chosen = sample(findings, options.sample, options.seed)
    parts = [
        "# Findings",
        f"- `{version.title}`",
        table(["rule", "findings"], rows),
    ]
    if chosen:
        parts.append(f"## To read: {shown(len(chosen), len(findings), options)}")
        parts.extend(show_finding(findings[place], options.context) for place in chosen)
    return "\n\n".join(parts) + "\n"


def shown(count: int, total: int, options: argparse.Namespace) -> str:
    """How much of the whole is shown."""
    if count == total:
        return f"{total}"
    return f"{count} of {total} (at most {options.sample} a rule, seed {options.seed})"


# The command line


def parse_arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("paths", nargs="+", metavar="PATH", help="a folder or file of real code")
    add("--a", default=WORKTREE, metavar="REVISION", help="the first version (default: worktree)")
    add("--b", metavar="REVISION", help="the second version (default, with --b-args: as --a)")
    add("--a-args", default="", metavar="ARGS", help="arguments of `heedlint check` for A")
    add("--b-args", default="", metavar="ARGS", help="arguments of `heedlint check` for B")
    add("--sample-only", action="store_true", help="one version, A: its counts and a sample")
    add("--rule", action="append", default=[], metavar="CODE", help="only this rule or prefix")
    add("--sample", type=whole_number, default=20, metavar="N", help="at most N places a rule")
    add("--seed", type=int, default=1, help="draws another sample")
    add("--context", type=whole_number, default=3, metavar="LINES", help="lines around a finding")
    add("--repository", type=Path, default=REPOSITORY, help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def whole_number(text: str) -> int:
    """A number from 0, as argparse reads it."""
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{number} is less than 0")
    return number


def run(options: argparse.Namespace) -> str:
    """The report that the options ask for."""
    first = Version(options.a, tuple(shlex.split(options.a_args)))
    before = of_rules(check(first, options.paths, options.repository), options.rule)
    if options.sample_only or not (options.b or options.b_args):
        return report_sample(first, before, options)
    second = Version(options.b or options.a, tuple(shlex.split(options.b_args)))
    after = of_rules(check(second, options.paths, options.repository), options.rule)
    return report_changes((first, second), before, after, options)


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status 0, whatever was found, or 2 where a version could not be run."""
    options = parse_arguments(argv)
    try:
        report = run(options)
    except SweepError as error:
        print(f"ecosystem.py: {error}", file=sys.stderr)
        return 2
    sys.stdout.buffer.write(report.encode(errors="replace"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
