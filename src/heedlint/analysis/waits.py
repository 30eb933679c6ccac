"""How long a retry policy waits after an error: its wait, jitter and `before_sleep`."""

from __future__ import annotations

import libcst as cst

from heedlint.analysis.constants import bound_value, constant, elements
from heedlint.analysis.names import argument, dotted
from heedlint.analysis.policy_uses import PolicyUse
from heedlint.analysis.predicates import Ending, Predicates, given_to, state_of
from heedlint.analysis.replay.expressions import SHORT_CAP
from heedlint.analysis.replay.invocations import only_says
from heedlint.analysis.replay.values import DOUBTS, Opaque, Path, Taint, Value, shortened, taints
from heedlint.analysis.retries import Delay, Wait, delay_of_values, most_heedful
from heedlint.analysis.roles import Roles
from heedlint.analysis.tree import walk_scope
from heedlint.clients.model import VOCABULARY, RetryTerm

_DEPTH = 6
_KINDS = {
    "none": Delay.NONE,
    "fixed": Delay.FIXED,
    "random": Delay.OWN,
    "exponential": Delay.GROWING,
    "retry-after": Delay.RETRY_AFTER,
}
_UNKNOWN = Wait(Delay.UNKNOWN)


class Waits:
    """Tells what the delays of policies depend on."""

    def __init__(self, roles: Roles, predicates: Predicates) -> None:
        self.names = roles.names
        self.predicates = predicates
        self.vocabulary = roles.origins.knowledge.retry_waits
        self.jitters = roles.origins.knowledge.retry_jitters

    def wait(self, use: PolicyUse, ending: Ending) -> tuple[Wait, cst.Arg | None]:
        """The wait of a policy after an ending, and the argument that decides it."""
        policy = use.policy
        if policy.honours_retry_after:
            switch = use.argument(policy.retry_after_switch)
            if switch is None or constant(switch.value, self.names) is True:
                cap = use.argument(policy.retry_after_cap)
                return Wait(Delay.RETRY_AFTER, self._short(cap)), cap
            off = constant(switch.value, self.names) is False
            return Wait(Delay.SWITCHED_OFF if off else Delay.UNKNOWN), switch
        found, decided_by = self._stated(use, ending)
        before = self._before_sleep(use, ending)
        return Wait(most_heedful([found.delay, before]), found.shortened_by), decided_by

    def _short(self, cap: cst.Arg | None) -> cst.Arg | None:
        """A cap on the header's seconds that cuts off what servers really ask for."""
        seconds = constant(cap.value, self.names) if cap is not None else None
        short = isinstance(seconds, (int, float)) and 0 < seconds < SHORT_CAP
        return cap if short else None

    def _stated(self, use: PolicyUse, ending: Ending) -> tuple[Wait, cst.Arg | None]:
        for term in use.policy.waits:
            given, value = use.argument(term.parameter), use.value(term.parameter)
            if term.kind == "none-if-false":
                if given is not None and constant(given.value, self.names) is False:
                    return Wait(Delay.NONE), given
                continue
            if given is None or value is None or constant(value, self.names) in (None, False):
                continue
            if term.kind == VOCABULARY:
                found = self._expression(given.value, ending, use, 0)
                return self._jittered(found, use), given
            return Wait(_KINDS.get(term.kind, Delay.UNKNOWN)), given
        if any(use.is_hidden(term.parameter) for term in use.policy.waits):
            return _UNKNOWN, None
        return Wait(_KINDS.get(use.policy.default_wait, Delay.UNKNOWN)), None

    def _expression(
        self, node: cst.BaseExpression, ending: Ending, use: PolicyUse, depth: int
    ) -> Wait:
        """What an expression of the library's waits says."""
        if depth > _DEPTH:
            return _UNKNOWN
        match node:
            case cst.BinaryOperation(left=left, right=right):
                sides = [self._expression(s, ending, use, depth + 1) for s in (left, right)]
                return _most_heedful(sides)
            case cst.Call(func=func, args=args):
                term = self.vocabulary.get(self.names.qualified(func))
                if term is not None and term.kind in ("chain", "sum"):
                    inner = [i for a in args for i in self._parts(a.value)]
                    return _most_heedful(
                        [self._expression(i, ending, use, depth + 1) for i in inner]
                    )
                if term is not None and term.kind == "retry-after" and term.parameter is not None:
                    cap = argument(node, term.parameter.name, term.parameter.position)
                    return Wait(Delay.RETRY_AFTER, self._short(cap))
                if term is not None:
                    return self._term(term, given_to(term, node), ending, use)
                returned = self.names.definition(func)
                if isinstance(returned, cst.FunctionDef):
                    sides = [
                        self._expression(r, ending, use, depth + 1)
                        for r in self.names.returns(returned)
                    ]
                    return _most_heedful(sides) if sides else _UNKNOWN
            case cst.Name() | cst.Attribute():
                term = self.vocabulary.get(self.names.qualified(node))
                if term is not None:
                    return self._term(term, use.value(term.parameter), ending, use)
                bound = bound_value(node, self.names)
                if bound is not None and not isinstance(bound, cst.Lambda):
                    return self._expression(bound, ending, use, depth + 1)
        return self._own(node, ending, use)

    def _parts(self, node: cst.BaseExpression) -> list[cst.BaseExpression]:
        """The waits of a list: written out, added up, or made by a comprehension."""
        match node:
            case cst.BinaryOperation(left=left, operator=cst.Add(), right=right):
                parts = (self._parts(left), self._parts(right))
                is_list = any(isinstance(side, (cst.List, cst.ListComp)) for side in (left, right))
                return [*parts[0], *parts[1]] if is_list else [node]
            case cst.ListComp(elt=element):
                return [element]
        return elements(node, self.names) or [node]

    def _term(
        self, term: RetryTerm, given: cst.BaseExpression | None, ending: Ending, use: PolicyUse
    ) -> Wait:
        if term.kind in _KINDS:
            return Wait(_KINDS[term.kind])
        if given is None:
            return _UNKNOWN
        if term.kind == "of-error":
            return self._computed(given, ending, ending.value)
        return self._own(given, ending, use) if term.kind == "of-state" else _UNKNOWN

    def _own(self, node: cst.BaseExpression, ending: Ending, use: PolicyUse) -> Wait:
        """A wait of the program's own: a callable of the library's state, or a generator."""
        function = self.names.definition(node)
        yields = isinstance(function, cst.FunctionDef) and any(
            isinstance(inner, cst.Yield) for inner in walk_scope(function.body)
        )
        if yields and isinstance(function, cst.FunctionDef):
            return Wait(Delay.UNKNOWN if _is_sent_to(function) else Delay.GROWING)
        state = state_of(use.profile, ending)
        return self._computed(node, ending, state) if state is not None else _UNKNOWN

    def _computed(self, given: cst.BaseExpression, ending: Ending, value: Value) -> Wait:
        """The wait that a callable of the file computes."""
        paths = self.predicates.applied(given, ending, value)
        if not paths:
            return _UNKNOWN
        delays = [_delay(path, path.value) for path in paths if path.value is not None]
        cuts = shortened(path.value for path in paths if path.value is not None)
        return Wait(most_heedful(delays) if delays else Delay.UNKNOWN, next(cuts, None))

    def _before_sleep(self, use: PolicyUse, ending: Ending) -> Delay:
        """The wait of a callable that runs before the policy's own."""
        given = use.value(use.policy.before_sleep)
        state = state_of(use.profile, ending)
        if given is None or state is None:
            return Delay.NONE
        delays: list[Delay] = []
        for callback in elements(given, self.names) or [given]:
            paths = self.predicates.applied(callback, ending, state)
            made = callback.func if isinstance(callback, cst.Call) else callback
            if paths is None and not only_says(dotted(made)):
                delays.append(Delay.UNKNOWN)  # it sees the error, and may sleep
            delays += [_delay(path, *path.delays) for path in paths or [] if path.delays]
        return most_heedful(delays)

    def _jittered(self, wait: Wait, use: PolicyUse) -> Wait:
        """The wait after the policy's jitter, which may cut short what the header says."""
        jitter = use.policy.jitter
        if wait.delay is not Delay.RETRY_AFTER or jitter is None:
            return wait
        given = use.argument(jitter.parameter)
        if given is None:
            name = jitter.default[0] if jitter.default else ""
        elif constant(given.value, self.names) is None:
            return wait
        else:
            name = self.names.qualified(given.value)
        term = self.jitters.get(name)
        if term is None or term.kind != "shortens":
            return wait
        return Wait(wait.delay, given or use.node)


def _most_heedful(waits: list[Wait]) -> Wait:
    cuts = [wait.shortened_by for wait in waits if wait.shortened_by is not None]
    return Wait(most_heedful([wait.delay for wait in waits]), cuts[0] if cuts else None)


def _delay(path: Path, *values: Value) -> Delay:
    """What a wait of these values, after a path, depends on."""
    found = taints(Opaque(frozenset(t for v in values for t in taints(v))))
    if Taint.RETRY_AFTER in found:
        return Delay.RETRY_AFTER
    if found & DOUBTS or path.helped or not path.proven:
        return Delay.UNKNOWN
    return delay_of_values(values)


def _is_sent_to(function: cst.FunctionDef) -> bool:
    """Whether a generator uses what is sent to it: the error, in backoff."""
    return any(
        isinstance(node, (cst.Assign, cst.NamedExpr, cst.AnnAssign))
        and isinstance(node.value, cst.Yield)
        for node in walk_scope(function.body)
    )
