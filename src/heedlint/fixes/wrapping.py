"""Lays out a condition in which a test has become too long for its line, as black does."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from heedlint.analysis.facts import Facts
from heedlint.fixes.plan import Replacement


@dataclass(frozen=True)
class Written:
    """A comparison as it is to be written: `left` is compared, by `operator`, with `right`."""

    left: str
    operator: str
    right: str
    in_parentheses: bool = False

    @property
    def line(self) -> str:
        """All of it on one line."""
        line = f"{self.left} {self.operator} {self.right}"
        return f"({line})" if self.in_parentheses else line

    def in_lines(self, margin: str, step: str, width: int, before: str = "") -> str:
        """On lines that begin with `margin`, the first one behind `before`, within parentheses."""
        room = width - len(margin)
        if len(before) + len(self.line) <= room or self.in_parentheses:
            return self.line
        left = self.left
        if len(before) + len(left) > room and left.endswith(")"):
            name, _, arguments = left[:-1].partition("(")
            left = f"{name}(\n{margin}{step}{arguments}\n{margin})"
        right = f"{self.operator} {self.right}"
        if len(right) > room:
            right = f"{self.operator} {_spread(self.right, margin, step)}"
        return f"{left}\n{margin}{right}"


def _spread(group: str, margin: str, step: str) -> str:
    """A set with one element a line."""
    items = "".join(f"{margin}{step}{item},\n" for item in group[1:-1].split(", "))
    return f"{group[0]}\n{items}{margin}{group[-1]}"


def replacement(node: cst.BaseExpression, written: Written, facts: Facts) -> Replacement:
    """Puts a comparison in the place of `node`, and what is around it on more lines if it must."""
    plain = Replacement(node, written.line)
    layout = _Layout(node, written, facts)
    if layout.fits(written.line):
        return plain
    top = _whole_condition(node, facts)
    if top is None:
        return plain
    return layout.on_its_own_line() if layout.is_on_its_own_line else layout.around(top) or plain


def _whole_condition(node: cst.BaseExpression, facts: Facts) -> cst.BaseExpression | None:
    """The expression that a statement tests, returns or assigns, and that `node` is a part of."""
    parent = facts.tree.parent(node)
    while isinstance(parent, (cst.BooleanOperation, cst.UnaryOperation)):
        node, parent = parent, facts.tree.parent(parent)
    match parent:
        case cst.If(test=top) | cst.While(test=top) | cst.Assert(test=top, msg=None):
            return top if top is node else None
        case cst.Return() | cst.Assign():
            return node
    return None


class _Layout:
    """The lines around a node that is replaced."""

    def __init__(self, node: cst.BaseExpression, written: Written, facts: Facts) -> None:
        self._node = node
        self._written = written
        self._facts = facts
        self._positions = facts.positions
        self._text = self._positions.source
        self._begin, self._end = self._positions.offsets(node)
        line = self._text.rfind("\n", 0, self._begin) + 1
        self._before = self._text[line : self._begin]
        rest = self._text.find("\n", self._end)
        self._after = self._text[self._end : rest if rest >= 0 else len(self._text)]
        self._margin = self._before[: len(self._before) - len(self._before.lstrip())]
        self._step = facts.tree.module.default_indent

    def fits(self, code: str) -> bool:
        """Whether the line with the new code is no longer than it may be, or than it was."""
        around = len(self._before) + len(self._after.partition("#")[0].rstrip())
        was, length = around + self._end - self._begin, around + len(code)
        return length <= max(self._facts.width, was) or self._has_lines(self._begin, self._end)

    def _has_lines(self, begin: int, end: int) -> bool:
        return "\n" in self._text[begin:end]

    @property
    def is_on_its_own_line(self) -> bool:
        """Whether the node is an operand that has a line for itself within parentheses."""
        first = self._before.strip() in ("", "and", "or")
        return first and self._after.partition("#")[0].strip() in ("", ")", "):")

    def on_its_own_line(self) -> Replacement:
        """The comparison on the lines of the operand."""
        before = self._before[len(self._margin) :]
        code = self._written.in_lines(self._margin, self._step, self._facts.width, before)
        return Replacement(self._node, code)

    def around(self, top: cst.BaseExpression) -> Replacement | None:
        """The whole condition in parentheses, an operand a line; None where it has lines already.

        A set that is all there is to compare with has its elements on lines of their own instead.
        """
        begin, end = self._positions.outer_offsets(top)
        if self._has_lines(begin, end):
            return None
        hugged = f"{self._written.left} {self._written.operator} {{"
        fits = len(self._before) + len(hugged) <= self._facts.width
        if fits and top is self._node and self._written.right.startswith("{"):
            spread = _spread(self._written.right, self._margin, self._step)
            return Replacement(top, f"{hugged[:-1]}{spread}")
        return Replacement(top, self._in_parentheses(top, self._margin), whole=True)

    def _in_parentheses(self, chain: cst.BaseExpression, margin: str) -> str:
        inner = margin + self._step
        lines = "".join(
            f"{inner}{before}{self._operand(operand, inner, before)}\n"
            for before, operand in _operands(chain)
        )
        return f"(\n{lines}{margin})"

    def _operand(self, operand: cst.BaseExpression, margin: str, before: str) -> str:
        if operand is self._node:
            return self._written.in_lines(margin, self._step, self._facts.width, before)
        begin, end = self._positions.outer_offsets(operand)
        if not begin <= self._begin < end:
            return self._text[begin:end]
        code = self._text[begin : self._begin] + self._written.line + self._text[self._end : end]
        fits = len(margin) + len(before) + len(code) <= self._facts.width
        if fits or not (isinstance(operand, cst.BooleanOperation) and operand.lpar):
            return code
        return self._in_parentheses(operand, margin)


def _operands(top: cst.BaseExpression) -> list[tuple[str, cst.BaseExpression]]:
    """The operands of a chain, each with the operator before it."""
    if not isinstance(top, cst.BooleanOperation):
        return [("", top)]
    kind = type(top.operator)
    word = "or " if kind is cst.Or else "and "
    found: list[cst.BaseExpression] = [top.right]
    left = top.left
    while isinstance(left, cst.BooleanOperation) and type(left.operator) is kind and not left.lpar:
        found.append(left.right)
        left = left.left
    found.append(left)
    return [("" if n == 0 else word, operand) for n, operand in enumerate(reversed(found))]
