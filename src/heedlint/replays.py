"""What a file's retries do with each documented error: the rows of `heedlint replay`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from heedlint.findings import Position
from heedlint.settings import Settings
from heedlint.source.decode import decode
from heedlint.source.syntax import require_python
from heedlint.source.triage import is_candidate

if TYPE_CHECKING:
    import libcst as cst

    from heedlint.analysis.facts import Facts
    from heedlint.analysis.retries import Bounds, Replayed, RetryConstruct
    from heedlint.source.positions import Positions

_LONGEST = 48  # characters of code that a cell shows


@dataclass(frozen=True)
class ErrorReplay:
    """What one construct does with one documented error.

    `caught_by` and `decided_by` are the code that takes the error and that decides, the latter
    each with its line ("17: e.code in RETRIED"); `outcome` is "retried", "raised", "returned" or
    "unknown"; `delay` what the wait depends on, `attempts` the calls in all ("5", "1", "no end",
    "bounded", "unknown"); `verdict` says whether that is what the contract asks for.
    """

    catalogue: str
    error: str
    status: int
    caught_by: str
    decided_by: tuple[str, ...]
    outcome: str
    delay: str
    attempts: str
    verdict: str


@dataclass(frozen=True)
class ConstructReplay:
    """One retry construct: its place (see `Position`), its kind, and a row for each error."""

    path: str
    start: Position
    end: Position
    kind: str
    code: str
    errors: tuple[ErrorReplay, ...]


def replay_source(
    source: bytes, path: str, settings: Settings, *, line: int | None = None
) -> list[ConstructReplay]:
    """Replays every documented error through the retry constructs of one file, in source order.

    `path` names the file and is not opened; `line` (from 1) keeps the constructs that it is in.
    Raises `UnreadableSource` for what is no Python, `ConfigurationError` as `check_source` does.
    """
    text = decode(source).text
    if not is_candidate(source, settings):
        require_python(text)
        return []
    from heedlint.analysis.facts import Facts  # noqa: PLC0415 - libcst only for candidates
    from heedlint.analysis.knowledge import load_knowledge  # noqa: PLC0415

    facts = Facts(text, path, load_knowledge(settings))
    found = [_construct(construct, facts, facts.positions, path) for construct in facts.constructs]
    kept = [c for c in found if line is None or c.start.line <= line <= c.end.line]
    return sorted(kept, key=lambda construct: (construct.start, construct.end))


def _construct(
    construct: RetryConstruct, facts: Facts, positions: Positions, path: str
) -> ConstructReplay:
    start, end = positions.span(construct.node)
    errors = tuple(
        dict.fromkeys(
            _row(entry, construct.bounds, facts, positions) for entry in construct.replayed
        )
    )
    first = facts.tree.code(construct.node).strip().splitlines()[0]
    return ConstructReplay(path, start, end, construct.kind, first, errors)


def _row(entry: Replayed, bounds: Bounds, facts: Facts, positions: Positions) -> ErrorReplay:
    def shown(node: cst.CSTNode | None, *, with_line: bool = False) -> str:
        if node is None:
            return ""
        code = " ".join(facts.tree.code(node).strip().splitlines()[0].split())
        code = code if len(code) <= _LONGEST else code[: _LONGEST - 1] + "…"
        return f"{positions.span(node)[0].line}: {code}" if with_line else code

    error = entry.fault.error
    outcomes = {"retried": "retried", "raised": "raised", "left": "returned"}
    outcome = outcomes[entry.outcome.value] if entry.outcome else "unknown"
    decided = [shown(d.element or d.node, with_line=True) for d in entry.decisions]
    return ErrorReplay(
        catalogue=entry.fault.catalogue.name,
        error=error.identifier,
        status=error.status,
        caught_by=shown(entry.caught_by),
        decided_by=tuple(dict.fromkeys(decided)),
        outcome=outcome,
        delay=_delay(entry),
        attempts=_attempts(outcome, bounds),
        verdict=_verdict(entry),
    )


def _delay(entry: Replayed) -> str:
    from heedlint.analysis.retries import Delay, most_heedful  # noqa: PLC0415 - after libcst

    if not entry.attempts:
        return "" if entry.outcome else "unknown"
    words = {
        Delay.NONE: "none",
        Delay.FIXED: "fixed",
        Delay.OWN: "its own",
        Delay.GROWING: "exponential",
        Delay.RETRY_AFTER: "Retry-After",
        Delay.SWITCHED_OFF: "Retry-After switched off",
        Delay.UNKNOWN: "unknown",
    }
    return words[most_heedful([attempt.delay for attempt in entry.attempts])]


def _attempts(outcome: str, bounds: Bounds) -> str:
    if outcome in ("raised", "returned"):
        return "1"
    if bounds.bounded is False and outcome == "retried":
        return "no end"
    if bounds.calls is not None:
        return str(bounds.calls) if outcome == "retried" else f"1 to {bounds.calls}"
    return "bounded" if bounds.bounded else "unknown"


def _verdict(entry: Replayed) -> str:
    """Whether the contract asks for what happens."""
    from heedlint.analysis.retries import IGNORING, Delay  # noqa: PLC0415 - after libcst
    from heedlint.contracts.model import Retry  # noqa: PLC0415

    error = entry.fault.error
    if entry.outcome is None:
        return "unknown"
    if not entry.attempts:
        return "right"
    delays = {attempt.delay for attempt in entry.attempts}
    if all(attempt.mended for attempt in entry.attempts):
        return "right if the cause is gone"
    if error.retry is Retry.NEVER:
        return "never retryable"
    if entry.attempts[0].is_told_to_wait:
        if delays & {*IGNORING, Delay.SWITCHED_OFF}:
            return "ignores Retry-After"
        if Delay.UNKNOWN in delays:
            return "unknown"
    return "right"
