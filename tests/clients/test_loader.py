"""Profiles of the user: what is taken, what is said of the rest, and the look-up of names."""

from __future__ import annotations

from pathlib import Path

import pytest

from heedlint.clients.loader import load_clients, load_retry_profiles
from heedlint.clients.lookup import Names, canonical, exception_for, is_subclass
from heedlint.clients.model import Parameter, Raises, Role
from heedlint.errors import ConfigurationError

CLIENT = """
kind = "client"
name = "acme"
title = "Acme SDK"
distribution = "acme-sdk"
checked-with = "1.0"
modules = ["acme"]
raises = "always"
[aliases]
"acme.errors" = "acme"
[clients]
"acme.Client" = { base-url = "url", max-retries = "tries" }
[roles.ERROR]
text = "MESSAGE"
[exceptions]
"acme.Error" = { parents = ["RuntimeError"], fallback = true }
"acme.Busy" = { parents = ["acme.Error"], statuses = [429, "502-504"] }
"""
RETRY = """
kind = "retry"
name = "again"
title = "Again"
distribution = "again"
checked-with = "1.0"
modules = ["again"]
[[policies]]
names = ["again.retry", "again.retry_async"]
shape = "wrapper"
retry = { name = "on", position = 0 }
default-retry = "again.on_types"
[predicates."again.on_types"]
kind = "types"
default = ["Exception"]
[waits."again.pause"]
kind = "fixed"
[stops."again.tries"]
kind = "attempts"
"""


def write(folder: Path, content: str, name: str = "my.toml") -> str:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return str(path)


def test_a_file_adds_a_client(tmp_path: Path) -> None:
    file = write(tmp_path, CLIENT)
    acme = load_clients((file,))["acme"]
    assert acme.raises is Raises.ALWAYS
    assert acme.exceptions["acme.Busy"].statuses == (429, 502, 503, 504)
    assert acme.roles == {Role.ERROR: {"text": Role.MESSAGE}}
    assert acme.clients["acme.Client"].max_retries == "tries"
    assert "acme" not in load_retry_profiles((file,))
    assert set(load_clients()) < set(load_clients((file,)))


def test_a_file_adds_a_retry_library(tmp_path: Path) -> None:
    file = write(tmp_path, RETRY)
    again = load_retry_profiles((file,))["again"]
    policy = again.policies["again.retry_async"]
    assert policy is again.policies["again.retry"]
    assert policy.retry == Parameter("on", 0)
    assert (policy.default_wait, policy.default_stop) == ("none", "never")
    assert again.predicates["again.on_types"].default == ("Exception",)
    assert "again" not in load_clients((file,))


def test_a_file_of_a_built_in_name_replaces_it(tmp_path: Path) -> None:
    file = write(tmp_path, CLIENT.replace('"acme"\ntitle', '"openai"\ntitle'))
    assert load_clients((file,))["openai"].title == "Acme SDK"
    assert load_clients()["openai"].title == "OpenAI Python SDK"


