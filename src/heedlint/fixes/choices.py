"""Repairs what chooses by an error's text: a table, a `match`, a retry library's term."""

from __future__ import annotations

from dataclasses import replace

import libcst as cst

from heedlint.analysis.constants import bound_value, constant
from heedlint.analysis.facts import Facts
from heedlint.analysis.text_tests import TextTest
from heedlint.analysis.tree import walk
from heedlint.fixes.additions import Additions
from heedlint.fixes.field import Field
from heedlint.fixes.plan import Change, Replacement
from heedlint.fixes.stable_field import field_for


def replacements(test: TextTest, field: Field, facts: Facts) -> tuple[Change, ...]:
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
) -> tuple[Change, ...]:
    """The text chosen by becomes the field, and each of its texts the field's value.

    Empty unless each stands for a value of its own of the one field.
    """
    changed: list[Change] = [Replacement(test.text, field.access.source)]
    taken = set()
    for text in texts:
        needle = constant(text, facts.names)
        one = field_for(replace(test, needles=(str(needle),)), facts)
        if not isinstance(needle, str) or len(one.values) != 1 or one.access != field.access:
            return ()
        taken.add(one.values[0])
        changed.append(Replacement(text, one.values[0]))
    return tuple(changed) if len(taken) == len(texts) else ()


def _match(test: TextTest, field: Field, facts: Facts) -> tuple[Change, ...]:
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


def _table(test: TextTest, field: Field, facts: Facts) -> tuple[Change, ...]:
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


def _predicate(test: TextTest, field: Field, facts: Facts) -> tuple[Change, ...]:
    """`retry_if_exception_message(...)` becomes the library's term that takes a function."""
    node = test.node
    if not isinstance(node, cst.Call) or test.negated:
        return ()
    module = facts.names.qualified(node.func).rpartition(".")[0]
    taking = [
        name
        for name, term in facts.knowledge.retry_predicates.items()
        if term.kind == "callable" and name.rpartition(".")[0] == module
    ]
    if not taking:
        return ()
    name, changes = _known_as(taking[0], node, facts)
    return (*changes, Replacement(node, f"{name}(lambda e: {field.source(negated=False)})"))


def _known_as(term: str, old: cst.Call, facts: Facts) -> tuple[str, tuple[Change, ...]]:
    """What the file calls a term in place of an old one, and what makes it known there."""
    alone, last = _imported_for(old.func, facts), term.rpartition(".")[2]
    if alone is not None and not facts.names.is_bound(last):
        return last, (Replacement(alone, last),)
    additions = Additions(old, facts)
    return additions.name(term), additions.changes


def _imported_for(used: cst.BaseExpression, facts: Facts) -> cst.Name | None:
    """The name in an import that is there for this one use, and for no other."""
    if not isinstance(used, cst.Name):
        return None
    others = [n for n in facts.tree.all(cst.Name) if n.value == used.value and n is not used]
    alias = facts.tree.parent(others[0]) if len(others) == 1 else None
    is_plain = isinstance(alias, cst.ImportAlias) and alias.asname is None
    return others[0] if is_plain else None
