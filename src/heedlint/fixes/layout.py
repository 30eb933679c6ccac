"""How the conditions that repairs write are laid out in lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 88
STEP = "    "
# The sets and tuples that may be spread over lines; no call's arguments.
_GROUP = re.compile(r"(\{|(?<!\w)\()([^{}()]*,[^{}()]*)([)}])")
_OPENED, _CLOSED = re.compile(r"([{(\[]) "), re.compile(r" ([)}\]])")
_LAST_COMMA = re.compile(r"(,[^(){}\[\]]+),([)}\]])")  # of several items: a tuple of one keeps its
# Two conditions that must both hold, with what stands before them.
_BOTH = re.compile(r"^((?:lambda \w+: )?(?:not )?)\((\S.*) and (.*)\)$")
_BOTH_BARE = re.compile(r"^()([^( ].*) and (.*)$")


@dataclass(frozen=True)
class Chain:
    """Conditions joined by an `operator` (`and`, `or`, `&`), where `head` is a lambda's head."""

    parts: Sequence[str]
    operator: str = "and"
    head: str = ""

    @property
    def line(self) -> str:
        """All of it on one line."""
        return self.head + f" {self.operator} ".join(self.parts)

    def laid_out(self, room: int, indent: str) -> str:
        """As it stands where its first line has `room`, and the others begin with `indent`."""
        if len(self.line) <= room:
            return self.line
        if len(self.parts) == 1:
            return folded(self.line, room, indent)
        if not self.head:
            first, *rest = self.parts
            lines = [f"{indent}{self.operator} {_called(part, indent)}" for part in rest]
            return "\n".join([first, *lines])
        inner = indent + STEP
        marks = ["", *[f"{self.operator} "] * (len(self.parts) - 1)]
        lines = [
            f"{inner}{mark}{folded(part, WIDTH - len(inner) - len(mark), inner)}\n"
            for mark, part in zip(marks, self.parts, strict=True)
        ]
        return f"{self.head}(\n{''.join(lines)}{indent})"


def _called(call: str, indent: str) -> str:
    """`name(argument)` with the argument on lines of its own, where it is too long."""
    if len(indent) + len("& ") + len(call) <= WIDTH:
        return call
    name, _, argument = call.removesuffix(")").partition("(")
    inner = indent + STEP
    return f"{name}(\n{inner}{folded(argument, WIDTH - len(inner), inner)}\n{indent})"


def folded(source: str, room: int, indent: str, width: int = WIDTH) -> str:
    """`source` with its longest set or tuple spread over lines, if it is too long for one.

    `room` is what the line has for it, `indent` what its other lines are indented by, `width` how
    long those may be.
    """
    groups = sorted(_GROUP.finditer(source), key=lambda group: -len(group[0]))
    if len(source) <= room or "\n" in source:
        return source
    if not groups:
        inner = indent + STEP
        both = _BOTH.match(source) or _BOTH_BARE.match(source)
        if both is None or " or " in source or "not (" in both[2]:
            return source
        return f"{both[1]}(\n{inner}{both[2]}\n{inner}and {both[3]}\n{indent})"
    longest = groups[0]
    items = [item.strip() for item in longest[2].split(",") if item.strip()]
    short = all(item.isdigit() for item in items)
    lines = _filled(items, width - len(indent) - len(STEP)) if short else [f"{i}," for i in items]
    body = "".join(f"{indent}{STEP}{line}\n" for line in lines)
    opened = source[: longest.start()] + longest[1]
    return f"{opened}\n{body}{indent}{longest[3]}{source[longest.end() :]}"


def flat(source: str) -> str:
    """An expression on one line, where no comment and no string forbids it."""
    if "\n" not in source or "#" in source or '"""' in source or "'''" in source:
        return source
    line = " ".join(part.strip() for part in source.split("\n"))
    line = _OPENED.sub(r"\1", _CLOSED.sub(r"\1", line))
    return _LAST_COMMA.sub(r"\1\2", line)


def _filled(items: list[str], width: int) -> list[str]:
    """Short items in lines as full as they may be."""
    lines = [""]
    for item in items:
        added = f"{lines[-1]} {item}," if lines[-1] else f"{item},"
        if len(added) > width:
            lines.append(f"{item},")
        else:
            lines[-1] = added
    return [*lines[:-1], lines[-1].removesuffix(",")]


def one_or_tuple(names: Sequence[str]) -> str:
    """The source of a class, or of a tuple of several."""
    return names[0] if len(names) == 1 else f"({', '.join(names)})"
