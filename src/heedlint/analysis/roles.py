"""What each expression is, seen from an API's error contract: its role, and the evidence."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property

import libcst as cst

from heedlint.analysis.bodies import PROBLEM_KEYS, ProblemDocuments, error_object_path, role_at
from heedlint.analysis.calls import Calls
from heedlint.analysis.constants import constant, literal
from heedlint.analysis.containers import Containers
from heedlint.analysis.evidence import Step
from heedlint.analysis.names import Binding, Kind, Names, dotted, passed
from heedlint.analysis.origins import BROAD, Origin, Origins
from heedlint.analysis.tree import Tree
from heedlint.clients.model import ClientProfile, Role
from heedlint.findings import Confidence
from heedlint.source.idioms import (
    ERRORS_ANSWER,
    HTTP_STATUS_NAMES,
    RESPONSE_NAMES,
    TEXT_METHODS,
    TEXT_WORDS,
)

_TEXT_FUNCTIONS = frozenset({"str", "repr", "ascii", "format", "bytes"})
_SAME_VALUE = frozenset({"int", "float", "typing.cast", "max", "min", "bool", "list", "tuple"})
# Words in the names of helpers that speak of another field than the text.
_OTHER_WORDS = frozenset(
    {
        *("code", "status", "type", "reason", "class", "kind", "category", "name", "is", "has"),
        *("retry", "delay", "wait", "seconds", "after", "log"),
    }
)
_WORDS = re.compile(r"[a-z]+|[A-Z][a-z]*")
_FORMATTED = frozenset({"traceback.format_exc", "traceback.format_exception_only"})
_READ_BY_TEXT = frozenset({Role.MESSAGE, Role.ERROR, Role.BODY, Role.ERROR_OBJECT, Role.PROBLEM})
_SPLITTERS = frozenset({"split", "rsplit", "rpartition"})
# Every exception has these, whatever its client.
_OF_ANY_ERROR = {
    "args": Role.MESSAGE, "message": Role.MESSAGE, "exceptions": Role.ERROR,
    "__cause__": Role.ERROR, "__context__": Role.ERROR,
}  # fmt: skip
# What holds the exception that a test expects: pytest's and unittest's.
_EXPECTED = frozenset({"value", "exception"})
_DEPTH = 24


@dataclass(frozen=True, eq=False)
class Value:
    """The role of an expression.

    `owner` is the expression it was read from (`e` of `str(e)`, `e.message`; the error object of
    `error["message"]`) and `owner_role` that one's role; `evidence` tells the way, first step
    first. `path` are the keys that lead to a part of a body, from its root.
    """

    role: Role
    origin: Origin
    owner: cst.BaseExpression | None = None
    owner_role: Role | None = None
    evidence: tuple[Step, ...] = ()
    path: tuple[str, ...] = ()

    @property
    def confidence(self) -> Confidence:
        """How sure the value is an API's."""
        return self.origin.confidence

    def with_step(self, text: str, node: cst.CSTNode) -> Value:
        """The value one step further on its way."""
        return replace(self, evidence=(*self.evidence, Step(text, node)))

    def elsewhere(self) -> Value:
        """The value where the names that it was read by may mean something else."""
        return replace(self, owner=None)


_CALLABLE = (cst.Name, cst.Attribute)


def _is_asked_for(binding: Binding, *makers: type[cst.BaseExpression]) -> bool:
    """Whether a name holds what somebody else has asked for: a parameter, what a function gave.

    `makers` are the kinds of expressions that may name the function.
    """
    if binding.kind is Kind.PARAMETER:
        return binding.annotation is None
    value = binding.value.expression if isinstance(binding.value, cst.Await) else binding.value
    return isinstance(value, cst.Call) and isinstance(value.func, makers)


def _error(origin: Origin, owner: cst.BaseExpression | None = None) -> Value:
    return Value(Role.ERROR, origin, owner, Role.ERROR if owner else None, (origin.step,))


def _is_wider(origin: Origin, narrowed: Origin) -> bool:
    """Whether it is the origin of the same error, of which less is known there."""
    return origin.node is narrowed.node and narrowed.answers_only and not origin.answers_only


