"""The parameters that the retry profiles state, against the signatures of the libraries."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import tenacity

from clients.retry_lookup import HANDED_ON, find, named, parameters_of, takes, vocabulary
from clients.retry_runs import POLICIES, PROFILES
from clients.test_profiles_match_libraries import resolve
from heedlint.clients.lookup import canonical
from heedlint.clients.model import JITTER_KINDS, Parameter, RetryProfile, RetryTerm

# pydantic-ai had it before 1.0.
REMOVED_PARAMETERS = {"controller"}
# Keywords that are taken as `**options`: what they do, the tests of the policies show.
SWALLOWED = {
    "celery.shared_task": r".*",
    "task": r".*",
    "retryhttp.retry": r"retry|wait|stop|before_sleep",
    "urllib3.PoolManager": r"retries",
    "urllib3.ProxyManager": r"retries",
}


def policy_parameters() -> list[Any]:
    found = []
    for name, policy in POLICIES.items():
        stated = [*policy.retry, *policy.unless, *policy.waits, *policy.stops]
        stated += [t for t in (policy.jitter, policy.http_methods) if t is not None]
        given = [term.parameter for term in stated]
        given += [policy.before_sleep, policy.retry_after_switch, policy.retry_after_cap]
        given += [Parameter(term.switch) for term in stated if term.switch]
        found += [pytest.param(name, p, id=f"{name}-{p.name}") for p in given if p is not None]
    return found


@pytest.mark.parametrize(("name", "stated"), policy_parameters())
def test_a_policy_takes_the_stated_parameter(name: str, stated: Parameter) -> None:
    if keys := getattr(find(name), "__optional_keys__", None):
        # A TypedDict: what is put into it is what tenacity takes.
        assert stated.name in keys
        assert stated.position < 0
        assert stated.name in parameters_of("tenacity.Retrying")
    else:
        assert takes(parameters_of(name), stated, SWALLOWED.get(name, ""))


@pytest.mark.parametrize("name", [name for name, policy in POLICIES.items() if policy.ends_with])
def test_a_policy_ends_by_the_stated_parameters(name: str) -> None:
    policy = POLICIES[name]
    assert {*policy.ends_with} <= {*parameters_of(name)}
    assert issubclass(find(policy.end_error), Exception)


@pytest.mark.parametrize("name", POLICIES)
def test_no_callable_before_the_sleep_is_missing(name: str) -> None:
    callables = {"before_sleep", "on_backoff"}
    taken = callables & {*parameters_of(name), *getattr(find(name), "__optional_keys__", ())}
    stated = POLICIES[name].before_sleep
    assert taken <= ({stated.name} if stated else set())


@pytest.mark.parametrize("name", HANDED_ON)
def test_a_decorator_hands_its_arguments_on(name: str) -> None:
    swallowing = inspect.signature(find(name)).parameters.values()
    assert [p.kind for p in swallowing] == [
        inspect.Parameter.VAR_POSITIONAL,
        inspect.Parameter.VAR_KEYWORD,
    ]
    assert POLICIES[name] is POLICIES[f"{HANDED_ON[name].__module__}.{HANDED_ON[name].__name__}"]


@pytest.mark.parametrize("name", [n for n, p in POLICIES.items() if p.called_with])
def test_a_caller_takes_its_condition_and_the_function(name: str) -> None:
    policy = POLICIES[name]
    assert policy.called_with is not None and policy.called_with.parameter is not None
    taken = {
        n: p for n, p in inspect.signature(find(name).__call__).parameters.items() if n != "self"
    }
    assert takes(taken, policy.called_with.parameter)
    assert takes(taken, policy.function)


@pytest.mark.parametrize(
    ("name", "member"), [(n, m) for n, p in POLICIES.items() for m in p.members]
)
def test_a_policy_object_has_the_stated_member(name: str, member: str) -> None:
    assert callable(getattr(HANDED_ON.get(name) or find(name), member))


def with_defaults() -> list[Any]:
    """The terms of the policies that say themselves what holds without them."""
    found = []
    for name, policy in POLICIES.items():
        terms = [t for t in (*policy.retry, *policy.stops) if t.kind not in {"term", "switch"}]
        terms += [policy.jitter] if policy.jitter else []
        found += [(name, t) for t in terms if t.name in parameters_of(name)]
    return [pytest.param(name, term, id=f"{name}-{term.name}") for name, term in found]


@pytest.mark.parametrize(("name", "term"), with_defaults())
def test_a_parameter_has_the_stated_default(name: str, term: RetryTerm) -> None:
    parameter = parameters_of(name)[term.name]
    if parameter.default in (None, parameter.empty):
        # What None stands for then is shown by the tests of what is retried.
        assert term.kind in {"statuses", "types-or-callable"} or not term.default
    elif term.kind == "statuses":
        assert tuple(parameter.default) == term.statuses
    elif isinstance(parameter.default, int | float):
        assert list(map(float, term.default)) == [parameter.default]
    elif isinstance(parameter.default, tuple):
        assert tuple(map(resolve, term.default)) == parameter.default
    else:
        assert list(map(resolve, term.default)) == [parameter.default]


@pytest.mark.parametrize("name", [n for p in PROFILES.values() if p.jitters for n in p.policies])
def test_a_jitter_that_holds_by_default_is_stated(name: str) -> None:
    jitter = POLICIES[name].jitter
    assert jitter is not None and jitter.default


@pytest.mark.parametrize("name", ["tenacity.Retrying", "tenacity.AsyncRetrying"])
def test_tenacity_policies_have_the_stated_defaults(name: str) -> None:
    policy = POLICIES[name]
    found = {n: p.default for n, p in parameters_of(name).items()}
    (retry,), (wait,), (stop,) = policy.retry, policy.waits, policy.stops
    assert [type(found[retry.name])] == [find(n) for n in retry.default]
    waits = PROFILES["tenacity"].waits
    assert waits[f"tenacity.{type(found[wait.name]).__name__}"].kind == policy.default_wait
    assert not stop.default and found[stop.name] is tenacity.stop_never


TERMS = [t for p in PROFILES.values() for t in vocabulary(p).values()]


@pytest.mark.parametrize("term", TERMS, ids=[t.name for t in TERMS])
def test_a_term_takes_the_stated_parameter(term: RetryTerm) -> None:
    found = find(term.name)
    if term.parameter is not None:
        assert takes(parameters_of(term.name), term.parameter)
    elif not callable(found) or isinstance(found, tenacity.retry_base | tenacity.stop.stop_base):
        assert term.kind in {"always", "never"}
    else:
        # Nothing that must be given, but for the value that a jitter changes.
        required = [p for p in parameters_of(term.name).values() if p.default is p.empty]
        assert len(required) == (term.kind in JITTER_KINDS)


def default_of(term: RetryTerm) -> Any:
    """The default of a term's parameter: nothing where it must be given, or knows no bound."""
    assert term.parameter is not None
    parameter = parameters_of(term.name).get(term.parameter.name.lstrip("*"))
    unbounded = (inspect.Parameter.empty, tenacity.wait.wait_exponential().max)
    return None if parameter is None or parameter.default in unbounded else parameter.default


