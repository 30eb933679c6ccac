"""Narrows a policy by its condition: another one beside it, or a function in its place."""

from __future__ import annotations

import libcst as cst

from heedlint.analysis.constants import bound_value, elements
from heedlint.analysis.facts import Facts
from heedlint.analysis.names import dotted
from heedlint.analysis.tree import walk
from heedlint.clients.model import VOCABULARY, RetryTerm
from heedlint.fixes.arguments import with_keyword, with_other
from heedlint.fixes.hopeless import Hopeless, negated
from heedlint.fixes.layout import Chain, flat, one_or_tuple
from heedlint.fixes.narrowing import Narrowing, classes_of, operand_sources
from heedlint.fixes.plan import Plan

# Conditions that hold for no result: another one put beside them changes nothing for results.
_OF_ERRORS = ("types", "not-types", "callable", "message", "cause-types")


def by_condition(
    narrowing: Narrowing, term: RetryTerm, given: cst.BaseExpression | None
) -> Plan | None:
    """The condition with the errors left out, in the terms that it is given in."""
    match term.kind:
        case _ if term.kind == VOCABULARY:
            return _by_vocabulary(narrowing, term, given)
        case "types-or-callable":
            return _by_function(narrowing, term, given)
        case "statuses":
            return _by_statuses(narrowing, given)
    return None


def _by_vocabulary(
    narrowing: Narrowing, term: RetryTerm, given: cst.BaseExpression | None
) -> Plan | None:
    """`condition & another` in the library's own terms."""
    facts, use = narrowing.facts, narrowing.use
    at_fault: cst.BaseExpression | None = given
    caught: tuple[str, ...] = ()
    if given is not None:
        at_fault, caught = _term_at_fault(narrowing, given)
        if at_fault is None:
            return None
    found = narrowing.told(caught)
    if found.is_empty:
        return None
    others = _others(narrowing, found)
    if given is None:
        name = narrowing.additions.name(term.default[0])
        source = Chain([f"{name}()", *others], "&")
        changes = with_keyword(use.node, term.name, source, facts)
        return narrowing.plan(f"give {term.name}={source.line}", changes, exact=found.exact)
    assert at_fault is not None
    plain = at_fault.with_changes(lpar=(), rpar=())  # one node's own parentheses stay around it
    code = facts.tree.indented(plain, facts.tree.block_indentation(at_fault))
    source = Chain([code, *others], "&")
    changes = with_other(use.node, at_fault, source, facts)
    return narrowing.plan(f"narrow it to {source.line}", changes, exact=found.exact)


def _others(narrowing: Narrowing, found: Hopeless) -> list[str]:
    """Conditions of the library that leave out what is told apart: by classes, by functions."""
    predicates = narrowing.facts.knowledge.retry_predicates
    by_kind = {term.kind: name for name, term in reversed(predicates.items())}
    name = narrowing.additions.name
    classes = one_or_tuple(found.classes) if found.classes else ""
    function = name(by_kind["callable"]) if found.tests else ""
    tests = [f"{function}(lambda e: {negated(test)})" for test in found.tests]
    return [*([f"{name(by_kind['not-types'])}({classes})"] if classes else []), *tests]


def _term_at_fault(
    narrowing: Narrowing, given: cst.BaseExpression
) -> tuple[cst.BaseExpression | None, tuple[str, ...]]:
    """The part of a condition that takes the errors in, and the classes that it is about."""
    facts = narrowing.facts
    vocabulary = facts.knowledge.retry_predicates
    element = narrowing.attempts[0].element
    terms = [
        node
        for node in walk(given)
        if isinstance(node, cst.Call) and facts.names.qualified(node.func) in vocabulary
    ]
    simple = [
        node
        for node in terms
        if vocabulary[facts.names.qualified(node.func)].kind not in ("any", "all")
    ]
    around = [
        node
        for node in simple
        if element is not None and (node is element or facts.tree.contains(node, element))
    ]
    if not around and len(simple) == 1:
        around = simple
    if around:
        term = vocabulary[facts.names.qualified(around[-1].func)]
        if term.kind not in _OF_ERRORS:
            return None, ()
        classes = around[-1].args[0].value if around[-1].args and term.kind == "types" else None
        return around[-1], classes_of(classes, facts)
    bound = bound_value(given, facts.names)
    made = (
        vocabulary.get(facts.names.qualified(bound.func)) if isinstance(bound, cst.Call) else None
    )
    if isinstance(bound, cst.Call) and made is not None and made.kind in _OF_ERRORS:
        classes = bound.args[0].value if bound.args and made.kind == "types" else None
        return given, classes_of(classes, facts)
    return None, ()  # what a function says of results is not known