def _raised(origin: Origin) -> Origin:
    """The origin of an exception that the file makes of an error or of a response's text.

    A text that is raised is an error's, whatever the response was.
    """
    confidence = min(origin.confidence, Confidence.LIKELY)
    return replace(
        origin, classes=(), is_response=False, answers_only=False, confidence=confidence,
        rewrapped=True,
    )  # fmt: skip


class Roles:
    """The roles of a module's expressions, worked out on demand."""

    def __init__(self, tree: Tree, names: Names, calls: Calls, origins: Origins) -> None:
        self.tree = tree
        self.names = names
        self.calls = calls
        self.origins = origins
        self.containers = Containers(tree, names)
        self.problems = ProblemDocuments(tree, names)
        self._values: dict[cst.CSTNode, Value | None] = {}
        self._depth = 0

    def of(self, node: cst.CSTNode | None) -> Value | None:
        """The role of an expression, None where it has none."""
        if node is None or self._depth > _DEPTH:
            return None
        if node not in self._values:
            self._values[node] = None  # a value that is made of itself has the role of the rest
            self._depth += 1
            try:
                self._values[node] = self._of(node)
            finally:
                self._depth -= 1
        return self._values[node]

    def _of(self, node: cst.CSTNode) -> Value | None:
        match node:
            case cst.Name():
                return self._name(node)
            case cst.Attribute():
                return self._attribute(node)
            case cst.Call():
                return self._call(node)
            case cst.Subscript():
                return self._subscript(node)
            case cst.Await(expression=inner) | cst.NamedExpr(value=inner):
                return self.of(inner)
            case cst.FormattedString(parts=parts):
                inside = [
                    p.expression for p in parts if isinstance(p, cst.FormattedStringExpression)
                ]
                return self._text_of(inside)
            case cst.BinaryOperation(left=left, operator=cst.Add(), right=right):
                return self._text_of([left, right])
            case cst.BinaryOperation(left=left, operator=cst.Modulo(), right=right):
                inside = (
                    [e.value for e in right.elements] if isinstance(right, cst.Tuple) else [right]
                )
                return self._text_of([left, *inside])
            case cst.BooleanOperation(left=left, right=right) | cst.IfExp(body=left, orelse=right):
                return self.of(left) or self.of(right)
            case cst.GeneratorExp(elt=made) | cst.ListComp(elt=made) | cst.SetComp(elt=made):
                return self._text_only(self.of(made))
            case cst.List() | cst.Tuple() | cst.Set():
                return self._text_only(self._surest(self.containers.items(node)))
        return None

    @staticmethod
    def _text_only(value: Value | None) -> Value | None:
        return value if value is not None and value.role is Role.MESSAGE else None

    def _surest(self, nodes: list[cst.BaseExpression]) -> Value | None:
        """The role that one of several expressions has: the one that is surest an API's."""
        values = [value for value in map(self.of, nodes) if value is not None]
        return max(values, key=lambda value: value.confidence, default=None)

    # Names

    def _name(self, node: cst.Name) -> Value | None:
        bindings = self.names.bindings(node)
        values = [value for value in map(self._binding, bindings) if value is not None]
        best = max(values, key=lambda value: value.confidence, default=None)
        if best is None:
            return (
                self._narrowed_value(node)
                or self._text_only(self._surest(self.containers.items(node)))
                or self._response_by_name(node, bindings)
            )
        wider = next((v.origin for v in values if _is_wider(v.origin, best.origin)), None)
        if wider is not None:
            # On one way it is certainly an API's.
            confidence = max(wider.confidence, Confidence.LIKELY)
            best = replace(best, origin=replace(wider, confidence=confidence))
        if best.role is not Role.ERROR:
            return best
        if len(bindings) > 1 and best.origin.answers_only:
            best = replace(best, origin=replace(best.origin, answers_only=False))
        return self._narrow(node, replace(best, owner=node, owner_role=Role.ERROR))

    def _response_by_name(self, node: cst.Name, bindings: list[Binding]) -> Value | None:
        """An answer that somebody else asked for, as the file has an HTTP client.

        By its name, or because its status is read: `if r.status_code == 409`.
        """
        given = [b for b in bindings if literal(b.value) is not None]
        clients = self.calls.imported_transports
        if not clients or len(given) != 1:
            return None
        if (self.tree.scope(node), node.value) in self._with_status:
            why, asked = f"`{node.value}` has a status", _is_asked_for(given[0], *_CALLABLE)
        else:
            why = f"`{node.value}` may be an API's answer"
            asked = node.value in RESPONSE_NAMES and _is_asked_for(given[0], cst.Name)
        if not asked:
            return None
        catalogues = self.calls.catalogues(clients[0], ())
        origin = Origin(given[0].node, Confidence.LIKELY, why, (), clients, catalogues, True)
        return Value(Role.RESPONSE, origin, evidence=(origin.step,))

    @cached_property
    def _with_status(self) -> set[tuple[cst.CSTNode, str]]:
        """The names of which the status is read, each with the function in which it is."""
        return {
            (self.tree.scope(node), node.value.value)
            for node in self.tree.all(cst.Attribute)
            if node.attr.value in HTTP_STATUS_NAMES and isinstance(node.value, cst.Name)
        }

    def _narrowed_value(self, node: cst.BaseExpression) -> Value | None:
        """An error as a value: nothing is known of it but that an `isinstance` holds."""
        found = self.origins.narrowed(node)
        if found is None:
            return None
        test, classes = found
        origin = self.origins.of_classes(node, classes, f"`{test}` holds")
        if origin is None and BROAD & set(classes):
            why = f"`{test}` holds: it may be an API's error"
            catalogues = self.origins.any_catalogues()
            origin = Origin(node, Confidence.POSSIBLE, why, catalogues=catalogues)
        return _error(origin, node) if origin is not None else None

    def _narrow(self, use: cst.BaseExpression, value: Value) -> Value | None:
        found = self.origins.narrowed(use)
        if found is None:
            return value
        test, classes = found
        origin = self.origins.of_classes(use, classes, f"`{test}` holds")
        if origin is not None:
            # It is still the same error, of which more is known here.
            narrowed = replace(origin, node=value.origin.node)
            return replace(value, origin=narrowed, evidence=(origin.step,))
        if all(self.calls.knowledge.names.is_exception(name) for name in classes):
            return value if BROAD & set(classes) else None
        return value

    def _binding(self, binding: Binding) -> Value | None:
        match binding.kind:
            case Kind.EXCEPT:
                origin = self.origins.of_handler(binding.node)
                return _error(origin) if origin else self._rewrapped(binding.node)
            case Kind.PARAMETER if isinstance(binding.node, cst.Param):
                return self._parameter(binding.node)
            case Kind.ASSIGN | Kind.WITH | Kind.AUGMENT:
                value = self.of(binding.value)
                if binding.kind is Kind.AUGMENT:
                    value = self._text_only(value)
                if value is None and binding.annotation is not None:
                    return self._annotated(binding)
                held = f"`{binding.name}` holds it"
                return value.with_step(held, binding.node) if value is not None else None
            case Kind.UNPACK:
                return self._unpacked(binding)
            case Kind.LOOP:
                return self._iterated(binding)
            case Kind.OTHER if isinstance(binding.node, cst.MatchAs):
                return self.captured(binding.node)
        return None

    def _annotated(self, binding: Binding) -> Value | None:
        assert binding.annotation is not None
        classes = list(self.calls.annotated_names(binding.annotation))
        origin = self.origins.of_classes(binding.node, classes, f"`{binding.name}` is annotated")
        return _error(origin) if origin else None

    def _unpacked(self, binding: Binding) -> Value | None:
        """`status, text = describe(e)`; any part of a split text, or of `e.args`, is a text."""
        if binding.value is None:
            return None
        held = f"`{binding.name}` holds it"
        found = self._surest(self.containers.at(binding.value, binding.index))
        if found is not None:
            return found.elsewhere().with_step(held, binding.node)
        value = self._text_only(self.of(binding.value))
        return value.with_step(held, binding.node) if value is not None else None

    def _iterated(self, binding: Binding) -> Value | None:
        """What a loop goes over: texts, or the errors of a group or of a list."""
        value = self.of(binding.value)
        if value is None and binding.value is not None:
            value = self._surest(self.containers.iterated(binding.value, binding.index))
        if value is None or value.role not in _LISTED:
            return None
        return value.with_step(f"`{binding.name}` is one of them", binding.node)

    def captured(self, pattern: cst.MatchPattern) -> Value | None:
        """What a part of a `match` pattern stands for: `t` of `case {"error": {"message": t}}`.

        The keys and attributes around it lead there from the subject.
        """
        parent = self.tree.parent(pattern)
        match parent:
            case cst.MatchCase():
                statement = self.tree.parent(parent)
                return self.of(statement.subject) if isinstance(statement, cst.Match) else None
            case cst.MatchAs() | cst.MatchOr():
                return self.captured(parent)
            case cst.MatchOrElement(pattern=inner) if inner is pattern:
                around = self.tree.parent(parent)
                return self.captured(around) if isinstance(around, cst.MatchOr) else None
            case cst.MatchMappingElement(key=key):
                around = self.tree.parent(parent)
                owner = self.captured(around) if isinstance(around, cst.MatchMapping) else None
                name = literal(key) if isinstance(key, cst.SimpleString) else None
                return self._keyed(owner, name, None, pattern) if owner is not None else None
            case cst.MatchKeywordElement(key=attribute):
                around = self.tree.parent(parent)
                owner = self._matched_class(around) if isinstance(around, cst.MatchClass) else None
                return self.member(owner, attribute.value, pattern) if owner is not None else None
        return None

    def _matched_class(self, pattern: cst.MatchClass) -> Value | None:
        """What is of the class that a pattern names: `case openai.APIError(code=code)`."""
        classes = self.origins.class_names(pattern.cls)
        name = self.tree.code(pattern.cls)
        origin = self.origins.of_classes(pattern, classes, f"the case `{name}` holds")
        return _error(origin) if origin is not None else self.captured(pattern)

    # Errors that the file wraps in a class of its own

    def _rewrapped(self, handler: cst.CSTNode) -> Value | None:
        """The file's own exception, where it is made of an API's error or its text."""
        if not isinstance(handler, (cst.ExceptHandler, cst.ExceptStarHandler)):
            return None
        if handler.type is None:
            return None
        if self.calls.knowledge.names.is_exception(self.names.qualified(handler.type)):
            return None  # Python's, or a client's
        given = [arg.value for call in self.containers.makings(handler.type) for arg in call.args]
        value = self._surest(given)
        if value is None or value.role not in (Role.MESSAGE, Role.ERROR):
            return None
        step = Step(f"`{self.tree.code(handler.type)}` is raised with it", handler)
        return Value(Role.ERROR, _raised(value.origin), evidence=(*value.evidence, step))

    # Parameters

    def _parameter(self, param: cst.Param) -> Value | None:
        origin = self.origins.of_parameter(param)
        if origin is not None and origin.is_response:
            return Value(Role.RESPONSE, origin, evidence=(origin.step,))
        own = _error(origin) if origin else None
        if own is not None and own.confidence is Confidence.CERTAIN:
            return own
        given = self._surest(passed(self.tree, self.names, param))
        if own is None and (given is None or given.confidence < Confidence.LIKELY):
            answer = self.origins.of_answer_parameter(param)
            if answer is not None:
                is_status = param.name.value in HTTP_STATUS_NAMES
                role = Role.STATUS if is_status else Role.MESSAGE
                return Value(role, answer, evidence=(answer.step,))
        if own is None and given is None:
            text = self.origins.of_text_parameter(param)
            return Value(Role.MESSAGE, text, evidence=(text.step,)) if text else None
        if given is None or (
            own is not None and given.role is Role.ERROR and given.confidence <= own.confidence
        ):
            return own or given
        return given.elsewhere().with_step(f"callers pass it as `{param.name.value}`", param)

    # Members

    def member(self, owner: Value, member: str, node: cst.CSTNode) -> Value | None:
        """What an attribute (`code`), a called method (`json()`) or a key (`[Error]`) is."""
        result = self._member_role(owner, member)
        return self._read(owner, result, node) if result is not None else None

    def _member_role(self, owner: Value, member: str) -> Role | None:
        for profile in owner.origin.profiles:
            result = profile.roles.get(owner.role, {}).get(member)
            if result is not None:
                return result
        if not (owner.origin.profiles and owner.origin.classes):
            result = self.calls.knowledge.member(owner.role, member, self._clients())
            if result is not None:
                return result
        return _OF_ANY_ERROR.get(member) if owner.role is Role.ERROR else None

    def _clients(self) -> tuple[ClientProfile, ...]:
        """The clients that an error of no known one may be of: those imported, else all."""
        return self.calls.imported_clients or tuple(self.calls.knowledge.clients.values())

    def _read(self, owner: Value, role: Role, node: cst.CSTNode) -> Value:
        words = role.value.lower().replace("_", " ")
        step = Step(f"`{self.tree.code(node)}` is its {words}", node)
        # A body read as text is still owned by what can give the stable field.
        text_owner = owner.owner if owner.role is Role.MESSAGE else None
        path = error_object_path(owner.origin) if role is Role.ERROR_OBJECT else ()
        return Value(role, owner.origin, text_owner, owner.role, (*owner.evidence, step), path)

    def _attribute(self, node: cst.Attribute) -> Value | None:
        owner = self.of(node.value)
        if owner is not None:
            found = self.member(owner, node.attr.value, node)
            if found is not None:
                return replace(found, owner=node.value, owner_role=owner.role)
        if node.attr.value in _EXPECTED:
            origin = self.origins.of_expected(node.value)
            if origin is not None:
                return _error(origin, node)
        return (
            self._attribute_of_self(node)
            or self._field(node)
            or self._narrowed_value(node)
            or self._answer_of_error(node)
        )

    def _answer_of_error(self, node: cst.Attribute) -> Value | None:
        """`e.response` of an error whose class nobody knows: the answer that it was raised for."""
        if node.attr.value != ERRORS_ANSWER or not isinstance(node.value, cst.Name):
            return None
        for binding in self.names.bindings(node.value):
            if binding.kind is Kind.EXCEPT:
                origin = self.origins.of_answer_in(binding.node)
                if origin is not None:
                    return Value(Role.RESPONSE, origin, evidence=(origin.step,))
        return None

    def _attribute_of_self(self, node: cst.Attribute) -> Value | None:
        match node:
            case cst.Attribute(value=cst.Name(value="self" | "cls"), attr=cst.Name(value=name)):
                klass = self.tree.enclosing(node, cst.ClassDef)
                if isinstance(klass, cst.ClassDef):
                    for binding in self.names.attribute_bindings(klass, name):
                        value = self.of(binding.value)
                        if value is not None and value.role is not Role.RESPONSE:
                            return value.elsewhere()
                    return self._text_only(self._surest(self.containers.items(node)))
        return None

    def _field(self, node: cst.Attribute) -> Value | None:
        """What an object of the file's classes was given, where each text it gets is an API's.

        A dictionary that it gets instead has no wording to look for.
        """
        given = self.containers.field(node.value, node.attr.value)
        told = [
            value
            for value in given
            if not isinstance(literal(value), str) and not self.containers.is_dictionary(value)
        ]
        values = [self._text_only(self.of(value)) for value in told]
        if not values or None in values:
            return None
        found = self._surest(told)
        if found is None:
            return None
        if self._is_caught(node.value):
            found = replace(found, origin=_raised(found.origin))
        return found.elsewhere().with_step(f"`{self.tree.code(node)}` was given it", node)

    def _is_caught(self, node: cst.BaseExpression) -> bool:
        """Whether a name is that of an exception in its handler."""
        bindings = self.names.bindings(node) if isinstance(node, cst.Name) else []
        return any(binding.kind is Kind.EXCEPT for binding in bindings)

    # Keys

    def _subscript(self, node: cst.Subscript) -> Value | None:
        if len(node.slice) != 1:
            return None
        owner = self.of(node.value)
        match node.slice[0].slice:
            case cst.Slice() if owner is not None and owner.role is Role.MESSAGE:
                return owner
            case cst.Index(value=key):
                return self._at(node, owner, key)
        return None

    def _at(
        self, node: cst.Subscript, owner: Value | None, key: cst.BaseExpression
    ) -> Value | None:
        name = constant(key, self.names)
        if owner is not None:
            if owner.role is Role.ERROR_OBJECT and isinstance(name, int):
                return owner  # the first of several errors
            if self._is_last_segment(owner, node.value):
                return replace(owner, role=Role.CODE)
            if owner.role is Role.MESSAGE:
                return owner  # one character, one part, or one of e.args
            return self._keyed(owner, name, node.value, node)
        found = self._surest(self.containers.entries(node.value, name))
        return found.elsewhere() if found is not None else None

    def _is_last_segment(self, owner: Value, node: cst.BaseExpression) -> bool:
        """Whether a part of a problem's `type` is taken: `type.rsplit("/", 1)[-1]`."""
        return (
            owner.role is Role.TYPE
            and owner.owner_role is Role.PROBLEM
            and isinstance(node, cst.Call)
            and isinstance(node.func, cst.Attribute)
            and node.func.attr.value in _SPLITTERS
        )

    def _keyed(
        self,
        owner: Value,
        key: object,
        owner_node: cst.BaseExpression | None,
        node: cst.CSTNode,
    ) -> Value | None:
        if not isinstance(key, str):
            return None
        if owner.role is Role.HEADERS:
            told = key.lower() in ("retry-after", "retry-after-ms")
            found = self._read(owner, Role.RETRY_AFTER, node) if told else None
        else:
            found = self.member(owner, f"[{key}]", node) or self._enveloped(owner, key, node)
        if found is None:
            return None
        is_problem = found.owner_role is Role.PROBLEM
        return replace(
            found, owner=owner_node, owner_role=Role.PROBLEM if is_problem else owner.role
        )

    def _enveloped(self, owner: Value, key: str, node: cst.CSTNode) -> Value | None:
        """What stands in a body under a key, by its envelope or as a problem document."""
        if owner.role not in (Role.BODY, Role.ERROR_OBJECT):
            return None
        path = (*owner.path, key)
        role = role_at(owner.origin, path)
        if role is not None:
            found = self._read(owner, role, node)
            return replace(found, path=path) if role is Role.ERROR_OBJECT else found
        if owner.role is Role.ERROR_OBJECT:
            # Read one level too deep (see HED404); what is meant is plain.
            return owner if key == "error" else None
        if key in PROBLEM_KEYS and self.problems.may_be_at(node, owner.origin):
            return replace(self._read(owner, PROBLEM_KEYS[key], node), owner_role=Role.PROBLEM)
        return None

    # Calls

    def _call(self, node: cst.Call) -> Value | None:
        api = self.calls.of(node)
        if api is not None and not api.raises:
            why = f"`{self.tree.code(node.func)}()` gives the API's answer"
            origin = Origin(node, Confidence.CERTAIN, why, (), (api.profile,), api.catalogues, True)
            return Value(Role.RESPONSE, origin, evidence=(origin.step,))
        if isinstance(node.func, cst.Attribute):
            found = self._method(node, node.func)
            if found is not None:
                return found
        return self._function(node)

    def _function(self, node: cst.Call) -> Value | None:
        name = self.names.qualified(node.func)
        first = node.args[0].value if node.args else None
        if name in _TEXT_FUNCTIONS:
            return self._text_of([first], convert=True)
        if name == "map" and len(node.args) == 2:
            made_text = self.names.qualified(first) in _TEXT_FUNCTIONS
            return self._text_of([node.args[1].value], convert=True) if made_text else None
        if name in _SAME_VALUE:
            values = [self.of(arg.value) for arg in node.args]
            return next((v for v in values if v is not None and v.role is not Role.ERROR), None)
        if name == "getattr" and len(node.args) >= 2:
            return self._getattr(node)
        if name == "json.loads":
            value = self.of(first)
            if value is not None and value.role is Role.MESSAGE:
                return replace(value, role=Role.BODY, path=())
            return self._unknown_body(node)
        if name in _FORMATTED:
            return self._formatted_exception(node)
        return self._through_function(node)

    def _unknown_body(self, node: cst.Call) -> Value:
        """What some JSON is: an answer of an API only if something else tells so."""
        why = f"`{self.tree.code(node.func)}()` may give an API's answer"
        catalogues = self.origins.any_catalogues()
        origin = Origin(node, Confidence.POSSIBLE, why, catalogues=catalogues)
        return Value(Role.BODY, origin, evidence=(origin.step,))

    def _method(self, node: cst.Call, func: cst.Attribute) -> Value | None:
        method = func.attr.value
        owner = self.of(func.value)
        if method in ("format", "join"):
            inside = [arg.value for arg in node.args]
            return self._text_of([func.value, *inside])
        if method == "get" and node.args and owner is None:
            key = constant(node.args[0].value, self.names)
            found = self._surest(self.containers.entries(func.value, key))
            return found.elsewhere() if found is not None else None
        if owner is None:
            return self._unknown_body(node) if method == "json" and not node.args else None
        if owner.role in (Role.MESSAGE, Role.CODE, Role.TYPE) and method in TEXT_METHODS:
            return owner
        if method == "get" and node.args:
            return self._keyed(owner, constant(node.args[0].value, self.names), func.value, node)
        found = self.member(owner, f"{method}()", node)
        if found is None and method == "__str__":
            return self._text_of([func.value], convert=True)
        return replace(found, owner=func.value, owner_role=owner.role) if found else None

    def _getattr(self, node: cst.Call) -> Value | None:
        owner, key = self.of(node.args[0].value), literal(node.args[1].value)
        found = None
        if owner is not None and isinstance(key, str):
            found = self.member(owner, key, node)
        if found is not None and owner is not None:
            return replace(found, owner=node.args[0].value, owner_role=owner.role)
        return self._text_only(self.of(node.args[2].value)) if len(node.args) > 2 else None

    def _text_of(
        self,
        inside: list[cst.BaseExpression | None] | list[cst.BaseExpression],
        *,
        convert: bool = False,
    ) -> Value | None:
        """The text made of these expressions: an API's message where one of them carries it."""
        for expression in inside:
            value = self.of(expression)
            if value is None or expression is None:
                continue
            if convert and value.role in (Role.STATUS, Role.CODE, Role.TYPE, Role.RETRY_AFTER):
                return value
            if value.role is Role.MESSAGE:
                return value
            if value.role in _READ_BY_TEXT and (value.role is Role.ERROR or convert):
                step = Step(f"`{self.tree.code(expression)}` as text is its message", expression)
                evidence = (*value.evidence, step)
                return Value(Role.MESSAGE, value.origin, expression, value.role, evidence)
        return None

    def _formatted_exception(self, node: cst.Call) -> Value | None:
        handler = self.tree.enclosing(node, cst.ExceptHandler)
        origin = self.origins.of_handler(handler) if handler is not None else None
        if origin is None:
            return None
        step = Step("its traceback as text", node)
        return Value(Role.MESSAGE, origin, evidence=(origin.step, step))

    def _through_function(self, node: cst.Call) -> Value | None:
        function = self.names.definition(node.func)
        if isinstance(function, cst.FunctionDef):
            for returned in self.names.returns(function):
                value = self.of(returned)
                if value is not None and value.role in _RETURNED:
                    return value.elsewhere()
            return None
        if function is None and node.args:
            called = dotted(node.func).rpartition(".")[2]
            words = {word.lower() for word in _WORDS.findall(called)}
            return None if words & _OTHER_WORDS else self._from_elsewhere(node.args[0].value, words)
        return None

    def _from_elsewhere(self, given: cst.BaseExpression, words: set[str]) -> Value | None:
        """What a helper of another module makes, by the words of its name."""
        value = self.of(given)
        if value is None:
            return None
        if value.role is Role.ERROR and words & TEXT_WORDS:
            return self._text_of([given])
        if value.role in (Role.BODY, Role.ERROR_OBJECT) and words & {"body", "error"}:
            path = error_object_path(value.origin)
            return replace(value.elsewhere(), role=Role.ERROR_OBJECT, path=path)
        if value.role is Role.RESPONSE and "error" in words and words & TEXT_WORDS:
            origin = replace(value.origin, is_response=False, confidence=Confidence.LIKELY)
            step = Step(f"`{self.tree.code(given)}` is made the error's text", given)
            return Value(Role.MESSAGE, origin, evidence=(*value.evidence, step))
        return None

    def as_text(self, node: cst.BaseExpression) -> Value | None:
        """The message that an expression is, or that it would be as text: `"quota" in error`."""
        value = self.of(node)
        if value is None or value.role is not Role.ERROR:
            return self._text_only(value)
        return self._text_of([node])


# What a function of the file may hand on; a response is read where the call is made.
_RETURNED = frozenset({Role.MESSAGE, Role.CODE, Role.STATUS, Role.ERROR, Role.ERROR_OBJECT})
# What a list of the file may hold.
_LISTED = frozenset({Role.MESSAGE, Role.ERROR, Role.BODY})
