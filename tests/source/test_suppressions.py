"""Suppressions mean what flake8 says they mean: compared with flake8 itself."""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
from itertools import product

import pytest
from flake8.processor import FileProcessor
from flake8.style_guide import DecisionEngine, StyleGuide
from hypothesis import given
from hypothesis import strategies as st

from heedlint.source.suppressions import Suppressions

COMMENTS = [
    "# noqa",
    "#noqa",
    "# NOQA",
    "# NoQa: HED101",
    "# noqa:HED101",
    "# noqa: HED101,E501",
    "# noqa: E501, HED101",
    "# noqa: E501 HED101",
    "# noqa : HED101",
    "# noqa:  HED101",
    "# noqa: HED1",
    "# noqa: HED",
    "# noqa: hed101",
    "# noqa: HED301",
    "# noqa: HED101 - because",
    "# noqa HED101",
    "# noqa:HED301,HED101",
    "# type: ignore # noqa: HED101",
    "# see noqa",
    "# flake8: noqa",
    "# flake8: noqa: HED101",
    "# flake8: noqa: E501",
    "# FLAKE8=NOQA",
    "'# noqa'",
]
LINES = ["x = 1", "f(a,", "  b)", "'''", "y = '''a", "if x:", "    pass", "x = 1 + \\", ""]


class Silent:
    """A formatter that keeps what flake8 would report."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, int]] = []

    def handle(self, error: object) -> None:
        self.kept.append((error.code, error.line_number))  # type: ignore[attr-defined]


def flake8_covers(text: str, code: str, line: int) -> bool:
    """Whether flake8 keeps silent, by its own file processor and style guide."""
    options = argparse.Namespace(
        **dict.fromkeys(("hang_closing", "verbose", "disable_noqa"), False),
        **dict.fromkeys(("max_line_length", "max_doc_length", "indent_size"), 4),
        **dict.fromkeys(("select", "extend_select", "ignore", "extend_ignore"), None),
        extended_default_select=["E", "HED"],
        extended_default_ignore=[],
    )
    lines = list(io.StringIO(text, newline=None))
    processor = FileProcessor("x.py", options, lines)
    if processor.should_ignore_file():
        return True
    formatter = Silent()
    statistics = argparse.Namespace(record=lambda error: None)
    guide = StyleGuide(options, formatter, statistics, decider=DecisionEngine(options))
    # flake8 looks into the file on disk where it has no mapping; there is none here
    physical = processor.noqa_line_for(line)
    if physical is None:
        physical = lines[line - 1] if line <= len(lines) else ""
    return guide.handle_error(code, "x.py", line, 0, "text", physical) == 0


@pytest.mark.parametrize("comment", COMMENTS)
@pytest.mark.parametrize(
    "template",
    [
        "x = 1  {}\ny = 2\n",
        "{}\nx = 1\n",
        "x = f(\n    1,  {}\n    2,\n)\ny = 2\n",
        'x = """\n{}\n"""\ny = 2\n',
        'x = """\n"""  {}\ny = 2\n',
        "x = 1 + \\\n    2  {}\ny = 2\n",
        "def f():\n    if x:  {}\n        pass\n\n\ny = 2",
        "x = 1  {}\r\ny = 2\r\n",
        "x = 1  {}\ry = 2\r",
        "x = 1  {}",
        "\ufeffx = 1  {}\ny = 2\n",
        "x = 1\f  {}\ny = 2\n",
        "x = (  {}\ny = 2\n",
    ],
)
def test_as_flake8_reads_it(template: str, comment: str) -> None:
    text = template.format(comment)
    suppressions = Suppressions(text)
    for code, line in product(("HED101", "HED301", "E501"), range(1, text.count("\n") + 3)):
        assert suppressions.covers(code, line) == flake8_covers(text, code, line), (code, line)


@given(st.lists(st.tuples(st.sampled_from(LINES), st.sampled_from(["", *COMMENTS])), max_size=8))
def test_as_flake8_reads_any_text(parts: list[tuple[str, str]]) -> None:
    text = "".join(f"{line}  {comment}\n" for line, comment in parts)
    suppressions = Suppressions(text)
    for line in range(1, len(parts) + 2):
        assert suppressions.covers("HED101", line) == flake8_covers(text, "HED101", line)


def test_flake8_is_imported_only_for_a_file_with_a_noqa() -> None:
    program = (
        "import sys; from heedlint.source.suppressions import Suppressions\n"
        "assert not Suppressions('x = 1').covers('HED101', 1)\n"
        "print('flake8' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("False", "")
