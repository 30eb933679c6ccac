"""What a retry policy says of an error: its conditions, read through the library's profile."""

from __future__ import annotations

from dataclasses import dataclass, replace

import libcst as cst

from heedlint.analysis.constants import Unknown, bound_value, constant, elements
from heedlint.analysis.names import argument
from heedlint.analysis.policy_uses import PolicyUse
from heedlint.analysis.replay.explore import explore, run_expression
from heedlint.analysis.replay.machine import Machine
from heedlint.analysis.replay.state import truth_of
from heedlint.analysis.replay.values import (
    DOUBTS,
    NONE,
    CallState,
    Decision,
    Fault,
    Items,
    Known,
    Outcome,
    Part,
    Path,
    Raised,
    Taint,
    Value,
    taints,
)
from heedlint.analysis.retries import Delay, deciding, delay_of_values, most_heedful
from heedlint.analysis.roles import Roles
from heedlint.clients.model import VOCABULARY, Parameter, RetryProfile, RetryTerm

_DEPTH = 6


@dataclass(frozen=True)
class Verdict:
    """What a condition says of an error: None where that is unknown; and what decided.

    `delay` is what a condition that also tells how long to wait says of that, `term` the parameter
    of the policy that decided; `certain` that it says so each time.
    """

    retried: bool | None
    element: cst.CSTNode | None = None
    broad: bool = True
    delay: Delay | None = None
    term: RetryTerm | None = None
    certain: bool = True

    @property
    def decision(self) -> Decision | None:
        """The verdict as a condition that the error went through."""
        if self.element is None:
            return None
        return Decision(self.element, self.element, self.broad, bool(self.retried))


_UNKNOWN = Verdict(None)
_NO = Verdict(False)


@dataclass(frozen=True, eq=False)
class Ending:
    """How a failed call leaves the body: the exception raised, or the value returned.

    What is `final` leaves the policy's loop as well.
    """

    value: Value
    returned: bool = False
    final: bool = False

    @property
    def fault(self) -> Fault | None:
        """The documented error that it is made of, where it still shows."""
        return self.value.fault if isinstance(self.value, Part) else None


