"""Runs statements with one call failing, and tells how the failure leaves them.

The machine runs a piece of code as Python would, on values of which most are unknown. Where a
condition is undecided it takes one way and notes the other; `explore` runs the code again until
every way was taken. So the code below reads like an ordinary interpreter.
"""

from __future__ import annotations

import libcst as cst

from heedlint.analysis.constants import constant
from heedlint.analysis.names import dotted
from heedlint.analysis.replay.expressions import SHORT_CAP
from heedlint.analysis.replay.invocations import Invocations
from heedlint.analysis.replay.state import Break, Continue, Raise, Return, Stop, truth_of
from heedlint.analysis.replay.values import (
    FREE,
    NONE,
    Known,
    Opaque,
    Part,
    Raised,
    Taint,
    Value,
    mixed,
    taints,
)

_MOST_STEPS = 1500


def _lacks_an_operand(test: cst.BaseExpression, holds: bool) -> bool:
    """Whether a test has its truth because an operand of an `and` does not hold."""
    match test:
        case cst.UnaryOperation(operator=cst.Not(), expression=negated):
            return _lacks_an_operand(negated, not holds)
        case cst.BooleanOperation(operator=cst.And()):
            return not holds
    return False


class Machine(Invocations):
    """Runs statements: the whole of the interpreter, for one run."""

    # Statements

    def run(self, body: cst.BaseSuite) -> None:
        """Runs a block; what ends it early is raised as one of the exceptions of `state`."""
        if isinstance(body, cst.SimpleStatementSuite):
            self.execute(body)
            return
        for statement in body.body:
            self.execute(statement)

    def execute(self, node: cst.CSTNode) -> None:
        """Runs one statement."""
        self.steps += 1
        if self.steps > _MOST_STEPS:
            raise Stop
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
        except Raise as raised:
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
                raise Return(self.evaluate(value) if value is not None else NONE)
            case cst.Raise():
                self._raise(node)
            case cst.Break():
                raise Break
            case cst.Continue():
                raise Continue
            case cst.Assert(test=test):
                if not self.decide(self.evaluate(test)):
                    raise Raise(Raised("AssertionError"))

    def _raise(self, node: cst.Raise) -> None:
        if node.exc is None:
            raise Raise(self.handling[-1] if self.handling else Raised(""))
        cause = self.handling[-1] if self.handling else None
        value = self.evaluate(node.exc)
        if isinstance(value, (Part, Raised)):
            raise Raise(value)
        func = node.exc.func if isinstance(node.exc, cst.Call) else node.exc
        definition = self.roles.names.definition(func)
        name = self.roles.names.qualified(func)
        klass = definition if isinstance(definition, cst.ClassDef) else None
        raise Raise(Raised(name or dotted(func), klass, cause))

    def _if(self, node: cst.If) -> None:
        looked, decided = len(self.looks), len(self.decisions)
        tested = self.evaluate(node.test)
        holds = self.decide(tested)
        if truth_of(tested) is None and _lacks_an_operand(node.test, holds):
            # `isinstance(e, X) and first`: what does not hold is the part that nobody knows.
            del self.decisions[decided:]
        if self.failed and not self.handlers and len(self.looks) > looked:
            # Without an `except`, the status test is what sends the error round again.
            self.sender = node.test
        if holds:
            self.run(node.body)
            if Taint.RETRY_AFTER in taints(tested):
                self._cap(node)
            return
        self._limit(node.test)
        if isinstance(node.orelse, cst.If):
            self._if(node.orelse)
        elif node.orelse is not None:
            self.run(node.orelse.body)

    def _limit(self, test: cst.BaseExpression) -> None:
        """What is known where `told > 20` does not hold: a cap of 20 cuts nothing off any more."""
        match test:
            case cst.Comparison(
                left=cst.Name(value=name),
                comparisons=[
                    cst.ComparisonTarget(
                        operator=cst.GreaterThan() | cst.GreaterThanEqual(), comparator=bound
                    )
                ],
            ):
                most = constant(bound, self.roles.names)
                if isinstance(most, (int, float)):
                    self.limits[name] = float(most)

    def _cap(self, node: cst.If) -> None:
        """`if told > 30: told = 30` cuts short what the header says."""
        match node.test:
            case cst.Comparison(
                left=cst.Name(value=name),
                comparisons=[
                    cst.ComparisonTarget(operator=cst.GreaterThan() | cst.GreaterThanEqual())
                ],
            ):
                cap = self.scopes[-1].get(name)
                seconds = cap.value if isinstance(cap, Known) else None
                if isinstance(seconds, (int, float)) and seconds < SHORT_CAP:
                    self.scopes[-1][name] = Opaque(frozenset({Taint.RETRY_AFTER}), node.body)

    def _loop(self, node: cst.For | cst.While) -> None:
        if isinstance(node, cst.For):
            iterated = self.evaluate(node.iter)
            self._bind(node.target, Opaque(taints(iterated)))
        elif not self.decide(self.evaluate(node.test)):
            return
        try:
            self.run(node.body)
        except Break:
            return
        except Continue:
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
            except Raise as raised:
                self._handle(node, raised)
            else:
                if node.orelse is not None:
                    self.run(node.orelse.body)
        finally:
            if node.finalbody is not None:
                self.run(node.finalbody.body)

    def _handle(self, node: cst.Try | cst.TryStar, raised: Raise) -> None:
        for handler in node.handlers:
            if self._catches(handler, raised.value):
                self.handling.append(raised.value)
                self.handlers += 1
                if self.failed:
                    self.sender, self.caught = handler, raised.value
                if handler.name is not None:
                    self._bind(handler.name.name, raised.value)
                try:
                    self.run(handler.body)
                finally:
                    self.handling.pop()
                    self.handlers -= 1
                return
        raise raised
