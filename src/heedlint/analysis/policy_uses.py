"""Where a module makes the retry policies of a library, and what they are put around."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import libcst as cst

from heedlint.analysis.calls import ApiCall, Calls
from heedlint.analysis.constants import bound_value, constant
from heedlint.analysis.names import Names, argument, dotted, parameters
from heedlint.analysis.tree import walk, walk_scope
from heedlint.clients.model import Parameter, RetryPolicy, RetryProfile, RetryTerm

_DEPTH = 6


@dataclass(frozen=True, eq=False)
class PolicyUse:
    """A policy's making: `node` is the call (or, without arguments, the name) that makes it.

    `condition` is the call that gives its condition later (`caller.on(X)`, `caller(X, f)`), where
    the library has such.
    """

    node: cst.BaseExpression
    profile: RetryProfile
    policy: RetryPolicy
    names: Names
    condition: cst.Call | None = None

    def argument(self, parameter: Parameter | None) -> cst.Arg | None:
        """The argument given for one of the policy's parameters."""
        if parameter is None or not isinstance(self.node, cst.Call):
            return None
        return argument(self.node, parameter.name.partition(".")[0], parameter.position)

    def value(self, parameter: Parameter | None) -> cst.BaseExpression | None:
        """What is given for a parameter, also for a key of a dictionary given for it."""
        given = self.argument(parameter)
        if given is None or parameter is None:
            return None
        key = parameter.name.partition(".")[2]
        if not key:
            return given.value
        return (self._items(given.value) or {}).get(key)

    @property
    def conditions(self) -> list[tuple[RetryTerm, cst.BaseExpression | None]]:
        """Each condition of the policy with what is given for it, also at a later call."""
        found = [(term, self.value(term.parameter)) for term in self.policy.retry]
        later = self.policy.called_with
        if later is not None:
            at_call = replace(self, node=self.condition) if self.condition is not None else None
            found.append((later, at_call.value(later.parameter) if at_call is not None else None))
        return found

    def is_hidden(self, parameter: Parameter | None) -> bool:
        """Whether a parameter may be given in a way that cannot be seen."""
        given = self.argument(parameter)
        if given is None or parameter is None:
            return self.has_unknown_arguments
        return "." in parameter.name and self._items(given.value) is None

    def _items(self, node: cst.BaseExpression | None) -> dict[str, cst.BaseExpression] | None:
        """The items of a dictionary by key; None for what is no dictionary of the file."""
        match node:
            case cst.Dict(elements=items):
                pairs = [i for i in items if isinstance(i, cst.DictElement)]
                keys = [constant(pair.key, self.names) for pair in pairs]
                return {str(key): pair.value for key, pair in zip(keys, pairs, strict=True)}
            case cst.Call(func=cst.Name(value="dict"), args=args):
                return {arg.keyword.value: arg.value for arg in args if arg.keyword}
            case cst.Name() | cst.Attribute():
                return self._items(bound_value(node, self.names))
        return None

    @property
    def has_unknown_arguments(self) -> bool:
        """Whether `*args` or `**kwargs` may give what cannot be seen."""
        return isinstance(self.node, cst.Call) and any(arg.star for arg in self.node.args)


@dataclass(frozen=True, eq=False)
class Applied:
    """A policy and what it is put around.

    That is a `body` of the file (with its `function`, where it has one), an `api` call that is
    handed over as it is (`policy(client.chat.completions.create, ...)`), or the exchanges of a
    transport, of which `validator` makes exceptions. What is `deferred` runs later, out of the
    policy's sight; from what is `iterated` a `return` leaves the policy, too.
    """

    use: PolicyUse
    body: cst.BaseSuite | cst.BaseExpression | None = None
    function: cst.FunctionDef | None = None
    api: ApiCall | None = None
    validator: cst.BaseExpression | None = None
    deferred: bool = False
    iterated: bool = False


