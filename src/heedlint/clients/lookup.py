"""Answers about names across all profiles: their canonical form, their ancestry, their status."""

from __future__ import annotations

import builtins
from functools import lru_cache

from heedlint.clients.loader import load_clients, load_retry_profiles
from heedlint.clients.model import ClientProfile, ExceptionClass

# Exceptions of the standard library that clients derive from or that stand for a builtin. From
# Python 3.11 on, asyncio.TimeoutError and its likes are the builtin itself.
_STDLIB_ALIASES = {
    "IOError": "OSError",
    "EnvironmentError": "OSError",
    "socket.error": "OSError",
    "select.error": "OSError",
    "socket.timeout": "TimeoutError",
    "asyncio.TimeoutError": "TimeoutError",
    "asyncio.exceptions.TimeoutError": "TimeoutError",
    "concurrent.futures.TimeoutError": "TimeoutError",
    "json.decoder.JSONDecodeError": "json.JSONDecodeError",
    "ssl.CertificateError": "ssl.SSLCertVerificationError",
}
_STDLIB_PARENTS = {
    "json.JSONDecodeError": ("ValueError",),
    "ssl.SSLError": ("OSError",),
    "ssl.SSLCertVerificationError": ("ssl.SSLError", "ValueError"),
    "socket.gaierror": ("OSError",),
    "http.client.HTTPException": ("Exception",),
    "http.client.IncompleteRead": ("http.client.HTTPException",),
}


class Names:
    """What the profiles know about qualified names."""

    def __init__(self, files: tuple[str, ...] = ()) -> None:
        """Takes the built-in profiles and those of `files`; raises what their loader raises."""
        self._aliases: dict[str, str] = dict(_STDLIB_ALIASES)
        self._parents: dict[str, tuple[str, ...]] = dict(_STDLIB_PARENTS)
        # A name that a profile speaks of is canonical, even where an alias covers it:
        # tenacity.retry is a function as well as the module whose content tenacity re-exports.
        self._known: set[str] = set()
        for client in load_clients(files).values():
            self._aliases.update(client.aliases)
            self._parents.update({e.name: e.parents for e in client.exceptions.values()})
            self._known.update(client.exceptions, client.clients, client.functions)
        for retry in load_retry_profiles(files).values():
            self._aliases.update(retry.aliases)
            self._known.update(retry.policies, retry.predicates, retry.waits, retry.stops)
        self._cache: dict[str, str] = {}

    def canonical(self, name: str) -> str:
        """The name that the profiles use for `name`, a qualified name; `name` where they know none.

        Aliases apply to the longest dotted prefix that has one, again and again, as long as the
        name is not one that a profile speaks of. Builtins lose their "builtins.".
        """
        if name not in self._cache:
            self._cache[name] = self._resolve(name.removeprefix("builtins."))
        return self._cache[name]

    def _resolve(self, name: str) -> str:
        seen = {name}
        while name not in self._known:
            prefix = self._aliased_prefix(name)
            if not prefix:
                return name
            name = self._aliases[prefix] + name[len(prefix) :]
            if name in seen:  # aliases that go round in a circle: any of them is as good
                return name
            seen.add(name)
        return name

    def _aliased_prefix(self, name: str) -> str:
        prefix = name
        while prefix and prefix not in self._aliases:
            prefix = prefix.rpartition(".")[0]
        return prefix

    def is_exception(self, name: str) -> bool:
        """Whether `name` is an exception class that a profile, or Python itself, knows."""
        name = self.canonical(name)
        return name in self._parents or _builtin(name) is not None

    def ancestors(self, name: str) -> frozenset[str]:
        """The canonical names of an exception class and all its bases; itself alone if unknown."""
        found: set[str] = set()
        pending = [self.canonical(name)]
        while pending:
            current = pending.pop()
            if current not in found:
                found.add(current)
                pending.extend(map(self.canonical, self._bases(current)))
        return frozenset(found)

    def _bases(self, name: str) -> tuple[str, ...]:
        if name in self._parents:
            return self._parents[name]
        cls = _builtin(name)
        return tuple(base.__name__ for base in cls.__mro__[1:-1]) if cls else ()

    def is_subclass(self, name: str, ancestor: str) -> bool:
        """Whether an exception class is another or derives from it; false where it is unknown."""
        return self.canonical(ancestor) in self.ancestors(name)

    def exception_for(
        self, profile: ClientProfile, status: int, *, removed: bool = False, code: str = ""
    ) -> ExceptionClass | None:
        """The class that the client raises for an HTTP status, or for an error's code.

        That is the one that stands for `code`, else the most derived of the classes that stand for
        `status`, else the fallback; `None`
        for a client that raises for no status. `removed` asks for the classes of the versions
        before the profiled one (`openai.error.RateLimitError`) instead of today's.
        """
        era = [e for e in profile.exceptions.values() if bool(e.removed) == removed]
        coded = [e for e in era if code and code in e.codes]
        matching = (
            coded or [e for e in era if status in e.statuses] or [e for e in era if e.fallback]
        )
        return max(matching, key=lambda e: len(self.ancestors(e.name)), default=None)


def _builtin(name: str) -> type[BaseException] | None:
    found = getattr(builtins, name, None)
    return found if isinstance(found, type) and issubclass(found, BaseException) else None


@lru_cache(maxsize=8)
def names(files: tuple[str, ...] = ()) -> Names:
    """The `Names` of the built-in profiles and those of `files`; raises what the loader raises."""
    return Names(files)


def canonical(name: str, files: tuple[str, ...] = ()) -> str:
    """See `Names.canonical`."""
    return names(files).canonical(name)


def is_subclass(name: str, ancestor: str, files: tuple[str, ...] = ()) -> bool:
    """See `Names.is_subclass`."""
    return names(files).is_subclass(name, ancestor)


def exception_for(
    profile: ClientProfile, status: int, *, removed: bool = False, files: tuple[str, ...] = ()
) -> ExceptionClass | None:
    """See `Names.exception_for`."""
    return names(files).exception_for(profile, status, removed=removed)
