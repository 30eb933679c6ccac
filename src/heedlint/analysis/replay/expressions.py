"""Evaluates expressions: operators, comparisons, and the members of errors and responses."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import libcst as cst

from heedlint.analysis.constants import UNKNOWN, constant, elements, literal
from heedlint.analysis.names import dotted
from heedlint.analysis.replay import compute
from heedlint.analysis.replay.catching import Catching
from heedlint.analysis.replay.state import Raise, truth_of
from heedlint.analysis.replay.values import (
    FREE,
    NONE,
    CallState,
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
    shortened,
    taints,
)
from heedlint.analysis.tree import children
from heedlint.clients.model import Role
from heedlint.source.idioms import HEADER

# Seconds: a cap of fewer than these cuts off what servers really ask for.
SHORT_CAP = 60
# What tells one documented error from another that is raised as the same class.
_FIELDS = frozenset({Role.STATUS, Role.CODE, Role.TYPE})
# Members of responses that ask for the range of the status.
ANSWER_TESTS = frozenset({"ok", "is_success", "is_error", "is_client_error", "is_server_error"})


def _part_of_one(first: Value, operator: cst.BaseBinaryOp, second: Value) -> cst.CSTNode | None:
    """What makes `0.5 + random.random() / 2` a factor that may be less than one; else None."""
    for random, other in ((first, second), (second, first)):
        is_factor = isinstance(random, Opaque) and Taint.RETRY_AFTER not in random.taints
        if not is_factor or not isinstance(random, Opaque) or random.shortened_by is None:
            continue
        if isinstance(other, Known) and isinstance(other.value, (int, float)):
            if isinstance(operator, cst.Divide) and random is first and other.value >= 1:
                return random.shortened_by
            if isinstance(operator, cst.Add) and other.value < 1:
                return random.shortened_by
    return None


def _lacks(part: Part, other: Known) -> bool:
    """Whether an error without a documented code is told from one that has the code `other`."""
    codes = part.fault.catalogue.codes
    return part.role is Role.CODE and isinstance(other.value, str) and other.value in codes


def _is_whole(value: Value) -> bool:
    """Whether a value is at least as long as the header says."""
    return Taint.RETRY_AFTER in taints(value) and not any(shortened((value,)))


def _ascends(value: Value) -> bool:
    """Whether each of some numbers is greater than the one before."""
    items = value.values if isinstance(value, Items) else ()
    numbers = [v.value for v in items if isinstance(v, Known) and isinstance(v.value, (int, float))]
    return len(numbers) == len(items) > 1 and all(a < b for a, b in pairwise(numbers))


class Expressions(Catching):
    """Gives the values of expressions; calls are left to the layer above."""

    @abstractmethod
    def _call(self, node: cst.Call) -> Value:
        """The value of a call."""

    # Expressions

    def evaluate(self, node: cst.CSTNode) -> Value:
        """The value of an expression."""
        value = literal(node)
        if value is not UNKNOWN:
            return Known(value)
        kind = type(node)
        if kind is cst.Name:
            return self._lookup(node)  # type: ignore[arg-type]
        if kind is cst.Attribute:
            return self._attribute(node)  # type: ignore[arg-type]
        if kind is cst.Call:
            return self._call(node)  # type: ignore[arg-type]
        evaluated = _EVALUATED.get(kind)
        return self._rest(node) if evaluated is None else evaluated(self, node)

    def _awaited(self, node: cst.Await) -> Value:
        return self.evaluate(node.expression)

    def _named(self, node: cst.NamedExpr) -> Value:
        result = self.evaluate(node.value)
        self._bind(node.target, result)
        return result

    def _unary(self, node: cst.UnaryOperation) -> Value:
        result = self.evaluate(node.expression)
        if isinstance(node.operator, cst.Not):
            truth = truth_of(result)
            return mixed(result) if truth is None else Known(not truth)
        return mixed(result)

    def _conditional(self, node: cst.IfExp) -> Value:
        return self._either(node, node.test, node.body, node.orelse)

    def _display(self, node: cst.Tuple | cst.List | cst.Set | cst.Dict) -> Value:
        items = elements(node, self.roles.names)
        return self._items(items) if items is not None else self._rest(node)

    def _binary(self, node: cst.BinaryOperation) -> Value:
        operator = node.operator
        first, second = self.evaluate(node.left), self.evaluate(node.right)
        computed = compute.arithmetic(first, operator, second)
        if computed is not None:
            return computed
        grows = isinstance(operator, (cst.Power, cst.LeftShift))
        extra = Opaque(frozenset({Taint.GROWING})) if grows else FREE
        product = mixed(first, second, extra)
        part = _part_of_one(first, operator, second)
        if part is not None:
            return Opaque(product.taints, part)
        if isinstance(operator, cst.Multiply):
            return self._multiplied(node, product, first, second)
        if isinstance(operator, cst.Add) and any(map(_is_whole, (first, second))):
            return Opaque(product.taints)  # what is added makes it no less
        return product

    def _comprehension(self, node: cst.ListComp | cst.SetComp | cst.GeneratorExp) -> Value:
        """The items of a comprehension over known ones, where its conditions are known, too."""
        loop = node.for_in
        function = self.roles.tree.enclosing(node, cst.FunctionDef)
        is_async = isinstance(function, cst.FunctionDef) and function.asynchronous is not None
        if is_async and isinstance(node.elt, cst.Call):
            return self._coroutines(node)
        items = self.evaluate(loop.iter)
        if (
            not isinstance(items, Items)
            or not isinstance(loop.target, cst.Name)
            or loop.inner_for_in
        ):
            return self._rest(node)
        found: list[Value] = []
        for item in items.values:
            self.scopes[-1][loop.target.value] = item
            truths = [truth_of(self.evaluate(condition.test)) for condition in loop.ifs]
            if None in truths:
                return mixed(items)
            if all(truths):
                found.append(self.evaluate(node.elt))
        return Items(tuple(found))

    def _coroutines(self, node: cst.ListComp | cst.SetComp | cst.GeneratorExp) -> Value:
        """A comprehension that makes calls and awaits none: they fail where somebody waits."""
        try:
            return self._rest(node)
        except Raise as raised:
            self.doubts.add(Taint.ERROR)
            return mixed(raised.value)

    def _either(
        self,
        node: cst.CSTNode,
        test: cst.BaseExpression,
        body: cst.BaseExpression,
        orelse: cst.BaseExpression,
    ) -> Value:
        tested = self.evaluate(test)
        found = self.evaluate(body if self.decide(tested) else orelse)
        match test:
            case cst.Comparison(
                comparisons=[cst.ComparisonTarget(operator=sign, comparator=bound)]
            ):
                # `told if told < 30 else 30` is a cap.
                cap = self.evaluate(bound)
                short = isinstance(cap, Known) and isinstance(cap.value, (int, float))
                if (
                    Taint.RETRY_AFTER in taints(tested)
                    and isinstance(sign, (cst.LessThan, cst.LessThanEqual, cst.GreaterThan))
                    and short
                    and cap == found
                    and cap.value < SHORT_CAP  # type: ignore[union-attr, operator]
                ):
                    return Opaque(frozenset({Taint.RETRY_AFTER}), node)
        return found

    @staticmethod
    def _multiplied(node: cst.CSTNode, product: Opaque, *factors: Value) -> Opaque:
        """A wait times what is, or may be, less than one comes early."""
        cuts = [f.shortened_by for f in factors if isinstance(f, Opaque) and f.shortened_by]
        for factor in factors:
            if isinstance(factor, Known) and isinstance(factor.value, (int, float)):
                cuts += [node] if factor.value < 1 else []
        return Opaque(product.taints, cuts[0]) if cuts else product

    def _rest(self, node: cst.CSTNode) -> Value:
        """Anything else: run for the calls in it, unknown but for what it depends on."""
        found = mixed(*(self.evaluate(child) for child in children(node)))
        as_text = isinstance(node, (cst.FormattedString, cst.FormattedStringExpression))
        if as_text and Taint.ERROR in found.taints:
            return Opaque((found.taints - {Taint.ERROR}) | {Taint.MESSAGE})
        return found

    def _boolean(self, node: cst.BooleanOperation) -> Value:
        before = len(self.decisions)
        left = self.evaluate(node.left)
        truth = truth_of(left)
        is_and = isinstance(node.operator, cst.And)
        if truth is not None:
            if truth is not is_and:
                return left
            made = len(self.decisions)
            right = self.evaluate(node.right)
            if is_and and truth_of(right) is False:
                del self.decisions[before:made]  # what holds on the left decides nothing
            return right
        # The way taken on the left is a way of its own: what the right says then holds alone.
        choice = self.decide(left)
        if choice is is_and:
            return self.evaluate(node.right)
        told = choice and Taint.RETRY_AFTER in taints(left)
        return left if told else Known(choice)  # `seconds or True`

    def _comparison(self, node: cst.Comparison) -> Value:
        left = self.evaluate(node.left)
        results: list[Value] = []
        for target in node.comparisons:
            right = self.evaluate(target.comparator)
            results.append(self._compare(node, left, target.operator, right, target.comparator))
            left = right
        if all(isinstance(r, Known) for r in results):
            known = [r for r in results if isinstance(r, Known)]
            return Known(all(r.value for r in known), any(r.of_error for r in known))
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
            unknown = isinstance(one, Part) and one.role is Role.CODE
            if (
                isinstance(other, Known)
                and other.value is None
                and isinstance(one, (Part, Raised, Success, Items))
                and not unknown
            ):
                return Known(False)
        for one, other in ((left, right), (right, left)):
            if isinstance(one, Part) and isinstance(other, Known) and _lacks(one, other):
                return Known(False, of_error=True)
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
        if isinstance(container, Items) and isinstance(item, Part):
            lacked = [isinstance(m, Known) and _lacks(item, m) for m in container.values]
            return Known(False, of_error=True) if all(lacked) else mixed(container, item)
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
        if isinstance(owner, CallState):
            return self._state_member(owner, node.attr.value)
        if isinstance(owner, (Part, Raised, Success)):
            return self._member(owner, node.attr.value)
        found = constant(node, self.roles.names)
        if found is not UNKNOWN:
            return Known(found)
        items = elements(node, self.roles.names)
        return self._items(items) if items is not None else mixed(owner)

    @staticmethod
    def _state_member(state: CallState, member: str) -> Value:
        """A step from a library's state towards the exception or the result; else unknown."""
        onward = [(way[1:], value) for way, value in state.ways if way[0] == member]
        arrived = [value for way, value in onward if not way]
        if arrived:
            return arrived[0]
        if member == "failed":
            return Known(any(way == ("exception()",) and v != NONE for way, v in state.ways))
        return CallState(tuple((way, value) for way, value in onward)) if onward else FREE

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
            self.looks.append(Role.STATUS)
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
        return self.roles.origins.knowledge.error_members - frozenset(own)

    def _part(self, role: Role, fault: Fault) -> Value:
        error = fault.error
        if role in _FIELDS:
            self.looks.append(role)
        match role:
            case Role.STATUS:
                return Known(error.status, of_error=True)
            case Role.CODE if error.problem and not fault.profile.reads_problem_documents:
                return NONE
            case Role.CODE:
                return Known(error.code, True) if error.code else Part(role, fault)
            case Role.TYPE:
                return Known(error.type, True) if error.type else Opaque(frozenset({Taint.ERROR}))
            case Role.RETRY_AFTER:
                return Part(role, fault) if error.retry_after else NONE
        return Part(role, fault)

    def _subscript(self, node: cst.Subscript) -> Value:
        owner = self.evaluate(node.value)
        match node.slice:
            case [cst.SubscriptElement(slice=cst.Index(value=key))]:
                found = self._keyed(owner, self.evaluate(key))
                if isinstance(found, Opaque) and not _ascends(owner):
                    # What stands at a place that grows need not grow.
                    return Opaque(found.taints - {Taint.GROWING}, found.shortened_by)
                return found
        return mixed(owner)

    def _keyed(self, owner: Value, key: Value) -> Value:
        if isinstance(owner, CallState) and isinstance(key, Known):
            return self._state_member(owner, str(key.value))
        if isinstance(owner, Success):
            return FREE
        if isinstance(owner, Opaque) and isinstance(key, Known):
            # A copy of the headers: `{name.lower(): value for name, value in headers.items()}`.
            named = str(key.value).lower() == HEADER and Taint.ERROR in owner.taints
            return Opaque(frozenset({Taint.RETRY_AFTER})) if named else mixed(owner, key)
        if not isinstance(owner, Part) or not isinstance(key, Known):
            return mixed(owner, key)
        match owner.role, key.value:
            case Role.HEADERS, str() as header:
                if header.lower() == HEADER:
                    return self._part(Role.RETRY_AFTER, owner.fault)
                return Opaque(frozenset({Taint.ERROR}))
            case Role.BODY, "error":
                return Part(Role.ERROR_OBJECT, owner.fault)
            case Role.ERROR_OBJECT, ("code" | "type" | "message") as field_name:
                role = {"code": Role.CODE, "type": Role.TYPE, "message": Role.MESSAGE}[field_name]
                return self._part(role, owner.fault)
        return mixed(owner)


_EVALUATED: dict[type[cst.CSTNode], Callable[[Expressions, Any], Value]] = {
    cst.Await: Expressions._awaited,
    cst.BinaryOperation: Expressions._binary,
    cst.BooleanOperation: Expressions._boolean,
    cst.Comparison: Expressions._comparison,
    cst.Dict: Expressions._display,
    cst.GeneratorExp: Expressions._comprehension,
    cst.IfExp: Expressions._conditional,
    cst.Lambda: lambda *_: FREE,
    cst.List: Expressions._display,
    cst.ListComp: Expressions._comprehension,
    cst.NamedExpr: Expressions._named,
    cst.Set: Expressions._display,
    cst.SetComp: Expressions._comprehension,
    cst.Subscript: Expressions._subscript,
    cst.Tuple: Expressions._display,
    cst.UnaryOperation: Expressions._unary,
}
