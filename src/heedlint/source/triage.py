"""The first look at a file, on its bytes: can it hold a finding at all?

Every finding needs something that ties the code to an API's errors - a client or retry library that
is imported, a call that only such a client has, or a wording, code or status that only such errors
carry - and a word of error handling. Both lists are made from the profiles and catalogues in force,
never by hand.
"""

from __future__ import annotations

import re

from heedlint.source.idioms import API_ERROR, ERROR_ENDINGS, ERROR_NAMES
from heedlint.source.subjects import Groups, Subjects, subjects

TYPE_CHECKING = False  # as in heedlint: no typing on the way to an answer
if TYPE_CHECKING:
    from heedlint.settings import Settings

# Where none of these stands, nothing is handled, retried or told apart, unless some function is
# given an error to judge.
_HANDLING = (b"xcept", b"rror", b"etry", b"tatus", b"exc", b"isinstance", b"resp", b"raises")
_GIVEN = re.compile(
    r"(?:[(,]|lambda)\s*(?:{}|\w*(?:{}))\s*[,):=]".format(
        "|".join(sorted(ERROR_NAMES)), "|".join(ERROR_ENDINGS)
    ).encode()
)
_STATUS = re.compile(rb"""["'] ?[45]\d\d[ \t]*["']""")
_STATUS_BEGINS = tuple(
    q + space + digit for q in (b'"', b"'") for space in (b"", b" ") for digit in (b"4", b"5")
)
# A handler that takes an exception which is an API's by its name, in the words behind `except`.
_TAKES_API_ERROR = re.compile(rb"except\b[^:]*?\b" + API_ERROR.encode() + rb"\b")
_429 = re.compile(rb"(?<!\d)429(?!\d)")
# Without one of these, no pattern is searched for.
_SEARCHING = (b"re.", b"regex", b"compile(")
# What a regular expression has between its words, and what parts a string that goes on.
_BETWEEN_WORDS = re.compile(rb"""\\[bs]\+?|\.\*|[\\^$]""")
_GOES_ON = re.compile(rb"""["'][ \t]*(?:\\?\r?\n[ \t]*)*[rbfu]{0,2}["']""")
_IMPORTING = (b"import", b"from")
_LONGEST_WORD = max(map(len, _IMPORTING))
# Encodings in which ASCII letters stand for something else.
_DECLARED = re.compile(rb"\A(?:[^\r\n]*\r?\n)?[^\r\n]*coding[:=][ \t]*utf[-_]?(?:7|16|32)", re.I)


def is_candidate(source: bytes, settings: Settings | None = None) -> bool:
    """Whether a file can hold a finding; false only where it certainly holds none.

    Without settings by the profiles and catalogues that are built in.
    """
    if not (any(word in source for word in _HANDLING) or _GIVEN.search(source)):
        return bool(_DECLARED.match(source))
    known = subjects(settings)
    return (
        _imports_one(source, known)
        or any(name in source and re.search(chains, source) for name, chains in known.calls)
        or _says_one(source, known)
        or _TAKES_API_ERROR.search(source) is not None
        or bool(_DECLARED.match(source))
    )


def says_api_wording(source: bytes, settings: Settings) -> bool:
    """Whether a file holds a wording, code or status that only an API's error carries."""
    return _says_one(source, subjects(settings))


def _imports_one(source: bytes, known: Subjects) -> bool:
    for package, further in known.packages:
        if (
            package in source
            and any(all(name in source for name in names) for names in further)
            and _is_imported(source, package)
        ):
            return True
    return False


def _is_imported(source: bytes, package: bytes) -> bool:
    """Whether a name stands in an import, or begins a string: `import_module("openai")`."""
    place, before = source.find(package), 0
    while place >= 0:
        if source[place - 1 : place] in (b'"', b"'"):
            return True
        # What stands before the one that was looked at last has been searched with that.
        start = max(_line_start(source, place, before), before)
        if any(source.find(word, start, place) >= 0 for word in _IMPORTING):
            return True
        before = max(place - _LONGEST_WORD, 0)
        place = source.find(package, place + len(package))
    return False


def _line_start(source: bytes, place: int, least: int) -> int:
    """Where the line of a place begins; lines that go on after a backslash are one.

    Somewhere before `least` where it begins before that.
    """
    start = source.rfind(b"\n", 0, place)
    start = max(start, source.rfind(b"\r", start + 1, place))
    while start > least and source[max(start - 2, 0) : start].rstrip(b"\r").endswith(b"\\"):
        start = source.rfind(b"\n", 0, start)
    return start + 1


def _says_one(source: bytes, known: Subjects) -> bool:
    if b"429" in source and _429.search(source):
        return True
    if any(begin in source for begin in _STATUS_BEGINS) and _STATUS.search(source):
        return True
    text = _GOES_ON.sub(b"", source.lower())
    if _holds_one(text, known.words) or _holds_one(text, known.phrases):
        return True
    if any(word in text for word in _SEARCHING):
        # A space in their place makes no single word.
        return _holds_one(_BETWEEN_WORDS.sub(b" ", text), known.phrases)
    return False


def _holds_one(text: bytes, groups: Groups) -> bool:
    return any(shared in text and any(word in text for word in words) for shared, words in groups)
