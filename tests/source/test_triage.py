"""Neither look before the analysis may cost a finding."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from heedlint import Settings, check_source, checker
from heedlint.source.triage import is_candidate

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = Settings(extend_select=("HED104",))


@pytest.fixture(autouse=True)
def no_repairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found is asked here, not what is to be done about it."""
    monkeypatch.setattr(checker, "_plan", lambda report: None)


def sources(*folders: Path) -> list[Path]:
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def lost(path: Path, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    content = path.read_bytes()
    with_triage = check_source(content, str(path), SETTINGS)
    with monkeypatch.context() as everything:
        everything.setattr(checker, "is_candidate", lambda *_: True)
        everything.setattr(checker, "_suspected_part", lambda text, *_: text)
        without = check_source(content, str(path), SETTINGS)
    return [finding for finding in without if finding not in with_triage]


@pytest.mark.parametrize(
    "path", sources(ROOT / "tests" / "cases", ROOT / "examples"), ids=lambda path: path.name
)
def test_the_triage_loses_no_finding(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert lost(path, monkeypatch) == []


@pytest.mark.slow
@pytest.mark.parametrize("package", ["httpx", "requests", "tenacity", "pyai", "stamina", "pip"])
def test_no_finding_is_lost_in_released_code(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.find_spec(package)
    assert spec is not None and spec.origin is not None
    files = sources(Path(spec.origin).parent)
    assert files
    assert [path for path in files if lost(path, monkeypatch)] == []


@pytest.mark.parametrize("given", ["(e)", "(self, ex)", "(e, n=1)", "(api_err: str)"])
def test_a_function_that_is_given_an_error_handles_it(given: str) -> None:
    name = "e" if "(e" in given else "ex" if "ex" in given else "api_err"
    text = f"import openai\n\ndef is_busy{given}:\n    return '429' in str({name})\n"
    assert is_candidate(text.encode(), SETTINGS)


def test_most_files_are_no_candidates() -> None:
    assert not is_candidate(b"def add(a, b):\n    return a + b\n", SETTINGS)
    assert not is_candidate(b"try:\n    f()\nexcept OSError:\n    pass\n", SETTINGS)
    assert is_candidate(
        b"import openai\ntry:\n    f()\nexcept openai.APIError:\n    pass\n", SETTINGS
    )


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "text",
    [
        "import os, \\\n  sys, \\\n  openai\n",
        "from \\\n  openai import OpenAI\n",
        "openai = 1; \\\n  import openai\n",
        "x = openai\ny = openai; import \\\n  os, openai\n",
    ],
)
def test_an_import_goes_on_after_a_backslash(text: str, end: str) -> None:
    handled = "try:\n    f()\nexcept Exception:\n    pass\n"
    assert is_candidate((text + handled).replace("\n", end).encode(), SETTINGS)
    unrelated = text.replace("import", "x").replace("from", "x")
    assert not is_candidate((unrelated + handled).replace("\n", end).encode(), SETTINGS)
