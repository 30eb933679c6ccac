"""The call of the header's reader that repairs write, in as many lines as it needs."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from heedlint.analysis.facts import Facts
from heedlint.fixes.additions import Additions
from heedlint.fixes.plan import Replacement

READER = "retry_after_seconds"


def reading(additions: Additions, headers: str, default: str) -> str:
    """The call that gives the seconds to wait: what the headers say, else `default`."""
    return f"{additions.function(READER)}({headers}, {default})"


def reading_in_lines(
    additions: Additions, headers: str, default: str, indent: str, facts: Facts
) -> str:
    """As `reading`, each argument on a line, within a statement that is indented by `indent`."""
    step, width = facts.tree.module.default_indent, facts.width
    inner = indent + step
    lines = (f"{inner}{_broken(given, inner, step, width)},\n" for given in (headers, default))
    return f"{additions.function(READER)}(\n{''.join(lines)}{indent})"


def reading_in_place(
    place: cst.BaseExpression,
    headers: str,
    default: str,
    additions: Additions,
    facts: Facts,
    *,
    only_if: str = "",
) -> Replacement:
    """Puts the reader where `place` stands, on lines of its own where the line gets too long.

    With `only_if` it is asked under that condition alone, and `default` holds else.
    """
    source = reading(additions, headers, default)
    source = f"{source} if {only_if} else {default}" if only_if else source
    line = facts.tree.statement(place)
    indent = facts.tree.block_indentation(line)
    text = source_of(line, facts).replace(facts.tree.code(place), source, 1)
    width = facts.width
    fits = len(indent) + max(map(len, text.splitlines())) <= width
    in_text = facts.tree.enclosing(place, cst.FormattedString) is not None
    if fits or in_text or "\n" in source or not isinstance(line, cst.SimpleStatementLine):
        return Replacement(place, source, whole=True)
    step = facts.tree.module.default_indent
    parts = (additions.function(READER), [headers, default])
    arg = facts.tree.parent(place)
    call = facts.tree.parent(arg) if isinstance(arg, cst.Arg) and arg.keyword is None else None
    is_alone = isinstance(call, cst.Call) and len(call.args) == 1
    if not is_alone and not only_if:
        return Replacement(place, spread(*parts, indent, step, width), whole=True)
    inner = source
    if len(indent + step + inner) > width:
        inner = reading(additions, headers, default)
        if len(indent + step + inner) > width:
            inner = spread(*parts, indent + step, step, width)
        if only_if:
            inner = f"\n{indent}{step}".join([inner, f"if {only_if}", f"else {default}"])
    inner = f"(\n{indent}{step}{inner}\n{indent})"
    if not isinstance(call, cst.Call) or not is_alone:
        return Replacement(place, inner, whole=True)
    return Replacement(call, f"{facts.tree.code(call.func)}{inner}")


def spread(func: str, arguments: Sequence[str], indent: str, step: str, width: int) -> str:
    """A call on lines of its own, within a statement that is indented by `indent`."""
    inner = indent + step
    together = f"{inner}{', '.join(arguments)}\n"
    if len(together) > width:
        lines = (_broken(argument, inner, step, width) for argument in arguments)
        together = "".join(f"{inner}{line},\n" for line in lines)
    return f"{func}(\n{together}{indent})"


def _broken(argument: str, indent: str, step: str, width: int) -> str:
    """An argument on its line; a call of functions that has no room there on several."""
    if len(indent + argument) + len(",") <= width or "\n" in argument:
        return argument
    call = cst.parse_expression(argument)
    if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Name):
        return argument
    bare = [arg.with_changes(comma=cst.MaybeSentinel.DEFAULT) for arg in call.args]
    given = [cst.Module([]).code_for_node(arg) for arg in bare]
    return spread(call.func.value, given, indent, step, width)


def source_of(statement: cst.CSTNode, facts: Facts) -> str:
    """The source of a statement without the comments around it."""
    if isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1:
        return facts.tree.code(statement.body[0])
    return facts.tree.code(statement)
