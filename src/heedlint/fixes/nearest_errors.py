"""What a wording that no catalogue knows may mean: the documented errors that are left."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus

import libcst as cst

from heedlint.analysis.facts import Facts
from heedlint.analysis.text_tests import TextTest
from heedlint.analysis.tree import walk
from heedlint.clients.model import Role
from heedlint.contracts.model import DocumentedError

# More than these tell a reader nothing.
_MOST_CODES = 6
_MOST_STATUSES = 3
_WORDS = re.compile(r"[a-z]{2,}|[A-Z][a-z]+")
# Words are compared by their beginnings: "exceeds" is "exceeded". These are in too many codes.
_STEM = 5
_EVERYDAY = frozenset({"not", "invalid", "error"})
_DEPTH = 3


def reaching_errors(test: TextTest, facts: Facts) -> tuple[DocumentedError, ...]:
    """The documented errors that can get to a test: by the classes, the statuses, its branch."""
    errors = [
        error
        for catalogue in test.value.origin.catalogues
        for error in catalogue.errors
        if not error.sdk_only and not facts.reaching.is_ruled_out(error, test.value, test.node)
    ]
    meant = statuses_of_branch(test, facts)
    return tuple(error for error in errors if not meant or meant & set(error.statuses))


def is_told(error: DocumentedError, test: TextTest) -> bool:
    """Whether the client tells the program this error's code."""
    if test.value.owner_role is Role.PROBLEM:
        return error.problem
    reads = all(profile.reads_problem_documents for profile in test.value.origin.profiles)
    return not error.sdk_only and (reads or not error.problem)


def nearest(
    errors: tuple[DocumentedError, ...], test: TextTest, facts: Facts
) -> tuple[DocumentedError, ...]:
    """Those of the errors with a code that a wording which no catalogue knows may mean.

    The ones whose code it says, or the names in its branch do; else all, where they share a status
    and none of that status is without a code.
    """
    coded = [error for error in errors if error.code]
    sought = _stems([*test.needles, *_words_of_branch(test, facts)])
    said = [error for error in coded if _is_said(_stems([error.code]), sought)]
    if said:
        return tuple(said)
    one_status = len({error.status for error in errors}) == 1
    few = one_status and len(coded) == len(errors) <= _MOST_CODES
    return tuple(coded) if few else ()


def _is_said(code: frozenset[str], sought: frozenset[str]) -> bool:
    """Whether most words of a code are among those sought, and more than one."""
    shared = len(code & sought)
    return shared >= 2 and shared * 2 > len(code)


def _stems(texts: Iterable[str]) -> frozenset[str]:
    words = {word.lower() for text in texts for word in _WORDS.findall(text)}
    return frozenset(word[:_STEM] for word in words - _EVERYDAY)


def statuses_of_branch(test: TextTest, facts: Facts) -> frozenset[int]:
    """The statuses that the program itself takes the text for, where its branch says so.

    By the exceptions that it raises: their classes stand for them, or they are given one.
    """
    found: set[int] = set()
    for made in _made_by_branch(test, facts):
        statuses = _given_statuses(made) or _statuses_of_class(made.func, test, facts)
        if not statuses:
            return frozenset()
        found |= statuses
    return frozenset(found) if len(found) <= _MOST_STATUSES else frozenset()


def status_of_reason(needle: str) -> int:
    """The status whose reason phrase a text is (RFC 9110, section 15); 0 for any other text."""
    folded = needle.strip().strip(".").lower()
    return next((s.value for s in HTTPStatus if s.phrase.lower() == folded and s >= 400), 0)


def _given_statuses(made: cst.Call) -> frozenset[int]:
    return frozenset(
        node.evaluated_value
        for arg in made.args
        for node in walk(arg.value)
        if isinstance(node, cst.Integer) and 400 <= node.evaluated_value < 600
    )


def _statuses_of_class(node: cst.BaseExpression, test: TextTest, facts: Facts) -> frozenset[int]:
    """The statuses that a client's exception class, or its nearest parent with some, stands for.

    A class whose import leads nowhere is known by the name that the clients at hand give it.
    """
    known = facts.knowledge
    pending = [facts.names.qualified(node)]
    if pending[0] not in known.class_owners and facts.names.definition(node) is None:
        last = facts.tree.code(node).rpartition(".")[2]
        at_hand = (*test.value.origin.profiles, *facts.calls.imported_clients)
        pending = [n for p in at_hand for n in p.exceptions if n.rpartition(".")[2] == last]
    while pending:
        found = known.exception_class(pending.pop(0))
        if found is not None and found.statuses:
            return frozenset(found.statuses)
        pending += found.parents if found is not None else ()
    return frozenset()


def _words_of_branch(test: TextTest, facts: Facts) -> list[str]:
    """The names by which the program says what it takes the text for."""
    made = [call.func for call in _made_by_branch(test, facts)]
    known = [facts.knowledge.exception_class(facts.names.qualified(func)) for func in made]
    # A client's own class stands for its statuses, whatever it is called.
    names = [
        facts.tree.code(func).rpartition(".")[2]
        for func, klass in zip(made, known, strict=True)
        if klass is None or not klass.statuses
    ]
    function = facts.tree.enclosing(test.node, cst.FunctionDef)
    returned = facts.tree.enclosing(test.node, cst.Return) is not None
    if returned and isinstance(function, cst.FunctionDef):
        names.append(function.name.value)
    return names


def _made_by_branch(test: TextTest, facts: Facts) -> list[cst.Call]:
    """The exceptions that are raised where the test holds."""
    return [] if test.negated else _made_where(test.node, facts, 0)


def _made_where(node: cst.CSTNode, facts: Facts, depth: int) -> list[cst.Call]:
    """The exceptions raised where an expression is true, in the callers of a predicate as well."""
    inner = node
    for outer in facts.tree.ancestors(node):
        match outer:
            case cst.If(test=tested, body=body):
                return _made_in(body, facts, depth) if inner is tested else []
            case cst.Return():
                return _made_by_callers(outer, facts, depth)
            case (
                cst.UnaryOperation(operator=cst.Not())
                | cst.BaseCompoundStatement()
                | cst.SimpleStatementLine()
                | cst.Lambda()
            ):
                return []
        inner = outer
    return []


def _made_in(block: cst.BaseSuite, facts: Facts, depth: int) -> list[cst.Call]:
    """What a block raises as its last statement; `return True` is a predicate's."""
    last = block.body[-1] if block.body else None
    if isinstance(last, cst.SimpleStatementLine):
        last = last.body[-1]
    match last:
        case cst.Raise(exc=cst.Call() as made):
            return [made]
        case cst.Return(value=cst.Name(value="True")):
            return _made_by_callers(last, facts, depth)
    return []


def _made_by_callers(returned: cst.Return, facts: Facts, depth: int) -> list[cst.Call]:
    function = facts.tree.enclosing(returned, cst.FunctionDef)
    if not isinstance(function, cst.FunctionDef) or depth >= _DEPTH:
        return []
    calls = facts.names.calls_of(function)
    return [made for call in calls for made in _made_where(call, facts, depth + 1)]
