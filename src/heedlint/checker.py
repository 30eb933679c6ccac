"""The two functions behind every shell: check a source, repair a source."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from heedlint.errors import UnreadableSource
from heedlint.findings import Applicability, Edit, Finding, Fix, FixResult, Position
from heedlint.rules import enabled, load_rules
from heedlint.settings import Settings
from heedlint.source.decode import DecodedSource, decode, encode
from heedlint.source.lines import line_starts
from heedlint.source.suppressions import Suppressions
from heedlint.source.syntax import require_python
from heedlint.source.triage import is_candidate

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    import libcst as cst

    from heedlint.fixes.plan import Change, Plan
    from heedlint.rules.model import Report, Rule
    from heedlint.source.positions import Positions

_MOST_ROUNDS = 20

# Python 3.11 counts the depth of the trees that it builds for all threads together, and refuses a
# tree whose count another thread has moved (SystemError: "recursion depth mismatch").
_ONE_THREAD_AT_A_TIME = Lock()


def check_source(
    source: bytes | str, path: str, settings: Settings, *, tree: ast.Module | None = None
) -> list[Finding]:
    """Checks one file's content; `path` names it in the findings and is not opened.

    `tree` is what Python's own parser has made of it, where the caller has that already.
    Returns the findings, sorted by place and code, `# noqa` applied unless the settings say
    otherwise. A file that cannot be decoded or parsed yields a HED900 finding. Threads take turns.
    Raises `ConfigurationError` for settings whose catalogues or profiles cannot be used.
    """
    with _ONE_THREAD_AT_A_TIME:
        return _checked(source, path, settings, tree)


def _checked(
    source: bytes | str, path: str, settings: Settings, tree: ast.Module | None
) -> list[Finding]:
    try:
        if isinstance(source, bytes):
            content, text = source, decode(source).text
        else:
            text = source.removeprefix("\ufeff")
            content = text.encode("utf-8", "surrogatepass")
        if not is_candidate(content, settings):
            if tree is None:
                require_python(text)
            return []
        part = _suspected_part(text, content, settings, tree)
        if part is None or (part != text and not _holds_finding(part, path, settings)):
            return []
        findings = _findings(text, path, settings)
    except UnreadableSource as error:
        findings = _unreadable(error, path, settings)
        text = ""
    if settings.suppress and findings:
        suppressions = Suppressions(text)
        findings = [f for f in findings if not suppressions.covers(f.code, f.start.line)]
    return sorted(findings, key=lambda finding: finding.sort_key)


def _suspected_part(
    text: str, content: bytes, settings: Settings, tree: ast.Module | None
) -> str | None:
    from heedlint.source.suspects import suspected_part  # noqa: PLC0415 - only for candidates

    return suspected_part(text, content, settings, tree)


def _holds_finding(part: str, path: str, settings: Settings) -> bool:
    from heedlint.source.parse import parse  # noqa: PLC0415 - libcst only for suspects

    try:
        return any(_reports(parse(part), path, settings))
    except UnreadableSource:
        return True  # told with the places of the whole file


def _unreadable(error: UnreadableSource, path: str, settings: Settings) -> list[Finding]:
    from heedlint.rules import load_rule  # noqa: PLC0415 - only where a file is unreadable

    rule: Rule = load_rule("HED900").RULE
    if not enabled(settings, rule):
        return []
    place = Position(error.line, error.column)
    return [Finding(path, place, place, rule.code, rule.name, error.reason)]


def _findings(text: str, path: str, settings: Settings) -> list[Finding]:
    from heedlint.source.parse import parse  # noqa: PLC0415 - libcst only for suspects
    from heedlint.source.positions import Positions  # noqa: PLC0415

    module = parse(text)
    positions = Positions(module)
    return [
        _placed(report, rule, path, positions) for rule, report in _reports(module, path, settings)
    ]


def _reports(module: cst.Module, path: str, settings: Settings) -> Iterator[tuple[Rule, Report]]:
    """What the rules in force report of a module, as far as it is sure enough."""
    from heedlint.analysis.facts import Facts  # noqa: PLC0415 - libcst only for suspects
    from heedlint.analysis.knowledge import load_knowledge  # noqa: PLC0415

    facts = Facts(module, path, load_knowledge(settings))
    for rule_module in load_rules():
        rule: Rule = rule_module.RULE
        if enabled(settings, rule):
            for report in rule_module.check(facts):
                if report.confidence >= settings.min_confidence:
                    yield rule, report


def _placed(report: Report, rule: Rule, path: str, positions: Positions) -> Finding:
    start, end = positions.span(report.node)
    plan = report.plan() if report.plan is not None else None
    return Finding(
        path=path,
        start=start,
        end=end,
        code=rule.code,
        name=rule.name,
        message=report.message,
        confidence=report.confidence,
        catalogues=tuple(sorted({catalogue.name for catalogue in report.catalogues})),
        errors=tuple(dict.fromkeys(error.identifier for error in report.errors)),
        evidence=tuple(
            f"{step.text} (line {positions.span(step.node)[0].line})" for step in report.evidence
        ),
        fix=_fix(plan, positions) if plan is not None else None,
    )


def _fix(plan: Plan, positions: Positions) -> Fix:
    edits = sorted(_edit(change, positions) for change in plan.changes)
    return Fix(plan.applicability, plan.message, tuple(edits))


def _edit(change: Change, positions: Positions) -> Edit:
    from heedlint.fixes.plan import Insertion, Removal  # noqa: PLC0415 - libcst only for findings

    if isinstance(change, Insertion):
        place = positions.line_after(change.node) if change.after else positions.line(change.node)
        return Edit(place, place, positions.indented(change.code, change.node))
    if isinstance(change, Removal):
        return Edit(*positions.removal(change.node, change.preceding, change.following), "")
    span = positions.outer_span if change.whole else positions.span
    return Edit(*span(change.node), change.code)


def fix_source(source: bytes, path: str, settings: Settings, *, unsafe: bool = False) -> FixResult:
    """Repairs what a check finds: the safe fixes, with `unsafe` those as well.

    Returns the content in its own encoding with line endings and BOM kept; the same content where
    nothing could be repaired. What is written always parses. Raises as `check_source` does.
    """
    findings = check_source(source, path, settings)
    applied: list[Finding] = []
    for _ in range(_MOST_ROUNDS):
        chosen = _compatible(findings, unsafe)
        if not chosen:
            break
        decoded = decode(source)
        if encode(decoded, decoded.text) != source:
            break  # an encoding that does not come back as it was: better left alone
        content = encode(decoded, _edited(decoded, chosen))
        after = check_source(content, path, settings)
        if content == source or any(finding.code == "HED900" for finding in after):
            break
        source, findings = content, after
        applied += chosen
    return FixResult(source, tuple(applied), tuple(findings))


def _compatible(findings: list[Finding], unsafe: bool) -> list[Finding]:
    """The findings to repair in one round: no two edits may touch; the rest waits for the next."""
    allowed = {Applicability.SAFE, *((Applicability.UNSAFE,) if unsafe else ())}
    taken: list[Edit] = []
    chosen = []
    for finding in findings:
        if finding.fix is None or finding.fix.applicability not in allowed or not finding.fix.edits:
            continue
        clash = any(
            edit.start < other.end and other.start < edit.end
            for edit in finding.fix.edits
            for other in taken
        )
        if not clash:
            taken += finding.fix.edits
            chosen.append(finding)
    return chosen


def _edited(decoded: DecodedSource, findings: list[Finding]) -> str:
    text = decoded.text
    starts = line_starts(text)
    newline = "\r\n" if "\r\n" in text else "\n"
    edits = sorted((e for f in findings if f.fix for e in f.fix.edits), reverse=True)
    for edit in edits:
        begin = starts[edit.start.line - 1] + edit.start.column - 1
        end = starts[edit.end.line - 1] + edit.end.column - 1
        content = edit.content.replace("\r\n", "\n").replace("\n", newline)
        text = text[:begin] + content + text[end:]
    return text
