"""How long the lines of a file are by habit."""

from __future__ import annotations

import pytest

from heedlint.source.lines import habitual_width


def code(length: int) -> str:
    """A line of code of that length."""
    return f"call({'a' * (length - 6)})\n"


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("", 88),
        (code(20) * 300, 79),
        (code(20) * 100, 88),
        (code(84) * 3 + code(20) * 300, 88),
        (code(95) * 9 + code(20) * 300, 100),
        (code(118) * 9 + code(20) * 300, 120),
        (code(300) * 9 + code(20) * 300, 120),
        # Strings and comments stay as long as they are, unless all are.
        (f"x = '{'a' * 90}'\n" * 9 + code(82) + code(20) * 300, 88),
        (f"x = '{'a' * 90}'\n" * 60 + code(20) * 300, 100),
        (f"# {'a' * 200}\n" + code(84) + code(20) * 300, 88),
    ],
)
def test_the_width_of_a_file_is_that_of_what_formatters_break(text: str, width: int) -> None:
    assert habitual_width(text) == width
