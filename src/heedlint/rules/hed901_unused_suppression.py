"""A `# noqa` names a rule of heedlint's that has nothing to say there.

## What it does

Reports a `# noqa: HED101` on a line where HED101 would not be reported: because the code was
mended, or because the comment never stood where the finding does. The named rule is asked whether
it is switched on or not, and at every confidence, so that a comment is not called unused only
because the settings are stricter today. A bare `# noqa` belongs to other tools, too, and is left
alone, and so are the codes of other tools beside heedlint's.

## Why it matters

The comment says that an API's contract is broken here on purpose. Where that is no longer so it
misleads its readers, and the next mistake on the line goes unseen.

## Example

```python
except openai.APIStatusError as e:
    if e.code == "insufficient_quota":  # noqa: HED103
        raise
```

## Use instead

```python
except openai.APIStatusError as e:
    if e.code == "insufficient_quota":
        raise
```

## Fix

Safe: the code is taken out of the comment, or the comment removed where it names no other. What the
comment says besides stays.

## References

- flake8, "Selecting and ignoring violations": `# noqa` and its codes
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from heedlint.analysis.facts import Facts
from heedlint.findings import Applicability, Edit, Finding, Fix, Position
from heedlint.rules.model import Report, Rule
from heedlint.source.suppressions import NoqaComment

RULE = Rule("HED901", "unused-suppression", False, "a `# noqa: HED...` suppresses nothing")
_CODE = re.compile(r"[A-Za-z]+[0-9]+")
_OURS = re.compile(r"HED[0-9]+", re.IGNORECASE)
_BETWEEN = " \t-:,;."


def check(_facts: Facts) -> Iterator[Report]:
    """Yields nothing: what a comment suppresses is known when all other rules are done."""
    yield from ()


def unused(
    comments: Iterable[NoqaComment], findings: Iterable[Finding], path: str
) -> Iterator[Finding]:
    """Yields a finding for each of the comments that names a rule which reports nothing there.

    `findings` are those of all rules, suppressed or not.
    """
    reported = [(finding.code, finding.start.line) for finding in findings]
    for comment in comments:
        here = [code for code, line in reported if comment.first <= line <= comment.last]
        codes = list(_CODE.finditer(comment.line, *comment.codes))
        kept = [code for code in codes if not _is_unused(code[0], here)]
        if len(kept) < len(codes):
            yield _finding(comment, codes, kept, path)


def _is_unused(code: str, reported: list[str]) -> bool:
    """Whether a code, or the beginning of one, stands for a rule of ours that is silent here."""
    if not _OURS.fullmatch(code) or RULE.code.startswith(code.upper()):
        return False
    return not any(other.startswith(code.upper()) for other in reported)


def _finding(
    comment: NoqaComment, codes: list[re.Match[str]], kept: list[re.Match[str]], path: str
) -> Finding:
    gone = ", ".join(code[0] for code in codes if code not in kept)
    edit = _shortened(comment, codes, kept) if kept else _removed(comment)
    return Finding(
        path=path,
        start=Position(comment.number, comment.column + 1),
        end=Position(comment.number, codes[-1].end() + 1),
        code=RULE.code,
        name=RULE.name,
        message=f"`# noqa: {gone}` suppresses nothing here",
        fix=Fix(Applicability.SAFE, f"remove {gone} from the comment", (edit,)),
    )


def _shortened(comment: NoqaComment, codes: list[re.Match[str]], kept: list[re.Match[str]]) -> Edit:
    """The list of codes with those that are kept, each with what parted it from the one before."""
    parts: list[str] = []
    for before, code in zip([None, *codes], codes, strict=False):
        if code in kept:
            gap = comment.line[before.end() : code.start()] if before and parts else ""
            parts.append(gap + code[0])
    return _edit(comment, codes[0].start(), codes[-1].end(), "".join(parts))


def _removed(comment: NoqaComment) -> Edit:
    """Takes the comment away, but not what else is said behind it."""
    before = comment.line[: comment.column]
    said = comment.line[comment.codes[1] :].lstrip(_BETWEEN)
    if said:
        end = len(comment.line) - len(said)
        return _edit(comment, comment.column, end, "" if said.startswith("#") else "# ")
    if not before.strip():
        return Edit(Position(comment.number, 1), Position(comment.number + 1, 1), "")
    return _edit(comment, len(before.rstrip()), len(comment.line), "")


def _edit(comment: NoqaComment, start: int, end: int, content: str) -> Edit:
    return Edit(Position(comment.number, start + 1), Position(comment.number, end + 1), content)
