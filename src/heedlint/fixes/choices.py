"""Repairs what chooses by an error's text: a table, a `match`, a retry library's term."""

from __future__ import annotations

from dataclasses import replace

import libcst as cst

from heedlint.analysis.constants import bound_value, constant
from heedlint.analysis.facts import Facts
from heedlint.analysis.names import Kind
from heedlint.analysis.text_tests import TextTest
from heedlint.analysis.tree import walk
from heedlint.fixes.field import Field
from heedlint.fixes.plan import Replacement
from heedlint.fixes.stable_field import field_for


def replacements(test: TextTest, field: Field, facts: Facts) -> tuple[Replacement, ...]:
    """What makes the choice hang on the field instead; empty where that cannot be written."""
    if test.is_predicate:
        return _predicate(test, field, facts)
    if test.operator == "match":
        return _match(test, field, facts)
    if test.operator == "[]":
        return _table(test, field, facts)
    return ()


def _replaced(
    test: TextTest, field: Field, texts: list[cst.BaseExpression], facts: Facts
) -> tuple[Replacement, ...]:
    """The text chosen by becomes the field, and each of its texts the field's value.

    Empty unless each stands for a value of its own of the one field.
    """
    changed = [Replacement(test.text, field.access.source)]
    taken = set()
    for text in texts:
        needle = constant(text, facts.names)
        one = field_for(replace(test, needles=(str(needle),)), facts)
        if not isinstance(needle, str) or len(one.values) != 1 or one.access != field.access:
            return ()
        taken.add(one.values[0])
        changed.append(Replacement(text, one.values[0]))
    return tuple(changed) if len(taken) == len(texts) else ()


def _match(test: TextTest, field: Field, facts: Facts) -> tuple[Replacement, ...]:
    statement = facts.tree.parent(test.node)
    if not isinstance(statement, cst.Match):
        return ()
    texts: list[cst.BaseExpression] = []
    for case in statement.cases:
        for pattern in walk(case.pattern):
            match pattern:
                case cst.MatchValue(value=text):
                    texts.append(text)
                case cst.MatchAs(pattern=None, name=None) | cst.MatchOr():
                    pass
                case cst.MatchPattern():
                    return ()
    return _replaced(test, field, texts, facts)


def _table(test: TextTest, field: Field, facts: Facts) -> tuple[Replacement, ...]:
    """The keys of a dictionary that is there for this one choice."""
    owner = next((t for node, t, _ in facts.tree.keyed if node is test.node), None)
    table = bound_value(owner, facts.names) if owner is not None else None
    if not isinstance(owner, cst.Name) or not isinstance(table, cst.Dict):
        return ()
    uses = [n for n in facts.tree.all(cst.Name) if n.value == owner.value]
    if len(uses) != 2:  # where it is made and here
        return ()
    keys = [item.key for item in table.elements if isinstance(item, cst.DictElement)]
    if len(keys) != len(table.elements) or not all(isinstance(k, cst.SimpleString) for k in keys):
        return ()
    return _replaced(test, field, keys, facts)


def _predicate(test: TextTest, field: Field, facts: Facts) -> tuple[Replacement, ...]:
    """`retry_if_exception_message(...)` becomes the library's term that takes a function."""
    node = test.node
    if not isinstance(node, cst.Call) or test.negated:
        return ()
    module, _, old = facts.names.qualified(node.func).rpartition(".")
    taking = [
        name.rpartition(".")[2]
        for name, term in facts.knowledge.retry_predicates.items()
        if term.kind == "callable" and name.rpartition(".")[0] == module
    ]
    if not taking:
        return ()
    call = f"{taking[0]}(lambda e: {field.source(negated=False)})"
    match node.func:
        case cst.Attribute(value=library):
            return (Replacement(node, f"{facts.tree.code(library)}.{call}"),)
        case cst.Name() as used:
            imported = _imported(used, old, taking[0], facts)
            return (*imported, Replacement(node, call)) if imported is not None else ()
    return ()


def _imported(used: cst.Name, old: str, new: str, facts: Facts) -> tuple[Replacement, ...] | None:
    """What makes a file import one name beside, or in place of, another; None if it cannot."""
    found = [b for b in facts.names.bindings(used) if b.kind is Kind.IMPORT]
    if len(found) != 1 or not isinstance(found[0].node, cst.ImportFrom) or used.value != old:
        return None
    names = found[0].node.names
    if isinstance(names, cst.ImportStar):
        return None
    if any(alias.name.value == new and alias.asname is None for alias in names):
        return ()
    others = [n for n in facts.tree.all(cst.Name) if n.value == old and n is not used]
    if any(n.value == new for n in facts.tree.all(cst.Name)):
        return None
    for alias in names:
        if alias.name.value == old:
            kept = "" if others == [alias.name] else f", {old}"
            return (Replacement(alias.name, f"{new}{kept}"),)
    return None
