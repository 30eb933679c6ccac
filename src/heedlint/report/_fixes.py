"""What `heedlint fix` says: the differences, and what was repaired and what was not."""

from __future__ import annotations

import difflib
import io
from collections.abc import Iterator, Sequence

from heedlint.findings import Applicability, Finding
from heedlint.runner import FixedFile
from heedlint.source.decode import decode


def unified_diff(files: Sequence[FixedFile]) -> str:
    """The repairs of `files` as one unified diff, `""` where there are none."""
    return "".join(part for file in files if file.result.changed for part in _diff(file))


def summary(files: Sequence[FixedFile], *, written: bool) -> str:
    """One line per finding, what became of it and why, then the totals."""
    lines = [line for file in files for line in _lines(file, written)]
    repaired = sum(len(file.result.applied) for file in files)
    left = sum(len(file.result.remaining) for file in files)
    verb = "repaired" if written else "can be repaired"
    return "\n".join([*lines, f"{repaired} {verb}, {left} left"])


def _diff(file: FixedFile) -> Iterator[str]:
    # Line endings stay as they are (newline=""), so that a repair of them would be seen.
    before, after = (
        list(io.StringIO(decode(content).text, newline=""))
        for content in (file.before, file.result.content)
    )
    for line in difflib.unified_diff(before, after, f"a/{file.path}", f"b/{file.path}"):
        yield line if line.endswith(("\n", "\r")) else f"{line}\n\\ No newline at end of file\n"


def _lines(file: FixedFile, written: bool) -> Iterator[str]:
    verb = "repaired" if written else "would be repaired"
    for finding in file.result.applied:
        what = finding.fix.message if finding.fix else finding.message
        yield f"{_place(finding)} {verb}: {what}"
    for finding in file.result.remaining:
        yield f"{_place(finding)} left: {finding.message} ({_why(finding)})"


def _place(finding: Finding) -> str:
    return f"{finding.path}:{finding.start.line}:{finding.start.column}: {finding.code}"


def _why(finding: Finding) -> str:
    fix = finding.fix
    if fix is None:
        return "heedlint knows no repair"
    if fix.applicability is Applicability.DISPLAY:
        return f"by hand: {fix.message}"
    if fix.applicability is Applicability.UNSAFE:
        return f"unsafe, needs --unsafe-fixes: {fix.message}"
    # A safe repair that was not made clashed with another one, or would not have parsed.
    return f"not repaired: {fix.message}"
