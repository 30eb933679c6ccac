"""Repairs by leaving something out: an element of a collection, an argument of a call."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from heedlint.analysis.facts import Facts
from heedlint.analysis.names import dotted
from heedlint.analysis.tree import walk
from heedlint.findings import Applicability
from heedlint.fixes.additions import Additions
from heedlint.fixes.end_attempts import end_attempts
from heedlint.fixes.plan import Plan, Removal, Replacement

_COLLECTIONS = (cst.Tuple, cst.List, cst.Set)


def drop_element(element: cst.CSTNode, facts: Facts) -> Plan | None:
    """Leaves out what names an error that never succeeds.

    That is an element of a tuple, list or set, an operand of an `or`, one of several conditions of
    a retry library, an alternative of a `case`. A tuple of one exception class becomes the class
    where a class will do as well. Where the element stands alone, what it selects is raised, not
    retried; a collection of its own is left empty.
    """
    holder = facts.tree.parent(element)
    owner = facts.tree.parent(holder) if holder is not None else None
    if isinstance(owner, _COLLECTIONS) and isinstance(holder, cst.Element):
        rest = [item for item in owner.elements if item is not holder]
        if rest:
            worth = Applicability.SAFE
            if _has_other_readers(owner, facts):
                worth = Applicability.UNSAFE
            message = f"leave {facts.tree.code(element)} out"
            return Plan(worth, message, (_without(owner, holder, facts),))
        return drop_alone(owner, element, facts) or _emptied(owner, element, facts)
    return drop_alone(element, element, facts) or end_attempts(element, facts)


def drop_alone(node: cst.CSTNode, element: cst.CSTNode, facts: Facts) -> Plan | None:
    """Leaves out the condition that `node`, an element or a collection of it alone, makes up."""
    message = f"leave {facts.tree.code(element)} out"
    condition = _condition(node, facts)
    parent = facts.tree.parent(condition)
    match parent:
        case (
            cst.BooleanOperation(left=left, operator=cst.Or(), right=right)
            | cst.BinaryOperation(left=left, operator=cst.BitOr() | cst.Add(), right=right)
        ):
            other = right if left is condition else left
            change = Replacement(parent, facts.tree.source(other), whole=_stands_free(other))
            return Plan(Applicability.SAFE, message, (change,))
        case cst.MatchOrElement():
            pattern = facts.tree.parent(parent)
            if isinstance(pattern, cst.MatchOr):
                left_over = [
                    facts.tree.code(p.pattern) for p in pattern.patterns if p is not parent
                ]
                change = Replacement(pattern, " | ".join(left_over))
                return Plan(Applicability.SAFE, message, (change,))
        case cst.Arg():
            return _without_condition(condition, parent, message, facts)
    return None


def _stands_free(node: cst.BaseExpression) -> bool:
    """Whether an operand needs no parentheses of what it was an operand of."""
    return isinstance(node, (cst.Name, cst.Call, cst.Attribute, cst.Set, cst.List, cst.Tuple))


def _condition(node: cst.CSTNode, facts: Facts) -> cst.CSTNode:
    """The whole condition: the comparison with it, `isinstance(e, it)`, `retry_if_...(it)`."""
    parent = facts.tree.parent(node)
    if isinstance(parent, cst.ComparisonTarget):
        comparison = facts.tree.parent(parent)
        one = isinstance(comparison, cst.Comparison) and len(comparison.comparisons) == 1
        if one and isinstance(parent.operator, (cst.Equal, cst.In)):
            assert comparison is not None
            return comparison
    if isinstance(parent, cst.Arg):
        call = facts.tree.parent(parent)
        if isinstance(call, cst.Call) and (
            (dotted(call.func) == "isinstance" and call.args[-1] is parent)
            or (_kind(call, facts) == "types" and len(call.args) == 1)
        ):
            return call
    if isinstance(parent, cst.MatchValue):
        return parent
    return node


def _kind(call: cst.Call, facts: Facts) -> str:
    """What a condition of a retry library is; "" for any other call."""
    term = facts.knowledge.retry_predicates.get(facts.names.qualified(call.func))
    return term.kind if term is not None else ""


def _without_condition(
    condition: cst.CSTNode, arg: cst.Arg, message: str, facts: Facts
) -> Plan | None:
    """One of several conditions goes; where it is the only one, nothing is retried any more."""
    call = facts.tree.parent(arg)
    if not isinstance(call, cst.Call) or not isinstance(condition, cst.Call):
        return None
    if _kind(condition, facts) != "types":
        return None
    if _kind(call, facts) == "any" and len(call.args) > 1:
        return Plan(Applicability.SAFE, message, (_removal(call.args, arg),))
    if _kind(call, facts):
        return None
    terms = facts.knowledge.retry_predicates
    additions = Additions(condition, facts)
    never = additions.name(next(name for name, term in terms.items() if term.kind == "never"))
    changes = (Replacement(condition, never), *additions.changes)
    return Plan(Applicability.UNSAFE, "retry nothing", changes)


def _emptied(owner: cst.Tuple | cst.List | cst.Set, element: cst.CSTNode, facts: Facts) -> Plan:
    """Nothing is left: an empty collection where it is a value of its own, else as one element."""
    message = f"leave {facts.tree.code(element)} out"
    holder = facts.tree.parent(owner)
    if isinstance(holder, cst.ComparisonTarget):
        return end_attempts(owner, facts)
    if isinstance(holder, (cst.ExceptHandler, cst.ExceptStarHandler)):
        return end_attempts(owner, facts)
    if isinstance(owner, cst.Set):
        call = facts.tree.parent(holder) if isinstance(holder, cst.Arg) else None
        if isinstance(call, cst.Call) and dotted(call.func) == "frozenset":
            return Plan(Applicability.UNSAFE, message, (Replacement(call, "frozenset()"),))
        return Plan(Applicability.UNSAFE, message, (Replacement(owner, "set()"),))
    empty = "[]" if isinstance(owner, cst.List) else "()"
    return Plan(Applicability.UNSAFE, message, (Replacement(owner, empty, whole=True),))


def _has_other_readers(owner: cst.CSTNode, facts: Facts) -> bool:
    """Whether the collection has a name that is read in more than one place of the file."""
    assignment = facts.tree.enclosing(owner, cst.Assign, cst.AnnAssign)
    if assignment is None:
        return False
    targets = [
        dotted(node.target)
        for node in walk(assignment)
        if isinstance(node, (cst.AssignTarget, cst.AnnAssign))
    ]
    used = [name for name in facts.tree.all(cst.Name) if name.value in targets]
    return len(used) > len(targets) + 1


def _without(
    owner: cst.Tuple | cst.List | cst.Set, gone: cst.Element, facts: Facts
) -> Replacement | Removal:
    rest = [item for item in owner.elements if item is not gone]
    if isinstance(owner, cst.Tuple) and len(rest) == 1:
        left = facts.tree.code(rest[0].value)
        if _stands_for_classes(owner, rest[0].value, facts):
            return Replacement(owner, left, whole=True)
        return Replacement(owner, f"{left},")
    return _removal(owner.elements, gone)


def _stands_for_classes(owner: cst.Tuple, left: cst.BaseExpression, facts: Facts) -> bool:
    """Whether a class does where the tuple stands; some libraries' parameters take tuples alone."""
    if not facts.knowledge.names.is_exception(facts.names.qualified(left)):
        return False
    holder = facts.tree.parent(owner)
    call = facts.tree.parent(holder) if isinstance(holder, cst.Arg) else None
    if isinstance(call, cst.Call):
        return dotted(call.func) == "isinstance" or _kind(call, facts) in ("types", "not-types")
    return isinstance(holder, (cst.ExceptHandler, cst.ExceptStarHandler))


def _removal(siblings: Sequence[cst.CSTNode], gone: cst.Element | cst.Arg) -> Removal:
    index = next(i for i, sibling in enumerate(siblings) if sibling is gone)
    following = siblings[index + 1] if index + 1 < len(siblings) else None
    return Removal(gone, siblings[index - 1] if index else None, following)


def drop_argument(call: cst.Call, gone: cst.Arg, facts: Facts) -> Plan:
    """Leaves an argument out of a call; by keyword only, for the others would move up."""
    source = f"{facts.tree.code(gone.keyword)}=..." if gone.keyword else ""
    if not source:
        return Plan(Applicability.DISPLAY, "leave the argument out")
    message = f"remove {source.replace('...', facts.tree.code(gone.value))}"
    return Plan(Applicability.SAFE, message, (_removal(call.args, gone),))
