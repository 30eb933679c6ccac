"""What ties a file to an API: the lists with which the triage looks at bytes.

Made from the profiles and catalogues in force; those of the built-in ones are kept.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from heedlint.source.idioms import HEADER
from heedlint.source.kept import kept

TYPE_CHECKING = False  # as in heedlint: no typing on the way to an answer
if TYPE_CHECKING:
    from heedlint.settings import Settings

_ANY_SPACE = r"(?:\s|\\|#[^\n]*\n)*"

Packages = tuple[tuple[bytes, tuple[tuple[bytes, ...], ...]], ...]
Chains = tuple[tuple[bytes, bytes], ...]
Groups = tuple[tuple[bytes, tuple[bytes, ...]], ...]
# How long a part must be that several words share, to look for that first.
_SHARED = 6


class Subjects:
    """The lists.

    `packages` are the first names of modules, each with the further names of its modules that
    count; `calls` are what only an API's client is called with: the longest of their names, each
    with a regular expression of the whole chains; `words`, and `phrases` of several, stand in what
    only an API's error says: in small letters, each group after a part that all of it share.
    """

    def __init__(self, packages: Packages, calls: Chains, words: Groups, phrases: Groups) -> None:
        self.packages = packages
        self.calls = calls
        self.words = words
        self.phrases = phrases


def subjects(settings: Settings | None = None) -> Subjects:
    """The lists of the profiles and catalogues that `settings` name; without any, of the built-in.

    Raises `ConfigurationError` for those that cannot be used.
    """
    if settings is None:
        return _subjects((), ())
    return _subjects(settings.catalogue_files, settings.profile_files)


@lru_cache(maxsize=8)
def _subjects(catalogue_files: tuple[str, ...], profile_files: tuple[str, ...]) -> Subjects:
    if catalogue_files or profile_files:
        return Subjects(*_made(catalogue_files, profile_files))
    return Subjects(*kept(__spec__, lambda: _made((), ())))


def _made(
    catalogue_files: tuple[str, ...], profile_files: tuple[str, ...]
) -> tuple[Packages, Chains, Groups, Groups]:
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
            wordings |= {*error.phrases, *error.common_phrases}
            wordings.add(error.type if "_" in error.type else "")
            # A code's beginning names it, too: "rate_limit" of rate_limit_exceeded.
            wordings.add("_".join(error.code.split("_")[:2]) if "_" in error.code else "")
    shortest = _shortest(wordings)
    words = [word for word in shortest if b" " not in word]
    phrases = [phrase for phrase in shortest if b" " in phrase]
    return _packages(modules), _chains(calls), _grouped(words), _grouped(phrases)


def _packages(modules: Iterable[str]) -> Packages:
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


def _chains(calls: Iterable[str]) -> Chains:
    """Expressions of the chains that hold a name; each may go on in the next line."""
    found: dict[str, list[str]] = {}
    for call in sorted(calls):
        chain = _ANY_SPACE.join(map(re.escape, re.split(r"(\.)", call)))
        found.setdefault(max(call.split("."), key=len), []).append(chain)
    return tuple((name.encode(), "|".join(chains).encode()) for name, chains in found.items())


def _shortest(words: Iterable[str]) -> tuple[bytes, ...]:
    """The words in small letters, without those that hold another one."""
    found: list[str] = []
    for word in sorted(
        {word.lower() for word in words if word}, key=lambda word: (len(word), word)
    ):
        if not any(shorter in word for shorter in found):
            found.append(word)
    return tuple(word.encode() for word in found)


def _grouped(words: Iterable[bytes]) -> Groups:
    """The words in groups that share a part: where that is not, none of the group is."""
    left = list(words)
    found = []
    while left:
        parts = Counter(part for word in left for part in _parts(word))
        # Of those that most of them have the last by the alphabet: the same in every run.
        shared = max(parts, key=lambda part: (parts[part], part))
        found.append((shared, tuple(word for word in left if shared in word)))
        left = [word for word in left if shared not in word]
    return tuple(found)


def _parts(word: bytes) -> set[bytes]:
    last = max(len(word) - _SHARED, 0)
    return {word[start : start + _SHARED] for start in range(last + 1)}
