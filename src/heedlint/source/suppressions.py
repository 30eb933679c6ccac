"""`# noqa` comments, read by flake8's own code so that both always mean the same."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class NoqaComment:
    """A `# noqa` that names codes, as it stands in `line` (without its ending, number `number`).

    It suppresses from line `first` to line `last`. `column` is where it begins, `codes` where its
    list of codes begins and ends; from 0, in characters.
    """

    first: int
    last: int
    number: int
    line: str
    column: int
    codes: tuple[int, int]


class Suppressions:
    """The suppressions of one file; `text` is its decoded source.

    Costs a scan for "noqa" and nothing more until a finding asks in a file that has one.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _marked(self) -> bool:
        # lower() and not a regex with IGNORECASE: it is twenty times as fast.
        return "noqa" in self._text.lower()

    def covers(self, code: str, line: int) -> bool:
        """Whether flake8 would keep silent about `code` on `line` (from 1)."""
        if not self._marked:
            return False
        return self._whole_file or self._inline(code, line)

    def comments(self) -> Iterator[NoqaComment]:
        """The comments that name codes; none in a file that is left out as a whole."""
        from flake8.defaults import (  # type: ignore[import-untyped] # noqa: PLC0415
            NOQA_INLINE_REGEXP,
        )

        if not self._marked or self._whole_file:
            return
        for first, last, comments in self._statements:
            joined = "".join(self._lines[first - 1 : last])
            match = NOQA_INLINE_REGEXP.search(joined)
            if match is None or match["codes"] is None:
                continue
            for token in comments:
                before = sum(map(len, self._lines[first - 1 : token.start[0] - 1]))
                begin = before + token.start[1]
                if begin <= match.start() < begin + len(token.string):
                    column = match.start() - before
                    codes = match.start("codes") - before, match.end("codes") - before
                    line = self._lines[token.start[0] - 1].rstrip("\n")
                    yield NoqaComment(first, last, token.start[0], line, column, codes)

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
        from flake8.defaults import NOQA_FILE  # noqa: PLC0415

        return any(NOQA_FILE.match(line) for line in self._lines)

    @cached_property
    def _logical_lines(self) -> dict[int, str]:
        """Every line's whole statement, in which flake8 looks for the comment.

        The same as `FileProcessor._noqa_line_mapping`, which wants all of flake8's options to be
        built. Empty where Python cannot tokenize: flake8 then looks at the line alone.
        """
        mapping: dict[int, str] = {}
        for first, last, _ in self._statements:
            joined = "".join(self._lines[first - 1 : last])
            mapping.update(dict.fromkeys(range(first, last + 1), joined))
        return mapping

    @cached_property
    def _statements(self) -> list[tuple[int, int, list[tokenize.TokenInfo]]]:
        """What flake8 looks through for one comment: first and last line, and the comments."""
        try:
            tokens = list(tokenize.generate_tokens(iter(self._lines).__next__))
        except (tokenize.TokenError, SyntaxError):
            return []
        found = []
        first, last, comments = 0, 0, []
        for token in tokens:
            if token.type in (tokenize.ENDMARKER, tokenize.DEDENT):
                continue
            first = first or token.start[0]
            last = max(last, token.end[0])
            if token.type == tokenize.COMMENT:
                comments.append(token)
            if token.type in (tokenize.NL, tokenize.NEWLINE):
                found.append((first, last, comments))
                first, last, comments = 0, 0, []
        return found
