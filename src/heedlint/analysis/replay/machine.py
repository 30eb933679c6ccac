"""Runs statements with one call failing, and tells how the failure leaves them.

The machine runs a piece of code as Python would, on values of which most are unknown. Where a
condition is undecided it takes one way and notes the other; `explore` runs the code again until
every way was taken. So the code below reads like an ordinary interpreter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import libcst as cst

from heedlint.analysis.constants import Unknown, bound_value, constant, elements, literal
from heedlint.analysis.names import bound_arguments, dotted, is_method, parameters
from heedlint.analysis.replay import compute
from heedlint.analysis.replay.values import (
    DOUBTS,
    FREE,
    NONE,
    Decision,
    Fault,
    Items,
    Known,
    Opaque,
    Outcome,
    Part,
    Path,
    Raised,
    Success,
    Taint,
    Value,
    mixed,
    taints,
)
from heedlint.analysis.roles import Roles
from heedlint.analysis.tree import children, walk_scope
from heedlint.clients.model import Role

_MOST_PATHS = 48
_DEEPEST_CALL = 6
_MOST_STEPS = 1500
_MOST_STEPS_IN_ALL = 12_000
_SLEEPS = frozenset(
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
_MADE = frozenset({"range", "set", "frozenset", "tuple", "list"})
_EXITS = frozenset({"sys.exit", "exit", "quit", "os._exit", "os.abort"})
_PASS_THROUGH = frozenset(
    {"int", "float", "str", "abs", "round", "bool", "max", "min", "math.ceil", "math.floor",
     "typing.cast", "datetime.timedelta", "sum", "tuple", "list", "set", "frozenset", "sorted"}
)  # fmt: skip


# What tells one documented error from another that is raised as the same class.
_FIELDS = frozenset({Role.STATUS, Role.CODE, Role.TYPE})


class _Stop(Exception):
    """The code is larger than the replay is willing to run."""


class _Raise(Exception):
    def __init__(self, value: Value) -> None:
        self.value = value


class _Return(Exception):
    def __init__(self, value: Value) -> None:
        self.value = value


class _Break(Exception):
    pass


class _Continue(Exception):
    pass


class _Again(Exception):
    """The construct's own function was called again after the failure: recursion."""


def truth_of(value: Value) -> bool | None:
    """Whether a value is true; None where that is unknown."""
    match value:
        case Known(value=constant_value):
            return bool(constant_value)
        case Items(values=values):
            return bool(values)
        case Part() | Raised() | Success():
            return True  # `if e.message:` asks whether there is one
    return None


