"""The examination of repairs: that it sees what is wrong, and finds nothing wrong in ours."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import repairs

from heedlint import Finding, FixResult, Settings, fix_source
from heedlint.findings import Position, Round

ROOT = Path(__file__).resolve().parents[2]
SOURCE = b"""import time

import pyai

LIMIT = 3


def f(client):
    try:
        return client.chat.completions.create(model="m", messages=[])
    except pyai.PyAIError as e:
        if "rate limit" in str(e):
            return None
        raise


def g():
    return LIMIT
"""


def problems(content: bytes, source: bytes = SOURCE) -> list[str]:
    """What is said of a repair of the test in `SOURCE` that gives this content."""
    good = fix_source(SOURCE, "a.py", Settings())
    (made,) = good.rounds
    result = replace(good, content=content, rounds=(replace(made, before=source),))
    return repairs.examine(source, "a.py", Settings(), result, unsafe=False)


def test_a_good_repair_is_a_good_repair() -> None:
    good = fix_source(SOURCE, "a.py", Settings())
    assert problems(good.content) == []
    with_helper = good.content.replace(
        b"import time\n", b"import re\nimport time\n"
    ).replace(b"def f(", b"def helper():\n    return re\n\n\ndef f(")  # fmt: skip
    assert problems(with_helper) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"LIMIT = 3", b"LIMIT = 4", "changes line 5"),
        (b"LIMIT = 3\n", b"", "changes line 5"),
        (b"    return LIMIT\n", b"    return [\n        LIMIT]\n", "changes line 18"),
        (b"def g():\n", b"def g():\n    print(1)\n", "changes line"),
        (b"LIMIT = 3", b"LIMIT = (", "does not parse"),
        (b"LIMIT = 3", b"return 3", "does not compile"),
        (b"\n", b"\r\n", "other line endings"),
        (b"    return LIMIT\n", b"    return LIMIT", "another end of the last line"),
        (b"import time", b"\xef\xbb\xbfimport time", "another encoding"),
        (b"import time\n", b"import re\nimport time\n", "imports re, which nothing needs"),
    ],
)
def test_a_bad_repair_is_seen(old: bytes, new: bytes, said: str) -> None:
    good = fix_source(SOURCE, "a.py", Settings()).content
    assert old in good
    assert any(said in problem for problem in problems(good.replace(old, new)))


def test_a_finding_that_is_still_there_is_seen() -> None:
    content = SOURCE.replace(b"return None", b"return 0")
    assert any("HED101 f is found as often as before" in problem for problem in problems(content))
    assert any("a second run changes something" in problem for problem in problems(content))


def test_a_change_of_which_nothing_is_said_is_seen() -> None:
    result = FixResult(b"y = 1\n", (), ())
    assert repairs.examine(b"x = 1\n", "a.py", Settings(), result, unsafe=False) != []


def test_what_belongs_to_a_finding_is_its_statement_or_function_and_their_constants() -> None:
    body = ["    x = 1", "    try:", "        use(A)", "    except E:", "        pass"]
    text = "\n".join(["A = 1", "B = 2", "", "", "def f():", *body, ""])
    finding = Finding("a.py", Position(9, 5), Position(9, 6), "HED301", "", "")
    for old, wrong in (("A = 1", []), ("B = 2", [2]), ("x = 1", []), ("pass", [])):
        changed = text.replace(old, "changed()")
        assert repairs.lines_elsewhere([finding], text, changed) == wrong
    test = replace(finding, code="HED101")
    assert repairs.lines_elsewhere([test], text, text.replace("x = 1", "x = 2")) == [6]
    assert repairs.lines_elsewhere([test], text, text.replace("pass", "raise")) == []
    assert repairs.lines_elsewhere([test], text, text.replace("B = 2", "B = 3")) == [2]
    looking_up = text.replace("pass", "use(B)")
    changed = looking_up.replace("B = 2", "B = 3")
    assert repairs.lines_elsewhere([test], looking_up, changed) == []


def test_what_nothing_reads_any_more_may_go_and_nothing_else() -> None:
    body = [
        "    text = str(A)",
        "    low = text.lower()",
        "    unread = 1",
        "    if low:",
        "        B",
    ]
    text = "\n".join(["def f():", *body, "", "def g():", "    text = 1", "    return text", ""])
    finding = Finding("a.py", Position(5, 5), Position(5, 6), "HED101", "", "")
    changed = text.replace("if low", "if A.code").replace("    low = text.lower()\n", "")
    assert (
        repairs.lines_elsewhere([finding], text, changed.replace("    text = str(A)\n", "")) == []
    )
    assert repairs.lines_elsewhere([finding], text, changed.replace("str(A)", "str(B)")) == [2]
    assert repairs.lines_elsewhere([finding], text, changed.replace("    unread = 1\n", "")) == [4]
    assert repairs.lines_elsewhere([finding], text, changed.replace("    text = 1\n", "")) == [9]


def test_the_examples_are_repaired_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert repairs.main([str(ROOT / "examples" / "pyai_client"), "--sample", "3"]) == 0
    said = capsys.readouterr().out
    assert "\n0 problems\n" in said
    assert said.count("\n@@ ") >= 3


@pytest.mark.slow
def test_the_cases_are_repaired_well(capsys: pytest.CaptureFixture[str]) -> None:
    status = repairs.main([str(ROOT / "tests" / "cases"), "--select", "ALL"])
    assert status == 0, capsys.readouterr().out


def test_rounds_hold_what_was_there_before() -> None:
    result = fix_source(SOURCE, "a.py", Settings())
    assert result.rounds == (Round(SOURCE, result.applied),)
