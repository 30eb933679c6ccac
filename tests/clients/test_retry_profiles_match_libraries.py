"""The retry profiles against the installed libraries: signatures, defaults and behaviour."""

from __future__ import annotations

import contextlib
import importlib.metadata
import inspect
from collections.abc import Callable
from typing import Any

import pytest
import requests
import tenacity
import urllib3

from clients.test_profiles_match_libraries import resolve
from heedlint.clients.loader import load_retry_profiles
from heedlint.clients.lookup import canonical
from heedlint.clients.model import Parameter, RetryTerm

PROFILES = load_retry_profiles()
TENACITY = PROFILES["tenacity"]
URLLIB3 = PROFILES["urllib3-retry"]
# tenacity 8 kept it there; requests.packages.urllib3 stands for the package in old code.
REMOVED_ALIASES = {"tenacity._asyncio"}
ALL_ALIASES = [(a, t) for p in PROFILES.values() for a, t in p.aliases.items()]
TERMS = [*TENACITY.predicates.values(), *TENACITY.waits.values(), *TENACITY.stops.values()]


def has_parameter(call: Callable[..., Any], stated: Parameter) -> bool:
    """Whether a callable takes the parameter, by its name and at its position."""
    parameters = inspect.signature(call).parameters
    names = list(parameters)
    if stated.name.startswith("*"):
        found = parameters[names[stated.position]]
        return found.kind is found.VAR_POSITIONAL and found.name == stated.name[1:]
    if stated.position < 0:
        by_name = parameters.get(stated.name)
        keywords = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
        return by_name.kind is by_name.KEYWORD_ONLY if by_name else keywords
    return names[stated.position] == stated.name


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_the_profile_was_checked_with_this_major_version(profile: Any) -> None:
    installed = importlib.metadata.version(profile.distribution)
    assert profile.checked_with.split(".")[0] == installed.split(".")[0], (
        f"{profile.name} was checked with {profile.distribution} {profile.checked_with}, and "
        f"{installed} is installed: check the profile against it, then raise checked-with"
    )


@pytest.mark.parametrize(("alias", "target"), ALL_ALIASES, ids=[a for a, _ in ALL_ALIASES])
def test_an_alias_is_another_name_of_the_same_thing(alias: str, target: str) -> None:
    if alias in REMOVED_ALIASES:
        with pytest.raises((ImportError, AttributeError)):
            resolve(alias)
    elif alias == "tenacity.retry":
        # The package's attribute hides the submodule, which an import still reaches.
        from tenacity.retry import retry_if_exception_type

        assert retry_if_exception_type is tenacity.retry_if_exception_type
    elif inspect.ismodule(resolve(alias)):
        old, new = resolve(alias), resolve(target)
        assert [n for n in vars(old) if n[0] != "_" and getattr(new, n, None) is vars(old)[n]]
    else:
        assert resolve(alias) is resolve(target)


# --- tenacity


@pytest.mark.parametrize("name", ["Retrying", "AsyncRetrying"])
def test_tenacity_policies_take_the_stated_parameters(name: str) -> None:
    policy = TENACITY.policies[f"tenacity.{name}"]
    parameters = inspect.signature(getattr(tenacity, name)).parameters
    for stated in (policy.retry, policy.wait, policy.stop):
        assert stated is not None and has_parameter(getattr(tenacity, name), stated)
    assert type(parameters["retry"].default) is resolve(policy.default_retry)
    assert parameters["retry"].default.exception_types is Exception
    assert type(parameters["wait"].default) is tenacity.wait_none
    assert TENACITY.waits["tenacity.wait_none"].kind == policy.default_wait
    assert parameters["stop"].default is tenacity.stop_never
    assert TENACITY.stops["tenacity.stop_never"].kind == policy.default_stop


def test_tenacity_decorator_hands_its_arguments_on() -> None:
    assert TENACITY.policies["tenacity.retry"] is TENACITY.policies["tenacity.Retrying"]
    stop, wait = tenacity.stop_after_attempt(2), tenacity.wait_fixed(1)

    def function() -> None:
        """Nothing."""

    decorate: Any = tenacity.retry
    made = decorate(tenacity.nap.sleep, stop, wait)(function).retry
    assert (made.stop, made.wait) == (stop, wait)


@pytest.mark.parametrize("term", TERMS, ids=[t.name for t in TERMS])
def test_a_term_takes_the_stated_parameter_and_has_the_stated_default(term: RetryTerm) -> None:
    found = resolve(term.name)
    if term.parameter is None:
        assert term.kind in {"always", "never", "none"}
        assert not isinstance(found, type) or not inspect.signature(found).parameters
        return
    assert has_parameter(found, term.parameter)
    if term.default:
        default = inspect.signature(found).parameters[term.parameter.name].default
        assert [getattr(default, "__name__", str(default))] == list(term.default)


@pytest.mark.parametrize(
    ("prefix", "stated"),
    [("retry_", TENACITY.predicates), ("wait_", TENACITY.waits), ("stop_", TENACITY.stops)],
)
def test_no_term_is_missing(prefix: str, stated: dict[str, RetryTerm]) -> None:
    names = {f"tenacity.{n}" for n in dir(tenacity) if n.startswith(prefix)}
    bases = {f"tenacity.{prefix}base"}
    assert {canonical(n) for n in names - bases} == set(stated)


def attempts(predicate: Any, outcome: Callable[[], object]) -> int:
    """How often a function is called that always ends alike, of three times at most."""
    calls = []

    def function() -> object:
        calls.append(1)
        return outcome()

    retrying = tenacity.Retrying(retry=predicate, stop=tenacity.stop_after_attempt(3))
    with contextlib.suppress(tenacity.RetryError, KeyError, ValueError):
        retrying(function)
    return len(calls)


