"""Repairs a test of an error's text into a test of the field that the contract keeps stable."""

from __future__ import annotations

from dataclasses import dataclass, replace

import libcst as cst

from heedlint.analysis.facts import Facts
from heedlint.analysis.names import Kind
from heedlint.analysis.text_tests import TextTest
from heedlint.analysis.tree import walk
from heedlint.clients.model import ClientProfile, Role
from heedlint.contracts.model import Catalogue, DocumentedError
from heedlint.findings import Applicability, Confidence
from heedlint.fixes.plan import Plan, Replacement

_REPAIRABLE = frozenset({"in", "==", "startswith", "endswith", "__contains__"})
_MOST_CANDIDATES = 4
# A match object is only as good as a truth value where nothing else can be made of it.
_TRUTH_ONLY = (cst.If, cst.While, cst.IfExp, cst.BooleanOperation, cst.UnaryOperation)

# What tells one error from another.
_NAMING_ROLES = (Role.CODE, Role.TYPE)


@dataclass(frozen=True)
class Field:
    """The stable field in place of a text test.

    `access` is the source that reads it and `values` the sources of what to compare it with;
    `errors` are the documented errors meant. `exact` says that the text names its one error, and
    `present` that every error caught here has the field. `settled` says why the contract has no
    finer field than what is tested already, where that is so.
    """

    access: str
    values: tuple[str, ...]
    errors: tuple[DocumentedError, ...]
    exact: bool
    present: bool
    readable: bool
    settled: str = ""

    @property
    def advice(self) -> str:
        """What to test instead, as far as it is known: for the end of a message."""
        if self.settled:
            return self.settled
        if not self.values:
            return f"test {self.access}"
        if len(self.values) == 1:
            return f"test {self.access} == {self.values[0]}"
        if self.exact:
            return f"test {self.access} in {{{', '.join(self.values)}}}"
        return f"test {self.access}: {', '.join(self.values[:_MOST_CANDIDATES])}"

    def source(self, *, negated: bool) -> str:
        """The test as Python source."""
        if len(self.values) == 1:
            return f"{self.access} {'!=' if negated else '=='} {self.values[0]}"
        return f"{self.access} {'not in' if negated else 'in'} {{{', '.join(self.values)}}}"


def field_for(test: TextTest, facts: Facts) -> Field:
    """The stable field that says what the text test wants to know; `values` empty if unknown."""
    return replace(_field(test, facts), settled=_settled(test, facts))


def _settled(test: TextTest, facts: Facts) -> str:
    """Why nothing is left to test, where the class that is caught stands for one error alone."""
    origin, names = test.value.origin, facts.knowledge.names
    if not origin.answers_only or len(origin.profiles) != 1:
        return ""
    possible = set()
    for error in (error for catalogue in origin.catalogues for error in catalogue.errors):
        raised = names.exception_for(origin.profiles[0], error.status, code=error.code)
        if raised and any(names.is_subclass(raised.name, klass) for klass in origin.classes):
            possible.add(error)
    if len({error.identifier for error in possible}) != 1:
        return ""
    error = possible.pop()
    if not error.code and any(_way(origin.profiles[0], Role.ERROR, r, ()) for r in _NAMING_ROLES):
        return ""  # the API has codes, which no catalogue lists
    return f"{origin.classes[0]} stands for {error.label} alone, and no field tells more"


def _field(test: TextTest, facts: Facts) -> Field:
    known, catalogues = facts.knowledge, test.value.origin.catalogues
    statuses = [known.status_in(needle) for needle in test.needles]
    if statuses and all(statuses):
        return _status_field(test, facts, tuple(dict.fromkeys(statuses)))
    typed = _type_field(test, facts)
    if typed is not None:
        return typed
    found = [list(known.errors_for_text(needle, catalogues)) for needle in test.needles]
    found = [[error for error in group if _is_told(error, test)] for group in found]
    errors = tuple(dict.fromkeys(error for group in found for error in group))
    exact = bool(found) and len(catalogues) == 1 and all(
        len(group) == 1 and _names(needle, group[0])
        for needle, group in zip(test.needles, found, strict=True)
    )  # fmt: skip
    if errors and not any(error.code for error in errors):
        statuses = list(dict.fromkeys(error.status for error in errors))
        # A wording of one error of a status says nothing of the others that have a code.
        alone = not any(
            error.code and not error.sdk_only
            for catalogue in catalogues
            for status in statuses
            for error in catalogue.of_status(status)
        )
        return _status_field(test, facts, tuple(statuses), exact=exact and alone)
    coded = any(catalogue.codes for catalogue in catalogues)
    access, present, readable = _access(test, facts, Role.CODE if coded else Role.STATUS)
    mapped = len(catalogues) == 1 and bool(found) and all(found)
    values = tuple(f'"{error.code}"' for error in errors if error.code) if mapped else ()
    return Field(access, values, errors if mapped else (), exact, present, readable)


