"""Typed reading of TOML tables: every mistake names the file, the key and the way out."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from enum import Enum
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import tomli

from heedlint.errors import ConfigurationError

Choice = TypeVar("Choice", bound=Enum)

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+(\[\d+\])?")
_RANGE = re.compile(r"(\d{3})-(\d{3})")


def nearest(word: str, known: Iterable[str], *, alike: float = 0.6) -> str:
    """The known word closest to `word`, or `""` where none is close.

    `alike` is how much of both must match, from 0 (nothing) to 1 (all), as difflib counts it.
    """
    matches = difflib.get_close_matches(word, sorted(known), n=1, cutoff=alike)
    return matches[0] if matches else ""


def one_of(words: Iterable[str]) -> str:
    """The words as a choice for a reader: "a, b or c"."""
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def read_toml(path: Path) -> Table:
    """Reads a TOML file.

    Returns its root table; messages name the file by its last part. Raises `ConfigurationError`
    for a file that is missing, unreadable, not UTF-8 or not TOML (with tomli's line and column).
    """
    try:
        content = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: no such file") from None
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not UTF-8 at byte {error.start}") from error
    try:
        return Table(tomli.loads(content), path.name)
    except tomli.TOMLDecodeError as error:
        raise ConfigurationError(f"{path.name}: {error}") from error


class Table:
    """A TOML table that is read key by key, each read stating the type that it wants.

    Every read raises `ConfigurationError` for a missing or mistyped value. `finish` then raises
    for the keys that nobody read, which is how a misspelt one is found.
    """

    def __init__(self, values: dict[str, Any], file: str, path: tuple[str, ...] = ()) -> None:
        self._values = values
        self._file = file
        self._path = path
        self._read: set[str] = set()

    def where(self, key: str = "") -> str:
        """The place of `key`, or of this table, as messages say it: "my.toml: errors.foo.retry"."""
        keys = (*self._path, key) if key else self._path
        dotted = ".".join(k if _BARE_KEY.fullmatch(k) else f'"{k}"' for k in keys)
        return f"{self._file}: {dotted}" if dotted else self._file

    def wrong(self, key: str, expected: str) -> NoReturn:
        """Raises `ConfigurationError`: `key` is what it is, and `expected` says what it may be."""
        raise ConfigurationError(f"{self.where(key)} is {self._values[key]!r}; expected {expected}")

    def names(self) -> tuple[str, ...]:
        """The table's keys, in the order of the file."""
        return tuple(self._values)

    def has(self, key: str) -> bool:
        """Whether the table states `key` (which counts as known from now on)."""
        self._read.add(key)
        return key in self._values

    def text(self, key: str, default: str | None = None) -> str:
        """A string; required and not empty where there is no default."""
        if not self.has(key):
            return self._missing(key) if default is None else default
        value = self._values[key]
        if not isinstance(value, str) or (default is None and not value.strip()):
            self.wrong(key, "a text")
        return str(value)

    def texts(self, key: str) -> tuple[str, ...]:
        """An array of distinct, non-empty strings; empty where it is missing."""
        if not self.has(key):
            return ()
        value = self._values[key]
        if not isinstance(value, list) or not all(isinstance(v, str) and v for v in value):
            self.wrong(key, "a list of texts")
        for text in value:
            if value.count(text) > 1:
                raise ConfigurationError(f"{self.where(key)} lists {text!r} more than once")
        return tuple(value)

    def flag(self, key: str, default: bool = False) -> bool:
        """True or false."""
        if not self.has(key):
            return default
        if not isinstance(self._values[key], bool):
            self.wrong(key, "true or false")
        return bool(self._values[key])

    def integer(self, key: str, default: int) -> int:
        """A whole number."""
        if not self.has(key):
            return default
        value = self._values[key]
        if not isinstance(value, int) or isinstance(value, bool):
            self.wrong(key, "a whole number")
        return int(value)

    def choice(self, key: str, choices: type[Choice]) -> Choice:
        """A member of `choices`, written as its value; required."""
        value = self.text(key)
        members = {str(member.value): member for member in choices}
        if value not in members:
            self.wrong(key, one_of(members))
        return members[value]

    def word(self, key: str, words: tuple[str, ...], default: str | None = None) -> str:
        """One of `words`; required where there is no default."""
        value = self.text(key, default)
        if self.has(key) and value not in words:
            self.wrong(key, one_of(words))
        return value

    def status(self, key: str) -> int:
        """An HTTP error status, 400 to 599; required."""
        if not self.has(key):
            self._missing(key)
        value = self._values[key]
        if not is_status(value):
            self.wrong(key, "an HTTP status from 400 to 599")
        return int(value)

    def statuses(self, key: str) -> tuple[int, ...]:
        """HTTP error statuses, each a number or a range such as "500-599", in rising order."""
        found: set[int] = set()
        for item in self._values[key] if self._is_list(key) else ():
            span = _RANGE.fullmatch(item) if isinstance(item, str) else None
            low, high = (int(span[1]), int(span[2])) if span else (item, item)
            if not is_status(low) or not is_status(high) or low > high:
                self.wrong(key, 'a list of statuses from 400 to 599, or ranges such as "500-599"')
            found.update(range(low, high + 1))
        return tuple(sorted(found))

    def table(self, key: str) -> Table:
        """A table within this one; empty where it is missing."""
        value = self._values[key] if self.has(key) else {}
        if not isinstance(value, dict):
            self.wrong(key, "a table")
        return Table(value, self._file, (*self._path, key))

    def tables(self, key: str) -> Iterator[tuple[str, Table]]:
        """The tables of a table of tables, each with its key, in the order of the file."""
        parent = self.table(key)
        for name in parent.names():
            yield name, parent.table(name)

    def list_of_tables(self, key: str) -> tuple[Table, ...]:
        """The tables of an array of tables (`[[key]]`); none where it is missing."""
        values = self._values[key] if self._is_list(key) else []
        if not all(isinstance(value, dict) for value in values):
            self.wrong(key, f"tables, written [[{key}]]")
        return tuple(
            Table(value, self._file, (*self._path, f"{key}[{index}]"))
            for index, value in enumerate(values)
        )

    def mapping(self, key: str) -> dict[str, str]:
        """A table whose values are all strings; empty where it is missing."""
        table = self.table(key)
        return {name: table.text(name) for name in table.names()}

    def finish(self) -> None:
        """Raises `ConfigurationError` for the first key that was never asked for."""
        for key in self._values:
            if key not in self._read:
                near = nearest(key, self._read)
                hint = f"did you mean {near}?" if near else f"expected {one_of(sorted(self._read))}"
                raise ConfigurationError(f"{self.where(key)} is not a known key; {hint}")

    def _is_list(self, key: str) -> bool:
        if self.has(key) and not isinstance(self._values[key], list):
            self.wrong(key, "a list")
        return key in self._values

    def _missing(self, key: str) -> NoReturn:
        raise ConfigurationError(f"{self.where(key)} is missing")


def is_status(value: object) -> bool:
    """Whether `value` is an HTTP error status: 4xx or 5xx (RFC 9110, sections 15.5 and 15.6)."""
    return isinstance(value, int) and not isinstance(value, bool) and 400 <= value <= 599
