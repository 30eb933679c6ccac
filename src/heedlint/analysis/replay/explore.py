"""Runs a round, a function or an expression on machines until every way through it was taken."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import libcst as cst

from heedlint.analysis.replay.machine import Machine
from heedlint.analysis.replay.state import Again, Break, Continue, Raise, Return, Stop, truth_of
from heedlint.analysis.replay.values import FREE, Known, Outcome, Path, Value

_MOST_PATHS = 48
_MOST_STEPS_IN_ALL = 12_000


def explore(
    make: Callable[[tuple[bool, ...]], Machine], run: Callable[[Machine], Path]
) -> list[Path]:
    """Runs until every undecided way was taken, or the most paths; an empty list if it gave up."""
    paths: list[Path] = []
    script: tuple[bool, ...] = ()
    steps = 0
    while len(paths) < _MOST_PATHS:
        machine = make(script)
        try:
            paths.append(run(machine))
        except (Stop, RecursionError):
            return []
        steps += machine.steps
        if steps > _MOST_STEPS_IN_ALL:
            return []
        taken = machine.taken
        while taken and not taken[-1]:
            taken.pop()
        if not taken:
            return paths
        script = (*taken[:-1], False)
    return paths


def ended(machine: Machine, outcome: Outcome, value: Value | None = None) -> Path:
    """The path that a machine has just gone."""
    return Path(
        outcome=outcome,
        doubts=frozenset(machine.doubts),
        delays=tuple(machine.delays),
        decisions=tuple(machine.decisions),
        sender=machine.sender,
        helped=machine.helped,
        acted=machine.acted,
        consulted=frozenset(machine.looks),
        verdicts=frozenset(machine.verdicts),
        value=value,
        failed=machine.failed,
        changed=frozenset(machine.assigned),
        sleeps=tuple(machine.sleeps),
        caught=machine.caught,
        mutated=frozenset(machine.mutated),
        renewed=machine.renewed,
        passed=machine.passed,
        went_on=machine.went_on,
    )


def run_round(machine: Machine, loop: cst.For | cst.While) -> Path:
    """Runs one round of a loop: a round that comes to its end is followed by another."""
    sure = False
    try:
        with suppress(Continue):
            machine.run(loop.body)
        # Where the test cannot be told, another round may follow: after an error as without one.
        if isinstance(loop, cst.While):
            tested = machine.evaluate(loop.test)
            sure = isinstance(tested, Known) and tested.of_error
            if truth_of(tested) is False:
                return ended(machine, Outcome.LEFT)
    except Raise as raised:
        return ended(machine, Outcome.RAISED, raised.value)
    except Return as returned:
        return ended(machine, Outcome.LEFT, returned.value)
    except Break:
        return ended(machine, Outcome.LEFT)
    except Again:
        pass
    return replace(ended(machine, Outcome.RETRIED), sure=sure)


def run_function(machine: Machine, body: cst.BaseSuite) -> Path:
    """Runs a function's body: what it raises leaves it, a call of itself tries again."""
    try:
        machine.run(body)
    except Raise as raised:
        return ended(machine, Outcome.RAISED, raised.value)
    except Again:
        return ended(machine, Outcome.RETRIED)
    except (Return, Break, Continue) as left:
        return ended(machine, Outcome.LEFT, getattr(left, "value", None))
    return ended(machine, Outcome.LEFT)


def run_expression(machine: Machine, compute: Callable[[Machine], Value]) -> Path:
    """Evaluates something that may raise."""
    try:
        return ended(machine, Outcome.LEFT, compute(machine))
    except Raise as raised:
        return ended(machine, Outcome.RAISED, raised.value)
    except (Again, Return, Break, Continue):
        return ended(machine, Outcome.LEFT, FREE)
