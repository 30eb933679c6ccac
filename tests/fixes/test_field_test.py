"""The repair of text tests: against goldens, by execution with the real SDKs, and byte by byte."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
from api_server import PYAI_ERRORS, ApiError, PyAIServer

from heedlint import FixResult, Settings, check_source, fix_source
from heedlint.findings import Applicability

CASES = Path(__file__).resolve().parent.parent / "cases"
GOLDENS = ("hed101.py", "hed103.py")

RATE_CODES = {"rate_limit_exceeded", "concurrency_limit_exceeded", "daily_cap_exceeded"}
CREDIT_CODES = {"credit_exhausted", "key_budget_exceeded", "insufficient_quota"}


def repair(source: str | bytes, *, unsafe: bool = False) -> FixResult:
    content = source.encode() if isinstance(source, str) else source
    return fix_source(content, "client.py", Settings(), unsafe=unsafe)


# Goldens


@pytest.mark.parametrize("name", GOLDENS)
def test_the_cases_are_repaired_as_in_the_golden(name: str) -> None:
    result = repair((CASES / name).read_bytes(), unsafe=True)
    assert result.content.decode() == (CASES / "fixed" / name).read_text(encoding="utf-8")
    ast.parse(result.content)


@pytest.mark.parametrize("name", GOLDENS)
def test_a_second_repair_changes_nothing(name: str) -> None:
    golden = (CASES / "fixed" / name).read_bytes()
    result = repair(golden, unsafe=True)
    assert result.content == golden
    assert not result.applied


@pytest.mark.parametrize("name", GOLDENS)
def test_only_lines_with_a_finding_change_and_what_nothing_needs_goes(name: str) -> None:
    before = (CASES / name).read_text(encoding="utf-8").splitlines()
    after = (CASES / "fixed" / name).read_text(encoding="utf-8").splitlines()
    changes = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    changed = [line for tag, i, j, _, _ in changes if tag != "equal" for line in before[i:j]]
    others = [line for line in changed if "# expect: " not in line]
    assert len(others) < len(changed)
    for line in others:
        assert re.fullmatch(r" +(\w+) = (f\".*\"|str\(\w+\)|\w+\.lower\(\))", line), line
        assert line not in after


# Proof by execution

API = "https://api.pyai.com"
SKELETONS = {
    "openai": """
import re
import openai
WORDS = ("prepaid credit", "monthly budget")
client = openai.OpenAI(api_key="pyai_test_key", base_url="https://api.pyai.com/v1", max_retries=0)
def run():
    try:
        client.chat.completions.create(model="m", messages=[{"role": "user", "content": "x"}])
    except CAUGHT as e:
        if TEST:
            return "branch"
        return "other"
""",
    "pyai": """
import re
import pyai
WORDS = ("prepaid credit", "monthly budget")
client = pyai.PyAI(api_key="pyai_test_key", base_url="https://api.pyai.com")
def run():
    try:
        client.audio.speech("hello")
    except CAUGHT as e:
        if TEST:
            return "branch"
        return "other"
""",
    "httpx": """
import re
import httpx
def run():
    try:
        httpx.post("https://api.pyai.com/v1/audio/speech", json={}).raise_for_status()
    except CAUGHT as e:
        if TEST:
            return "branch"
        return "other"
