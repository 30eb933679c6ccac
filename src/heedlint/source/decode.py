"""From a file's bytes to its text and back, as PEP 263 says."""

from __future__ import annotations

import io
import tokenize
from codecs import BOM_UTF8
from dataclasses import dataclass

from heedlint.errors import UnreadableSource
from heedlint.source.lines import with_plain_ends


@dataclass(frozen=True)
class DecodedSource:
    """A file's text, without byte order mark and with its line endings as they are."""

    text: str
    encoding: str
    has_bom: bool


def decode(source: bytes) -> DecodedSource:
    """Decodes a Python file by its byte order mark or its declaration, else as UTF-8.

    Raises `UnreadableSource` with line and column for bytes that the encoding does not allow,
    for an unknown encoding, for a mark that the declaration contradicts and for null bytes.
    """
    has_bom = source.startswith(BOM_UTF8)
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    except SyntaxError as error:
        raise _undeclared(source, error) from error
    # The mark is kept apart: the codec utf-8-sig would add one to a file that had none.
    encoding = "utf-8" if encoding == "utf-8-sig" else encoding
    body = source[len(BOM_UTF8) :] if has_bom else source
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        raise _undecodable(body, error) from error
    except (LookupError, UnicodeError, ValueError) as error:
        # A codec between bytes and bytes, or between texts (rot13), is no source encoding.
        line = _declaration_line(source)
        raise UnreadableSource(f"cannot be decoded as {encoding}: {error}", line) from error
    if "\0" in text:
        line, column = _place(text[: text.index("\0")])
        raise UnreadableSource("has a null byte, which Python source may not", line, column)
    return DecodedSource(text, encoding, has_bom)


def encode(decoded: DecodedSource, text: str) -> bytes:
    """The bytes of `text` in the encoding that `decoded` came in, with its byte order mark.

    Raises `UnreadableSource` for a character that the encoding does not have.
    """
    try:
        content = text.encode(decoded.encoding)
    except UnicodeEncodeError as error:
        line, column = _place(text[: error.start])
        reason = f"{text[error.start]!r} cannot be written in {decoded.encoding}"
        raise UnreadableSource(reason, line, column) from error
    return BOM_UTF8 + content if decoded.has_bom else content


def _undeclared(source: bytes, error: SyntaxError) -> UnreadableSource:
    """Why no encoding was found; tokenize says it without saying where."""
    body = source.removeprefix(BOM_UTF8)
    try:
        # The two lines that may declare it are read as UTF-8; what follows is not to blame.
        b"\n".join(body.split(b"\n", 2)[:2]).decode("utf-8")
    except UnicodeDecodeError as undecodable:
        return _undecodable(body, undecodable)
    return UnreadableSource(str(error.msg), _declaration_line(source))


def _undecodable(body: bytes, error: UnicodeDecodeError) -> UnreadableSource:
    before = body[: error.start].decode(error.encoding, "replace")
    reason = f"byte 0x{body[error.start]:02x} is not {error.encoding}: {error.reason}"
    return UnreadableSource(reason, *_place(before))


def _declaration_line(source: bytes) -> int:
    """The line of the encoding declaration, which can stand on the first two only."""
    return 1 if b"coding" in source.split(b"\n", 1)[0] else 2


def _place(before: str) -> tuple[int, int]:
    """Line and column, from 1, of what follows the text `before`."""
    lines = with_plain_ends(before).split("\n")
    return len(lines), len(lines[-1]) + 1
