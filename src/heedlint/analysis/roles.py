"""What each expression is, seen from an API's error contract: its role, and the evidence."""

from __future__ import annotations

from dataclasses import dataclass, replace

import libcst as cst

from heedlint.analysis.calls import Calls
from heedlint.analysis.constants import literal
from heedlint.analysis.names import Binding, Kind, Names, bound_arguments, dotted, is_method
from heedlint.analysis.origins import Origin, Origins
from heedlint.analysis.tree import Tree
from heedlint.clients.model import Role
from heedlint.findings import Confidence

_TEXT_METHODS = frozenset(
    {
        "lower", "upper", "casefold", "strip", "lstrip", "rstrip", "replace", "decode", "encode",
        "format", "title", "capitalize", "split", "splitlines", "rsplit", "partition",
        "removeprefix", "removesuffix", "join", "expandtabs", "swapcase", "translate",
    }
)  # fmt: skip
_TEXT_FUNCTIONS = frozenset({"str", "repr", "ascii", "format", "bytes"})
_SAME_VALUE = frozenset({"int", "float", "typing.cast", "max", "min", "bool"})
_HELPER_WORDS = ("message", "msg", "error", "text", "str", "format", "exc", "detail", "describe")
_FORMATTED = frozenset({"traceback.format_exc", "traceback.format_exception_only"})
_READ_BY_TEXT = frozenset({Role.MESSAGE, Role.ERROR, Role.BODY, Role.ERROR_OBJECT, Role.PROBLEM})
_KEYS = {
    Role.BODY: {"error": Role.ERROR_OBJECT},
    Role.ERROR_OBJECT: {
        "message": Role.MESSAGE, "code": Role.CODE, "type": Role.TYPE, "error": Role.ERROR_OBJECT,
    },
}  # fmt: skip
_DEPTH = 24


@dataclass(frozen=True, eq=False)
class Value:
    """The role of an expression.

    `owner` is the expression it was read from (`e` of `str(e)`, `e.message`; the error object of
    `error["message"]`) and `owner_role` that one's role; `evidence` tells the way, first step
    first.
    """

    role: Role
    origin: Origin
    owner: cst.BaseExpression | None = None
    owner_role: Role | None = None
    evidence: tuple[str, ...] = ()

    @property
    def confidence(self) -> Confidence:
        """How sure the value is an API's."""
        return self.origin.confidence


