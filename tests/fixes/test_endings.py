"""How attempts are ended early: run before and after against a local server, with the same end."""

from __future__ import annotations

from typing import Any

import pytest
from api_server import PYAI_ERRORS, PyAIServer

from heedlint import FixResult, Settings, fix_source
from heedlint.findings import Applicability

BASE = "https://api.pyai.com/v1"
HEAD = f"""\
import logging
import time

import openai

logger = logging.getLogger(__name__)
client = openai.OpenAI(api_key="pyai_test_key", base_url="{BASE}", max_retries=0)
N = 3


def call():
    return client.chat.completions.create(model="pyai-cue", messages=[])


def note(error):
    logger.error("noted: %s", error)


def check(error, attempt):
    if attempt == N - 1:
        raise RuntimeError("given up") from error


"""
# Programs and the statement, below the test, that their repairs end the attempts with.
ENDED = {
    "a value made of the error": (
        """\
def run(n=3):
    for attempt in range(n):
        try:
            return call()
        except openai.APIError as e:
            if attempt < n - 1:
                logger.info("again")
                time.sleep(1)
                continue
            else:
                logger.error("given up")
                return {"error": str(e)}
""",
        'return {"error": str(e)}',
    ),
    "what is done before": (
        """\
def run():
    results = []
    for item in (1, 2):
        for attempt in range(N):
            try:
                results.append(call())
                break
            except openai.APIError as e:
                if attempt == N - 1:
                    logger.error("failed %s", e)
                    results.append(None)
                    break
                time.sleep(2)
    return results
""",
        "results.append(None)",
    ),
    "the error that was kept": (
        """\
def run():
    last_error = None
    for _ in range(N):
        try:
            return call()
        except Exception as e:
            last_error = e
            logger.warning("retrying after %s", e)
            continue
    raise RuntimeError("failed") from last_error
""",
        "break",
    ),
    "the error's text": (
        """\
def run():
    for attempt in range(N):
        try:
            answer = call()
        except openai.APIStatusError as e:
            error = str(e)
            time.sleep(1)
        else:
            error = None
            break
    if error:
        return error
    return answer
""",
        "break",
    ),
    "an attribute": (
        """\
class Asker:
    def ask(self):
        for attempt in range(N):
            try:
                return call()
            except openai.APIStatusError as e:
                self.error = e
                time.sleep(1)
        return self.error


def run():
    return Asker().ask()
""",
        "break",
    ),
    "a count without an end": (
        """\
def run():
    attempt = 0
    while True:
        try:
            attempt += 1
            return call()
        except openai.APIStatusError as e:
            logger.error(f"Error: {e}")
            if attempt >= N:
                return "nothing"
            time.sleep(attempt)
""",
        'return "nothing"',
    ),
    "a name made before": (
        """\
def run():
    for attempt in range(N):
        try:
            return call()
        except openai.APIStatusError as e:
            logger.error("x %s", e)
            delay = 2
            if attempt == N - 1:
                message = f"gave up after {delay}"
                raise ValueError(message) from e
            time.sleep(delay)
""",
        'message = f"gave up after {delay}"',
    ),
    "some errors end otherwise": (
        """\
def run():
    for attempt in range(N):
        try:
            return call()
        except openai.APIStatusError as e:
            logger.error("x %s", e)
            if isinstance(e, openai.NotFoundError):
                return None
            time.sleep(1)
    raise RuntimeError
""",
        "break",
    ),
    "some statuses end otherwise": (
        """\
def run(answers=()):
    tries = 0
    while tries < N:
        try:
            return call()
        except openai.APIStatusError as e:
            status = e.status_code
            if status is not None and status in answers:
                answer = dict(answers)[status]
                logger.info("answered %s", answer)
                return {"answer": answer}
            else:
                logger.error("x %s", e)
        tries += 1
    raise RuntimeError("no answer")
""",
        "break",
    ),
    "a name for what is said": (
        """\
def run():
    for attempt in range(N):
        try:
            return call()
        except openai.APIStatusError as e:
            if attempt < N - 1:
                time.sleep(1)
            else:
                model = "pyai-cue"
                logger.error("given up: %s with %s", model, e)
                break
    return "nothing"
""",
        "break",
    ),
    "what is no answer is raised": (
        """\
def run():
    for attempt in range(N):
        try:
            return call()
        except Exception as e:
            if not isinstance(e, openai.APIError):
                raise
            logger.error("x %s", e)
    return None
""",
        "break",
    ),
    "always something to do": (
        """\
def run():
    for attempt in range(N):
        try:
            return call()
        except openai.APIStatusError as e:
            note(e)
            time.sleep(1)
        finally:
            logger.info("tried")
    return []
""",
        "break",
    ),
    "an exit": (
        """\
def run():
    for attempt in range(N):
        try:
            return call()
        except openai.APIStatusError as e:
            logger.exception("failed: %s", e)
            if attempt == N - 1:
                raise SystemExit(7)
""",
        "raise SystemExit(7)",
    ),
}
# Programs whose attempts end in a way that is not written.
SHOWN = {
    "a helper that raises": """\
def run():
    for attempt in range(N):
        try:
            return call()
        except openai.APIError as e:
            check(e, attempt)
            time.sleep(1)
""",
    "a hook": """\
def run(on_error=check):
    for attempt in range(N):
        try:
            return call()
        except openai.APIError as e:
            on_error(e, attempt)
            time.sleep(1)
""",
    "the number of attempts": """\
def run():
    tries = 0
    ok = False
    while tries < 3 and not ok:
        try:
            answer = call()
            ok = True
        except openai.APIStatusError:
            tries += 1
            time.sleep(1)
    if not ok:
        raise RuntimeError(f"failed after {tries}")
    return answer
""",
    "what is made late": """\
def run():
    for attempt in range(N):
        try:
            answer = call()
            break
        except openai.APIStatusError as e:
            time.sleep(1)
            error = str(e)
    else:
        raise RuntimeError(error)
    return answer
""",
    "what is counted late": """\
class Asker:
    failures = 0

    def ask(self):
        for attempt in range(N):
            try:
                return call()
            except openai.APIStatusError:
                time.sleep(1)
                self.failures += 1
        return None


def run():
    return Asker().ask()
""",
    "another model": """\
def run(model="a"):
    for attempt in range(N):
        try:
            return client.responses.create(model=model, input="hi")
        except openai.APIStatusError as e:
            logger.error("failed: %s", e)
            if attempt == 1:
                model = "b"
            time.sleep(1)
    return None
""",
    "another key": """\
def run(keys=("k", "l")):
    client = openai.OpenAI(api_key=keys[0], base_url="https://api.pyai.com/v1")
    for attempt in range(N):
        try:
            return client.models.list()
        except openai.APIStatusError:
            if len(keys) > 1:
                client = openai.OpenAI(api_key=keys[1], base_url="https://api.pyai.com/v1")
            time.sleep(1)
    return None
""",
    "a way out behind the handler": """\
def run():
    for attempt in range(N):
        try:
            return call()
        except openai.APIStatusError:
            time.sleep(1)
        if attempt == N - 1:
            return "nothing"
    return None
""",
    "two ways out": """\
def run(careful=True):
    for attempt in range(N):
        try:
            return call()
        except openai.APIStatusError as e:
            if attempt == N - 1:
                if careful:
                    return None
                raise RuntimeError("given up") from e
            time.sleep(1)
""",
    "a time that is not over": """\
def run():
    for attempt in range(N):
        try:
            return call()
        except openai.APIStatusError:
            if attempt == N - 1:
                raise TimeoutError("not ready after a while")
            time.sleep(1)
""",
    "a time that is not over, behind the loop": """\
def run():
    for attempt in range(N):
        try:
            return call()
        except openai.APIStatusError:
            time.sleep(1)
    raise RuntimeError("timed out")
""",
    "no name and no place for one": """\
def run():
    for attempt in range(N):
        try:
            return call()
        except:
            time.sleep(1)
    return None
""",
}


