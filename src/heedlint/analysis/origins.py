"""Where errors and responses come from, and how sure that they are an API's."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TypeAlias

import libcst as cst

from heedlint.analysis.callbacks import Callbacks
from heedlint.analysis.calls import ApiCall, Calls
from heedlint.analysis.conditions import conditions
from heedlint.analysis.constants import elements
from heedlint.analysis.evidence import Step
from heedlint.analysis.knowledge import FALLBACK_CATALOGUE
from heedlint.analysis.names import Names, dotted, parameters
from heedlint.analysis.policy_uses import PolicyUses
from heedlint.analysis.tree import Tree, walk_scope
from heedlint.clients.model import ClientProfile, Raises
from heedlint.contracts.model import Catalogue
from heedlint.findings import Confidence
from heedlint.source.idioms import (
    HTTP_STATUS_NAMES,
    NEUTRAL_ERRORS,
    SERVERS,
    is_error_name,
    is_error_text_name,
    says_api_error,
    tells_errors,
)

Handler: TypeAlias = cst.ExceptHandler | cst.ExceptStarHandler
BROAD = frozenset({"Exception", "BaseException"})
_PYTHONS_OWN = frozenset(sys.stdlib_module_names) | frozenset(dir(builtins))


@dataclass(frozen=True, eq=False)
class Origin:
    """An error or a response: what it is, of which clients, under which contracts.

    `classes` are the API's exception classes that it is one of (empty for a broad catch and for
    a response); `catalogues` the contracts that may hold for it. `answers_only` says that every
    value of this origin is an answer's error: it has all the fields that its client gives those.
    `rewrapped` marks an exception of the file's own that is raised with an API error's text.
    """

    node: cst.CSTNode
    confidence: Confidence
    why: str
    classes: tuple[str, ...] = ()
    profiles: tuple[ClientProfile, ...] = ()
    catalogues: tuple[Catalogue, ...] = ()
    is_response: bool = False
    answers_only: bool = False
    rewrapped: bool = False

    @property
    def step(self) -> Step:
        """The origin as the first step of the evidence."""
        return Step(self.why, self.node)


class Origins:
    """Classifies handlers, parameters and classes of one module."""

    def __init__(self, tree: Tree, names: Names, calls: Calls) -> None:
        self.tree = tree
        self.names = names
        self.calls = calls
        self.knowledge = calls.knowledge
        self.policy_uses = PolicyUses(calls)
        self.callbacks = Callbacks(self.policy_uses)
        self._handlers: dict[cst.CSTNode, Origin | None] = {}

    # Classes

    def class_names(self, node: cst.CSTNode | None) -> list[str]:
        """The canonical names of the classes that an expression of an `except` names.

        A class of this file stands as `<local>Name`, what cannot be told as `""`.
        """
        if node is None:
            return ["BaseException"]
        items = elements(node, self.names)
        if items is not None:
            return [name for item in items for name in self.class_names(item)]
        definition = self.names.definition(node)
        if isinstance(definition, cst.ClassDef):
            return [f"<local>{definition.name.value}"]
        if isinstance(definition, cst.FunctionDef) and not isinstance(node, cst.Call):
            # A property that says which class it is.
            return [n for r in self.names.returns(definition) for n in self.class_names(r)]
        qualified = self.names.qualified(node)
        # The class is known by the SDK's own names even where the import cannot be followed.
        return [qualified]

    def api_ancestor(self, node: cst.CSTNode | None, depth: int = 0) -> str:
        """The profiled class that a class of this file derives from; `""` where there is none."""
        definition = self.names.definition(node)
        if not isinstance(definition, cst.ClassDef) or depth > 5:
            return ""
        for base in definition.bases:
            name = self.names.qualified(base.value)
            if name in self.knowledge.class_owners:
                return name
            found = self.api_ancestor(base.value, depth + 1)
            if found:
                return found
        return ""

    def api_classes(self, node: cst.CSTNode | None) -> list[str]:
        """Those of the classes in an `except` that an API's answer can be raised as."""
        found = []
        for item in elements(node, self.names) or [node]:  # type: ignore[list-item]
            for name in self.class_names(item):
                known = name if name in self.knowledge.class_owners else self.api_ancestor(item)
                if known and self.knowledge.is_api_class(known):
                    found.append(known)
        return found

    # Handlers

    def of_handler(self, handler: cst.CSTNode) -> Origin | None:
        """What the error of an `except` clause is; None where it is certainly no API's."""
        if handler not in self._handlers:
            self._handlers[handler] = None
            self._handlers[handler] = self._handler(handler)
        return self._handlers[handler]

    def _handler(self, handler: cst.CSTNode) -> Origin | None:
        assert isinstance(handler, (cst.ExceptHandler, cst.ExceptStarHandler))
        owner = self.tree.parent(handler)
        assert isinstance(owner, (cst.Try, cst.TryStar))
        reached = self.calls.reached(owner.body)
        api = self.api_classes(handler.type)
        line = dotted(handler.name.name) if handler.name else "the exception"
        if api:
            profiles = tuple(
                {id(p): p for p in map(self.knowledge.class_owners.get, api) if p}.values()
            )
            legacy = any(k and k.removed for k in map(self.knowledge.exception_class, api))
            if self._sees_none(handler, profiles, legacy=legacy):
                return None
            if self._sees_answers(profiles, api, reached, owner.body):
                return Origin(
                    handler, Confidence.CERTAIN, f"`{line}` is {api[0]}",
                    tuple(api), profiles, self._catalogues(profiles, reached),
                    answers_only=self._are_answers(api, self.class_names(handler.type)),
                )  # fmt: skip
            return None if reached else self._possible(handler, line)
        names = self.class_names(handler.type)
        if any(name in BROAD for name in names):
            raising = [call for call in reached if self._raises(call, owner.body)]
            clients = [call.profile for call in raising]
            legacy = bool(raising) and raising[0].legacy
            if self._sees_none(handler, clients or self._named_above(handler), legacy=legacy):
                return None
            return (
                self._of_calls(handler, line, raising)
                or self._left_by_others(handler, line)
                or self._possible(handler, line)
            )
        if named := self._named_error(handler):
            return self._by_name(handler, f"`{line}` is {named}, by its name an API's error")
        # Of a client's call that is known, an error is of none of the neutral classes.
        if any(self._raises(call, owner.body) for call in reached):
            return None
        may_be = any(map(self._may_be_api, names)) and self._calls_others(owner.body)
        return self._possible(handler, line) if may_be else None

    def _of_calls(self, node: cst.CSTNode, name: str, raising: list[ApiCall]) -> Origin | None:
        """An error of no certain class that is raised by one of the calls; None without any."""
        if not raising:
            return None
        profiles = tuple({id(c.profile): c.profile for c in raising}.values())
        called = self.tree.code(raising[0].node.func)
        return Origin(
            node, Confidence.LIKELY, f"`{name}` is what `{called}()` raises",
            (), profiles, self._catalogues(profiles, tuple(raising)),
        )  # fmt: skip

    def _left_by_others(self, handler: cst.CSTNode, line: str) -> Origin | None:
        """An error that the handlers above leave, of which one takes an API's: one is asked."""
        for earlier in self._handlers_above(handler):
            why = f"`{line}` comes where {{}} is caught, too"
            known = next(filter(self.tells_of_answers, self.api_classes(earlier.type)), "")
            if known:
                profiles = (self.knowledge.class_owners[known],)
                return Origin(
                    handler, Confidence.LIKELY, why.format(known),
                    (), profiles, self._catalogues(profiles, ()),
                )  # fmt: skip
            if named := self._named_error(earlier):
                return self._by_name(handler, why.format(named))
        return None

    def _named_error(self, handler: Handler) -> str:
        """The class in a handler that no profile knows, and that is an API's error by its name.

        As its name is written there; `""` where there is none, and where the file is a server's,
        which may have exceptions for what it refuses itself.
        """
        if self.calls.imports_any(SERVERS):
            return ""
        written = handler.type
        parts = [e.value for e in written.elements] if isinstance(written, cst.Tuple) else [written]
        for part in parts:
            name, is_own = self.names.qualified(part), self.names.definition(part) is not None
            is_same = dotted(part).rpartition(".")[2] == name.rpartition(".")[2]
            if is_same and says_api_error(name) and not is_own and self._is_unknown(name):
                return name
        return ""

    def _by_name(self, handler: cst.CSTNode, why: str) -> Origin:
        catalogues = (self.knowledge.catalogues[FALLBACK_CATALOGUE],)
        return Origin(handler, Confidence.LIKELY, why, catalogues=catalogues)

    def _possible(self, handler: cst.CSTNode, line: str) -> Origin:
        why = f"`{line}` may be an API's error"
        return Origin(handler, Confidence.POSSIBLE, why, catalogues=self.any_catalogues())

    def taken_above(self, handler: cst.CSTNode) -> set[str]:
        """The API's classes that the handlers above one take; empty for what is no handler."""
        above = self._handlers_above(handler)
        return {name for earlier in above for name in self.api_classes(earlier.type)}

    def _handlers_above(self, handler: cst.CSTNode) -> list[Handler]:
        owner = self.tree.parent(handler)
        handlers = owner.handlers if isinstance(owner, (cst.Try, cst.TryStar)) else ()
        return list(takewhile(lambda earlier: earlier is not handler, handlers))

    def _named_above(self, handler: cst.CSTNode) -> list[ClientProfile]:
        """The clients whose classes the handlers above one take: theirs are the calls, then."""
        return [self.knowledge.class_owners[name] for name in self.taken_above(handler)]

    def _sees_none(
        self, handler: cst.CSTNode, profiles: Iterable[ClientProfile], *, legacy: bool = False
    ) -> bool:
        """Whether the handlers above take whatever these clients raise for an answer."""
        taken = self.taken_above(handler)
        raised = {
            klass.name
            for profile in profiles
            for klass in profile.exceptions.values()
            if klass.stands_for_answers and bool(klass.removed) is legacy
        }
        is_subclass = self.knowledge.names.is_subclass
        return bool(taken) and all(any(is_subclass(r, t) for t in taken) for r in raised)

    def _calls_others(self, body: cst.CSTNode) -> bool:
        """Whether a body calls more than Python's own functions."""
        names = (
            self.names.qualified(node.func)
            for node in walk_scope(body)
            if isinstance(node, cst.Call)
        )
        return any(not name or name.partition(".")[0] not in _PYTHONS_OWN for name in names)

    def _may_be_api(self, name: str) -> bool:
        is_own = name.startswith(("<local>", "."))
        return name in NEUTRAL_ERRORS or (not is_own and self._is_unknown(name))

    def _sees_answers(
        self,
        profiles: tuple[ClientProfile, ...],
        classes: list[str],
        reached: tuple[ApiCall, ...],
        body: cst.CSTNode,
    ) -> bool:
        """Whether an API's answer, not only a transport error, can arrive as these classes."""
        if any(profile.raises is Raises.ALWAYS for profile in profiles):
            return True
        if any(self.knowledge.stands_for_answers(name) for name in classes):
            return True
        own = [call for call in reached if call.profile in profiles]
        return any(self._raises(call, body) for call in own)

    def tells_of_answers(self, name: str) -> bool:
        """Whether a class alone shows that an API's answers are raised where it is named.

        `requests.RequestException` does not: without `raise_for_status` it is a transport's.
        """
        owner = self.knowledge.class_owners[name]
        return not owner.transport or self.knowledge.stands_for_answers(name)

    def _are_answers(self, api: list[str], classes: list[str]) -> bool:
        return len(api) == len(classes) and all(map(self.knowledge.stands_for_answers, api))

    def _raises(self, call: ApiCall, body: cst.CSTNode) -> bool:
        """Whether the call's 4xx and 5xx end as exceptions in `body`."""
        if call.raises:
            return True
        asked = call.profile.raise_for_status
        scopes = [body, self.tree.enclosing(call.node, cst.FunctionDef)]
        return bool(asked) and any(
            isinstance(node, cst.Attribute) and node.attr.value == asked
            for scope in scopes
            if scope is not None
            for node in walk_scope(scope)
        )

    def _catalogues(
        self, profiles: tuple[ClientProfile, ...], reached: tuple[ApiCall, ...]
    ) -> tuple[Catalogue, ...]:
        found = [c for call in reached if call.profile in profiles for c in call.catalogues]
        if not found:
            found = [c for profile in profiles for c in self.calls.catalogues(profile, ())]
        return tuple({c.name: c for c in found}.values())

    def any_catalogues(self) -> tuple[Catalogue, ...]:
        """The contracts that may hold where the client is not known: the file's, or all."""
        profiles = self.calls.imported_clients
        found = [c for profile in profiles for c in self.calls.catalogues(profile, ())]
        return tuple({c.name: c for c in found}.values()) or tuple(
            self.knowledge.catalogues.values()
        )

    # Parameters and isinstance

    def of_parameter(self, param: cst.Param) -> Origin | None:
        """What a parameter is by its annotation, else (only possibly) by its name."""
        name = param.name.value
        behind = self.callbacks.calls_behind(param)
        if behind is not None:
            return self._given_by_library(param, behind)
        if param.annotation is not None:
            annotated = list(self.calls.annotated_names(param.annotation.annotation))
            found = self.of_classes(param, annotated, f"`{name}` is annotated")
            if found is not None:
                alone = isinstance(param.annotation.annotation, (cst.Name, cst.Attribute))
                return replace(found, answers_only=found.answers_only and alone)
            response = self._response(param, annotated)
            if response is not None:
                return response
            if not any(n in NEUTRAL_ERRORS for n in annotated):
                return None
        elif not is_error_name(name):
            return None
        why = f"parameter `{name}` may be an API's error"
        return Origin(param, Confidence.POSSIBLE, why, catalogues=self.any_catalogues())

    def of_answer_in(self, handler: cst.CSTNode) -> Origin | None:
        """The answer that an error of another module's class keeps, where answers are asked for."""
        assert isinstance(handler, (cst.ExceptHandler, cst.ExceptStarHandler))
        clients, names = self.calls.imported_transports, self.class_names(handler.type)
        if not clients or not all(name and self._is_unknown(name) for name in names):
            return None
        why = f"`{self.tree.code(handler.type) if handler.type else ''}` keeps an answer"
        catalogues = self.calls.catalogues(clients[0], ())
        return Origin(handler, Confidence.LIKELY, why, (), clients, catalogues)

    def _is_unknown(self, name: str) -> bool:
        """Whether a class is no one that Python, or a client, is known to have."""
        package = name.partition(".")[0]
        return package not in _PYTHONS_OWN and not self.knowledge.names.is_exception(name)

    def of_answer_parameter(self, param: cst.Param) -> Origin | None:
        """The answer that a parameter tells of: its error's text, or its status, beside the other.

        By their names, `def is_rejection(status_code, error_text)`; a text alone where the function
        tells errors by its name, `def is_quota_error(error_text)`.
        """
        function = self.tree.enclosing(param, cst.FunctionDef)
        if not isinstance(function, cst.FunctionDef) or not self.calls.imported_clients:
            return None
        names = [given.name.value for given in parameters(function)]
        texts, statuses = filter(is_error_text_name, names), HTTP_STATUS_NAMES.intersection(names)
        text, name = next(texts, None), param.name.value
        if text is None or not (name in statuses or is_error_text_name(name)):
            return None
        if statuses:
            why = f"`{text}` is given with `{min(statuses)}`"
        elif tells_errors(function.name.value):
            why = f"`{function.name.value}` tells errors by `{text}`"
        else:
            return None
        return Origin(function, Confidence.LIKELY, why, catalogues=self.any_catalogues())

    def of_text_parameter(self, param: cst.Param) -> Origin | None:
        """The error that a parameter may be the text of, by its name alone: `error_msg`."""
        annotated = param.annotation.annotation if param.annotation else None
        if not is_error_text_name(param.name.value) or (
            annotated is not None and dotted(annotated) != "str"
        ):
            return None
        why = f"`{param.name.value}` may be the text of an API's error"
        return Origin(param, Confidence.POSSIBLE, why, catalogues=self.any_catalogues())

    def _given_by_library(self, param: cst.Param, behind: tuple[ApiCall, ...]) -> Origin:
        """The error that a retry library asks a function about: of what the policy is around."""
        name = param.name.value
        annotated = param.annotation.annotation if param.annotation else None
        if annotated is not None:
            classes = list(self.calls.annotated_names(annotated))
            found = self.of_classes(param, classes, f"`{name}` is annotated")
            if found is not None:
                return found
        raising = [call for call in behind if self._raises(call, call.node)]
        why = f"a retry library gives `{name}` any error"
        return self._of_calls(param, name, raising) or Origin(
            param, Confidence.POSSIBLE, why, catalogues=self.any_catalogues()
        )

    def of_expected(self, node: cst.BaseExpression) -> Origin | None:
        """The error that a test expects, where `node` holds it: `pytest.raises(X)`, or its name."""
        match node:
            case cst.Call(func=func, args=[expected, *_]) if _expects(self.names, func):
                classes = self.class_names(expected.value)
                return self.of_classes(node, classes, "the test expects it")
            case cst.Name():
                values = [binding.value for binding in self.names.bindings(node)]
                calls = [value for value in values if isinstance(value, cst.Call)]
                return next(filter(None, map(self.of_expected, calls)), None)
        return None

    def of_classes(self, node: cst.CSTNode, classes: list[str], why: str) -> Origin | None:
        """The origin of a value known to be of one of `classes`; None if none is an API's."""
        api = [name for name in classes if self.knowledge.is_api_class(name)]
        if not api:
            return None
        profiles = tuple(
            {id(p): p for p in map(self.knowledge.class_owners.get, api) if p}.values()
        )
        # The base class of a transport alone says nothing of an answer.
        sure = any(map(self.tells_of_answers, api))
        return Origin(
            node, Confidence.CERTAIN if sure else Confidence.POSSIBLE, f"{why} as {api[0]}",
            tuple(api), profiles, self._catalogues(profiles, ()),
            answers_only=self._are_answers(api, classes),
        )  # fmt: skip

    def _response(self, param: cst.Param, annotated: list[str]) -> Origin | None:
        for profile in self.knowledge.clients.values():
            if profile.response_class and profile.response_class in annotated:
                why = f"`{param.name.value}` is annotated as {profile.response_class}"
                catalogues = self.calls.catalogues(profile, ())
                return Origin(param, Confidence.CERTAIN, why, (), (profile,), catalogues, True)
        return None

    def narrowed(self, use: cst.BaseExpression) -> tuple[str, list[str]] | None:
        """The test of the class that holds where `use` stands: its source and the classes named."""
        text = self.tree.code(use)
        for test, holds in conditions(self.tree, use):
            if holds and (classes := self._classes_asked_in(test, text)):
                return self.tree.code(test), classes
        return None

    def _classes_asked_in(self, test: cst.BaseExpression, text: str) -> list[str]:
        """The classes that a test asks an expression about; empty where it is no such test.

        `isinstance(e, X)`, and `type(e) is X`, `type(e) in (X, Y)`, `e.__class__ is X`.
        """
        match test:
            case (
                cst.Call(
                    func=cst.Name(value="isinstance"),
                    args=[cst.Arg(value=subject), cst.Arg(value=classes)],
                )
                | cst.Comparison(
                    left=cst.Call(func=cst.Name(value="type"), args=[cst.Arg(value=subject)])
                    | cst.Attribute(value=subject, attr=cst.Name(value="__class__")),
                    comparisons=[
                        cst.ComparisonTarget(
                            operator=cst.Is() | cst.Equal() | cst.In(), comparator=classes
                        )
                    ],
                )
            ):
                if self.tree.code(subject) == text:
                    return self.class_names(classes)
            case cst.BooleanOperation(left=left, operator=cst.Or(), right=right):
                first, second = (
                    self._classes_asked_in(left, text),
                    self._classes_asked_in(right, text),
                )
                return [*first, *second] if first and second else []
        return []


def _expects(names: Names, func: cst.BaseExpression) -> bool:
    """Whether a function is one by which tests expect an exception (pytest, unittest)."""
    if names.qualified(func) == "pytest.raises":
        return True
    return dotted(func).rpartition(".")[2] in ("assertRaises", "assertRaisesRegex")
