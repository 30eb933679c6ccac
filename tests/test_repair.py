"""The craft of the repairs: rounds, what clashes, what does not hold, who is asked."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from heedlint import Settings, check_source, fix_source
from heedlint.errors import UnreadableSource
from heedlint.findings import Applicability, Edit, Finding, Fix, FixResult, Position
from heedlint.repair import Answer, Repairs
from heedlint.source.decode import decode
from heedlint.source.edits import Edited, clash
from heedlint.source.lines import lines_of
from heedlint.source.syntax import compile_error

CASES = Path(__file__).parent / "cases"


@dataclass(frozen=True)
class Word:
    """What a small linter says of a word: what to put there, and which lines to put on top."""

    content: str
    top: tuple[str, ...] = ()
    code: str = "HED101"


def found(text: str, words: dict[str, Word]) -> list[Finding]:
    findings = []
    for number, line in enumerate(lines_of(text), 1):
        for match in re.finditer(r"\w+", line):
            word = words.get(match[0])
            if word is None:
                continue
            start, end = Position(number, match.start() + 1), Position(number, match.end() + 1)
            top = [Edit(Position(1, 1), Position(1, 1), line) for line in word.top]
            missing = [edit for edit in top if edit.content not in text]
            fix = Fix(Applicability.SAFE, "", (*missing, Edit(start, end, word.content)))
            findings.append(Finding("a.py", start, end, word.code, "", match[0], fix=fix))
    return findings


def repaired(source: str | bytes, words: dict[str, Word], *answers: Answer) -> FixResult:
    """What the repairs make of a source in which those words are found."""

    def check(content: bytes) -> list[Finding]:
        text = decode(content).text
        try:
            ast.parse(text)
        except SyntaxError as error:
            raise UnreadableSource(error.msg) from error
        return found(text, words)

    content = source.encode() if isinstance(source, str) else source
    repairs = Repairs(content, check(content), check, unsafe=False)
    given = iter(answers)
    return repairs.make((lambda *_: next(given)) if answers else None)


def reasons(result: FixResult) -> dict[str, str]:
    return {given_up.finding.message: given_up.reason for given_up in result.given_up}


def test_what_two_repairs_both_need_is_put_in_once() -> None:
    need = Word("re", ("import re\n",))
    result = repaired("one; two\n", {"one": need, "two": need})
    assert result.content == b"import re\nre; re\n"
    assert len(result.applied) == 2


def test_two_repairs_that_put_different_things_at_one_place_are_both_made() -> None:
    words = {"one": Word("re", ("import re\n",)), "two": Word("os", ("import os\n",))}
    result = repaired("one; two\n", words)
    assert result.content == b"import os\nimport re\nre; os\n"
    assert repaired("one; two\n", words).content == result.content


def test_what_one_repair_puts_at_one_place_stays_in_its_order() -> None:
    words = {"one": Word("a()", ("import re\n", "def a(): pass\n"))}
    assert repaired("one\n", words).content == b"import re\ndef a(): pass\na()\n"


def test_one_bad_repair_does_not_cost_the_others() -> None:
    words = {name: Word("x") for name in ("a", "b", "c", "d", "e")}
    result = repaired("a\nb\nbad\nc\nd\ne\n", {**words, "bad": Word("1 +")})
    assert result.content == b"x\nx\nbad\nx\nx\nx\n"
    assert len(result.applied) == 5
    assert [finding.message for finding in result.remaining] == ["bad"]
    assert reasons(result)["bad"].startswith("the file would not compile any more: ")


def test_a_repair_after_which_the_finding_is_still_there_is_not_made() -> None:
    result = repaired("bad\ngood\n", {"bad": Word("(bad)"), "good": Word("fine")})
    assert result.content == b"bad\nfine\n"
    assert reasons(result) == {"bad": "HED101 would still be found there: bad"}


def test_a_finding_beside_the_repaired_one_may_stay() -> None:
    result = repaired("a; bad\nbad; a\n", {"bad": Word("bad"), "a": Word("x")})
    assert result.content == b"x; bad\nbad; x\n"
    assert set(reasons(result)) == {"bad"}


def test_another_rule_may_find_something_in_what_was_repaired() -> None:
    words = {"a": Word("b"), "b": Word("c", code="HED201")}
    result = repaired("a\n", words)
    assert result.content == b"c\n"
    assert [finding.code for finding in result.applied] == ["HED101", "HED201"]


def test_repairs_that_undo_each_other_come_to_an_end() -> None:
    result = repaired("a\n", {"a": Word("b"), "b": Word("a", code="HED201")})
    assert result.content == b"b\n"
    assert reasons(result) == {"b": "it would undo another repair"}


def test_a_repair_without_end_comes_to_an_end() -> None:
    words = {f"a{n}": Word(f"a{n + 1}", code=f"HED10{n % 4 + 1}") for n in range(1000)}
    result = repaired("a0\n", words)
    assert result.content == b"a100\n"
    assert reasons(result) == {"a100": "not done after 100 rounds"}


def test_what_only_a_compiler_sees_is_seen() -> None:
    source = "from __future__ import annotations\nbad\n"
    result = repaired(source, {"bad": Word("x", ("import re\n",))})
    assert result.content.decode() == source
    assert "__future__" in reasons(result)["bad"]


def test_a_file_that_did_not_compile_before_need_not_compile_after() -> None:
    result = repaired("return bad\n", {"bad": Word("x")})
    assert compile_error("return x\n")
    assert result.content == b"return x\n"


def test_a_character_that_the_encoding_does_not_have() -> None:
    source = "# coding: latin-1\nbad = 'é'\ngood = 1\n".encode("latin-1")
    result = repaired(source, {"bad": Word("ł"), "good": Word("ø")})
    assert result.content.decode("latin-1") == "# coding: latin-1\nbad = 'é'\nø = 1\n"
    assert reasons(result) == {
        "bad": "the file would not be readable any more: 'ł' cannot be written in iso-8859-1"
    }


def test_an_encoding_that_does_not_come_back_is_left_alone() -> None:
    source = b"# coding: utf-7\nx = '+AGE-'\nbad\n"
    result = repaired(source, {"bad": Word("x")})
    assert result.content == source
    assert "utf-7" in reasons(result)["bad"]


def test_a_repair_that_overlaps_itself_is_not_made() -> None:
    start, middle, end = (Position(1, column) for column in (1, 2, 3))
    fix = Fix(Applicability.SAFE, "", (Edit(start, end, "x"), Edit(middle, end, "y")))
    finding = Finding("a.py", start, end, "HED101", "", "bad", fix=fix)
    result = Repairs(b"ab\n", [finding], lambda _: [], unsafe=False).make()
    assert reasons(result) == {"bad": "its own edits overlap"}


# Who is asked


def test_each_repair_is_asked_about() -> None:
    words = {"a": Word("x", ("import re\n",)), "b": Word("y"), "c": Word("z")}
    result = repaired("a; b; c\n", words, Answer.NO, Answer.YES, Answer.YES)
    assert result.content == b"a; y; z\n"
    assert reasons(result) == {"a": "declined"}


def test_what_was_declined_stays_so_when_other_repairs_move_it() -> None:
    words = {"a": Word("x"), "b": Word("yyy", ("import re\n",)), "c": Word("z")}
    result = repaired("a; c\nb; c\n", words, Answer.YES, Answer.NO, Answer.YES, Answer.NO)
    assert result.content == b"import re\nx; c\nyyy; c\n"
    assert [(g.finding.start, g.reason) for g in result.given_up] == [
        (Position(2, 4), "declined"),
        (Position(3, 6), "declined"),
    ]


def test_all_means_all_that_follow() -> None:
    words = {name: Word("x") for name in "abcd"}
    result = repaired("a; b; c; d\n", words, Answer.NO, Answer.ALL)
    assert result.content == b"a; x; x; x\n"


def test_who_quits_is_not_asked_any_more() -> None:
    words = {name: Word("x") for name in "abc"}
    result = repaired("a; b; c\n", words, Answer.YES, Answer.QUIT)
    assert result.content == b"x; b; c\n"
    assert reasons(result) == dict.fromkeys("bc", "not asked about any more")


def test_nobody_is_asked_about_what_does_not_hold() -> None:
    result = repaired("bad; a\n", {"bad": Word("bad"), "a": Word("x")}, Answer.YES)
    assert result.content == b"bad; x\n"


# Edits


def edit(begin: int, end: int, content: str = "") -> Edit:
    return Edit(Position(1, begin), Position(1, end), content)


def test_what_clashes() -> None:
    assert clash(edit(1, 3), edit(2, 4))
    assert not clash(edit(1, 3), edit(3, 4))
    assert not clash(edit(1, 1, "a"), edit(1, 2))
    assert clash(edit(2, 2, "a"), edit(1, 3))
    assert clash(edit(1, 1, "a"), edit(1, 1, "b"))
    assert not clash(edit(1, 1, "a"), edit(1, 1, "a"))


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_what_is_put_in_gets_the_line_endings_of_its_place(newline: str) -> None:
    text = newline.join(["a", "b", "c"])
    for line in (1, 2, 3):
        edited = Edited(text, [Edit(Position(line, 1), Position(line, 1), "x\ny\r\n")])
        expected = ["a", "b", "c"]
        expected[line - 1 : line - 1] = ["x", "y"]
        assert edited.text == newline.join(expected)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_line_behind_the_last_that_has_no_ending(newline: str) -> None:
    behind = Position(3, 1)
    edited = Edited(f"a{newline}b", [Edit(behind, behind, "c\n")])
    assert edited.text == f"a{newline}b{newline}c"
    assert Edited(f"a{newline}b", [Edit(Position(2, 1), behind, "")]).text == f"a{newline}"


def test_where_places_have_gone() -> None:
    edited = Edited("abc def", [edit(2, 2, "123"), edit(5, 8, "x\ny")])
    assert edited.text == "a123bc x\ny"
    columns = [edited.region(Position(1, n), Position(1, n)) for n in range(1, 9)]
    here = [(start.line, start.column, end.line, end.column) for start, end in columns]
    assert here == [
        *((1, 1, 1, 1), (1, 2, 1, 5), (1, 6, 1, 6), (1, 7, 1, 7)),
        *[(1, 8, 2, 2)] * 4,
    ]


# The rules' own repairs


def test_a_select_without_the_rule_of_unreadable_files_still_writes_only_python() -> None:
    source = (CASES / "hed101.py").read_bytes()
    result = fix_source(source, "a.py", Settings(select=("HED101",)), unsafe=True)
    assert result.applied
    ast.parse(result.content)


def test_unused_suppressions_are_removed_and_nothing_else() -> None:
    settings = Settings(select=("HED901",))
    source = (CASES / "hed901.py").read_bytes()
    result = fix_source(source, "a.py", settings)
    assert result.content == (CASES / "fixed" / "hed901.py").read_bytes()
    assert check_source(result.content, "a.py", settings) == []
    assert fix_source(result.content, "a.py", settings).content == result.content


def test_a_file_that_flake8_leaves_out_has_no_unused_suppression() -> None:
    source = b"# flake8: noqa\nimport openai\nx = 1  # noqa: HED101\n"
    for suppress in (True, False):
        settings = Settings(select=("HED901",), suppress=suppress)
        assert check_source(source, "a.py", settings) == []
    assert check_source(source.split(b"\n", 1)[1], "a.py", settings) != []
