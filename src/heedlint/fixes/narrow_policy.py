"""Repairs a retry policy that takes in what never succeeds: the library is told to leave it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import libcst as cst

from heedlint.analysis.constants import bound_value, elements
from heedlint.analysis.facts import Facts
from heedlint.analysis.names import dotted
from heedlint.analysis.policy_uses import PolicyUse
from heedlint.analysis.retries import Attempt, RetryConstruct
from heedlint.analysis.tree import walk
from heedlint.clients.model import VOCABULARY, Parameter, RetryTerm
from heedlint.findings import Applicability
from heedlint.fixes.additions import Additions
from heedlint.fixes.hopeless import Hopeless, HopelessErrors, negated
from heedlint.fixes.layout import WIDTH, Chain, flat, one_or_tuple
from heedlint.fixes.plan import Change, Plan, Replacement

# Conditions that hold for no result: another one put beside them changes nothing for results.
_OF_ERRORS = ("types", "not-types", "callable", "message", "cause-types")


@dataclass(frozen=True)
class _Narrowing:
    """What is to be excluded from which policy, and what the repair may use to say so."""

    use: PolicyUse
    attempts: Sequence[Attempt]
    construct: RetryConstruct
    additions: Additions
    facts: Facts

    def told(self, caught: Sequence[str] = (), error: str = "e") -> Hopeless:
        """The condition on the exception that the library hands over."""
        errors = HopelessErrors(self.attempts, self.construct, self.additions, self.facts)
        return errors.told(error, caught)

    def statuses(self) -> tuple[tuple[int, ...], bool]:
        """The statuses alone."""
        errors = HopelessErrors(self.attempts, self.construct, self.additions, self.facts)
        return errors.statuses()

    def plan(self, message: str, changes: Sequence[Change], *, exact: bool) -> Plan:
        """The repair: safe where the policy ends as it did for what it does not retry."""
        safe = exact and not _ends_otherwise(self.use, self.facts)
        worth = Applicability.SAFE if safe else Applicability.UNSAFE
        return Plan(worth, message, (*changes, *self.additions.changes))


def narrow_policy(
    attempts: Sequence[Attempt], construct: RetryConstruct, facts: Facts
) -> Plan | None:
    """Excludes the errors of some attempts from a policy, by the parameter that its library has.

    That is the one among its profile's `unless`, else the condition itself: an expression of the
    library's vocabulary gets another one beside it, classes or a function become a function.
    """
    use = facts.policy_at(construct.node)
    if use is None:
        return None
    anchor = attempts[0].anchor
    if use.policy.called_with is not None:
        if not isinstance(anchor, cst.Call):
            return None
        use = replace(use, condition=anchor)
    narrowing = _Narrowing(use, attempts, construct, Additions(construct.node, facts), facts)
    if any(attempt.returned for attempt in attempts):
        return None
    if any(attempt.translated for attempt in attempts):
        found = narrowing.told()
        test = found.source("e")
        message = f"where the error is translated: if {test}: raise"
        return None if found.is_empty else Plan(Applicability.DISPLAY, message)
    unless = next((term for term in use.policy.unless if term.name), None)
    if unless is not None:
        return _by_exclusion(narrowing, unless)
    term, given = next(iter(use.conditions), (None, None))
    if term is None:
        return None
    match term.kind:
        case _ if term.kind == VOCABULARY:
            return _by_vocabulary(narrowing, term, given)
        case "types-or-callable":
            return _by_function(narrowing, term, given)
        case "statuses":
            return _by_statuses(narrowing, given)
    return None


# By a parameter that excludes


def _by_exclusion(narrowing: _Narrowing, term: RetryTerm) -> Plan | None:
    """A tuple of classes, or a function of the exception, for what is not to be retried."""
    use = narrowing.use
    caught = _classes(next((given for _, given in use.conditions), None), narrowing.facts)
    present = use.value(term.parameter)
    if term.kind == "types":
        return _by_excluded_types(narrowing, term, present, caught)
    if isinstance(present, cst.Lambda):
        return _given_up_too(narrowing, present, term.name, caught)
    found = narrowing.told(caught)
    if found.is_empty:
        return None
    before = [] if present is None else [f"{narrowing.facts.tree.source(present)}(e)"]
    source = Chain([*before, *found.reasons("e")], "or", "lambda e: ")
    message = f"give {term.name}={source.line}"
    if present is not None:  # a function that may be asynchronous
        return Plan(Applicability.DISPLAY, message)
    changes = with_keyword(use.node, term.name, source, narrowing.facts)
    return narrowing.plan(message, changes, exact=found.exact)


def _by_excluded_types(
    narrowing: _Narrowing,
    term: RetryTerm,
    present: cst.BaseExpression | None,
    caught: tuple[str, ...],
) -> Plan | None:
    found = narrowing.told(caught)
    if found.is_empty:
        return None
    if found.tests:
        # No class stands for these alone, and the library takes nothing else.
        message = (
            f"raise another exception where {found.source('e')}, and exclude that by {term.name}"
        )
        return Plan(Applicability.DISPLAY, message)
    if present is not None:
        return _excluded_too(narrowing, present, found)
    classes = Chain([f"({', '.join(found.classes)}{',' * (len(found.classes) == 1)})"])
    changes = with_keyword(narrowing.use.node, term.name, classes, narrowing.facts)
    return narrowing.plan(f"give {term.name}={classes.line}", changes, exact=found.exact)


def _excluded_too(
    narrowing: _Narrowing, present: cst.BaseExpression, found: Hopeless
) -> Plan | None:
    """More classes for a tuple that excludes some already."""
    if not isinstance(present, cst.Tuple):
        return None
    there = [narrowing.facts.tree.source(item.value) for item in present.elements]
    source = f"({', '.join((*there, *(c for c in found.classes if c not in there)))})"
    change = Replacement(present, source, whole=True)
    return narrowing.plan(f"exclude {source}", [change], exact=found.exact)


def _given_up_too(
    narrowing: _Narrowing, present: cst.Lambda, name: str, caught: tuple[str, ...]
) -> Plan | None:
    """One more reason for a lambda that gives up for some already."""
    if len(present.params.params) != 1:
        return None
    param = present.params.params[0].name.value
    found = narrowing.told(caught, param)
    if found.is_empty:
        return None
    before = _operands(present.body, cst.Or, narrowing.facts)
    source = Chain([*before, *found.reasons(param)], "or", f"lambda {param}: ")
    changes = with_other(narrowing.use.node, present, source, narrowing.facts)
    return narrowing.plan(f"give {name}={source.line}", changes, exact=found.exact)


def _operands(
    node: cst.BaseExpression, operator: type[cst.BaseBooleanOp], facts: Facts
) -> list[str]:
    """The sources of what an `and`, or an `or`, joins; of the whole where it is none."""
    if isinstance(node, cst.BooleanOperation) and isinstance(node.operator, operator):
        return [*_operands(node.left, operator, facts), *_operands(node.right, operator, facts)]
    code = flat(facts.tree.source(node))
    is_loose = isinstance(node, (cst.IfExp, cst.Lambda, cst.BooleanOperation)) and not node.lpar
    return [f"({code})" if is_loose else code]


# By the condition itself


def _by_vocabulary(
    narrowing: _Narrowing, term: RetryTerm, given: cst.BaseExpression | None
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


def _others(narrowing: _Narrowing, found: Hopeless) -> list[str]:
    """Conditions of the library that leave out what is told apart: by classes, by functions."""
    predicates = narrowing.facts.knowledge.retry_predicates
    by_kind = {term.kind: name for name, term in reversed(predicates.items())}
    name = narrowing.additions.name
    classes = [f"{name(by_kind['not-types'])}({one_or_tuple(found.classes)})"]
    function = name(by_kind["callable"]) if found.tests else ""
    tests = [f"{function}(lambda e: {negated(test)})" for test in found.tests]
    return [*(classes if found.classes else []), *tests]


def _term_at_fault(
    narrowing: _Narrowing, given: cst.BaseExpression
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
        return around[-1], _classes(classes, facts)
    bound = bound_value(given, facts.names)
    made = (
        vocabulary.get(facts.names.qualified(bound.func)) if isinstance(bound, cst.Call) else None
    )
    if isinstance(bound, cst.Call) and made is not None and made.kind in _OF_ERRORS:
        classes = bound.args[0].value if bound.args and made.kind == "types" else None
        return given, _classes(classes, facts)
    return None, ()  # what a function says of results is not known


def _by_function(
    narrowing: _Narrowing, term: RetryTerm, given: cst.BaseExpression | None
) -> Plan | None:
    """Classes, or a function of the exception, become a function that leaves some out."""
    facts = narrowing.facts
    if isinstance(given, cst.Lambda):
        return _narrowed_lambda(narrowing, term, given)
    classes = _classes(given, facts)
    found = narrowing.told(classes)
    if found.is_empty:
        return None
    rest = found.left("e")
    if given is None:
        parts = [f"isinstance(e, {one_or_tuple(term.default)})", *rest]
    elif _names_classes(given, classes, facts):
        parts = [f"isinstance(e, {flat(facts.tree.source(given))})", *rest]
    elif isinstance(facts.names.definition(given), cst.FunctionDef):
        # What the function returns may be the seconds to wait.
        parts = [*rest, f"{facts.tree.source(given)}(e)"]
    else:
        return None
    source = Chain(parts, "and", "lambda e: ")
    if given is None:
        changes = with_keyword(narrowing.use.node, term.name, source, facts)
    else:
        changes = with_other(narrowing.use.node, given, source, facts)
    return narrowing.plan(f"give {term.name}={source.line}", changes, exact=found.exact)


def _names_classes(given: cst.BaseExpression, classes: tuple[str, ...], facts: Facts) -> bool:
    if elements(given, facts.names) is not None:
        return True
    return bool(classes) and all(map(facts.knowledge.names.is_exception, classes))


def _narrowed_lambda(narrowing: _Narrowing, term: RetryTerm, given: cst.Lambda) -> Plan | None:
    """A lambda that holds for fewer; its value may be the seconds to wait, and must stay then."""
    params = given.params.params
    found = narrowing.told(error=params[0].name.value) if len(params) == 1 else None
    if found is None or found.is_empty:
        return None
    name = params[0].name.value
    body = [part for part in _operands(given.body, cst.And, narrowing.facts) if part != "True"]
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


def _by_statuses(narrowing: _Narrowing, given: cst.BaseExpression | None) -> Plan | None:
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


# Arguments


def with_keyword(
    node: cst.CSTNode, keyword: str, source: Chain, facts: Facts
) -> tuple[Change, ...]:
    """One more argument for a call; a line for each of them if one is too long.

    A decorator without arguments becomes a call.
    """
    indent = facts.positions.margin(node)
    inner = indent + facts.tree.module.default_indent
    func = facts.tree.source(node.func if isinstance(node, cst.Call) else node)
    given = _arguments(node, facts)
    if isinstance(node, cst.Call) and given and _has_lines(node):
        last = node.args[-1]
        inner = facts.positions.margin(last)
        spread = source.laid_out(WIDTH - len(inner) - len(keyword) - len("=,"), inner)
        if _has_comment(last) and last.keyword is not None:  # which is to stay on its line
            return (Replacement(last, f"{keyword}={spread},\n{inner}{given[-1]}"),)
        comma = "" if isinstance(last.comma, cst.Comma) else ","
        return (Replacement(last, f"{given[-1]},\n{inner}{keyword}={spread}{comma}"),)
    spread = source.laid_out(WIDTH - len(inner) - len(keyword) - len("=,"), inner)
    call = f"{func}({', '.join([*given, f'{keyword}={source.line}'])})"
    if len(indent) + len(call) + len("@") > WIDTH:
        call = _in_lines(func, [*given, f"{keyword}={spread}"], indent, inner)
    return (Replacement(node, call),)


def with_other(
    call: cst.CSTNode, node: cst.BaseExpression, source: Chain, facts: Facts
) -> tuple[Change, ...]:
    """`source` in place of `node`, in the lines of `call` where it is one of its arguments."""
    indent = facts.positions.margin(node)
    arg = next((a for a in getattr(call, "args", ()) if facts.tree.contains(a, node)), None)
    before = f"{arg.keyword.value}=" if arg is not None and arg.keyword is not None else ""
    old = facts.tree.source(node)
    if isinstance(call, cst.Call) and arg is not None and not _has_lines(call):
        longer = len(source.line) - len(old)
        if len(indent) + len("@") + len(facts.tree.source(call)) + longer > WIDTH:
            inner = indent + facts.tree.module.default_indent
            spread = source.laid_out(WIDTH - len(inner) - len(before) - 1, inner)
            lines = _arguments(call, facts)
            index = next(i for i, given in enumerate(call.args) if given is arg)
            lines[index] = lines[index].replace(old, spread, 1)
            code = _in_lines(facts.tree.source(call.func), lines, indent, inner)
            return (Replacement(call, code),)
    spread = source.laid_out(WIDTH - len(indent) - len(before) - 1, indent)
    spans_lines = bool(node.lpar) and "\n" in old and not isinstance(node, cst.Tuple)
    if arg is not None and arg.value is node and not spans_lines:
        return (Replacement(arg, f"{before}{spread}"),)
    return (Replacement(node, spread),)


def _arguments(node: cst.CSTNode, facts: Facts) -> list[str]:
    codes = [facts.tree.source(arg) for arg in getattr(node, "args", ())]
    return [code.removesuffix(",").rstrip() for code in codes]


def _in_lines(func: str, arguments: list[str], indent: str, inner: str) -> str:
    return f"{func}(\n{''.join(f'{inner}{code},{chr(10)}' for code in arguments)}{indent})"


def _has_comment(arg: cst.Arg) -> bool:
    """Whether a comment stands behind an argument on its line."""
    spaces = [arg.whitespace_after_arg]
    spaces += [arg.comma.whitespace_after] if isinstance(arg.comma, cst.Comma) else []
    return any(
        isinstance(space, cst.ParenthesizedWhitespace) and space.first_line.comment is not None
        for space in spaces
    )


def _has_lines(call: cst.Call) -> bool:
    """Whether the arguments of a call have lines of their own."""
    return isinstance(call.whitespace_before_args, cst.ParenthesizedWhitespace)


def _classes(given: cst.BaseExpression | None, facts: Facts) -> tuple[str, ...]:
    """The qualified names of the classes that an expression names."""
    if given is None:
        return ()
    named = elements(given, facts.names)
    return tuple(facts.names.qualified(k) for k in (named if named is not None else [given]))


def _ends_otherwise(use: PolicyUse, facts: Facts) -> bool:
    """Whether the program makes something of its own of attempts that are used up."""
    policy = use.policy
    if any(use.argument(Parameter(name)) is not None for name in policy.ends_with):
        return True
    names = (facts.names.qualified(n) for k in (cst.Name, cst.Attribute) for n in facts.tree.all(k))
    return bool(policy.end_error) and policy.end_error in names
