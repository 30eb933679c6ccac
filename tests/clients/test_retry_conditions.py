"""Every policy of every retry profile at work: which errors it retries.

What is expected is computed from the profile, what happens is up to the installed library.
"""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import tenacity

from clients.conftest import Trial
from clients.retry_far_end import FarEnd
from clients.retry_lookup import parameters_of
from clients.retry_runs import (
    POLICIES,
    PROFILES,
    REQUIRED,
    RUNNERS,
    Settings,
    stop_settings,
)
from clients.test_profiles_match_libraries import resolve
from heedlint.clients.model import RetryPolicy, RetryTerm

STATUSES = [400, 401, 402, 403, 404, 408, 409, 413, 422, 425, 429, 500, 501, 502, 503, 504, 529]
LISTED = [404, 429]
TYPES = {"types", "types-or-callable"}


class FatalError(BaseException):
    """Not an Exception, as KeyboardInterrupt."""


def conditions(policy: RetryPolicy) -> tuple[RetryTerm, ...]:
    return (*policy.retry, *([policy.called_with] if policy.called_with else []))


def stated(*kinds: str) -> list[Any]:
    """Every (policy, term) of the given kinds among what the policies retry on."""
    return [
        pytest.param(name, term, id=f"{name}-{term.name}")
        for name, policy in POLICIES.items()
        for term in conditions(policy)
        if term.kind in kinds
    ]


def test_every_policy_is_tried() -> None:
    assert set(RUNNERS) == set(POLICIES)


def test_every_kind_of_condition_is_tried() -> None:
    kinds = {t.kind for p in POLICIES.values() for t in conditions(p)}
    assert kinds == TYPES | {"result", "statuses", "switch", "term"}
    kinds = {t.kind for p in POLICIES.values() for t in p.unless}
    assert kinds == set(EXCLUSIONS)
    without_default = [
        (name, term.name)
        for name, policy in POLICIES.items()
        for term in conditions(policy)
        if term.kind in TYPES | {"term"} and not term.default and not term.replaces
    ]
    assert all(term in REQUIRED.get(name, {}) for name, term in without_default)


def tries(trial: Trial, name: str, far_end: FarEnd, settings: Settings) -> bool:
    """Whether the policy tries again, given attempts enough."""
    calls = trial(name, far_end, {**stop_settings(POLICIES[name], 2), **settings}).calls
    assert calls >= 1
    return calls > 1


def default_classes(term: RetryTerm) -> tuple[str, ...]:
    """The classes retried where nothing is said: the term's own, or those of the term it is."""
    predicates = {n: t for p in PROFILES.values() for n, t in p.predicates.items()}
    named = [predicates[d].default if d in predicates else (d,) for d in term.default]
    return tuple(itertools.chain.from_iterable(named))


@pytest.mark.parametrize("error", [KeyError("k"), ValueError("v"), FatalError("f")])
@pytest.mark.parametrize(
    ("name", "term"), [p for p in stated(*TYPES, "term") if p.values[1].default]
)
def test_by_default_it_retries_the_stated_classes(
    trial: Trial, name: str, term: RetryTerm, error: BaseException
) -> None:
    expected = isinstance(error, tuple(map(resolve, default_classes(term))))
    assert tries(trial, name, FarEnd(error=error, failures=1), {}) is expected


@pytest.mark.parametrize(("name", "term"), stated(*TYPES))
def test_it_retries_the_given_classes(trial: Trial, name: str, term: RetryTerm) -> None:
    settings = {term.name: (LookupError,)}
    assert tries(trial, name, FarEnd(error=KeyError("k")), settings)
    assert not tries(trial, name, FarEnd(error=ValueError("v")), settings)


@pytest.mark.parametrize(("name", "term"), stated("types-or-callable"))
def test_it_retries_what_the_given_function_says(trial: Trial, name: str, term: RetryTerm) -> None:
    settings = {term.name: lambda error: "again" in str(error)}
    assert tries(trial, name, FarEnd(error=ValueError("try again")), settings)
    assert not tries(trial, name, FarEnd(error=ValueError("no")), settings)


@pytest.mark.parametrize(("name", "term"), stated("types"))
def test_no_function_stands_for_classes(trial: Trial, name: str, term: RetryTerm) -> None:
    with pytest.raises(TypeError):
        trial(name, FarEnd(error=KeyError("k")), {term.name: lambda error: True})


EXCLUSIONS: dict[str, object] = {
    "callable": lambda error: isinstance(error, LookupError),
    "types": (LookupError,),
}


def exclusions(*, named: bool) -> list[Any]:
    found = [(name, term) for name, policy in POLICIES.items() for term in policy.unless]
    return [pytest.param(n, t, id=f"{n}-{t.name}") for n, t in found if bool(t.name) is named]


@pytest.mark.parametrize(("name", "term"), exclusions(named=False))
def test_it_never_retries_the_stated_classes(trial: Trial, name: str, term: RetryTerm) -> None:
    assert term.kind == "types" and term.default
    for excluded in map(resolve, term.default):
        assert not tries(trial, name, FarEnd(error=excluded("e")), {})