""",
}


@dataclass(frozen=True)
class Proof:
    """A text test, which documented errors take its branch before, and which after the repair."""

    client: str
    caught: str
    test: str
    before: frozenset[str]
    after: frozenset[str]

    @property
    def source(self) -> str:
        return SKELETONS[self.client].replace("CAUGHT", self.caught).replace("TEST", self.test)


def proof(client: str, caught: str, test: str, before: set[str], after: set[str]) -> Any:
    return pytest.param(
        Proof(client, caught, test, frozenset(before), frozenset(after)), id=f"{client}-{test}"
    )


STATUS_ERROR = "openai.APIStatusError"
RATE = {"rate_limit_exceeded"}
QUOTA = {"insufficient_quota"}
DAILY = {"daily_cap_exceeded"}
CONCURRENCY = {"concurrency_limit_exceeded"}
TWO_CREDITS = {"credit_exhausted", "key_budget_exceeded"}
EVERY = set(PYAI_ERRORS)

SAFE = [
    proof("openai", STATUS_ERROR, '"rate limit" in str(e).lower()', RATE, RATE),
    proof("openai", "openai.RateLimitError", '"rate limit" in e.message.lower()', RATE, RATE),
    # openai 3.x makes the text of status and message alone: these branches were dead.
    proof("openai", STATUS_ERROR, 'e.message == "Invalid API key."', set(), {"unauthorized"}),
    proof("openai", STATUS_ERROR, '"insufficient_quota" in str(e)', set(), QUOTA),
    proof("openai", STATUS_ERROR, '"insufficient_quota" not in str(e)', EVERY, EVERY - QUOTA),
    proof("openai", STATUS_ERROR, 'not ("insufficient_quota" in str(e))', EVERY, EVERY - QUOTA),
    proof("openai", STATUS_ERROR, '"429" in str(e)', RATE_CODES, RATE_CODES),
    proof(
        "openai",
        STATUS_ERROR,
        "any(w in e.message.lower() for w in WORDS)",
        TWO_CREDITS,
        TWO_CREDITS,
    ),
    proof(
        "openai",
        STATUS_ERROR,
        '"credit_exhausted" in str(e) or "daily cap" in str(e).lower()',
        DAILY,
        DAILY | {"credit_exhausted"},
    ),
    proof("pyai", "pyai.PyAIError", '"rate limit" in e.message.lower()', RATE, RATE),
    proof("pyai", "pyai.PyAIError", '"insufficient_quota" in e.message', set(), QUOTA),
    proof("pyai", "pyai.PyAIError", '"insufficient_quota" in str(e)', QUOTA, QUOTA),
    proof("pyai", "pyai.PyAIError", 'str(e).startswith("[402")', CREDIT_CODES, CREDIT_CODES),
    proof("pyai", "pyai.PyAIError", 're.search("daily_cap_exceeded", str(e))', DAILY, DAILY),
    proof(
        "pyai", "pyai.PyAIError", '"daily cap" not in str(e).lower()', EVERY - DAILY, EVERY - DAILY
    ),
    proof(
        "pyai",
        "pyai.PyAIError",
        '"idempotency-key" in str(e).lower()',
        {"idempotency_conflict"},
        {"idempotency_conflict"},
    ),
    proof(
        "pyai",
        "pyai.PyAIError",
        "any(w in str(e).lower() for w in WORDS)",
        TWO_CREDITS,
        TWO_CREDITS,
    ),
    proof("openai", STATUS_ERROR, '"Daily cap" in f"{e}"', DAILY, DAILY),
    proof("openai", STATUS_ERROR, '"Daily cap" in " ".join(e.args)', DAILY, DAILY),
    proof("pyai", "pyai.PyAIError", 'str(e).count("Rate limit")', RATE, RATE),
    proof("pyai", "pyai.PyAIError", '"Daily cap" in "%s" % e', DAILY, DAILY),
    proof("pyai", "pyai.PyAIError", '"Daily cap" in e.args[0]', DAILY, DAILY),
    proof(
        "pyai",
        "pyai.PyAIError",
        'e.message.lower().startswith(("rate limit", "daily cap"))',
        RATE | DAILY,
        RATE | DAILY,
    ),
    proof(
        "pyai",
        "pyai.PyAIError",
        "not any(w in str(e).lower() for w in WORDS)",
        EVERY - TWO_CREDITS,
        EVERY - TWO_CREDITS,
    ),
]

UNSAFE = [
    # A base class: an error that breaks a stream off is one, too.
    proof("openai", "openai.APIError", 'e.message.startswith("Rate limit")', set(), RATE),
    proof(
        "openai", STATUS_ERROR, '"credit" in e.message', {"credit_exhausted"}, {"credit_exhausted"}
    ),
    proof("openai", "Exception", '"rate limit" in str(e).lower()', RATE, RATE),
    proof("openai", "Exception", '"insufficient_quota" in str(e)', set(), QUOTA),
    proof("openai", "Exception", '"429" in str(e)', RATE_CODES, RATE_CODES),
    proof("openai", STATUS_ERROR, '"concurrent" in str(e)', CONCURRENCY, CONCURRENCY),
    proof("pyai", "Exception", '"daily cap" in str(e).lower()', DAILY, DAILY),
    proof("pyai", "Exception", '"429" in str(e)', RATE_CODES, RATE_CODES),
    proof("httpx", "httpx.HTTPStatusError", '"\'402 " in str(e)', CREDIT_CODES, CREDIT_CODES),
]

MISLEADING = (
    "Not a rate limit (429), nor insufficient_quota, the daily cap, the monthly budget, "
    "prepaid credit, credit_exhausted or the Idempotency-Key."
)


def branches(
    source: str | bytes,
    case: Proof,
    server: PyAIServer,
    errors: Iterable[str | int | ApiError],
    **changes: Any,
) -> set[Any]:
    """The errors for which the code takes the branch.

    No error may end otherwise than in one of the branches, or as the SDK's own exception where the
    handler does not catch it.
    """
    text = source.decode() if isinstance(source, bytes) else source
    namespace: dict[str, Any] = {}
    exec(compile(text.replace(API, server.root), "client.py", "exec"), namespace)
    found = set()
    for error in errors:
        server.fail(error, **changes)
        try:
            ended = namespace["run"]()
        except Exception as raised:
            assert type(raised).__module__.partition(".")[0] == case.client, repr(raised)
            continue
        assert ended in ("branch", "other"), error
        if ended == "branch":
            found.add(error)
    return found


def taken(source: str | bytes, case: Proof, server: PyAIServer, **changes: Any) -> set[Any]:
    """The documented errors for which the code takes the branch."""
    return branches(source, case, server, PYAI_ERRORS, **changes)


@pytest.mark.parametrize("case", SAFE)
def test_after_a_safe_repair_exactly_the_documented_codes_take_the_branch(
    case: Proof, pyai_server: PyAIServer
) -> None:
    assert taken(case.source, case, pyai_server) == case.before

    result = repair(case.source)

    assert result.applied
    assert {f.fix.applicability for f in result.applied if f.fix} == {Applicability.SAFE}
    assert taken(result.content, case, pyai_server) == case.after


@pytest.mark.parametrize("case", SAFE)
def test_after_a_safe_repair_the_wording_decides_nothing(
    case: Proof, pyai_server: PyAIServer
) -> None:
    repaired = repair(case.source).content
    for wording in ("Reworded.", "Limite de débit atteinte.", MISLEADING):
        assert taken(repaired, case, pyai_server, message=wording) == case.after


@pytest.mark.parametrize("case", SAFE)
def test_a_safe_repair_leaves_undocumented_errors_as_they_were(
    case: Proof, pyai_server: PyAIServer
) -> None:
    others = [400, 404, 413, 422, 500, 503]
    others_coded = [
        ApiError("model_not_found", 404, "No such model.", "invalid_request_error"),
        ApiError("server_error", 500, "Something broke.", "server_error"),
    ]
    repaired = repair(case.source).content
    for errors in (others, others_coded):
        before = branches(case.source, case, pyai_server, errors)
        assert branches(repaired, case, pyai_server, errors) == before


@pytest.mark.parametrize("case", UNSAFE)
def test_an_unsafe_repair_takes_the_branch_for_the_documented_wording(
    case: Proof, pyai_server: PyAIServer
) -> None:
    assert not repair(case.source).applied

    result = repair(case.source, unsafe=True)

    assert {f.fix.applicability for f in result.applied if f.fix} == {Applicability.UNSAFE}
    assert taken(case.source, case, pyai_server) == case.before
    assert taken(result.content, case, pyai_server) == case.after


# Craft: what is not edited comes back byte for byte

PLAIN = """\
import pyai