def _attempt_blocks(loop: cst.For) -> Iterator[cst.BaseSuite]:
    """The blocks of `for attempt in policy:` that are tried again: those of `with attempt:`."""
    target = dotted(loop.target)
    for node in walk_scope(loop.body):
        if isinstance(node, cst.With) and any(dotted(i.item) == target for i in node.items):
            yield node.body


class PolicyUses:
    """Finds the policies of a module."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.tree = calls.tree
        self.names = calls.names
        self.retry_profiles = calls.knowledge.retry_profiles
        self._members = frozenset(
            member
            for profile in self.retry_profiles.values()
            for policy in profile.policies.values()
            for member in policy.members
        )
        self._policy_uses: dict[cst.CSTNode, PolicyUse | None] = {}

    def made_here(self, node: cst.CSTNode) -> PolicyUse | None:
        """The policy that a call, or a bare name, itself makes."""
        target = node.func if isinstance(node, cst.Call) else node
        name = self.names.qualified(target)
        method = target.attr.value if isinstance(target, cst.Attribute) else ""
        policies = self.calls.knowledge.retry_policies
        if name in policies:
            return PolicyUse(node, *policies[name], self.names)  # type: ignore[arg-type]
        if method in policies and isinstance(node, cst.Call):
            found = PolicyUse(node, *policies[method], self.names)
            if method in found.policy.methods and self._is_marked(found):
                return found
        return None

    def _is_marked(self, use: PolicyUse) -> bool:
        """Whether a method of the policy's name is the library's: by its keywords, or imports."""
        marks = use.policy.marked_by
        if marks:
            return any(use.argument(Parameter(mark)) is not None for mark in marks)
        return self.calls.imports_any(use.profile.modules)

    def use(self, node: cst.CSTNode | None, depth: int = 0) -> PolicyUse | None:
        """The policy that an expression is, through variables and functions of the file."""
        if node is None or depth > _DEPTH:
            return None
        if node not in self._policy_uses:
            self._policy_uses[node] = None  # what is made of itself is no policy for that
            self._policy_uses[node] = self.made_here(node) or self._made_elsewhere(node, depth)
        return self._policy_uses[node]

    def _made_elsewhere(self, node: cst.CSTNode, depth: int) -> PolicyUse | None:
        match node:
            case cst.Call(func=func):
                definition = self.names.definition(func)
                if isinstance(definition, cst.FunctionDef):
                    for returned in self.names.returns(definition):
                        found = self.use(returned, depth + 1)
                        if found is not None:
                            return found
                owner = self._member(func, "bind", depth)
                if owner is not None:
                    return replace(owner, condition=node)
            case cst.Name() | cst.Attribute():
                found = self._member(node, "wrap", depth) or self._wrapper(node, depth)
                return found or self.use(bound_value(node, self.names), depth + 1)
        return None

    def _wrapper(self, node: cst.Name | cst.Attribute, depth: int) -> PolicyUse | None:
        """The policy of a decorator of the file: `def wrap(f): return retry(...)(f)`."""
        function = self.names.definition(node)
        if not isinstance(function, cst.FunctionDef):
            return None
        for returned in self.names.returns(function):
            match returned:
                case cst.Call(func=cst.Call() as made, args=[cst.Arg(value=cst.Name(value=given))]):
                    if given in (param.name.value for param in parameters(function)):
                        return self.use(made, depth + 1)
        return None

    def _member(self, node: cst.CSTNode, kind: str, depth: int) -> PolicyUse | None:
        """The policy whose method of a kind an expression is."""
        if not isinstance(node, cst.Attribute) or node.attr.value not in self._members:
            return None
        owner = self.use(node.value, depth + 1)
        if owner is not None and owner.policy.members.get(node.attr.value) == kind:
            return owner
        return None

    def applied(self) -> Iterator[Applied]:
        """The policies around something: as a decorator, as a loop, or called with a function."""
        for function in self.tree.all(cst.FunctionDef):
            for decorator in function.decorators:
                found = self.use(decorator.decorator)
                if found is not None and found.policy.shape == "call":
                    deferred = not self._is_run(found, function)
                    yield Applied(found, function.body, function, deferred=deferred)
        for loop in self.tree.all(cst.For):
            found = self.use(loop.iter)
            if found is not None:
                blocks = list(_attempt_blocks(loop))
                # Without `with attempt:` every error leaves the loop, and nothing is tried again.
                yield from (Applied(found, block, iterated=True) for block in blocks)
                if not blocks:
                    yield Applied(found, deferred=True)
        for call in self.tree.all(cst.Call):
            made = self.made_here(call)
            if made is not None:
                yield from self._mounted_on(made)
            elif call.args:
                yield from self._called(call)
                yield from self._mounted(call)

    @staticmethod
    def _is_run(use: PolicyUse, function: cst.FunctionDef) -> bool:
        """Whether a call of the function runs its body: a generator waits for its reader."""
        if use.profile.retries_generators:
            return True
        return not any(isinstance(node, cst.Yield) for node in walk_scope(function.body))

    def _mounted_on(self, use: PolicyUse) -> Iterator[Applied]:
        """The functions of the file in the object that a policy is a method of."""
        owner = receiver_of(use)
        for made in made_of(owner, self.names) if owner is not None else ():
            for arg in made.args:
                called = self.names.definition(arg.value)
                if isinstance(called, cst.FunctionDef):
                    yield Applied(use, called.body, called)

    def _mounted(self, call: cst.Call) -> Iterator[Applied]:
        """A policy that a transport is given, with the validator that turns answers into errors."""
        name = self.names.qualified(call.func)
        for profile in self.retry_profiles.values():
            mount = profile.mounts.get(name)
            if mount is None or mount.validator is None:
                continue
            given = next(
                (a for p in mount.policies if (a := argument(call, p.name, p.position))), None
            )
            validator = argument(call, mount.validator.name, mount.validator.position)
            found = self.use(given.value) if given is not None else None
            if found is not None and validator is not None:
                yield Applied(found, validator=validator.value)

    def _called(self, call: cst.Call) -> Iterator[Applied]:
        """What a policy object is called with, where `call` calls one."""
        found = self._member(call.func, "call", 0) or self.use(call.func)
        if found is None or found.policy.shape != "call":
            return
        position = 0
        if found.policy.called_with is not None and found.condition is None:
            found, position = replace(found, condition=call), found.policy.function.position
        if len(call.args) <= position:
            return
        given = call.args[position].value
        match given:
            case cst.Call(func=func, args=[first, *_]) if (
                self.names.qualified(func) == "functools.partial"
            ):
                given = first.value
        called = self.names.definition(given)
        if isinstance(called, cst.FunctionDef):
            yield Applied(found, called.body, called)
        elif isinstance(given, cst.Lambda):
            yield Applied(found, given.body)
        elif isinstance(given, cst.Attribute):
            # An API's method as it is: the call that the policy will make of it.
            api = self.calls.of(cst.Call(given, call.args[position + 1 :]))
            if api is not None:
                yield Applied(found, api=api)


def receiver_of(use: PolicyUse) -> cst.BaseExpression | None:
    """The object that a policy is a method of: `llm` of `llm.with_retry()`."""
    match use.node:
        case cst.Call(func=cst.Attribute(value=owner)) if (
            use.policy.methods and dotted(use.node.func) not in use.policy.names
        ):
            return owner
    return None


def made_of(node: cst.BaseExpression, names: Names, depth: int = 0) -> Iterator[cst.Call]:
    """The calls that make an object, or the parts of it: of `prompt | ChatOpenAI()` the latter."""
    for inner in walk(node):
        if isinstance(inner, cst.Call):
            yield inner
            function = names.definition(inner.func)
            if isinstance(function, cst.FunctionDef) and depth < _DEPTH:
                for returned in names.returns(function):
                    yield from made_of(returned, names, depth + 1)
        elif isinstance(inner, (cst.Name, cst.Attribute)) and depth < _DEPTH:
            bound = bound_value(inner, names)
            if bound is not None:
                yield from made_of(bound, names, depth + 1)
