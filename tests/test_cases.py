"""The annotated Python in tests/cases: what a check reports there, no more and no less.

A line where a finding must start ends in `# expect: HED101` (or `# expect: HED202, HED301`). A line
that only looks like a mistake ends in `# clean: why it is none`. Files in `clean/` hold no
expectation at all; `fixed/` holds what the repairs make of the cases (see tests/fixes).
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from heedlint import Settings, check_source
from heedlint.rules import load_rules

CASES = Path(__file__).parent / "cases"
FILES = {
    path.relative_to(CASES).as_posix(): path
    for path in sorted(CASES.rglob("*.py"))
    if path.relative_to(CASES).parts[0] != "fixed"
}
RULES = {module.RULE.code: module.RULE for module in load_rules()}
# Said of files that cannot be read: no annotated Python shows it.
WITHOUT_CASES = {"HED900"}
ENOUGH = 10

EXPECTED = re.compile(r"# expect: (HED\d{3}(?:, HED\d{3})*)$")
NEAR_MISS = re.compile(r"# clean: \S")
# What was meant as an annotation and would be passed over in silence.
ANNOTATION_LIKE = re.compile(r"#\s*(?:expect|clean)\b", re.IGNORECASE)


def source_lines(path: Path) -> list[str]:
    return path.read_bytes().decode("utf-8").splitlines()


def expectations(path: Path) -> Counter[tuple[int, str]]:
    """How often each code must be reported on each line."""
    return Counter(
        (number, code)
        for number, line in enumerate(source_lines(path), 1)
        if (match := EXPECTED.search(line))
        for code in match[1].split(", ")
    )


def settings_for(name: str) -> Settings:
    """The default; for the cases of a rule that is off by default, with that rule."""
    rule = RULES.get(Path(name).stem.upper())
    return Settings(extend_select=(rule.code,) if rule and not rule.default_on else ())


def near_misses(path: Path) -> list[str]:
    return [line for line in source_lines(path) if NEAR_MISS.search(line)]


@pytest.mark.parametrize("name", FILES)
def test_a_check_reports_what_is_annotated(name: str) -> None:
    path = FILES[name]
    findings = check_source(path.read_bytes(), name, settings_for(name))
    found = Counter((finding.start.line, finding.code) for finding in findings)
    expected = expectations(path)
    lines = source_lines(path)
    messages = {(finding.start.line, finding.code): finding.message for finding in findings}
    wrong = [(place, "missed", "") for place in (expected - found).elements()]
    wrong += [(place, "not expected", messages[place]) for place in (found - expected).elements()]
    report = [
        f"{name}:{line}: {code} {what}{f': {message}' if message else ''}\n"
        f"    {lines[line - 1].strip()}"
        for (line, code), what, message in sorted(wrong)
    ]
    assert not report, "\n".join(["", *report])


@pytest.mark.parametrize("name", FILES)
def test_every_annotation_can_be_read(name: str) -> None:
    unread = [
        f"{number}: {line.strip()}"
        for number, line in enumerate(source_lines(FILES[name]), 1)
        if ANNOTATION_LIKE.search(line) and not (EXPECTED.search(line) or NEAR_MISS.search(line))
    ]
    assert unread == []


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("clean/")])
def test_clean_files_expect_nothing(name: str) -> None:
    assert not expectations(FILES[name])


@pytest.mark.parametrize("code", [code for code in RULES if code not in WITHOUT_CASES])
def test_every_rule_has_enough_cases(code: str) -> None:
    path = CASES / f"{code.lower()}.py"
    assert path.is_file(), f"{code} has no tests/cases/{path.name}"
    reported = sum(count for (_, found), count in expectations(path).items() if found == code)
    assert reported >= ENOUGH
    assert len(near_misses(path)) >= ENOUGH
