"""The first look at a file, on its bytes: can it hold a finding at all?

Every finding needs something that ties the code to an API's errors - a client or retry library that
is imported, a call that only such a client has, or a wording, code or status that only such errors
carry - and a word of error handling. Both lists are made from the profiles and catalogues in force,
never by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from heedlint.settings import Settings
from heedlint.source.idioms import ERROR_ENDINGS, ERROR_NAMES, HEADER

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
_429 = re.compile(rb"(?<!\d)429(?!\d)")
# Without one of these, no pattern is searched for.
_SEARCHING = (b"re.", b"regex", b"compile(")
# What a regular expression has between its words, and what parts a string that goes on.
_BETWEEN_WORDS = re.compile(rb"""\\[bs]\+?|\.\*|[\\^$]""")
_GOES_ON = re.compile(rb"""["'][ \t]*(?:\\?\r?\n[ \t]*)*[rbfu]{0,2}["']""")
# Encodings in which ASCII letters stand for something else.
_DECLARED = re.compile(rb"\A(?:[^\r\n]*\r?\n)?[^\r\n]*coding[:=][ \t]*utf[-_]?(?:7|16|32)", re.I)
_ANY_SPACE = r"(?:\s|\\|#[^\n]*\n)*"


@dataclass(frozen=True)
class Subjects:
    """What ties a file to an API.

    `packages` are the first names of modules, each with the further names of its modules that
    count; `calls` are what only an API's client is called with: the longest of their names, each
    with a pattern of the whole chains; `wordings` (in small letters) stand in texts that only an
    API's error carries.
    """

    packages: tuple[tuple[bytes, tuple[tuple[bytes, ...], ...]], ...]
    calls: tuple[tuple[bytes, re.Pattern[bytes]], ...]
    wordings: tuple[bytes, ...]


def is_candidate(source: bytes, settings: Settings) -> bool:
    """Whether a file can hold a finding; false only where it certainly holds none."""
    if not (any(word in source for word in _HANDLING) or _GIVEN.search(source)):
        return bool(_DECLARED.match(source))
    subjects = _subjects(settings.catalogue_files, settings.profile_files)
    return (
        _imports_one(source, subjects)
        or any(name in source and chains.search(source) for name, chains in subjects.calls)
        or _says_one(source, subjects.wordings)
        or bool(_DECLARED.match(source))
    )


def says_api_wording(source: bytes, settings: Settings) -> bool:
    """Whether a file holds a wording, code or status that only an API's error carries."""
    subjects = _subjects(settings.catalogue_files, settings.profile_files)
    return _says_one(source, subjects.wordings)


def _imports_one(source: bytes, subjects: Subjects) -> bool:
    for package, further in subjects.packages:
        if (
            package in source
            and any(all(name in source for name in names) for names in further)
            and _is_imported(source, package)
        ):
            return True
    return False


def _is_imported(source: bytes, package: bytes) -> bool:
    """Whether a name stands in an import, or begins a string: `import_module("openai")`."""
    place = source.find(package)
    while place >= 0:
        if source[place - 1 : place] in (b'"', b"'"):
            return True
        before = source[_line_start(source, place) : place]
        if b"import" in before or b"from" in before:
            return True
        place = source.find(package, place + len(package))
    return False


def _line_start(source: bytes, place: int) -> int:
    """Where the line of a place begins; lines that go on after a backslash are one."""
    start = max(source.rfind(b"\n", 0, place), source.rfind(b"\r", 0, place))
    while start > 0 and source[:start].rstrip(b"\r").endswith(b"\\"):
        start = source.rfind(b"\n", 0, start)
    return start + 1


def _says_one(source: bytes, wordings: Iterable[bytes]) -> bool:
    if b"429" in source and _429.search(source):
        return True
    if any(begin in source for begin in _STATUS_BEGINS) and _STATUS.search(source):
        return True
    text = _GOES_ON.sub(b"", source.lower())
    if any(word in text for word in wordings):
        return True
    if any(word in text for word in _SEARCHING):
        text = _BETWEEN_WORDS.sub(b" ", text)
        return any(word in text for word in wordings)
    return False


@lru_cache(maxsize=8)
def _subjects(catalogue_files: tuple[str, ...], profile_files: tuple[str, ...]) -> Subjects:
    from heedlint.clients.loader import load_clients, load_retry_profiles  # noqa: PLC0415
    from heedlint.contracts.loader import load_catalogues  # noqa: PLC0415

    modules: set[str] = set()
    calls: set[str] = set()
    for client in load_clients(profile_files).values():
        modules |= {*client.modules, *client.aliases}
        # A shorter chain means this client only where its package is imported.
        calls |= {chain for chain in client.call_chains if chain.count(".") >= 2}
    for retry in load_retry_profiles(profile_files).values():
        modules |= {*retry.modules, *retry.aliases}
        calls |= {mark for policy in retry.policies.values() for mark in policy.marked_by}
    wordings = {HEADER}  # reading it wrongly is a finding whoever sends it
    for catalogue in load_catalogues(catalogue_files).values():
        for error in catalogue.errors:
            wordings |= {*error.phrases, error.type if "_" in error.type else ""}
            # A code's beginning names it, too: "rate_limit" of rate_limit_exceeded.
            wordings.add("_".join(error.code.split("_")[:2]) if "_" in error.code else "")
    return Subjects(_packages(modules), _chains(calls), _shortest(wordings))


def _packages(modules: Iterable[str]) -> tuple[tuple[bytes, tuple[tuple[bytes, ...], ...]], ...]:
    """The first name of each module, with the names that follow it in some module or other."""
    found: dict[bytes, set[tuple[bytes, ...]]] = {}
    for module in modules:
        package, *further = module.encode().split(b".")
        found.setdefault(package, set()).add(tuple(further))
    # A module that counts as a whole makes what is below it needless.
    return tuple(
        (package, ((),) if () in further else tuple(sorted(further)))
        for package, further in sorted(found.items())
    )


def _chains(calls: Iterable[str]) -> tuple[tuple[bytes, re.Pattern[bytes]], ...]:
    """A pattern of the chains that hold a name; each may go on in the next line."""
    found: dict[str, list[str]] = {}
    for call in sorted(calls):
        chain = _ANY_SPACE.join(map(re.escape, re.split(r"(\.)", call)))
        found.setdefault(max(call.split("."), key=len), []).append(chain)
    return tuple((name.encode(), re.compile("|".join(c).encode())) for name, c in found.items())


def _shortest(words: Iterable[str]) -> tuple[bytes, ...]:
    """The words in small letters, without those that hold another one."""
    found: list[str] = []
    for word in sorted(
        {word.lower() for word in words if word}, key=lambda word: (len(word), word)
    ):
        if not any(shorter in word for shorter in found):
            found.append(word)
    return tuple(word.encode() for word in found)