CHOOSING = [t for t in TERMS if t.parameter and t.kind not in {"message", "not-message"}]


@pytest.mark.parametrize("term", CHOOSING, ids=[t.name for t in CHOOSING])
def test_a_term_has_the_stated_default(term: RetryTerm) -> None:
    default = default_of(term)
    if term.kind == "types" and default is None:
        # Found out when the term is made, for what is installed: httpx2 beside httpx, too.
        classes = find(term.name)().exception_types
        assert {canonical(f"{c.__module__}.{c.__qualname__}") for c in classes} == set(term.default)
    elif term.kind == "statuses":
        assert tuple(default) == term.statuses
    elif term.kind != "retry-after":
        stated = [] if default is None else [getattr(default, "__name__", str(default))]
        assert list(term.default) == stated


@pytest.mark.parametrize(
    ("profile", "name"), named([(p, m) for p in PROFILES.values() for m in p.mounts])
)
def test_a_mount_takes_a_policy(profile: RetryProfile, name: str) -> None:
    mount, taken = profile.mounts[name], parameters_of(name)
    stated = {p.name for p in mount.policies} - REMOVED_PARAMETERS
    assert stated
    for parameter in (*mount.policies, *([mount.validator] if mount.validator else [])):
        assert takes(taken, parameter, SWALLOWED.get(name, "")) is (
            parameter.name not in REMOVED_PARAMETERS
        )
    assert mount.validator or "validate_response" not in taken
