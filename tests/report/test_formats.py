"""Every format, on findings that try its patience."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace

import pytest

from heedlint.findings import (
    Applicability,
    Confidence,
    Edit,
    Finding,
    Fix,
    FixResult,
    Position,
    Round,
)
from heedlint.report import formats, render
from heedlint.report._fixes import summary, unified_diff
from heedlint.runner import FixedFile, FixRun

SOURCE = 'try:\n\tcall()\nexcept E as e:\n\tif "é日" in str(e):\n\t\tpass\n'
EDIT = Edit(Position(4, 5), Position(4, 19), "e.code == 'x'")
FINDING = Finding(
    path="src/a.py",
    start=Position(4, 5),
    end=Position(4, 19),
    code="HED101",
    name="branch-on-message",
    message="branches on 'rate limit' in the error message str(e); test e.code",
    confidence=Confidence.LIKELY,
    catalogues=("openai",),
    errors=("rate_limit_exceeded",),
    evidence=("e is an [bold]openai.APIError[/bold]",),
    fix=Fix(Applicability.SAFE, "test e.code", (EDIT,)),
)
BARE = Finding("b.py", Position(1, 1), Position(1, 1), "HED900", "unreadable-file", "not UTF-8")


def shown(output_format: str, *findings: Finding, sources: Mapping[str, str] | None = None) -> str:
    return render(output_format, findings, lambda _: sources or {})


def fixable(applicability: Applicability) -> Finding:
    return Finding(**{**vars(FINDING), "fix": Fix(applicability, "test e.code", (EDIT,))})


def test_the_formats_are_found_by_their_modules() -> None:
    assert {"concise", "full", "json"} <= set(formats())
    assert not any(name.startswith("_") for name in formats())


@pytest.mark.parametrize("output_format", ["concise", "full", "json"])
def test_nothing_found(output_format: str) -> None:
    assert shown(output_format) == ("[]" if output_format == "json" else "")


def test_concise() -> None:
    assert shown("concise", FINDING, BARE).splitlines() == [
        "src/a.py:4:5: HED101 branches on 'rate limit' in the error message str(e); test e.code"
        " [fixable: safe]",
        "b.py:1:1: HED900 not UTF-8",
    ]
    assert shown("concise", fixable(Applicability.UNSAFE)).endswith(" [fixable: unsafe]")
    assert shown("concise", fixable(Applicability.DISPLAY)).endswith(" [advice]")


def test_json_is_what_the_outside_contract_says() -> None:
    first, second = json.loads(shown("json", FINDING, BARE))
    url = first.pop("url")
    assert isinstance(url, str)
    assert first == {
        "path": "src/a.py",
        "line": 4,
        "column": 5,
        "end_line": 4,
        "end_column": 19,
        "code": "HED101",
        "name": "branch-on-message",
        "message": "branches on 'rate limit' in the error message str(e); test e.code",
        "confidence": "likely",
        "catalogues": ["openai"],
        "errors": ["rate_limit_exceeded"],
        "fix": {
            "applicability": "safe",
            "message": "test e.code",
            "edits": [
                {
                    "start_line": 4,
                    "start_column": 5,
                    "end_line": 4,
                    "end_column": 19,
                    "content": "e.code == 'x'",
                }
            ],
        },
    }
    assert second["fix"] is None


def test_full_shows_the_code_underlined() -> None:
    lines = shown("full", FINDING, sources={"src/a.py": SOURCE}).splitlines()
    # a tab is four columns, the Japanese character two
    at = lines.index('4 |     if "é日" in str(e):')
    assert lines[at + 1] == "  |        ^^^^^^^^^^^^^^^"
    text = "\n".join(lines)
    for part in (
        "HED101 branch-on-message: branches on 'rate limit'",
        "--> src/a.py:4:5",
        "because: e is an [bold]openai.APIError[/bold]",
        "errors: rate_limit_exceeded",
        "do: test e.code (`heedlint fix` does it)",
        "heedlint explain HED101",
        "1 finding; fixable: 1 safe, 0 unsafe",
    ):
        assert part in text


def test_full_without_a_source_and_beyond_its_end() -> None:
    assert "b.py:1:1" in shown("full", BARE)
    assert "src/a.py:4:5" in shown("full", FINDING, sources={"src/a.py": "x = 1\n"})


def test_full_lets_no_control_character_through() -> None:
    source = "x = '\x1b[2J\x07'\r\n" * 5
    text = shown("full", FINDING, sources={"src/a.py": source})
    assert "\x1b" not in text
    assert "\x07" not in text


def test_full_underlines_the_first_line_of_a_long_finding() -> None:
    finding = Finding("a.py", Position(1, 5), Position(2, 3), "HED101", "n", "m")
    lines = shown("full", finding, sources={"a.py": "if (a\n  in b):\n"}).splitlines()
    assert lines[lines.index("1 | if (a") + 1] == "  |     ^"


def test_only_full_imports_rich_and_no_format_imports_libcst() -> None:
    program = (
        "import sys; from heedlint.report import render\n"
        "for name in ('concise', 'json'): render(name, [], lambda _: {})\n"
        "print({'rich', 'libcst'} & set(sys.modules)); render('full', [], lambda _: {})\n"
        "print('rich' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.stdout.split(), done.stderr) == (["set()", "True"], "")


def fixed(before: bytes, after: bytes, *remaining: Finding) -> FixedFile:
    return FixedFile("src/a.py", before, FixResult(after, (Round(before, (FINDING,)),), remaining))


def test_the_diff_of_a_repair() -> None:
    assert unified_diff([fixed(b"a\nb\nc", b"a\nB\nc")]).splitlines() == [
        "--- a/src/a.py",
        "+++ b/src/a.py",
        "@@ -1,3 +1,3 @@",
        " a",
        "-b",
        "+B",
        " c",
        "\\ No newline at end of file",
    ]
    assert unified_diff([FixedFile("a.py", b"a", FixResult(b"a", (), (BARE,)))]) == ""


def test_the_summary_says_what_was_done_and_what_was_not_and_why() -> None:
    left = [*map(fixable, Applicability), BARE]
    refused = replace(fixable(Applicability.SAFE), message="refused")
    files = (fixed(b"a", b"b", *left),)
    lines = summary(
        FixRun(files, (*left, refused), {refused: "it would undo another repair"}), written=True
    ).splitlines()
    assert lines[0] == "src/a.py:4:5: HED101 repaired: test e.code"
    assert [line.rpartition(" (")[2] for line in lines[1:-1]] == [
        "not repaired: test e.code)",
        "unsafe, needs --unsafe-fixes: test e.code)",
        "by hand: test e.code)",
        "heedlint knows no repair)",
        "not repaired: it would undo another repair)",
    ]
    assert lines[-1] == (
        "1 repaired, 5 left (2 not repaired; 1 unsafe, needs --unsafe-fixes; 1 by hand; "
        "1 heedlint knows no repair)"
    )
    assert "would be repaired" in summary(FixRun(files, (), {}), written=False)