def repaired(program: str) -> FixResult:
    settings = Settings(select=("HED202",))
    return fix_source(f"{HEAD}{program}".encode(), "program.py", settings, unsafe=True)


def behaviour(source: bytes, server: PyAIServer, code: str) -> tuple[int, str]:
    """How often the API was called, and what came out of it."""
    server.reset()
    server.fail(code, times=20)
    names: dict[str, Any] = {"__name__": "program"}
    exec(source.decode().replace(BASE, server.base_url), names)
    try:
        result = names["run"]()
    except (Exception, SystemExit) as error:
        return len(server.calls), f"{type(error).__name__}: {error}"
    return len(server.calls), str(result)


@pytest.mark.parametrize("name", ENDED)
def test_attempts_end_early_as_they_end_in_the_end(
    name: str, pyai_server: PyAIServer, sleeps: list[float]
) -> None:
    program, way = ENDED[name]
    result = repaired(program)
    assert [f.fix.applicability for f in result.applied if f.fix] == [Applicability.SAFE]
    assert result.remaining == ()
    added = set(result.content.decode().split("\n")) - set(f"{HEAD}{program}".split("\n"))
    assert any("if " in line and "status_code" in line for line in added)
    assert result.content.decode().count(way) == f"{HEAD}{program}".count(way) + 1
    for code in PYAI_ERRORS:
        old = behaviour(f"{HEAD}{program}".encode(), pyai_server, code)
        new = behaviour(result.content, pyai_server, code)
        assert new[1] == old[1], code
        if PYAI_ERRORS[code].status in (400, 401, 402, 403, 409):
            assert new[0] * 3 == old[0], code
        else:
            assert new[0] == old[0], code


def test_what_is_done_about_some_errors_comes_first(pyai_server: PyAIServer) -> None:
    program, _ = ENDED["some statuses end otherwise"]
    some = program.replace("answers=()", "answers={401: 'a', 402: 'b', 403: 'c'}")
    result = repaired(some)
    assert result.changed
    for code in PYAI_ERRORS:
        old = behaviour(f"{HEAD}{some}".encode(), pyai_server, code)
        new = behaviour(result.content, pyai_server, code)
        assert new[1] == old[1], code


def test_a_name_for_what_is_said_is_not_said_again() -> None:
    program, _ = ENDED["a name for what is said"]
    assert repaired(program).content.count(b'model = "pyai-cue"') == 1


@pytest.mark.parametrize("name", SHOWN)
def test_an_end_that_is_not_known_is_only_shown(name: str) -> None:
    result = repaired(SHOWN[name])
    assert not result.changed
    fixes = [finding.fix for finding in result.remaining]
    assert fixes
    assert {fix.applicability for fix in fixes if fix} == {Applicability.DISPLAY}
