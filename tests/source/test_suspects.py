"""The second look must never cost a finding, however little of a file is left to see."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from heedlint import Settings, check_source, checker
from heedlint.source.suspects import has_suspects
from heedlint.source.triage import is_candidate

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted([*ROOT.glob("tests/cases/**/*.py"), *ROOT.glob("examples/**/*.py")])
SETTINGS = Settings()


def mentions(node: ast.AST) -> set[str]:
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    return names | {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}


def lines_of(node: ast.stmt) -> range:
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    return range(first, (node.end_lineno or first) + 1)


def reduced(text: str) -> Iterator[str]:
    """The module once for each function or class of it, with what that has to do with others."""
    body = ast.parse(text).body
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


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_finding_is_without_a_suspect(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checker, "is_candidate", lambda *_: True)
    monkeypatch.setattr(checker, "_is_suspicious", lambda *_: True)
    lost = []
    for text in reduced(path.read_text("utf-8")):
        source = text.encode()
        if not (is_candidate(source, SETTINGS) and has_suspects(text, source, SETTINGS)):
            lost += check_source(source, path.name, SETTINGS)
    assert lost == []


@pytest.mark.parametrize(
    "handled",
    [
        "except ValueError:\n        return None",
        "except openai.APIError as e:\n        print(e)\n        raise",
        "except openai.APIError as e:\n        print(e.status_code == 429)\n        raise",
    ],
)
def test_what_only_says_or_raises_is_not_analysed(handled: str) -> None:
    text = (
        "import openai\nclient = openai.OpenAI()\ndef ask(prompt):\n    try:\n"
        f"        return client.responses.create(input=prompt)\n    {handled}\n"
    )
    assert is_candidate(text.encode(), SETTINGS)
    assert not has_suspects(text, text.encode(), SETTINGS)


def test_what_python_refuses_is_left_to_the_analysis() -> None:
    text = "import openai\ntry:\n    f(\nexcept openai.APIError:\n    pass\n"
    assert has_suspects(text, text.encode(), SETTINGS)
    nested = "import openai\nx = " + "(" * 5000 + "1" + ")" * 5000
    assert has_suspects(nested, nested.encode(), SETTINGS)


def test_rules_that_are_off_by_default_are_not_guessed_at() -> None:
    text = "import openai\n"
    assert has_suspects(text, text.encode(), Settings(extend_select=("HED403",)))