voice = pyai.PyAI(api_key="pyai_test_key")


def speak(text):
    try:
        return voice.audio.speech(text)
    except pyai.PyAIError as e:  # Größe
        if (
            # what the server says
            "rate limit" in str(e).lower()   # three blanks
        ):
            return None
        raise
"""
OLD, NEW = '"rate limit" in str(e).lower()', 'e.code == "rate_limit_exceeded"'


def tabbed(source: str) -> str:
    return source.replace("    ", "\t")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(PLAIN.encode(), id="plain"),
        pytest.param(PLAIN.replace("\n", "\r\n").encode(), id="crlf"),
        pytest.param(b"\xef\xbb\xbf" + PLAIN.encode(), id="bom"),
        pytest.param(b"\xef\xbb\xbf" + PLAIN.replace("\n", "\r\n").encode(), id="bom-crlf"),
        pytest.param(("# -*- coding: latin-1 -*-\n" + PLAIN).encode("latin-1"), id="latin-1"),
        pytest.param(
            ("#!/usr/bin/python\n# coding: cp1252\n" + PLAIN).encode("cp1252"), id="cp1252"
        ),
        pytest.param(tabbed(PLAIN).encode(), id="tabs"),
        pytest.param(PLAIN.rstrip("\n").encode(), id="no-newline-at-end"),
        pytest.param((PLAIN + "\n\n  \n\t\n").encode(), id="blank-lines-at-end"),
        pytest.param((PLAIN + "\x0c\nNAME = 'a\u2028b'\n").encode(), id="form-feed-and-u2028"),
        pytest.param(PLAIN.replace("\n", "\r\n", 5).encode(), id="mixed-line-endings"),
        pytest.param(PLAIN.replace("\n", "\r").encode(), id="cr"),
        pytest.param(PLAIN.replace("speech(text)", "speech(text + '😀')").encode(), id="astral"),
    ],
)
def test_only_the_edit_changes_the_bytes(content: bytes) -> None:
    result = repair(content)
    assert result.applied
    assert result.content == content.replace(OLD.encode(), NEW.encode())


def test_an_edit_behind_wide_characters_hits_its_place() -> None:
    line = '        if "\u00e9\U0001f600" != text and "rate limit" in str(e).lower():\n'
    before = (
        PLAIN[: PLAIN.index("        if (")] + line + "            return None\n        raise\n"
    )
    assert repair(before).content.decode() == before.replace(OLD, NEW)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"# coding: utf-8\n" + PLAIN.encode("latin-1"), id="undecodable"),
        pytest.param((PLAIN + "def broken(:\n").encode(), id="unparsable"),
        pytest.param(PLAIN.replace("rate limit", "no such thing").encode(), id="nothing-to-repair"),
        pytest.param(PLAIN.replace("# three blanks", "# noqa: HED101").encode(), id="suppressed"),
    ],
)
def test_what_cannot_be_repaired_comes_back_as_it_was(content: bytes) -> None:
    result = repair(content, unsafe=True)
    assert result.content == content
    assert not result.changed


def test_two_tests_on_one_line_are_both_repaired() -> None:
    source = PLAIN.replace(OLD, '"rate_limit_exceeded" in str(e) and not "forbidden" in e.message')
    result = repair(source)
    assert 'e.code == "rate_limit_exceeded" and e.code != "forbidden"' in result.content.decode()
    assert repair(result.content).content == result.content


@pytest.mark.parametrize("quotes", ["'", '"', '"""'])
def test_any_quotes_around_the_words_are_repaired(quotes: str) -> None:
    source = PLAIN.replace('"rate limit"', f"{quotes}rate limit{quotes}")
    assert NEW in repair(source).content.decode()


