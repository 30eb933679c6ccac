"""The client profiles of the rarer SDKs against these, as far as they are installed.

What is particular to an SDK stands in its module of clients/sdks; see clients/sdk_modules.py.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from clients.profile_checks import (
    BODY,
    HEADERS,
    STATUSES,
    check_alias,
    check_base_url_variable,
    check_role,
    check_version,
    expected_of,
    exported_exceptions,
    header,
    member_of,
    named,
    qualified,
    resolve,
)
from clients.sdk_modules import RARER, installed_version, sdk_of
from heedlint.clients.lookup import exception_for
from heedlint.clients.model import ClientProfile, ExceptionClass, Raises, Role

every_profile = pytest.mark.parametrize("profile", RARER.values(), ids=RARER)
raising_profile = pytest.mark.parametrize(
    "profile", [pytest.param(p, id=n) for n, p in RARER.items() if p.raises is not Raises.NEVER]
)


@pytest.fixture
def sdk(profile: ClientProfile) -> Any:
    return sdk_of(profile)


@pytest.fixture(autouse=True)
def here_and_now(monkeypatch: pytest.MonkeyPatch, one_certificate: Path) -> None:
    """Calls go to the local server straight, and nobody waits before they try again."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(one_certificate))
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    yields = asyncio.sleep

    async def at_once(seconds: float, result: Any = None) -> Any:
        return await yields(0, result)

    monkeypatch.setattr(asyncio, "sleep", at_once)


def answer(server: HTTPServer, sdk: Any, status: int, headers: dict[str, str] | None = None) -> Any:
    """The local server, which from now on gives this answer to everything."""
    server.clear()
    server.expect_request(re.compile(".*")).respond_with_json(
        getattr(sdk, "BODY", BODY),
        status=status,
        headers=headers or getattr(sdk, "HEADERS", HEADERS),
    )
    return server


def statuses_of(sdk: Any) -> list[int]:
    return list(getattr(sdk, "STATUSES", STATUSES))


# --- the library itself


@every_profile
def test_the_profile_was_checked_with_this_major_version(profile: ClientProfile, sdk: Any) -> None:
    check_version(profile, installed_version(profile))


@pytest.mark.parametrize(
    ("profile", "module"), [p for c in RARER.values() for p in named(c, c.modules)]
)
def test_modules_can_be_imported(profile: ClientProfile, sdk: Any, module: str) -> None:
    assert importlib.import_module(module).__name__ == module


@pytest.mark.parametrize(
    ("profile", "alias"), [p for c in RARER.values() for p in named(c, c.aliases)]
)
def test_an_alias_is_another_name_of_the_same_thing(
    profile: ClientProfile, sdk: Any, alias: str
) -> None:
    if alias in getattr(sdk, "REMOVED_NAMES", ()):
        with pytest.raises((ImportError, AttributeError)):
            resolve(alias)
    elif alias in getattr(sdk, "MAKERS", ()):
        assert callable(resolve(alias))
        assert not inspect.isclass(resolve(alias))
    else:
        check_alias(profile, alias)


# --- exception classes

PRESENT = [(c, e) for c in RARER.values() for e in c.exceptions.values() if not e.removed]
REMOVED = [(c, e) for c in RARER.values() for e in c.exceptions.values() if e.removed]


@pytest.mark.parametrize(("profile", "stated"), PRESENT, ids=[e.name for _, e in PRESENT])
def test_a_class_exists_and_has_the_stated_parents(
    profile: ClientProfile, sdk: Any, stated: ExceptionClass
) -> None:
    cls = resolve(stated.name)
    assert issubclass(cls, BaseException)
    assert tuple(map(qualified, cls.__bases__)) == stated.parents


@pytest.mark.parametrize(("profile", "stated"), REMOVED, ids=[e.name for _, e in REMOVED])
def test_a_removed_class_is_gone(profile: ClientProfile, sdk: Any, stated: ExceptionClass) -> None:
    with pytest.raises((ImportError, AttributeError)):
        resolve(stated.name)


@every_profile
def test_no_exported_class_is_missing(profile: ClientProfile, sdk: Any) -> None:
    root = profile.modules[0].split(".")[0]
    modules = getattr(sdk, "EXPORTING", profile.modules)
    exported = set().union(*(exported_exceptions(module, root) for module in modules))
    left_out = set(getattr(sdk, "NOT_FOR_PROFILES", ()))
    assert exported - set(profile.exceptions) == left_out


