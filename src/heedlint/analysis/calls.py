"""Which calls reach an API: through which client, and under which contract."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import libcst as cst

from heedlint.analysis.addresses import is_local, url_of
from heedlint.analysis.constants import constant, literal, texts
from heedlint.analysis.knowledge import FALLBACK_CATALOGUE, Knowledge
from heedlint.analysis.names import Binding, Kind, Names, argument, dotted
from heedlint.analysis.tree import Tree, walk, walk_scope
from heedlint.clients.model import ClientClass, ClientProfile, Raises
from heedlint.contracts.model import Catalogue

_DEPTH = 6
# A host that is written out: "https://api.example.com/...", not "https://{host}/...".
_HOST = re.compile(r"://[\w-]+(\.[\w-]+)+")
_BASE_URL = re.compile(r"https?://[^\s/]+(/[\w.-]+)*/v\d+/?")
_LOCAL = re.compile(r"https?://(localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])([:/]|$)")
_SETTING_ENVIRONMENT = frozenset({"os.environ.setdefault", "os.putenv"})
# Wrappers of an annotation that leave the class what it is.
_TRANSPARENT = frozenset({"Optional", "Annotated", "ClassVar", "Final", "Union", "InstanceOf"})


@dataclass(frozen=True)
class Client:
    """An object through which calls reach an API: its profile, and the texts of its base URL.

    `retries` says how often it tries again by itself, 0 where that is unknown; `own_url` whether it
    goes where its client goes by default, None where nothing tells; `local` whether that is the
    machine itself.
    """

    profile: ClientProfile
    base_url: tuple[str, ...] = ()
    raises: bool = False
    retries: int = 0
    own_url: bool | None = None
    local: bool = False


@dataclass(frozen=True, eq=False)
class ApiCall:
    """A call that reaches an API.

    `raises` says whether it raises for a 4xx or 5xx by itself; `catalogues` are the contracts
    that may hold for it: what is reported must hold for all of them. `client_retries` says how
    often the client tries again by itself; `local` says that the API is one of the machine itself,
    `alike` that the client is another package's and of the same shape: its classes are unknown.
    """

    node: cst.Call
    profile: ClientProfile
    raises: bool
    catalogues: tuple[Catalogue, ...]
    legacy: bool = False
    client_retries: int = 0
    local: bool = False
    alike: bool = False


def sleeps_in(body: cst.CSTNode) -> list[cst.Call]:
    """The calls in `body` that wait, by their names."""
    calls = (node for node in walk_scope(body) if isinstance(node, cst.Call))
    return [call for call in calls if "sleep" in dotted(call.func)]


def _distinct(*catalogues: Catalogue | None) -> tuple[Catalogue, ...]:
    return tuple({c.name: c for c in catalogues if c is not None}.values())


class Calls:
    """The API calls of a module."""

    def __init__(self, tree: Tree, names: Names, knowledge: Knowledge) -> None:
        self.tree = tree
        self.names = names
        self.knowledge = knowledge
        self._calls: dict[cst.Call, ApiCall | None] = {}
        self._functions: dict[cst.FunctionDef, tuple[ApiCall, ...]] = {}
        self._clients: dict[cst.CSTNode, Client | None] = {}
        self._sleeping: dict[cst.FunctionDef, bool] = {}
        self._file_catalogue: Catalogue | None = None
        self._file_catalogue_known = False
        self._imported: frozenset[str] | None = None

    # Calls

    def of(self, call: cst.Call) -> ApiCall | None:
        """The API call that `call` itself is, else None (see `reached` for local functions)."""
        if call not in self._calls:
            self._calls[call] = None  # a client that is built from itself
            self._calls[call] = self._find(call)
        return self._calls[call]

    def _find(self, call: cst.Call) -> ApiCall | None:
        qualified = self.names.qualified(call.func)
        owner = self.knowledge.function_owners.get(qualified)
        if owner is not None:
            return self._api_call(call, Client(owner), qualified)
        chain = dotted(call.func)
        parts = chain.split(".") if chain else self._member_parts(call.func)
        if len(parts) < 2:
            return None
        client = self._client_at_root(call.func)
        if client is not None:
            return self._api_call(call, client, qualified)
        return self._by_chain(call, chain or ".".join(parts), qualified)

    @staticmethod
    def _member_parts(func: cst.BaseExpression) -> list[str]:
        """The trailing attribute names of a callee whose root is no name: `get_client().a.b`."""
        parts: list[str] = []
        while isinstance(func, cst.Attribute):
            parts.insert(0, func.attr.value)
            func = func.value
        return ["()", *parts]

    def _client_at_root(self, func: cst.BaseExpression) -> Client | None:
        owner: cst.BaseExpression = func
        members: list[str] = []
        while isinstance(owner, cst.Attribute):
            members.insert(0, owner.attr.value)
            owner = owner.value
            client = self.client(owner)
            if client is not None:
                return client if self._sends(client.profile, members) else None
        return None

    @staticmethod
    def _sends(profile: ClientProfile, members: list[str]) -> bool:
        if members[-1] in profile.local_methods or ".".join(members) in profile.local_methods:
            return False
        if "*" in profile.methods:
            return True
        return len(members) == 1 and members[0] in profile.methods

    def _by_chain(self, call: cst.Call, chain: str, qualified: str) -> ApiCall | None:
        """By how it ends: `chat.completions.create` says more than `completions.create`."""
        lasts = dict.fromkeys(name.rpartition(".")[2] for name in (chain, qualified))
        found = [
            (qualified == f"{profile.name}.{ending}", len(ending), profile)
            for last in lasts
            for profile, ending in self.knowledge.call_chains.get(last, ())
            if qualified == f"{profile.name}.{ending}"
            # `embeddings.create` may be anybody's; `chat.completions.create` is not.
            or (chain.endswith(f".{ending}") and (ending.count(".") > 1 or self.imports(profile)))
        ]
        if not found:
            return None
        # The module's own client is made with the defaults.
        by_module, _, profile = max(found, key=lambda match: match[:2])
        retries = profile.default_max_retries if by_module else 0
        client = Client(self._imported_twin(profile), retries=retries)
        api = self._api_call(call, client, qualified or chain)
        if self._is_of_another_package(call.func, profile):
            # It looks alike, and nothing is known of its contract.
            fallback = self.knowledge.catalogues.get(FALLBACK_CATALOGUE)
            return replace(api, catalogues=_distinct(fallback), client_retries=0, alike=True)
        return api

    def _is_of_another_package(self, func: cst.BaseExpression, profile: ClientProfile) -> bool:
        """Whether the object of a call is made by a class that is imported from elsewhere."""
        made = self._maker(func)
        root, _, name = made.rpartition(".")
        return (
            bool(root)
            and name[:1].isupper()
            and profile.name not in made.lower()
            and not any(made.startswith(f"{module}.") for module in profile.modules)
        )

    def _maker(self, node: cst.BaseExpression) -> str:
        """The qualified name of the class that makes the object of a chain of attributes."""
        while isinstance(node, cst.Attribute):
            node = node.value
            found = {
                self.names.qualified(binding.value.func)
                if isinstance(binding.value, cst.Call)
                else ""
                for binding in self.names.bindings_of(node)
            }
            if len(found) == 1:
                return found.pop()
        return ""

    def _imported_twin(self, profile: ClientProfile) -> ClientProfile:
        """The client of the same shape that the file imports, where it does not import this one."""
        if self.imports(profile) or not profile.serves_other_apis:
            return profile
        twins = [
            other
            for other in self.knowledge.clients.values()
            if other.serves_other_apis and self.imports(other)
        ]
        return twins[0] if len(twins) == 1 else profile

    def _api_call(self, call: cst.Call, client: Client, qualified: str) -> ApiCall:
        profile = client.profile
        raises = profile.raises is Raises.ALWAYS or client.raises
        if profile.raises is Raises.ON_REQUEST and profile.raise_for_status:
            asked = argument(call, profile.raise_for_status, -1)
            raises = raises or (asked is not None and constant(asked.value, self.names) is True)
        hints = client.base_url
        if profile.transport:
            urls = [arg.value for arg in call.args if arg.keyword is None and not arg.star][:2]
            urls += [a.value for a in call.args if a.keyword and a.keyword.value == "url"]
            hints += tuple(text for url in urls for text in texts(url, self.names))
        legacy = self._is_legacy(profile, qualified or dotted(call.func))
        by_itself = not legacy and self._is_retried(profile, call)
        retries = client.retries if by_itself else 0
        catalogues = self.catalogues(profile, hints, own_url=client.own_url)
        local = self._is_local(call, client)
        return ApiCall(call, profile, raises, catalogues, legacy, retries, local)

    def _is_local(self, call: cst.Call, client: Client) -> bool:
        """Whether a call goes to the machine itself, by its URL or by that of its client."""
        url = url_of(call) if client.profile.transport else None
        if url is None or not (client.local or client.base_url):
            return client.local or is_local(url, self.names)
        whole = any("://" in text for text in texts(url, self.names))
        return is_local(url, self.names) if whole else client.local

    @staticmethod
    def _is_retried(profile: ClientProfile, call: cst.Call) -> bool:
        """Whether the client tries such a call again by itself."""
        name = call.func.attr.value if isinstance(call.func, cst.Attribute) else ""
        return not profile.retries_calls or name in profile.retries_calls

    @staticmethod
    def _is_legacy(profile: ClientProfile, qualified: str) -> bool:
        """Whether a call is of the versions whose exceptions are gone: `ChatCompletion.create`."""
        owner = qualified.rpartition(".")[0].rpartition(".")[2]
        return owner[:1].isupper() and any(e.removed for e in profile.exceptions.values())

    # Contracts

    def catalogues(
        self, profile: ClientProfile, hints: tuple[str, ...], *, own_url: bool | None = None
    ) -> tuple[Catalogue, ...]:
        """The contracts that may hold for a call: by URL, client, file, settings, in that order.

        `hints` are the texts that the URL is made of; see `Client` for `own_url`.
        """
        known = self.knowledge
        for text in hints:
            found = known.catalogue_at(text)
            if found is not None:
                return (found,)
        fallback = known.catalogues.get(FALLBACK_CATALOGUE)
        if any(_HOST.search(text) for text in hints):
            return (fallback,) if fallback else ()  # some other host, and it is known which
        own = known.catalogues.get(profile.catalogue)
        in_file = self._catalogue_of_file()
        if own is not None and not any("://" in text for text in hints):
            if own_url or not profile.serves_other_apis:
                return (own,)
            if own_url is False:  # whatever it is made with
                return _distinct(in_file, own, fallback)
            # A client that serves other APIs, too, is one of the API that the file speaks of.
            if in_file is not None:
                return (in_file,)
            other = self._is_sent_away(profile) or self._names_other_host()
            return _distinct(own, fallback) if other else (own,)
        if own is None and not profile.transport:
            return _distinct(fallback)  # an API without a catalogue
        if known.default_catalogue:
            return (known.catalogues[known.default_catalogue],)
        if in_file is not None:
            return (in_file,)
        return (fallback,) if fallback else ()

    def _is_sent_away(self, profile: ClientProfile) -> bool:
        """Whether the file sets where the module's own client goes: `openai.api_base = ...`."""
        return any(
            self.names.qualified(target.target) in profile.address_attributes
            for assign in self.tree.all(cst.Assign)
            for target in assign.targets
            if isinstance(target.target, cst.Attribute)
        )

    def _names_other_host(self) -> bool:
        """Whether a string of the file is the base URL of an API without a catalogue, or local."""
        plain = (node.value.strip("rbuf\"'") for node in self.tree.all(cst.SimpleString))
        put_in = (node.value for node in self.tree.all(cst.FormattedStringText))
        return any(map(_LOCAL.match, put_in)) or any(
            _LOCAL.match(text)
            or (_BASE_URL.fullmatch(text) and self.knowledge.catalogue_at(text) is None)
            for text in plain
        )

    def _catalogue_of_file(self) -> Catalogue | None:
        """The only contract whose host stands in a string literal of the file."""
        if not self._file_catalogue_known:
            self._file_catalogue_known = True
            found = {}
            texts_of_file = [node.value for node in self.tree.all(cst.SimpleString)]
            texts_of_file += [node.value for node in self.tree.all(cst.FormattedStringText)]
            for text in texts_of_file:
                if any(host in text for host in self.knowledge.hosts):
                    catalogue = self.knowledge.catalogue_at(text)
                    if catalogue is not None:
                        found[catalogue.name] = catalogue
            if len(found) == 1:
                self._file_catalogue = next(iter(found.values()))
        return self._file_catalogue

    def imports(self, profile: ClientProfile) -> bool:
        """Whether the file imports the client's package anywhere."""
        return self.imports_any(profile.modules)

    @cached_property
    def imported_clients(self) -> tuple[ClientProfile, ...]:
        """The clients whose packages the file imports anywhere."""
        return tuple(filter(self.imports, self.knowledge.clients.values()))

    @cached_property
    def imported_transports(self) -> tuple[ClientProfile, ...]:
        """Those of them that give answers of any server to the program."""
        return tuple(c for c in self.imported_clients if c.response_class and c.transport)

    def imports_any(self, modules: tuple[str, ...]) -> bool:
        """Whether the file imports one of the packages anywhere."""
        if self._imported is None:
            self._imported = frozenset(self._imported_names())
        return any(
            name == module or name.startswith(f"{module}.")
            for module in modules
            for name in self._imported
        )

    def _imported_names(self) -> Iterator[str]:
        for node in self.tree.all(cst.Import):
            yield from (dotted(alias.name) for alias in node.names)
        for found in self.tree.all(cst.ImportFrom):
            if found.module is not None and not found.relative:
                yield dotted(found.module)
                aliases = () if isinstance(found.names, cst.ImportStar) else found.names
                yield from (f"{dotted(found.module)}.{dotted(alias.name)}" for alias in aliases)

    # Clients

    def client(self, node: cst.CSTNode | None, depth: int = 0) -> Client | None:
        """The client object that an expression is, else None."""
        if depth > _DEPTH or node is None:
            return None
        if node not in self._clients:
            self._clients[node] = None  # an object that is made of itself is no client for that
            self._clients[node] = self._client(node, depth)
        return self._clients[node]

    def _client(self, node: cst.CSTNode, depth: int) -> Client | None:
        match node:
            case cst.Call():
                return self._constructed(node, depth)
            case cst.Await(expression=inner):
                return self.client(inner, depth + 1)
            case cst.Name() | cst.Attribute():
                return self._first(self.names.bindings_of(node), depth)
            case cst.BooleanOperation(left=left, right=right) | cst.IfExp(body=left, orelse=right):
                return self.client(left, depth + 1) or self.client(right, depth + 1)
        return None

    def _first(self, bindings: list[Binding], depth: int) -> Client | None:
        for binding in bindings:
            found = self._bound(binding, depth)
            if found is not None:
                return found
        return None

    def _bound(self, binding: Binding, depth: int) -> Client | None:
        if binding.annotation is not None:
            found = self.annotated(binding.annotation)
            if found is not None:
                return found
        if binding.kind in (Kind.ASSIGN, Kind.WITH):
            return self.client(binding.value, depth + 1)
        if isinstance(binding.node, cst.FunctionDef) and binding.node.returns is not None:
            return self.annotated(binding.node.returns.annotation)  # a property
        return None

    def _constructed(self, call: cst.Call, depth: int) -> Client | None:
        qualified = self.names.qualified(call.func)
        for profile in self.knowledge.clients.values():
            klass = profile.clients.get(qualified)
            if klass is not None and not self._is_in_process(call, profile):
                given = self._base_url(call, profile, klass)
                asked = (
                    argument(call, klass.raise_for_status, -1) if klass.raise_for_status else None
                )
                return Client(
                    profile,
                    tuple(texts(given, self.names)) if given else (),
                    asked is not None and constant(asked.value, self.names) is True,
                    self._client_retries(call, profile, klass),
                    self._own_url(call, given, profile) if klass.own_api else False,
                    is_local(given, self.names),
                )
        match call.func:
            case cst.Attribute(value=owner, attr=cst.Name(value="with_options" | "copy")):
                found = self.client(owner, depth + 1)
                if found is None or argument(call, "max_retries", -1) is None:
                    return found
                klass = next(iter(found.profile.clients.values()))
                return replace(found, retries=self._client_retries(call, found.profile, klass))
        function = self.names.definition(call.func)
        if isinstance(function, cst.FunctionDef):
            if function.returns is not None:
                found = self.annotated(function.returns.annotation)
                if found is not None:
                    return found
            for returned in self.names.returns(function):
                found = self.client(returned, depth + 1)
                if found is not None:
                    return found
        return None

    def _is_in_process(self, call: cst.Call, profile: ClientProfile) -> bool:
        """Whether a client is made for a program at hand: its own, or a stand-in."""
        made = [arg.value.func for arg in call.args if isinstance(arg.value, cst.Call)]
        return any(self.names.qualified(func) in profile.in_process for func in made)

    def _base_url(
        self, call: cst.Call, profile: ClientProfile, klass: ClientClass
    ) -> cst.BaseExpression | None:
        """Where a client is told to go: by its argument, else by what the file sets for it."""
        given = argument(call, klass.base_url, -1) if klass.base_url else None
        if given is not None:
            return given.value
        return self._environment.get(profile.base_url_variable) if klass.own_api else None

    @cached_property
    def _environment(self) -> dict[str, cst.BaseExpression]:
        """The environment variables that the file sets, with what it sets them to."""
        found: dict[str, cst.BaseExpression] = {}
        for assign in self.tree.all(cst.Assign):
            match assign.targets[0].target:
                case cst.Subscript(
                    value=owner, slice=[cst.SubscriptElement(slice=cst.Index(value=key))]
                ) if self.names.qualified(owner) == "os.environ":
                    found[str(constant(key, self.names))] = assign.value
        for call in self.tree.all(cst.Call):
            if len(call.args) == 2 and self.names.qualified(call.func) in _SETTING_ENVIRONMENT:
                name, value = (arg.value for arg in call.args)
                found[str(constant(name, self.names))] = value
        return found

    def _own_url(
        self, call: cst.Call, given: cst.BaseExpression | None, profile: ClientProfile
    ) -> bool | None:
        """Whether a base URL is the client's own: not given, or None by default, or in a setting
        of the client's name (`OPENAI_BASE_URL`)."""
        if any(arg.star for arg in call.args):
            return None
        if given is None or constant(given, self.names) is None:
            return True
        found = texts(given, self.names)
        if found:
            return any(profile.name in text.lower() for text in found)
        bindings = self.names.bindings(given) if isinstance(given, cst.Name) else []
        params = [b.node for b in bindings if isinstance(b.node, cst.Param)]
        return any(p.default is not None and literal(p.default) is None for p in params)

    def _client_retries(self, call: cst.Call, profile: ClientProfile, klass: ClientClass) -> int:
        """How often a client made so tries again by itself; 0 where that is unknown."""
        given = argument(call, klass.max_retries, -1) if klass.max_retries else None
        if any(arg.star for arg in call.args):
            return 0
        if given is None:
            return profile.default_max_retries
        value = constant(given.value, self.names)
        return value if isinstance(value, int) else 0

    def annotated(self, annotation: cst.BaseExpression) -> Client | None:
        """The client class that an annotation names, also inside Optional, unions and quotes."""
        for name in self.annotated_names(annotation):
            for profile in self.knowledge.clients.values():
                if name in profile.clients:
                    return Client(profile)
        return None

    def annotated_names(self, annotation: cst.BaseExpression) -> Iterator[str]:
        """The canonical names of the classes in an annotation."""
        match annotation:
            case cst.SimpleString():
                try:
                    inner = cst.parse_expression(str(annotation.evaluated_value))
                except cst.ParserSyntaxError:
                    return
                for node in walk(inner):
                    text = dotted(node)
                    if text:
                        yield self._qualify_text(text)
            case cst.Name() | cst.Attribute():
                yield self.names.qualified(annotation)
            case cst.BinaryOperation(left=left, right=right):
                yield from self.annotated_names(left)
                yield from self.annotated_names(right)
            case cst.Subscript(value=owner, slice=items):
                if dotted(owner).rpartition(".")[2] in _TRANSPARENT:
                    for item in items:
                        if isinstance(item.slice, cst.Index):
                            yield from self.annotated_names(item.slice.value)

    def _qualify_text(self, text: str) -> str:
        """A quoted annotation is resolved by the module's imports: its nodes are in no scope."""
        root, _, rest = text.partition(".")
        for node in self.tree.all(cst.ImportFrom):
            if not isinstance(node.names, cst.ImportStar):
                for alias in node.names:
                    bound = dotted(alias.asname.name) if alias.asname else dotted(alias.name)
                    if bound == root:
                        name = f"{dotted(node.module)}.{dotted(alias.name)}"
                        return self.knowledge.names.canonical(f"{name}.{rest}" if rest else name)
        return self.knowledge.names.canonical(text)

    # Reaching through functions of the file

    def reached(self, node: cst.CSTNode) -> tuple[ApiCall, ...]:
        """The API calls that running `node` may make, through functions of the file too."""
        found: list[ApiCall] = []
        for inner in walk_scope(node):
            if type(inner) is cst.Call:
                api = self.of(inner)
                if api is not None:
                    found.append(api)
                else:
                    found += self._reached_through(inner)
        return tuple(found)

    def _reached_through(self, call: cst.Call) -> tuple[ApiCall, ...]:
        callees = [call.func]
        # asyncio.to_thread(f, ...), executor.submit(f, ...), partial(f, ...): f runs.
        callees += [
            arg.value
            for arg in call.args
            if isinstance(arg.value, (cst.Name, cst.Attribute, cst.Lambda))
        ]
        for callee in callees:
            function = self.names.definition(callee)
            if isinstance(function, cst.FunctionDef):
                found = self.of_function(function)
                if found:
                    return found
            elif isinstance(function, cst.Lambda):
                found = self.reached(function.body)
                if found:
                    return found
        return ()

    def sleeps(self, function: cst.FunctionDef) -> bool:
        """Whether a function of the file waits, by its own statements."""
        if function not in self._sleeping:
            self._sleeping[function] = bool(sleeps_in(function.body))
        return self._sleeping[function]

    def of_function(self, function: cst.FunctionDef) -> tuple[ApiCall, ...]:
        """The API calls that a function of the file may make."""
        if function not in self._functions:
            self._functions[function] = ()  # recursion adds nothing
            self._functions[function] = self.reached(function.body)
        return self._functions[function]
