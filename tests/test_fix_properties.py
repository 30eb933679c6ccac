"""Whatever a file looks like, a repair breaks nothing: held against the cases, one function each.

The sources are the functions of tests/cases and tests/cases/fixed, written with other line endings,
in other encodings, with tabs, nested in classes and functions. benchmarks/repairs.py asks what must
hold of every repair. Beyond that, how a file is written must not matter: the same repairs are made.
"""

from __future__ import annotations

import ast
import sys
import textwrap
from codecs import BOM_UTF8
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import repairs
from hypothesis import given, settings
from hypothesis import strategies as st

from heedlint import Settings, fix_source

CASES = Path(__file__).parent / "cases"
# With HED901, whose repairs are of comments.
RULES = Settings(extend_select=("HED901",))
# The same sources in every run: what a change breaks shows beside the change, not some day later.
FEW = settings(max_examples=30, deadline=None, derandomize=True, database=None)
MANY = settings(max_examples=200, deadline=None, derandomize=True, database=None)

Writing = Callable[[str], bytes]


def _functions() -> dict[str, str]:
    """Each function or class of the cases, with what its module has besides functions."""
    found: dict[str, str] = {}
    for path in sorted(CASES.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        lines = text.splitlines(keepends=True)
        definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        try:
            nodes = [node for node in ast.parse(text).body if isinstance(node, definitions)]
        except SyntaxError:
            if sys.version_info >= (3, 11):
                raise
            continue  # newer than this Python: `except*`
        starts = [min([node.lineno, *(d.lineno for d in node.decorator_list)]) for node in nodes]
        ends = [node.end_lineno or node.lineno for node in nodes]
        inside = {n for start, end in zip(starts, ends, strict=True) for n in range(start, end + 1)}
        other = [line for number, line in enumerate(lines, 1) if number not in inside]
        for node, start, end in zip(nodes, starts, ends, strict=True):
            body = "".join(lines[start - 1 : end])
            if "# expect: HED" in body:
                name = f"{path.relative_to(CASES).as_posix()}::{node.name}"
                found[name] = f"{''.join(other).rstrip()}\n\n\n{body}"
    return found


FUNCTIONS = _functions()


@cache
def repaired(source: str, unsafe: bool) -> str:
    return fix_source(source.encode(), "a.py", RULES, unsafe=unsafe).content.decode()


def with_newlines(newline: str) -> Writing:
    return lambda text: text.replace("\n", newline).encode()


def with_mark(text: str) -> bytes:
    return BOM_UTF8 + text.encode()


def in_latin_1(text: str) -> bytes:
    return f"# -*- coding: latin-1 -*-\n# é\n{text}".encode("latin-1", "xmlcharrefreplace")


def with_form_feeds(text: str) -> bytes:
    return text.replace("\n\n\n", "\n\f\n\n").encode()


def without_last_newline(text: str) -> bytes:
    return text.rstrip("\n").encode()


def after_a_docstring(text: str) -> bytes:
    return f'"""Says\nsomething: é."""\n\n{text}'.encode()


# Ways to write a file under which a repair is the same repair.
SAME = {
    "crlf": with_newlines("\r\n"),
    "cr": with_newlines("\r"),
    "mark": with_mark,
    "no newline": without_last_newline,
    "latin-1": in_latin_1,
}


def indented(text: str, step: str) -> str:
    """The text with other steps, within strings of several lines, too."""
    lines = []
    for line in text.splitlines(keepends=True):
        rest = line.lstrip(" ")
        depth, more = divmod(len(line) - len(rest), 4)
        lines.append(step * depth + " " * more + rest)
    return "".join(lines)


def nested(text: str, *heads: str) -> str:
    """The text inside blocks with those heads."""
    for head in heads:
        text = f"{head}\n{textwrap.indent(text, '    ')}"
    return text


HEADS = ("class K:", "def outer():", "async def outer():", "if True:", "try:\n    pass\nfinally:")

names = st.sampled_from(sorted(FUNCTIONS))
whether = st.booleans()
writings = st.sampled_from(sorted(SAME))
steps = st.sampled_from(["\t", "  ", "   ", "        "])
heads = st.lists(st.sampled_from(HEADS), min_size=1, max_size=3)


def nothing_is_broken(source: bytes, unsafe: bool) -> None:
    result = fix_source(source, "a.py", RULES, unsafe=unsafe)
    assert repairs.examine(source, "a.py", RULES, result, unsafe=unsafe) == []


def how_it_is_written_does_not_matter(name: str, writing: str, unsafe: bool) -> None:
    source = FUNCTIONS[name]
    written = SAME[writing](source)
    result = fix_source(written, "a.py", RULES, unsafe=unsafe)
    assert result.content == SAME[writing](repaired(source, unsafe))
    assert repairs.examine(written, "a.py", RULES, result, unsafe=unsafe) == []


def form_feeds_stay(name: str, unsafe: bool) -> None:
    source = FUNCTIONS[name]
    written = with_form_feeds(source)
    result = fix_source(written, "a.py", RULES, unsafe=unsafe)
    assert result.content.count(b"\f") == written.count(b"\f")
    assert result.content.replace(b"\f", b"").decode() == repaired(source, unsafe)
    assert repairs.examine(written, "a.py", RULES, result, unsafe=unsafe) == []


def indentation_is_kept(name: str, step: str, newline: str, unsafe: bool) -> None:
    text = indented(FUNCTIONS[name], step)
    nothing_is_broken(text.replace("\n", newline).encode(), unsafe)


def nesting_breaks_nothing(name: str, around: list[str], step: str, unsafe: bool) -> None:
    text = FUNCTIONS[name].replace("from __future__ import annotations\n", "")
    nothing_is_broken(indented(nested(text, *around), step).encode(), unsafe)


newlines = st.sampled_from(["\n", "\r\n", "\r"])
anyhow = st.sampled_from(["\t", "    ", "  "])

PROPERTIES: list[tuple[Callable[..., None], tuple[st.SearchStrategy[Any], ...]]] = [
    (how_it_is_written_does_not_matter, (names, writings, whether)),
    (form_feeds_stay, (names, whether)),
    (indentation_is_kept, (names, steps, newlines, whether)),
    (nesting_breaks_nothing, (names, heads, anyhow, whether)),
]
each_property = pytest.mark.parametrize(
    ("holds", "drawn"), PROPERTIES, ids=[holds.__name__ for holds, _ in PROPERTIES]
)


@each_property
def test_a_few(holds: Callable[..., None], drawn: tuple[st.SearchStrategy[Any], ...]) -> None:
    FEW(given(*drawn)(holds))()


@pytest.mark.slow
@each_property
def test_many(holds: Callable[..., None], drawn: tuple[st.SearchStrategy[Any], ...]) -> None:
    MANY(given(*drawn)(holds))()


def test_the_sources_have_something_to_repair() -> None:
    sources = sorted(FUNCTIONS.values())[::10]
    assert len(sources) > 50
    assert sum(repaired(source, True) != source for source in sources) > 10
