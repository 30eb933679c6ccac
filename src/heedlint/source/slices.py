"""The part of a file that a finding can depend on: what the third look, the analysis, reads first.

Functions are left out, nothing else: those that hold no suspect, that say nothing of the words on
which one depends, and that are not called or mentioned where something is replayed. What is left
may know less of what speaks against a finding, never of what speaks for one: where something is
found in it, the whole file is analysed.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from heedlint.source.flow import Flow, Function, Suspects, lines_of_statement
from heedlint.source.idioms import LOCAL_HOSTS
from heedlint.source.lines import lines_of

# Where a program says by its environment which API its client speaks to.
_ENVIRONMENT = ("environ", "putenv")
# The beginning of a text that may be the address of the machine itself.
_LOCAL = re.compile(r"[\w:/]*(?:{})".format("|".join(map(re.escape, LOCAL_HOSTS))), re.IGNORECASE)


def slice_of(text: str, tree: ast.Module, flow: Flow, suspects: Suspects) -> str:
    """The text without the bodies of functions that cannot matter to the suspects.

    The whole text where nothing can be left out. `flow` has found the suspects in its tree.
    """
    sources = flow.sources()
    if sources is None:
        return text
    lines, functions = lines_of(text), flow.functions
    kept = _around(suspects.replayed, functions)
    _add_mentioned(kept, functions)
    kept |= _around(suspects.tested, functions)
    kept |= {functions[place - 1] for place in sources}
    telling = (*_ENVIRONMENT, *(host.decode() for host in flow.known.hosts))
    left_out = [f for f in functions if f not in kept and not _says(f, lines, telling)]
    if _names_local(tree, left_out, lines):
        return text  # whether an address is local may be for all callers to say
    for function in reversed(left_out):
        _leave_out(function.body, lines)
    return "".join(lines)


def _names_local(tree: ast.Module, left_out: Iterable[Function], lines: list[str]) -> bool:
    """Whether an address of the machine itself stands in what is kept of a module.

    One in a text that stands for itself, as documentation does, is nobody's address.
    """
    places = [n for n, line in enumerate(lines, 1) if any(host in line for host in LOCAL_HOSTS)]
    bodies = {statement for function in left_out for statement in function.body}
    pending: list[ast.AST] = [tree] if places else []
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str) and _LOCAL.match(node.value):
                return True
            continue
        if isinstance(node, ast.stmt):
            own = lines_of_statement(node)
            place = bisect_left(places, own.start)
            if node in bodies or place == len(places) or places[place] not in own:
                continue
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            pending += ast.iter_child_nodes(node)
    return False


def _says(function: Function, lines: list[str], words: tuple[str, ...]) -> bool:
    said = "".join(lines[function.lineno - 1 : function.end_lineno])
    return any(word in said for word in words)


def _leave_out(body: list[ast.stmt], lines: list[str]) -> None:
    """Puts `pass` in place of a body, unless it begins in the line of its header."""
    first = lines_of_statement(body[0]).start
    indent = lines[first - 1][: body[0].col_offset]
    if not indent.strip():
        lines[first - 1 : body[-1].end_lineno] = [f"{indent}pass\n"]


def _around(nodes: Iterable[ast.AST], functions: list[Function]) -> set[Function]:
    """The functions in which, or in whose decorators, some nodes stand."""
    lines = list(map(lines_of_statement, functions))
    starts = [of_one.start for of_one in lines]
    found = set()
    for node in nodes:
        line: int = node.lineno  # type: ignore[attr-defined]
        place = bisect_right(starts, line) - 1
        if place >= 0 and line in lines[place]:
            found.add(functions[place])
    return found


def _add_mentioned(kept: set[Function], functions: list[Function]) -> None:
    """Adds the functions that those kept call, or give to others, and what those do in turn."""
    named: dict[str, list[Function]] = {}
    for function in functions:
        named.setdefault(function.name, []).append(function)
    pending = list(kept)
    while pending:
        for name in _mentioned(pending.pop()):
            new = [function for function in named.get(name, ()) if function not in kept]
            kept.update(new)
            pending += new


def _mentioned(function: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, (ast.Name, ast.Call)):
            names.add(node.attr)
    return names
