"""Decoding: PEP 263, byte order marks, line endings, and back."""

from __future__ import annotations

from codecs import BOM_UTF8

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heedlint.errors import UnreadableSource
from heedlint.source.decode import DecodedSource, decode, encode


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"", DecodedSource("", "utf-8", False)),
        (b"x = 1\r\ny = 2\rz", DecodedSource("x = 1\r\ny = 2\rz", "utf-8", False)),
        ("é".encode(), DecodedSource("é", "utf-8", False)),
        (BOM_UTF8 + "é".encode(), DecodedSource("é", "utf-8", True)),
        (
            b"# coding: latin-1\n\xe9",
            DecodedSource("# coding: latin-1\né", "iso-8859-1", False),
        ),
        (
            b"#!/bin/python\n# -*- coding: cp1252 -*-\n\x80",
            DecodedSource("#!/bin/python\n# -*- coding: cp1252 -*-\n€", "cp1252", False),
        ),
        (
            BOM_UTF8 + b"# coding: utf-8\n",
            DecodedSource("# coding: utf-8\n", "utf-8", True),
        ),
        # utf-8-sig as a declaration must not give a file a mark that it had not
        (b"# coding: utf-8-sig\n", DecodedSource("# coding: utf-8-sig\n", "utf-8", False)),
        (
            "# coding: shift_jis\nx = '日本'".encode("shift_jis"),
            DecodedSource("# coding: shift_jis\nx = '日本'", "shift_jis", False),
        ),
    ],
)
def test_a_source_is_decoded_and_encoded_again(source: bytes, expected: DecodedSource) -> None:
    decoded = decode(source)
    assert decoded == expected
    assert encode(decoded, decoded.text) == source


@pytest.mark.parametrize(
    ("source", "place", "reason"),
    [
        (b"x = 1\ny = '\xe9'\n", (2, 6), "0xe9"),
        ("é = 1\r\né = ".encode() + b"\xff", (2, 5), "0xff"),
        ("é = 1\ré = ".encode() + b"\xff", (2, 5), "0xff"),
        (b"\n\n\n\nx\xff", (5, 2), "0xff"),
        (BOM_UTF8 + b"x\xff", (1, 2), "0xff"),
        ("x = 1".encode("utf-16"), (1, 1), "0xff"),
        (b"# coding: klingon\n", (1, 1), "klingon"),
        (b"\n# coding: klingon\n\xff", (2, 1), "klingon"),
        (b"# coding: rot13\n", (1, 1), "rot13"),
        (b"# coding: hex\n", (1, 1), "hex"),
        (BOM_UTF8 + b"# coding: latin-1\n", (1, 1), "utf-8"),
        (b"# coding: ascii\nx = '\xc3\xa9'", (2, 6), "0xc3"),
        (b"x = 1\ny\0", (2, 2), "null byte"),
    ],
)
def test_what_cannot_be_decoded_says_where(
    source: bytes, place: tuple[int, int], reason: str
) -> None:
    with pytest.raises(UnreadableSource) as caught:
        decode(source)
    assert (caught.value.line, caught.value.column) == place
    assert reason in caught.value.reason


def test_a_character_that_the_encoding_does_not_have() -> None:
    decoded = decode(b"# coding: latin-1\n")
    with pytest.raises(UnreadableSource) as caught:
        encode(decoded, "# coding: latin-1\nx = '€'")
    assert (caught.value.line, caught.value.column) == (2, 6)


@given(st.binary())
def test_any_bytes_come_back_or_are_refused(source: bytes) -> None:
    try:
        decoded = decode(source)
    except UnreadableSource as error:
        assert error.line >= 1 and error.column >= 1
    else:
        assert encode(decoded, decoded.text) == source
