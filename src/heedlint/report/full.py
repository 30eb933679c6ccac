"""The format `full`: each finding with its code, why it is an API's error and what to do."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from heedlint.findings import Applicability, Finding
from heedlint.report import Sources

NEEDS_SOURCES = True

_AROUND = 2  # lines shown before and after the finding's own
_TAB = 4
_WRITING = {
    Applicability.SAFE: "`heedlint fix` does it",
    Applicability.UNSAFE: "`heedlint fix --unsafe-fixes` does it; read what it wrote",
    Applicability.DISPLAY: "by hand",
}


def render(findings: Sequence[Finding], sources: Sources) -> str:
    """A code frame for each finding, in colour where standard output is a terminal."""
    stream = io.StringIO()
    terminal = sys.stdout.isatty()
    console = Console(file=stream, force_terminal=terminal, soft_wrap=True, highlight=False)
    lines: dict[str, list[str]] = {}
    for finding in findings:
        if finding.path not in lines:
            text = sources.get(finding.path, "")
            lines[finding.path] = list(io.StringIO(text, newline=None))
        for part in (*_head(finding), *_frame(finding, lines[finding.path]), *_advice(finding)):
            console.print(part)
        console.print()
    if findings:
        console.print(_summary(findings))
    return stream.getvalue().rstrip("\n")


def _head(finding: Finding) -> list[Text]:
    head = Text.assemble((finding.code, "bold red"), f" {finding.name}: ", finding.message)
    return [head, Text.assemble(("  --> ", "blue"), finding.place)]


def _frame(finding: Finding, lines: list[str]) -> list[Text]:
    """The finding's first line underlined, with the lines around it; nothing without a source."""
    here = finding.start.line
    if not 0 < here <= len(lines):
        return []
    first, last = max(1, here - _AROUND), min(len(lines), here + _AROUND)
    width = len(str(last))
    frame: list[Text] = []
    for number in range(first, last + 1):
        line = lines[number - 1].rstrip("\n")
        frame.append(Text.assemble((f"{number:>{width}} | ", "blue"), _shown(line)))
        if number == here:
            frame.append(Text.assemble((f"{'':{width}} | ", "blue"), _underline(finding, line)))
    return frame


def _underline(finding: Finding, line: str) -> tuple[str, str]:
    start = finding.start.column - 1
    one_line = finding.end.line == finding.start.line
    end = finding.end.column - 1 if one_line else len(line)
    before, marked = _shown(line[:start]), _shown(line[start:end])
    return " " * cell_len(before) + "^" * max(1, cell_len(marked)), "bold red"


def _shown(line: str) -> str:
    """`line` as a terminal may get it: tabs as spaces, nothing that would move the cursor."""
    spaced = line.replace("\t", " " * _TAB)
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in spaced)


def _advice(finding: Finding) -> list[Text]:
    notes = [("because", reason) for reason in finding.evidence]
    if finding.errors:
        notes.append(("errors", ", ".join(finding.errors)))
    if finding.catalogues:
        notes.append(("documented by", ", ".join(finding.catalogues)))
    if finding.fix:
        notes.append(("do", f"{finding.fix.message} ({_WRITING[finding.fix.applicability]})"))
    notes.append(("more", f"heedlint explain {finding.code}"))
    return [Text.assemble(("  = ", "blue"), (f"{label}: ", "bold"), note) for label, note in notes]


def _summary(findings: Sequence[Finding]) -> Text:
    fixable = [f.fix.applicability for f in findings if f.fix is not None]
    safe, unsafe = fixable.count(Applicability.SAFE), fixable.count(Applicability.UNSAFE)
    plural = "" if len(findings) == 1 else "s"
    return Text(f"{len(findings)} finding{plural}; fixable: {safe} safe, {unsafe} unsafe")
