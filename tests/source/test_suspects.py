"""The second look must never cost a finding, however little of a file is left to see."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heedlint import Settings, check_source, checker
from heedlint.errors import UnreadableSource
from heedlint.findings import Finding
from heedlint.source.suspects import suspected_part
from heedlint.source.triage import is_candidate

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted([*ROOT.glob("tests/cases/**/*.py"), *ROOT.glob("examples/**/*.py")])
# What the cases are once repaired, which is much the same again.
REPAIRED = [path for path in FILES if path.parent.name == "fixed"]
SETTINGS = Settings()


@pytest.fixture(autouse=True)
def no_repairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found is asked here, not what is to be done about it."""
    monkeypatch.setattr(checker, "_plan", lambda report: None)


def mentions(node: ast.AST) -> set[str]:
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    return names | {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}


def lines_of(node: ast.stmt) -> range:
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    return range(first, (node.end_lineno or first) + 1)


def reduced(text: str) -> Iterator[str]:
    """The module once for each function or class of it, with what that has to do with others."""
    try:
        body = ast.parse(text).body
    except SyntaxError:
        pytest.skip("newer than this Python: such a file is always analysed")
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    defined = [node for node in body if isinstance(node, kinds)]
    spoken = {node.name: mentions(node) for node in defined}
    lines = text.splitlines()
    for wanted in defined:
        kept = {wanted.name, *(n for n, words in spoken.items() if wanted.name in words)}
        pending = list(kept)
        while pending:
            new = (spoken[pending.pop()] & spoken.keys()) - kept
            kept |= new
            pending += new
        dropped = {n for node in defined if node.name not in kept for n in lines_of(node)}
        yield "\n".join("" if n in dropped else line for n, line in enumerate(lines, 1))


def found_in_whole(source: bytes) -> list[Finding]:
    """What the analysis finds where nothing is passed over before it."""
    with pytest.MonkeyPatch.context() as everything:
        everything.setattr(checker, "is_candidate", lambda *_: True)
        everything.setattr(checker, "_suspected_part", lambda text, *_: text)
        return check_source(source, "a.py", SETTINGS)


@pytest.mark.parametrize(
    "path",
    [pytest.param(p, marks=pytest.mark.slow) if p in REPAIRED else p for p in FILES],
    ids=lambda path: f"{path.parent.name}/{path.name}",
)
def test_no_finding_is_passed_over(path: Path) -> None:
    for text in reduced(path.read_text("utf-8")):
        source = text.encode()
        if check_source(source, "a.py", SETTINGS) == []:
            assert found_in_whole(source) == []


@pytest.mark.parametrize(
    "handled",
    [
        "except ValueError:\n        return None",
        "except openai.APIError as e:\n        print(e)\n        raise",
        "except openai.APIError as e:\n        print(e.status_code == 429)\n        raise",
        "except openai.APIError as e:\n        return str(e) == prompt",
        "except openai.APIError as e:\n        return 'a' < str(e) == 'slow down'",
        "except openai.APIError as e:\n        return str(e).split('; ')",
        "except openai.APIError as e:\n        return client.tables[str(e)]",
    ],
)
def test_what_only_says_or_raises_is_not_analysed(handled: str) -> None:
    text = (
        "import openai\nclient = openai.OpenAI()\ndef ask(prompt):\n    try:\n"
        f"        return client.responses.create(input=prompt)\n    {handled}\n"
    )
    assert is_candidate(text.encode(), SETTINGS)
    assert suspected_part(text, text.encode(), SETTINGS) is None


def test_what_python_refuses_is_left_to_the_analysis() -> None:
    text = "import openai\ntry:\n    f(\nexcept openai.APIError:\n    pass\n"
    assert suspected_part(text, text.encode(), SETTINGS) is not None
    nested = "import openai\nx = 1" + " + 1" * 500
    assert suspected_part(nested, nested.encode(), SETTINGS) is not None


def test_what_nests_too_deeply_is_left_to_nobody() -> None:
    for nested in ("(" * 5000 + "1" + ")" * 5000, "1" + " + 1" * 5000):
        text = f"import openai\nx = {nested}\n"
        with pytest.raises(UnreadableSource, match="nested too deeply"):
            suspected_part(text, text.encode(), SETTINGS)


def test_rules_that_are_off_by_default_are_not_guessed_at() -> None:
    text = "import openai\n"
    assert suspected_part(text, text.encode(), Settings(extend_select=("HED403",))) is not None


