"""What tenacity, backoff, stamina and retrying have of their own, as their profiles state it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import backoff
import pytest
import retrying
import stamina
import tenacity
from tenacity import Retrying

from clients.retry_far_end import HIGHEST, LOWEST, FarEnd, seconds_asked, timeless
from clients.retry_runs import POLICIES, PROFILES, caller_arguments, run

TENACITY = PROFILES["tenacity"]
RETRIED, NOT = 3, 1
T = tenacity


# --- tenacity


def attempts(predicate: Any, outcome: Callable[[], object]) -> int:
    """How often a function is called that always ends alike, of three times at most."""
    calls = []

    def function() -> object:
        calls.append(1)
        return outcome()

    controller = Retrying(retry=predicate, stop=tenacity.stop_after_attempt(RETRIED))
    with contextlib.suppress(tenacity.RetryError, KeyError, ValueError):
        controller(function)
    return len(calls)


def fail(error: Exception) -> Callable[[], object]:
    def function() -> object:
        raise error

    return function


def caused() -> object:
    raise ValueError("outer") from KeyError("inner")


PREDICATES = [
    ("types", T.retry_if_exception_type(KeyError), RETRIED, NOT, NOT),
    ("not-types", T.retry_if_not_exception_type(KeyError), NOT, RETRIED, NOT),
    ("unless-types", T.retry_unless_exception_type(KeyError), NOT, RETRIED, RETRIED),
    ("callable", T.retry_if_exception(lambda e: isinstance(e, KeyError)), RETRIED, NOT, NOT),
    ("message", T.retry_if_exception_message("'k'"), RETRIED, NOT, NOT),
    ("message", T.retry_if_exception_message(match="'k"), RETRIED, NOT, NOT),
    ("not-message", T.retry_if_not_exception_message("'k'"), NOT, RETRIED, RETRIED),
    ("result", T.retry_if_result(lambda r: r == 1), NOT, NOT, RETRIED),
    ("not-result", T.retry_if_not_result(lambda r: r == 2), NOT, NOT, RETRIED),
    ("always", T.retry_always, RETRIED, RETRIED, RETRIED),
    ("never", T.retry_never, NOT, NOT, NOT),
    ("cause-types", T.retry_if_exception_cause_type(KeyError), NOT, NOT, NOT),
    ("any", T.retry_any(T.retry_never, T.retry_always), RETRIED, RETRIED, RETRIED),
    ("all", T.retry_all(T.retry_never, T.retry_always), NOT, NOT, NOT),
]


def name_of(term: object) -> str:
    return f"tenacity.{type(term).__name__.removeprefix('_')}"


@pytest.mark.parametrize(
    ("kind", "predicate", "key_error", "value_error", "result"),
    PREDICATES,
    ids=[f"{kind}-{number}" for number, (kind, *_) in enumerate(PREDICATES)],
)
def test_a_predicate_does_what_its_kind_says(
    kind: str, predicate: Any, key_error: int, value_error: int, result: int
) -> None:
    assert TENACITY.predicates[name_of(predicate)].kind == kind
    assert attempts(predicate, fail(KeyError("k"))) == key_error
    assert attempts(predicate, fail(ValueError("v"))) == value_error
    assert attempts(predicate, lambda: 1) == result


def test_every_predicate_is_tried() -> None:
    assert {name_of(predicate) for _, predicate, *_ in PREDICATES} == set(TENACITY.predicates)


def test_a_cause_is_what_raise_from_names() -> None:
    assert attempts(T.retry_if_exception_cause_type(KeyError), caused) == RETRIED


def ringing() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


# Each ends after the stated number of calls, of a function that fails sixty times.
STOPS = [
    ("attempts", T.stop_after_attempt(3), 3),
    ("time", T.stop_after_delay(0), 1),
    ("time", T.stop_before_delay(0), 1),
    ("event", T.stop_when_event_set(ringing()), 1),
    ("any", T.stop_any(T.stop_after_attempt(3), T.stop_after_attempt(2)), 2),
    ("all", T.stop_all(T.stop_after_attempt(3), T.stop_after_attempt(2)), 3),
    ("never", T.stop_never, 61),
]


@pytest.mark.parametrize(("kind", "stop", "calls"), STOPS)
def test_a_stop_does_what_its_kind_says(kind: str, stop: Any, calls: int) -> None:
    assert TENACITY.stops[name_of(stop)].kind == kind
    assert run("tenacity.Retrying", FarEnd(failures=60), {"stop": stop}).calls == calls


def test_every_stop_is_tried() -> None:
    assert {name_of(stop) for _, stop, _ in STOPS} == set(TENACITY.stops)


@pytest.mark.parametrize("delay", [T.stop_after_delay, T.stop_before_delay])
def test_a_stop_by_time_goes_on_while_there_is_time(delay: Any) -> None:
    assert run("tenacity.Retrying", FarEnd(failures=3), {"stop": delay(3600)}).succeeded


def test_before_a_delay_means_before_the_sleep() -> None:
    settings = {"wait": T.wait_fixed(60), "stop": T.stop_before_delay(60)}
    assert run("tenacity.Retrying", FarEnd(), settings).calls == 1


def members(name: str, kind: str) -> list[str]:
    found = [member for member, stated in POLICIES[name].members.items() if stated == kind]
    assert found
    return found


def test_a_tenacity_object_makes_decorated_functions() -> None:
    for name in members("tenacity.Retrying", "wrap"):
        far_end = FarEnd()
        wrapped = getattr(Retrying(stop=T.stop_after_attempt(3), reraise=True), name)(far_end.call)
        assert far_end.calls == 0
        with pytest.raises(Exception, match="429"):
            wrapped()
        assert far_end.calls == 3


def test_the_call_of_old_versions_is_gone() -> None:
    assert not hasattr(Retrying, "call")
    assert "call" not in POLICIES["tenacity.Retrying"].members


# --- backoff


def runtime(**settings: Any) -> dict[str, Any]:
    given = {"wait_gen": backoff.runtime, "value": lambda error: seconds_asked(error.response)}
    return {**given, **settings}


BACKOFF = "backoff.on_exception"


def test_the_default_jitter_of_backoff_cuts_the_header_short() -> None:
    waits = [
        run(BACKOFF, FarEnd(failures=1, retry_after="7"), runtime(), dice).waits[0]
        for dice in (LOWEST, 0.5, HIGHEST)
    ]
    assert waits == [0, 3.5, 7]
    jitter = POLICIES[BACKOFF].jitter
    assert jitter is not None
    (default,) = jitter.default
    assert PROFILES["backoff"].jitters[default].kind == "shortens"


@pytest.mark.parametrize("jitter", PROFILES["backoff"].jitters.values(), ids=lambda j: j.name)
def test_a_jitter_does_what_its_kind_says(jitter: Any) -> None:
    found = getattr(backoff, jitter.name.rpartition(".")[2])
    given = runtime(jitter=found)
    low, high = (
        run(BACKOFF, FarEnd(failures=1, retry_after="7"), given, dice).waits[0]
        for dice in (0.01, 0.99)
    )
    assert low < high
    assert jitter.kind == ("lengthens" if low >= 7 else "shortens")
    assert (high <= 7) is (jitter.kind == "shortens")


def test_no_time_to_wait_cuts_the_header_short_too() -> None:
    given = runtime(jitter=None, max_time=5)
    (wait, *_) = run(BACKOFF, FarEnd(failures=1, retry_after="7"), given).waits
    assert wait < 7


@pytest.mark.parametrize("result", [None, 0, ""])
def test_without_a_predicate_whatever_is_false_is_retried(result: object) -> None:
    calls = []

    @backoff.on_predicate(backoff.constant, max_tries=3)
    def function() -> object:
        calls.append(1)
        return result

    with timeless(LOWEST):
        function()
    assert len(calls) == 3


def test_a_wait_of_backoff_is_told_the_result() -> None:
    settings = {
        "wait_gen": backoff.runtime,
        "value": seconds_asked,
        "jitter": None,
    }
    trace = run("backoff.on_predicate", FarEnd(failures=2, retry_after="7"), settings)
    assert trace.waits == [7, 7]


# --- stamina


STAMINA = [name for name in POLICIES if name.startswith("stamina.")]


@pytest.mark.parametrize("wait", [7, 7.0, timedelta(seconds=7)])
@pytest.mark.parametrize("name", STAMINA)
def test_a_hook_may_say_how_long(name: str, wait: object) -> None:
    assert run(name, FarEnd(failures=2), {"on": lambda error: wait}).waits == [7, 7]


@pytest.mark.parametrize("name", STAMINA)
def test_a_hook_that_says_yes_leaves_the_wait_to_stamina(name: str) -> None:
    usual = run(name, FarEnd(failures=2))
    assert run(name, FarEnd(failures=2), {"on": lambda error: True}) == usual


@pytest.mark.parametrize("name", [n for n in STAMINA if POLICIES[n].called_with])
def test_a_caller_is_bound_to_its_condition(name: str) -> None:
    for member in members(name, "bind"):
        caller: Any = getattr(stamina, name.rpartition(".")[2])(attempts=3)
        bound: Any = getattr(caller, member)(KeyError)
        for error, calls in ((KeyError("k"), 3), (ValueError("v"), 1)):
            far_end = FarEnd(error=error)
            with timeless(HIGHEST), pytest.raises(type(error)):
                if "Async" in name:
                    asyncio.run(bound(far_end.acall))
                else:
                    bound(far_end.call)
            assert far_end.calls == calls


def test_a_caller_hands_the_other_arguments_on() -> None:
    arguments = caller_arguments("stamina.RetryingCaller", KeyError, "{}-{x}".format)
    caller: Any = stamina.RetryingCaller()
    assert caller(*arguments, 1, x=2) == "1-2"


# --- retrying


RETRYING = "retrying.retry"


def test_retrying_counts_its_times_in_milliseconds() -> None:
    assert run(RETRYING, FarEnd(failures=2), {"wait_fixed": 7000}).waits == [7, 7]


def test_a_wait_function_sees_no_error() -> None:
    seen: list[Any] = []

    def wait(*arguments: Any) -> int:
        seen.extend(arguments)
        return 7000

    trace = run(RETRYING, FarEnd(failures=2), {"wait_func": wait, "wait_fixed": 1000})
    assert trace.waits == [7, 7]
    assert {type(argument) for argument in seen} == {int}


def test_a_name_in_wait_goes_before_the_keywords() -> None:
    settings = {"wait": "fixed_sleep", "wait_exponential_multiplier": 60_000}
    low, high = (
        run(RETRYING, FarEnd(failures=4), settings, dice).waits for dice in (LOWEST, HIGHEST)
    )
    assert low == high and len(set(low)) == 1


def test_a_stop_function_goes_before_the_keywords() -> None:
    settings = {"stop_func": lambda attempts, delay: attempts == 4, "stop_max_attempt_number": 2}
    assert run(RETRYING, FarEnd(), settings).calls == 4


def test_a_name_in_stop_goes_before_the_keywords() -> None:
    settings = {"stop": "stop_after_attempt", "stop_max_delay": 0}
    assert 1 < run(RETRYING, FarEnd(), settings).calls < 61
    kinds = {s.name: s.kind for s in POLICIES[RETRYING].stops}
    assert (kinds["stop"], kinds["stop_func"]) == ("callable", "callable")


def test_a_number_of_the_condition_is_no_wait() -> None:
    trace = run(RETRYING, FarEnd(failures=2), {"retry_on_exception": lambda error: 7})
    assert (trace.calls, trace.waits) == (3, [0, 0])


def test_a_class_alone_is_no_condition_of_retrying() -> None:
    with pytest.raises(TypeError):
        run(RETRYING, FarEnd(error=KeyError("k")), {"retry_on_exception": KeyError})


def test_a_retrying_object_calls() -> None:
    for name in members("retrying.Retrying", "call"):
        far_end = FarEnd()
        with pytest.raises(Exception, match="429"):
            getattr(retrying.Retrying(stop_max_attempt_number=3), name)(far_end.call)
        assert far_end.calls == 3
