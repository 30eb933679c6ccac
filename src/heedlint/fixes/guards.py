"""Lays out the `if` that a repair puts before what a program does with every error."""

from __future__ import annotations

from collections.abc import Sequence

from heedlint.fixes.layout import STEP, folded


def guard(reasons: Sequence[str], lines: Sequence[str], width: int) -> str:
    """An `if` for conditions of which each is enough, `lines` in it, no line longer than `width`.

    Indented by fours from the left margin, as an insertion wants it.
    """
    body = "".join(f"{STEP}{part}\n" for line in lines for part in line.split("\n"))
    return f"if {_test(reasons, width)}:\n{body}"


def _test(reasons: Sequence[str], width: int) -> str:
    line = " or ".join(f"({r})" if " and " in r and len(reasons) > 1 else r for r in reasons)
    test = folded(line, width - len("if :"), "", width) if len(reasons) == 1 else line
    if _fits(f"if {test}:", width):
        return test
    if len(reasons) == 1:
        return f"(\n{_joined(line.split(' and '), 'and ', STEP, width)})"
    parts = []
    for reason in reasons:
        both = reason.split(" and ")
        if len(both) > 1 and len(STEP) + len(f"or ({reason})") <= width:
            parts.append(f"({reason})")
        elif len(both) > 1:
            parts.append(f"(\n{_joined(both, 'and ', STEP * 2, width)}{STEP})")
        else:
            parts.append(reason)
    return f"(\n{_joined(parts, 'or ', STEP, width)})"


def _joined(parts: Sequence[str], operator: str, indent: str, width: int) -> str:
    """Conditions on a line each, the longest sets among them spread further."""
    lines = []
    for mark, part in zip(("", *[operator] * (len(parts) - 1)), parts, strict=True):
        room = width - len(indent) - len(mark)
        lines.append(f"{indent}{mark}{folded(part, room, indent, width)}\n")
    return "".join(lines)


def _fits(code: str, width: int) -> bool:
    return max(map(len, code.split("\n"))) <= width
