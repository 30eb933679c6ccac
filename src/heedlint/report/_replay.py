"""How `heedlint replay` shows what it found: tables for people, JSON for programs."""

from __future__ import annotations

import io
import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from heedlint.replays import ConstructReplay, ErrorReplay

FORMATS = ("table", "json")
_WIDEST = 160  # columns where the output is no terminal
_STYLES = {"right": "green", "unknown": "yellow"}


def render(replays: Sequence[ConstructReplay], output_format: str) -> str:
    """The replays in one of `FORMATS`."""
    if output_format == "json":
        return json.dumps([_as_object(r) for r in replays], indent=2, ensure_ascii=False)
    stream = io.StringIO()
    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if terminal else _WIDEST
    console = Console(file=stream, force_terminal=terminal, width=width, highlight=False)
    for replay in replays:
        console.print(Text(f"{replay.path}:{replay.start.line}: {replay.kind}  {replay.code}"))
        console.print(_table(replay.errors))
        console.print()
    return stream.getvalue().rstrip("\n")


def _table(errors: Sequence[ErrorReplay]) -> Table:
    table = Table(show_edge=False, pad_edge=False)
    for heading in ("error", "caught by", "decided by", "outcome", "delay", "tries", "verdict"):
        table.add_column(heading, overflow="fold")
    for row in errors:
        label = row.error if row.error == str(row.status) else f"{row.error} ({row.status})"
        table.add_row(
            Text(f"{row.catalogue}: {label}"),
            Text(row.caught_by),
            Text("\n".join(row.decided_by)),
            row.outcome,
            row.delay,
            row.attempts,
            Text(row.verdict, style=_STYLES.get(row.verdict, "red")),
        )
    return table


def _as_object(replay: ConstructReplay) -> dict[str, object]:
    """One construct, ready for JSON; lines and columns from 1, in characters."""
    return {
        "path": replay.path,
        "line": replay.start.line,
        "column": replay.start.column,
        "end_line": replay.end.line,
        "end_column": replay.end.column,
        "kind": replay.kind,
        "code": replay.code,
        "errors": [asdict(error) for error in replay.errors],
    }