@pytest.mark.parametrize(
    ("content", "old", "new", "said"),
    [
        (CLIENT, 'kind = "client"', "", "my.toml: kind is missing"),
        (CLIENT, '"client"', '"clients"', "my.toml: kind is 'clients'; expected client or retry"),
        (
            CLIENT,
            '"always"',
            '"often"',
            "my.toml: raises is 'often'; expected always, on-request or never",
        ),
        (CLIENT, '["acme"]', "[]", "my.toml: modules is missing; name the import at least"),
        (
            CLIENT,
            "checked-with",
            "checked-wit",
            "my.toml: checked-with is missing",
        ),
        (
            CLIENT,
            '"url"',
            '"url", retries = "x"',
            'my.toml: clients."acme.Client".retries is not a known key; did you mean max-retries?',
        ),
        (
            CLIENT,
            "roles.ERROR",
            "roles.ERRORS",
            "my.toml: roles.ERRORS is no role; did you mean ERROR?",
        ),
        (
            CLIENT,
            '"MESSAGE"',
            '"WORDS"',
            "my.toml: roles.ERROR.text is 'WORDS'; expected ERROR, RESPONSE, BODY, ERROR_OBJECT, "
            "MESSAGE, CODE, TYPE, STATUS, HEADERS, RETRY_AFTER or PROBLEM",
        ),
        (
            CLIENT,
            '["acme.Error"]',
            '["acme.Eror"]',
            "my.toml: exceptions.\"acme.Busy\".parents has 'acme.Eror', which is neither a builtin "
            "nor a class of this profile; did you mean acme.Error?",
        ),
        (
            CLIENT,
            'parents = ["RuntimeError"], ',
            "",
            'my.toml: exceptions."acme.Error".parents is missing; Exception at least',
        ),
        (
            CLIENT,
            ", fallback = true",
            "",
            "my.toml: exceptions: expected one class with fallback = true, found none",
        ),
        (CLIENT, '"always"', '"never"', "my.toml: raises is 'never', yet there is a fallback"),
        (
            CLIENT,
            '"502-504"',
            '"504-502"',
            "my.toml: exceptions.\"acme.Busy\".statuses is [429, '504-502']; expected a list of "
            'statuses from 400 to 599, or ranges such as "500-599"',
        ),
        (
            CLIENT,
            "429",
            "true",
            "my.toml: exceptions.\"acme.Busy\".statuses is [True, '502-504']; expected a list of "
            'statuses from 400 to 599, or ranges such as "500-599"',
        ),
        (
            RETRY,
            '"wrapper"',
            '"wraper"',
            "my.toml: policies[0].shape is 'wraper'; expected wrapper or transport",
        ),
        (
            RETRY,
            '"again.on_types"\n',
            '"again.on_type"\n',
            "my.toml: policies[0].default-retry is 'again.on_type'; "
            "expected the name of one of the predicates",
        ),
        (
            RETRY,
            "position = 0",
            'position = "first"',
            "my.toml: policies[0].retry.position is 'first'; expected a whole number",
        ),
        (
            RETRY,
            '"attempts"',
            '"attempt"',
            "my.toml: stops.\"again.tries\".kind is 'attempt'; "
            "expected attempts, time, event, any, all or never",
        ),
        (
            RETRY,
            "[[policies]]",
            "[policies]",
            None,
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(
    tmp_path: Path, content: str, old: str, new: str, said: str | None
) -> None:
    assert old in content
    with pytest.raises(ConfigurationError) as caught:
        load_clients((write(tmp_path, content.replace(old, new, 1)),))
    if said is None:
        assert str(caught.value).startswith("my.toml: policies is {")
    else:
        assert str(caught.value) == said


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    files = (write(tmp_path, CLIENT, "a.toml"), write(tmp_path, CLIENT, "b.toml"))
    with pytest.raises(ConfigurationError, match=r"b\.toml: name is 'acme', which .*a\.toml has"):
        load_clients(files)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("requests.exceptions.HTTPError", "requests.HTTPError"),
        ("requests.exceptions.SSLError", "requests.exceptions.SSLError"),
        ("requests.packages.urllib3.util.retry.Retry", "urllib3.Retry"),
        ("requests.adapters.Retry", "urllib3.Retry"),
        ("requests.adapters.HTTPAdapter", "requests.adapters.HTTPAdapter"),
        ("requests.session", "requests.Session"),
        ("requests.sessions.Session.get", "requests.Session.get"),
        ("httpx2.HTTPStatusError", "httpx.HTTPStatusError"),
        ("httpx2._exceptions.HTTPStatusError", "httpx.HTTPStatusError"),
        ("openai._exceptions.RateLimitError", "openai.RateLimitError"),
        ("openai.error.RateLimitError", "openai.error.RateLimitError"),
        ("openai.InvalidRequestError", "openai.error.InvalidRequestError"),
        ("openai.Client", "openai.OpenAI"),
        ("pyai.client.PyAIError", "pyai.PyAIError"),
        ("urllib3.util.retry.Retry", "urllib3.Retry"),
        ("urllib3.exceptions.HTTPError", "urllib3.exceptions.HTTPError"),
        ("aiohttp.client_exceptions.ClientError", "aiohttp.ClientError"),
        ("tenacity.retry", "tenacity.retry"),
        ("tenacity.retry.retry_if_exception_type", "tenacity.retry_if_exception_type"),
        ("tenacity.asyncio.AsyncRetrying", "tenacity.AsyncRetrying"),
        ("tenacity._asyncio.AsyncRetrying", "tenacity.AsyncRetrying"),
        ("tenacity.wait.wait_full_jitter", "tenacity.wait_random_exponential"),
        ("builtins.ValueError", "ValueError"),
        ("IOError", "OSError"),
        ("unknown.Thing", "unknown.Thing"),
        ("openaistic.RateLimitError", "openaistic.RateLimitError"),
        ("", ""),
    ],
)
def test_canonical(name: str, expected: str) -> None:
    assert canonical(name) == expected


@pytest.mark.parametrize(
    ("name", "ancestor", "expected"),
    [
        ("openai.RateLimitError", "openai.APIError", True),
        ("openai.RateLimitError", "Exception", True),
        ("openai.RateLimitError", "BaseException", True),
        ("openai.APIError", "openai.RateLimitError", False),
        ("openai.RateLimitError", "httpx.HTTPError", False),
        ("openai.error.RateLimitError", "openai.OpenAIError", False),
        ("requests.HTTPError", "OSError", True),
        ("requests.exceptions.HTTPError", "IOError", True),
        ("requests.exceptions.ContentDecodingError", "urllib3.exceptions.HTTPError", True),
        ("requests.JSONDecodeError", "ValueError", True),
        ("requests.ConnectionError", "ConnectionError", False),
        ("aiohttp.ServerTimeoutError", "asyncio.TimeoutError", True),
        ("aiohttp.ClientConnectionResetError", "ConnectionError", True),
        ("httpx.StreamError", "RuntimeError", True),
        ("KeyError", "LookupError", True),
        ("KeyboardInterrupt", "Exception", False),
        ("unknown.Thing", "unknown.Thing", True),
        ("unknown.Thing", "Exception", False),
        ("print", "Exception", False),
    ],
)
def test_is_subclass(name: str, ancestor: str, expected: bool) -> None:
    assert is_subclass(name, ancestor) is expected


@pytest.mark.parametrize(
    ("status", "removed", "expected"),
    [
        (400, False, "openai.BadRequestError"),
        (402, False, "openai.APIStatusError"),
        (529, False, "openai.InternalServerError"),
        (402, True, "openai.error.APIError"),
        (415, True, "openai.error.InvalidRequestError"),
        (429, True, "openai.error.RateLimitError"),
        (503, True, "openai.error.ServiceUnavailableError"),
    ],
)
def test_exception_for(status: int, removed: bool, expected: str) -> None:
    found = exception_for(load_clients()["openai"], status, removed=removed)
    assert found is not None and found.name == expected


def test_no_exception_stands_for_a_status_of_a_client_that_never_raises() -> None:
    assert exception_for(load_clients()["urllib3"], 429) is None


def test_names_know_the_users_profiles(tmp_path: Path) -> None:
    file = write(tmp_path, CLIENT)
    names = Names((file,))
    assert names.canonical("acme.errors.Busy") == "acme.Busy"
    assert names.is_subclass("acme.errors.Busy", "RuntimeError")
    assert names.is_exception("acme.errors.Busy")
    assert not names.is_exception("acme.Client")
    assert not is_subclass("acme.Busy", "RuntimeError")
    assert is_subclass("acme.Busy", "RuntimeError", (file,))


def test_the_most_derived_class_of_a_status_wins(tmp_path: Path) -> None:
    more = '"acme.VeryBusy" = { parents = ["acme.Busy"], statuses = [429] }\n'
    file = write(tmp_path, CLIENT + more)
    acme = load_clients((file,))["acme"]
    for status, expected in ((429, "acme.VeryBusy"), (503, "acme.Busy"), (400, "acme.Error")):
        found = exception_for(acme, status, files=(file,))
        assert found is not None and found.name == expected


def test_aliases_in_a_circle_come_to_an_end(tmp_path: Path) -> None:
    circle = CLIENT.replace('"acme.errors" = "acme"', '"acme.a" = "acme.b"\n"acme.b" = "acme.a"')
    assert Names((write(tmp_path, circle),)).canonical("acme.a.X") in {"acme.a.X", "acme.b.X"}