# --- what a real server's answers become


@raising_profile
def test_a_status_is_raised_as_the_stated_class(
    httpserver: HTTPServer, profile: ClientProfile, sdk: Any
) -> None:
    raised = {s: sdk.error(answer(httpserver, sdk, s)) for s in statuses_of(sdk)}
    stated = {s: exception_for(profile, s) for s in statuses_of(sdk)}
    assert {s: qualified(type(error)) for s, error in raised.items()} == {
        s: cls and cls.name for s, cls in stated.items()
    }


CODED = [
    pytest.param(profile, stated, code, id=f"{profile.name}-{code}")
    for profile in RARER.values()
    for stated in profile.exceptions.values()
    for code in stated.codes
]


@pytest.mark.parametrize(("profile", "stated", "code"), CODED)
def test_a_code_is_raised_as_the_stated_class(
    httpserver: HTTPServer, profile: ClientProfile, sdk: Any, stated: ExceptionClass, code: str
) -> None:
    if hasattr(sdk, "coded_error"):
        error = sdk.coded_error(httpserver, code)
    else:
        error = sdk.error(answer(httpserver, sdk, 404, sdk.headers_for(code)))
    assert qualified(type(error)) == stated.name


# --- roles


def owners(profile: ClientProfile, sdk: Any, error: Any) -> dict[Role, Any]:
    """The error, and what its members lead to: the first object found for each role."""
    found: dict[Role, Any] = {Role.ERROR: error}
    if hasattr(sdk, "body"):
        found[Role.BODY] = sdk.body(error)
    pending = list(found)
    while pending:
        owner = pending.pop()
        for member, role in profile.roles.get(owner, {}).items():
            if role not in found and present(found[owner], member):
                found[role] = asyncio.run(member_of(found[owner], member))
                pending.append(role)
    return found


def present(owner: Any, member: str) -> bool:
    if member.startswith("["):
        return member[1:-1] in owner
    return hasattr(owner, member.removesuffix("()"))


ROLES = [
    pytest.param(profile, owner, member, id=f"{profile.name}-{owner.value}-{member}")
    for profile in RARER.values()
    for owner, members in profile.roles.items()
    for member in members
]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(("profile", "owner", "member"), ROLES)
def test_a_member_plays_its_role(
    httpserver: HTTPServer, profile: ClientProfile, sdk: Any, owner: Role, member: str
) -> None:
    found = owners(profile, sdk, sdk.error(answer(httpserver, sdk, 429)))
    missing = {*getattr(sdk, "REMOVED_MEMBERS", ()), *getattr(sdk, "OTHER_MEMBERS", ())}
    if owner is Role.ERROR and member in missing:
        assert not present(found[owner], member)
    else:
        value = asyncio.run(member_of(found[owner], member))
        expected = expected_of(getattr(sdk, "BODY", BODY)) | getattr(sdk, "EXPECTED", {})
        check_role(profile.roles[owner][member], value, profile, expected)


@raising_profile
def test_headers_are_reachable_where_the_profile_says_so(
    httpserver: HTTPServer, profile: ClientProfile, sdk: Any
) -> None:
    error = sdk.error(answer(httpserver, sdk, 429))
    found = owners(profile, sdk, error)
    headers = found.get(Role.HEADERS)
    if headers is None and Role.RETRY_AFTER in found:
        assert float(found[Role.RETRY_AFTER]) == float(HEADERS["Retry-After"])
    elif profile.headers_reachable:
        assert header(headers, "Retry-After") == HEADERS["Retry-After"]
    else:
        assert headers is None
        holders = [error, getattr(error, "response", None)]
        assert not [h for h in holders if getattr(h, "headers", None)]
        assert profile.header_hint


# --- what reaches the API


@pytest.mark.parametrize(
    ("profile", "name"), [p for c in RARER.values() for p in named(c, sorted(c.functions))]
)
def test_a_function_exists(profile: ClientProfile, sdk: Any, name: str) -> None:
    owner, _, last = name.rpartition(".")
    if name in getattr(sdk, "REMOVED_NAMES", ()):
        with pytest.raises((ImportError, AttributeError)):
            getattr(resolve(owner), last)
    else:
        # The package may have a module of that name, too.
        assert callable(getattr(resolve(owner), last))