class Roles:
    """The roles of a module's expressions, worked out on demand."""

    def __init__(self, tree: Tree, names: Names, calls: Calls, origins: Origins) -> None:
        self.tree = tree
        self.names = names
        self.calls = calls
        self.origins = origins
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
        return None

    # Names

    def _name(self, node: cst.Name) -> Value | None:
        best: Value | None = None
        bindings = self.names.bindings(node)
        for binding in bindings:
            value = self._binding(binding)
            if value is not None and (best is None or value.confidence > best.confidence):
                best = value
        if best is None:
            return self._narrowed_value(node)
        if best.role is not Role.ERROR:
            return best
        if len(bindings) > 1 and best.origin.answers_only:
            best = replace(best, origin=replace(best.origin, answers_only=False))
        return self._narrow(node, replace(best, owner=node, owner_role=Role.ERROR))

    def _narrowed_value(self, node: cst.Name) -> Value | None:
        """An error as a value: nothing is known of it but that an `isinstance` holds."""
        found = self.origins.narrowed(node)
        if found is None:
            return None
        test, classes = found
        origin = self.origins.of_classes(node, classes, f"`{test}` holds")
        if origin is None:
            return None
        return Value(Role.ERROR, origin, node, Role.ERROR, (origin.why,))

    def _narrow(self, use: cst.BaseExpression, value: Value) -> Value | None:
        found = self.origins.narrowed(use)
        if found is None:
            return value
        test, classes = found
        origin = self.origins.of_classes(use, classes, f"`{test}` holds")
        if origin is not None:
            return replace(value, origin=origin, evidence=(origin.why,))
        if all(self.calls.knowledge.names.is_exception(name) for name in classes):
            return value if {"Exception", "BaseException"} & set(classes) else None
        return value

    def _binding(self, binding: Binding) -> Value | None:
        match binding.kind:
            case Kind.EXCEPT:
                origin = self.origins.of_handler(binding.node)
                return Value(Role.ERROR, origin, evidence=(origin.why,)) if origin else None
            case Kind.PARAMETER if isinstance(binding.node, cst.Param):
                return self._parameter(binding.node)
            case Kind.ASSIGN | Kind.WITH:
                value = self.of(binding.value)
                if value is None and binding.annotation is not None:
                    return self._annotated(binding)
                step = f"`{binding.name}` holds it"
                return replace(value, evidence=(*value.evidence, step)) if value else None
            case Kind.LOOP:
                value = self.of(binding.value)
                return value if value and value.role is Role.MESSAGE else None
        return None

    def _annotated(self, binding: Binding) -> Value | None:
        assert binding.annotation is not None
        classes = list(self.calls.annotated_names(binding.annotation))
        origin = self.origins.of_classes(binding.node, classes, f"`{binding.name}` is annotated")
        return Value(Role.ERROR, origin, evidence=(origin.why,)) if origin else None

    def _parameter(self, param: cst.Param) -> Value | None:
        origin = self.origins.of_parameter(param)
        if origin is not None and origin.is_response:
            return Value(Role.RESPONSE, origin, evidence=(origin.why,))
        own = Value(Role.ERROR, origin, evidence=(origin.why,)) if origin else None
        if own is not None and own.confidence is Confidence.CERTAIN:
            return own
        given = self._from_callers(param)
        if given is None or (
            own is not None and given.role is Role.ERROR and given.confidence <= own.confidence
        ):
            return own or given
        step = f"callers pass it as `{param.name.value}`"
        return replace(given, owner=None, owner_role=None, evidence=(*given.evidence, step))

    def _from_callers(self, param: cst.Param) -> Value | None:
        function = self.tree.enclosing(param, cst.FunctionDef, cst.Lambda)
        if not isinstance(function, cst.FunctionDef):
            return None
        method = is_method(self.tree, function)
        best: Value | None = None
        for call in self.names.calls_of(function):
            given = bound_arguments(function, call, method=method).get(param.name.value)
            value = self.of(given)
            if value is not None and (best is None or value.confidence > best.confidence):
                best = value
        return best

    # Members

    def member(self, owner: Value, member: str, expression: cst.BaseExpression) -> Value | None:
        """What an attribute (`code`) or a called method (`json()`) of a value is."""
        result: Role | None = None
        for profile in owner.origin.profiles:
            result = profile.roles.get(owner.role, {}).get(member)
            if result is not None:
                break
        if result is None and not (owner.origin.profiles and owner.origin.classes):
            result = self.calls.knowledge.members.get(owner.role, {}).get(member)
        if result is None and owner.role is Role.ERROR:
            result = {
                "args": Role.MESSAGE,
                "__cause__": Role.ERROR,
                "__context__": Role.ERROR,
                "message": Role.MESSAGE,
            }.get(member)
        if result is None:
            return None
        return self._read(owner, result, expression)

    def _read(self, owner: Value, role: Role, expression: cst.BaseExpression) -> Value:
        # A body read as text is still owned by what can give the stable field.
        step = f"`{self.tree.code(expression)}` is its {role.value.lower().replace('_', ' ')}"
        return Value(
            role,
            owner.origin,
            owner.owner if owner.role is Role.MESSAGE else None,
            owner.role,
            (*owner.evidence, step),
        )

    def _attribute(self, node: cst.Attribute) -> Value | None:
        owner = self.of(node.value)
        if owner is not None:
            found = self.member(owner, node.attr.value, node)
            return replace(found, owner=node.value, owner_role=owner.role) if found else None
        match node:
            case cst.Attribute(value=cst.Name(value="self" | "cls"), attr=cst.Name(value=name)):
                klass = self.tree.enclosing(node, cst.ClassDef)
                if isinstance(klass, cst.ClassDef):
                    for binding in self.names.attribute_bindings(klass, name):
                        value = self.of(binding.value)
                        if value is not None and value.role is not Role.RESPONSE:
                            return replace(value, owner=None, owner_role=None)
        return None

    def _subscript(self, node: cst.Subscript) -> Value | None:
        owner = self.of(node.value)
        if owner is None or len(node.slice) != 1:
            return None
        if owner.role is Role.MESSAGE:
            return owner  # a slice of the text, or one of e.args
        match node.slice[0].slice:
            case cst.Index(value=key):
                return self._keyed(owner, literal(key), node.value, node)
        return None

    def _keyed(
        self, owner: Value, key: object, owner_node: cst.BaseExpression, node: cst.BaseExpression
    ) -> Value | None:
        if not isinstance(key, str):
            return None
        if owner.role is Role.HEADERS:
            role = Role.RETRY_AFTER if key.lower() in ("retry-after", "retry-after-ms") else None
        else:
            role = _KEYS.get(owner.role, {}).get(key)
        if role is None:
            return None
        found = self._read(owner, role, node)
        return replace(found, owner=owner_node, owner_role=owner.role)

    # Calls

    def _call(self, node: cst.Call) -> Value | None:
        api = self.calls.of(node)
        if api is not None and not api.raises:
            why = f"`{self.tree.code(node.func)}()` gives the API's answer"
            origin = Origin(node, Confidence.CERTAIN, why, (), (api.profile,), api.catalogues, True)
            return Value(Role.RESPONSE, origin, evidence=(why,))
        if isinstance(node.func, cst.Attribute):
            found = self._method(node, node.func)
            if found is not None:
                return found
        name = self.names.qualified(node.func)
        first = node.args[0].value if node.args else None
        if name in _TEXT_FUNCTIONS:
            return self._text_of([first], convert=True)
        if name in _SAME_VALUE:
            values = [self.of(arg.value) for arg in node.args]
            return next((v for v in values if v is not None and v.role is not Role.ERROR), None)
        if name == "getattr" and len(node.args) >= 2:
            return self._getattr(node)
        if name == "json.loads":
            value = self.of(first)
            if value is not None and value.role is Role.MESSAGE and value.origin.is_response:
                return replace(value, role=Role.BODY)
        if name in _FORMATTED:
            return self._formatted_exception(node)
        return self._through_function(node)

    def _method(self, node: cst.Call, func: cst.Attribute) -> Value | None:
        method = func.attr.value
        owner = self.of(func.value)
        if method in ("format", "join"):
            inside = [arg.value for arg in node.args]
            return self._text_of([func.value, *inside])
        if owner is None:
            return None
        if owner.role in (Role.MESSAGE, Role.CODE, Role.TYPE) and method in _TEXT_METHODS:
            return owner
        if method == "get" and node.args:
            return self._keyed(owner, literal(node.args[0].value), func.value, node)
        found = self.member(owner, f"{method}()", node)
        if found is None and method == "__str__":
            return self._text_of([func.value], convert=True)
        return replace(found, owner=func.value, owner_role=owner.role) if found else None

    def _getattr(self, node: cst.Call) -> Value | None:
        owner, key = self.of(node.args[0].value), literal(node.args[1].value)
        if owner is None or not isinstance(key, str):
            return None
        found = self.member(owner, key, node)
        return replace(found, owner=node.args[0].value, owner_role=owner.role) if found else None

    def _text_of(
        self,
        inside: list[cst.BaseExpression | None] | list[cst.BaseExpression],
        *,
        convert: bool = False,
    ) -> Value | None:
        """The text made of these expressions: an API's message where one of them carries it."""
        for expression in inside:
            value = self.of(expression)
            if value is None:
                continue
            if convert and value.role in (Role.STATUS, Role.CODE, Role.TYPE, Role.RETRY_AFTER):
                return value
            if value.role is Role.MESSAGE:
                return value
            if value.role in _READ_BY_TEXT and (value.role is Role.ERROR or convert):
                assert expression is not None
                step = f"`{self.tree.code(expression)}` as text is its message"
                return Value(
                    Role.MESSAGE, value.origin, expression, value.role, (*value.evidence, step)
                )
        return None

    def _formatted_exception(self, node: cst.Call) -> Value | None:
        handler = self.tree.enclosing(node, cst.ExceptHandler)
        origin = self.origins.of_handler(handler) if handler is not None else None
        if origin is None:
            return None
        return Value(Role.MESSAGE, origin, evidence=(origin.why, "its traceback as text"))

    def _through_function(self, node: cst.Call) -> Value | None:
        function = self.names.definition(node.func)
        if isinstance(function, cst.FunctionDef):
            for returned in self.names.returns(function):
                value = self.of(returned)
                if value is not None and value.role in (
                    Role.MESSAGE,
                    Role.CODE,
                    Role.STATUS,
                    Role.ERROR,
                ):
                    return replace(value, owner=None, owner_role=None)
            return None
        name = dotted(node.func).rpartition(".")[2].lower()
        if function is None and node.args and any(word in name for word in _HELPER_WORDS):
            value = self.of(node.args[0].value)
            if value is not None and value.role is Role.ERROR:
                return self._text_of([node.args[0].value])
        return None