REPAIRS = {
    "may_lack_the_field": 'if getattr(e, "status_code", None) == 429:',
    "an_alias_of_another_error": 'if first.code == "rate_limit_exceeded":',
    "a_body_that_may_lack_the_object": (
        'if body.get("error", {}).get("code") == "rate_limit_exceeded":'
    ),
    "may_be_none": 'return getattr(e, "code", None) == "insufficient_quota"',
}
LEFT_AS_THEY_ARE = [
    "in_quotes",
    "binds_a_name",
    "another_error_by_then",
    "a_word_that_is_not_known",
    "a_loop_that_hands_the_word_on",
    "a_list_of_what_was_found",
    "a_place_that_is_true_when_nothing_is_found",
    "a_table_that_others_read",
    "a_case_that_keeps_the_text",
    "a_status_within_a_wording",
    "an_error_of_nobody_known",
    "a_condition_that_takes_results_too",
    "a_loop_over_kinds_of_words",
    "a_text_that_may_be_the_prompt",
]


def function_of(source: str, name: str) -> str:
    begin = source.index(f"def {name}(")
    return source[begin : source.find("\n\n\n", begin)]


def test_a_field_that_may_be_missing_is_read_with_care() -> None:
    before = (CASES / "messages" / "repairs.py").read_bytes()
    after = repair(before, unsafe=True).content.decode()
    for name, line in REPAIRS.items():
        assert line in function_of(after, name)
    for name in LEFT_AS_THEY_ARE:
        assert function_of(after, name) == function_of(before.decode(), name)


def test_a_class_that_is_asked_for_on_one_way_is_none_behind_it() -> None:
    source = """\
import openai

client = openai.OpenAI()

def ask(prompt):
    try:
        return client.responses.create(model="gpt-5", input=prompt)
    except Exception as e:
        text = str(e)
        if isinstance(e, openai.APIStatusError):
            text = e.message
        if "insufficient_quota" in text:
            return None
        raise
"""
    result = repair(source, unsafe=True)
    assert [f.fix.applicability for f in result.applied if f.fix] == [Applicability.UNSAFE]
    assert b'if getattr(e, "code", None) in {' in result.content


def test_what_older_versions_do_not_have_is_not_taken_for_given() -> None:
    source = """\
import time

import anthropic

client = anthropic.Anthropic(max_retries=0)

def ask(prompt):
    for attempt in range(3):
        try:
            return client.messages.create(model="m", max_tokens=9, messages=prompt)
        except anthropic.APIStatusError as e:
            if "overloaded_error" in str(e):
                return None
            time.sleep(1)
    return None
"""
    settings = Settings(select=("HED103", "HED202"))
    result = fix_source(source.encode(), "client.py", settings, unsafe=True)
    worth = {f.code: f.fix.applicability for f in result.applied if f.fix}
    # Before 1.0.0 an error had no type, before 2.10.0 a 402 no class.
    assert worth == {"HED103": Applicability.UNSAFE, "HED202": Applicability.SAFE}
    assert b'if getattr(e, "type", None) == "overloaded_error":' in result.content
    assert b"if e.status_code in {400, 401, 402, 403, 404, 413}:" in result.content


@pytest.mark.parametrize(
    ("caught", "worth"),
    [("APIStatusError", Applicability.UNSAFE), ("InternalServerError", Applicability.SAFE)],
)
def test_within_a_stream_the_status_says_nothing_of_the_error(
    caught: str, worth: Applicability
) -> None:
    source = f"""\
import anthropic

client = anthropic.Anthropic()

def ask(prompt):
    try:
        return client.messages.create(model="m", max_tokens=9, messages=prompt)
    except anthropic.{caught} as e:
        if "internal server error" in str(e.body).lower():
            return None
        raise
"""
    (finding,) = check_source(source.encode(), "client.py", Settings(select=("HED101",)))
    assert finding.fix is not None
    assert finding.fix.applicability is worth