def _type_field(test: TextTest, facts: Facts) -> Field | None:
    """The error's `type`, where the text is one, no code, and the client shows it."""
    catalogues = test.value.origin.catalogues
    errors = [error for catalogue in catalogues for error in catalogue.errors]
    types, codes = {error.type for error in errors}, {error.code for error in errors}
    needles = [needle.strip().lower() for needle in test.needles]
    if len(catalogues) != 1 or not needles or not all(n in types - codes - {""} for n in needles):
        return None
    if test.value.owner_role is not Role.ERROR or not all(
        _member(profile, Role.ERROR, Role.TYPE) for profile in test.value.origin.profiles
    ):
        return None
    access, present, readable = _access(test, facts, Role.TYPE)
    meant = tuple(error for error in errors if error.type in needles and not error.sdk_only)
    values = tuple(f'"{needle}"' for needle in needles)
    return Field(access, values, meant, True, present, readable)


def _is_told(error: DocumentedError, test: TextTest) -> bool:
    """Whether the client tells the program this error's code."""
    if test.value.owner_role is Role.PROBLEM:
        return error.problem
    reads = all(profile.reads_problem_documents for profile in test.value.origin.profiles)
    return not error.sdk_only and (reads or not error.problem)


def _status_field(
    test: TextTest, facts: Facts, statuses: tuple[int, ...], *, exact: bool = True
) -> Field:
    access, present, readable = _access(test, facts, Role.STATUS)
    errors = tuple(
        error
        for catalogue in test.value.origin.catalogues
        for status in statuses
        for error in catalogue.of_status(status)
        if not error.sdk_only
    )
    values = () if _hides_status(test) else tuple(map(str, statuses))
    return Field(access, values, errors, exact, present, readable)


def _hides_status(test: TextTest) -> bool:
    """Whether no client whose class is caught shows the status."""
    origin = test.value.origin
    shown = any(_way(profile, Role.ERROR, Role.STATUS, ()) for profile in origin.profiles)
    return bool(origin.classes) and not shown


def _names(needle: str, error: DocumentedError) -> bool:
    """Whether the text stands for the error itself, not for a part of one of its wordings."""
    folded = needle.strip().lower()
    return folded in (error.code, error.type) or any(p in folded for p in error.wordings)


def _access(test: TextTest, facts: Facts, role: Role) -> tuple[str, bool, bool]:
    """The source that reads a field, whether it is always there, and whether it is in scope."""
    owner, owner_role = test.value.owner, test.value.owner_role
    if owner is None or not _in_scope(owner, test.node, facts):
        return ("the error's code" if role is Role.CODE else "the error's status"), False, False
    text = facts.tree.code(owner)
    if owner_role is Role.ERROR:
        return _of_error(text, test, facts, role)
    if owner_role is Role.PROBLEM:
        return f'{text}["type"].rsplit("/", 1)[-1]', False, True
    if owner_role in (Role.ERROR_OBJECT, Role.BODY):
        return _of_body(text, test, role)
    if owner_role is Role.RESPONSE:
        profile = test.value.origin.profiles[0] if test.value.origin.profiles else None
        member = _member(profile, Role.RESPONSE, Role.STATUS) if profile else ""
        if role is Role.STATUS and member:
            return f"{text}.{member}", True, True
        way = _way(profile, Role.RESPONSE, role, test.value.origin.catalogues) if profile else ""
        return f"{text}{way}" if way else "the error's code", False, False
    return "the error's own field", False, False


def _of_body(text: str, test: TextTest, role: Role) -> tuple[str, bool, bool]:
    """The field of an error body, or of the object in it, by its client or by its envelope."""
    origin, owner_role = test.value.origin, test.value.owner_role
    assert owner_role is not None
    ways = {_way(profile, owner_role, role, ()) for profile in origin.profiles} - {""}
    if len(ways) == 1:
        return f"{text}{ways.pop()}", False, True
    if role is not Role.CODE:
        return "the error's own field", False, False
    if owner_role is Role.ERROR_OBJECT:
        return f'{text}.get("code")', True, True
    return f'{text}["error"]["code"]', False, True