@dataclass
class Machine:
    """One run. `site` is the call that fails (or a `try` whose body does); `script` the choices."""

    roles: Roles
    fault: Fault | None
    site: cst.CSTNode | None
    script: tuple[bool, ...] = ()
    taken: list[bool] = field(default_factory=list)
    scopes: list[dict[str, Value]] = field(default_factory=lambda: [{}])
    doubts: set[Taint] = field(default_factory=set)
    delays: list[Value] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    handling: list[Value] = field(default_factory=list)
    sender: cst.CSTNode | None = None
    failed: bool = False
    helped: bool = False
    acted: bool = False
    looks: int = 0
    root: cst.FunctionDef | None = None
    assigned: set[str] = field(default_factory=set)
    depth: int = 0
    steps: int = 0

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

    # Statements

    def run(self, body: cst.BaseSuite) -> None:
        """Runs a block; what ends it early is raised as one of the exceptions above."""
        for statement in body.body:
            self.execute(statement)

    def execute(self, node: cst.CSTNode) -> None:
        """Runs one statement."""
        self.steps += 1
        if self.steps > _MOST_STEPS:
            raise _Stop
        match node:
            case cst.SimpleStatementLine(body=parts) | cst.SimpleStatementSuite(body=parts):
                for part in parts:
                    self._simple(part)
            case cst.If():
                self._if(node)
            case cst.Try() | cst.TryStar():
                self._try(node)
            case cst.For() | cst.While():
                self._loop(node)
            case cst.With():
                self._with(node)
            case cst.Match():
                self._match(node)

    def _with(self, node: cst.With) -> None:
        swallowed: list[cst.BaseExpression] = []
        for item in node.items:
            match item.item:
                case cst.Call(func=func, args=args) if (
                    self.roles.names.qualified(func) == "contextlib.suppress"
                ):
                    swallowed += [arg.value for arg in args]
            value = self.evaluate(item.item)
            if item.asname is not None:
                self._bind(item.asname.name, value)
        try:
            self.run(node.body)
        except _Raise as raised:
            verdicts = [self.matches(raised.value, klass) for klass in swallowed]
            if any(verdict is None for verdict in verdicts):
                self.doubts.add(Taint.ERROR)
            elif not any(verdict[1] for verdict in verdicts if verdict is not None):
                raise

    def _simple(self, node: cst.CSTNode) -> None:
        match node:
            case cst.Expr(value=value):
                self.evaluate(value)
            case cst.Assign(targets=targets, value=value):
                result = self.evaluate(value)
                for target in targets:
                    self._bind(target.target, result)
            case cst.AnnAssign(target=target, value=value) if value is not None:
                self._bind(target, self.evaluate(value))
            case cst.AugAssign(target=target, value=value, operator=operator):
                old, new = self.evaluate(target), self.evaluate(value)
                growing = isinstance(operator, (cst.MultiplyAssign, cst.PowerAssign))
                extra = Opaque(frozenset({Taint.GROWING})) if growing else FREE
                self._bind(target, mixed(old, new, extra))
            case cst.Return(value=value):
                raise _Return(self.evaluate(value) if value is not None else NONE)
            case cst.Raise():
                self._raise(node)
            case cst.Break():
                raise _Break
            case cst.Continue():
                raise _Continue
            case cst.Assert(test=test):
                self.evaluate(test)

    def _raise(self, node: cst.Raise) -> None:
        if node.exc is None:
            raise _Raise(self.handling[-1] if self.handling else Raised(""))
        cause = self.handling[-1] if self.handling else None
        value = self.evaluate(node.exc)
        if isinstance(value, (Part, Raised)):
            raise _Raise(value)
        func = node.exc.func if isinstance(node.exc, cst.Call) else node.exc
        definition = self.roles.names.definition(func)
        name = self.roles.names.qualified(func)
        klass = definition if isinstance(definition, cst.ClassDef) else None
        raise _Raise(Raised(name or dotted(func), klass, cause))

    def _if(self, node: cst.If) -> None:
        looked = self.looks
        holds = self.decide(self.evaluate(node.test))
        if self.failed and not self.handling and self.looks > looked:
            # Without an `except`, the status test is what sends the error round again.
            self.sender = node.test
        if holds:
            self.run(node.body)
        elif isinstance(node.orelse, cst.If):
            self._if(node.orelse)
        elif node.orelse is not None:
            self.run(node.orelse.body)

    def _loop(self, node: cst.For | cst.While) -> None:
        if isinstance(node, cst.For):
            iterated = self.evaluate(node.iter)
            self._bind(node.target, Opaque(taints(iterated)))
        elif not self.decide(self.evaluate(node.test)):
            return
        try:
            self.run(node.body)
        except _Break:
            return
        except _Continue:
            pass
        if node.orelse is not None and isinstance(node, cst.For):
            self.run(node.orelse.body)

    def _match(self, node: cst.Match) -> None:
        subject = self.evaluate(node.subject)
        for case in node.cases:
            if self.decide(self._case(subject, case.pattern)) and (
                case.guard is None or self.decide(self.evaluate(case.guard))
            ):
                self.run(case.body)
                return

    def _case(self, subject: Value, pattern: cst.MatchPattern) -> Value:
        match pattern:
            case cst.MatchAs(pattern=None):
                return Known(True)
            case cst.MatchValue(value=value):
                return self._equal(subject, self.evaluate(value), value)
            case cst.MatchOr(patterns=patterns):
                found = [self._case(subject, option.pattern) for option in patterns]
                if any(truth_of(value) for value in found):
                    return Known(True)
                return mixed(subject) if any(truth_of(v) is None for v in found) else Known(False)
        return mixed(subject, FREE)

    # Exceptions

    def _try(self, node: cst.Try | cst.TryStar) -> None:
        try:
            try:
                if node is self.site:
                    self._fail(None)
                self.run(node.body)
            except _Raise as raised:
                self._handle(node, raised)
            else:
                if node.orelse is not None:
                    self.run(node.orelse.body)
        finally:
            if node.finalbody is not None:
                self.run(node.finalbody.body)

    def _handle(self, node: cst.Try | cst.TryStar, raised: _Raise) -> None:
        for handler in node.handlers:
            if self._catches(handler, raised.value):
                self.handling.append(raised.value)
                if self.failed:
                    self.sender = handler
                if handler.name is not None:
                    self._bind(handler.name.name, raised.value)
                try:
                    self.run(handler.body)
                finally:
                    self.handling.pop()
                return
        raise raised

    def _catches(self, handler: cst.ExceptHandler | cst.ExceptStarHandler, value: Value) -> bool:
        if handler.type is None:
            self._decided(handler, handler, True, holds=True)
            return True
        verdict = self.matches(value, handler.type)
        if verdict is None:
            return self.decide(Opaque(frozenset({Taint.ERROR})))
        element, holds = verdict
        if holds:
            self._decided(handler, element, self.is_broad(element), holds=True)
        return holds

    def matches(
        self, value: Value, classes: cst.BaseExpression
    ) -> tuple[cst.CSTNode | None, bool] | None:
        """Whether an exception is of one of the classes, and by which; None where unknown."""
        unknown = False
        items = elements(classes, self.roles.names)
        for item in items if items is not None else [classes]:
            found = self._is_a(value, item)
            if found:
                return item, True
            unknown = unknown or found is None
        return None if unknown else (None, False)

    def _is_a(self, value: Value, klass: cst.BaseExpression) -> bool | None:
        names, known = self.roles.names, self.roles.origins.knowledge.names
        definition = names.definition(klass)
        name = names.qualified(klass)
        match value:
            case Part(role=Role.ERROR, fault=fault):
                if isinstance(definition, cst.ClassDef):
                    return False  # the SDK raises no class of this file
                if not name:
                    return None
                if known.is_subclass(fault.exception, name):
                    return True
                return False if known.is_exception(name) else self._foreign(name, fault)
            case Raised(klass=raised, definition=own):
                if own is not None:
                    return self._own_class(own, klass, definition)
                if not name or not raised:
                    return None
                if known.is_exception(name) and known.is_exception(raised):
                    return known.is_subclass(raised, name)
                return True if name in (raised, "Exception", "BaseException") else None
        return None

    def _foreign(self, name: str, fault: Fault) -> bool | None:
        """A class that no profile knows: another package's has nothing to do with the fault."""
        own = name.split(".", maxsplit=1)[0] in {m.split(".")[0] for m in fault.profile.modules}
        return None if own or name.startswith(".") or "." not in name else False

    def _own_class(
        self, own: cst.ClassDef, klass: cst.BaseExpression, definition: cst.CSTNode | None
    ) -> bool | None:
        if definition is own:
            return True
        if self.roles.names.qualified(klass) in ("Exception", "BaseException"):
            return True
        for base in own.bases:
            parent = self.roles.names.definition(base.value)
            if isinstance(parent, cst.ClassDef) and parent is not own:
                found = self._own_class(parent, klass, definition)
                if found or found is None:
                    return found
            else:
                base_name, name = map(self.roles.names.qualified, (base.value, klass))
                known = self.roles.origins.knowledge.names
                if name and base_name and known.is_subclass(base_name, name):
                    return True
                if not base_name:
                    return None
        return False

    def is_broad(self, element: cst.CSTNode | None) -> bool:
        """Whether a class stands for more than one status."""
        name = self.roles.names.qualified(element) if element is not None else "BaseException"
        found = self.roles.origins.knowledge.exception_class(name)
        return found is None or not found.statuses or len(found.statuses) > 1

    def _decided(
        self, node: cst.CSTNode, element: cst.CSTNode | None, broad: bool, *, holds: bool
    ) -> None:
        if self.failed:
            self.decisions.append(Decision(node, element, broad, holds))

    def _fail(self, call: cst.Call | None) -> Value:
        """The failing call: raises its error, or answers with it."""
        if self.fault is None:
            return self._succeed(call)
        self.failed = True
        self.assigned.clear()
        if self.fault.raises or call is None:
            raise _Raise(Part(Role.ERROR, self.fault))
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
        if not isinstance(found, Unknown):
            return Known(found)
        items = elements(node, self.roles.names)
        if items is not None:
            return self._items(items)
        bound = bound_value(node, self.roles.names)
        made = isinstance(bound, cst.Call) and self.roles.names.qualified(bound.func)
        return self.evaluate(bound) if bound is not None and made in _MADE else FREE

    def _is_closure(self, node: cst.Name) -> bool:
        bindings = self.roles.names.bindings(node)
        scope = self.roles.tree.scope(node)
        return bool(bindings) and bindings[0].scope is not scope

    def _items(self, items: list[cst.BaseExpression]) -> Items:
        return Items(tuple(self.evaluate(item) for item in items), tuple(items))

    # Expressions

    def evaluate(self, node: cst.CSTNode) -> Value:
        """The value of an expression."""
        value = literal(node)
        if not isinstance(value, Unknown):
            return Known(value)
        match node:
            case cst.Name():
                return self._lookup(node)
            case cst.Attribute():
                return self._attribute(node)
            case cst.Call():
                return self._call(node)
            case cst.Await(expression=inner):
                return self.evaluate(inner)
            case cst.NamedExpr(target=target, value=inner):
                result = self.evaluate(inner)
                self._bind(target, result)
                return result
            case cst.BooleanOperation():
                return self._boolean(node)
            case cst.UnaryOperation(operator=operator, expression=inner):
                result = self.evaluate(inner)
                if isinstance(operator, cst.Not):
                    truth = truth_of(result)
                    return mixed(result) if truth is None else Known(not truth)
                return mixed(result)
            case cst.Comparison():
                return self._comparison(node)
            case cst.IfExp(test=test, body=body, orelse=orelse):
                return self.evaluate(body if self.decide(self.evaluate(test)) else orelse)
            case cst.Subscript():
                return self._subscript(node)
            case cst.Tuple() | cst.List() | cst.Set() | cst.Dict():
                items = elements(node, self.roles.names)
                return self._items(items) if items is not None else self._rest(node)
            case cst.BinaryOperation(left=left, operator=operator, right=right):
                first, second = self.evaluate(left), self.evaluate(right)
                computed = compute.arithmetic(first, operator, second)
                if computed is not None:
                    return computed
                grows = isinstance(operator, (cst.Power, cst.LeftShift))
                extra = Opaque(frozenset({Taint.GROWING})) if grows else FREE
                return mixed(first, second, extra)
            case cst.Lambda():
                return FREE
        return self._rest(node)

    def _rest(self, node: cst.CSTNode) -> Value:
        """Anything else: run for the calls in it, unknown but for what it depends on."""
        found = mixed(*(self.evaluate(child) for child in children(node)))
        as_text = isinstance(node, (cst.FormattedString, cst.FormattedStringExpression))
        if as_text and Taint.ERROR in found.taints:
            return Opaque((found.taints - {Taint.ERROR}) | {Taint.MESSAGE})
        return found

    def _boolean(self, node: cst.BooleanOperation) -> Value:
        left = self.evaluate(node.left)
        truth = truth_of(left)
        is_and = isinstance(node.operator, cst.And)
        if truth is not None:
            return left if truth is not is_and else self.evaluate(node.right)
        # The way taken on the left is a way of its own: what the right says then holds alone.
        choice = self.decide(left)
        if choice is is_and:
            return self.evaluate(node.right)
        return Known(choice)

    def _comparison(self, node: cst.Comparison) -> Value:
        left = self.evaluate(node.left)
        results: list[Value] = []
        for target in node.comparisons:
            right = self.evaluate(target.comparator)
            results.append(self._compare(node, left, target.operator, right, target.comparator))
            left = right
        if all(isinstance(r, Known) for r in results):
            return Known(all(r.value for r in results if isinstance(r, Known)))
        if any(isinstance(r, Known) and not r.value for r in results):
            return Known(False)
        return mixed(*results)

    def _compare(
        self,
        node: cst.Comparison,
        left: Value,
        operator: cst.BaseCompOp,
        right: Value,
        right_node: cst.BaseExpression,
    ) -> Value:
        match operator:
            case cst.Equal() | cst.Is():
                return self._equal(left, right, right_node)
            case cst.NotEqual() | cst.IsNot():
                return self._inverse(self._equal(left, right, right_node))
            case cst.In():
                return self._contains(node, right, left)
            case cst.NotIn():
                return self._inverse(self._contains(node, right, left))
        return self._ordered(node, left, operator, right)

    @staticmethod
    def _inverse(value: Value) -> Value:
        return Known(not value.value, value.of_error) if isinstance(value, Known) else value

    def _equal(self, left: Value, right: Value, right_node: cst.CSTNode) -> Value:
        for one, other in ((left, right), (right, left)):
            if (
                isinstance(other, Known)
                and other.value is None
                and isinstance(one, (Part, Raised, Success, Items))
            ):
                return Known(False)
        if isinstance(left, Known) and isinstance(right, Known):
            same = left.value == right.value
            of_error = left.of_error or right.of_error
            if same and of_error:
                self._decided(right_node, right_node, False, holds=True)
            return Known(same, of_error)
        return mixed(left, right)

    def _contains(
        self,
        node: cst.Comparison,
        container: Value,
        item: Value,
    ) -> Value:
        if not isinstance(container, Items) or not isinstance(item, Known):
            return mixed(container, item)
        for index, member in enumerate(container.values):
            if isinstance(member, Known) and member.value == item.value:
                named = index < len(container.nodes)
                element = container.nodes[index] if named else node
                if item.of_error:
                    self._decided(element, element, not named, holds=True)
                return Known(True, item.of_error)
        if all(isinstance(member, Known) for member in container.values):
            return Known(False, item.of_error)
        return mixed(container, item)

    def _ordered(
        self, node: cst.Comparison, left: Value, operator: cst.BaseCompOp, right: Value
    ) -> Value:
        found = compute.ordered(left, operator, right)
        if found is None:
            return mixed(left, right)
        if found.value and found.of_error:
            self._decided(node, node, True, holds=True)
        return found

    # Members

    def _attribute(self, node: cst.Attribute) -> Value:
        name = dotted(node)
        if name and name in self.scopes[0]:
            return self.scopes[0][name]
        owner = self.evaluate(node.value)
        if isinstance(owner, (Part, Raised, Success)):
            return self._member(owner, node.attr.value)
        found = constant(node, self.roles.names)
        if not isinstance(found, Unknown):
            return Known(found)
        items = elements(node, self.roles.names)
        return self._items(items) if items is not None else mixed(owner)

    def _member(self, owner: Value, member: str) -> Value:
        match owner:
            case Success(is_response=False):
                return FREE
            case Success():
                truths = {
                    "ok": True,
                    "is_success": True,
                    "is_error": False,
                    "is_client_error": False,
                    "is_server_error": False,
                }
                if member in truths:
                    return Known(truths[member])
                return Known(200) if member in ("status_code", "status") else FREE
            case Part(role=Role.ERROR, fault=fault) if member in ("__class__",):
                return Opaque(frozenset({Taint.ERROR}))
            case Part(role=role, fault=fault):
                return self._member_of_part(role, fault, member)
            case Raised(cause=cause) if cause is not None and member in (
                "__cause__",
                "__context__",
            ):
                return cause
        return Opaque(frozenset({Taint.ERROR}))

    def _member_of_part(self, role: Role, fault: Fault, member: str) -> Value:
        if role is Role.RESPONSE:
            status = fault.error.status
            self.looks += 1
            ranges = {
                "ok": status < 400,
                "is_success": status < 300,
                "is_error": status >= 400,
                "is_client_error": 400 <= status < 500,
                "is_server_error": status >= 500,
            }
            if member in ranges:
                return Known(ranges[member], of_error=True)
        found = fault.profile.roles.get(role, {}).get(member)
        if found is None and role is Role.ERROR:
            found = {"args": Role.MESSAGE, "message": Role.MESSAGE}.get(member)
            if found is None and fault.profile.exceptions and not member.startswith("_"):
                return (
                    Known(None)
                    if member in self._foreign_members(fault)
                    else mixed(Part(role, fault))
                )
        return self._part(found, fault) if found is not None else mixed(Part(role, fault))

    def _foreign_members(self, fault: Fault) -> frozenset[str]:
        """Fields that other clients' errors have and this one's have not: `getattr` gives None."""
        own = fault.profile.roles.get(Role.ERROR, {})
        everyone = self.roles.origins.knowledge.members.get(Role.ERROR, {})
        return frozenset(everyone) - frozenset(own)

    def _part(self, role: Role, fault: Fault) -> Value:
        error = fault.error
        self.looks += role in _FIELDS
        match role:
            case Role.STATUS:
                return Known(error.status, of_error=True)
            case Role.CODE if error.problem and not fault.profile.reads_problem_documents:
                return NONE
            case Role.CODE:
                return Known(error.code, True) if error.code else Opaque(frozenset({Taint.ERROR}))
            case Role.TYPE:
                return Known(error.type, True) if error.type else Opaque(frozenset({Taint.ERROR}))
            case Role.RETRY_AFTER:
                return Part(role, fault) if error.retry_after else NONE
        return Part(role, fault)

    def _subscript(self, node: cst.Subscript) -> Value:
        owner = self.evaluate(node.value)
        match node.slice:
            case [cst.SubscriptElement(slice=cst.Index(value=key))]:
                return self._keyed(owner, self.evaluate(key))
        return mixed(owner)

    def _keyed(self, owner: Value, key: Value) -> Value:
        if isinstance(owner, Success):
            return FREE
        if not isinstance(owner, Part) or not isinstance(key, Known):
            return mixed(owner, key)
        match owner.role, key.value:
            case Role.HEADERS, str() as header:
                if header.lower() == "retry-after":
                    return self._part(Role.RETRY_AFTER, owner.fault)
                return Opaque(frozenset({Taint.ERROR}))
            case Role.BODY, "error":
                return Part(Role.ERROR_OBJECT, owner.fault)
            case Role.ERROR_OBJECT, ("code" | "type" | "message") as field_name:
                role = {"code": Role.CODE, "type": Role.TYPE, "message": Role.MESSAGE}[field_name]
                return self._part(role, owner.fault)
        return mixed(owner)

    # Calls

    def _call(self, node: cst.Call) -> Value:
        api = self.roles.calls.of(node)
        if node is self.site and not self.failed:
            return self._fail(node)
        if api is not None:
            self._arguments(node)
            return self._succeed(node)
        name = self.roles.names.qualified(node.func)
        if name in _EXITS:
            raise _Raise(Raised("SystemExit"))
        if name in _SLEEPS or dotted(node.func).rpartition(".")[2] in _SLEEP_METHODS:
            self.delays.append(self.evaluate(node.args[0].value) if node.args else NONE)
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

    def _arguments(self, node: cst.Call) -> list[Value]:
        return [self.evaluate(arg.value) for arg in node.args]

    def _method(self, node: cst.Call, func: cst.Attribute) -> Value | None:
        owner = self.evaluate(func.value)
        method = func.attr.value
        if not isinstance(owner, (Part, Raised, Success, Known)):
            return None
        if isinstance(owner, Known):
            return compute.text_method(owner, method, self._arguments(node))
        if method == "get" and node.args:
            return self._keyed(owner, self.evaluate(node.args[0].value))
        asked = self._raise_for_status_name(owner)
        if asked and method == asked:
            if isinstance(owner, Part):
                raise _Raise(Part(Role.ERROR, owner.fault))
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
        if isinstance(subject, Success):
            return Known(False) if self._names_exceptions(node.args[1].value) else FREE
        if isinstance(subject, Known):
            name = self.roles.names.qualified(node.args[1].value)
            kinds = {"int": int, "str": str, "float": float, "dict": dict}
            return (
                Known(isinstance(subject.value, kinds[name])) if name in kinds else mixed(subject)
            )
        return mixed(subject)

    def _names_exceptions(self, classes: cst.BaseExpression) -> bool:
        names, known = self.roles.names, self.roles.origins.knowledge.names
        items = elements(classes, names) or [classes]
        return all(known.is_exception(names.qualified(item)) for item in items)

    def _getattr(self, node: cst.Call, name: str) -> Value:
        owner = self.evaluate(node.args[0].value)
        key = self.evaluate(node.args[1].value)
        if isinstance(key, Known) and isinstance(key.value, str):
            if isinstance(owner, Part) and owner.role in (Role.ERROR, Role.RESPONSE):
                found = self._member(owner, key.value)
                if name == "hasattr":
                    return Known(True) if found != NONE else Known(False)
                if found == NONE and len(node.args) > 2:
                    return self.evaluate(node.args[2].value)
                return found
            if isinstance(owner, Success):
                return self._member(owner, key.value)
        return mixed(owner)

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
                raise _Again
            if self._concerns(node, definition):
                return self._enter(node, definition)
            self._note_helper(node, [])
            return mixed(*self._arguments(node))
        if isinstance(definition, cst.Lambda):
            return self._enter_lambda(node, definition)
        callee = self._wrapped_function(node)
        if callee is not None:
            return self._enter(node, callee)
        given = self._arguments(node)
        owner = self.evaluate(node.func.value) if isinstance(node.func, cst.Attribute) else FREE
        if isinstance(definition, cst.ClassDef) or self.roles.origins.knowledge.names.is_exception(
            name
        ):
            return (
                mixed(*given)
                if not self._is_exception_class(node.func)
                else Raised(
                    name or dotted(node.func),
                    definition if isinstance(definition, cst.ClassDef) else None,
                    next((value for value in given if isinstance(value, Part)), None),
                )
            )
        result = mixed(owner, *given)
        computed = compute.ranged(given) if name == "range" else None
        if len(given) == 1 and name != "range":
            computed = compute.converted(name, given[0])  # type: ignore[assignment]
        if computed is not None:
            return computed
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
        return result

    def _concerns(self, node: cst.Call, function: cst.FunctionDef) -> bool:
        """Whether running a function of the file can matter: it fails, sees the error, or waits."""
        calls = self.roles.calls
        if not self.failed:
            return any(api.node is self.site for api in calls.of_function(function))
        if self.site is not None and calls.sleeps(function):
            return True
        seen = {name for arg in node.args for name in names_read(arg.value)}
        return any(
            isinstance(value, Part) or taints(value)
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
        last = dotted(node.func).rpartition(".")[2].lower()
        if any(word in last for word in _ONLY_SAYS):
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
        except _Return as returned:
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


def explore(
    make: Callable[[tuple[bool, ...]], Machine], run: Callable[[Machine], Path]
) -> list[Path]:
    """Runs until every undecided way was taken, or the most paths; an empty list if it gave up."""
    paths: list[Path] = []
    script: tuple[bool, ...] = ()
    steps = 0
    while len(paths) < _MOST_PATHS:
        machine = make(script)
        try:
            paths.append(run(machine))
        except (_Stop, RecursionError):
            return []
        steps += machine.steps
        if steps > _MOST_STEPS_IN_ALL:
            return []
        taken = machine.taken
        while taken and not taken[-1]:
            taken.pop()
        if not taken:
            return paths
        script = (*taken[:-1], False)
    return paths


def ended(machine: Machine, outcome: Outcome, value: Value | None = None) -> Path:
    """The path that a machine has just gone."""
    return Path(
        outcome=outcome,
        doubts=frozenset(machine.doubts),
        delays=tuple(machine.delays),
        decisions=tuple(machine.decisions),
        sender=machine.sender,
        helped=machine.helped,
        acted=machine.acted,
        consulted=machine.looks > 0,
        value=value,
        failed=machine.failed,
        changed=frozenset(machine.assigned),
    )


def run_round(machine: Machine, loop: cst.For | cst.While) -> Path:
    """Runs one round of a loop: a round that comes to its end is followed by another."""
    try:
        with suppress(_Continue):
            machine.run(loop.body)
        # Where the test cannot be told, another round may follow: after an error as without one.
        if isinstance(loop, cst.While) and truth_of(machine.evaluate(loop.test)) is False:
            return ended(machine, Outcome.LEFT)
    except _Raise as raised:
        return ended(machine, Outcome.RAISED, raised.value)
    except _Return as returned:
        return ended(machine, Outcome.LEFT, returned.value)
    except _Break:
        return ended(machine, Outcome.LEFT)
    except _Again:
        pass
    return ended(machine, Outcome.RETRIED)


def run_function(machine: Machine, body: cst.BaseSuite) -> Path:
    """Runs a function's body: what it raises leaves it, a call of itself tries again."""
    try:
        machine.run(body)
    except _Raise as raised:
        return ended(machine, Outcome.RAISED, raised.value)
    except _Again:
        return ended(machine, Outcome.RETRIED)
    except (_Return, _Break, _Continue) as left:
        return ended(machine, Outcome.LEFT, getattr(left, "value", None))
    return ended(machine, Outcome.LEFT)


def run_expression(machine: Machine, compute: Callable[[Machine], Value]) -> Path:
    """Evaluates something that may raise."""
    try:
        return ended(machine, Outcome.LEFT, compute(machine))
    except _Raise as raised:
        return ended(machine, Outcome.RAISED, raised.value)
    except (_Again, _Return, _Break, _Continue):
        return ended(machine, Outcome.LEFT, FREE)


def names_read(node: cst.CSTNode) -> Iterator[str]:
    """The names (and dotted attributes) that an expression reads."""
    for inner in walk_scope(node):
        if isinstance(inner, cst.Name):
            yield inner.value
        elif isinstance(inner, cst.Attribute):
            name = dotted(inner)
            if name:
                yield name