def test_a_wording_of_one_error_is_no_safe_test_of_a_status_that_others_share() -> None:
    source = (
        "import anthropic\n\nclient = anthropic.Anthropic()\n\ntry:\n    client.messages.create()\n"
        "except anthropic.APIStatusError as e:\n"
        '    if "would exceed your account\'s rate limit" in str(e):\n        wait()\n'
    )
    (finding,) = check_source(source.encode(), "case.py", Settings())
    assert finding.fix is not None
    assert finding.fix.applicability is Applicability.UNSAFE
    assert [edit.content for edit in finding.fix.edits] == ["e.status_code == 429"]


# What is shown where nothing can be written

ASKED = """\
import openai

client = openai.OpenAI(base_url="https://api.pyai.com/v1")


def ask():
    try:
        return client.models.list()
    except CAUGHT as e:
        BODY
        raise


HELPER
"""


@pytest.mark.parametrize(
    ("caught", "body", "helper", "shown"),
    [
        pytest.param(
            "openai.RateLimitError",
            'if "come back" in str(e): return None',
            "",
            'one of these may be meant: e.code in {"rate_limit_exceeded", '
            '"concurrency_limit_exceeded", "daily_cap_exceeded"}',
            id="codes-of-the-class",
        ),
        pytest.param(
            "openai.APIStatusError",
            'if "come back" in str(e): return None',
            "",
            "the stable field is e.code",
            id="any-of-the-contract",
        ),
        pytest.param(
            "openai.APIStatusError",
            'if "no money" in str(e): raise openai.RateLimitError("wait")',
            "",
            'one of these may be meant: e.code in {"rate_limit_exceeded", '
            '"concurrency_limit_exceeded", "daily_cap_exceeded"}',
            id="what-the-branch-raises",
        ),
        pytest.param(
            "openai.APIStatusError",
            'if "daily things are exceeded" in str(e): return None',
            "",
            'the nearest test is e.code == "daily_cap_exceeded"',
            id="the-code-in-other-words",
        ),
        pytest.param(
            "openai.APIStatusError",
            'if "No such endpoint" in str(e) or "429" in str(e): return None',
            "",
            "the nearest test is e.status_code == 429, which 3 documented errors share",
            id="what-stands-beside-it",
        ),
        pytest.param(
            "openai.APIStatusError",
            "if is_busy(str(e)): return None",
            'def is_busy(text):\n    return "rate limit" in text',
            'test e.code == "rate_limit_exceeded" where this is called',
            id="where-the-helper-is-called",
        ),
        pytest.param(
            "openai.APIStatusError",
            "if is_busy(e, str(e)): return None",
            "def is_busy(error, text):\n"
            '    return any(w in text for w in ("come back", "daily cap"))',
            'the nearest test is error.code == "daily_cap_exceeded"',
            id="by-the-other-parameter",
        ),
    ],
)
def test_what_cannot_be_written_is_shown_as_python(
    caught: str, body: str, helper: str, shown: str
) -> None:
    source = ASKED.replace("CAUGHT", caught).replace("BODY", body).replace("HELPER", helper)
    findings = check_source(source, "a.py", Settings(select=("HED101", "HED103")))
    fix = findings[0].fix
    assert fix is not None
    assert fix.applicability is Applicability.DISPLAY
    assert fix.message.endswith(shown)
    assert not fix.edits


def test_nothing_is_shown_where_no_field_is_known() -> None:
    source = (
        ASKED.replace("CAUGHT", "openai.APIError")
        .replace("HELPER", "")
        .replace("BODY", 'if "come back" in describe(e.request): return None')
    )
    assert all(finding.fix is None for finding in check_source(source, "a.py", Settings()))


RETRIED = """\
IMPORTS

import openai

client = openai.OpenAI(base_url="https://api.pyai.com/v1")


@DECORATOR
def ask():
    return client.models.list()
"""


@pytest.mark.parametrize(
    ("imports", "decorator", "imported", "condition"),
    [
        pytest.param(
            "import tenacity",
            "tenacity.retry(retry=tenacity.retry_if_exception_message(match='.*rate limit'))",
            "import tenacity",
            "tenacity.retry_if_exception(lambda e: ",
            id="module",
        ),
        pytest.param(
            "from tenacity import retry, retry_if_exception_message",
            "retry(retry=retry_if_exception_message(match='.*rate limit'))",
            "from tenacity import retry, retry_if_exception",
            "retry_if_exception(lambda e: ",
            id="import-for-this-one-use",
        ),
        pytest.param(
            "from tenacity import retry, retry_if_exception, retry_if_exception_message",
            "retry(retry=retry_if_exception_message(match='.*rate limit'))",
            "from tenacity import retry, retry_if_exception, retry_if_exception_message",
            "retry_if_exception(lambda e: ",
            id="imported-already",
        ),
    ],
)
def test_a_condition_of_a_retry_library_keeps_the_style_of_its_import(
    imports: str, decorator: str, imported: str, condition: str
) -> None:
    source = RETRIED.replace("IMPORTS", imports).replace("DECORATOR", decorator)
    settings = Settings(select=("HED101",))
    content = fix_source(source.encode(), "a.py", settings, unsafe=True).content.decode()
    assert content.splitlines()[0] == imported
    assert f'retry={condition}getattr(e, "code", None) == "rate_limit_exceeded"))' in content


