"""How a stable field of an error is read where its text is tested: the source that reads it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import libcst as cst

from heedlint.analysis.facts import Facts
from heedlint.analysis.owners import Owner
from heedlint.analysis.text_tests import TextTest
from heedlint.clients.model import ClientProfile, Role
from heedlint.contracts.model import Catalogue

# What tells one error from another.
NAMING_ROLES = (Role.CODE, Role.TYPE)
_WITHOUT_STATUS = frozenset({Role.BODY, Role.ERROR_OBJECT})


@dataclass(frozen=True)
class Access:
    """The expression that reads a field.

    `source` is empty where none is known. `present` says that every error caught here has the
    field, `sure` that the client is known to have it under this name, `harmless` that reading it
    raises nothing where the answer is another one than documented. `elsewhere` says where the field
    can be read, if not where the text is tested.
    """

    source: str = ""
    present: bool = False
    sure: bool = True
    harmless: bool = True
    elsewhere: str = ""

    @property
    def is_known(self) -> bool:
        """Whether a reader may be told to test the expression."""
        return bool(self.source) and self.sure

    @property
    def writable(self) -> bool:
        """Whether a repair may put the expression in place of the text."""
        return self.is_known and self.harmless and not self.elsewhere


def access(test: TextTest, facts: Facts, role: Role) -> Access:
    """The source that reads the error's field of a role.

    A retry library's term names no error; the function that takes its place calls it `e`.
    """
    owner = Owner("e", Role.ERROR) if test.is_predicate else facts.owners.of(test.text, test.node)
    if owner is not None and role is Role.STATUS and owner.role in _WITHOUT_STATUS:
        owner = owner.outer
    if owner is None:
        return Access()
    found = _of_owner(owner, test, facts, role)
    if test.value.origin.rewrapped and owner.role is Role.ERROR:
        # What the file raises carries the text on, not the fields.
        return replace(found, sure=False, elsewhere=f"where {owner.source} is raised")
    return found if owner.in_scope else replace(found, elsewhere="where this is called")


def _of_owner(owner: Owner, test: TextTest, facts: Facts, role: Role) -> Access:
    text = owner.source
    match owner.role:
        case Role.ERROR:
            return _of_error(text, test, facts, role)
        case Role.PROBLEM:
            return Access(f'{text}.get("type", "").rsplit("/", 1)[-1]', present=True)
        case Role.ERROR_OBJECT | Role.BODY:
            return _of_body(text, owner.role, test, role)
        case Role.RESPONSE:
            return _of_response(text, test, role)
    return Access()


def _of_response(text: str, test: TextTest, role: Role) -> Access:
    origin = test.value.origin
    profile = origin.profiles[0] if origin.profiles else None
    if profile is None:
        return Access()
    member = profile.member(Role.RESPONSE, Role.STATUS)
    if role is Role.STATUS and member:
        return Access(f"{text}.{member}", present=True)
    found = way(profile, Role.RESPONSE, role, origin.catalogues)
    return Access(f"{text}{found}", harmless=False) if found else Access()


def _of_body(text: str, owner_role: Role, test: TextTest, role: Role) -> Access:
    """The field of an error body, or of the object in it, by its client or by its envelope."""
    origin = test.value.origin
    ways = {way(profile, owner_role, role, ()) for profile in origin.profiles} - {""}
    if len(ways) == 1:
        return Access(f"{text}{ways.pop()}")
    envelopes = [c.envelope for c in origin.catalogues if c.envelope is not None]
    if role not in NAMING_ROLES or not envelopes:
        return Access()
    envelope = envelopes[0]
    path = envelope.code if role is Role.CODE else envelope.type
    *outer, last = path[1:] if owner_role is Role.ERROR_OBJECT else path
    inner = "".join(f'.get("{key}", {{}})' for key in outer)
    return Access(f'{text}{inner}.get("{last}")', present=True)


def _of_error(text: str, test: TextTest, facts: Facts, role: Role) -> Access:
    origin = test.value.origin
    members = {profile.member(Role.ERROR, role) for profile in origin.profiles}
    if origin.classes and len(members) == 1 and (member := members.pop()):
        if any(member in profile.unsure_members for profile in origin.profiles):
            return Access(f'getattr({text}, "{member}", None)')
        if origin.answers_only:
            return Access(f"{text}.{member}", present=True)
        return Access(f'getattr({text}, "{member}", None)', present=True)
    if origin.classes and role is Role.STATUS and len(origin.profiles) == 1:
        reads = _statuses_by_getattr(text, origin.profiles[0])
        if reads:
            direct = f"{text}{_status_way(origin.profiles[0])}"
            return Access(direct if origin.answers_only else reads[-1])
    if role is Role.STATUS:
        return _status_of_unknown(text, test, facts)
    known = origin.profiles or _imported(facts)
    if not origin.classes:
        shown = {profile.member(Role.ERROR, role) for profile in known} - {""}
        if len(shown) == 1:
            source = f'getattr({text}, "{shown.pop()}", None)'
            return Access(source, present=True, sure=_is_of_client(test))
    ways = {way(profile, Role.ERROR, role, origin.catalogues) for profile in known} - {""}
    found = ways.pop() if len(ways) == 1 else ""
    if found:
        return Access(f"{text}{found}", sure=bool(origin.classes), harmless="(" not in found)
    return Access()


def _is_of_client(test: TextTest) -> bool:
    """Whether the error may be taken for one of the clients that the file names.

    What a handler catches of calls that reach none of them may be of any class: the text alone
    speaks of an API. A function that judges errors is given those of the clients beside it.
    """
    origin = test.value.origin
    caught = isinstance(origin.node, (cst.ExceptHandler, cst.ExceptStarHandler))
    return bool(origin.profiles) or not caught


def _imported(facts: Facts) -> tuple[ClientProfile, ...]:
    """The clients of which an error of no certain class may be."""
    return tuple(client for client in facts.calls.imported_clients if client.exceptions)


def hides_status(test: TextTest) -> bool:
    """Whether no client whose class is caught shows the status."""
    origin = test.value.origin
    shown = any(way(profile, Role.ERROR, Role.STATUS, ()) for profile in origin.profiles)
    return bool(origin.classes) and not shown


def _status_way(profile: ClientProfile) -> str:
    """What leads from an error to its response's status: `.response.status_code`."""
    response = profile.member(Role.ERROR, Role.RESPONSE)
    status = profile.member(Role.RESPONSE, Role.STATUS)
    return f".{response}.{status}" if response and status else ""