class Predicates:
    """Applies the conditions of policies to errors."""

    def __init__(self, roles: Roles) -> None:
        self.roles = roles
        self.names = roles.names
        self.vocabulary = roles.origins.knowledge.retry_predicates

    def verdict(self, use: PolicyUse, ending: Ending) -> Verdict:
        """Whether a policy tries again after an ending."""
        if ending.final:
            return _NO
        policy = use.policy
        conditions = use.conditions
        alone = [(term, given) for term, given in conditions if term.replaces and given is not None]
        taken = joined(
            [
                replace(self._condition(term, given, ending, use), term=term)
                for term, given in alone or conditions
            ],
            any_of=True,
        )
        if taken.retried is False:
            return taken
        for term in policy.unless:
            refused = self._condition(term, use.value(term.parameter), ending, use)
            if refused.retried:
                return Verdict(False, refused.element, refused.broad)
            if refused.retried is None:
                return _UNKNOWN
            if refused.element is not None and not refused.broad:
                taken = replace(taken, element=refused.element)
        if taken.retried and not self._is_given(use):
            return _UNKNOWN
        return taken

    @staticmethod
    def _is_given(use: PolicyUse) -> bool:
        """Whether a policy's own conditions are there to be seen, beside `**kwargs`."""
        given = any(use.argument(term.parameter) is not None for term in use.policy.retry)
        return given or not use.has_unknown_arguments

    # One condition

    def _condition(
        self, term: RetryTerm, given: cst.BaseExpression | None, ending: Ending, use: PolicyUse
    ) -> Verdict:
        if term.kind == VOCABULARY:
            if given is not None:
                return self._expression(given, ending, use, 0)
            found = self.vocabulary.get(term.default[0]) if term.default else None
            return self._term(found, None, use.node, ending, use) if found else _NO
        if given is None and not term.default and not term.statuses:
            return _NO
        if term.switch and constant(use.value(Parameter(term.switch)), self.names) is False:
            return _NO
        return self._term(term, given, use.node, ending, use)

    def _expression(
        self, node: cst.BaseExpression, ending: Ending, use: PolicyUse, depth: int
    ) -> Verdict:
        """What an expression of the library's predicates says."""
        if depth > _DEPTH:
            return _UNKNOWN
        match node:
            case cst.BinaryOperation(
                left=left, operator=cst.BitOr() | cst.BitAnd() as operator, right=right
            ):
                sides = [self._expression(s, ending, use, depth + 1) for s in (left, right)]
                return joined(sides, any_of=isinstance(operator, cst.BitOr))
            case cst.Call(func=func):
                term = self.vocabulary.get(self.names.qualified(func))
                if term is not None and term.kind in ("any", "all"):
                    parts = [
                        i for a in node.args for i in (elements(a.value, self.names) or [a.value])
                    ]
                    found = [self._expression(p, ending, use, depth + 1) for p in parts]
                    return joined(found, any_of=term.kind == "any")
                if term is not None:
                    return self._term(term, given_to(term, node), node, ending, use)
            case cst.Name() | cst.Attribute():
                term = self.vocabulary.get(self.names.qualified(node))
                if term is not None:
                    return self._term(term, None, use.node, ending, use)
                bound = bound_value(node, self.names)
                if bound is not None and not isinstance(bound, cst.Lambda):
                    return self._expression(bound, ending, use, depth + 1)
        state = state_of(use.profile, ending)
        return self._called(node, state, ending) if state is not None else _UNKNOWN

    def _term(
        self,
        term: RetryTerm,
        given: cst.BaseExpression | None,
        where: cst.CSTNode,
        ending: Ending,
        use: PolicyUse,
    ) -> Verdict:
        of_result = term.kind in ("result", "not-result")
        if term.kind == "always" or (
            ending.returned and term.kind in ("unless-types", "not-message")
        ):
            return Verdict(True, where)
        if use.policy.shape == "call" and of_result is not ending.returned:
            return _NO
        match term.kind:
            case "types":
                return self._types(term, given, ending.value, where)
            case "not-types" | "unless-types":
                return opposite(self._types(term, given, ending.value, where), where)
            case "types-or-callable":
                if given is None or self._names_classes(given):
                    return self._types(term, given, ending.value, where)
                return self._called(given, ending.value, ending, tells_delay=True)
            case "result" if given is None and term.default == ("operator.not_",):
                truth = truth_of(ending.value)
                return Verdict(None if truth is None else not truth, where)
            case "callable" | "result" if given is not None:
                return self._called(given, ending.value, ending)
            case "not-result" if given is not None:
                return opposite(self._called(given, ending.value, ending), where)
            case "statuses" | "switch":
                return self._statuses(term, given, ending, where)
        return _NO if term.kind == "never" else _UNKNOWN

    # Kinds of conditions

    def machine(self, value: Value, script: tuple[bool, ...] = ()) -> Machine:
        """A machine that runs what a library calls after the failure."""
        fault = value.fault if isinstance(value, Part) else None
        return Machine(self.roles, fault, None, script, failed=True)

    def _names_classes(self, given: cst.BaseExpression) -> bool:
        known = self.roles.origins.knowledge.names
        items = elements(given, self.names)
        if items is not None:
            return True
        definition = self.names.definition(given)
        name = self.names.qualified(given)
        return isinstance(definition, cst.ClassDef) or known.is_exception(name)

    def _types(
        self,
        term: RetryTerm,
        given: cst.BaseExpression | None,
        value: Value,
        where: cst.CSTNode,
    ) -> Verdict:
        machine = self.machine(value)
        if given is None:
            found_all = [machine.is_of_class(value, name) for name in term.default]
            if any(found_all):
                return Verdict(True, where)
            return _UNKNOWN if None in found_all else _NO
        found = machine.matches(value, given)
        if found is None:
            return _UNKNOWN
        element, holds = found
        return Verdict(holds, element or where, machine.is_broad(element))

    def _statuses(
        self,
        term: RetryTerm,
        given: cst.BaseExpression | None,
        ending: Ending,
        where: cst.CSTNode,
    ) -> Verdict:
        fault = ending.fault
        if fault is None or not self._shows_status(term, ending):
            return _NO if isinstance(ending.value, Raised) else _UNKNOWN
        status = fault.error.status
        if term.kind == "switch":
            on = constant(given, self.names) if given is not None else "on" in term.default
            if isinstance(on, Unknown):
                return _UNKNOWN
            return Verdict(bool(on) and status in term.statuses, where)
        if given is None:
            return Verdict(status in term.statuses, where)
        items = self.machine(ending.value).evaluate(given)
        if isinstance(items, Known) and isinstance(items.value, int):
            items = Items((items,), (given,))
        if not isinstance(items, Items):
            return _UNKNOWN
        for index, item in enumerate(items.values):
            if isinstance(item, Known) and item.value == status:
                named = index < len(items.nodes)
                return Verdict(True, items.nodes[index] if named else given, not named)
        certain = all(isinstance(item, Known) for item in items.values)
        return Verdict(False, where) if certain else _UNKNOWN

    def _shows_status(self, term: RetryTerm, ending: Ending) -> bool:
        fault = ending.fault
        if fault is None or ending.returned or not term.classes:
            return fault is not None
        known = self.roles.origins.knowledge.names
        return any(known.is_subclass(fault.exception, klass) for klass in term.classes)

    def _called(
        self,
        given: cst.BaseExpression,
        value: Value,
        ending: Ending,
        *,
        tells_delay: bool = False,
    ) -> Verdict:
        """What a callable of the program says when it is called with the error, or the state."""
        paths = self.applied(given, ending, value)
        if not paths:
            return _UNKNOWN
        certain = all(p.value is not None and truth_of(p.value) for p in paths)
        told = _told_delay(paths) if tells_delay else None
        for path in paths:
            if path.proven and path.outcome is Outcome.LEFT and path.value is not None:
                truth = truth_of(path.value)
                doubt = taints(path.value) & {Taint.MESSAGE, Taint.ERROR}
                if truth or (truth is None and not doubt):
                    decision = deciding(path.decisions)
                    if decision is not None:
                        return Verdict(
                            True, decision.element, decision.broad, told, certain=certain
                        )
                    return Verdict(True, given, delay=told, certain=certain)
        if all(p.proven and p.value is not None and truth_of(p.value) is False for p in paths):
            decision = deciding(paths[0].decisions)
            return Verdict(False, decision.element if decision else None)
        return _UNKNOWN

    def applied(
        self, given: cst.BaseExpression, ending: Ending, *values: Value
    ) -> list[Path] | None:
        """The ways through a callable of the file, called with values; None for any other.

        A function, a lambda, `functools.partial` of one, an object whose class has `__call__`.
        """
        named: dict[str, cst.BaseExpression] = {}
        match given:
            case cst.Call(func=func, args=[first, *rest]) if self.names.qualified(
                func
            ) == "functools.partial" and all(arg.keyword is not None for arg in rest):
                given = first.value
                named = {arg.keyword.value: arg.value for arg in rest if arg.keyword}
        function = self._function(given)
        if function is None:
            return None
        return explore(
            lambda script: self.machine(ending.value, script),
            lambda machine: run_expression(
                machine, lambda m: m.apply(function, list(values), named)
            ),
        )

    def _function(self, given: cst.BaseExpression) -> cst.FunctionDef | cst.Lambda | None:
        if isinstance(given, cst.Lambda):
            return given
        definition = self.names.definition(given)
        if isinstance(definition, (cst.FunctionDef, cst.Lambda)):
            return definition
        made = given if isinstance(given, cst.Call) else bound_value(given, self.names)
        if isinstance(made, cst.Call):
            klass = self.names.definition(made.func)
            for node in klass.body.body if isinstance(klass, cst.ClassDef) else ():
                if isinstance(node, cst.FunctionDef) and node.name.value == "__call__":
                    return node
        return made if isinstance(made, cst.Lambda) else None


