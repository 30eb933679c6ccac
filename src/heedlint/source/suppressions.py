"""`# noqa` comments, read by flake8's own code so that both always mean the same."""

from __future__ import annotations

import io
import tokenize
from functools import cached_property


class Suppressions:
    """The suppressions of one file; `text` is its decoded source.

    Costs a scan for "noqa" and nothing more until a finding asks in a file that has one.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        # lower() and not a regex with IGNORECASE: it is twenty times as fast.
        self._marked = "noqa" in text.lower()

    def covers(self, code: str, line: int) -> bool:
        """Whether flake8 would keep silent about `code` on `line` (from 1)."""
        if not self._marked:
            return False
        return self._whole_file or self._inline(code, line)

    def _inline(self, code: str, line: int) -> bool:
        # flake8 has no types. Imported late: only a file with a noqa comment needs it.
        from flake8.violation import Violation  # type: ignore[import-untyped] # noqa: PLC0415

        commented = self._logical_lines.get(line)
        if commented is None:
            commented = self._lines[line - 1] if 0 < line <= len(self._lines) else ""
        violation = Violation(code, "", line, 1, "", commented)
        return bool(violation.is_inline_ignored(disable_noqa=False))

    @cached_property
    def _lines(self) -> list[str]:
        # Universal newlines, as flake8 reads files: \n, \r\n and \r end a line, \f does not.
        return list(io.StringIO(self._text.removeprefix("\ufeff"), newline=None))

    @cached_property
    def _whole_file(self) -> bool:
        from flake8.defaults import NOQA_FILE  # type: ignore[import-untyped] # noqa: PLC0415

        return any(NOQA_FILE.match(line) for line in self._lines)

    @cached_property
    def _logical_lines(self) -> dict[int, str]:
        """Every line's whole statement, in which flake8 looks for the comment.

        The same as `FileProcessor._noqa_line_mapping`, which wants all of flake8's options to be
        built. Empty where Python cannot tokenize: flake8 then looks at the line alone.
        """
        try:
            tokens = list(tokenize.generate_tokens(iter(self._lines).__next__))
        except (tokenize.TokenError, SyntaxError):
            return {}
        mapping: dict[int, str] = {}
        first, last = 0, 0
        for token in tokens:
            if token.type in (tokenize.ENDMARKER, tokenize.DEDENT):
                continue
            first = first or token.start[0]
            last = max(last, token.end[0])
            if token.type in (tokenize.NL, tokenize.NEWLINE):
                joined = "".join(self._lines[first - 1 : last])
                mapping.update(dict.fromkeys(range(first, last + 1), joined))
                first, last = 0, 0
        return mapping
