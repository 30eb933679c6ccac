"""The words of the profiles and catalogues in force, as far as a cheap reading needs them."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING

from heedlint.settings import Settings
from heedlint.source.idioms import NEUTRAL_ERRORS
from heedlint.source.kept import kept
from heedlint.source.kinds import AS_TEXT, PARSED, PART

if TYPE_CHECKING:
    from heedlint.clients.model import ClientProfile

# In the names of keys under which APIs say what went wrong, whatever their envelope.
_KEY_WORDS = ("error", "message", "detail", "title")
# What leads from any exception, or client, to another value that counts.
_OF_ANY_OBJECT = {
    **dict.fromkeys(("args", "message"), AS_TEXT),
    **dict.fromkeys(("exceptions", "__cause__", "__context__", "value", "exception"), PART),
    **dict.fromkeys(("with_options", "copy"), ""),
}


@dataclass(frozen=True)
class Vocabulary:
    """The names that count, each without what is before its last dot unless said otherwise.

    `packages` are the first names of the client and retry modules, `transports` those of clients
    that raise for no status by themselves; `chains` the whole endings of calls that only a client
    has, by their last name; `classes` are those of exceptions and responses, `makers` those of
    clients, `api` every part of a name by which something of a client's module is called;
    `policies` make a retry policy, each with the packages that have it, and `marks` are the
    keywords by which a method does; `members` lead from an error or client to another value that
    counts, each with the mark for what it makes of it. `body_keys` are the keys of error bodies,
    `object_keys` those of them that lead to an error object. `answers` are the classes of answers,
    which are no exceptions. `enveloped` are the packages of clients whose bodies have a documented
    shape, `hosts` those of the APIs. `foreign_errors` are builtin classes that no API's error is
    caught as, `foreign_modules` standard modules whose errors are none.
    """

    packages: frozenset[str]
    transports: frozenset[str]
    chains: dict[str, tuple[str, ...]]
    classes: frozenset[str]
    makers: frozenset[str]
    api: frozenset[str]
    policies: dict[str, frozenset[str]]
    marks: frozenset[str]
    members: dict[str, str]
    body_keys: frozenset[str]
    object_keys: frozenset[str]
    keys: frozenset[str]
    answers: frozenset[str]
    enveloped: frozenset[str]
    hosts: tuple[bytes, ...]
    foreign_errors: frozenset[str]
    foreign_modules: frozenset[str]

    def is_key(self, key: str) -> bool:
        """Whether something of an error may stand under a key of its body."""
        folded = key.lower()
        return (
            key in self.keys
            or folded in self.body_keys
            or any(word in folded for word in _KEY_WORDS)
        )


def vocabulary(settings: Settings) -> Vocabulary:
    """The vocabulary of the profiles and catalogues that `settings` name."""
    return _vocabulary(settings.catalogue_files, settings.profile_files)


@lru_cache(maxsize=8)
def _vocabulary(catalogue_files: tuple[str, ...], profile_files: tuple[str, ...]) -> Vocabulary:
    if catalogue_files or profile_files:
        return _made(catalogue_files, profile_files)
    names = [field.name for field in fields(Vocabulary)]
    return Vocabulary(*kept(__spec__, lambda: attrgetter(*names)(_made((), ()))))


def _made(catalogue_files: tuple[str, ...], profile_files: tuple[str, ...]) -> Vocabulary:
    from heedlint.clients.loader import load_clients, load_retry_profiles  # noqa: PLC0415
    from heedlint.clients.model import Raises  # noqa: PLC0415
    from heedlint.contracts.loader import load_catalogues  # noqa: PLC0415

    clients = tuple(load_clients(profile_files).values())
    retries = tuple(load_retry_profiles(profile_files).values())
    modules = {m for client in clients for m in (*client.modules, *client.aliases)}
    modules |= {m for retry in retries for m in (*retry.modules, *retry.aliases)}
    packages = frozenset(module.partition(".")[0] for module in modules)
    chains: dict[str, list[str]] = {}
    for client in clients:
        for chain in client.call_chains:
            chains.setdefault(chain.rpartition(".")[2], []).append(chain)
    raised = {name for client in clients for name in (*client.exceptions, *client.aliases)}
    named = raised | {client.response_class for client in clients}
    classes = frozenset(name for name in _simple(named) if name[:1].isupper())
    policies: dict[str, frozenset[str]] = {}
    for retry in retries:
        roots = frozenset(module.partition(".")[0] for module in retry.modules)
        # What puts a policy to work says nothing without one that the file makes.
        made = {*retry.policies, *retry.predicates}
        made |= {alias for alias, name in retry.aliases.items() if name in made}
        marked = {m for p in retry.policies.values() if p.marked_by for m in p.methods}
        for name in _simple(made - marked):
            policies[name] = policies.get(name, frozenset()) | roots
    shaped = {c.name: c for c in load_catalogues(catalogue_files).values() if c.envelope}
    envelopes = [c.envelope for c in shaped.values() if c.envelope]
    paths = [path for e in envelopes for path in (e.message, e.code)]
    return Vocabulary(
        packages=packages,
        transports=frozenset(
            module.partition(".")[0]
            for client in clients
            if client.raises is not Raises.ALWAYS or client.transport
            for module in client.modules
        ),
        chains={last: tuple(found) for last, found in chains.items()},
        classes=classes,
        makers=_simple({name for client in clients for name in client.clients}),
        api=frozenset(
            part
            for client in clients
            for name in (*client.clients, *client.functions, *client.exceptions, *client.aliases)
            for part in name.split(".")[1:]
        )
        | classes,
        policies=policies,
        marks=frozenset(m for r in retries for p in r.policies.values() for m in p.marked_by),
        members=_members(clients),
        body_keys=frozenset({"code", "message", *(key for path in paths for key in path)}),
        keys=frozenset(
            member.strip("[]")
            for client in clients
            for members in client.roles.values()
            for member in members
            if member.startswith("[")
        ),
        answers=_simple({client.response_class for client in clients}) - _simple(raised),
        enveloped=frozenset(
            module.partition(".")[0]
            for client in clients
            if client.catalogue in shaped
            for module in (*client.modules, *client.aliases)
        ),
        hosts=tuple(host.encode() for c in shaped.values() for host in c.hosts),
        object_keys=frozenset(path[0] for path in paths if len(path) > 1),
        foreign_errors=frozenset(
            name
            for name, found in vars(builtins).items()
            if isinstance(found, type) and issubclass(found, BaseException)
        )
        - NEUTRAL_ERRORS,
        foreign_modules=frozenset(sys.stdlib_module_names) - packages,
    )


def _members(clients: Sequence[ClientProfile]) -> dict[str, str]:
    """What leads on from errors, answers and clients, with the mark for what it makes of them."""
    from heedlint.clients.model import Role  # noqa: PLC0415

    marks = {
        Role.MESSAGE: AS_TEXT, Role.CODE: AS_TEXT, Role.RESPONSE: PARSED, Role.BODY: PARSED,
        Role.PROBLEM: PARSED, Role.ERROR: PART, Role.ERROR_OBJECT: PART,
    }  # fmt: skip
    found: dict[str, set[str]] = {name: {mark} for name, mark in _OF_ANY_OBJECT.items()}
    for client in clients:
        for name in _simple({*client.clients, *client.functions}):
            found.setdefault(name, set()).add("")
        for members in client.roles.values():
            for member, role in members.items():
                if role in marks and not member.startswith("["):
                    found.setdefault(member.removesuffix("()"), set()).add(marks[role])
    return {name: made.pop() if len(made) == 1 else PART for name, made in found.items()}


def _simple(names: set[str]) -> frozenset[str]:
    """The last part of each qualified name."""
    return frozenset(name.rpartition(".")[2] for name in names) - {""}
