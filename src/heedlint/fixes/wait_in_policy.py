"""Repairs the wait of a retry library's policy, by the means that the library has for it."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from heedlint.analysis.constants import constant, elements
from heedlint.analysis.facts import Facts
from heedlint.analysis.policy_uses import PolicyUse
from heedlint.analysis.predicates import given_to
from heedlint.analysis.retries import Attempt
from heedlint.analysis.tree import walk
from heedlint.clients.model import VOCABULARY, ClientProfile, RetryTerm, Role
from heedlint.findings import Applicability
from heedlint.fixes.additions import Additions
from heedlint.fixes.headers import OUT_OF_REACH, headers_of
from heedlint.fixes.plan import Change, Plan, Replacement
from heedlint.fixes.reader_call import reading, reading_in_lines
from heedlint.fixes.retry_after import indent_of, lets_in_rate_limits_alone, with_arguments

_WRAPPER = "heeding_retry_after"
# Characters that a line needs beside the reader's call: the keyword, parentheses, the comma.
_ROOM = 20


def wait_in_policy(attempts: Sequence[Attempt], use: PolicyUse, facts: Facts) -> Plan:
    """Lets a policy wait as the header says, and as before where there is none.

    Safe where the policy retries no other answers than those that are told to wait, unsafe where it
    does: they may carry the header, too. Shown where the library has no means.
    """
    return _PolicyWait(attempts, use, facts).plan()


def retries_rate_limits_alone(use: PolicyUse, profile: ClientProfile, facts: Facts) -> bool:
    """Whether a policy retries no other answers of a client than those that are told to wait."""
    classes = _classes(use, facts)
    return bool(classes) and lets_in_rate_limits_alone(classes or (), (profile,), facts)


class _PolicyWait:
    def __init__(self, attempts: Sequence[Attempt], use: PolicyUse, facts: Facts) -> None:
        self.attempts = attempts
        self.use = use
        self.facts = facts
        self.fault = attempts[0].fault
        shown = {attempt.shows for attempt in attempts}
        self.shown = shown.pop() if len(shown) == 1 else None
        self.additions = Additions(use.node, facts)

    def plan(self) -> Plan:
        means, profile = self.use.policy.means, self.fault.profile
        if not profile.headers_reachable:
            return Plan(Applicability.DISPLAY, OUT_OF_REACH)
        if means.hint:
            return Plan(Applicability.DISPLAY, means.hint)
        made = {
            "of-state": self._of_state,
            "generator": self._generator,
            "wrapper": self._wrapper,
            "condition": self._condition,
        }.get(means.kind)
        one_client = len({a.fault.profile.name for a in self.attempts}) == 1
        # A program may raise a transport's class by itself, with whatever in it.
        seen = self.fault.call is not None or bool(self.use.profile.client)
        foreign = profile.transport and not seen
        plain = one_client and not foreign and self.shown in (Role.ERROR, Role.RESPONSE)
        changes = made() if made is not None and plain and not self._is_hidden() else None
        if changes is None:
            return Plan(Applicability.DISPLAY, self._told())
        narrow = retries_rate_limits_alone(self.use, profile, self.facts)
        worth = Applicability.SAFE if narrow else Applicability.UNSAFE
        message = "wait as Retry-After says, else as before"
        return Plan(worth, message, (*changes, *self.additions.changes))

    def _told(self) -> str:
        """What a person has to do: in terms of the library's and the client's own names."""
        role = self.shown or Role.ERROR
        source = "e" if role is Role.ERROR else "response"
        headers = headers_of(self.fault.profile, role, source, sure=True, legacy=self.fault.legacy)
        names = [term.name for term in self.use.policy.waits or self.use.policy.retry]
        return f"let {names[0]} give the seconds of Retry-After ({headers or 'the headers'})"

    def _is_hidden(self) -> bool:
        """Whether arguments that cannot be seen may hold the wait."""
        return any(self.use.is_hidden(term.parameter) for term in self.use.policy.waits)

    # The means

    def _of_state(self) -> tuple[Change, ...] | None:
        """`wait=` gets a function of the library's state."""
        term = self.use.policy.waits[0]
        own, given = self._own_wait(term)
        names = {n.value for n in walk(own) if isinstance(n, cst.Name)} if own else set()
        state = next(n for n in ("state", "retry_state", "_state") if n not in names)
        chain = self.use.profile.state_exception
        returned = self.shown is Role.RESPONSE
        if returned:
            if not self._sees_results_alone():
                return None
            chain = self.use.profile.state_result
        headers = self._headers(".".join((state, *chain)), sure=returned)
        if not headers:
            return None
        default = f"{self._called(own)}({state})" if own is not None else "0"
        return self._with(term, given, self._reading(f"lambda {state}: ", headers, default))

    def _generator(self) -> tuple[Change, ...] | None:
        """The wait generator is wrapped in one that goes by the header, the jitter with it."""
        term = self.use.policy.waits[0]
        own, given = self._own_wait(term)
        headers = self._headers("error")
        if own is None or given is None or not headers or not isinstance(self.use.node, cst.Call):
            return None
        wrapper = self.additions.function(_WRAPPER)
        jitter, jitter_arg = self._jitter()
        found = f"lambda error: {headers}"
        values = {given: self._wrapped(wrapper, [self.facts.source(own), found, jitter])}
        added = ""
        if jitter and jitter_arg is not None:
            values[jitter_arg] = "None"
        elif jitter and self.use.policy.jitter is not None:
            added = f"{self.use.policy.jitter.name}=None"
        return with_arguments(self.use.node, values, added, self.facts)

    def _wrapped(self, wrapper: str, arguments: list[str]) -> str:
        given = [argument for argument in arguments if argument]
        source = f"{wrapper}({', '.join(given)})"
        indent = indent_of(self.use.node, self.facts) if isinstance(self.use.node, cst.Call) else ""
        if len(indent) + len(source) + _ROOM <= self.facts.width:
            return source
        inner = indent + self.facts.tree.module.default_indent
        lines = "".join(f"{inner}{argument},\n" for argument in given)
        return f"{wrapper}(\n{lines}{indent})"

    def _jitter(self) -> tuple[str, cst.Arg | None]:
        """The jitter that would shorten what the header says, and the argument that gives it."""
        term = self.use.policy.jitter
        if term is None:
            return "", None
        given = self.use.argument(term.parameter)
        if given is None:
            return (self.additions.name(term.default[0]) if term.default else ""), None
        known = self.facts.knowledge.retry_jitters.get(self.facts.names.qualified(given.value))
        lengthens = known is not None and known.kind == "lengthens"
        if lengthens or constant(given.value, self.facts.names) is None:
            return "", given
        return self.facts.tree.code(given.value), given

    def _wrapper(self) -> tuple[Change, ...] | None:
        """The library's own wait, with the one that there is as its fallback."""
        term, means = self.use.policy.waits[0], self.use.policy.means
        own, given = self._own_wait(term)
        name = self.additions.name(means.function)
        inner = f"{means.fallback}={self.facts.source(own)}" if own is not None else ""
        return self._with(term, given, f"{name}({inner})")

    def _condition(self) -> tuple[Change, ...] | None:
        """The condition returns the seconds, or true where the header says nothing."""
        for term, value in self.use.conditions:
            if term.kind != "types-or-callable" or value is None:
                continue
            if isinstance(value, cst.Lambda) and len(value.params.params) == 1:
                name = value.params.params[0].name.value
                asked = f"({self.facts.source(value.body)})"
                place, begin = value.body, ""
            else:
                name, begin, place = "error", "lambda error: ", value
                code = self.facts.source(value)
                called = isinstance(self.facts.names.definition(value), cst.FunctionDef)
                if not called and not _are_classes(value, self.facts):
                    return None
                asked = f"{code}({name})" if called else f"isinstance({name}, {code})"
            headers = self._headers(name)
            if not headers:
                return None
            source = self._reading(f"{begin}{asked} and (", headers, "0")
            return (Replacement(place, f"{source} or True)", whole=True),)
        return None

    def _reading(self, begin: str, headers: str, default: str) -> str:
        """The beginning of an argument and the reader's call; split where the line gets long."""
        node = self.use.condition or self.use.node
        indent = indent_of(node, self.facts) if isinstance(node, cst.Call) else ""
        source = begin + reading(self.additions, headers, default)
        if len(indent) + len(source) + _ROOM <= self.facts.width:
            return source
        deeper = default.replace("\n", f"\n{self.facts.tree.module.default_indent}")
        return begin + reading_in_lines(self.additions, headers, deeper, indent, self.facts)

    # What there is

    def _own_wait(self, term: RetryTerm) -> tuple[cst.BaseExpression | None, cst.Arg | None]:
        """The policy's own wait, None where it waits for nothing; and its argument."""
        given = self.use.argument(term.parameter)
        if given is None or constant(given.value, self.facts.names) is None:
            return None, given
        func = given.value.func if isinstance(given.value, cst.Call) else given.value
        known = self.facts.knowledge.retry_waits.get(self.facts.names.qualified(func))
        return (None if known is not None and known.kind == "none" else given.value), given

    def _called(self, node: cst.BaseExpression | None) -> str:
        """The source of an expression that is called as a function."""
        assert node is not None
        code = self.facts.source(node)
        plain = isinstance(node, (cst.Name, cst.Attribute, cst.Call)) or node.lpar
        return code if plain else f"({code})"

    def _with(self, term: RetryTerm, given: cst.Arg | None, value: str) -> tuple[Change, ...]:
        """The policy with another wait, in the place of its own or as one argument more."""
        node = self.use.node
        if isinstance(node, cst.Call):
            if given is not None:
                return with_arguments(node, {given: value}, "", self.facts)
            return with_arguments(node, {}, f"{term.name}={value}", self.facts)
        return (Replacement(node, f"{self.facts.tree.code(node)}({term.name}={value})"),)

    def _headers(self, source: str, *, sure: bool = False) -> str:
        assert self.shown is not None
        return headers_of(
            self.fault.profile,
            self.shown,
            source,
            sure=sure or self._are_answers(),
            legacy=self.fault.legacy,
        )

    # What it retries

    def _are_answers(self) -> bool:
        """Whether every error that it retries is an answer's, and has all that those have."""
        classes = _classes(self.use, self.facts)
        return bool(classes) and all(map(self.facts.knowledge.stands_for_answers, classes or ()))

    def _sees_results_alone(self) -> bool:
        """Whether the policy tries again by the value returned, and never by an exception."""
        for term, value in self.use.conditions:
            func = value.func if isinstance(value, cst.Call) else None
            known = self.facts.knowledge.retry_predicates.get(self.facts.names.qualified(func))
            if known is None or known.kind != "result" or term.kind != VOCABULARY:
                return False
        return bool(self.use.conditions) and bool(self.use.profile.state_result)


