"""What the tests of the client profiles ask of an installed library, whichever it is."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from heedlint.clients.lookup import canonical
from heedlint.clients.model import ClientProfile, Role

STATUSES = [400, 401, 402, 403, 404, 405, 408, 409, 410, 413, 415, 418, 422, 425, 428, 429, 431]
STATUSES += [451, 500, 501, 502, 503, 504, 511, 529, 599]
BODY = {
    "error": {
        "message": "the text",
        "type": "the_type",
        "code": "the_code",
        "param": None,
        "details": {"error_code": "the_code"},  # anthropic's
    }
}
HEADERS = {"Retry-After": "7"}


@dataclass(frozen=True, eq=False)
class Such:
    """Equal to every value that `holds` for: what EXPECTED cannot say with one value."""

    holds: Callable[[Any], bool]

    def __eq__(self, other: object) -> bool:
        return self.holds(other)

    __hash__ = None  # type: ignore[assignment]


def named(profile: ClientProfile, what: Iterable[str]) -> list[Any]:
    """One parameter set of a test for each of `what`, with the profile."""
    return [pytest.param(profile, item, id=f"{profile.name}-{item}") for item in what]


def resolve(name: str) -> Any:
    """The object of a qualified name; raises ImportError or AttributeError where it is gone."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        if length == len(parts) > 1:
            # Of a module and a class of one name, `from github import GithubException` takes the
            # class.
            of_package = getattr(importlib.import_module(".".join(parts[:-1])), parts[-1], None)
            return of_package if isinstance(of_package, type) else found
        for part in parts[length:]:
            found = getattr(found, part)
        return found
    return getattr(importlib.import_module("builtins"), name)


def qualified(cls: type) -> str:
    """The canonical name of a class, made of where it is defined."""
    return canonical(f"{cls.__module__}.{cls.__qualname__}")


def check_version(profile: ClientProfile, installed: str) -> None:
    """The library is still of the major version that the profile was checked with."""
    assert profile.checked_with.split(".")[0] == installed.split(".", maxsplit=1)[0], (
        f"{profile.name} was checked with {profile.distribution} {profile.checked_with}, and "
        f"{installed} is installed: check the profile against it, then raise checked-with"
    )


def check_alias(profile: ClientProfile, alias: str) -> None:
    """An alias is another name of the same thing."""
    found, target = resolve(alias), resolve(profile.aliases[alias])
    if inspect.ismodule(found):
        # A module's alias holds for what it has of the profile's names, one at least.
        shared = [n for n in dir(found) if n[0] != "_" and hasattr(target, n)]
        assert [n for n in shared if canonical(f"{alias}.{n}") in profile.exceptions] or [
            n
            for n in shared
            if callable(getattr(found, n)) and getattr(found, n) is getattr(target, n)
        ]
    else:
        assert found is target


def exported_exceptions(module: str, root: str) -> set[str]:
    """The canonical names of the public exception classes of package `root` that a module has."""
    owner = importlib.import_module(module)
    # `dir` knows those, too, that a package imports only when they are asked for.
    found = {name: getattr(owner, name, None) for name in dir(owner) if name[0] != "_"}
    return {
        canonical(f"{module}.{name}")
        for name, cls in found.items()
        if isinstance(cls, type)
        and issubclass(cls, Exception)
        and not issubclass(cls, Warning)
        and cls.__module__.startswith(root)
    }


def expected_of(body: dict[str, Any]) -> dict[Role, Any]:
    """The values that the roles have in an answer 429 with `body`, an envelope with "error"."""
    inner = body.get("error")
    expected = {Role.STATUS: 429, Role.BODY: body, Role.ERROR_OBJECT: inner}
    if isinstance(inner, dict):
        expected |= {Role.CODE: inner.get("code"), Role.TYPE: inner.get("type")}
    return expected


def check_role(
    role: Role, value: Any, profile: ClientProfile, expected: Mapping[Role, Any] | None = None
) -> None:
    """The value is what its role promises, for the answer 429 with HEADERS.

    `expected` are the values for its body, those for BODY by default.
    """
    if role is Role.MESSAGE:
        # Several of them, where the client gives a list.
        texts = value if isinstance(value, list) else [value]
        assert texts
        assert all(isinstance(text, (str, bytes)) for text in texts)
    elif role is Role.HEADERS:
        assert header(value, "Retry-After") == HEADERS["Retry-After"]
    elif role is Role.RETRY_AFTER:
        assert float(value) == float(HEADERS["Retry-After"])
    elif role is Role.RESPONSE:
        assert not profile.response_class or qualified(type(value)) == profile.response_class
    else:
        assert value == (expected_of(BODY) if expected is None else expected)[role]


def header(headers: Any, name: str) -> Any:
    """A header's value; headers that are a plain dictionary have their names in small letters."""
    return headers[name.lower() if type(headers) is dict and name not in headers else name]


async def member_of(owner: Any, member: str) -> Any:
    """A member as the roles write it: `name`, `name()` a call, `[name]` a subscript."""
    if member.startswith("["):
        return owner[member[1:-1]]
    value = getattr(owner, member.removesuffix("()"))
    if member.endswith("()"):
        value = value()
    return await value if inspect.isawaitable(value) else value


def check_base_url_variable(monkeypatch: pytest.MonkeyPatch, profile: ClientProfile) -> None:
    """The environment variable says where the client goes that is told nothing else."""
    monkeypatch.setenv(profile.base_url_variable, "http://127.0.0.1:9/elsewhere")
    for name, stated in profile.clients.items():
        if stated.own_api:
            assert "elsewhere" in str(resolve(name)(api_key="k").base_url)
