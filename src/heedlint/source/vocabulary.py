"""The words of the profiles and catalogues in force, as far as a cheap reading needs them."""

from __future__ import annotations

import builtins
import sys
from dataclasses import dataclass
from functools import lru_cache

from heedlint.settings import Settings
from heedlint.source.idioms import NEUTRAL_ERRORS

# In the names of keys under which APIs say what went wrong, whatever their envelope.
_KEY_WORDS = ("error", "message", "detail", "title")
# What leads from any exception, or client, to another value that counts.
_OF_ANY_OBJECT = frozenset(
    {
        *("args", "message", "exceptions", "__cause__", "__context__", "value", "exception"),
        *("with_options", "copy"),
    }
)


@dataclass(frozen=True)
class Vocabulary:
    """The names that count, each without what is before its last dot unless said otherwise.

    `packages` are the first names of the client and retry modules, `transports` those of clients
    that raise for no status by themselves; `chains` the whole endings of calls that only a client
    has, by their last name; `classes` are those of exceptions and responses, `makers` those of
    clients, `api` every part of a name by which something of a client's module is called;
    `policies` make a retry policy, each with the packages that have it, and `marks` are the
    keywords by which a method does; `members` lead from an error or client to another value that
    counts, `body_keys` are the keys of error bodies. `foreign_errors` are builtin classes that no
    API's error is caught as, `foreign_modules` standard modules whose errors are none.
    """

    packages: frozenset[str]
    transports: frozenset[str]
    chains: dict[str, tuple[str, ...]]
    classes: frozenset[str]
    makers: frozenset[str]
    api: frozenset[str]
    policies: dict[str, frozenset[str]]
    marks: frozenset[str]
    members: frozenset[str]
    body_keys: frozenset[str]
    foreign_errors: frozenset[str]
    foreign_modules: frozenset[str]

    def is_key(self, key: str) -> bool:
        """Whether something of an error may stand under a key of its body."""
        folded = key.lower()
        return (
            key in self.members
            or folded in self.body_keys
            or any(word in folded for word in _KEY_WORDS)
        )


def vocabulary(settings: Settings) -> Vocabulary:
    """The vocabulary of the profiles and catalogues that `settings` name."""
    return _vocabulary(settings.catalogue_files, settings.profile_files)


@lru_cache(maxsize=8)
def _vocabulary(catalogue_files: tuple[str, ...], profile_files: tuple[str, ...]) -> Vocabulary:
    from heedlint.clients.loader import load_clients, load_retry_profiles  # noqa: PLC0415
    from heedlint.clients.model import Raises, Role  # noqa: PLC0415
    from heedlint.contracts.loader import load_catalogues  # noqa: PLC0415

    clients = tuple(load_clients(profile_files).values())
    retries = tuple(load_retry_profiles(profile_files).values())
    leading = (
        *(Role.MESSAGE, Role.CODE, Role.ERROR, Role.RESPONSE),
        *(Role.BODY, Role.ERROR_OBJECT, Role.PROBLEM),
    )
    modules = {m for client in clients for m in (*client.modules, *client.aliases)}
    modules |= {m for retry in retries for m in (*retry.modules, *retry.aliases)}
    packages = frozenset(module.partition(".")[0] for module in modules)
    chains: dict[str, list[str]] = {}
    for client in clients:
        for chain in client.call_chains:
            chains.setdefault(chain.rpartition(".")[2], []).append(chain)
    named = {e for c in clients for e in (*c.exceptions, *c.aliases, c.response_class)}
    classes = frozenset(name for name in _simple(named) if name[:1].isupper())
    policies: dict[str, frozenset[str]] = {}
    for retry in retries:
        roots = frozenset(module.partition(".")[0] for module in retry.modules)
        made = {*retry.policies, *retry.mounts, *retry.predicates}
        made |= {alias for alias, name in retry.aliases.items() if name in made}
        marked = {m for p in retry.policies.values() if p.marked_by for m in p.methods}
        for name in _simple(made - marked):
            policies[name] = policies.get(name, frozenset()) | roots
    envelopes = [c.envelope for c in load_catalogues(catalogue_files).values() if c.envelope]
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
        members=_simple({n for c in clients for n in (*c.clients, *c.functions)})
        | {
            member.strip("[]()")
            for client in clients
            for members in client.roles.values()
            for member, role in members.items()
            if role in leading
        }
        | _OF_ANY_OBJECT,
        body_keys=frozenset({"code", "message", *(key for path in paths for key in path)}),
        foreign_errors=frozenset(
            name
            for name, found in vars(builtins).items()
            if isinstance(found, type) and issubclass(found, BaseException)
        )
        - NEUTRAL_ERRORS,
        foreign_modules=frozenset(sys.stdlib_module_names) - packages,
    )


def _simple(names: set[str]) -> frozenset[str]:
    """The last part of each qualified name."""
    return frozenset(name.rpartition(".")[2] for name in names) - {""}
