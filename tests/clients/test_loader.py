"""Profiles of the user: what is taken, what is said of the rest, and the look-up of names."""

from __future__ import annotations

from pathlib import Path

import pytest

from heedlint.clients.loader import load_clients, load_retry_profiles
from heedlint.clients.lookup import Names, canonical, exception_for, is_subclass
from heedlint.clients.model import Mount, Parameter, Raises, Receiver, Role
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
"acme.Odd" = { parents = ["acme.Error"], answer = true }
"""
RETRY = """
kind = "retry"
name = "again"
title = "Again"
distribution = "again"
checked-with = "1.0"
modules = ["again"]
client = "acme"
[[policies]]
names = ["again.retry", "again.retry_async"]
methods = ["again"]
shape = "call"
retry = [{ name = "on", position = 0, kind = "term", default = ["again.on_types"] }]
unless = [{ name = "but", kind = "types" }, { kind = "types", default = ["again.Stop"] }]
stops = [
    { name = "tries", kind = "attempts", default = ["3"], unbounded-below = 1 },
    { name = "stop", kind = "callable", replaces = true },
]
jitter = { name = "jitter", kind = "lengthens" }
members = { do = "call" }
called-with = { name = "when", position = 0, kind = "callable" }
[[policies]]
names = ["again.Exchange"]
shape = "exchange"
retry = [{ name = "statuses", kind = "statuses", statuses = [429, "502-504"], switch = "on" }]
waits = [{ name = "factor", kind = "exponential" }]
default-wait = "fixed"
honours-retry-after = true
retry-after-switch = { name = "heed" }
retry-after-cap = { name = "most", position = 1 }
[mounts."again.Transport"]
policies = [{ name = "policy", position = 0 }]
validator = { name = "check" }
[receivers]
"again.Model" = { client = "acme", base-url = ["url"] }
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
    assert [e.name for e in acme.exceptions.values() if e.answer] == ["acme.Odd"]
    assert acme.roles == {Role.ERROR: {"text": Role.MESSAGE}}
    assert acme.clients["acme.Client"].max_retries == "tries"
    assert "acme" not in load_retry_profiles((file,))
    assert set(load_clients()) < set(load_clients((file,)))


def test_a_file_adds_a_retry_library(tmp_path: Path) -> None:
    file = write(tmp_path, RETRY)
    again = load_retry_profiles((file,))["again"]
    policy = again.policies["again.retry_async"]
    assert policy is again.policies["again.retry"] is again.policies["again"]
    (retry,), (unless, always), (stop, other) = policy.retry, policy.unless, policy.stops
    assert (retry.parameter, retry.default) == (Parameter("on", 0), ("again.on_types",))
    assert (unless.kind, unless.parameter) == ("types", Parameter("but", -1))
    assert (always.name, always.parameter, always.default) == ("", None, ("again.Stop",))
    assert (stop.kind, stop.default, stop.unbounded_below) == ("attempts", ("3",), 1)
    assert (stop.replaces, other.replaces, other.unbounded_below) == (False, True, None)
    assert (policy.waits, policy.default_wait) == ((), "none")
    assert policy.jitter is not None and policy.jitter.kind == "lengthens"
    assert policy.called_with is not None and policy.called_with.kind == "callable"
    assert (policy.members, policy.function) == ({"do": "call"}, Parameter("", 0))
    assert again.predicates["again.on_types"].default == ("Exception",)
    assert "again" not in load_clients((file,))


def test_a_policy_may_retry_exchanges(tmp_path: Path) -> None:
    again = load_retry_profiles((write(tmp_path, RETRY),))["again"]
    policy = again.policies["again.Exchange"]
    (retry,), (wait,) = policy.retry, policy.waits
    assert (retry.statuses, retry.switch) == ((429, 502, 503, 504), "on")
    assert (wait.name, wait.kind, policy.default_wait) == ("factor", "exponential", "fixed")
    assert policy.honours_retry_after and policy.retry_after_switch == Parameter("heed", -1)
    assert policy.retry_after_cap == Parameter("most", 1)
    assert (policy.jitter, policy.called_with) == (None, None)
    assert again.mounts == {"again.Transport": Mount((Parameter("policy", 0),), Parameter("check"))}
    assert (again.client, again.receivers) == ("acme", {"again.Model": Receiver("acme", ("url",))})
    assert not again.retries_generators