@pytest.mark.parametrize(
    "name", [n for n, p in POLICIES.items() if any(t.replaces for t in p.retry)]
)
def test_a_condition_that_replaces_the_others_counts_alone(trial: Trial, name: str) -> None:
    (term,) = (t for t in POLICIES[name].retry if t.replaces)
    assert term.kind == "term"
    settings = {term.name: tenacity.retry_if_exception_type(KeyError)}
    assert tries(trial, name, FarEnd(), {})
    assert not tries(trial, name, FarEnd(), settings)
    assert tries(trial, name, FarEnd(error=KeyError("k")), settings)


@pytest.mark.parametrize(("name", "term"), exclusions(named=True))
def test_it_does_not_retry_what_is_excluded(trial: Trial, name: str, term: RetryTerm) -> None:
    settings = {term.name: EXCLUSIONS[term.kind]}
    assert tries(trial, name, FarEnd(error=KeyError("k")), {})
    assert not tries(trial, name, FarEnd(error=KeyError("k")), settings)
    assert tries(trial, name, FarEnd(error=ValueError("v")), settings)


@pytest.mark.parametrize(("name", "term"), stated("result"))
def test_it_retries_the_results_that_a_function_takes(
    trial: Trial, name: str, term: RetryTerm
) -> None:
    assert tries(trial, name, FarEnd(result="busy"), {term.name: lambda result: result != "done"})
    assert not tries(trial, name, FarEnd(result="busy"), {term.name: lambda result: False})


def is_retried(policy: RetryPolicy, status: int, header: bool, given: Settings) -> bool:
    """Whether a status is retried, as the profile has it."""
    for term in policy.retry:
        if (
            term.kind == "statuses"
            and given.get(term.switch, True)
            and status in (given.get(term.name) or term.statuses)
        ):
            return True
        if (
            term.kind == "switch"
            and given.get(term.name, "on" in term.default)
            and status in term.statuses
        ):
            return True
    switch = policy.retry_after_switch
    heeds = switch is None or given.get(switch.name, True)
    return header and heeds and status in policy.retry_after_statuses


def by_status() -> list[Any]:
    """Every policy that looks at statuses: as it is, with a list given, with each switch off."""
    found = []
    for name, policy in POLICIES.items():
        settings: list[Settings] = [{}]
        settings += [{t.name: LISTED} for t in policy.retry if t.kind == "statuses"]
        settings += [{t.name: False} for t in policy.retry if t.kind == "switch"]
        settings += [{t.switch: False} for t in policy.retry if t.switch]
        if policy.retry_after_switch is not None:
            settings.append({policy.retry_after_switch.name: False})
        if any(t.kind in {"statuses", "switch"} for t in policy.retry):
            found += [pytest.param(name, s, id=f"{name}-{'-'.join(s)}") for s in settings]
    return found


EXCHANGES = [name for name, policy in POLICIES.items() if policy.shape == "exchange"]
METHODS = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"]


@pytest.mark.parametrize("name", EXCHANGES)
def test_it_holds_for_the_stated_methods(trial: Trial, name: str) -> None:
    term = POLICIES[name].http_methods
    tried = {m: FarEnd(failures=1, method=m, retry_after="7") for m in METHODS}
    retried = {m for m, far_end in tried.items() if tries(trial, name, far_end, {})}
    assert retried == set(term.default if term else METHODS)


@pytest.mark.parametrize("name", [n for n in EXCHANGES if POLICIES[n].http_methods])
def test_it_holds_for_the_given_methods(trial: Trial, name: str) -> None:
    term = POLICIES[name].http_methods
    assert term is not None and term.kind == "methods"
    for method in ("POST", "GET"):
        far_end = FarEnd(failures=1, method=method, retry_after="7")
        assert tries(trial, name, far_end, {term.name: ["POST"]}) is (method == "POST")


@pytest.mark.parametrize("name", sorted({p.values[0] for p in by_status()}))
def test_every_flag_that_decides_on_a_status_is_stated(trial: Trial, name: str) -> None:
    def retried(given: Settings) -> set[int]:
        ends = {s: FarEnd(status=s, retry_after="7", failures=1) for s in STATUSES}
        return {s for s, far_end in ends.items() if tries(trial, name, far_end, given)}

    policy, usual = POLICIES[name], retried({})
    stated = {t.name if t.kind == "switch" else t.switch for t in policy.retry}
    stated |= {policy.retry_after_switch.name} if policy.retry_after_switch else set()
    flags = {n for n, p in parameters_of(name).items() if p.default is True}
    assert {flag for flag in flags if retried({flag: False}) != usual} <= stated
    assert stated - {""} <= flags


@pytest.mark.parametrize("header", ["", "7"])
@pytest.mark.parametrize(("name", "given"), by_status())
def test_it_retries_the_stated_statuses(
    trial: Trial, name: str, given: Settings, header: str
) -> None:
    policy = POLICIES[name]
    # The list that the others are given is not the policy's own default.
    defaults = {t.name: None for t in policy.retry if t.name in REQUIRED.get(name, {})}
    settings = {**defaults, **given}
    retried = {
        status
        for status in STATUSES
        if tries(trial, name, FarEnd(status=status, retry_after=header, failures=1), settings)
    }
    assert retried == {s for s in STATUSES if is_retried(policy, s, bool(header), settings)}
