"""Retries by a library: its policies, read through the library's profile and replayed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import libcst as cst

from heedlint.analysis.bounds import bounds_of
from heedlint.analysis.constants import constant, elements, texts
from heedlint.analysis.faults import faults_of, faults_of_call, faults_of_class
from heedlint.analysis.names import argument
from heedlint.analysis.policy_uses import Applied, PolicyUse, made_of, receiver_of
from heedlint.analysis.predicates import Ending, Predicates, Verdict
from heedlint.analysis.replay.errors import Replays
from heedlint.analysis.replay.explore import explore, run_expression, run_function
from heedlint.analysis.replay.machine import Machine
from heedlint.analysis.replay.values import Decision, Fault, Outcome, Part, Path
from heedlint.analysis.retries import (
    Attempt,
    Bounds,
    Replayed,
    RetryConstruct,
    Wait,
    delay_of,
    most_heedful,
    told_waits,
)
from heedlint.analysis.roles import Roles
from heedlint.analysis.tree import children
from heedlint.analysis.waits import Waits
from heedlint.clients.model import Role
from heedlint.contracts.model import Catalogue

_MOST_CALLS = 6
# The kinds of conditions that name what is not tried again.
_EXCLUDING = frozenset({"not-types", "unless-types", "not-result", "not-message"})
_HTTP_METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})


class Policies:
    """Replays the policies of a module."""

    def __init__(self, roles: Roles) -> None:
        self.roles = roles
        self.tree = roles.tree
        self.names = roles.names
        self.uses = roles.origins.policy_uses
        self.predicates = Predicates(roles)
        self.waits = Waits(roles, self.predicates)
        self.stops = roles.origins.knowledge.retry_stops

    def all(self) -> Iterator[RetryConstruct]:
        """Every policy that some documented error may meet, each with all that it is put around."""
        made: dict[tuple[cst.CSTNode, cst.CSTNode | None], list[Applied]] = {}
        for applied in self.uses.applied():
            made.setdefault((applied.use.node, applied.use.condition), []).append(applied)
        attached = {node for node, _ in made}
        for call in self.tree.all(cst.Call):
            found = self.uses.made_here(call)
            if found is not None and call not in attached and not self._needs_validator(found):
                made[call, None] = [Applied(found)]
        for uses in made.values():
            construct = self._around(uses)
            if construct is not None:
                yield construct

    @staticmethod
    def _needs_validator(use: PolicyUse) -> bool:
        """Whether it is for a transport that raises for a status only where it is told how."""
        return any(mount.validator is not None for mount in use.profile.mounts.values())

    # Replaying a policy around a body

    def _around(self, uses: list[Applied]) -> RetryConstruct | None:
        use = uses[0].use
        bounds = bounds_of(use, self.stops)
        if bounds.calls in (0, 1):
            return None  # no second call
        replayed: list[Replayed] = []
        catalogues: dict[str, Catalogue] = {}
        for applied in uses:
            for fault, endings in self._endings(applied):
                catalogues[fault.catalogue.name] = fault.catalogue
                replayed.append(self._replayed(use, fault, endings))
        if not replayed:
            return None
        sure = any(attempt.certain for entry in replayed for attempt in entry.attempts)
        if bounds.bounded is False and not sure:
            bounds = Bounds()  # a condition may count
        kind = "transport" if use.policy.shape == "exchange" else "policy"
        return RetryConstruct(
            kind, use.node, tuple(catalogues.values()), tuple(replayed), bounds, use
        )

    def _endings(self, applied: Applied) -> Iterator[tuple[Fault, list[tuple[Path, Ending]]]]:
        """The errors that a policy may meet, each with the ways in which it leaves the body."""
        if applied.deferred:
            return
        if applied.use.policy.shape == "exchange" and not self._holds_for_calls(applied.use):
            return
        if applied.use.policy.shape == "exchange":
            for fault in self._faults_of_exchange(applied.use):
                yield fault, [_at_once(Part(Role.RESPONSE, fault), returned=True)]
            return
        if applied.api is not None:
            for fault in faults_of_call(self.roles, applied.api):
                role = Role.ERROR if fault.raises else Role.RESPONSE
                yield fault, [_at_once(Part(role, fault), returned=not fault.raises)]
            return
        if applied.validator is not None:
            yield from self._validated(applied.use, applied.validator)
            return
        reached = self.roles.calls.reached(applied.body) if applied.body is not None else ()
        for api in reached[:_MOST_CALLS]:
            replays = Replays(self.roles, partial(self._run, applied, api.node))
            for fault in faults_of_call(self.roles, api):
                yield fault, list(_left(replays.of(fault), final=applied.iterated))
        if not reached:
            for fault in self._faults_of_policy(applied.use):
                yield fault, [_at_once(Part(Role.ERROR, fault))]

    def _validated(
        self, use: PolicyUse, validator: cst.BaseExpression
    ) -> Iterator[tuple[Fault, list[tuple[Path, Ending]]]]:
        """What a validator makes of each answer of a transport: an exception, or nothing."""
        for fault in self._faults_of_exchange(use):
            answer = Part(Role.RESPONSE, fault)
            paths = self.predicates.applied(validator, Ending(answer, True), answer)
            yield fault, list(_left(paths or []))

    def _run(self, applied: Applied, site: cst.CSTNode, fault: Fault) -> list[Path]:
        """The ways of an error through what the policy is put around."""
        body = applied.body
        return explore(
            lambda script: Machine(self.roles, fault, site, script, root=applied.function),
            lambda machine: (
                run_function(machine, body)
                if isinstance(body, cst.BaseSuite)
                else run_expression(machine, lambda m: m.evaluate(body))  # type: ignore[arg-type]
            ),
        )

    def _faults_of_policy(self, use: PolicyUse) -> list[Fault]:
        """Where the body tells nothing: the errors of the API whose classes the policy names."""
        client = self._faults_behind(use)
        if client:
            return client
        origins = self.roles.origins
        for term, given in use.conditions:
            if given is None or term.kind in _EXCLUDING:
                continue
            for node in self._named_to_retry(given):
                if isinstance(node, (cst.Name, cst.Attribute)):
                    api = [n for n in origins.api_classes(node) if origins.tells_of_answers(n)]
                    if api:
                        return faults_of_class(self.roles, api[0])
        return []

    def _named_to_retry(self, given: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """What a condition is made of, without what it only excludes."""
        match given:
            case cst.Call(func=func):
                term = self.predicates.vocabulary.get(self.names.qualified(func))
                if term is not None and term.kind in _EXCLUDING:
                    return
            case cst.UnaryOperation(operator=cst.Not()):
                return
        yield given
        for child in children(given):
            yield from self._named_to_retry(child)

    def _faults_behind(self, use: PolicyUse) -> list[Fault]:
        """The errors of the object that a policy is a method of (`llm.with_retry()`)."""
        owner = receiver_of(use)
        clients = self.roles.origins.knowledge.clients
        for made in made_of(owner, self.names) if owner is not None else ():
            receiver = use.profile.receivers.get(self.names.qualified(made.func))
            client = clients.get(receiver.client) if receiver is not None else None
            if receiver is not None and client is not None:
                urls = [argument(made, name, -1) for name in receiver.base_url]
                hints = [t for url in urls if url for t in texts(url.value, self.names)]
                own = receiver.own_api and not any(urls)
                catalogues = self.roles.calls.catalogues(client, tuple(hints), own_url=own)
                return faults_of(self.roles, client, catalogues, raises=True)
        return []

    def _faults_of_exchange(self, use: PolicyUse) -> list[Fault]:
        """The statuses that a transport may meet: those of the contracts in force."""
        clients = self.roles.origins.knowledge.clients
        client = clients.get(use.profile.client) or next(iter(clients.values()))
        catalogues = self.roles.calls.catalogues(client, ())
        return faults_of(self.roles, client, catalogues, raises=False)

    def _holds_for_calls(self, use: PolicyUse) -> bool:
        """Whether a transport's policy holds for some call of the file, by its HTTP method."""
        term = use.policy.http_methods
        if term is None:
            return True
        given = use.value(term.parameter)
        items = elements(given, self.names) if given is not None else None
        named = [constant(item, self.names) for item in items or ()]
        if given is not None and not all(isinstance(name, str) for name in named or [None]):
            return True  # None and False stand for every method; others may be any
        allowed = {str(name).lower() for name in named or term.default}
        calls = map(self.roles.calls.of, self.tree.all(cst.Call))
        sent = {
            api.node.func.attr.value
            for api in calls
            if api is not None
            and api.profile.name in (use.profile.client, *use.profile.modules)
            and isinstance(api.node.func, cst.Attribute)
            and self.names.qualified(api.node.func) not in api.profile.functions
        }
        return not sent or not sent <= _HTTP_METHODS or bool(sent & allowed)

    # One error

    def _replayed(
        self, use: PolicyUse, fault: Fault, endings: list[tuple[Path, Ending]]
    ) -> Replayed:
        verdicts = [self._verdict(use, ending) for _, ending in endings]
        for (path, ending), verdict in zip(endings, verdicts, strict=True):
            if path.proven and verdict.retried:
                attempt = self._attempt(use, fault, path, ending, verdict)
                decisions = _decisions(path, verdict)
                return Replayed(fault, Outcome.RETRIED, (attempt,), attempt.anchor, decisions)
        if not endings or any(verdict.retried is not False for verdict in verdicts):
            return Replayed(fault, None)
        path, ending = endings[0]
        outcome = Outcome.LEFT if ending.returned else Outcome.RAISED
        return Replayed(fault, outcome, (), None, _decisions(path, verdicts[0]))

    def _verdict(self, use: PolicyUse, ending: Ending) -> Verdict:
        found = self.predicates.verdict(use, ending)
        fault = ending.fault
        if found.retried is False and fault is not None:
            # Where the answer carries the header, some transports retry it whatever is listed.
            carries = fault.error.status in use.policy.retry_after_statuses
            if carries and fault.error.retry_after:
                return Verdict(None)
        return found

    def _attempt(
        self, use: PolicyUse, fault: Fault, path: Path, ending: Ending, verdict: Verdict
    ) -> Attempt:
        wait, decided_by = self.waits.wait(use, ending)
        if verdict.delay is not None:
            wait = Wait(verdict.delay)
        if path.delays:  # the body waits, too
            wait = replace(wait, delay=most_heedful([wait.delay, delay_of(path)]))
        term = verdict.term
        given = use.argument(term.parameter) if term is not None else None
        return Attempt(
            fault=fault,
            anchor=self._anchor(use, given, use.condition),
            wait_anchor=self._anchor(use, decided_by, use.condition),
            element=verdict.element,
            broad=verdict.broad,
            wait=wait,
            delays=told_waits(path),
            by_code=any(d.names_code for d in path.decisions),
            certain=verdict.certain and not path.acted,
            returned=ending.returned and use.policy.shape == "call",
            sleeps=path.sleeps,
            shows=ending.value.role if isinstance(ending.value, Part) else None,
        )

    def _anchor(
        self, use: PolicyUse, arg: cst.Arg | None, condition: cst.Call | None
    ) -> cst.CSTNode:
        """The keyword at fault where it has a line of its own, else the whole call."""
        if condition is not None:
            return condition
        node = use.node
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and receiver_of(use):
            # A chain may begin lines before the method that makes the policy.
            return (
                arg if arg is not None and self._is_on_its_own_line(node, arg) else node.func.attr
            )
        if arg is None or not isinstance(node, cst.Call):
            return node
        return arg if self._is_on_its_own_line(node, arg) else node

    def _is_on_its_own_line(self, node: cst.Call, arg: cst.Arg) -> bool:
        index = next(i for i, given in enumerate(node.args) if given is arg)
        before = [node.whitespace_before_args]
        before += [
            a.comma.whitespace_after for a in node.args[:index] if isinstance(a.comma, cst.Comma)
        ]
        return any(isinstance(space, cst.ParenthesizedWhitespace) for space in before)


def _at_once(value: Part, *, returned: bool = False) -> tuple[Path, Ending]:
    """An error that leaves as it comes."""
    outcome = Outcome.LEFT if returned else Outcome.RAISED
    path = Path(outcome, frozenset(), (), (), None, False, False, value=value)
    return path, Ending(value, returned)


def _left(paths: list[Path], *, final: bool = False) -> Iterator[tuple[Path, Ending]]:
    """The ways in which an error leaves a body: raised, or as the answer that is returned."""
    for path in paths:
        if path.failed and path.value is not None and path.outcome is not Outcome.RETRIED:
            returned = path.outcome is Outcome.LEFT
            yield path, Ending(path.value, returned, final and returned)


def _decisions(path: Path, verdict: Verdict) -> tuple[Decision, ...]:
    return (*path.decisions, *((verdict.decision,) if verdict.decision else ()))
