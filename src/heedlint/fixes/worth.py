"""What a test of a stable field is worth in place of a text: safe, unsafe, only to be shown."""

from __future__ import annotations

import libcst as cst

from heedlint.analysis.addresses import url_of
from heedlint.analysis.constants import Unknown, literal, texts
from heedlint.analysis.facts import Facts
from heedlint.analysis.names import Kind, bound_arguments, is_method
from heedlint.analysis.text_tests import TextTest
from heedlint.clients.model import ClientProfile, Role
from heedlint.findings import Applicability, Confidence
from heedlint.fixes.field import Field
from heedlint.fixes.field_access import access

_DEPTH = 4


def worth(test: TextTest, field: Field, facts: Facts) -> tuple[Applicability, str]:
    """The applicability of `field` in place of the text, and what is to be said where it is shown.

    Safe takes an error whose client gives it the field always: one of an answer. A base class is
    raised for other failures, too, and a retry is right for those that have no code. So are errors
    of an API that does not promise a code for each.
    """
    if not is_of_one_client(test, facts):
        return Applicability.DISPLAY, ""
    if field.role is Role.CODE and _may_be_elsewhere(test, facts):
        return Applicability.DISPLAY, _for_other_servers(test, field, facts)
    sure = field.exact and field.access.present and test.value.confidence is Confidence.CERTAIN
    if field.role is Role.CODE:
        sure = sure and all(catalogue.complete for catalogue in test.value.origin.catalogues)
    return (Applicability.SAFE if sure and _has_field(test) else Applicability.UNSAFE), ""


def _for_other_servers(test: TextTest, field: Field, facts: Facts) -> str:
    """What to test where a server has codes of its own: the status, where one is meant."""
    told = "; a server that is not the API's own has other codes"
    statuses = {error.status for error in field.errors}
    status = access(test, facts, Role.STATUS)
    if len(statuses) != 1 or not status.writable:
        return told
    return f"{told}: what it shares is {status.source} == {statuses.pop()}"


def _has_field(test: TextTest) -> bool:
    """Whether whatever arrives here is an answer's error, which has what answers have."""
    return test.value.owner_role is not Role.ERROR or test.value.origin.answers_only


# Of one client


def is_of_one_client(test: TextTest, facts: Facts) -> bool:
    """Whether the error is of a class, or of one client, that is known: its field has one name.

    A function that judges errors may be given those of any client, unless its callers in the file
    all give it those of one.
    """
    if test.value.owner_role is not Role.ERROR and not test.is_predicate:
        return True
    if test.value.origin.classes:
        return True
    if test.is_predicate:
        return _is_one(_asked_by_policy(test.node, facts))
    owner = facts.owners.of(test.text, test.node)
    root = owner.source.partition(".")[0] if owner is not None else ""
    function = facts.tree.enclosing(test.node, cst.FunctionDef, cst.Lambda)
    params = [
        binding.node
        for binding in facts.names.nearest(root, test.node)
        if binding.kind is Kind.PARAMETER and binding.scope is function
    ]
    if not params:
        return bool(test.value.origin.profiles)
    assert isinstance(params[0], cst.Param)
    return _is_one(_given(params[0], facts, 0))


def _is_one(clients: set[str]) -> bool:
    return len(clients) == 1 and "" not in clients


def _given(param: cst.Param, facts: Facts, depth: int) -> set[str]:
    """The clients of whose errors a parameter may be; `""` stands for one that is not known."""
    own = facts.origins.of_parameter(param)
    if own is not None and own.classes:
        return {profile.name for profile in own.profiles}
    behind = facts.origins.callbacks.calls_behind(param)
    if behind is not None:
        return {call.profile.name for call in behind} or {""}
    function = facts.tree.enclosing(param, cst.FunctionDef, cst.Lambda)
    if not isinstance(function, cst.FunctionDef) or depth > _DEPTH:
        return {""}
    method = is_method(facts.tree, function)
    found: set[str] = set()
    for call in facts.names.calls_of(function):
        given = bound_arguments(function, call, method=method).get(param.name.value)
        found |= _clients_of(given, facts, depth) if given is not None else {""}
    return found or {""}


def _clients_of(node: cst.BaseExpression, facts: Facts, depth: int) -> set[str]:
    """The clients of whose errors an argument may be."""
    bindings = facts.names.bindings(node) if isinstance(node, cst.Name) else []
    for binding in bindings:
        if isinstance(binding.node, cst.Param):
            return _given(binding.node, facts, depth + 1)
    value = facts.roles.of(node)
    profiles = value.origin.profiles if value is not None else ()
    return {profile.name for profile in profiles} or {""}


def _asked_by_policy(term: cst.BaseExpression, facts: Facts) -> set[str]:
    """The clients around whose calls the policy is put that a condition belongs to."""
    found: set[str] = set()
    for applied in facts.origins.policy_uses.applied():
        if applied.use.node is term or facts.tree.contains(applied.use.node, term):
            reached = facts.calls.reached(applied.body) if applied.body is not None else ()
            behind = (applied.api,) if applied.api is not None else reached
            found |= {call.profile.name for call in behind} or {""}
    return found


# Of one API


def _may_be_elsewhere(test: TextTest, facts: Facts) -> bool:
    """Whether the file lets somebody say which server the client goes to, or takes another one."""
    profiles = test.value.origin.profiles
    own = {catalogue.name for catalogue in test.value.origin.catalogues}
    is_answer = test.value.owner_role is not Role.ERROR and not test.is_predicate
    if is_answer and all(profile.transport for profile in profiles):
        return not _is_addressed(test.value.origin.node, facts)
    return any(
        profile.serves_other_apis and profile.catalogue in own and _is_sent_away(profile, facts)
        for profile in profiles
    )


def _is_addressed(asked: cst.CSTNode, facts: Facts) -> bool:
    """Whether the URL of a request is written out where the request is made."""
    url = url_of(asked) if isinstance(asked, cst.Call) else None
    return any(map(facts.knowledge.catalogue_at, texts(url, facts.names)))


def _is_sent_away(profile: ClientProfile, facts: Facts) -> bool:
    names = {klass.base_url for klass in profile.clients.values()} - {""}
    others = {name for name, klass in profile.clients.items() if not klass.own_api}
    if any(facts.names.qualified(call.func) in others for call in facts.tree.all(cst.Call)):
        return True
    keys = {f"{quote}{name}{quote}" for name in names for quote in "'\""}
    return any(text.value in keys for text in facts.tree.all(cst.SimpleString)) or any(
        _is_open(name, facts) for name in facts.tree.all(cst.Name) if name.value in names
    )


def _is_open(name: cst.Name, facts: Facts) -> bool:
    """Whether a name that says where a client goes may say anything: no argument written out."""
    parent = facts.tree.parent(name)
    if isinstance(parent, cst.Arg) and parent.keyword is name:
        return isinstance(literal(parent.value), Unknown)
    return True
