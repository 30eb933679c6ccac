"""Where the URL of a call leads: to the machine itself, or to where a server says that it is up."""

from __future__ import annotations

import re

import libcst as cst

from heedlint.analysis.constants import elements, literal
from heedlint.analysis.names import (
    Binding,
    Kind,
    Names,
    argument,
    bound_arguments,
    dotted,
    is_method,
)
from heedlint.source.idioms import LOCAL_HOSTS, is_health_path

_DEPTH = 8
_HOST = "(?:{})(?:[:/?]|$)".format("|".join(map(re.escape, LOCAL_HOSTS)))
_LOCAL_URL = re.compile(rf"(?:\w+://)?{_HOST}", re.IGNORECASE)
_SCHEME = re.compile(r"\w+://$")
_ORIGIN = re.compile(r"(?:\w+:)?//[^/]+")
# What gives its first argument, or what it is a method of, on as the beginning of a URL.
_OF_ARGUMENT = frozenset({"Request", "URL", "Url", "str", "urljoin", "HttpUrl", "AnyHttpUrl"})
_OF_OWNER = frozenset({"format", "rstrip", "strip", "lower", "removesuffix", "replace"})
_READS = frozenset({"get", "head", "urlopen"})
_SENDS = frozenset({"data", "json", "content", "files", "body"})
# A part of a URL that is not known.
_PART = "\0"


def url_of(call: cst.Call) -> cst.BaseExpression | None:
    """The URL that a call of a transport is given."""
    last = dotted(call.func).rpartition(".")[2]
    found = argument(call, "url", 1 if last in ("request", "stream") else 0)
    return found.value if found is not None else None


def is_bare_read(call: cst.Call, names: Names) -> bool:
    """Whether a call of a transport only asks for what is at a URL, and sends nothing."""
    if any(arg.keyword is not None and arg.keyword.value in _SENDS for arg in call.args):
        return False
    last = dotted(call.func).rpartition(".")[2]
    if last == "request":
        method = argument(call, "method", 0)
        said = literal(method.value) if method is not None else None
        return isinstance(said, str) and said.upper() in ("GET", "HEAD")
    if last == "urlopen":
        made = _made(url_of(call), names)
        requested = made if isinstance(made, cst.Call) else call
        given = [argument(requested, name, place) for name, place in (("data", 1), ("method", 5))]
        return argument(call, "data", 1) is None and not any(given)
    return last in _READS


def _made(node: cst.BaseExpression | None, names: Names) -> cst.BaseExpression | None:
    bindings = names.bindings(node) if isinstance(node, cst.Name) else []
    return bindings[0].value if len(bindings) == 1 else node


def is_local(node: cst.BaseExpression | None, names: Names, depth: int = 0) -> bool:
    """Whether a URL, or a host, is certainly one of the machine itself.

    Followed through names, parameters and attributes: what they may be must all be local. The
    default of a parameter counts for those who say nothing; that of an environment variable does
    not, which is there to be set.
    """
    if node is None or depth > _DEPTH:
        return False
    match node:
        case cst.SimpleString() | cst.ConcatenatedString():
            text = literal(node)
            return isinstance(text, str) and bool(_LOCAL_URL.match(text))
        case cst.FormattedString(parts=[cst.FormattedStringText(value=text), *rest]):
            if _SCHEME.fullmatch(text) and rest:
                return _part_is_local(rest[0], names, depth)
            return bool(_LOCAL_URL.match(text))
        case cst.FormattedString(parts=[first, *_]):
            return _part_is_local(first, names, depth)
        case cst.BinaryOperation(left=left, operator=cst.Add(), right=right):
            scheme = literal(left)
            alone = isinstance(scheme, str) and _SCHEME.fullmatch(scheme)
            return is_local(right if alone else left, names, depth + 1)
        case cst.BinaryOperation(left=left, operator=cst.Modulo()):
            return is_local(left, names, depth + 1)
        case cst.BooleanOperation(operator=cst.Or(), right=right):
            return is_local(right, names, depth + 1)
        case cst.IfExp(body=body, orelse=orelse):
            return is_local(body, names, depth + 1) and is_local(orelse, names, depth + 1)
        case cst.Call():
            return _result_is_local(node, names, depth)
        case cst.Name() | cst.Attribute():
            found = names.bindings_of(node)
            return bool(found) and all(_binds_local(b, names, depth) for b in found)
    return False


def _part_is_local(part: cst.CSTNode, names: Names, depth: int) -> bool:
    inner = part.expression if isinstance(part, cst.FormattedStringExpression) else None
    return is_local(inner, names, depth + 1)


def _result_is_local(call: cst.Call, names: Names, depth: int) -> bool:
    last = dotted(call.func).rpartition(".")[2]
    if last in _OF_ARGUMENT:
        given = argument(call, "url", 0)
    elif isinstance(call.func, cst.Attribute) and call.func.attr.value in _OF_OWNER:
        return is_local(call.func.value, names, depth + 1)
    else:
        return False
    return given is not None and is_local(given.value, names, depth + 1)


def _binds_local(binding: Binding, names: Names, depth: int) -> bool:
    if isinstance(binding.node, cst.Param):
        return _parameter_is_local(binding.node, names, depth)
    if binding.kind is Kind.LOOP:
        items = elements(binding.value, names)
        return bool(items) and all(is_local(item, names, depth + 1) for item in items or ())
    return binding.kind is Kind.ASSIGN and is_local(binding.value, names, depth + 1)


def _parameter_is_local(param: cst.Param, names: Names, depth: int) -> bool:
    """Whether each caller of the file gives something local, or leaves it to a local default."""
    function = names.tree.enclosing(param, cst.FunctionDef, cst.Lambda)
    if not isinstance(function, cst.FunctionDef):
        return False
    by_default = is_local(param.default, names, depth + 1)
    calls = names.calls_of(function)
    if not calls:
        return by_default
    method = is_method(names.tree, function)
    for call in calls:
        if any(arg.star for arg in call.args):
            return False
        given = bound_arguments(function, call, method=method).get(param.name.value)
        if not (by_default if given is None else is_local(given, names, depth + 1)):
            return False
    return True


def is_health_check(node: cst.BaseExpression | None, names: Names) -> bool:
    """Whether a URL is one at which a server says that it is up: a base, and nothing but that."""
    shape = _shape(node, names)
    if shape.startswith(_PART):
        return is_health_path(shape.removeprefix(_PART))
    return is_health_path(_ORIGIN.sub("", shape, count=1))


def _shape(node: cst.CSTNode | None, names: Names, depth: int = 0) -> str:
    """The text of a URL, with what is not known as one sign."""
    if depth > _DEPTH:
        return _PART
    match node:
        case cst.SimpleString() | cst.ConcatenatedString():
            text = literal(node)
            return text if isinstance(text, str) else _PART
        case cst.FormattedString(parts=parts):
            return "".join(_shape(part, names, depth + 1) for part in parts)
        case cst.FormattedStringText(value=text):
            return text
        case cst.BinaryOperation(left=left, operator=cst.Add(), right=right):
            return _shape(left, names, depth + 1) + _shape(right, names, depth + 1)
        case cst.Call(func=func, args=[first, *rest]) if (
            dotted(func).rpartition(".")[2] in _OF_ARGUMENT
        ):
            tail = _shape(rest[0].value, names, depth + 1) if dotted(func).endswith("join") else ""
            return _shape(first.value, names, depth + 1) + tail
        case cst.Name() if depth == 0:
            return _shape(_made(node, names), names, depth + 1)
    return _PART
