"""Retries by a library: its policies, read through the library's profile and replayed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from heedlint.analysis.constants import bound_value, constant, elements
from heedlint.analysis.loops import faults_of
from heedlint.analysis.names import argument
from heedlint.analysis.policy_uses import PolicyUse, PolicyUses
from heedlint.analysis.replay.errors import replay_all
from heedlint.analysis.replay.explore import explore, run_expression, run_function
from heedlint.analysis.replay.machine import Machine
from heedlint.analysis.replay.state import truth_of
from heedlint.analysis.replay.values import Fault, Outcome, Part, Path, Taint, Value, taints
from heedlint.analysis.retries import Attempt, Delay, RetryConstruct, deciding, most_heedful
from heedlint.analysis.roles import Roles
from heedlint.analysis.tree import walk
from heedlint.clients.model import ClientProfile, RetryTerm, Role
from heedlint.contracts.model import Catalogue

_DEPTH = 6
_WAITS = {"none": Delay.NONE, "fixed": Delay.FIXED, "random": Delay.FIXED,
          "exponential": Delay.GROWING}  # fmt: skip


@dataclass(frozen=True)
class Verdict:
    """What a predicate says of an error: None where that is unknown; and what decided."""

    retried: bool | None
    element: cst.CSTNode | None = None
    broad: bool = True


class Policies:
    """Replays the policies of a module."""

    def __init__(self, roles: Roles) -> None:
        self.roles = roles
        self.tree = roles.tree
        self.names = roles.names
        self.uses = PolicyUses(roles)

    def all(self) -> Iterator[RetryConstruct]:
        """Every policy that certainly tries some documented error again."""
        attached: set[cst.CSTNode] = set()
        told: set[cst.CSTNode] = set()
        for use, body, function in self.uses.applied():
            attached.add(use.node)
            construct = self._wrapper(use, body, function) if use.node not in told else None
            if construct is not None:
                told.add(use.node)
                yield construct
        for call in self.tree.all(cst.Call):
            found = self.uses.made_here(call)
            if found is None:
                continue
            if found.policy.shape == "transport":
                construct = self._transport(found)
                if construct is not None:
                    yield construct
            elif call not in attached:
                construct = self._wrapper(found, None, None)
                if construct is not None:
                    yield construct

    # Replaying a policy around a body

    def _wrapper(
        self, use: PolicyUse, body: cst.BaseSuite | None, function: cst.FunctionDef | None
    ) -> RetryConstruct | None:
        attempts: list[Attempt] = []
        catalogues: dict[str, Catalogue] = {}
        for fault, escaped in self._escaping(use, body, function):
            catalogues[fault.catalogue.name] = fault.catalogue
            attempt = self._attempt(use, fault, escaped)
            if attempt is not None:
                attempts.append(attempt)
        if not attempts:
            return None
        return RetryConstruct("policy", use.node, tuple(catalogues.values()), tuple(attempts))

    def _escaping(
        self, use: PolicyUse, body: cst.BaseSuite | None, function: cst.FunctionDef | None
    ) -> Iterator[tuple[Fault, list[Path]]]:
        """The errors that can leave the body, each with the ways in which it does."""
        reached = self.roles.calls.reached(body) if body is not None else ()
        if body is None or not reached:
            for fault in self._faults_by_classes(use):
                error = Part(Role.ERROR, fault)
                path = Path(Outcome.RAISED, frozenset(), (), (), None, False, False, value=error)
                yield fault, [path]
            return
        for api in reached[:6]:
            faults = faults_of(
                self.roles, api.profile, api.catalogues, raises=api.raises, legacy=api.legacy
            )
            for fault, paths in replay_all(
                faults,
                lambda f, api=api: explore(  # type: ignore[misc]
                    lambda script: Machine(self.roles, f, api.node, script, root=function),
                    lambda machine: run_function(machine, body),
                ),
            ):
                yield fault, [p for p in paths if p.failed and p.outcome is Outcome.RAISED]

    def _faults_by_classes(self, use: PolicyUse) -> list[Fault]:
        """Where the body tells nothing: the errors of the API whose classes the policy names."""
        given = use.argument(use.policy.retry)
        origins = self.roles.origins
        if given is None:
            return []
        for node in walk(given.value):
            if isinstance(node, (cst.Name, cst.Attribute)):
                api = [name for name in origins.api_classes(node) if origins.tells_of_answers(name)]
                if api:
                    profile = origins.knowledge.class_owners[api[0]]
                    legacy = bool(profile.exceptions[api[0]].removed)
                    catalogues = self.roles.calls.catalogues(profile, ())
                    return faults_of(self.roles, profile, catalogues, raises=True, legacy=legacy)
        return []

    def _attempt(self, use: PolicyUse, fault: Fault, escaped: list[Path]) -> Attempt | None:
        given = use.argument(use.policy.retry)
        for path in escaped:
            if not path.proven or path.value is None:
                continue
            verdict = self._predicate(given.value if given else None, path.value, use)
            if verdict.retried:
                wait = use.argument(use.policy.wait)
                return Attempt(
                    fault=fault,
                    anchor=self._anchor(use, given),
                    wait_anchor=self._anchor(use, wait),
                    element=verdict.element,
                    broad=verdict.broad,
                    delay=self._wait(wait.value if wait else None, path.value, use),
                )
        return None

    def _anchor(self, use: PolicyUse, arg: cst.Arg | None) -> cst.CSTNode:
        """The keyword at fault where it has a line of its own, else the whole call."""
        if arg is None or not isinstance(use.node, cst.Call):
            return use.node
        code = self.tree.module.code_for_node(use.node)
        before = code.partition(self.tree.module.code_for_node(arg).strip())[0]
        return arg if "\n" in before else use.node

    # Predicates

    def _machine(self, value: Value, script: tuple[bool, ...] = ()) -> Machine:
        fault = value.fault if isinstance(value, Part) else None
        return Machine(self.roles, fault, None, script, failed=True)

    def _predicate(
        self, node: cst.BaseExpression | None, value: Value, use: PolicyUse, depth: int = 0
    ) -> Verdict:
        """Whether the policy's predicate takes an error."""
        terms = use.profile.predicates
        if node is None:
            return self._term(terms[use.policy.default_retry], None, value, use, depth)
        if depth > _DEPTH:
            return Verdict(None)
        match node:
            case cst.BinaryOperation(
                left=left, operator=cst.BitOr() | cst.BitAnd() as op, right=right
            ):
                parts = [self._predicate(side, value, use, depth + 1) for side in (left, right)]
                return self._joined(parts, any_of=isinstance(op, cst.BitOr))
            case cst.Call(func=func):
                term = terms.get(self.names.qualified(func))
                if term is not None:
                    return self._term(term, node, value, use, depth)
            case cst.Name() | cst.Attribute():
                term = terms.get(self.names.qualified(node))
                if term is not None:
                    return self._term(term, None, value, use, depth)
                bound = bound_value(node, self.names)
                if bound is not None:
                    return self._predicate(bound, value, use, depth + 1)
        return Verdict(None)

    def _term(
        self, term: RetryTerm, call: cst.Call | None, value: Value, use: PolicyUse, depth: int
    ) -> Verdict:
        where = call or use.node
        given = self._given(term, call)
        match term.kind:
            case "always":
                return Verdict(True, where)
            case "never" | "result" | "not-result":
                return Verdict(False)
            case "types":
                return self._types(given, value, where)
            case "not-types" | "unless-types":
                found = self._types(given, value, where)
                inverse = None if found.retried is None else not found.retried
                return Verdict(inverse, where)
            case "callable" if given is not None:
                return self._callable(given, value)
            case "any" | "all" if call is not None:
                parts = [self._predicate(a.value, value, use, depth + 1) for a in call.args]
                return self._joined(parts, any_of=term.kind == "any")
        return Verdict(None)

    @staticmethod
    def _given(term: RetryTerm, call: cst.Call | None) -> cst.BaseExpression | None:
        if call is None or term.parameter is None:
            return None
        found = argument(call, term.parameter.name, term.parameter.position)
        return found.value if found is not None else None

    @staticmethod
    def _joined(parts: list[Verdict], *, any_of: bool) -> Verdict:
        decided = [part for part in parts if part.retried is any_of]
        if decided:
            named = [part for part in decided if not part.broad]
            return (named or decided)[0]
        if any(part.retried is None for part in parts):
            return Verdict(None)
        return Verdict(not any_of, parts[0].element if parts else None)

    def _types(self, given: cst.BaseExpression | None, value: Value, where: cst.CSTNode) -> Verdict:
        if given is None:
            return Verdict(True, where)
        machine = self._machine(value)
        verdict = machine.matches(value, given)
        if verdict is None:
            return Verdict(None)
        element, holds = verdict
        return Verdict(holds, element or where, machine.is_broad(element))

    def _callable(self, given: cst.BaseExpression, value: Value) -> Verdict:
        paths = self._applied(given, value)
        if paths is None:
            return Verdict(None)
        for path in paths:
            if path.proven and path.outcome is Outcome.LEFT and path.value is not None:
                truth = truth_of(path.value)
                doubt = taints(path.value) & {Taint.MESSAGE, Taint.ERROR}
                if truth or (truth is None and not doubt):
                    decision = deciding(path.decisions)
                    if decision is not None:
                        return Verdict(True, decision.element, decision.broad)
                    return Verdict(True, given)
        if all(p.proven and p.value is not None and truth_of(p.value) is False for p in paths):
            return Verdict(False)
        return Verdict(None)

    def _applied(self, given: cst.BaseExpression, *values: Value) -> list[Path] | None:
        """The ways through a function of the file, a lambda or a partial of one, called so."""
        named: dict[str, cst.BaseExpression] = {}
        match given:
            case cst.Call(func=func, args=[first, *rest]) if self.names.qualified(
                func
            ) == "functools.partial" and all(arg.keyword is not None for arg in rest):
                given = first.value
                named = {arg.keyword.value: arg.value for arg in rest if arg.keyword}
        function = self.names.definition(given)
        if not isinstance(function, (cst.FunctionDef, cst.Lambda)):
            return None
        return explore(
            lambda script: self._machine(values[0], script),
            lambda machine: run_expression(
                machine, lambda m: m.apply(function, list(values), named)
            ),
        )

    # Waits

    def _wait(
        self, node: cst.BaseExpression | None, value: Value, use: PolicyUse, depth: int = 0
    ) -> Delay:
        """What the policy's delay depends on."""
        if node is None:
            return _WAITS.get(use.policy.default_wait, Delay.UNKNOWN)
        if depth > _DEPTH:
            return Delay.UNKNOWN
        match node:
            case cst.BinaryOperation(left=left, right=right):
                sides = [self._wait(side, value, use, depth + 1) for side in (left, right)]
                return most_heedful(sides)
            case cst.Call(func=func, args=args):
                term = use.profile.waits.get(self.names.qualified(func))
                if term is not None and term.kind in _WAITS:
                    return _WAITS[term.kind]
                if term is not None and term.kind in ("chain", "sum"):
                    inner = [a.value for a in args]
                    inner = [e for i in inner for e in (elements(i, self.names) or [i])]
                    return most_heedful([self._wait(i, value, use, depth + 1) for i in inner])
                if term is not None and term.kind == "retry-after-callable" and args:
                    return self._waiting_function(args[0].value, value)
                function = self.names.definition(func)
                if isinstance(function, cst.FunctionDef):
                    sides = [
                        self._wait(r, value, use, depth + 1) for r in self.names.returns(function)
                    ]
                    return most_heedful(sides) if sides else Delay.UNKNOWN
            case cst.Name() | cst.Attribute():
                term = use.profile.waits.get(self.names.qualified(node))
                if term is not None:
                    return _WAITS.get(term.kind, Delay.UNKNOWN)
                bound = bound_value(node, self.names)
                if bound is not None:
                    return self._wait(bound, value, use, depth + 1)
        return Delay.UNKNOWN

    def _waiting_function(self, given: cst.BaseExpression, value: Value) -> Delay:
        paths = self._applied(given, value)
        found = [taints(p.value) for p in paths or [] if p.value is not None]
        if any(Taint.RETRY_AFTER in taint for taint in found):
            return Delay.RETRY_AFTER
        known = paths and all(p.value is not None and p.proven and not p.helped for p in paths)
        return Delay.FIXED if known and not any(found) else Delay.UNKNOWN

    # Transports

    def _transport(self, use: PolicyUse) -> RetryConstruct | None:
        policy, names = use.policy, self.names
        total = use.argument(policy.total)
        if total is not None and constant(total.value, names) in (0, False):
            return None
        given = use.argument(policy.statuses)
        if given is None:
            return None
        items = elements(given.value, names)
        switch = use.argument(policy.retry_after_switch)
        disabled = switch is not None and constant(switch.value, names) is False
        attempts = []
        catalogues = self._transport_catalogues()
        for item in items or []:
            status = constant(item, names)
            for catalogue in catalogues:
                for error in catalogue.errors:
                    if error.status == status and not error.sdk_only:
                        fault = Fault(error, catalogue, self._any_client(), False, "")
                        delay = Delay.GROWING if disabled else Delay.RETRY_AFTER
                        anchor = self._anchor(use, given)
                        wait_anchor = self._anchor(use, switch)
                        attempts.append(Attempt(fault, anchor, wait_anchor, item, False, delay))
        if not attempts:
            return None
        return RetryConstruct("transport", use.node, catalogues, tuple(attempts))

    def _any_client(self) -> ClientProfile:
        clients = self.roles.origins.knowledge.clients
        return clients.get("urllib3") or next(iter(clients.values()))

    def _transport_catalogues(self) -> tuple[Catalogue, ...]:
        return self.roles.calls.catalogues(self._any_client(), ())
