"""The retry profiles against the installed libraries: versions, modules, aliases, every name.

What the names take: test_retry_parameters.py. How the policies behave: test_retry_conditions.py,
test_retry_stops.py, test_retry_delays.py; and what one library alone has: test_retry_calls.py,
test_retry_exchanges.py, test_retry_frameworks.py.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import inspect
import re
from typing import Any

import pytest
import tenacity

from clients.profile_checks import resolve
from clients.retry_lookup import find, named, vocabulary
from clients.retry_runs import PROFILES, skip_unless_installed
from heedlint.clients.loader import load_clients
from heedlint.clients.lookup import canonical, names
from heedlint.clients.model import RetryProfile, RetryTerm

# tenacity 8 kept it there.
REMOVED_ALIASES = {"tenacity._asyncio"}
# A function that makes one: to a reader the same as the class.
MAKERS = {"aiohttp_retry.RetryOptions"}
# Models of packages that the tests do without: names that old code has.
NOT_INSTALLED = {"langchain", "langchain_anthropic", "langchain_community"}
OPTIONAL = {"langchain_openai"}
# Where a library of retries alone keeps its names, and which of them are its vocabulary.
VOCABULARIES = {
    "aiohttp-retry": ("aiohttp_retry", r"\w+Retry|RetryClient|RetryOptions"),
    "backoff": ("backoff", r"[a-z]\w+"),
    "httpx-retries": ("httpx_retries", r"Retry\w*|\w+_request"),
    "pydantic-ai": (
        "pydantic_ai.retries",
        r"RetryConfig|\w+TenacityTransport|TenacityTransport|wait_\w+",
    ),
    "retryhttp": ("retryhttp", r"[a-z]\w+"),
    "retrying": ("retrying", r"retry|Retrying"),
    "stamina": ("stamina", r"retry\w*|(Async)?Retrying\w+"),
    "tenacity": ("tenacity", r"(retry|wait|stop)(_\w+)?|(Async)?Retrying"),
}
WITHIN_OTHERS = {"celery", "langchain", "urllib3-retry"}
NO_VOCABULARY = {"tenacity.retry_base"}


def is_here(name: str) -> bool:
    """Whether a name is not one of a package that the tests do without."""
    return name.partition(".")[0] not in NOT_INSTALLED


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_the_profile_was_checked_with_this_major_version(profile: RetryProfile) -> None:
    skip_unless_installed(profile.modules[0])
    installed = importlib.metadata.version(profile.distribution)
    assert profile.checked_with.split(".")[0] == installed.split(".")[0], (
        f"{profile.name} was checked with {profile.distribution} {profile.checked_with}, and "
        f"{installed} is installed: check the profile against it, then raise checked-with"
    )


@pytest.mark.parametrize(
    ("profile", "module"),
    named([(p, m) for p in PROFILES.values() for m in p.modules if is_here(m)]),
)
def test_modules_can_be_imported(profile: RetryProfile, module: str) -> None:
    skip_unless_installed(module)
    if module in OPTIONAL:
        pytest.importorskip(module)
    assert importlib.import_module(module).__name__ == module


@pytest.mark.parametrize(
    ("profile", "alias"),
    named([(p, a) for p in PROFILES.values() for a in p.aliases if is_here(a)]),
)
def test_an_alias_is_another_name_of_the_same_thing(profile: RetryProfile, alias: str) -> None:
    target = profile.aliases[alias]
    if alias in REMOVED_ALIASES:
        with pytest.raises((ImportError, AttributeError)):
            resolve(alias)
    elif alias in MAKERS:
        with pytest.warns(UserWarning, match="deprecated"):
            assert type(resolve(alias)()) is resolve(target)
    elif inspect.ismodule(resolve(alias)):
        # A module's alias holds for what it has of the profile's names, one at least.
        known = {*vocabulary(profile), *profile.policies, *profile.mounts, "celery.Celery"}
        shared = {n: v for n, v in vars(resolve(alias)).items() if f"{target}.{n}" in known}
        assert shared
        for name, found in shared.items():
            assert inspect.ismodule(found) or stands_for(found, find(f"{target}.{name}"))
    else:
        assert resolve(alias) is resolve(target)


def stands_for(found: Any, target: Any) -> bool:
    """Whether they are one; tenacity.asyncio has some for which a coroutine function does, too."""
    is_term = isinstance(found, type) and issubclass(found, tenacity.retry_base)
    return found is target or (is_term and found.__name__ == target.__name__)


@pytest.mark.parametrize("name", VOCABULARIES)
def test_no_name_of_a_library_is_missing(name: str) -> None:
    profile = PROFILES[name]
    place, pattern = VOCABULARIES[name]
    skip_unless_installed(place)
    module = importlib.import_module(place)
    found = {
        f"{place}.{n}"
        for n in getattr(module, "__all__", None) or dir(module)
        if re.fullmatch(pattern, n) and not inspect.ismodule(getattr(module, n))
    }
    stated = {*vocabulary(profile), *profile.policies, *profile.mounts}
    assert {canonical(n) for n in found - NO_VOCABULARY} == stated


def test_every_library_of_retries_has_its_vocabulary_checked() -> None:
    assert set(VOCABULARIES) | WITHIN_OTHERS == set(PROFILES)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_what_a_profile_refers_to_is_known(profile: RetryProfile) -> None:
    clients = load_clients()
    policies = profile.policies.values()
    behind = {receiver.client for receiver in profile.receivers.values()}
    assert {profile.client, *behind} - {""} <= set(clients)
    assert profile.client or all(p.shape != "exchange" for p in policies)
    assert profile.state_exception or not any(p.before_sleep for p in policies)
    terms = [*vocabulary(profile).values(), *(t for p in policies for t in p.retry)]
    assert all(names().is_exception(c) for t in terms for c in t.classes)
    known = {n for p in PROFILES.values() for n in p.predicates}
    assert all(d in known or names().is_exception(d) for t in terms for d in classes_of(t))
    assert {p.default_wait for p in policies} <= {
        "none",
        "fixed",
        "random",
        "exponential",
        "retry-after",
    }
    assert all(d in profile.jitters for p in policies if p.jitter for d in p.jitter.default)


def classes_of(term: RetryTerm) -> tuple[str, ...]:
    return term.default if term.kind.endswith("types") or term.kind == "term" else ()


@pytest.mark.parametrize("name", [n for n in PROFILES["langchain"].receivers if is_here(n)])
def test_a_receiver_has_the_method(name: str) -> None:
    pytest.importorskip(name.partition(".")[0])
    policies = PROFILES["langchain"].policies.values()
    assert all(callable(getattr(find(name), m)) for p in policies for m in p.methods)


@pytest.mark.parametrize("name", [n for n in PROFILES["langchain"].receivers if is_here(n)])
def test_a_receiver_can_be_told_where_the_api_is(name: str) -> None:
    pytest.importorskip(name.partition(".")[0])
    fields = find(name).model_fields
    taken = {*fields, *(field.alias for field in fields.values())}
    stated = PROFILES["langchain"].receivers[name].base_url
    assert stated and set(stated) <= taken
