"""Reads the client and retry profiles: the built-in ones beside this module, then the user's."""

from __future__ import annotations

import builtins
from functools import lru_cache
from pathlib import Path

from heedlint.clients.model import (
    JITTER_KINDS,
    MEANS_KINDS,
    MEMBER_KINDS,
    METHOD_KINDS,
    POLICY_SHAPES,
    PREDICATE_KINDS,
    STOP_KINDS,
    VOCABULARY,
    WAIT_KINDS,
    ClientClass,
    ClientProfile,
    ExceptionClass,
    Mount,
    Parameter,
    Raises,
    Receiver,
    RetryAfterMeans,
    RetryPolicy,
    RetryProfile,
    RetryTerm,
    Role,
)
from heedlint.errors import ConfigurationError
from heedlint.tables import Table, nearest, one_of, read_toml

Profile = ClientProfile | RetryProfile


@lru_cache(maxsize=32)
def load_clients(files: tuple[str, ...] = ()) -> dict[str, ClientProfile]:
    """Loads every built-in client profile and those of `files` (paths of TOML files).

    `files` may hold retry profiles too; `load_retry_profiles` takes those. Returns the profiles
    by name; a file that names a built-in one replaces it. The result is shared between callers:
    do not change it. Raises `ConfigurationError` for a file that is missing or does not state a
    profile, and for two files of the same kind and name.
    """
    profiles = _load(files)
    return {p.name: p for p in profiles if isinstance(p, ClientProfile)}


@lru_cache(maxsize=32)
def load_retry_profiles(files: tuple[str, ...] = ()) -> dict[str, RetryProfile]:
    """Loads every built-in retry profile and those of `files`; see `load_clients`."""
    profiles = _load(files)
    return {p.name: p for p in profiles if isinstance(p, RetryProfile)}


@lru_cache(maxsize=32)
def _load(files: tuple[str, ...]) -> tuple[Profile, ...]:
    profiles = dict(_built_in())
    owners: dict[tuple[type, str], str] = {}
    for file in files:
        profile = read_profile(Path(file))
        key = (type(profile), profile.name)
        if key in owners:
            raise ConfigurationError(
                f"{file}: name is {profile.name!r}, which {owners[key]} has already"
            )
        owners[key] = file
        profiles[key] = profile
    return tuple(profiles.values())


@lru_cache(maxsize=1)
def _built_in() -> dict[tuple[type, str], Profile]:
    found = map(read_profile, sorted(Path(__file__).parent.glob("*.toml")))
    return {(type(profile), profile.name): profile for profile in found}


def read_profile(path: Path) -> Profile:
    """Reads one profile: a client's where the file says `kind = "client"`, else a retry library's.

    Raises `ConfigurationError` for whatever keeps it from being used, naming file and key.
    """
    root = read_toml(path)
    kind = root.word("kind", ("client", "retry"))
    return _client(root) if kind == "client" else _retry(root)


def _client(root: Table) -> ClientProfile:
    exceptions = {name: _exception(name, table) for name, table in root.tables("exceptions")}
    profile = ClientProfile(
        name=root.text("name"),
        title=root.text("title"),
        checked_with=root.text("checked-with"),
        distribution=root.text("distribution"),
        modules=_modules(root),
        aliases=root.mapping("aliases"),
        raises=root.choice("raises", Raises),
        exceptions=exceptions,
        clients={name: _client_class(name, table) for name, table in root.tables("clients")},
        roles=_roles(root),
        catalogue=root.text("catalogue", ""),
        functions=frozenset(root.texts("functions")),
        methods=frozenset(root.texts("methods")),
        local_methods=frozenset(root.texts("local-methods")),
        call_chains=frozenset(root.texts("call-chains")),
        raise_for_status=root.text("raise-for-status", ""),
        response_class=root.text("response-class", ""),
        headers_reachable=root.flag("headers-reachable", True),
        header_hint=root.text("header-hint", ""),
        may_lack_headers=root.flag("may-lack-headers"),
        retries_by_itself=root.statuses("retries-by-itself"),
        retries_calls=frozenset(root.texts("retries-calls")),
        default_max_retries=root.integer("default-max-retries", 0),
        reads_problem_documents=root.flag("reads-problem-documents"),
        base_url_variable=root.text("base-url-variable", ""),
        transport=root.flag("transport"),
        in_process=frozenset(root.texts("in-process")),
        serves_other_apis=root.flag("serves-other-apis"),
        falsy_responses=root.flag("falsy-responses"),
        own_texts=root.texts("own-texts"),
        streams_keep_status=root.flag("streams-keep-status"),
        unsure_members=root.texts("unsure-members"),
        address_attributes=frozenset(root.texts("address-attributes")),
    )
    root.finish()
    _check_parents(root, profile)
    _check_fallback(root, profile)
    return profile