def test_a_parent_of_a_dotted_module_is_the_profiles_own(tmp_path: Path) -> None:
    content = CLIENT.replace('modules = ["acme"]', 'modules = ["acme.api"]')
    load_clients((write(tmp_path, content),))  # acme.Error is some other module's
    misspelt = content.replace('["acme.Error"]', '["acme.api.Eror"]')
    with pytest.raises(ConfigurationError, match=r"parents has 'acme\.api\.Eror'"):
        load_clients((write(tmp_path, misspelt, "misspelt.toml"),))


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
            '"call"\n',
            '"cal"\n',
            "my.toml: policies[0].shape is 'cal'; expected call or exchange",
        ),
        (
            RETRY,
            "position = 0",
            'position = "first"',
            "my.toml: policies[0].retry[0].position is 'first'; expected a whole number",
        ),
        (
            RETRY,
            '"term"',
            '"terms"',
            "my.toml: policies[0].retry[0].kind is 'terms'; expected term, types, not-types, "
            "unless-types, types-or-callable, callable, result, not-result, message, not-message, "
            "cause-types, statuses, switch, any, all, always or never",
        ),
        (
            RETRY,
            '"attempts", default',
            '"attempt", default',
            "my.toml: policies[0].stops[0].kind is 'attempt'; expected term, attempts, retries, "
            "time, event, callable, any, all or never",
        ),
        (
            RETRY,
            '"lengthens"',
            '"longer"',
            "my.toml: policies[0].jitter.kind is 'longer'; expected term, lengthens or shortens",
        ),
        (
            RETRY,
            'do = "call"',
            'do = "calls"',
            "my.toml: policies[0].members.do is 'calls'; expected call, wrap or bind",
        ),
        (
            RETRY,
            '"when", position',
            '"when", at',
            "my.toml: policies[0].called-with.at is not a known key; "
            "expected classes, default, functions-since, kind, name, position, replaces, statuses, "
            "switch or unbounded-below",
        ),
        (
            RETRY,
            'names = ["again.Exchange"]\n',
            "",
            "my.toml: policies[1].names is missing",
        ),
        (
            RETRY,
            '"fixed"\nhonours',
            '"term"\nhonours',
            "my.toml: policies[1].default-wait is 'term'; expected none, fixed, random, "
            "exponential, chain, sum, of-error, of-state, retry-after, generator or none-if-false",
        ),
        (
            RETRY,
            "honours-retry-after",
            "honors-retry-after",
            "my.toml: policies[1].honors-retry-after is not a known key; "
            "did you mean honours-retry-after?",
        ),
        (
            RETRY,
            'validator = { name = "check" }',
            'validator = { name = "check", kind = "callable" }',
            'my.toml: mounts."again.Transport".validator.kind is not a known key; '
            "expected name or position",
        ),
        (
            RETRY,
            'client = "acme", base',
            "base",
            'my.toml: receivers."again.Model".client is missing',
        ),
        (
            RETRY,
            "below = 1",
            'below = "one"',
            "my.toml: policies[0].stops[0].unbounded-below is 'one'; expected a whole number",
        ),
        (
            RETRY,
            '"attempts"\n',
            '"term"\n',
            "my.toml: stops.\"again.tries\".kind is 'term'; "
            "expected attempts, retries, time, event, callable, any, all or never",
        ),
        (
            RETRY,
            RETRY[RETRY.index("[[policies]]") : RETRY.index("[predicates")],
            "",
            "my.toml: policies is missing; a retry profile has some",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(
    tmp_path: Path, content: str, old: str, new: str, said: str
) -> None:
    assert old in content
    with pytest.raises(ConfigurationError) as caught:
        load_clients((write(tmp_path, content.replace(old, new, 1)),))
    assert str(caught.value) == said


def test_policies_are_written_as_a_list(tmp_path: Path) -> None:
    content = RETRY.replace("[[policies]]", "[policies]", 1)
    content = content.replace(content[content.index("[[") : content.index("[predicates")], "")
    with pytest.raises(ConfigurationError, match=r"my\.toml: policies is \{.*expected a list"):
        load_retry_profiles((write(tmp_path, content),))


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