# What nothing needs any more

LEFT = """\
import re

import openai

client = openai.OpenAI()


def ask(depth):
    try:
        return client.models.list()
    except openai.APIStatusError as e:
        BODY
        raise
"""
KEY, CONTEXT = '"Incorrect API key" in text', '"maximum context length" in text'
KEY_CODE, CONTEXT_CODE = 'e.code == "invalid_api_key"', 'e.code == "context_length_exceeded"'


@pytest.mark.parametrize(
    ("body", "after"),
    [
        pytest.param(
            f"text = str(e)\nif {KEY}:\n    return 1", f"if {KEY_CODE}:\n    return 1", id="one"
        ),
        pytest.param(
            f'said = f"failed: {{e}}"\ntext = said.lower()\nif {KEY.lower()}:\n    return 1',
            f"if {KEY_CODE}:\n    return 1",
            id="of-what-it-was-made",
        ),
        pytest.param(
            f"text: str = e.message or str(e)\nif {KEY} or depth:\n    return 1",
            f"if {KEY_CODE} or depth:\n    return 1",
            id="annotated",
        ),
        pytest.param(
            f"text = str(e)\nif {KEY}:\n    return 1\nif {CONTEXT}:\n    return 2",
            f"if {KEY_CODE}:\n    return 1\nif {CONTEXT_CODE}:\n    return 2",
            id="of-two-tests-made-at-once",
        ),
        pytest.param(
            f"print(depth)\n\n# As one.\ntext = str(e)  # all of it\n\nif {KEY}:\n    return 1",
            f"print(depth)\n\n# As one.\n# all of it\n\nif {KEY_CODE}:\n    return 1",
            id="comments",
        ),
        pytest.param(
            f"text = str(e)  # noqa: X1\nif {KEY}:\n    return 1",
            f"if {KEY_CODE}:\n    return 1",
            id="a-comment-for-tools",
        ),
    ],
)
def test_a_name_goes_with_the_last_test_of_it(body: str, after: str) -> None:
    source = LEFT.replace("BODY", body.replace("\n", "\n        "))
    expected = LEFT.replace("BODY", after.replace("\n", "\n        ")).replace("        \n", "\n")
    assert repair(source.replace("        \n", "\n"), unsafe=True).content.decode() == expected


@pytest.mark.parametrize(
    "body",
    [
        f"text = str(e)\nif {KEY}:\n    return text",
        f"text = str(e)\nif {KEY}:\n    return locals()",
        f"text = str(e)\nif {KEY}:\n    return lambda: text",
        f"text = str(e)\nif {KEY}:\n    return 1\nif 'nobody knows' in text:\n    return 2",
        f"text = str(e) + next(depth)\nif {KEY}:\n    return 1",
        f"text = other = str(e)\nif {KEY}:\n    return 1",
        f"text = str(e); print(depth)\nif {KEY}:\n    return 1",
        f"text = str(e)\nif depth:\n    text = ''\nif {KEY}:\n    return 1",
        f"global text\ntext = str(e)\nif {KEY}:\n    return 1",
    ],
)
def test_a_name_that_something_may_need_stays(body: str) -> None:
    source = LEFT.replace("BODY", body.replace("\n", "\n        "))
    result = repair(source, unsafe=True)
    assert KEY not in result.content.decode()
    before = [line for line in source.splitlines() if "if " not in line]
    after = [line for line in result.content.decode().splitlines() if "if " not in line]
    assert after == before


SEARCHED = """\
import os
import re

import openai

client = openai.OpenAI()


def ask():
    try:
        return client.models.list()
    except openai.APIStatusError as e:
        if re.search("Incorrect API key", str(e)):
            return os.name
        raise
"""


def test_an_import_goes_with_the_last_search() -> None:
    result = repair(SEARCHED, unsafe=True).content.decode()
    assert result == SEARCHED.replace("import re\n", "").replace(
        're.search("Incorrect API key", str(e))', KEY_CODE
    )