def _of_error(text: str, test: TextTest, facts: Facts, role: Role) -> tuple[str, bool, bool]:
    origin = test.value.origin
    members = {_member(profile, Role.ERROR, role) for profile in origin.profiles}
    if origin.classes and len(members) == 1 and (member := members.pop()):
        if origin.answers_only:
            return f"{text}.{member}", True, True
        return f'getattr({text}, "{member}", None)', True, True
    if origin.classes and role is Role.STATUS and len(origin.profiles) == 1:
        profile = origin.profiles[0]
        response = _member(profile, Role.ERROR, Role.RESPONSE)
        status = _member(profile, Role.RESPONSE, Role.STATUS)
        if response and status:
            return f"{text}.{response}.{status}", False, True
    if role is Role.STATUS:
        return _status_of_unknown(text, test, facts)
    own = "code"
    if role is Role.CODE and origin.classes:
        ways = {
            _way(profile, Role.ERROR, Role.CODE, origin.catalogues) for profile in origin.profiles
        }
        way = ways.pop() if len(ways) == 1 else ""
        return (
            (f"{text}{way}", False, "(" not in way) if way else ("the error's code", False, False)
        )
    return f'getattr({text}, "{own}", None)', True, True


def _member(profile: ClientProfile, owner: Role, role: Role) -> str:
    found = [m for m, r in profile.roles.get(owner, {}).items() if r is role and m.isidentifier()]
    return found[0] if found else ""


def _way(profile: ClientProfile, start: Role, goal: Role, catalogues: tuple[Catalogue, ...]) -> str:
    """The source that leads from a value of one role to one of another: `.response["error"]`."""
    pending, seen = [(start, "")], {start}
    while pending:
        role, way = pending.pop(0)
        if role is goal:
            return way
        if role is Role.BODY and goal is Role.CODE:
            envelope = next((c.envelope for c in catalogues if c.envelope), None)
            if envelope is not None:
                return way + "".join(f'["{key}"]' for key in envelope.code)
        for member, reached in profile.roles.get(role, {}).items():
            if reached not in seen and reached is not Role.MESSAGE:
                seen.add(reached)
                key = f'["{member[1:-1]}"]' if member.startswith("[") else f".{member}"
                pending.append((reached, way + key))
    return ""


def _status_of_unknown(text: str, test: TextTest, facts: Facts) -> tuple[str, bool, bool]:
    """The status of an error of no certain class: by the client known, else by those imported."""
    profiles = test.value.origin.profiles or tuple(
        p for p in facts.knowledge.clients.values() if facts.calls.imports(p) and p.exceptions
    )
    ways = {_status_by_getattr(text, profile) for profile in profiles} - {""}
    if len(ways) == 1:
        return ways.pop(), True, True
    if _hides_status(test):
        # The client shows no status; what it has instead is for the reader to compare.
        codes = {_way(profile, Role.ERROR, Role.CODE, ()) for profile in profiles}
        way = codes.pop() if len(codes) == 1 else ""
        return f"{text}{way}" if way else "the error's code", False, False
    return f'getattr({text}, "status_code", None)', False, not ways


def _status_by_getattr(text: str, profile: ClientProfile) -> str:
    own = _member(profile, Role.ERROR, Role.STATUS)
    if own:
        return f'getattr({text}, "{own}", None)'
    response = _member(profile, Role.ERROR, Role.RESPONSE)
    status = _member(profile, Role.RESPONSE, Role.STATUS)
    if response and status:
        return f'getattr(getattr({text}, "{response}", None), "{status}", None)'
    return ""


