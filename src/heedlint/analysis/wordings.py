"""Branches that do nothing but say something of an error, or put its text into other words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import libcst as cst

from heedlint.analysis.names import dotted
from heedlint.analysis.roles import Roles
from heedlint.analysis.saying import holds_advice, only_says
from heedlint.analysis.tree import walk
from heedlint.clients.model import Role

_WORD = re.compile(r"[A-Za-z]{2,}")
# Fewer are a name, which somebody may compare: "rate limit".
_FEWEST_WORDS = 3
# What stands between a choice of words and the call that says them.
_MAKING_TEXT = (
    cst.Arg, cst.BinaryOperation, cst.FormattedString, cst.FormattedStringExpression,
)  # fmt: skip
_JOINING = (cst.BooleanOperation, cst.UnaryOperation, cst.GeneratorExp, cst.ListComp, cst.Arg)


class Wordings:
    """Tells what is said of an error from what is done about it."""

    def __init__(self, roles: Roles) -> None:
        self.roles = roles
        self.tree = roles.tree
        self.names = roles.names

    def are_all(self, test: cst.CSTNode, text: cst.BaseExpression) -> bool:
        """Whether nothing hangs on a test of `text` but words: what is logged, how it is put.

        Put otherwise is a text whose name, or a name that holds a text of the error as well, is
        given another: a prefix cut, a key masked. What else is assigned is not used outside. Words,
        too, are sentences for people that are returned whatever the test says.
        """
        condition = test
        outer = self.tree.parent(condition)
        while outer is not None and (isinstance(outer, _JOINING) or _asks_several(outer)):
            condition, outer = outer, self.tree.parent(outer)
        match outer:
            case cst.If():
                names = {node.value for node in walk(text) if isinstance(node, cst.Name)}
                found = [self._is_of_words(line, names, outer) for line in _lines(outer)]
                return (False not in found and True in found) or self._comes_to_words(outer)
            case cst.IfExp(test=tested, body=body, orelse=orelse) if tested is condition:
                return (self._says(body) and self._says(orelse)) or self._is_logged(outer)
        return False

    def _is_logged(self, choice: cst.IfExp) -> bool:
        """Whether what is chosen is only logged or printed, alone or as a part of a text."""
        for outer in self.tree.ancestors(choice):
            if isinstance(outer, cst.Call):
                return only_says(outer)
            if not isinstance(outer, _MAKING_TEXT):
                break
        return False

    # What comes out

    def _comes_to_words(self, branch: cst.If) -> bool:
        """Whether every way on ends with a sentence that is returned, or in the same statement."""
        head: cst.CSTNode = branch
        while isinstance(outer := self.tree.parent(head), cst.If) and outer.orelse is head:
            head = outer
        block = self.tree.parent(head)
        lines = block.body if isinstance(block, (cst.IndentedBlock, cst.Module)) else ()
        after = list(lines)[next((i for i, line in enumerate(lines) if line is head), -1) + 1 :]
        ways = _ways_out([branch, *after])
        if ways is None or None in ways:
            return False
        ends = {self.tree.code(way) for way in ways if way is not None}
        if len(ends) == 1 and not any(isinstance(node, cst.Assign) for node in walk(branch)):
            return True
        return all(isinstance(way, cst.Return) and self._says(way.value) for way in ways)

    def _says(self, node: cst.BaseExpression | None) -> bool:
        """Whether an expression is a sentence for people, or the text of the error."""
        match node:
            case cst.SimpleString() | cst.ConcatenatedString() | cst.FormattedString():
                return len(_WORD.findall(self.tree.code(node))) >= _FEWEST_WORDS
            case cst.BinaryOperation(left=left, right=right):
                return self._says(left) or self._says(right)
            case cst.Name():
                values = [binding.value for binding in self.names.bindings(node)]
                if values and all(value is not node and self._says(value) for value in values):
                    return True
        return node is not None and self._is_text(node)

    # What is done

    def _is_of_words(
        self, line: cst.BaseStatement | cst.BaseSmallStatement, names: set[str], block: cst.If
    ) -> bool | None:
        """Whether a line is of words alone; None for one that says nothing, False for a deed."""
        match line:
            case cst.SimpleStatementLine(body=[cst.Expr(value=cst.Call() as call)]):
                return only_says(call) or self._adds_advice(call)
            case cst.SimpleStatementLine(body=[cst.Pass()]):
                return None
            case cst.SimpleStatementLine(
                body=[
                    cst.Assign(targets=[cst.AssignTarget(target=cst.Name() as name)], value=value)
                ]
            ):
                if name.value in names or (self._is_text(value) and self._holds_text(name)):
                    return self._is_text(value)
            case cst.SimpleStatementLine(
                body=[cst.AugAssign(target=cst.Name() as name, operator=cst.AddAssign())]
            ):
                if name.value not in names and self._is_text(name):
                    return True
            case cst.SimpleStatementLine(body=[cst.AnnAssign(target=cst.Name() as name)]):
                pass
            case _:
                return False
        own = name.value in names
        return None if own or not self._is_used_outside(name, block) else False

    def _adds_advice(self, call: cst.Call) -> bool:
        """Whether a sentence is put into a list of advice: `hints.append("Try again later.")`."""
        match call:
            case cst.Call(
                func=cst.Attribute(value=owner, attr=cst.Name(value="append")),
                args=[cst.Arg(value=said)],
            ):
                return holds_advice(dotted(owner)) and self._says(said)
        return False

    def _is_text(self, node: cst.BaseExpression) -> bool:
        value = self.roles.of(node)
        return value is not None and value.role is Role.MESSAGE

    def _holds_text(self, name: cst.Name) -> bool:
        """Whether a name is given a text of an error elsewhere as well."""
        given = [b.value for b in self.names.bindings(name) if b.value is not None]
        return len(given) > 1 and all(map(self._is_text, given))

    def _is_used_outside(self, name: cst.Name, block: cst.If) -> bool:
        """Whether the function around a block uses a name elsewhere, too."""
        around = self.tree.enclosing(block, cst.FunctionDef) or self.tree.module
        inside = set(walk(block))
        return any(
            node.value == name.value and node not in inside
            for node in walk(around)
            if isinstance(node, cst.Name)
        )


def _asks_several(node: cst.CSTNode) -> bool:
    """Whether a call asks whether any, or all, of some conditions hold."""
    return isinstance(node, cst.Call) and dotted(node.func) in ("any", "all")


def _ways_out(lines: Iterable[cst.CSTNode]) -> list[cst.Return | cst.Raise | None] | None:
    """How statements are left that do nothing before; None for going on behind them.

    None in all where they do something.
    """
    found: list[cst.Return | cst.Raise | None] = []
    for line in lines:
        match line:
            case cst.If(body=body, orelse=orelse):
                other: Iterable[cst.CSTNode] = [orelse] if orelse is not None else []
                other = orelse.body.body if isinstance(orelse, cst.Else) else other
                for branch in (body.body, other):
                    ways = _ways_out(branch)
                    if ways is None:
                        return None
                    found += ways
                if None not in found:
                    return found
                found = [way for way in found if way is not None]
            case cst.SimpleStatementLine(body=[*parts]):
                for part in parts:
                    if isinstance(part, (cst.Return, cst.Raise)):
                        return [*found, part]
                    if not _only_prepares(part):
                        return None
            case _:
                return None
    return [*found, None]


def _only_prepares(part: cst.BaseSmallStatement) -> bool:
    """Whether a statement only says something, or gives a name of its function a value."""
    match part:
        case cst.Expr(value=cst.Call() as call):
            return only_says(call)
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name())]):
            return True
    return isinstance(part, cst.Pass)


def _lines(block: cst.If | cst.Else) -> Iterator[cst.BaseStatement | cst.BaseSmallStatement]:
    """The statements of a branch and of its alternatives, those of branches in it one by one."""
    for line in block.body.body:
        if isinstance(line, cst.If):
            yield from _lines(line)
        else:
            yield line
    if isinstance(block, cst.If) and block.orelse is not None:
        yield from _lines(block.orelse)