def way(profile: ClientProfile, start: Role, goal: Role, catalogues: tuple[Catalogue, ...]) -> str:
    """The source that leads from a value of one role to one of another: `.response["error"]`."""
    pending, seen = [(start, "")], {start}
    while pending:
        role, source = pending.pop(0)
        if role is goal:
            return source
        if role is Role.BODY and goal is Role.CODE:
            envelope = next((c.envelope for c in catalogues if c.envelope), None)
            if envelope is not None:
                return source + "".join(f'["{key}"]' for key in envelope.code)
        for member, reached in profile.roles.get(role, {}).items():
            if reached not in seen and reached is not Role.MESSAGE:
                seen.add(reached)
                key = f'["{member[1:-1]}"]' if member.startswith("[") else f".{member}"
                pending.append((reached, source + key))
    return ""


def _status_of_unknown(text: str, test: TextTest, facts: Facts) -> Access:
    """The status of an error of no certain class: by the client known, else by those imported."""
    profiles = test.value.origin.profiles or _imported(facts)
    ways = [reads for p in profiles if (reads := _statuses_by_getattr(text, p))]
    shared = [read for read in ways[0] if all(read in other for other in ways)] if ways else []
    if shared:
        return Access(shared[0], present=True, sure=_is_of_client(test))
    if hides_status(test):
        # The client shows no status; what it has instead is for the reader to compare.
        codes = {way(profile, Role.ERROR, Role.CODE, ()) for profile in profiles}
        found = codes.pop() if len(codes) == 1 else ""
        return Access(f"{text}{found}", harmless=False) if found else Access()
    return Access()


def _statuses_by_getattr(text: str, profile: ClientProfile) -> list[str]:
    """What reads the status of a client's error where it may be another's, the shortest first."""
    own = profile.member(Role.ERROR, Role.STATUS)
    response = profile.member(Role.ERROR, Role.RESPONSE)
    status = profile.member(Role.RESPONSE, Role.STATUS)
    reads = [f'getattr({text}, "{own}", None)'] if own else []
    if response and status and not (own and response in profile.unsure_members):
        reads.append(f'getattr(getattr({text}, "{response}", None), "{status}", None)')
    return reads
