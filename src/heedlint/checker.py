"""The two functions behind every shell: check a source, repair a source."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from heedlint.errors import UnreadableSource
from heedlint.findings import (
    Applicability,
    Confidence,
    Edit,
    Finding,
    Fix,
    FixResult,
    Leftover,
    Position,
)
from heedlint.rules import enabled, load_rule, load_rules
from heedlint.settings import Settings
from heedlint.source.decode import decode
from heedlint.source.edits import cleared
from heedlint.source.lines import with_plain_ends
from heedlint.source.suppressions import Suppressions
from heedlint.source.syntax import ONE_THREAD_AT_A_TIME, TOO_DEEP, require_python
from heedlint.source.triage import is_candidate

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Iterator

    import libcst as cst

    from heedlint.analysis.facts import Facts
    from heedlint.fixes.plan import Change, Plan
    from heedlint.repair import Ask
    from heedlint.rules.model import Report, Rule
    from heedlint.source.positions import Positions

_UNUSED_SUPPRESSION = "HED901"


def check_source(
    source: bytes | str, path: str, settings: Settings, *, tree: ast.Module | None = None
) -> list[Finding]:
    """Checks one file's content; `path` names it in the findings and is not opened.

    `tree` is what Python's own parser has made of it, where the caller has that already.
    Returns the findings, sorted by place and code, `# noqa` applied unless the settings say
    otherwise. A file that cannot be decoded or parsed yields a HED900 finding. Threads take turns.
    Raises `ConfigurationError` for settings whose catalogues or profiles cannot be used.
    """
    try:
        with ONE_THREAD_AT_A_TIME, _no_collection():
            return _checked(source, path, settings, tree)
    except UnreadableSource as error:
        return _unreadable(error, path, settings)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Pauses the collector of cycles: it would search the trees in use, which are no garbage."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _checked(
    source: bytes | str, path: str, settings: Settings, tree: ast.Module | None
) -> list[Finding]:
    """As `check_source`, but raises `UnreadableSource`, and threads must take turns before."""
    if isinstance(source, bytes):
        content, text = source, decode(source).text
    else:
        text = source.removeprefix("\ufeff")
        content = text.encode("utf-8", "surrogatepass")

    def check_all(settings: Settings) -> list[Finding]:
        try:
            return _raw(text, content, path, settings, tree)
        except RecursionError:
            raise UnreadableSource(TOO_DEEP) from None

    findings = check_all(settings)
    suppressions = Suppressions(text)
    if settings.select or settings.extend_select:  # else no rule runs that is off by default
        findings += _unused(suppressions, path, settings, check_all)
    if settings.suppress and findings:
        findings = [f for f in findings if not suppressions.covers(f.code, f.start.line)]
    return sorted(findings, key=lambda finding: finding.sort_key)


def _raw(
    text: str, content: bytes, path: str, settings: Settings, tree: ast.Module | None
) -> list[Finding]:
    """What the rules say of a file, suppressed or not."""
    if not is_candidate(content, settings):
        if tree is None:
            require_python(text)
        return []
    part = _suspected_part(text, content, settings, tree)
    if part is None or (part != text and not _holds_finding(part, path, settings)):
        return []
    return _findings(text, path, settings)


def _unused(
    suppressions: Suppressions,
    path: str,
    settings: Settings,
    check_all: Callable[[Settings], list[Finding]],
) -> list[Finding]:
    """The suppressions that no rule needs, whether it runs today or not."""
    comments = list(suppressions.comments())
    if not comments:
        return []
    module = load_rule(_UNUSED_SUPPRESSION)
    if not enabled(settings, module.RULE):
        return []
    everything = replace(
        settings,
        select=("ALL",),
        extend_select=(),
        ignore=(),
        min_confidence=Confidence.POSSIBLE,
    )
    return list(module.unused(comments, check_all(everything), path))


def _suspected_part(
    text: str, content: bytes, settings: Settings, tree: ast.Module | None
) -> str | None:
    from heedlint.source.suspects import suspected_part  # noqa: PLC0415 - only for candidates

    return suspected_part(text, content, settings, tree)


def _holds_finding(part: str, path: str, settings: Settings) -> bool:
    try:
        return any(_reports(_facts(part, path, settings), settings))
    except UnreadableSource:
        return True  # told with the places of the whole file


def _unreadable(error: UnreadableSource, path: str, settings: Settings) -> list[Finding]:
    rule: Rule = load_rule("HED900").RULE
    if not enabled(settings, rule):
        return []
    place = Position(error.line, error.column)
    return [Finding(path, place, place, rule.code, rule.name, error.reason)]


def _findings(text: str, path: str, settings: Settings) -> list[Finding]:
    # Lines and columns stay as they are: whoever reads or writes code need know one line ending.
    facts = _facts(with_plain_ends(text), path, settings)
    return [
        _placed(report, rule, path, facts.positions) for rule, report in _reports(facts, settings)
    ]


def _facts(text: str, path: str, settings: Settings) -> Facts:
    from heedlint.analysis.facts import Facts  # noqa: PLC0415 - libcst only for suspects
    from heedlint.analysis.knowledge import load_knowledge  # noqa: PLC0415

    return Facts(text, path, load_knowledge(settings), settings.line_length)


def _reports(facts: Facts, settings: Settings) -> Iterator[tuple[Rule, Report]]:
    """What the rules in force report of a module, as far as it is sure enough."""
    for rule_module in load_rules():
        rule: Rule = rule_module.RULE
        if enabled(settings, rule):
            for report in rule_module.check(facts):
                if report.confidence >= settings.min_confidence:
                    yield rule, report


def _placed(report: Report, rule: Rule, path: str, positions: Positions) -> Finding:
    start, end = positions.span(report.node)
    plan = _plan(report)
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


def _plan(report: Report) -> Plan | None:
    """The repair of a finding, which is only shown where its place has not what it needs."""
    from heedlint.fixes.plan import CannotBeWritten, Plan  # noqa: PLC0415 - only for findings

    try:
        return report.plan() if report.plan is not None else None
    except CannotBeWritten as told:
        return Plan(Applicability.DISPLAY, f"{told}: import it first")


def _fix(plan: Plan, positions: Positions) -> Fix:
    # Stable: what the plan puts at one place stays in its order, imports before what uses them.
    edits = [_edit(change, positions) for change in plan.changes]
    gone = _starts(plan.gone, positions)
    leftovers = tuple(
        Leftover(
            _edit(left.removal, positions),
            _starts(left.uses, positions),
            _starts(left.reads, positions),
        )
        for left in plan.leftovers
    )
    own = cleared(gone, leftovers)
    edits = sorted([*edits, *own], key=lambda edit: (edit.start, edit.end))
    left = tuple(left for left in leftovers if left.edit not in own)
    return Fix(plan.applicability, plan.message, tuple(edits), gone if left else (), left)


def _starts(names: tuple[cst.Name, ...], positions: Positions) -> tuple[Position, ...]:
    return tuple(positions.span(name)[0] for name in names)


def _edit(change: Change, positions: Positions) -> Edit:
    from heedlint.fixes.plan import (  # noqa: PLC0415 - libcst only for findings
        Insertion,
        LineRemoval,
        Removal,
    )

    if isinstance(change, Insertion):
        place = positions.line_after(change.node) if change.after else positions.line(change.node)
        return Edit(place, place, positions.indented(change.code, change.node))
    if isinstance(change, LineRemoval):
        return Edit(*positions.own_lines(change.statement), positions.comment(change.statement))
    if isinstance(change, Removal):
        return Edit(*positions.removal(change.node, change.preceding, change.following), "")
    span = positions.outer_span if change.whole else positions.span
    return Edit(*span(change.node), change.code)


def fix_source(
    source: bytes, path: str, settings: Settings, *, unsafe: bool = False, ask: Ask | None = None
) -> FixResult:
    """Repairs what a check finds: the safe fixes, with `unsafe` those as well.

    `ask`, where given, decides about each repair that would hold. Returns the content in its own
    encoding with line endings and BOM kept; the same content where nothing could be repaired. What
    comes of a repair always parses, compiles if it did before, and has nothing left of the finding;
    other repairs are given up. Raises as `check_source` does.
    """
    from heedlint.repair import Repairs  # noqa: PLC0415 - no cost to those who only check

    findings = check_source(source, path, settings)

    def check(content: bytes) -> list[Finding]:
        with ONE_THREAD_AT_A_TIME, _no_collection():
            return _checked(content, path, settings, None)

    return Repairs(source, findings, check, unsafe=unsafe).make(ask)