def _in_scope(owner: cst.BaseExpression, use: cst.CSTNode, facts: Facts) -> bool:
    """Whether the owner's names mean at `use` what they meant where the text was made."""
    for node in walk(owner):
        if not isinstance(
            node,
            (
                cst.Name,
                cst.Attribute,
                cst.Subscript,
                cst.SubscriptElement,
                cst.Index,
                cst.Dict,
                cst.SimpleString,
                cst.Integer,
                cst.Call,
                cst.Arg,
            ),
        ):
            return False
        if isinstance(node, cst.Call) and not _reads_again(node, facts):
            return False
        if not isinstance(node, cst.Name):
            continue
        if isinstance(facts.tree.parent(node), cst.Attribute) and node is not owner:
            parent = facts.tree.parent(node)
            if isinstance(parent, cst.Attribute) and parent.attr is node:
                continue
        for binding in facts.names.bindings(node):
            if binding.kind is Kind.EXCEPT and binding.node not in facts.tree.ancestors(use):
                return False
        scope, order = facts.tree.scope(node), facts.tree.order
        if facts.names.bound_between(node.value, scope, order(node), order(use)):
            return False
    function = facts.tree.enclosing(owner, cst.FunctionDef, cst.Lambda)
    return function is facts.tree.enclosing(use, cst.FunctionDef, cst.Lambda)


# The plan


def test_field(test: TextTest, field: Field, facts: Facts) -> Plan | None:
    """The repair of a text test; shown only where no source can be written in its place."""
    if not field.values:
        return None
    message = field.advice
    place = _place(test, facts)
    if (
        place is None
        or not field.readable
        or not _repairable(test, facts)
        or _is_entangled(place, facts)
    ):
        return Plan(Applicability.DISPLAY, message)
    merged = _merged_chain(test, field, facts)
    if merged is not None:
        place, field = merged
        message = field.advice
    safe = field.exact and field.present and test.value.confidence is Confidence.CERTAIN
    applicability = Applicability.SAFE if safe else Applicability.UNSAFE
    source = field.source(negated=test.negated)
    return Plan(applicability, message, (Replacement(place, source),))


def _reads_again(call: cst.Call, facts: Facts) -> bool:
    """Whether a call gives the same value as often as it is made: `.get("error")`, `.json()`."""
    return facts.tree.code(call.func).rpartition(".")[2] in ("get", "json")


def _is_entangled(place: cst.BaseExpression, facts: Facts) -> bool:
    """Whether the test does more than test: binds a name, or stands in an f-string's quotes."""
    if any(isinstance(node, cst.NamedExpr) for node in walk(place)):
        return True
    return facts.tree.enclosing(place, cst.FormattedString) is not None


def _repairable(test: TextTest, facts: Facts) -> bool:
    if test.operator in _REPAIRABLE:
        return True
    return isinstance(facts.tree.parent(test.node), _TRUTH_ONLY)


def _place(test: TextTest, facts: Facts) -> cst.BaseExpression | None:
    """What the new test takes the place of: the old one, or the `any(...)` around it."""
    generator = facts.tree.parent(test.node)
    if not isinstance(generator, cst.GeneratorExp):
        return test.node if not isinstance(generator, (cst.ListComp, cst.CompIf)) else None
    arg = facts.tree.parent(generator)
    call = facts.tree.parent(arg) if arg is not None else None
    simple = generator.for_in.inner_for_in is None and not generator.for_in.ifs
    match call:
        case cst.Call(func=cst.Name(value="any")) if simple and not test.negated:
            return call
    return None


def _merged_chain(
    test: TextTest, field: Field, facts: Facts
) -> tuple[cst.BaseExpression, Field] | None:
    """For `a or b` of tests of the same error: the whole chain, and one field test for it."""
    place = _place(test, facts)
    top: cst.CSTNode | None = place
    while top is not None:
        parent = facts.tree.parent(top)
        if not (isinstance(parent, cst.BooleanOperation) and isinstance(parent.operator, cst.Or)):
            break
        top = parent
    if top is place or not isinstance(top, cst.BooleanOperation):
        return None
    by_place = {_place(other, facts): other for other in facts.text_tests}
    fields: list[Field] = []
    for operand in _operands(top):
        other = by_place.get(operand)
        if other is None or other.negated or not _repairable(other, facts):
            return None
        fields.append(field_for(other, facts))
    if any(f.access != field.access or not f.values or not f.readable for f in fields):
        return None
    return top, Field(
        field.access,
        tuple(dict.fromkeys(value for f in fields for value in f.values)),
        tuple(dict.fromkeys(error for f in fields for error in f.errors)),
        all(f.exact for f in fields),
        all(f.present for f in fields),
        True,
    )


def _operands(node: cst.BaseExpression) -> list[cst.BaseExpression]:
    if isinstance(node, cst.BooleanOperation) and isinstance(node.operator, cst.Or):
        return [*_operands(node.left), *_operands(node.right)]
    return [node]
