"""Python files that nobody would write, all of the same size: none may take ten times another's.

Those of `CANDIDATES` import a client and end in a test of an error's text, so that each reaches the
analysis; those of `PLAIN` hold nothing to find.
"""

from __future__ import annotations

from collections.abc import Callable

_IMPORTS = "import time\nimport openai\n\n"
_CALL = "client.chat.completions.create(model='m', messages=[])"
_TESTED = f"""
def tested(client):
    try:
        return {_CALL}
    except openai.APIError as e:
        if "rate limit" in str(e):
            return None
        raise
"""


def _filled(size: int, part: Callable[[int], str], before: str = "", after: str = "") -> str:
    """Text of about `size` characters: numbered parts between what stands before and after."""
    parts = [before]
    left = size - len(before) - len(after)
    number = 0
    while left > 0:
        parts.append(part(number))
        left -= len(parts[-1])
        number += 1
    return "".join([*parts, after])


def _handlers(size: int) -> str:
    return _filled(size, lambda n: _TESTED.replace("tested", f"tested_{n}"), _IMPORTS)


def _handlers_of_one_try(size: int) -> str:
    return _filled(
        size,
        lambda n: (
            f"    except E{n} as e:\n        if 'rate limit' in str(e):\n            return {n}\n"
        ),
        f"{_IMPORTS}def f(client):\n    try:\n        return {_CALL}\n",
    )


def _retries(size: int) -> str:
    return _filled(
        size,
        lambda n: (
            f"\ndef retried_{n}(client):\n    for attempt in range(3):\n        try:\n"
            f"            return {_CALL}\n        except openai.APIStatusError as e:\n"
            "            if e.status_code == 401:\n                raise\n"
            "            time.sleep(2 ** attempt)\n"
        ),
        _IMPORTS,
    )


def _functions(size: int) -> str:
    return _filled(
        size, lambda n: f"def f{n}(a, b):\n    return a.x{n}(b)\n\n\n", _IMPORTS, _TESTED
    )


def _data(size: int) -> str:
    return _filled(
        size,
        lambda n: f"    {{'error': 'too many requests {n}', 'status': 429}},\n",
        f"{_IMPORTS}DATA = [\n",
        f"]\n{_TESTED}",
    )


def _one_line(size: int) -> str:
    return _filled(size, lambda n: f"a{n}.error, ", f"{_IMPORTS}X = [", f"]\n{_TESTED}")


def _one_text(size: int) -> str:
    return _filled(size, lambda _: "rate limit 429 ", f"{_IMPORTS}X = '", f"'\n{_TESTED}")


def _nested(size: int) -> str:
    """As deep as Python's own parser goes, again and again."""
    return _filled(
        size, lambda n: f"x{n} = {'(' * 80}{n}{')' * 80}\ny{n} = {'-' * 80}{n}\n", _IMPORTS, _TESTED
    )


def _too_deeply_nested(size: int) -> str:
    depth = max(1, size // 2)
    return f"{_IMPORTS}x = {'(' * depth}1{')' * depth}\n{_TESTED}"


def _continued_lines(size: int) -> str:
    return _filled(size, lambda n: f"openai, {n}, \\\n", f"{_IMPORTS}X = [ \\\n", f"]\n{_TESTED}")


def _plain_data(size: int) -> str:
    return _filled(size, lambda n: f"    {{'name': 'thing {n}', 'n': {n}}},\n", "DATA = [\n", "]\n")


def _comments(size: int) -> str:
    return _filled(size, lambda _: "# noqa: HED101 except this\n")


def _plain_functions(size: int) -> str:
    return _filled(size, lambda n: f"def f{n}(a, b):\n    return a.x{n}(b)\n\n\n")


CANDIDATES: dict[str, Callable[[int], str]] = {
    "a handler in each function": _handlers,
    "handlers of one try": _handlers_of_one_try,
    "a retry in each function": _retries,
    "functions of no interest": _functions,
    "a data module": _data,
    "one line": _one_line,
    "one text": _one_text,
    "deep nesting": _nested,
    "nesting without end": _too_deeply_nested,
    "lines that go on": _continued_lines,
}
PLAIN: dict[str, Callable[[int], str]] = {
    "plain data": _plain_data,
    "comments": _comments,
    "plain functions": _plain_functions,
}