# A module that is put together of what real ones have: where the text of an error comes from, the
# ways that it goes on, each from `{0}` to `{1}`, and what looks at it in the end.
IMPORTS = [
    "import openai",
    "import openai as sdk\nopenai = sdk",
    "from openai import *\nimport openai",
]
CAUGHT = ["openai.APIStatusError", "(ValueError, openai.RateLimitError)", "Exception", "GONE"]
TEXTS = [
    *(
        "str(e)",
        "repr(e)",
        "e.message",
        "e.args[0]",
        "f'failed: {e}'",
        "'%s' % e",
        "e.body['message']",
    ),
    *("e.response.text", "traceback.format_exc()", "getattr(e, 'message', '')", "{}.format(e)"),
]
WAYS = [
    "{1} = {0}",
    "{1} = {0}.lower().strip()",
    "{1} = {0}[:200]",
    "{1}: str = {0} or ''",
    "{1}, other = {0}, 1",
    "other, {1} = pair({0})",
    "{1} = shown(text={0})",
    "{1} = shown({0})",
    "self.last = {0}\n        {1} = self.last",
    "self.keep({0})\n        {1} = self.kept",
    "found = [{0}]\n        {1} = found[0]",
    "found = []\n        found.append({0})\n        {1} = ' '.join(found)",
    "found = {{'reason': {0}}}\n        {1} = found['reason']",
    "found = {{}}\n        found['why'] = {0}\n        {1} = found.get('why')",
    "found = Failed(reason={0})\n        {1} = found.reason",
    "found = Failed({0})\n        {1} = found.reason",
    "{1} = (lambda text: text.upper())({0})",
    "if ({1} := {0}):\n            pass",
    "for {1} in [{0}]:\n            pass",
]
TESTS = [
    "return 'your current quota' in {0}",
    "if {0}.startswith('Rate limit'):\n            return None",
    "if re.search('slow down', {0}):\n            return None",
    "if any(word in {0} for word in WORDS):\n            return None",
    "match {0}:\n            case 'Slow down.':\n                return None",
    "if told({0}):\n            return None",
    "handler = HANDLERS.get({0})",
    "handler = self.handlers[{0}]",
    "if {0} == MARK:\n            return None",
    "if self.MARKED != {0}:\n            return None",
    "if {0} in self.marks:\n            return None",
    "if {0} == said:\n            return None",
    "for word in WORDS:\n            if word.upper() == {0}:\n                return None",
    "seconds = {0}.split('try again in ')[1]",
    "assert 'overloaded' not in {0}",
    "print({0})",
]
MODULE = """
{imports}
import re, traceback
from dataclasses import dataclass
client = openai.OpenAI()
WORDS = ("rate limit", "quota")
HANDLERS = {{"Slow down.": print}}
OTHER, MARK = 1, "rate limit reached"
GONE = (openai.APIError, OSError)
@dataclass
class Failed:
    reason: str
def pair(text):
    return 1, text
def shown(text):
    return "openai: " + text
def told(message):
    return "billing" in message
class Asking:
    MARKED = OTHER_MARK = "Slow down."
    def __init__(self):
        self.handlers, self.marks = {{"Slow down.": print}}, frozenset(WORDS) | {{MARK}}
    def keep(self, problem):
        self.kept = problem
    def ask(self, prompt):
        try:
            return client.responses.create(model="gpt-5", input=prompt)
        except {caught} as e:
            return self.judge(e)
    def judge(self, e, said="Slow down."):
        t0 = {text}
        {ways}
        {test}
"""


@given(
    st.sampled_from(IMPORTS),
    st.sampled_from(CAUGHT),
    st.sampled_from(TEXTS),
    st.lists(st.sampled_from(WAYS), max_size=3),
    st.sampled_from(TESTS),
)
@settings(deadline=None, max_examples=300)
def test_whatever_way_a_text_goes_the_second_look_follows(
    imports: str, caught: str, text: str, ways: list[str], test: str
) -> None:
    steps = [way.format(f"t{n}", f"t{n + 1}") for n, way in enumerate(ways)]
    module = MODULE.format(
        imports=imports,
        caught=caught,
        text=text,
        ways="\n        ".join(steps) or "pass",
        test=test.format(f"t{len(ways)}"),
    )
    source = module.encode()
    assert check_source(source, "a.py", SETTINGS) or found_in_whole(source) == []


ADDRESSED = """
import requests
def ask(url):
    \"\"\"Asks, for instance http://localhost:8000.\"\"\"
    for _ in range(3):
        try:
            return requests.get(url, timeout=9)
        except requests.RequestException:
            pass
def shown(base{default}):
    return {shown}
"""


@pytest.mark.parametrize(
    "kept, default, shown",
    [
        (False, "", "base"),
        (False, "", "'http://localhost:1234'"),
        (False, "='see http://localhost'", "base"),
        (True, "='http://localhost'", "base"),
        (True, "=f'localhost:{9}'", "base"),
        (True, "='http:' '//127.0.0.1'", "base"),
    ],
)
def test_all_callers_are_asked_where_an_address_is_local(
    kept: bool, default: str, shown: str
) -> None:
    text = ADDRESSED.format(default=default, shown=shown)
    part = suspected_part(text, text.encode(), SETTINGS)
    assert part is not None
    assert (part == text) is kept
