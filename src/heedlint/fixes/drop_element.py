"""Repairs by leaving something out: an element of a collection, an argument of a call."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from heedlint.analysis.facts import Facts
from heedlint.analysis.names import dotted
from heedlint.analysis.tree import walk
from heedlint.findings import Applicability
from heedlint.fixes.plan import Plan, Removal, Replacement
from heedlint.fixes.raise_instead import raise_instead

_COLLECTIONS = (cst.Tuple, cst.List, cst.Set)


def drop_element(element: cst.CSTNode, facts: Facts) -> Plan | None:
    """Leaves an element out of the tuple, list or set that holds it.

    A tuple of one exception class becomes the class where a class will do as well. Where nothing
    would be left the repair is only shown; an element of no collection is raised, not retried.
    """
    holder = facts.tree.parent(element)
    owner = facts.tree.parent(holder) if holder is not None else None
    text = facts.tree.code(element)
    message = f"leave {text} out"
    if not isinstance(owner, _COLLECTIONS) or not isinstance(holder, cst.Element):
        return raise_instead(element, facts)
    rest = [item for item in owner.elements if item is not holder]
    if not rest:
        return Plan(Applicability.DISPLAY, message)
    worth = Applicability.UNSAFE if _has_other_readers(owner, facts) else Applicability.SAFE
    return Plan(worth, message, (_without(owner, holder, facts),))


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
    holder = facts.tree.parent(owner)
    named = facts.knowledge.names.is_exception(facts.names.qualified(left))
    return named and isinstance(holder, (cst.Arg, cst.ExceptHandler, cst.ExceptStarHandler))


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