def _classes(use: PolicyUse, facts: Facts) -> list[str] | None:
    """The classes of which a policy retries an error; None where something else decides."""
    names: list[str] = []
    for term, value in use.conditions:
        found = _classes_of(term, value, facts)
        if found is None:
            return None
        names += found
    return names


def _classes_of(
    term: RetryTerm, value: cst.BaseExpression | None, facts: Facts
) -> list[str] | None:
    if value is None:
        return None if term.kind == VOCABULARY or term.default else []
    if term.kind in ("types", "types-or-callable"):
        return facts.origins.class_names(value) if _are_classes(value, facts) else None
    if term.kind != VOCABULARY:
        return None
    if isinstance(value, cst.BinaryOperation) and isinstance(value.operator, cst.BitOr):
        left, right = (_classes_of(term, side, facts) for side in (value.left, value.right))
        return None if left is None or right is None else left + right
    if not isinstance(value, cst.Call):
        return None
    known = facts.knowledge.retry_predicates.get(facts.names.qualified(value.func))
    classes = given_to(known, value) if known is not None and known.kind == "types" else None
    return facts.origins.class_names(classes) if classes is not None else None


def _are_classes(value: cst.BaseExpression, facts: Facts) -> bool:
    items = elements(value, facts.names)
    return all(
        facts.knowledge.names.is_exception(facts.names.qualified(item))
        or isinstance(facts.names.definition(item), cst.ClassDef)
        for item in (items if items is not None else [value])
    )
