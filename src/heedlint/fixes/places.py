"""What a field test takes the place of: a text test and whatever makes a truth value of it."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from heedlint.analysis.constants import constant
from heedlint.analysis.facts import Facts
from heedlint.analysis.names import Kind
from heedlint.analysis.text_tests import TextTest
from heedlint.analysis.tree import COMPREHENSIONS, walk

_TRUE_OR_FALSE = frozenset({"in", "==", "startswith", "endswith", "__contains__"})
_FINDING = frozenset({"find", "rfind"})
_MATCHING = frozenset({"search", "match", "fullmatch", "findall"})
# Comparisons of what `find` and `count` give: whether they hold where nothing is found.
_ABSENT = {
    ("find", cst.Equal, -1): True, ("find", cst.NotEqual, -1): False,
    ("find", cst.GreaterThan, -1): False, ("find", cst.GreaterThanEqual, 0): False,
    ("find", cst.LessThan, 0): True, ("find", cst.LessThanEqual, -1): True,
    ("count", cst.Equal, 0): True, ("count", cst.NotEqual, 0): False,
    ("count", cst.GreaterThan, 0): False, ("count", cst.GreaterThanEqual, 1): False,
    ("count", cst.LessThan, 1): True, ("count", cst.LessThanEqual, 0): True,
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """The expression to replace; `negated` says that it holds where the text is not there.

    `is_truth` says that nobody takes more from its value than whether it is true.
    """

    node: cst.BaseExpression
    negated: bool
    is_truth: bool = True


def place_of(test: TextTest, facts: Facts) -> Place | None:
    """Where the field test goes; None where the text test gives more than yes or no."""
    place = _decided(test, facts)
    if place is not None:
        place = _lifted(place, test, facts)
    if place is None or _loop_needs_its_name(test, facts):
        return None
    place = _with_its_not(place, facts)
    return place if not _is_entangled(place.node, facts) else None


def _with_its_not(place: Place, facts: Facts) -> Place:
    """The place with the `not` in front of it, which the new test says itself."""
    parent = facts.tree.parent(place.node)
    while isinstance(parent, cst.UnaryOperation) and isinstance(parent.operator, cst.Not):
        place = Place(parent, not place.negated)
        parent = facts.tree.parent(parent)
    return place


def _decided(test: TextTest, facts: Facts) -> Place | None:
    """The test with what makes a truth value of it: `.find(x) != -1`, `bool(...)`, `is None`."""
    operator = test.operator.rpartition(".")[2]
    if operator in _TRUE_OR_FALSE:
        return Place(test.node, test.negated)
    if operator in _FINDING or operator == "count":
        compared = _compared_with_absence(test, "count" if operator == "count" else "find", facts)
        if compared is not None or operator in _FINDING:
            return compared
        return _as_truth(test, facts)
    if operator in _MATCHING:
        return _compared_with_none(test, facts) or _as_truth(test, facts)
    return None


def _compared_with_absence(test: TextTest, method: str, facts: Facts) -> Place | None:
    parent = facts.tree.parent(test.node)
    match parent:
        case cst.Comparison(left=left, comparisons=[target]) if left is test.node:
            number = constant(target.comparator, facts.names)
            absent = (
                _ABSENT.get((method, type(target.operator), number))
                if isinstance(number, int)
                else None
            )
            return Place(parent, absent) if absent is not None else None
    return None


def _compared_with_none(test: TextTest, facts: Facts) -> Place | None:
    parent = facts.tree.parent(test.node)
    match parent:
        case cst.Comparison(
            left=left,
            comparisons=[
                cst.ComparisonTarget(
                    operator=cst.Is() | cst.IsNot() as operator, comparator=cst.Name(value="None")
                )
            ],
        ) if left is test.node:
            return Place(parent, isinstance(operator, cst.Is))
    return None


def _as_truth(test: TextTest, facts: Facts) -> Place | None:
    """A value of which only the truth is asked for: `if pattern.search(text):`."""
    node: cst.CSTNode = test.node
    parent = facts.tree.parent(node)
    if isinstance(parent, cst.Arg):
        call = facts.tree.parent(parent)
        if isinstance(call, cst.Call) and facts.names.qualified(call.func) == "bool":
            return Place(call, negated=False)
    if isinstance(parent, COMPREHENSIONS) and _quantifier(parent, facts) is not None:
        return Place(test.node, negated=False)
    combined = isinstance(parent, cst.BooleanOperation)
    while isinstance(parent, cst.BooleanOperation):
        node, parent = parent, facts.tree.parent(parent)
    match parent:
        case (
            cst.If(test=tested)
            | cst.While(test=tested)
            | cst.IfExp(test=tested)
            | cst.Assert(test=tested)
            | cst.CompIf(test=tested)
        ) if tested is node:
            return Place(test.node, negated=False)
        case cst.UnaryOperation(operator=cst.Not()):
            return Place(test.node, negated=False)
    return Place(test.node, negated=False, is_truth=False) if combined else None


def _quantifier(comprehension: cst.CSTNode, facts: Facts) -> cst.Call | None:
    """The `any(...)` or `all(...)` around a comprehension."""
    arg = facts.tree.parent(comprehension)
    call = facts.tree.parent(arg) if isinstance(arg, cst.Arg) else None
    match call:
        case cst.Call(func=cst.Name(value="any" | "all"), args=[_]):
            return call
    return None


def _lifted(place: Place, test: TextTest, facts: Facts) -> Place | None:
    """For a test of each of several words: the `any(...)` or `all(...)` around it."""
    around = facts.tree.parent(place.node)
    loops = _own_loops(test, facts)
    if not loops:
        return place
    if not isinstance(around, (cst.GeneratorExp, cst.ListComp)) or [around.for_in] != loops:
        return None  # what is found is taken further
    call = _quantifier(around, facts)
    if call is None or around.for_in.inner_for_in is not None or around.for_in.ifs:
        return None
    asks_for_any = isinstance(call.func, cst.Name) and call.func.value == "any"
    return Place(call, place.negated) if asks_for_any != place.negated else None


def _own_loops(test: TextTest, facts: Facts) -> list[cst.CompFor]:
    """The loops of comprehensions that bring the words, not the text, of a test."""
    in_text = set(walk(test.text))
    return [
        binding.node
        for name in walk(test.node)
        if isinstance(name, cst.Name) and name not in in_text
        for binding in facts.names.bindings(name)
        if isinstance(binding.node, cst.CompFor)
    ]


def _loop_needs_its_name(test: TextTest, facts: Facts) -> bool:
    """Whether a loop over the words does more with the word that was found, or with its partner."""
    inside = set(walk(test.node))
    for name in _names_of_words(test, facts):
        for binding in facts.names.bindings(name):
            loop = binding.node
            if not isinstance(loop, cst.For) or binding.kind is not Kind.LOOP:
                continue
            is_used = any(
                isinstance(other, cst.Name) and other.value == binding.name
                for other in walk(loop.body)
                if other not in inside and other is not name
            )
            if is_used or not isinstance(loop.target, cst.Name):
                return True
    return False


def _names_of_words(test: TextTest, facts: Facts) -> list[cst.Name]:
    """The names by which a test knows its words, those that a comprehension goes over as well."""
    in_text = set(walk(test.text))
    loops = [loop.iter for loop in _own_loops(test, facts)]
    return [
        node
        for part in (test.node, *loops)
        for node in walk(part)
        if isinstance(node, cst.Name) and node not in in_text
    ]


def _is_entangled(node: cst.BaseExpression, facts: Facts) -> bool:
    """Whether the test does more than test: binds a name, or stands in an f-string's quotes."""
    bound = {
        inner.target.value
        for inner in walk(node)
        if isinstance(inner, cst.NamedExpr) and isinstance(inner.target, cst.Name)
    }
    if bound and _are_used_outside(bound, node, facts):
        return True
    return facts.tree.enclosing(node, cst.FormattedString) is not None


def _are_used_outside(names: set[str], node: cst.BaseExpression, facts: Facts) -> bool:
    around = facts.tree.enclosing(node, cst.FunctionDef) or facts.tree.module
    inside = set(walk(node))
    return any(
        isinstance(other, cst.Name) and other.value in names and other not in inside
        for other in walk(around)
    )