def _modules(root: Table) -> tuple[str, ...]:
    modules = root.texts("modules")
    if not modules:
        raise ConfigurationError(f"{root.where('modules')} is missing; name the import at least")
    return modules


def _exception(name: str, table: Table) -> ExceptionClass:
    found = ExceptionClass(
        name=name,
        parents=table.texts("parents"),
        statuses=table.statuses("statuses"),
        codes=table.texts("codes"),
        fallback=table.flag("fallback"),
        answer=table.flag("answer"),
        abstract=table.flag("abstract"),
        since=table.text("since", ""),
        removed=table.text("removed", ""),
    )
    table.finish()
    if not found.parents:
        raise ConfigurationError(f"{table.where('parents')} is missing; Exception at least")
    return found


def _client_class(name: str, table: Table) -> ClientClass:
    found = ClientClass(
        name=name,
        base_url=table.text("base-url", ""),
        max_retries=table.text("max-retries", ""),
        raise_for_status=table.text("raise-for-status", ""),
        own_api=table.flag("own-api", True),
    )
    table.finish()
    return found


def _roles(root: Table) -> dict[Role, dict[str, Role]]:
    known = {role.value for role in Role}
    roles: dict[Role, dict[str, Role]] = {}
    for owner, table in root.tables("roles"):
        if owner not in known:
            near = nearest(owner.upper(), known)
            hint = f"did you mean {near}?" if near else f"expected {one_of(sorted(known))}"
            raise ConfigurationError(f"{table.where()} is no role; {hint}")
        roles[Role(owner)] = {member: table.choice(member, Role) for member in table.names()}
    return roles


def _check_parents(root: Table, profile: ClientProfile) -> None:
    """A parent is a builtin, a class of this profile, or another package's (dotted, unchecked)."""
    for name, exception in profile.exceptions.items():
        for parent in exception.parents:
            builtin = isinstance(getattr(builtins, parent, None), type)
            own = any(parent.startswith(f"{module}.") for module in profile.modules)
            foreign = "." in parent and not own
            if not (builtin or foreign or parent in profile.exceptions):
                near = nearest(parent, profile.exceptions)
                hint = f"; did you mean {near}?" if near else ""
                raise ConfigurationError(
                    f'{root.where("exceptions")}."{name}".parents has {parent!r}, which is neither '
                    f"a builtin nor a class of this profile{hint}"
                )


def _check_fallback(root: Table, profile: ClientProfile) -> None:
    """A library that raises for a status raises something for every status."""
    fallbacks = [e for e in profile.exceptions.values() if e.fallback and not e.removed]
    if profile.raises is Raises.NEVER:
        if fallbacks:
            raise ConfigurationError(f"{root.where('raises')} is 'never', yet there is a fallback")
    elif len(fallbacks) != 1:
        names = ", ".join(e.name for e in fallbacks) or "none"
        raise ConfigurationError(
            f"{root.where('exceptions')}: expected one class with fallback = true, found {names}"
        )


def _retry(root: Table) -> RetryProfile:
    policies: dict[str, RetryPolicy] = {}
    for table in root.list_of_tables("policies"):
        policy = _policy(table)
        policies.update(dict.fromkeys((*policy.names, *policy.methods), policy))
    profile = RetryProfile(
        name=root.text("name"),
        title=root.text("title"),
        checked_with=root.text("checked-with"),
        distribution=root.text("distribution"),
        modules=_modules(root),
        aliases=root.mapping("aliases"),
        policies=policies,
        predicates=_vocabulary(root, "predicates", PREDICATE_KINDS),
        waits=_vocabulary(root, "waits", WAIT_KINDS),
        stops=_vocabulary(root, "stops", STOP_KINDS),
        jitters=_vocabulary(root, "jitters", JITTER_KINDS),
        client=root.text("client", ""),
        state_exception=root.texts("state-exception"),
        state_result=root.texts("state-result"),
        mounts={name: _mount(table) for name, table in root.tables("mounts")},
        receivers={name: _receiver(table) for name, table in root.tables("receivers")},
        retries_generators=root.flag("retries-generators"),
    )
    root.finish()
    if not policies:
        raise ConfigurationError(f"{root.where('policies')} is missing; a retry profile has some")
    return profile