@pytest.mark.parametrize(
    "change",
    [
        ("raise\n", "raise\n\n\nPATTERN = re.compile('x')\n"),
        ("raise\n", "raise\n\n\n__all__ = ['ask', 're']\n"),
        ("def ask():", "def ask() -> 're.Pattern':"),
        ("import re\n", "import re  # noqa: F401 - others take it from here\n"),
        ("import re\n", "try:\n    import re\nexcept ImportError:\n    raise\n"),
    ],
)
def test_an_import_that_something_may_need_stays(change: tuple[str, str]) -> None:
    source = SEARCHED.replace(*change)
    result = repair(source, unsafe=True).content.decode()
    assert result == source.replace('re.search("Incorrect API key", str(e))', KEY_CODE)


# Lines that would be too long

WIDE = """\
import openai

client = openai.OpenAI()
WORDS = (
    "maximum context length",
    "Incorrect API key",
    "No such organization",
    "Rate limit reached for",
)


def ask(depth, something_else, and_something_longer):
    try:
        return client.models.list()
    except openai.APIStatusError as the_error_that_came:
        BODY
"""
ANY = "any(w in str(the_error_that_came) for w in WORDS)"
CODES = """\
"context_length_exceeded",
"invalid_api_key",
"invalid_organization",
"rate_limit_exceeded","""


def set_of_codes(margin: str) -> str:
    """The set of all four codes, one a line."""
    return "{\n" + indent(CODES, margin + "    ") + f"\n{margin}}}"


LAID_OUT = [
    (
        f"if {ANY}:\n    return 1",
        f"if the_error_that_came.code in {set_of_codes('')}:\n    return 1",
    ),
    (f"return not {ANY}", f"return the_error_that_came.code not in {set_of_codes('')}"),
    (
        f"if {ANY} and something_else:\n    return 1",
        f"if (\n    the_error_that_came.code\n    in {set_of_codes('    ')}\n"
        "    and something_else\n):\n    return 1",
    ),
    (
        f"known = (\n    something_else\n    or {ANY}  # why\n)\nreturn known",
        "known = (\n    something_else\n    or the_error_that_came.code\n"
        f"    in {set_of_codes('    ')}  # why\n)\nreturn known",
    ),
    (
        f"if ({ANY} or depth) and depth:\n    return 1",
        "if (\n    (\n        the_error_that_came.code\n"
        f"        in {set_of_codes('        ')}\n        or depth\n    )\n"
        "    and depth\n):\n    return 1",
    ),
    (
        "if something_else or and_something_longer or KEY:\n    return 1",
        "if (\n    something_else\n    or and_something_longer\n"
        "    or the_error_that_came.status_code == 429\n):\n    return 1",
    ),
]


def laid_out(code: str) -> str:
    """The module with lines of code in its handler."""
    return WIDE.replace("BODY", code.replace("\n", "\n        "))


@pytest.mark.parametrize(("body", "after"), LAID_OUT)
def test_a_condition_is_laid_out_as_black_would(body: str, after: str) -> None:
    source = laid_out(body.replace("KEY", '"429" in str(the_error_that_came)'))
    result = repair(source, unsafe=True).content.decode()
    assert result == laid_out(after)
    assert max(map(len, result.splitlines())) <= 88


@pytest.mark.parametrize(("body", "after"), LAID_OUT[:4])
def test_a_condition_is_laid_out_with_the_steps_of_the_file(body: str, after: str) -> None:
    assert repair(tabbed(laid_out(body)), unsafe=True).content.decode() == tabbed(laid_out(after))


def test_the_lines_are_as_long_as_the_project_has_them() -> None:
    source = WIDE.replace("BODY", f"return {ANY}")
    settings = Settings(line_length=140)
    content = fix_source(source.encode(), "a.py", settings, unsafe=True).content.decode()
    assert '.code in {"context_length_exceeded", "invalid_api_key", "inv' in content


CALLED = """\
import httpx
import openai

client = openai.OpenAI()


def is_busy(e: Exception):
    return CONDITION


CALLERS"""
BY_HTTPX = """
def load(url):
    try:
        return httpx.get(url).raise_for_status()
    except Exception as e:
        return None if is_busy(e) else 1
"""
BY_OPENAI = """
def ask():
    try:
        return client.models.list()
    except Exception as error:
        return None if is_busy(error) else 1
"""
THROUGH_ANOTHER = """
def ends(error):
    return not is_busy(error)


def ask():
    try:
        return client.models.list()
    except openai.APIError as error:
        if ends(error):
            raise
"""
AS_CONDITION = """
import tenacity


@tenacity.retry(retry=tenacity.retry_if_exception(is_busy))
def ask():
    return client.models.list()
"""


def called(condition: str, callers: str) -> str:
    return CALLED.replace("CONDITION", condition).replace("CALLERS", callers)


