"""The errors that heedlint raises for what its user can mend."""

from __future__ import annotations


class HeedlintError(Exception):
    """Bad input or settings: the message names file, key and the way out (exit status 2)."""


class ConfigurationError(HeedlintError):
    """A setting, a catalogue or a client profile that cannot be used as it stands."""


class UnreadableSource(HeedlintError):
    """A Python file that cannot be decoded or parsed; reported as HED900.

    `line` and `column` count from 1, columns in characters.
    """

    def __init__(self, reason: str, line: int = 1, column: int = 1) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column
