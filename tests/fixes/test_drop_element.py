"""The repairs that leave something out, against what they must make of the cases."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from heedlint import FixResult, Settings, fix_source

DROPPED = Settings(select=("HED201", "HED302"))
CASES = Path(__file__).parent.parent / "cases"
HEADER = """\
import time
import openai
import pyai
from tenacity import retry, retry_if_exception_type, stop_after_attempt
from urllib3 import Retry
client = openai.OpenAI(base_url="https://api.pyai.com/v1")
voice = pyai.PyAI()
"""
LOOP = """
def ask(prompt):
    for attempt in range(3):
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except openai.APIStatusError as e:
            if e.status_code not in RETRIED:
                raise
            time.sleep(2**attempt)
"""
DECORATED = """
def ask(prompt):
    return client.responses.create(model="pyai-cue", input=prompt)
"""


def fixed(source: bytes, settings: Settings = DROPPED) -> FixResult:
    """The repaired source; a second run must change nothing, and the result must parse."""
    first = fix_source(source, "case.py", settings, unsafe=True)
    ast.parse(first.content)
    second = fix_source(first.content, "case.py", settings, unsafe=True)
    assert second.content == first.content
    assert not second.applied
    return first


@pytest.mark.parametrize("name", ["hed201.py", "hed202.py", "hed203.py", "hed204.py", "hed302.py"])
def test_the_cases_are_repaired_as_was_read_and_agreed(name: str) -> None:
    settings = Settings(select=(name.partition(".")[0].upper(),))
    result = fixed((CASES / name).read_bytes(), settings)
    assert result.content.decode() == (CASES / "fixed" / name).read_text(encoding="utf-8")


def statuses(text: str) -> str:
    return f"{HEADER}RETRIED = {text}\n{LOOP}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{402, 500}", "{500}"),
        ("{500, 402}", "{500}"),
        ("{500, 402, 503}", "{500, 503}"),
        ("(402, 500)", "(500,)"),
        ("(402, 500, 503)", "(500, 503)"),
        ("[402, 401, 500]", "[500]"),
        ("frozenset({500, 402})", "frozenset({500})"),
        ("[500, 402,]", "[500,]"),
        ("[\n    402,\n    500,\n]", "[\n    500,\n]"),
        ("[\n    500,\n    402,\n]", "[\n    500,\n]"),
        ("[\n    500,\n    402\n]", "[\n    500\n]"),
        ("{\n    500,  # server\n    402,\n    503,\n}", "{\n    500,  # server\n    503,\n}"),
        ("[\n    500,  # server\n    402,  # unpaid\n]", "[\n    500,  # server\n]"),
        ("(\n    500,\n    # gateway\n    402,\n    503,\n)", None),
    ],
)
def test_a_status_is_left_out(before: str, after: str | None) -> None:
    result = fixed(statuses(before).encode()).content.decode()
    if after is not None:
        assert result == statuses(after)
    assert "402" not in result
    assert "500" in result


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{402}", "set()"),
        ("(401,)", "()"),
        ("[401, 402]", "[]"),
        ("frozenset({402})", "frozenset()"),
    ],
)
def test_the_last_element_leaves_nothing(before: str, after: str) -> None:
    assert fixed(statuses(before).encode()).content.decode() == statuses(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("e.status_code == 429 or e.status_code == 402", "e.status_code == 429"),
        ("e.status_code == 402 or e.status_code >= 500", "e.status_code >= 500"),
        ("(e.status_code == 500 or e.status_code in {402})", "(e.status_code == 500)"),
        (
            "isinstance(e, openai.AuthenticationError) or e.status_code == 500",
            "e.status_code == 500",
        ),
    ],
)
def test_an_operand_is_left_out(before: str, after: str) -> None:
    def source(test: str) -> str:
        return f"{HEADER}{LOOP.replace('e.status_code not in RETRIED', f'not ({test})')}"

    assert fixed(source(before).encode()).content.decode() == source(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "retry_if_exception_type(openai.InternalServerError)"
            " | retry_if_exception_type(openai.PermissionDeniedError)",
            "retry_if_exception_type(openai.InternalServerError)",
        ),
        ("retry_if_exception_type(openai.BadRequestError)", "tenacity.retry_never"),
        ("retry_if_exception_type((openai.BadRequestError,))", "tenacity.retry_never"),
    ],
)
def test_a_condition_of_a_library_is_left_out(before: str, after: str) -> None:
    def source(condition: str) -> str:
        decorator = f"@retry(retry={condition}, stop=stop_after_attempt(3))"
        return f"import tenacity\n{HEADER}\n{decorator}{DECORATED}"

    assert fixed(source(before).encode()).content.decode() == source(after)


@pytest.mark.parametrize("parameter", ["autoretry_for", "on"])
def test_a_parameter_that_takes_tuples_alone_keeps_one(parameter: str) -> None:
    decorator = {
        "autoretry_for": "@celery.shared_task(autoretry_for=",
        "on": "@stamina.retry(attempts=3, on=",
    }[parameter]

    def source(classes: str) -> str:
        return f"import celery\nimport stamina\n{HEADER}\n{decorator}{classes}){DECORATED}"

    both = "(openai.InternalServerError, openai.AuthenticationError)"
    after = fixed(source(both).encode()).content.decode()
    assert after == source("(openai.InternalServerError,)")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("(openai.InternalServerError, openai.AuthenticationError)", "openai.InternalServerError"),
        ("(openai.AuthenticationError, openai.InternalServerError)", "openai.InternalServerError"),
        (
            "(openai.InternalServerError, openai.BadRequestError, ConnectionError)",
            "(openai.InternalServerError, ConnectionError)",
        ),
    ],
)
def test_a_class_is_left_out(before: str, after: str) -> None:
    def source(classes: str) -> str:
        decorator = f"@retry(retry=retry_if_exception_type({classes}), stop=stop_after_attempt(3))"
        return f"{HEADER}\n{decorator}{DECORATED}"

    assert fixed(source(before).encode()).content.decode() == source(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Retry(respect_retry_after_header=False)", "Retry()"),
        ("Retry(3, respect_retry_after_header=False)", "Retry(3)"),
        ("Retry(respect_retry_after_header=False, total=3)", "Retry(total=3)"),
        ("Retry(total=3, respect_retry_after_header=False, )", "Retry(total=3, )"),
        (
            "Retry(\n    total=3,  # enough\n    respect_retry_after_header=False,\n)",
            "Retry(\n    total=3,  # enough\n)",
        ),
        (
            "Retry(\n    total=3,\n    respect_retry_after_header=False,  # it hung\n)",
            "Retry(\n    total=3,\n)",
        ),
        (
            "Retry(\n    respect_retry_after_header=False,\n    total=3,  # enough\n)",
            "Retry(\n    total=3,  # enough\n)",
        ),
    ],
)
def test_the_switch_is_removed(before: str, after: str) -> None:
    result = fixed(f"{HEADER}policy = {before}\n".encode())
    assert result.content.decode() == f"{HEADER}policy = {after}\n"


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_line_endings_and_bom_are_kept(newline: str, bom: bytes) -> None:
    before = statuses("[\n    500,\n    402,\n]").replace("\n", newline).encode()
    after = statuses("[\n    500,\n]").replace("\n", newline).encode()
    assert fixed(bom + before).content == bom + after


def test_what_is_repaired_is_no_longer_reported() -> None:
    result = fixed(statuses("(401, 402, 500)").encode())
    assert {finding.code for finding in result.applied} == {"HED201"}
    assert not [finding for finding in result.remaining if finding.code == "HED201"]