def test_a_status_takes_other_words_in_only_where_the_text_speaks_of_it() -> None:
    condition = '"429" in str(e) or "rate limit" in str(e) or "too many requests" in str(e)'
    source = (
        "import anthropic\nimport openai\n\nclient = openai.OpenAI()\n"
        "claude = anthropic.Anthropic()\n\n\ndef ask():\n    try:\n        client.models.list()\n"
        "        claude.messages.create()\n    except Exception as e:\n"
        f"        return {condition}\n"
    )
    status = 'getattr(e, "status_code", None) == 429'
    assert repair(source, unsafe=True).content.decode() == source.replace(condition, status)
    result = repair(source.replace(condition, '"rate limit" in str(e)'), unsafe=True)
    assert not result.changed
    told = f"the nearest test is {status}, which other documented errors share"
    assert [f.fix.message for f in result.remaining if f.fix] == [told]


@pytest.mark.parametrize(
    ("callers", "is_written"),
    [
        pytest.param(BY_HTTPX, True, id="one-client"),
        pytest.param(BY_OPENAI, True, id="another"),
        pytest.param(THROUGH_ANOTHER, True, id="through-a-function"),
        pytest.param(AS_CONDITION, True, id="of-a-retry"),
        pytest.param(BY_HTTPX + BY_OPENAI, False, id="two-clients"),
        pytest.param(BY_OPENAI + "\ndef told(e):\n    return is_busy(e)\n", False, id="anybodys"),
        pytest.param("RETRIER = Retrier(is_busy)\n", False, id="handed-to-something"),
        pytest.param("", False, id="nobody-here"),
    ],
)
def test_what_judges_the_errors_of_any_client_is_only_shown(callers: str, is_written: bool) -> None:
    source = called('"429" in str(e)', callers)
    (finding,) = check_source(source, "a.py", Settings(select=("HED103",)))
    assert finding.fix is not None
    assert finding.fix.applicability is (
        Applicability.UNSAFE if is_written else Applicability.DISPLAY
    )
    assert "status_code" in finding.fix.message


SERVED = """import openai

CLIENT


def ask():
    try:
        return client.models.list()
    except openai.RateLimitError as e:
        if TEST:
            return None
        raise
"""
RATE_LIMIT, RATE_CODE = '"Rate limit reached for" in str(e)', '"rate_limit_exceeded" in str(e)'


@pytest.mark.parametrize(
    ("client", "test", "worth"),
    [
        ("client = openai.OpenAI()", RATE_LIMIT, Applicability.UNSAFE),
        ("client = openai.OpenAI(base_url=None)", RATE_LIMIT, Applicability.UNSAFE),
        (
            'client = openai.OpenAI(base_url="https://api.openai.com/v1")',
            RATE_LIMIT,
            Applicability.UNSAFE,
        ),
        (
            "def made(base_url=None):\n    return openai.OpenAI(base_url=base_url)\n\n\n"
            "client = made()",
            RATE_LIMIT,
            Applicability.DISPLAY,
        ),
        (
            "options = {}\noptions['base_url'] = None\nclient = openai.OpenAI(**options)",
            RATE_LIMIT,
            Applicability.DISPLAY,
        ),
        (
            "client = openai.OpenAI()\nother = openai.AzureOpenAI()",
            RATE_LIMIT,
            Applicability.DISPLAY,
        ),
        # The code itself is one wherever it is said.
        ("client = openai.OpenAI()", RATE_CODE, Applicability.UNSAFE),
        (
            "client = openai.OpenAI()\nother = openai.AzureOpenAI()",
            RATE_CODE,
            Applicability.DISPLAY,
        ),
    ],
)
def test_nothing_is_a_code_where_another_server_may_answer(
    client: str, test: str, worth: Applicability
) -> None:
    source = SERVED.replace("CLIENT", client).replace("TEST", test)
    (finding,) = check_source(source, "a.py", Settings(select=("HED101", "HED103")))
    assert finding.fix is not None
    assert finding.fix.applicability is worth
    assert 'e.code == "rate_limit_exceeded"' in finding.fix.message
    shown = worth is Applicability.DISPLAY
    assert finding.fix.message.endswith("what it shares is e.status_code == 429") is shown


@pytest.mark.parametrize(
    ("url", "worth"),
    [
        ('"https://api.openai.com/v1/models"', Applicability.UNSAFE),
        ('BASE + "/models"', Applicability.UNSAFE),
        ("endpoint", Applicability.DISPLAY),
    ],
)
def test_a_wording_in_a_body_is_no_code_where_the_address_is_not_written_out(
    url: str, worth: Applicability
) -> None:
    source = f"""import requests

BASE = "https://api.openai.com/v1"


def ask(endpoint):
    response = requests.get({url}, timeout=5)
    if response.status_code >= 400:
        error = response.json()["error"]
        if "Rate limit reached for" in error["message"]:
            return None
    return response
"""
    (finding,) = check_source(source, "a.py", Settings(select=("HED101",)))
    assert finding.fix is not None
    assert finding.fix.applicability is worth
