"""Time grows with the size of a file and no faster, whatever it is made of."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from heedlint import check_source
from heedlint.settings import Settings

HEAD = "import openai\n\n\ndef f(client):\n    try:\n        return client.responses.create()\n"
# The most of time that four times the size may take; eight would be a square's half.
MOST = 8


def handlers(count: int) -> str:
    """One `try` with many handlers, each of which binds the same name."""
    return HEAD + "".join(
        f"    except E{n} as e:\n        if 'rate limit' in str(e):\n            return {n}\n"
        for n in range(count)
    )


def chain_of_tests(count: int) -> str:
    """One handler with many tests of the text, each of which all those before precede."""
    return (
        f"{HEAD}    except openai.APIError as e:\n        if 'a' in str(e):\n            return 1\n"
        + "".join(
            f"        elif 'text {n}' in str(e):\n            return {n}\n" for n in range(count)
        )
    )


def rebound_in_a_loop(count: int) -> str:
    """A name that is bound again and again where each binding may reach the next round."""
    return (
        f"{HEAD}    except openai.APIError as e:\n        for part in e.args:\n"
        + "".join(f"            text = str(e) + str({n})\n" for n in range(count))
        + "            if 'rate limit' in text:\n                return 1\n"
    )


@pytest.mark.parametrize(
    ("make", "count"), [(handlers, 400), (chain_of_tests, 40), (rebound_in_a_loop, 400)]
)
def test_four_times_the_size_takes_no_more_than_eight_times_the_time(
    make: Callable[[int], str], count: int
) -> None:
    def seconds(count: int) -> float:
        begun = time.process_time()
        check_source(make(count), "a.py", Settings())
        return time.process_time() - begun

    seconds(count)  # imports and tables
    assert seconds(4 * count) < MOST * seconds(count)


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 5000 + "1" + ")" * 5000,
        " + ".join(["a"] * 5000),
        "lambda: " * 5000 + "1",
        "a" + ".b" * 5000,
    ],
    ids=["parentheses", "sum", "lambdas", "attributes"],
)
@pytest.mark.parametrize("select", [(), ("ALL",)])
def test_what_nests_too_deeply_is_told_and_no_worse(expression: str, select: tuple[str]) -> None:
    source = f"import openai\ntry:\n    x = {expression}\nexcept openai.APIError as e:\n    pass\n"
    begun = time.process_time()
    (finding,) = check_source(source, "a.py", Settings(select=select))
    assert (finding.code, finding.message) == ("HED900", "cannot be checked: nested too deeply")
    assert time.process_time() - begun < 10


def test_what_only_the_analysis_cannot_follow_is_told_too() -> None:
    text = "(" + " ".join(f"'part {n}'" for n in range(1000)) + ")"
    source = f"import openai\ndef f(e: openai.APIError):\n    return {text} in str(e)\n"
    (finding,) = check_source(source, "a.py", Settings())
    assert (finding.code, finding.message) == ("HED900", "cannot be checked: nested too deeply")
