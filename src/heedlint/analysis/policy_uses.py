"""Where a module makes the retry policies of a library, and which bodies they are put around."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from heedlint.analysis.constants import bound_value
from heedlint.analysis.names import argument
from heedlint.analysis.roles import Roles
from heedlint.clients.model import Parameter, RetryPolicy, RetryProfile

_DEPTH = 6


@dataclass(frozen=True, eq=False)
class PolicyUse:
    """A policy's making: `node` is the call (or, without arguments, the name) that makes it."""

    node: cst.BaseExpression
    profile: RetryProfile
    policy: RetryPolicy

    def argument(self, parameter: Parameter | None) -> cst.Arg | None:
        """The argument given for one of the policy's parameters."""
        if parameter is None or not isinstance(self.node, cst.Call):
            return None
        return argument(self.node, parameter.name, parameter.position)


class PolicyUses:
    """Finds the policies of a module."""

    def __init__(self, roles: Roles) -> None:
        self.tree = roles.tree
        self.names = roles.names
        self.retry_profiles = roles.origins.knowledge.retry_profiles
        self._policy_uses: dict[cst.CSTNode, PolicyUse | None] = {}

    def made_here(self, node: cst.CSTNode) -> PolicyUse | None:
        """The policy that a call, or a bare name, itself makes."""
        target = node.func if isinstance(node, cst.Call) else node
        name = self.names.qualified(target)
        for profile in self.retry_profiles.values():
            policy = profile.policies.get(name)
            if policy is not None:
                return PolicyUse(node, profile, policy)  # type: ignore[arg-type]
        return None

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
            case cst.Name() | cst.Attribute():
                return self.use(bound_value(node, self.names), depth + 1)
        return None

    def applied(self) -> Iterator[tuple[PolicyUse, cst.BaseSuite, cst.FunctionDef | None]]:
        """The policies around a body: as a decorator, as a loop, or called with a function."""
        for function in self.tree.all(cst.FunctionDef):
            for decorator in function.decorators:
                found = self.use(decorator.decorator)
                if found is not None and found.policy.shape == "wrapper":
                    yield found, function.body, function
        for loop in self.tree.all(cst.For):
            found = self.use(loop.iter)
            if found is not None:
                yield found, loop.body, None
        for call in self.tree.all(cst.Call):
            found = self.use(call.func) if not self.made_here(call) else None
            if found is not None and call.args:
                called = self.names.definition(call.args[0].value)
                if isinstance(called, cst.FunctionDef):
                    yield found, called.body, called