def fail(error: Exception) -> Callable[[], object]:
    def function() -> object:
        raise error

    return function


def caused() -> object:
    raise ValueError("outer") from KeyError("inner")


T = tenacity
RETRIED, NOT = 3, 1


@pytest.mark.parametrize(
    ("kind", "predicate", "key_error", "value_error", "result"),
    [
        ("types", T.retry_if_exception_type(KeyError), RETRIED, NOT, NOT),
        ("not-types", T.retry_if_not_exception_type(KeyError), NOT, RETRIED, NOT),
        ("unless-types", T.retry_unless_exception_type(KeyError), NOT, RETRIED, RETRIED),
        ("callable", T.retry_if_exception(lambda e: isinstance(e, KeyError)), RETRIED, NOT, NOT),
        ("message", T.retry_if_exception_message(match="'k"), RETRIED, NOT, NOT),
        ("not-message", T.retry_if_not_exception_message(match="'k"), NOT, RETRIED, RETRIED),
        ("result", T.retry_if_result(lambda r: r == 1), NOT, NOT, RETRIED),
        ("not-result", T.retry_if_not_result(lambda r: r == 1), NOT, NOT, NOT),
        ("always", T.retry_always, RETRIED, RETRIED, RETRIED),
        ("never", T.retry_never, NOT, NOT, NOT),
        ("cause-types", T.retry_if_exception_cause_type(KeyError), NOT, NOT, NOT),
        ("any", T.retry_any(T.retry_never, T.retry_always), RETRIED, RETRIED, RETRIED),
        ("all", T.retry_all(T.retry_never, T.retry_always), NOT, NOT, NOT),
    ],
)
def test_a_predicate_does_what_its_kind_says(
    kind: str, predicate: Any, key_error: int, value_error: int, result: int
) -> None:
    name = type(predicate).__name__.removeprefix("_")
    assert TENACITY.predicates[f"tenacity.{name}"].kind == kind
    assert attempts(predicate, fail(KeyError("k"))) == key_error
    assert attempts(predicate, fail(ValueError("v"))) == value_error
    assert attempts(predicate, lambda: 1) == result


def test_a_cause_is_what_raise_from_names() -> None:
    assert attempts(tenacity.retry_if_exception_cause_type(KeyError), caused) == RETRIED


def test_the_state_leads_to_the_exception() -> None:
    seen: list[BaseException] = []

    def wait(state: Any) -> float:
        found = state
        for step in TENACITY.state_exception:
            found = getattr(found, step.removesuffix("()"))
            found = found() if step.endswith("()") else found
        seen.append(found)
        return 0.0

    error = KeyError("k")
    retrying = tenacity.Retrying(wait=wait, stop=tenacity.stop_after_attempt(2), reraise=True)
    with pytest.raises(KeyError):
        retrying(fail(error))
    assert seen and all(found is error for found in seen)


def test_wait_exception_waits_what_the_callable_says() -> None:
    slept: list[float] = []
    retrying = tenacity.Retrying(
        wait=tenacity.wait_exception(lambda error: 7.0),
        stop=tenacity.stop_after_attempt(2),
        sleep=slept.append,
    )
    with pytest.raises(tenacity.RetryError):
        retrying(fail(KeyError("k")))
    assert slept == [7.0]
    assert TENACITY.waits["tenacity.wait_exception"].kind == "retry-after-callable"


# --- urllib3


def test_urllib3_retry_takes_the_stated_parameters() -> None:
    (policy,) = URLLIB3.policies.values()
    for stated in (policy.total, policy.statuses, policy.retry_after_switch):
        assert stated is not None and has_parameter(urllib3.Retry, stated)


def test_urllib3_retry_has_the_stated_defaults() -> None:
    (policy,) = URLLIB3.policies.values()
    retry = urllib3.Retry()
    assert retry.total == policy.default_total
    assert tuple(retry.status_forcelist) == policy.default_statuses
    assert frozenset(policy.retry_after_statuses) == urllib3.Retry.RETRY_AFTER_STATUS_CODES
    assert retry.respect_retry_after_header is True


@pytest.mark.parametrize("status", range(400, 600))
def test_urllib3_retries_the_stated_statuses(status: int) -> None:
    (policy,) = URLLIB3.policies.values()
    listed = urllib3.Retry(status_forcelist=[500])
    deaf = urllib3.Retry(respect_retry_after_header=False)  # noqa: HED302
    waits = status in policy.retry_after_statuses
    assert listed.is_retry("GET", status) is (status == 500)
    assert listed.is_retry("GET", status, has_retry_after=True) is (status == 500 or waits)
    assert not deaf.is_retry("GET", status, has_retry_after=True)
    # What the head of the file says of POST.
    assert not listed.is_retry("POST", status, has_retry_after=True)


@pytest.mark.parametrize("name", URLLIB3.mounts)
def test_a_mount_takes_a_policy(name: str) -> None:
    assert has_parameter(resolve(name), URLLIB3.mounts[name])


def test_requests_mounts_the_policy_it_is_given() -> None:
    retry = urllib3.Retry(3)
    assert requests.adapters.HTTPAdapter(max_retries=retry).max_retries is retry
    assert requests.adapters.HTTPAdapter(max_retries=3).max_retries.total == 3
    assert requests.adapters.HTTPAdapter().max_retries.total == 0
    assert urllib3.PoolManager(retries=retry).connection_pool_kw["retries"] is retry