CLASSES = [p for c in RARER.values() for p in named(c, c.clients)]


@pytest.mark.parametrize(("profile", "name"), CLASSES)
def test_a_client_class_has_the_stated_parameters_and_methods(
    profile: ClientProfile, sdk: Any, name: str
) -> None:
    if name in getattr(sdk, "REMOVED_NAMES", ()):
        with pytest.raises((ImportError, AttributeError)):
            resolve(name)
        return
    cls = resolve(name)
    stated = profile.clients[name]
    assert isinstance(cls, type)
    wanted = {stated.base_url, stated.max_retries, stated.raise_for_status} - {""}
    assert wanted <= set(inspect.signature(cls).parameters)
    assert [m for m in profile.methods - {"*"} if not callable(getattr(cls, m, None))] == []


@pytest.mark.parametrize(
    ("profile", "chain"), [p for c in RARER.values() for p in named(c, sorted(c.call_chains))]
)
def test_a_call_chain_exists(profile: ClientProfile, sdk: Any, chain: str) -> None:
    found = [owner for owner in clients_of(sdk) if resolves(owner, chain)]
    assert bool(found) is (chain not in getattr(sdk, "REMOVED_CHAINS", ()))


def clients_of(sdk: Any) -> tuple[Any, ...]:
    made = sdk.client()
    return made if isinstance(made, tuple) else (made,)


def resolves(owner: Any, path: str) -> bool:
    for part in path.split("."):
        owner = getattr(owner, part, None)
    return callable(owner) or isinstance(owner, bool)


def resources(client: Any, depth: int = 4) -> Iterator[Any]:
    """A client and what it has of its own package's objects, and they of theirs."""
    yield client
    package = type(client).__module__.split(".")[0]
    for name in dir(client) if depth else ():
        found = None if name.startswith("_") else getattr(client, name, None)
        if type(found).__module__.split(".")[0] == package:
            yield from resources(found, depth - 1)


@pytest.mark.parametrize("profile", [p for p in RARER.values() if p.base_url_variable])
def test_the_stated_variable_says_where_the_client_goes(
    monkeypatch: pytest.MonkeyPatch, profile: ClientProfile, sdk: Any
) -> None:
    check_base_url_variable(monkeypatch, profile)


# google_api_core: of other packages that raise its errors, whichever these are.
SAYING = [p for p in RARER.values() if p.own_texts and p.name != "google_api_core"]


@pytest.mark.parametrize("profile", SAYING, ids=[p.name for p in SAYING])
def test_the_client_itself_says_the_stated_texts(profile: ClientProfile, sdk: Any) -> None:
    modules = map(importlib.import_module, getattr(sdk, "SAYING", profile.modules[:1]))
    folders = [Path(inspect.getfile(module)).parent for module in modules]
    files = [p for folder in folders for p in folder.rglob("*") if p.suffix in (".py", ".so")]
    source = b"\n".join(path.read_bytes() for path in files)
    assert [text for text in profile.own_texts if text.encode() not in source] == []


@every_profile
def test_local_methods_exist(profile: ClientProfile, sdk: Any) -> None:
    missing = set(profile.local_methods)
    for client in clients_of(sdk) if missing else ():
        for owner in resources(client):
            missing -= {name for name in missing if resolves(owner, name)}
            if not missing:
                break
    assert missing == set()


# --- retries of the client's own


def retry_headers(sdk: Any) -> dict[str, str] | None:
    headers: dict[str, str] | None = getattr(sdk, "RETRY_HEADERS", None)
    return headers


@raising_profile
def test_retries_of_its_own(httpserver: HTTPServer, profile: ClientProfile, sdk: Any) -> None:
    calls = {}
    for status in statuses_of(sdk):
        sdk.error(answer(httpserver, sdk, status, retry_headers(sdk)), 1)
        calls[status] = len(httpserver.log)
    assert calls == {s: 2 if s in profile.retries_by_itself else 1 for s in calls}


@raising_profile
def test_a_client_retries_as_often_as_stated_by_default(
    httpserver: HTTPServer, profile: ClientProfile, sdk: Any
) -> None:
    status = next((s for s in statuses_of(sdk) if s in profile.retries_by_itself), 503)
    sdk.error(answer(httpserver, sdk, status, retry_headers(sdk)), None)
    assert len(httpserver.log) - 1 == profile.default_max_retries
