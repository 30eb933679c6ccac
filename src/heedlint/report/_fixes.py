"""What `heedlint fix` says: the differences, and what was repaired and what was not."""

from __future__ import annotations

import difflib
import io
from collections import Counter
from collections.abc import Iterator, Sequence

from heedlint.findings import Applicability, Finding
from heedlint.runner import FixedFile, FixRun
from heedlint.source.decode import decode


def unified_diff(files: Sequence[FixedFile]) -> str:
    """The repairs of `files` as one unified diff, `""` where there are none."""
    return "".join(part for file in files if file.result.changed for part in _diff(file))


def hunks(before: str, after: str) -> Iterator[str]:
    """The lines of the hunks alone, without line endings."""
    lines = difflib.unified_diff(_lines(before), _lines(after))
    for number, line in enumerate(lines):
        if number >= 2:  # the names of the files
            yield line.rstrip("\r\n")


def summary(run: FixRun, *, written: bool) -> str:
    """One line per finding, what became of it and why, then the totals."""
    return "\n".join([*repaired(run, written=written), *_left(run), _totals(run, written)])


def repaired(run: FixRun, *, written: bool) -> list[str]:
    """One line for each repair."""
    verb = "repaired" if written else "would be repaired"
    return [
        f"{finding.place}: {finding.code} {verb}: {finding.fix.message if finding.fix else ''}"
        for file in run.files
        for finding in file.result.applied
    ]


def given_up(run: FixRun) -> list[str]:
    """One line for each repair that was tried or offered and not made, with the reason."""
    return [
        f"{finding.place}: {finding.code} not repaired: {run.reasons[finding]}"
        for finding in run.remaining
        if finding in run.reasons
    ]


def _diff(file: FixedFile) -> Iterator[str]:
    before, after = (_lines(decode(content).text) for content in (file.before, file.result.content))
    for line in difflib.unified_diff(before, after, f"a/{file.path}", f"b/{file.path}"):
        yield line if line.endswith(("\n", "\r")) else f"{line}\n\\ No newline at end of file\n"


def _lines(text: str) -> list[str]:
    # Line endings stay as they are (newline=""), so that a change of them would be seen.
    return list(io.StringIO(text, newline=""))


def _left(run: FixRun) -> Iterator[str]:
    for finding in run.remaining:
        kind, reason = _why(finding, run)
        why = f"{kind}: {reason}" if reason else kind
        yield f"{finding.place}: {finding.code} left: {finding.message} ({why})"


def _why(finding: Finding, run: FixRun) -> tuple[str, str]:
    """Why a finding is left: in a few words that others share, and in particular."""
    fix = finding.fix
    if fix is None:
        return "heedlint knows no repair", ""
    if finding in run.reasons:
        return "not repaired", run.reasons[finding]
    if fix.applicability is Applicability.DISPLAY:
        return "by hand", fix.message
    if fix.applicability is Applicability.UNSAFE:
        return "unsafe, needs --unsafe-fixes", fix.message
    return "not repaired", fix.message


def _totals(run: FixRun, written: bool) -> str:
    verb = "repaired" if written else "can be repaired"
    count = sum(len(file.result.applied) for file in run.files)
    kinds = Counter(_why(finding, run)[0] for finding in run.remaining)
    why = "; ".join(f"{number} {kind}" for kind, number in kinds.most_common())
    return f"{count} {verb}, {len(run.remaining)} left" + (f" ({why})" if why else "")
