"""What is known to hold where a node stands: the tests around it and before it."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from heedlint.analysis.tree import COMPREHENSIONS, Tree

BORDERS = (cst.FunctionDef, cst.ClassDef, cst.Lambda)
# libcst's classes are abstract ones, whose `isinstance` is slow: most nodes are told by their type.
_DECIDING = frozenset({cst.If, cst.IfExp, cst.While, cst.BooleanOperation, *COMPREHENSIONS})
_BLOCKS = frozenset({cst.IndentedBlock, cst.Module})
_TELLING = frozenset({cst.If, cst.SimpleStatementLine})
_LEAVING = (cst.Return, cst.Raise, cst.Continue, cst.Break)


def conditions(tree: Tree, node: cst.CSTNode) -> Iterator[tuple[cst.BaseExpression, bool]]:
    """The tests that decided on the way to `node`, each with its truth; from the inside out.

    `if`, `while`, conditional expressions, the operands before it, guards that leave (`if not x:
    return`) and assertions, as far as the function around. `a and b` that holds gives both.
    """
    inner = node
    for outer in tree.ancestors(node):
        if type(outer) in BORDERS:
            return
        if type(outer) in _DECIDING or type(outer) in _BLOCKS:
            yield from conditions_within(outer, inner)
        inner = outer


def conditions_within(
    outer: cst.CSTNode, inner: cst.CSTNode
) -> Iterator[tuple[cst.BaseExpression, bool]]:
    """Those of the `conditions` of `inner` that its parent `outer` holds."""
    for test, holds in (*_around(outer, inner), *_before(outer, inner)):
        yield from _parts(test, holds)


def whole_chain(tree: Tree, node: cst.CSTNode, kind: type[cst.BaseBooleanOp]) -> cst.CSTNode:
    """The chain of `and`, or of `or`, that `node` is an operand of; else the node itself."""
    while isinstance(parent := tree.parent(node), cst.BooleanOperation):
        if not isinstance(parent.operator, kind):
            break
        node = parent
    return node


def operands(node: cst.CSTNode, kind: type[cst.BaseBooleanOp]) -> list[cst.CSTNode]:
    """What a chain of `and`, or of `or`, is made of, in source order; else the node alone."""
    if isinstance(node, cst.BooleanOperation) and isinstance(node.operator, kind):
        return [*operands(node.left, kind), *operands(node.right, kind)]
    return [node]


def calls_before(tree: Tree, node: cst.CSTNode) -> Iterator[cst.Call]:
    """The calls that are statements of their own before `node`, in the blocks around it."""
    inner = node
    for outer in tree.ancestors(node):
        if isinstance(outer, BORDERS):
            return
        if isinstance(outer, (cst.IndentedBlock, cst.Module)):
            for statement in outer.body:
                if statement is inner:
                    break
                match statement:
                    case cst.SimpleStatementLine(body=[cst.Expr(value=cst.Call() as call)]):
                        yield call
        inner = outer


def _around(outer: cst.CSTNode, inner: cst.CSTNode) -> Iterator[tuple[cst.BaseExpression, bool]]:
    if type(outer) not in _DECIDING:
        return
    match outer:
        case cst.If(test=test) | cst.IfExp(test=test):
            if inner is outer.body or inner is outer.orelse:
                yield test, inner is outer.body
        case cst.While(test=test) if inner is outer.body:
            yield test, True
        case cst.BooleanOperation(left=left, operator=operator) if inner is outer.right:
            yield left, isinstance(operator, cst.And)
    if isinstance(outer, COMPREHENSIONS) and inner is not outer.for_in:
        for condition in outer.for_in.ifs:
            yield condition.test, True


def _before(outer: cst.CSTNode, inner: cst.CSTNode) -> Iterator[tuple[cst.BaseExpression, bool]]:
    """What the statements before `inner` in its block leave to hold."""
    if type(outer) not in _BLOCKS:
        return
    for statement in outer.body:  # type: ignore[attr-defined]
        if statement is inner:
            return
        if type(statement) not in _TELLING:
            continue
        match statement:
            case cst.If(test=test, body=cst.IndentedBlock(body=[*_, last]), orelse=None):
                if isinstance(last, cst.SimpleStatementLine) and isinstance(
                    last.body[-1], _LEAVING
                ):
                    yield test, False
            case cst.SimpleStatementLine(body=[cst.Assert(test=test)]):
                yield test, True


def _parts(test: cst.BaseExpression, holds: bool) -> Iterator[tuple[cst.BaseExpression, bool]]:
    match test:
        case cst.UnaryOperation(operator=cst.Not(), expression=negated):
            yield from _parts(negated, not holds)
        case cst.BooleanOperation(left=left, operator=operator, right=right) if (
            isinstance(operator, cst.And) is holds
        ):
            yield from _parts(left, holds)
            yield from _parts(right, holds)
        case _:
            yield test, holds
