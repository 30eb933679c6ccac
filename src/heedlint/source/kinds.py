"""What a word may stand for, and what is made of it on its way from one word to another.

The kinds are an error, a text, a body (or the answer that has it) and the error object of one. A
mark in front of a word says what is made of it: `'e@3` is the error as text.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

ERROR, TEXT, BODY, OBJECT = 1, 2, 4, 8
ANY = ERROR | TEXT | BODY | OBJECT

# What each mark makes of an error, a text, a body and an error object.
AS_TEXT, SAID, PARSED, PART = "'", '"', "{", "+"
BY_HELPER, RETURNED, PART_RETURNED, ANYTHING = "~", "}", "-", "&"
_MADE = {
    "": (ERROR, TEXT, BODY, OBJECT),
    AS_TEXT: (TEXT, TEXT, TEXT, TEXT),
    SAID: (TEXT, TEXT, 0, 0),
    PARSED: (BODY, BODY, BODY, BODY),
    PART: (ANY, TEXT, TEXT | BODY | OBJECT, TEXT | OBJECT),
    BY_HELPER: (TEXT, 0, TEXT | OBJECT, OBJECT),
    RETURNED: (ERROR, TEXT, 0, OBJECT),
    PART_RETURNED: (ERROR | TEXT | OBJECT, TEXT, TEXT | OBJECT, TEXT | OBJECT),
    ANYTHING: (ANY, ANY, ANY, ANY),
}
MARKS = frozenset(_MADE) - {""}


def _of_all(made: tuple[int, int, int, int]) -> tuple[int, ...]:
    """What becomes of each set of kinds."""
    return tuple(
        sum({bit for n in range(4) if kinds >> n & 1 for bit in _bits(made[n])})
        for kinds in range(ANY + 1)
    )


def _bits(kinds: int) -> list[int]:
    return [bit for bit in (ERROR, TEXT, BODY, OBJECT) if kinds & bit]


MADE_OF = {mark: _of_all(made) for mark, made in _MADE.items()}


@cache
def composed(outer: str, inner: str) -> str | None:
    """The mark for what `outer` makes of what `inner` has made: the narrowest that takes it in.

    None where nothing is left.
    """
    wanted = [MADE_OF[outer][MADE_OF[inner][kind]] for kind in (ERROR, TEXT, BODY, OBJECT)]
    if not any(wanted):
        return None
    fits = [
        mark
        for mark, made in _MADE.items()
        if all(want & ~given == 0 for want, given in zip(wanted, made, strict=True))
    ]
    return min(fits, key=lambda mark: sum(kinds.bit_count() for kinds in _MADE[mark]))


def marked(words: Iterable[str], mark: str) -> list[str]:
    """The words with a mark more."""
    found = []
    for word in words:
        if word[0] not in MARKS:
            found.append(mark + word)
            continue
        both = composed(mark, word[0])
        if both is not None:
            found.append(both + word[1:])
    return found


def plain(words: Iterable[str]) -> list[str]:
    """The words without their marks."""
    return [word[1:] if word[0] in MARKS else word for word in words]
