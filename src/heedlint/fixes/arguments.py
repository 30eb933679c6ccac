"""Gives a call one argument more, or another one, in the lines that it has or needs."""

from __future__ import annotations

import libcst as cst

from heedlint.analysis.facts import Facts
from heedlint.fixes.layout import WIDTH, Chain
from heedlint.fixes.plan import Change, Replacement


def with_keyword(
    node: cst.CSTNode, keyword: str, source: Chain, facts: Facts
) -> tuple[Change, ...]:
    """One more argument for a call; a line for each of them if one is too long.

    A decorator without arguments becomes a call.
    """
    indent = facts.positions.margin(node)
    inner = indent + facts.tree.module.default_indent
    func = facts.tree.source(node.func if isinstance(node, cst.Call) else node)
    given = _arguments(node, facts)
    if isinstance(node, cst.Call) and given and _has_lines(node):
        last = node.args[-1]
        inner = facts.positions.margin(last)
        spread = source.laid_out(WIDTH - len(inner) - len(keyword) - len("=,"), inner)
        if _has_comment(last) and last.keyword is not None:  # which is to stay on its line
            return (Replacement(last, f"{keyword}={spread},\n{inner}{given[-1]}"),)
        comma = "" if isinstance(last.comma, cst.Comma) else ","
        return (Replacement(last, f"{given[-1]},\n{inner}{keyword}={spread}{comma}"),)
    spread = source.laid_out(WIDTH - len(inner) - len(keyword) - len("=,"), inner)
    call = f"{func}({', '.join([*given, f'{keyword}={source.line}'])})"
    if len(indent) + len(call) + len("@") > WIDTH:
        call = _in_lines(func, [*given, f"{keyword}={spread}"], indent, inner)
    return (Replacement(node, call),)


def with_other(
    call: cst.CSTNode, node: cst.BaseExpression, source: Chain, facts: Facts
) -> tuple[Change, ...]:
    """`source` in place of `node`, in the lines of `call` where it is one of its arguments."""
    indent = facts.positions.margin(node)
    arg = next((a for a in getattr(call, "args", ()) if facts.tree.contains(a, node)), None)
    before = f"{arg.keyword.value}=" if arg is not None and arg.keyword is not None else ""
    old = facts.tree.source(node)
    if isinstance(call, cst.Call) and arg is not None and not _has_lines(call):
        longer = len(source.line) - len(old)
        if len(indent) + len("@") + len(facts.tree.source(call)) + longer > WIDTH:
            inner = indent + facts.tree.module.default_indent
            spread = source.laid_out(WIDTH - len(inner) - len(before) - 1, inner)
            lines = _arguments(call, facts)
            index = next(i for i, given in enumerate(call.args) if given is arg)
            lines[index] = lines[index].replace(old, spread, 1)
            code = _in_lines(facts.tree.source(call.func), lines, indent, inner)
            return (Replacement(call, code),)
    spread = source.laid_out(WIDTH - len(indent) - len(before) - 1, indent)
    spans_lines = bool(node.lpar) and "\n" in old and not isinstance(node, cst.Tuple)
    if arg is not None and arg.value is node and not spans_lines:
        return (Replacement(arg, f"{before}{spread}"),)
    return (Replacement(node, spread),)


def _arguments(node: cst.CSTNode, facts: Facts) -> list[str]:
    codes = [facts.tree.source(arg) for arg in getattr(node, "args", ())]
    return [code.removesuffix(",").rstrip() for code in codes]


def _in_lines(func: str, arguments: list[str], indent: str, inner: str) -> str:
    return f"{func}(\n{''.join(f'{inner}{code},{chr(10)}' for code in arguments)}{indent})"


def _has_comment(arg: cst.Arg) -> bool:
    """Whether a comment stands behind an argument on its line."""
    spaces = [arg.whitespace_after_arg]
    spaces += [arg.comma.whitespace_after] if isinstance(arg.comma, cst.Comma) else []
    return any(
        isinstance(space, cst.ParenthesizedWhitespace) and space.first_line.comment is not None
        for space in spaces
    )


def _has_lines(call: cst.Call) -> bool:
    """Whether the arguments of a call have lines of their own."""
    return isinstance(call.whitespace_before_args, cst.ParenthesizedWhitespace)
