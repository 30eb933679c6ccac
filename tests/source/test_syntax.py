"""Unreadable files are said, whether or not they could hold a finding."""

from __future__ import annotations

import pytest

from heedlint import Settings, check_source


@pytest.mark.parametrize(
    "source",
    [
        b"def f(:\n",
        b"import openai\ntry:\n    f(\nexcept openai.APIError:\n    pass\n",
        "x = 'é'\n".encode("latin-1"),
        b"# coding: no-such-encoding\n",
        b"x = 1\x00\n",
    ],
)
def test_what_is_not_python_is_said(source: bytes) -> None:
    assert [finding.code for finding in check_source(source, "a.py", Settings())] == ["HED900"]


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"x = '\\d'\n",
        "# coding: latin-1\nx = 'é'\n".encode("latin-1"),
        b"type Alias[T] = list[T]\n",
        b"x = f'{'nested'}'\n",
        b"\xef\xbb\xbfx = 1\r\n",
    ],
)
def test_what_is_python_is_not(source: bytes) -> None:
    assert check_source(source, "a.py", Settings()) == []
