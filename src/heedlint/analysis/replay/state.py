"""The state of one run of the replay: its names, its choices and what it has noted so far.

The layers above build on it, a class each: `catching` (which `except` takes which error),
`expressions`, `invocations` and `machine`, which is the whole.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field

import libcst as cst

from heedlint.analysis.constants import UNKNOWN, bound_value, constant, elements
from heedlint.analysis.names import Binding, dotted
from heedlint.analysis.replay.values import (
    DOUBTS,
    FREE,
    CallState,
    Decision,
    Fault,
    Items,
    Known,
    Opaque,
    Part,
    Raised,
    Success,
    Taint,
    Value,
    mixed,
    taints,
)
from heedlint.analysis.roles import Roles
from heedlint.analysis.tree import walk_scope
from heedlint.clients.model import Role

# What counts the rounds of a loop.
COUNTING = frozenset({"range", "itertools.count", "tqdm.trange"})
_MADE = frozenset({"range", "set", "frozenset", "tuple", "list"})


class Stop(Exception):
    """The code is larger than the replay is willing to run."""


class Raise(Exception):
    def __init__(self, value: Value) -> None:
        self.value = value


class Return(Exception):
    def __init__(self, value: Value) -> None:
        self.value = value


class Break(Exception):
    pass


class Continue(Exception):
    pass


class Again(Exception):
    """The construct's own function was called again after the failure: recursion."""


def truth_of(value: Value) -> bool | None:
    """Whether a value is true; None where that is unknown."""
    match value:
        case Known(value=constant_value):
            return bool(constant_value)
        case Items(values=values):
            return bool(values)
        case Part(role=Role.CODE):
            return None  # of an error for which no code is documented
        case Part(role=Role.RESPONSE, fault=fault):
            return not fault.profile.falsy_responses
        case Part() | Raised() | Success() | CallState():
            return True  # `if e.message:` asks whether there is one
    return None


def names_read(node: cst.CSTNode) -> Iterator[str]:
    """The names (and dotted attributes) that an expression reads."""
    for inner in walk_scope(node):
        if isinstance(inner, cst.Name):
            yield inner.value
        elif isinstance(inner, cst.Attribute):
            name = dotted(inner)
            if name:
                yield name


@dataclass
class State(ABC):
    """One run. `site` is the call that fails (or a `try` whose body does); `script` the choices."""

    roles: Roles
    fault: Fault | None
    site: cst.CSTNode | None
    script: tuple[bool, ...] = ()
    taken: list[bool] = field(default_factory=list)
    scopes: list[dict[str, Value]] = field(default_factory=lambda: [{}])
    doubts: set[Taint] = field(default_factory=set)
    delays: list[Value] = field(default_factory=list)
    sleeps: list[cst.Call] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    handling: list[Value] = field(default_factory=list)
    handlers: int = 0
    limits: dict[str, float] = field(default_factory=dict)
    sender: cst.CSTNode | None = None
    caught: Value | None = None
    failed: bool = False
    helped: bool = False
    acted: bool = False
    looks: list[Role] = field(default_factory=list)
    verdicts: set[tuple[str, bool | None]] = field(default_factory=set)
    root: cst.FunctionDef | None = None
    assigned: set[str] = field(default_factory=set)
    mutated: set[str] = field(default_factory=set)
    renewed: bool = False
    passed: bool = False
    went_on: bool = False
    depth: int = 0
    steps: int = 0

    @abstractmethod
    def evaluate(self, node: cst.CSTNode) -> Value:
        """The value of an expression."""

    # Truth

    def decide(self, value: Value) -> bool:
        """The truth of a value; where it is unknown, the script's next choice."""
        truth = truth_of(value)
        if truth is not None:
            return truth
        found = taints(value) & DOUBTS
        if self.failed:
            self.doubts |= found
        index = len(self.taken)
        choice = self.script[index] if index < len(self.script) else True
        self.taken.append(choice)
        return choice

    def _decided(
        self, node: cst.CSTNode, element: cst.CSTNode | None, broad: bool, *, holds: bool
    ) -> None:
        if self.failed:
            found = constant(element, self.roles.names) if element is not None else None
            names_code = self.fault is not None and found == self.fault.error.code != ""
            self.decisions.append(Decision(node, element, broad, holds, names_code))

    # The failing call

    def _fail(self, call: cst.Call | None) -> Value:
        """The failing call: raises its error, or answers with it."""
        if self.fault is None:
            self.passed = True
            return self._succeed(call)
        self.failed = True
        self.assigned.clear()
        self.mutated.clear()
        if self.fault.raises or call is None:
            raise Raise(Part(Role.ERROR, self.fault))
        return Part(Role.RESPONSE, self.fault)

    def _succeed(self, call: cst.Call | None) -> Success:
        api = self.roles.calls.of(call) if call is not None else None
        return Success(is_response=api is not None and not api.raises)

    # Names

    def _bind(self, target: cst.CSTNode, value: Value) -> None:
        match target:
            case cst.Name(value=name):
                self.scopes[-1][name] = value
                if self.failed:
                    self.assigned.add(name)
            case cst.Attribute():
                self.scopes[0][dotted(target)] = value
                if self.failed:
                    self.assigned.add(dotted(target))
            case cst.Subscript(value=owner):
                if self.failed:
                    self.assigned.add(dotted(owner))
            case cst.Tuple(elements=targets) | cst.List(elements=targets):
                values = value.values if isinstance(value, Items) else ()
                for index, element in enumerate(targets):
                    whole = len(values) == len(targets)
                    self._bind(element.value, values[index] if whole else mixed(value))

    def _lookup(self, node: cst.Name) -> Value:
        if node.value in self.scopes[-1]:
            return self.scopes[-1][node.value]
        if node.value in self.scopes[0] and len(self.scopes) > 1 and self._is_closure(node):
            return self.scopes[0][node.value]
        found = constant(node, self.roles.names)
        if found is not UNKNOWN:
            return Known(found)
        if any(map(self._grows, self.roles.names.bindings(node))):
            return Opaque(frozenset({Taint.GROWING}))
        items = elements(node, self.roles.names)
        if items is not None:
            return self._items(items)
        bound = bound_value(node, self.roles.names)
        made = isinstance(bound, cst.Call) and self.roles.names.qualified(bound.func)
        return self.evaluate(bound) if bound is not None and made in _MADE else FREE

    def _grows(self, binding: Binding) -> bool:
        """Whether a name gets more with each round: `delay *= 2`, `for delay in (1, 2, 4)`."""
        match binding.node:
            case cst.AugAssign(operator=operator):
                return isinstance(operator, (cst.MultiplyAssign, cst.PowerAssign, cst.AddAssign))
            case cst.For(iter=cst.Tuple() | cst.List() | cst.Name() as iterated):
                items = elements(iterated, self.roles.names) or []
                found = [constant(item, self.roles.names) for item in items]
                numbers = [n for n in found if isinstance(n, (int, float))]
                return len(set(numbers)) > 1 and len(numbers) == len(items)
            case cst.For(target=cst.Name(), iter=cst.Call(func=counted)):
                return self.roles.names.qualified(counted) in COUNTING
        return False

    def _is_closure(self, node: cst.Name) -> bool:
        bindings = self.roles.names.bindings(node)
        scope = self.roles.tree.scope(node)
        return bool(bindings) and bindings[0].scope is not scope

    def _items(self, items: list[cst.BaseExpression]) -> Items:
        return Items(tuple(self.evaluate(item) for item in items), tuple(items))
