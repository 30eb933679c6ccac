"""Branches that do nothing but say something of an error, or put its text into other words."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from heedlint.analysis.roles import Roles
from heedlint.analysis.saying import only_says
from heedlint.analysis.tree import walk
from heedlint.clients.model import Role


class Wordings:
    """Tells what is said of an error from what is done about it."""

    def __init__(self, roles: Roles) -> None:
        self.roles = roles
        self.tree = roles.tree
        self.names = roles.names

    def are_all(self, test: cst.CSTNode, text: cst.BaseExpression) -> bool:
        """Whether nothing hangs on a test of `text` but words: what is logged, how it is put.

        Put otherwise is a text whose name, or a name that holds a text of the error as well, is
        given another: a prefix cut, a key masked. What else is assigned is not used outside.
        """
        condition = test
        outer = self.tree.parent(condition)
        while isinstance(outer, (cst.BooleanOperation, cst.UnaryOperation)):
            condition, outer = outer, self.tree.parent(outer)
        match outer:
            case cst.If():
                names = {node.value for node in walk(text) if isinstance(node, cst.Name)}
                found = [self._is_of_words(line, names, outer) for line in _lines(outer)]
                return False not in found and True in found
            case cst.IfExp(test=tested, body=body, orelse=orelse) if tested is condition:
                return self._is_text(body) and self._is_text(orelse)
        return False

    def _is_of_words(
        self, line: cst.BaseStatement | cst.BaseSmallStatement, names: set[str], block: cst.If
    ) -> bool | None:
        """Whether a line is of words alone; None for one that says nothing, False for a deed."""
        match line:
            case cst.SimpleStatementLine(body=[cst.Expr(value=cst.Call() as call)]):
                return only_says(call)
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


def _lines(block: cst.If | cst.Else) -> Iterator[cst.BaseStatement | cst.BaseSmallStatement]:
    """The statements of a branch and of its alternatives, those of branches in it one by one."""
    for line in block.body.body:
        if isinstance(line, cst.If):
            yield from _lines(line)
        else:
            yield line
    if isinstance(block, cst.If) and block.orelse is not None:
        yield from _lines(block.orelse)
