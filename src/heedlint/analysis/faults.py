"""The documented errors of an API call, each as its client would show it."""

from __future__ import annotations

from dataclasses import replace

import libcst as cst

from heedlint.analysis.addresses import is_bare_read, is_health_check, url_of
from heedlint.analysis.calls import ApiCall
from heedlint.analysis.replay.values import Fault
from heedlint.analysis.roles import Roles
from heedlint.clients.model import ClientProfile
from heedlint.contracts.model import Catalogue, DocumentedError


def faults_of_call(roles: Roles, api: ApiCall) -> list[Fault]:
    """Every documented error that a call may meet: none where there is no API behind it.

    The machine itself is none, nor is the address at which a server says that it is up.
    """
    if api.local or _is_health_check(roles, api):
        return []
    faults = faults_of(
        roles,
        api.profile,
        api.catalogues,
        raises=api.raises,
        legacy=api.legacy,
        client_retries=api.client_retries,
        call=api.node,
    )
    if api.alike:
        return [replace(fault, exception="Exception") for fault in faults]
    return faults


def _is_health_check(roles: Roles, api: ApiCall) -> bool:
    if not api.profile.transport or not is_bare_read(api.node, roles.names):
        return False
    return is_health_check(url_of(api.node), roles.names)


def faults_of_class(roles: Roles, name: str) -> list[Fault]:
    """Every documented error of the client that defines an exception class."""
    profile = roles.origins.knowledge.class_owners[name]
    legacy = bool(profile.exceptions[name].removed)
    catalogues = roles.calls.catalogues(profile, ())
    return faults_of(roles, profile, catalogues, raises=True, legacy=legacy)


def faults_of(
    roles: Roles,
    profile: ClientProfile,
    catalogues: tuple[Catalogue, ...],
    *,
    raises: bool,
    legacy: bool = False,
    client_retries: int = 0,
    call: cst.CSTNode | None = None,
) -> list[Fault]:
    """Every documented error of the catalogues as the client would show it."""
    names = roles.origins.knowledge.names
    found = []
    for catalogue in catalogues:
        for error in catalogue.errors:
            if error.sdk_only or not _is_expected(error, profile, legacy=legacy):
                continue
            klass = names.exception_for(profile, error.status, removed=legacy, code=error.code)
            klass = klass or names.exception_for(profile, error.status)
            exception = klass.name if klass is not None else ""
            by_itself = client_retries if error.status in profile.retries_by_itself else 0
            found.append(
                Fault(error, catalogue, profile, raises, exception, legacy, by_itself, call)
            )
    return found


def _is_expected(error: DocumentedError, profile: ClientProfile, *, legacy: bool) -> bool:
    """Whether the client's API is known to answer so.

    A coded error is documented. Of the bare statuses an SDK is taken to meet those alone that it
    has a class for: nobody says that its API answers 405.
    """
    if error.code or profile.transport:
        return True
    era = [klass for klass in profile.exceptions.values() if bool(klass.removed) is legacy]
    return any(error.status in klass.statuses for klass in era)