def _vocabulary(root: Table, key: str, kinds: tuple[str, ...]) -> dict[str, RetryTerm]:
    terms = {}
    for name, table in root.tables(key):
        terms[name] = _term(table, kinds, name, _parameter(table, "parameter"))
        table.finish()
    return terms


def _term(table: Table, kinds: tuple[str, ...], name: str, given: Parameter | None) -> RetryTerm:
    return RetryTerm(
        name=name,
        kind=table.word("kind", kinds),
        parameter=given,
        default=table.texts("default"),
        statuses=table.statuses("statuses"),
        classes=table.texts("classes"),
        switch=table.text("switch", ""),
        replaces=table.flag("replaces"),
        unbounded_below=table.integer("unbounded-below", 0)
        if table.has("unbounded-below")
        else None,
        functions_since=table.text("functions-since", ""),
    )


def _conditions(table: Table, key: str, kinds: tuple[str, ...]) -> tuple[RetryTerm, ...]:
    """The terms of a policy that are parameters of its own."""
    return tuple(_condition(inner, kinds) for inner in table.list_of_tables(key))


def _condition(table: Table, kinds: tuple[str, ...]) -> RetryTerm:
    """One of them: a parameter, or without a name what always holds."""
    name = table.text("name", "")
    given = Parameter(name, table.integer("position", -1)) if name else None
    term = _term(table, (VOCABULARY, *kinds), name, given)
    table.finish()
    return term


def _policy(table: Table) -> RetryPolicy:
    members = table.mapping("members")
    policy = RetryPolicy(
        names=table.texts("names"),
        shape=table.word("shape", POLICY_SHAPES),
        retry=_conditions(table, "retry", PREDICATE_KINDS),
        unless=_conditions(table, "unless", PREDICATE_KINDS),
        waits=_conditions(table, "waits", WAIT_KINDS),
        default_wait=table.word("default-wait", WAIT_KINDS, "none"),
        stops=_conditions(table, "stops", STOP_KINDS),
        jitter=_condition(table.table("jitter"), JITTER_KINDS) if table.has("jitter") else None,
        before_sleep=_parameter(table, "before-sleep"),
        honours_retry_after=table.flag("honours-retry-after"),
        retry_after_switch=_parameter(table, "retry-after-switch"),
        retry_after_statuses=table.statuses("retry-after-statuses"),
        retry_after_cap=_parameter(table, "retry-after-cap"),
        http_methods=_condition(table.table("http-methods"), METHOD_KINDS)
        if table.has("http-methods")
        else None,
        methods=table.texts("methods"),
        marked_by=table.texts("marked-by"),
        members=members,
        function=_parameter(table, "function") or Parameter("", 0),
        called_with=_condition(table.table("called-with"), PREDICATE_KINDS)
        if table.has("called-with")
        else None,
        ends_with=table.texts("ends-with"),
        end_error=table.text("end-error", ""),
        means=_means(table.table("retry-after-means"))
        if table.has("retry-after-means")
        else RetryAfterMeans(),
    )
    table.finish()
    if not policy.names and not policy.methods:
        raise ConfigurationError(f"{table.where('names')} is missing")
    for member, kind in members.items():
        if kind not in MEMBER_KINDS:
            table.table("members").wrong(member, one_of(MEMBER_KINDS))
    return policy


def _means(table: Table) -> RetryAfterMeans:
    means = RetryAfterMeans(
        kind=table.word("kind", MEANS_KINDS),
        function=table.text("function", ""),
        fallback=table.text("fallback", ""),
        hint=table.text("hint", ""),
    )
    table.finish()
    wrapper = means.kind == "wrapper"
    for key, value in (("function", means.function), ("fallback", means.fallback)):
        if bool(value) is not wrapper:
            table.wrong(key, "text for a wrapper, and for no other kind")
    if bool(means.hint) is not (means.kind == "none"):
        table.wrong("hint", "text where there is no means, and nowhere else")
    return means


def _receiver(table: Table) -> Receiver:
    receiver = Receiver(table.text("client"), table.texts("base-url"), table.flag("own-api", True))
    table.finish()
    return receiver


def _mount(table: Table) -> Mount:
    policies = tuple(_parameter_of(inner) for inner in table.list_of_tables("policies"))
    mount = Mount(policies, _parameter(table, "validator"))
    table.finish()
    return mount


def _parameter(table: Table, key: str) -> Parameter | None:
    return _parameter_of(table.table(key)) if table.has(key) else None


def _parameter_of(table: Table) -> Parameter:
    parameter = Parameter(table.text("name"), table.integer("position", -1))
    table.finish()
    return parameter
