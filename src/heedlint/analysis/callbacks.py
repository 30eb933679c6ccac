"""The functions of a module that a retry library calls with the error, and whose error that is."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import libcst as cst

from heedlint.analysis.calls import ApiCall
from heedlint.analysis.constants import bound_value
from heedlint.analysis.names import argument, is_method, parameters
from heedlint.analysis.policy_uses import Applied, PolicyUses
from heedlint.analysis.tree import walk
from heedlint.clients.model import VOCABULARY, RetryTerm

# The kinds of conditions (see `clients.model`) that are a function given the exception.
_GIVEN_THE_ERROR = frozenset({"callable", "types-or-callable"})


class Callbacks:
    """Finds them through the policies that they are a condition of."""

    def __init__(self, uses: PolicyUses) -> None:
        self.tree = uses.tree
        self.names = uses.names
        self.calls = uses.calls
        self._uses = uses

    def calls_behind(self, param: cst.Param) -> tuple[ApiCall, ...] | None:
        """The API calls whose errors a parameter is given; None where no library gives it one.

        Empty where the library gives it an error of what cannot be seen.
        """
        return self._given.get(param)

    @cached_property
    def _given(self) -> dict[cst.Param, tuple[ApiCall, ...]]:
        found: dict[cst.Param, tuple[ApiCall, ...]] = {}
        for call in self.tree.all(cst.Call):
            for param in self._params(self._function_of_condition(call)):
                found.setdefault(param, ())
        for applied in self._uses.applied():
            behind = self._behind(applied)
            use = applied.use
            terms = [*use.conditions, *((t, use.value(t.parameter)) for t in use.policy.unless)]
            for term, given in terms:
                for function in self._functions(term, given):
                    for param in self._params(function):
                        found[param] = (*found.get(param, ()), *behind)
        return found

    def _behind(self, applied: Applied) -> tuple[ApiCall, ...]:
        if applied.api is not None:
            return (applied.api,)
        return self.calls.reached(applied.body) if applied.body is not None else ()

    def _functions(
        self, term: RetryTerm, given: cst.BaseExpression | None
    ) -> Iterator[cst.BaseExpression]:
        """The functions that a condition asks."""
        if given is None:
            return
        if term.kind in _GIVEN_THE_ERROR:
            yield given
        elif term.kind == VOCABULARY:
            named = bound_value(given, self.names) or given
            for node in walk(named):
                asked = self._function_of_condition(node) if isinstance(node, cst.Call) else None
                if asked is not None:
                    yield asked

    def _function_of_condition(self, call: cst.Call) -> cst.BaseExpression | None:
        """The function that a term of a library's vocabulary asks: `retry_if_exception(f)`."""
        term = self.calls.knowledge.retry_predicates.get(self.names.qualified(call.func))
        if term is None or term.parameter is None or term.kind not in _GIVEN_THE_ERROR:
            return None
        given = argument(call, term.parameter.name, term.parameter.position)
        return given.value if given is not None else None

    def _params(self, function: cst.BaseExpression | None) -> list[cst.Param]:
        """The parameter that gets the error, as a list of one or none."""
        definition = self.names.definition(function)
        if not isinstance(definition, (cst.FunctionDef, cst.Lambda)):
            return []
        return parameters(definition)[is_method(self.tree, definition) :][:1]