def _by_function(
    narrowing: Narrowing, term: RetryTerm, given: cst.BaseExpression | None
) -> Plan | None:
    """Classes, or a function of the exception, become a function that leaves some out."""
    facts = narrowing.facts
    if isinstance(given, cst.Lambda):
        return _narrowed_lambda(narrowing, term, given)
    classes = classes_of(given, facts)
    found = narrowing.told(classes)
    if found.is_empty:
        return None
    rest = found.left("e")
    since = term.functions_since
    if given is None:
        parts = [f"isinstance(e, {one_or_tuple(term.default)})", *rest]
    elif _names_classes(given, classes, facts):
        parts = [f"isinstance(e, {flat(facts.tree.source(given))})", *rest]
    elif isinstance(facts.names.definition(given), cst.FunctionDef):
        # What the function returns may be the seconds to wait.
        parts, since = [*rest, f"{facts.tree.source(given)}(e)"], ""
    else:
        return None
    source = Chain(parts, "and", "lambda e: ")
    if given is None:
        changes = with_keyword(narrowing.use.node, term.name, source, facts)
    else:
        changes = with_other(narrowing.use.node, given, source, facts)
    needed = f" ({narrowing.use.profile.distribution} {since} or later)" if since else ""
    message = f"give {term.name}={source.line}{needed}"
    return narrowing.plan(message, changes, exact=found.exact and not since)


def _names_classes(given: cst.BaseExpression, classes: tuple[str, ...], facts: Facts) -> bool:
    if elements(given, facts.names) is not None:
        return True
    return bool(classes) and all(map(facts.knowledge.names.is_exception, classes))


def _narrowed_lambda(narrowing: Narrowing, term: RetryTerm, given: cst.Lambda) -> Plan | None:
    """A lambda that holds for fewer; its value may be the seconds to wait, and must stay then."""
    params = given.params.params
    found = narrowing.told(error=params[0].name.value) if len(params) == 1 else None
    if found is None or found.is_empty:
        return None
    name = params[0].name.value
    body = [
        part for part in operand_sources(given.body, cst.And, narrowing.facts) if part != "True"
    ]
    rest = found.left(name)
    parts = [*body, *rest] if _is_truth(given.body) else [*rest, *body]
    source = Chain(parts, "and", f"lambda {name}: ")
    changes = with_other(narrowing.use.node, given, source, narrowing.facts)
    return narrowing.plan(f"give {term.name}={source.line}", changes, exact=found.exact)


def _is_truth(node: cst.BaseExpression) -> bool:
    """Whether an expression is True or False and nothing else."""
    match node:
        case cst.BooleanOperation(left=left, right=right):
            return _is_truth(left) and _is_truth(right)
        case cst.Call(func=cst.Name(value="isinstance")) | cst.Name(value="True" | "False"):
            return True
        case cst.Comparison() | cst.UnaryOperation(operator=cst.Not()):
            return True
    return False


def _by_statuses(narrowing: Narrowing, given: cst.BaseExpression | None) -> Plan | None:
    """The statuses that a transport retries, less some."""
    statuses, exact = narrowing.statuses()
    if given is None or not statuses:
        return None
    code = narrowing.facts.tree.source(given)
    gone = f"{{{', '.join(map(str, statuses))}}}"
    if elements(given, narrowing.facts.names) is not None:
        return None  # named one by one
    is_set = isinstance(given, cst.Call) and dotted(given.func) in ("set", "frozenset")
    source = Chain([f"{code if is_set else f'set({code})'} - {gone}"])
    changes = with_other(narrowing.use.node, given, source, narrowing.facts)
    return narrowing.plan(f"leave {gone} out", changes, exact=exact)
