"""`heedlint replay`: the command, its table and its JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from heedlint.cli import main
from heedlint.contracts.loader import load_catalogues

SOURCE = """\
import time
import openai

client = openai.OpenAI(base_url="https://api.pyai.com/v1")
RETRIED = {402, 429}


def ask(messages):
    for attempt in range(4):
        try:
            return client.chat.completions.create(model="m", messages=messages)
        except openai.APIStatusError as e:
            if e.status_code not in RETRIED:
                raise
            time.sleep(2**attempt)


def ask_once(messages):
    while True:
        try:
            return client.chat.completions.create(model="m", messages=messages)
        except openai.RateLimitError as e:
            time.sleep(float(e.response.headers["retry-after"]))
"""


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path("ask.py")
    path.write_text(SOURCE, encoding="utf-8")
    return path


def replayed(*arguments: str) -> list[dict[str, Any]]:
    result = CliRunner().invoke(main, ["replay", *arguments, "--output-format", "json"])
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


def test_there_is_a_row_for_every_documented_error(source: Path) -> None:
    [first, second] = replayed(str(source))
    documented = {e.code for e in load_catalogues()["pyai"].errors if not e.sdk_only}
    for construct in (first, second):
        assert {row["error"] for row in construct["errors"]} == documented
    assert (first["kind"], first["line"], first["end_line"]) == ("loop", 9, 15)


def test_a_row_says_what_happens_to_the_error(source: Path) -> None:
    rows = {row["error"]: row for row in replayed(f"{source}:12")[0]["errors"]}
    assert rows["credit_exhausted"] == {
        "catalogue": "pyai",
        "error": "credit_exhausted",
        "status": 402,
        "caught_by": "except openai.APIStatusError as e:",
        "decided_by": ["12: openai.APIStatusError", "5: 402"],
        "outcome": "retried",
        "delay": "exponential",
        "attempts": "4",
        "verdict": "never retryable",
    }
    assert rows["unauthorized"]["outcome"] == "raised"
    assert rows["unauthorized"]["attempts"] == "1"
    assert rows["unauthorized"]["verdict"] == "right"
    assert rows["rate_limit_exceeded"]["verdict"] == "ignores Retry-After"


def test_a_line_chooses_the_construct_around_it(source: Path) -> None:
    [only] = replayed(f"{source}:23")
    rows = {row["error"]: row for row in only["errors"]}
    assert only["line"] == 19
    assert rows["rate_limit_exceeded"]["delay"] == "Retry-After"
    assert rows["rate_limit_exceeded"]["attempts"] == "no end"
    assert rows["rate_limit_exceeded"]["verdict"] == "right"


def test_the_table_is_for_people(source: Path) -> None:
    result = CliRunner().invoke(main, ["replay", str(source)])
    assert result.exit_code == 0
    assert "ask.py:9: loop  for attempt in range(4):" in result.output
    row = next(line for line in result.output.splitlines() if "credit_exhausted (402)" in line)
    assert "retried" in row
    assert "never retryable" in row


def test_a_file_without_a_retry_says_so(source: Path) -> None:
    source.write_text("import openai\n\ntry:\n    pass\nexcept openai.APIError:\n    raise\n")
    result = CliRunner().invoke(main, ["replay", str(source)])
    assert result.exit_code == 1
    assert "ask.py: there is no retry of an API call" in result.output


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "nowhere.py: cannot be read: No such file"),
        ("def (:\n", "nowhere.py:1:1: cannot be parsed"),
    ],
)
def test_what_cannot_be_read_ends_with_two(content: str | None, message: str, source: Path) -> None:
    if content is not None:
        Path("nowhere.py").write_text(content, encoding="utf-8")
    result = CliRunner().invoke(main, ["replay", "nowhere.py"])
    assert result.exit_code == 2
    assert message in result.output
