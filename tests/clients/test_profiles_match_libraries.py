"""The client profiles against the installed libraries: every name, and every status answered.

Those of the rarer SDKs: test_sdk_profiles.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import importlib.metadata
import inspect
import warnings
from collections.abc import Callable
from typing import Any, cast

import aiohttp
import anthropic
import httpx
import openai
import pyai
import pytest
import requests
import urllib3
from pytest_httpserver import HTTPServer

from clients.profile_checks import (
    BODY,
    HEADERS,
    STATUSES,
    check_alias,
    check_base_url_variable,
    check_role,
    check_version,
    exported_exceptions,
    member_of,
    named,
    qualified,
    resolve,
)
from clients.sdk_modules import COMMON
from heedlint.clients.loader import load_clients
from heedlint.clients.lookup import exception_for
from heedlint.clients.model import ClientProfile, ExceptionClass, Raises, Role
from heedlint.contracts.loader import load_catalogues

CLIENTS = COMMON
# Whatever is made of it shares its HTTP client; a new one reads all certificates.
OPENAI = openai.OpenAI(api_key="k")
ANTHROPIC = anthropic.Anthropic(api_key="k")
SDKS: dict[str, Any] = {"anthropic": ANTHROPIC, "openai": OPENAI}

# Gone from the installed library, and kept for the code that still says it.
REMOVED_MEMBERS = {
    "openai": {"user_message", "http_status", "http_body", "json_body", "error", "headers"}
}
REMOVED_ALIASES = {"openai.InvalidRequestError"}
# No errors of a call: the first ends a stream, the second closes a socket.
NOT_FOR_PROFILES = {"aiohttp.EofStream", "aiohttp.WebSocketError"}


# --- the library itself


@pytest.mark.parametrize("profile", CLIENTS.values(), ids=CLIENTS)
def test_the_profile_was_checked_with_this_major_version(profile: ClientProfile) -> None:
    check_version(profile, importlib.metadata.version(profile.distribution))


@pytest.mark.parametrize(
    ("profile", "module"), [p for c in CLIENTS.values() for p in named(c, c.modules)]
)
def test_modules_can_be_imported(profile: ClientProfile, module: str) -> None:
    assert importlib.import_module(module).__name__ == module


@pytest.mark.parametrize(
    ("profile", "alias"), [p for c in CLIENTS.values() for p in named(c, c.aliases)]
)
def test_an_alias_is_another_name_of_the_same_thing(profile: ClientProfile, alias: str) -> None:
    if alias in REMOVED_ALIASES:
        with pytest.raises(AttributeError):
            resolve(alias)
    elif alias == "requests.session":
        # A function that makes one: to a reader the same as the class.
        assert isinstance(requests.session(), requests.Session)
    else:
        check_alias(profile, alias)


# --- exception classes

PRESENT = [(c, e) for c in CLIENTS.values() for e in c.exceptions.values() if not e.removed]
REMOVED = [(c, e) for c in CLIENTS.values() for e in c.exceptions.values() if e.removed]


@pytest.mark.parametrize(("profile", "stated"), PRESENT, ids=[e.name for _, e in PRESENT])
def test_a_class_exists_and_has_the_stated_parents(
    profile: ClientProfile, stated: ExceptionClass
) -> None:
    cls = resolve(stated.name)
    assert issubclass(cls, BaseException)
    assert tuple(map(qualified, cls.__bases__)) == stated.parents


@pytest.mark.parametrize(("profile", "stated"), REMOVED, ids=[e.name for _, e in REMOVED])
def test_a_removed_class_is_gone(profile: ClientProfile, stated: ExceptionClass) -> None:
    with pytest.raises((ImportError, AttributeError)):
        resolve(stated.name)


@pytest.mark.parametrize("profile", CLIENTS.values(), ids=CLIENTS)
def test_no_exported_class_is_missing(profile: ClientProfile) -> None:
    root = profile.modules[0]
    modules = [root, *([f"{root}.exceptions"] if root in {"requests", "urllib3"} else [])]
    exported = set().union(*(exported_exceptions(module, root) for module in modules))
    assert exported - set(profile.exceptions) <= NOT_FOR_PROFILES


# --- what a real server's answers become


def base(server: HTTPServer) -> str:
    return cast(str, server.url_for("/v1"))


def pyai_error(server: HTTPServer) -> BaseException:
    with pytest.raises(pyai.PyAIError) as caught:
        pyai.PyAI(api_key="k", base_url=server.url_for(""), max_retries=0, trust_env=False).me()
    return caught.value


def openai_error(server: HTTPServer) -> BaseException:
    client = OPENAI.with_options(base_url=base(server), max_retries=0)
    with pytest.raises(openai.OpenAIError) as caught:
        client.models.list()
    return caught.value


def anthropic_error(server: HTTPServer) -> BaseException:
    client = ANTHROPIC.with_options(base_url=server.url_for(""), max_retries=0)
    with pytest.raises(anthropic.AnthropicError) as caught:
        client.models.list()
    return caught.value


def httpx_error(server: HTTPServer) -> BaseException:
    with pytest.raises(httpx.HTTPError) as caught:
        httpx.get(base(server), trust_env=False, verify=False).raise_for_status()
    return caught.value


def requests_error(server: HTTPServer) -> BaseException:
    with pytest.raises(requests.RequestException) as caught:
        requests.get(base(server), timeout=10).raise_for_status()
    return caught.value


def aiohttp_error(server: HTTPServer) -> BaseException:
    async def call() -> None:
        async with (
            aiohttp.ClientSession(raise_for_status=True) as session,
            session.get(base(server)),
        ):
            pass

    with pytest.raises(aiohttp.ClientError) as caught:
        asyncio.run(call())
    return caught.value


RAISING: dict[str, Callable[[HTTPServer], BaseException]] = {
    "pyai": pyai_error,
    "openai": openai_error,
    "anthropic": anthropic_error,
    "httpx": httpx_error,
    "requests": requests_error,
    "aiohttp": aiohttp_error,
}


def answer(server: HTTPServer, status: int) -> HTTPServer:
    server.clear()
    server.expect_request("/").respond_with_json(BODY, status=status, headers=HEADERS)
    server.expect_request("/v1").respond_with_json(BODY, status=status, headers=HEADERS)
    server.expect_request("/v1/me").respond_with_json(BODY, status=status, headers=HEADERS)
    server.expect_request("/v1/models").respond_with_json(BODY, status=status, headers=HEADERS)
    return server


def test_every_raising_client_is_tried() -> None:
    assert set(RAISING) == {c.name for c in CLIENTS.values() if c.raises is not Raises.NEVER}


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("client", RAISING)
def test_a_status_is_raised_as_the_stated_class(
    httpserver: HTTPServer, client: str, status: int
) -> None:
    error = RAISING[client](answer(httpserver, status))
    stated = exception_for(CLIENTS[client], status)
    assert stated is not None
    assert qualified(type(error)) == stated.name


@pytest.mark.parametrize("client", [c.name for c in CLIENTS.values() if c.raises is Raises.NEVER])
def test_a_client_that_never_raises_does_not(httpserver: HTTPServer, client: str) -> None:
    assert client == "urllib3"
    for status in STATUSES:
        # urllib3 heeds Retry-After by default; here only what comes back matters.
        found = urllib3.request("GET", base(answer(httpserver, status)), retries=False)
        assert found.status == status


@pytest.mark.parametrize("client", ["httpx", "requests", "aiohttp"])
def test_on_request_means_not_otherwise(httpserver: HTTPServer, client: str) -> None:
    url = base(answer(httpserver, 500))

    async def call() -> int:
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            return response.status

    calls: dict[str, Callable[[], int]] = {
        "httpx": lambda: httpx.get(url, trust_env=False, verify=False).status_code,
        "requests": lambda: requests.get(url, timeout=10).status_code,
        "aiohttp": lambda: asyncio.run(call()),
    }
    assert CLIENTS[client].raises is Raises.ON_REQUEST
    assert calls[client]() == 500


@pytest.mark.parametrize("client", ["httpx", "requests", "urllib3", "aiohttp"])
def test_a_response_with_an_error_is_false_where_stated(
    httpserver: HTTPServer, client: str
) -> None:
    url = base(answer(httpserver, 500))

    async def call() -> bool:
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            return bool(response)

    calls: dict[str, Callable[[], bool]] = {
        "httpx": lambda: bool(httpx.get(url, trust_env=False, verify=False)),
        "requests": lambda: bool(requests.get(url, timeout=10)),
        "urllib3": lambda: bool(urllib3.request("GET", url, retries=False)),
        "aiohttp": lambda: asyncio.run(call()),
    }
    assert calls[client]() is not CLIENTS[client].falsy_responses


def test_who_serves_other_apis_can_be_told_where_they_are() -> None:
    for profile in load_clients().values():
        if profile.serves_other_apis:
            assert all(client.base_url for client in profile.clients.values())


SDK_CLASSES = [(p, name) for p in CLIENTS.values() if p.catalogue for name in p.clients]


@pytest.mark.parametrize(("profile", "name"), SDK_CLASSES, ids=[n for _, n in SDK_CLASSES])
def test_a_client_of_the_own_api_finds_it_with_a_key_alone(
    monkeypatch: pytest.MonkeyPatch, profile: ClientProfile, name: str
) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.delenv("ANTHROPIC_BASE_URL", raising=False)
    try:
        host = httpx.URL(str(resolve(name)(api_key="k").base_url)).host
    except (TypeError, ValueError, openai.OpenAIError, anthropic.AnthropicError):
        host = ""  # it must be told where, or takes no key
    own = host in load_catalogues()[profile.catalogue].hosts
    assert own is profile.clients[name].own_api


@pytest.mark.parametrize("profile", [p for p in CLIENTS.values() if p.base_url_variable])
def test_the_stated_variable_says_where_the_client_goes(
    monkeypatch: pytest.MonkeyPatch, profile: ClientProfile
) -> None:
    check_base_url_variable(monkeypatch, profile)


# --- roles


def error_members() -> list[Any]:
    return [p for c in CLIENTS.values() for p in named(c, c.roles.get(Role.ERROR, {}))]


@pytest.mark.filterwarnings("ignore:code property is deprecated:DeprecationWarning")
@pytest.mark.parametrize(("profile", "member"), error_members())
def test_a_member_of_an_error_plays_its_role(
    httpserver: HTTPServer, profile: ClientProfile, member: str
) -> None:
    error = RAISING[profile.name](answer(httpserver, 429))
    if member in REMOVED_MEMBERS.get(profile.name, ()):
        assert not hasattr(error, member)
    else:
        check_role(profile.roles[Role.ERROR][member], getattr(error, member), profile)


def test_what_an_error_may_lack_is_a_field_of_it() -> None:
    for profile in CLIENTS.values():
        assert {*profile.unsure_members} <= {*profile.roles.get(Role.ERROR, {})}
    assert CLIENTS["requests"].unsure_members == ("response",)
    assert requests.HTTPError("raised by hand").response is None


async def response_member(client: str, url: str, member: str) -> Any:
    if client == "aiohttp":
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            return await member_of(response, member)
    if client == "httpx" and member.startswith("aread"):
        async with httpx.AsyncClient(trust_env=False, verify=False) as session:
            return await member_of(await session.get(url), member)
    calls: dict[str, Callable[[], Any]] = {
        "httpx": lambda: httpx.get(url, trust_env=False, verify=False),
        "requests": lambda: requests.get(url, timeout=10),
        "urllib3": lambda: urllib3.request("GET", url, retries=False),
        "openai": lambda: openai_response(url),
        "anthropic": lambda: anthropic_response(url),
    }
    return await member_of(calls[client](), member)


def openai_response(url: str) -> Any:
    with pytest.raises(openai.APIStatusError) as caught:
        OPENAI.with_options(base_url=url, max_retries=0).models.list()
    return caught.value.response


def anthropic_response(url: str) -> Any:
    with pytest.raises(anthropic.APIStatusError) as caught:
        ANTHROPIC.with_options(base_url=url.removesuffix("/v1"), max_retries=0).models.list()
    return caught.value.response


def response_members() -> list[Any]:
    return [p for c in CLIENTS.values() for p in named(c, c.roles.get(Role.RESPONSE, {}))]


@pytest.mark.parametrize(("profile", "member"), response_members())
def test_a_member_of_a_response_plays_its_role(
    httpserver: HTTPServer, profile: ClientProfile, member: str
) -> None:
    url = base(answer(httpserver, 429))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        value = asyncio.run(response_member(profile.name, url, member))
    if member in {"getheaders()", "info()"}:
        value = dict(value)
    check_role(profile.roles[Role.RESPONSE][member], value, profile)


@pytest.mark.parametrize("profile", CLIENTS.values(), ids=CLIENTS)
def test_every_role_of_the_profile_is_tried(profile: ClientProfile) -> None:
    assert set(profile.roles) <= {Role.ERROR, Role.RESPONSE}


@pytest.mark.parametrize("client", RAISING)
def test_headers_are_reachable_where_the_profile_says_so(
    httpserver: HTTPServer, client: str
) -> None:
    error = RAISING[client](answer(httpserver, 429))
    holders = [error, getattr(error, "response", None)]
    found = [h.headers["Retry-After"] for h in holders if getattr(h, "headers", None)]
    assert bool(found) is CLIENTS[client].headers_reachable
    assert CLIENTS[client].headers_reachable or CLIENTS[client].header_hint


def test_the_hint_of_pyai_gets_at_the_header(httpserver: HTTPServer) -> None:
    seen = []

    def transport(
        method: str, url: str, headers: dict[str, str], body: bytes | None
    ) -> tuple[int, dict[str, str], bytes]:
        reply = httpx.request(method, url, headers=headers, content=body, trust_env=False)
        seen.append(reply.headers["Retry-After"])
        return reply.status_code, dict(reply.headers), reply.content

    url = answer(httpserver, 429).url_for("")
    with pytest.raises(pyai.PyAIError):
        pyai.PyAI(api_key="k", base_url=url, max_retries=0, transport=transport).me()
    assert seen == ["7"]


# --- what reaches the API


@pytest.mark.parametrize(
    ("profile", "name"), [p for c in CLIENTS.values() for p in named(c, sorted(c.functions))]
)
def test_a_function_exists(profile: ClientProfile, name: str) -> None:
    if profile.name == "openai":
        # Those of 0.x: gone, or a stand-in that says so when it is used.
        with pytest.raises(Exception, match=r"no longer supported|has no attribute"):
            resolve(name)()
    else:
        assert callable(resolve(name))


def client_classes() -> list[Any]:
    return [p for c in CLIENTS.values() for p in named(c, c.clients)]


@pytest.mark.parametrize(("profile", "name"), client_classes())
def test_a_client_class_has_the_stated_parameters(profile: ClientProfile, name: str) -> None:
    cls = resolve(name)
    stated = profile.clients[name]
    wanted = {stated.base_url, stated.max_retries, stated.raise_for_status} - {""}
    assert isinstance(cls, type)
    assert wanted <= set(inspect.signature(cls).parameters)


@pytest.mark.parametrize(("profile", "name"), client_classes())
def test_a_client_class_has_the_stated_methods(profile: ClientProfile, name: str) -> None:
    cls = resolve(name)
    assert {m for m in profile.methods - {"*"} if not callable(getattr(cls, m, None))} == set()
    if profile.response_class and profile.raise_for_status:
        assert callable(getattr(resolve(profile.response_class), profile.raise_for_status))


@pytest.mark.parametrize(
    ("profile", "chain"), [p for c in CLIENTS.values() for p in named(c, sorted(c.call_chains))]
)
def test_a_call_chain_exists(profile: ClientProfile, chain: str) -> None:
    found: Any = SDKS[profile.name]
    if profile.name == "anthropic" and chain == "completions.create":  # gone
        assert not hasattr(found, "completions")
        return
    if chain[0].isupper():  # of 0.x
        assert f"openai.{chain}" in profile.functions
        assert not hasattr(found, chain.split(".", maxsplit=1)[0])
        return
    for part in chain.split("."):
        found = getattr(found, part)
    assert callable(found)


def pyai_methods(owner: Any, path: tuple[str, ...] = ()) -> dict[str, Callable[..., Any]]:
    """Every public method of a client and its sub-resources, by dotted path."""
    found = {}
    for name in dir(owner):
        value = None if name.startswith("_") else getattr(owner, name)
        if inspect.isfunction(value) or inspect.ismethod(value):
            found[".".join([*path, name])] = value
        elif type(value).__module__ == "pyai.client":
            found.update(pyai_methods(value, (*path, name)))
    return found


def dummies(method: Callable[..., Any]) -> dict[str, Any]:
    """Arguments for the parameters that a method requires."""
    special = {"file": b"x", "audio": b"x", "pcm16": b"\0\0", "body": b"{}"}
    special |= {"payload": {}, "spec": {}, "samples": [b"x"], "files": [b"x"]}
    return {
        p.name: special.get(p.name, "x")
        for p in inspect.signature(method).parameters.values()
        if p.default is p.empty and p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
    }


PYAI_METHODS = sorted(pyai_methods(pyai.PyAI(api_key="k")))


@pytest.mark.parametrize("path", PYAI_METHODS)
def test_pyai_methods_reach_the_api_unless_local(httpserver: HTTPServer, path: str) -> None:
    httpserver.clear()
    client = pyai.PyAI(api_key="k", base_url=httpserver.url_for(""), max_retries=0, trust_env=False)
    method = pyai_methods(client)[path]
    if path in CLIENTS["pyai"].local_methods:
        method(**dummies(method))
        assert httpserver.log == []
    else:
        # The server knows no route and answers 500 to all.
        with pytest.raises(pyai.PyAIError):
            result = method(**dummies(method))
            list(result)  # a stream is asked for only when it is read
        assert len(httpserver.log) == 1


def test_local_methods_of_pyai_exist() -> None:
    assert CLIENTS["pyai"].local_methods <= set(PYAI_METHODS)


def test_local_methods_of_openai_exist() -> None:
    for name in CLIENTS["openai"].local_methods:
        assert hasattr(OPENAI, name) or hasattr(OPENAI.webhooks, name)


def test_local_methods_of_anthropic_exist() -> None:
    for name in CLIENTS["anthropic"].local_methods:
        assert hasattr(ANTHROPIC, name) or hasattr(ANTHROPIC.beta.webhooks, name)


# --- retries of the client's own


def own_calls(client: str, server: HTTPServer) -> None:
    """One call with as few retries as the client has by default, one where that can be asked."""
    url = base(server)
    if client == "pyai":
        pyai.PyAI(api_key="k", base_url=server.url_for(""), max_retries=1, trust_env=False).me()
    elif client == "openai":
        OPENAI.with_options(base_url=url, max_retries=1).models.list()
    elif client == "anthropic":
        ANTHROPIC.with_options(base_url=server.url_for(""), max_retries=1).models.list()
    elif client == "urllib3":
        urllib3.request("GET", url)
    else:
        RAISING[client](server)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("client", CLIENTS)
def test_retries_of_its_own(httpserver: HTTPServer, client: str, status: int) -> None:
    httpserver.clear()
    # Short waits: pyai reads fractions of seconds, urllib3 whole ones, openai the milliseconds.
    headers = {"Retry-After": "0" if client == "urllib3" else "0.01", "Retry-After-Ms": "1"}
    for route in ("/v1", "/v1/me", "/v1/models"):
        httpserver.expect_request(route).respond_with_json(BODY, status=status, headers=headers)
    with contextlib.suppress(
        pyai.PyAIError,
        openai.APIStatusError,
        anthropic.APIStatusError,
        urllib3.exceptions.HTTPError,
    ):
        own_calls(client, httpserver)
    retried = len(httpserver.log) > 1
    assert retried is (status in CLIENTS[client].retries_by_itself)


CALLS: dict[str, Callable[[HTTPServer], object]] = {
    "anthropic": lambda server: anthropic.Anthropic(
        api_key="k", base_url=server.url_for("")
    ).models.list(),
    "openai": lambda server: openai.OpenAI(api_key="k", base_url=base(server)).models.list(),
    "pyai": lambda server: pyai.PyAI(
        api_key="k", base_url=server.url_for(""), trust_env=False
    ).me(),
}


@pytest.mark.parametrize("client", CALLS)
def test_a_client_retries_as_often_as_stated_by_default(
    httpserver: HTTPServer, sleeps: list[float], client: str
) -> None:
    with pytest.raises((anthropic.APIStatusError, openai.APIStatusError, pyai.PyAIError)):
        CALLS[client](answer(httpserver, 503))
    retries = len(httpserver.log) - 1
    assert retries == CLIENTS[client].default_max_retries
    # None of them before the header says.
    assert len(sleeps) == retries
    assert min(sleeps) >= float(HEADERS["Retry-After"])


@pytest.mark.parametrize("client", CALLS)
def test_the_stated_parameter_is_the_one_that_counts_the_retries(client: str) -> None:
    profile = CLIENTS[client]
    for name, stated in profile.clients.items():
        default = inspect.signature(resolve(name)).parameters[stated.max_retries].default
        assert default == profile.default_max_retries


def test_openai_sends_a_post_again(httpserver: HTTPServer, sleeps: list[float]) -> None:
    httpserver.expect_request("/v1/embeddings", "POST").respond_with_json(BODY, status=429)
    with pytest.raises(openai.RateLimitError):
        openai.OpenAI(api_key="k", base_url=base(httpserver)).embeddings.create(
            model="m", input="x"
        )
    assert len(httpserver.log) == len(sleeps) + 1 == CLIENTS["openai"].default_max_retries + 1


def test_pyai_never_sends_a_post_again(httpserver: HTTPServer) -> None:
    httpserver.clear()
    httpserver.expect_request("/v1/agents").respond_with_json(BODY, status=503)
    client = pyai.PyAI(api_key="k", base_url=httpserver.url_for(""), trust_env=False)
    with pytest.raises(pyai.PyAIError):
        client.agents.create(**dummies(client.agents.create))
    assert len(httpserver.log) == 1


def test_an_unreachable_host_is_an_error_of_the_transport() -> None:
    """PyAIError stands for answers alone: what httpx raises comes through."""
    with pytest.raises(httpx.ConnectError):
        pyai.PyAI(api_key="k", base_url="http://127.0.0.1:9", max_retries=0, trust_env=False).me()
