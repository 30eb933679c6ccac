"""What is known before any file is read: catalogues, profiles and the tables made of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from heedlint.clients import lookup
from heedlint.clients.loader import load_clients, load_retry_profiles
from heedlint.clients.model import (
    ClientProfile,
    ExceptionClass,
    RetryPolicy,
    RetryProfile,
    RetryTerm,
    Role,
)
from heedlint.contracts.loader import load_catalogues
from heedlint.contracts.model import Catalogue, DocumentedError
from heedlint.errors import ConfigurationError
from heedlint.settings import Settings
from heedlint.tables import nearest

FALLBACK_CATALOGUE = "http"
_STATUS = re.compile(r"(?<!\d)([45]\d\d)(?!\d)")
_SNAKE = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)+")


@dataclass(frozen=True)
class Knowledge:
    """The catalogues and profiles in force for one run."""

    clients: dict[str, ClientProfile]
    retry_profiles: dict[str, RetryProfile]
    catalogues: dict[str, Catalogue]
    default_catalogue: str
    names: lookup.Names

    @cached_property
    def class_owners(self) -> dict[str, ClientProfile]:
        """The profile of each exception class that a client defines, by canonical name."""
        return {name: client for client in self.clients.values() for name in client.exceptions}

    @cached_property
    def function_owners(self) -> dict[str, ClientProfile]:
        """The client whose function has a qualified name; of several the first."""
        clients = reversed(self.clients.values())
        return {name: client for client in clients for name in client.functions}

    @cached_property
    def call_chains(self) -> dict[str, list[tuple[ClientProfile, str]]]:
        """The endings of calls that only a client has, by their last name, with the client."""
        found: dict[str, list[tuple[ClientProfile, str]]] = {}
        for client in self.clients.values():
            for ending in client.call_chains:
                found.setdefault(ending.rpartition(".")[2], []).append((client, ending))
        return found

    @cached_property
    def retry_policies(self) -> dict[str, tuple[RetryProfile, RetryPolicy]]:
        """Every retry policy, by each of its names and methods, with its profile."""
        profiles = self.retry_profiles.values()
        return {name: (p, policy) for p in profiles for name, policy in p.policies.items()}

    @cached_property
    def retry_predicates(self) -> dict[str, RetryTerm]:
        """The vocabulary of conditions of all retry libraries: they share tenacity's."""
        return {name: t for p in self.retry_profiles.values() for name, t in p.predicates.items()}

    @cached_property
    def retry_waits(self) -> dict[str, RetryTerm]:
        """The vocabulary of waits of all retry libraries."""
        return {name: t for p in self.retry_profiles.values() for name, t in p.waits.items()}

    @cached_property
    def retry_stops(self) -> dict[str, RetryTerm]:
        """The vocabulary of stops of all retry libraries."""
        return {name: t for p in self.retry_profiles.values() for name, t in p.stops.items()}

    @cached_property
    def retry_jitters(self) -> dict[str, RetryTerm]:
        """The vocabulary of jitters of all retry libraries."""
        return {name: t for p in self.retry_profiles.values() for name, t in p.jitters.items()}

    def exception_class(self, name: str) -> ExceptionClass | None:
        """The profiled exception class of a canonical name."""
        owner = self.class_owners.get(name)
        return owner.exceptions[name] if owner else None

    def stands_for_answers(self, name: str) -> bool:
        """Whether an API's answer is raised as this very class."""
        found = self.exception_class(name)
        return found is not None and found.stands_for_answers

    def is_api_class(self, name: str) -> bool:
        """Whether some API answer (no transport error) is raised as this class or a child of it."""
        owner = self.class_owners.get(name)
        if owner is None:
            return False
        return any(
            child.stands_for_answers and self.names.is_subclass(child.name, name)
            for child in owner.exceptions.values()
        )

    def member(self, owner: Role, member: str, clients: Iterable[ClientProfile]) -> Role | None:
        """What a member of an owner is, where all of the clients that know it agree."""
        found = {client.roles.get(owner, {}).get(member) for client in clients} - {None}
        return found.pop() if len(found) == 1 else None

    @cached_property
    def error_members(self) -> frozenset[str]:
        """The fields that the errors of some client have."""
        clients = self.clients.values()
        return frozenset(m for client in clients for m in client.roles.get(Role.ERROR, {}))

    @cached_property
    def hosts(self) -> dict[str, Catalogue]:
        """The catalogue that each host serves."""
        return {
            host: catalogue for catalogue in self.catalogues.values() for host in catalogue.hosts
        }

    def catalogue_at(self, text: str) -> Catalogue | None:
        """The catalogue whose host stands in a URL or another text."""
        for host, catalogue in self.hosts.items():
            if re.search(rf"(?<![\w.-]){re.escape(host)}(?![\w.-])", text):
                return catalogue
        return None

    @cached_property
    def errors(self) -> tuple[tuple[Catalogue, DocumentedError], ...]:
        """Every documented error with its catalogue."""
        return tuple((c, error) for c in self.catalogues.values() for error in c.errors)

    @cached_property
    def identifiers(self) -> frozenset[str]:
        """Every documented error code and type."""
        found = {error.code for _, error in self.errors} | {error.type for _, error in self.errors}
        return frozenset(found - {""})

    def is_identifier(self, text: str) -> bool:
        """Whether a text is a code or type of a catalogue, an underscored fragment of one, or
        holds a status number."""
        folded = text.strip().lower()
        if folded in self.identifiers or _STATUS.search(folded):
            return True
        return _SNAKE.fullmatch(folded) is not None and any(
            folded in identifier for identifier in self.identifiers
        )

    @cached_property
    def _phrases(self) -> tuple[str, ...]:
        return tuple({phrase for _, error in self.errors for phrase in error.phrases})

    def is_common_wording(self, text: str) -> bool:
        """Whether APIs say so of an error, and other programs as well."""
        folded = text.strip().lower()
        return any(p in folded for _, error in self.errors for p in error.common_phrases)

    @cached_property
    def _coded(self) -> re.Pattern[str]:
        """A whole code or type of an API's page, with an underscore: others are everyday words."""
        told = {
            name
            for _, error in self.errors
            if not error.sdk_only
            for name in (error.code, error.type)
            if "_" in name
        }
        return re.compile(
            rf"(?<![a-z0-9_])({'|'.join(map(re.escape, sorted(told))) or '(?!)'})(?![a-z0-9_])"
        )

    def is_api_text(self, text: str) -> bool:
        """Whether only an API's error says so: a phrase, a code with an underscore, a bare 429."""
        folded = text.strip().lower()
        if len(folded) < 3:
            return False
        if any(phrase in folded for phrase in self._phrases):
            return True
        if self._coded.search(folded):
            return True
        # A code's beginning names it: `rate_limit`. Its end may be anybody's: `api_key`.
        if _SNAKE.fullmatch(folded) and any(code.startswith(folded) for code in self.identifiers):
            return True
        return re.search(r"(?<!\d)429(?!\d)", folded) is not None

    @cached_property
    def _own_texts(self) -> tuple[str, ...]:
        return tuple(text.lower() for c in self.clients.values() for text in c.own_texts)

    def is_text_of_client(self, text: str) -> bool:
        """Whether a client says so of itself, before any API is asked."""
        folded = text.strip().lower()
        return any(own in folded or (" " in folded and folded in own) for own in self._own_texts)

    def errors_for_text(
        self, text: str, catalogues: tuple[Catalogue, ...]
    ) -> tuple[DocumentedError, ...]:
        """The errors that a text tested in a message may mean, in the given catalogues."""
        folded = text.strip().lower()
        errors = [error for catalogue in catalogues for error in catalogue.errors]
        exact = [error for error in errors if folded in (error.code, error.type) and folded]
        if exact:
            return tuple(exact)
        phrased = [
            error
            for error in errors
            if any(phrase in folded or folded in phrase for phrase in error.wordings)
        ]
        if phrased and len(folded) > 3:
            return tuple(phrased)
        if _SNAKE.fullmatch(folded):
            return tuple(error for error in errors if folded in error.code)
        return ()

    def status_in(self, text: str) -> int:
        """The one HTTP error status that stands in a text; 0 where there is none, or several."""
        found = set(_STATUS.findall(text))
        return int(found.pop()) if len(found) == 1 else 0


def load_knowledge(settings: Settings) -> Knowledge:
    """The catalogues and profiles that `settings` put in force; shared between files.

    Raises `ConfigurationError` for data that cannot be used and for a catalogue that is unknown.
    """
    return _load(
        settings.catalogue_files,
        settings.profile_files,
        settings.catalogues,
        settings.default_catalogue,
    )


@lru_cache(maxsize=32)
def _load(
    catalogue_files: tuple[str, ...],
    profile_files: tuple[str, ...],
    wanted: tuple[str, ...],
    default: str,
) -> Knowledge:
    catalogues = load_catalogues(catalogue_files)
    for name in (*wanted, *((default,) if default else ())):
        if name not in catalogues:
            near = nearest(name, catalogues)
            hint = f"; did you mean {near!r}?" if near else ""
            raise ConfigurationError(
                f"there is no catalogue {name!r}{hint} (known: {', '.join(sorted(catalogues))})"
            )
    if wanted:
        kept = {*wanted, default, FALLBACK_CATALOGUE}
        catalogues = {name: c for name, c in catalogues.items() if name in kept}
    return Knowledge(
        load_clients(profile_files),
        load_retry_profiles(profile_files),
        catalogues,
        default,
        lookup.names(profile_files),
    )