def state_of(profile: RetryProfile, ending: Ending) -> CallState | None:
    """What the library tells its callables, where its profile says how."""
    if not profile.state_exception:
        return None
    if not ending.returned:
        return CallState(((profile.state_exception, ending.value),))
    ways = [(profile.state_exception, NONE), (profile.state_result, ending.value)]
    return CallState(tuple((way, value) for way, value in ways if way))


def given_to(term: RetryTerm, call: cst.Call) -> cst.BaseExpression | None:
    """What a term of the vocabulary is given."""
    if term.parameter is None:
        return None
    found = argument(call, term.parameter.name, term.parameter.position)
    return found.value if found is not None else None


def joined(parts: list[Verdict], *, any_of: bool) -> Verdict:
    """The verdict of several conditions of which any, or all, must hold."""
    decided = [part for part in parts if part.retried is any_of]
    if decided:
        named = [part for part in decided if not part.broad]
        return (named or decided)[0]
    if any(part.retried is None for part in parts):
        return _UNKNOWN
    named = [part for part in parts if not part.broad]
    return (named or parts or [Verdict(not any_of)])[0]


def opposite(verdict: Verdict, where: cst.CSTNode) -> Verdict:
    """The verdict of a condition that takes what another leaves."""
    return Verdict(None if verdict.retried is None else not verdict.retried, where)


def _told_delay(paths: list[Path]) -> Delay | None:
    """What a hook says of the delay: nothing where it says just yes or no."""
    told = [delay for path in paths if (delay := _told_on(path)) is not None]
    return most_heedful(told) if told else None


def _told_on(path: Path) -> Delay | None:
    value = path.value
    match value:
        case None | Known(value=bool() | None):
            return None
    found = taints(value)
    if Taint.RETRY_AFTER in found:
        return Delay.RETRY_AFTER
    return Delay.UNKNOWN if path.helped or found & DOUBTS else delay_of_values((value,))
