"""Evaluates calls: of the API, of functions of the file, of methods and of builtins."""

from __future__ import annotations

from abc import abstractmethod

import libcst as cst

from heedlint.analysis.constants import elements
from heedlint.analysis.leaving import never_returns, raised_by
from heedlint.analysis.names import MUTATORS, bound_arguments, dotted, is_method, parameters
from heedlint.analysis.replay import compute
from heedlint.analysis.replay.expressions import SHORT_CAP, Expressions
from heedlint.analysis.replay.state import Again, Raise, Return, names_read, truth_of
from heedlint.analysis.replay.values import (
    FREE,
    NONE,
    CallState,
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
from heedlint.clients.model import Role
from heedlint.source.idioms import renews_credentials

_DEEPEST_CALL = 6
# They wait for as many seconds as their first argument says.
SLEEPS = frozenset(
    {"time.sleep", "asyncio.sleep", "anyio.sleep", "trio.sleep", "gevent.sleep", "eventlet.sleep",
     "curio.sleep"}
)  # fmt: skip
_SLEEP_METHODS = frozenset({"sleep", "_sleep", "async_sleep", "wait_async"})
_ONLY_SAYS = (
    "log", "print", "warn", "debug", "info", "error", "exception", "report", "trace", "append",
    "add", "str", "repr", "type", "format", "emit", "record", "capture", "set_exception", "write",
    "critical", "notify", "echo", "update", "isinstance", "len", "hasattr", "id", "dumps", "join",
    "increment", "inc", "observe", "put", "callback", "on_retry", "event", "span", "metric",
    "exc_info", "extract_tb", "close", "dict", "set_", "track", "progress", "send", "status",
)  # fmt: skip
_KEEPS = frozenset({"asyncio.gather"})
_PASS_THROUGH = frozenset(
    {"int", "float", "str", "abs", "round", "bool", "max", "min", "math.ceil", "math.floor",
     "typing.cast", "datetime.timedelta", "sum", "tuple", "list", "set", "frozenset", "sorted"}
)  # fmt: skip


def _keyword(arg: cst.Arg) -> str:
    return arg.keyword.value if arg.keyword is not None else ""


def only_says(name: str) -> bool:
    """Whether a function, by its name, only tells of an error and does nothing about it."""
    last = name.rpartition(".")[2].lower()
    return any(word in last for word in _ONLY_SAYS)


class Invocations(Expressions):
    """Follows calls into the functions of the file, and knows what some others do."""

    @abstractmethod
    def run(self, body: cst.BaseSuite) -> None:
        """Runs a block."""

    # Calls

    def _call(self, node: cst.Call) -> Value:
        api = self.roles.calls.of(node)
        if node is self.site and not self.failed:
            return self._fail(node)
        if api is not None:
            self._arguments(node)
            return self._succeed(node)
        if self.failed:
            self._note_change(node)
        name = self.roles.names.qualified(node.func)
        if name in _KEEPS or dotted(node.func).rpartition(".")[2] in (
            "create_task",
            "ensure_future",
        ):
            return self._kept(node, name)
        raised = raised_by(node, self.roles.names)
        if raised:
            self._arguments(node)
            raise Raise(Raised(raised))
        if name in SLEEPS or dotted(node.func).rpartition(".")[2] in _SLEEP_METHODS:
            self.delays.append(self.evaluate(node.args[0].value) if node.args else NONE)
            if self.failed:
                self.sleeps.append(node)
            return NONE
        if isinstance(node.func, cst.Attribute):
            found = self._method(node, node.func)
            if found is not None:
                return found
        if name in ("isinstance", "issubclass") and len(node.args) == 2:
            return self._isinstance(node)
        if name in ("getattr", "hasattr") and len(node.args) >= 2:
            return self._getattr(node, name)
        if name in ("any", "all") and len(node.args) == 1:
            return self._any(node, name == "any")
        return self._function(node, name)

    def _note_change(self, node: cst.Call) -> None:
        """What a call does before the next try: it changes an object, the credentials, goes on."""
        if not self.handlers and not self.depth and self.roles.calls.reached(node):
            self.went_on = True
        self.renewed = self.renewed or renews_credentials(dotted(node.func).rpartition(".")[2])
        if isinstance(node.func, cst.Attribute) and node.func.attr.value in MUTATORS:
            owner = node.func.value
            while isinstance(owner, cst.Subscript):
                owner = owner.value
            self.mutated.add(dotted(owner))

    def _kept(self, node: cst.Call, name: str) -> Value:
        """Calls whose errors become values: a task's, and gather's where it returns them."""
        returns = next((a.value for a in node.args if _keyword(a) == "return_exceptions"), None)
        if name in _KEEPS and (returns is None or not truth_of(self.evaluate(returns))):
            return mixed(*self._arguments(node))
        try:
            return mixed(*self._arguments(node))
        except Raise as raised:
            if name not in _KEEPS:
                self.doubts.add(Taint.ERROR)  # it is raised where somebody waits for the task
            return mixed(raised.value)

    def _arguments(self, node: cst.Call) -> list[Value]:
        return [self.evaluate(arg.value) for arg in node.args]

    def _method(self, node: cst.Call, func: cst.Attribute) -> Value | None:
        owner = self.evaluate(func.value)
        method = func.attr.value
        if isinstance(owner, CallState):
            return self._state_member(owner, f"{method}()")
        if isinstance(owner, Opaque) and method == "get" and node.args:
            key = self.evaluate(node.args[0].value)
            found = self._keyed(owner, key)
            return found if Taint.RETRY_AFTER in taints(found) else None
        if not isinstance(owner, (Part, Raised, Success, Known)):
            return None
        if isinstance(owner, Known):
            return compute.text_method(owner, method, self._arguments(node))
        if method == "get" and node.args:
            return self._keyed(owner, self.evaluate(node.args[0].value))
        asked = self._raise_for_status_name(owner)
        if asked and method == asked:
            if isinstance(owner, Part):
                raise Raise(Part(Role.ERROR, owner.fault))
            return NONE
        if isinstance(owner, Part):
            role = owner.fault.profile.roles.get(owner.role, {}).get(f"{method}()")
            if role is not None:
                return self._part(role, owner.fault)
        if method in ("add_note", "with_traceback", "close", "aclose", "read", "aread"):
            return owner
        self._arguments(node)
        return FREE if isinstance(owner, Success) else mixed(owner)

    def _raise_for_status_name(self, owner: Value) -> str:
        if isinstance(owner, Part) and owner.role is Role.RESPONSE:
            return owner.fault.profile.raise_for_status
        return "raise_for_status" if isinstance(owner, Success) else ""

    def _isinstance(self, node: cst.Call) -> Value:
        subject = self.evaluate(node.args[0].value)
        if isinstance(subject, (Part, Raised)):
            if isinstance(subject, Part) and subject.role is not Role.ERROR:
                return mixed(subject)
            verdict = self.matches(subject, node.args[1].value)
            if verdict is None:
                return mixed(subject)
            element, holds = verdict
            if holds and element is not None:
                self._decided(node, element, self.is_broad(element), holds=True)
            return Known(holds)
        if isinstance(subject, (Success, Known)) and self._names_exceptions(node.args[1].value):
            return Known(False)
        if isinstance(subject, Success):
            return FREE
        if isinstance(subject, Known):
            name = self.roles.names.qualified(node.args[1].value)
            kinds = {"int": int, "str": str, "float": float, "dict": dict}
            return (
                Known(isinstance(subject.value, kinds[name])) if name in kinds else mixed(subject)
            )
        return mixed(subject)

    def _names_exceptions(self, classes: cst.BaseExpression) -> bool:
        """Whether all are exceptions or classes of this file: no API gives one of them."""
        names, known = self.roles.names, self.roles.origins.knowledge.names
        items = elements(classes, names) or [classes]
        return all(
            isinstance(names.definition(item), cst.ClassDef)
            or known.is_exception(names.qualified(item))
            for item in items
        )

    def _getattr(self, node: cst.Call, name: str) -> Value:
        owner = self.evaluate(node.args[0].value)
        key = self.evaluate(node.args[1].value)
        if isinstance(key, Known) and isinstance(key.value, str):
            if isinstance(owner, Part) and owner.role in (Role.ERROR, Role.RESPONSE):
                if name == "hasattr":
                    return self._hasattr(owner, key.value)
                found = self._member(owner, key.value)
                if found == NONE and len(node.args) > 2:
                    return self.evaluate(node.args[2].value)
                return found
            if isinstance(owner, Success):
                return self._member(owner, key.value)
        return mixed(owner)

    def _hasattr(self, owner: Part, member: str) -> Value:
        """Whether an error or response has a member: unknown where no profile speaks of it."""
        own = owner.fault.profile.roles.get(owner.role, {})
        if member in own or f"{member}()" in own or hasattr(Exception, member):
            return Known(True)
        foreign = owner.role is Role.ERROR and member in self._foreign_members(owner.fault)
        return Known(False) if foreign else mixed(owner)

    def _any(self, node: cst.Call, is_any: bool) -> Value:
        match node.args[0].value:
            case cst.GeneratorExp(
                elt=element, for_in=cst.CompFor(target=cst.Name(value=name), iter=iterated, ifs=[])
            ):
                items = self.evaluate(iterated)
                if isinstance(items, Items):
                    found: list[Value] = []
                    for item in items.values:
                        self.scopes[-1][name] = item
                        found.append(self.evaluate(element))
                    truths = [truth_of(value) for value in found]
                    if any(t is is_any for t in truths):
                        return Known(is_any)
                    return mixed(*found) if None in truths else Known(not is_any)
        return self._rest(node.args[0])

    def _function(self, node: cst.Call, name: str) -> Value:
        definition = self.roles.names.definition(node.func)
        if isinstance(definition, cst.FunctionDef):
            if definition is self.root and self.failed:
                self._arguments(node)
                raise Again
            leaving = never_returns(definition, self.roles.names)
            if leaving or self._concerns(node, definition):
                found = self._enter(node, definition)
                if leaving and definition.asynchronous is None:
                    raise Raise(Raised(""))
                return found
            self._note_helper(node, [])
            return mixed(*self._arguments(node))
        if isinstance(definition, cst.Lambda):
            return self._enter_lambda(node, definition)
        callee = self._wrapped_function(node)
        if callee is not None:
            return self._enter(node, callee)
        given = self._arguments(node)
        owner: Value = FREE
        if isinstance(node.func, (cst.Attribute, cst.Call)):
            made = node.func.value if isinstance(node.func, cst.Attribute) else node.func
            owner = self.evaluate(made)
        if isinstance(definition, cst.ClassDef) or self.roles.origins.knowledge.names.is_exception(
            name
        ):
            cause = next((value for value in given if isinstance(value, Part)), None)
            if cause is None and not self._is_exception_class(node.func):
                return mixed(*given)
            # An object of the file's own that holds the error is known by its class, too.
            own = definition if isinstance(definition, cst.ClassDef) else None
            return Raised(name or dotted(node.func), own, cause)
        result = mixed(owner, *given)
        computed = compute.ranged(given) if name == "range" else None
        if len(given) == 1 and name != "range":
            computed = compute.converted(name, given[0])  # type: ignore[assignment]
        if computed is not None:
            return computed
        if name == "min" or name.startswith("random."):
            return self._cut_short(node, name, given)
        if name in _PASS_THROUGH:
            if name == "str" and Taint.ERROR in result.taints:
                return Opaque((result.taints - {Taint.ERROR}) | {Taint.MESSAGE})
            return (
                given[0]
                if len(given) == 1
                and isinstance(given[0], (Part, Known))
                and name in ("int", "float")
                else result
            )
        self._note_helper(node, given)
        return Opaque(result.taints - {Taint.GROWING}, result.shortened_by)

    def _cut_short(self, node: cst.Call, name: str, given: list[Value]) -> Opaque:
        """What may be less than the header says: a short cap of it, or a random part of it."""
        result = mixed(*given)
        numbers = [v.value for v in given if isinstance(v, Known)]
        low = min((n for n in numbers if isinstance(n, (int, float))), default=None)
        match name.removeprefix("random."):
            case "min":
                limits = [self.limits.get(dotted(arg.value)) for arg in node.args]
                known = any(
                    limit is not None and low is not None and limit <= low for limit in limits
                )
                short = low is not None and low < SHORT_CAP and not known
                cuts = short and Taint.RETRY_AFTER in result.taints
            case "random":
                cuts = True
            case "uniform":
                cuts = low is not None and low < 1
            case _:
                cuts = False
        return Opaque(result.taints, node) if cuts else result

    def _concerns(self, node: cst.Call, function: cst.FunctionDef) -> bool:
        """Whether running a function of the file can matter: it fails, sees the error, or waits."""
        calls = self.roles.calls
        if not self.failed:
            return any(api.node is self.site for api in calls.of_function(function))
        if self.site is not None and calls.sleeps(function):
            return True
        seen = {name for arg in node.args for name in names_read(arg.value)}
        return any(
            isinstance(value, (Part, CallState)) or taints(value)
            for scope in (self.scopes[0], self.scopes[-1])
            for name, value in scope.items()
            if name in seen
        )

    def _is_exception_class(self, func: cst.BaseExpression) -> bool:
        definition = self.roles.names.definition(func)
        if not isinstance(definition, cst.ClassDef):
            return True
        return bool(definition.bases) and (
            "Error" in definition.name.value
            or "Exception" in definition.name.value
            or any(
                self.roles.origins.knowledge.names.is_exception(self.roles.names.qualified(b.value))
                for b in definition.bases
            )
        )

    def _note_helper(self, node: cst.Call, given: list[Value]) -> None:
        """A helper that cannot be followed but sees the error may do the right thing."""
        if not self.failed:
            return
        if only_says(dotted(node.func)):
            return
        self.acted = True
        if any(isinstance(value, (Part, Raised)) for value in given):
            self.helped = True

    def _wrapped_function(self, node: cst.Call) -> cst.FunctionDef | None:
        """`asyncio.to_thread(f, x)`, `loop.run_in_executor(None, f)`: the function that runs."""
        last = dotted(node.func).rpartition(".")[2]
        if last not in ("to_thread", "run_in_executor", "run_sync", "wait_for", "run"):
            return None
        for arg in node.args:
            definition = self.roles.names.definition(arg.value)
            if isinstance(definition, cst.FunctionDef):
                return definition
        return None

    def _enter(self, node: cst.Call, function: cst.FunctionDef) -> Value:
        if self.depth >= _DEEPEST_CALL:
            return mixed(*self._arguments(node))
        method = is_method(self.roles.tree, function)
        given = bound_arguments(function, node, method=method)
        scope: dict[str, Value] = {}
        for param in parameters(function):
            name = param.name.value
            if name in given:
                scope[name] = self.evaluate(given[name])
            elif param.default is not None:
                scope[name] = self.evaluate(param.default)
            else:
                scope[name] = FREE
        for arg in node.args:  # whatever the binding did not take is run all the same
            if arg.value not in given.values():
                self.evaluate(arg.value)
        return self.call(function, scope)

    def call(self, function: cst.FunctionDef, scope: dict[str, Value]) -> Value:
        """Runs a function of the file with its parameters bound; gives what it returns."""
        self.depth += 1
        self.scopes.append(scope)
        outer, self.handling = self.handling, []
        assigned = set(self.assigned)
        try:
            self.run(function.body)
        except Return as returned:
            return returned.value
        finally:
            self.scopes.pop()
            self.depth -= 1
            self.handling = outer
            # What it gives its own names is gone; what it sets on objects stays.
            self.assigned = assigned | {name for name in self.assigned if "." in name}
        return NONE

    def _enter_lambda(self, node: cst.Call, function: cst.Lambda) -> Value:
        given = bound_arguments(function, node, method=False)
        return self.apply(function, [self.evaluate(value) for value in given.values()])

    def apply(
        self,
        function: cst.FunctionDef | cst.Lambda,
        given: list[Value],
        named: dict[str, cst.BaseExpression] | None = None,
    ) -> Value:
        """Calls a function of the file, or a lambda, with values by position and by name."""
        names = [param.name.value for param in parameters(function)]
        if is_method(self.roles.tree, function):
            names = names[1:]
        scope = dict(zip(names, given, strict=False))  # what is missing has a default
        scope |= {name: self.evaluate(value) for name, value in (named or {}).items()}
        for param in parameters(function):
            if param.name.value not in scope:
                default = param.default
                scope[param.name.value] = self.evaluate(default) if default is not None else FREE
        if isinstance(function, cst.FunctionDef):
            return self.call(function, scope)
        self.scopes.append(scope)
        try:
            return self.evaluate(function.body)
        finally:
            self.scopes.pop()
