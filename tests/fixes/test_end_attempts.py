"""Branches that retried what never succeeds, run before and after against a local PyAI server."""

from __future__ import annotations

from typing import Any

import openai
import pytest
from api_server import PYAI_ERRORS, PyAIServer

from heedlint import FixResult, Settings, fix_source
from heedlint.findings import Applicability

BASE = "https://api.pyai.com/v1"
HEAD = f"""\
import time
import openai
import pyai

client = openai.OpenAI(api_key="pyai_test_key", base_url="{BASE}", max_retries=0)


def ask(said):
    for attempt in range(3):
        try:
            return client.chat.completions.create(model="pyai-cue", messages=[])
"""
BRANCHES = {
    "the class": """\
        except openai.AuthenticationError:
            said.append("again")
            time.sleep(1)
            continue
        except openai.RateLimitError:
            time.sleep(2)
""",
    "the status": """\
        except openai.APIStatusError as e:
            if e.status_code == 402:
                time.sleep(1)
                said.append("credit")
                continue
            raise
""",
    "the code": """\
        except openai.APIStatusError as e:
            if e.code == "forbidden":
                said.append("forbidden")
                continue
            if e.code != "rate_limit_exceeded":
                raise
            time.sleep(1)
""",
    "falling through": """\
        except openai.PermissionDeniedError:
            said.append("denied")
        except openai.ConflictError:
            raise
""",
}
CONCERNED = {
    "the class": {"unauthorized"},
    "the status": {"credit_exhausted", "key_budget_exceeded", "insufficient_quota"},
    "the code": {"forbidden"},
    "falling through": {"forbidden", "origin_not_allowed"},
}


def repaired(branch: str) -> FixResult:
    return fix_source(f"{HEAD}{branch}".encode(), "ask.py", Settings(select=("HED201",)))


def behaviour(source: bytes, server: PyAIServer, code: str) -> tuple[int, list[str], str]:
    """How often the API was called, what was said, and what came out of it."""
    server.reset()
    server.fail(code, times=9)
    names: dict[str, Any] = {}
    exec(source.decode().replace(BASE, server.base_url), names)
    said: list[str] = []
    try:
        names["ask"](said)
    except (openai.APIStatusError, LookupError) as error:
        return len(server.calls), said, type(error).__name__
    return len(server.calls), said, ""


# Their handlers raise what they do not try again.
RAISING_OTHERS = {"the status", "the code"}
# What stands behind the loop, and what comes out in the end.
ENDS = {
    "nothing": ("", ""),
    "an exception of its own": ('    raise LookupError("no answer")\n', "LookupError"),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("branch", BRANCHES)
def test_a_branch_ends_what_it_retried_and_nothing_else(
    branch: str, end: str, pyai_server: PyAIServer, sleeps: list[float]
) -> None:
    behind, ends = ENDS[end]
    result = repaired(BRANCHES[branch] + behind)
    assert [f.fix.applicability for f in result.applied if f.fix] == [Applicability.SAFE]
    assert result.remaining == ()
    before = f"{HEAD}{BRANCHES[branch]}{behind}".encode()
    for code in PYAI_ERRORS:
        old = behaviour(before, pyai_server, code)
        new = behaviour(result.content, pyai_server, code)
        if code in CONCERNED[branch]:
            assert (old[0], old[2]) == (3, ends)
            assert new[0] == 1
            if branch in RAISING_OTHERS:
                assert new[2] in ("APIStatusError", "PermissionDeniedError")
            else:
                assert new[2] == ends
            assert new[1] == old[1][:1]
        else:
            assert new == old


@pytest.mark.parametrize(
    ("branch", "after"),
    [
        (
            "        except openai.AuthenticationError:\n"
            "            said.append('again')\n"
            "            if attempt:\n"
            "                said.append('and again')\n"
            "            time.sleep(1)\n",
            "        except openai.AuthenticationError:\n"
            "            said.append('again')\n"
            "            break\n",
        ),
        (
            "        except openai.AuthenticationError:\n"
            "            time.sleep(1); said.append('x')\n",
            "        except openai.AuthenticationError:\n            break\n",
        ),
    ],
)
def test_what_does_more_is_cut_short(branch: str, after: str) -> None:
    assert not repaired(branch).changed
    source = f"{HEAD}{branch}".encode()
    result = fix_source(source, "ask.py", Settings(select=("HED201",)), unsafe=True)
    assert result.content.decode() == f"{HEAD}{after}"


@pytest.mark.parametrize(
    "test", ["e.status_code != 402", "e.status_code == 402 and e.code", "not e.status_code - 402"]
)
def test_what_selects_otherwise_is_never_written(test: str) -> None:
    branch = (
        "        except openai.APIStatusError as e:\n"
        f"            if {test}:\n"
        "                raise\n"
        "            time.sleep(1)\n"
    )
    assert not repaired(branch).changed
