"""Where a program lets an API error's human-readable text decide."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from http import HTTPStatus

import libcst as cst

from heedlint.analysis.conditions import conditions, operands, whole_chain
from heedlint.analysis.constants import bound_value, constant, elements
from heedlint.analysis.evidence import Step
from heedlint.analysis.names import Binding, Kind, dotted
from heedlint.analysis.origins import Origin
from heedlint.analysis.roles import Roles, Value
from heedlint.analysis.saying import only_says
from heedlint.analysis.statuses import Statuses
from heedlint.analysis.tree import walk, walk_scope
from heedlint.analysis.wordings import Wordings
from heedlint.clients.model import Role
from heedlint.findings import Confidence
from heedlint.source.idioms import (
    HTTP_STATUS_NAMES,
    REGEX_FUNCTIONS,
    SPLITTING,
    TEST_METHODS,
    asks_to_wait,
    tells_errors,
)

# What no HTTP answer says: transport, the interpreter, the file system, other libraries.
_FOREIGN = re.compile(
    r"event loop|no module named|cannot import|import|connect|socket|ssl|dns"
    r"|errno|broken pipe|cuda|out of memory|no such (file|table|column)|does not exist"
    r"|already exists|json|decode|unicode|recursion|asyncio|thread|coroutine|cancel|closed"
    r"|network|pars(e|ing)|attribute|nonetype|object has no|subscriptable"
    r"|(keyword|positional|required) argument|argument '",
    re.I,
)
# What a transport says of a time that is over. Servers say of what: "timed out generating ...".
_TRANSPORT_TIMEOUT = re.compile(
    r"(\W|the|an?|has|was|is|api|server|request|read|write|operation|call|error|exception)*"
    r"time(d)?[ -]?out(\W|error|exception|s|=?\d+)*",
    re.I,
)
_BUILTIN_ERRORS = re.compile(
    "|".join(
        rf"\b{name}\b"
        for name, found in vars(builtins).items()
        if isinstance(found, type) and issubclass(found, Exception) and name.endswith("Error")
    ),
    re.I,
)
# A name with underscores or dots: `workspace_dir`, `api.env`.
_NAME = re.compile(r"[A-Za-z0-9]+([_.][A-Za-z0-9]+)+")
# What a name says that stands for an error: `token_quota_reached`, `authorization_exception`.
_NAMES_ERROR = re.compile(
    r"quota|exceeded|reached|exception|insufficient|unauthori[sz]ed|forbidden|denied|expired"
    r"|overloaded|throttl|unavailable|exhausted|too_many|invalid|unsupported|no_support|violat"
    r"|not_(found|allowed|support)",
    re.I,
)
# What tells a text's shape, not what it says: lines, brackets, markup ("<!DOCTYPE html>").
_SHAPE = re.compile(r"[\W_]*$|\s*<(!doctype|!--|\?xml|/|(html|head|body|title)\b)", re.I)
_GROUP = re.compile(r"(?<!\\)\((?!\?[:=!<])")
# What parts a regular expression; escaped signs and sets of characters do not.
_PARTING = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[(|)]", re.S)
_CONNECTING = (cst.BooleanOperation, cst.UnaryOperation)
_TRUTH = (cst.If, cst.While, cst.IfExp, *_CONNECTING)
_STATUS = re.compile(r"[45]\d\d")
# What HTTP calls the statuses of errors.
_REASONS = frozenset(status.phrase.lower() for status in HTTPStatus if status >= 400)
# What any text may hold: `"key" in str(e)`.
_VAGUE = re.compile(r"\s*[a-z]{0,3}\s*", re.I)
# What holds all that a pattern finds.
_COLLECTIONS = frozenset({"set", "frozenset", "list", "tuple", "sorted", "dict", "bool", "len"})
# Operators of what chooses by the text, whatever is done with the choice.
_CHOOSING = frozenset({"[]", "match"})
_MOST_SOUGHT = 3
_DELAY_IN_TEXT = re.compile(r"\((\?P<\w+>|\?:)?[^()?]*(\\d|\[0-9)")


@dataclass(frozen=True, eq=False)
class TextTest:
    """A test of an API's text: `text` is the expression tested, `needles` what is looked for.

    Of a regular expression the needles are its words, and `patterns` is what is written.
    `is_predicate` marks a retry library's term, which gets its text from the library.
    """

    node: cst.BaseExpression
    operator: str
    text: cst.BaseExpression
    needles: tuple[str, ...]
    value: Value
    negated: bool = False
    is_predicate: bool = False
    patterns: tuple[str, ...] = ()

    @property
    def sought(self) -> str:
        """What is looked for, as a message tells it: the first three; `""` where it is unknown."""
        said = [f"'{pattern}'" for pattern in self.patterns] or [repr(n) for n in self.needles]
        rest = len(said) - _MOST_SOUGHT
        told = ", ".join(said[:_MOST_SOUGHT])
        return f"{told} and {rest} more" if rest > 0 else told

    @property
    def evidence(self) -> tuple[Step, ...]:
        """Why the text is an API's, and that it is tested."""
        return (*self.value.evidence, Step(f"tested with `{self.operator}`", self.node))


class TextTests:
    """Finds the text tests of a module."""

    def __init__(self, roles: Roles) -> None:
        self.roles = roles
        self.tree = roles.tree
        self.names = roles.names
        self.knowledge = roles.calls.knowledge
        self.statuses = Statuses(roles)
        self.wordings = Wordings(roles)

    def all(self) -> Iterator[TextTest]:
        """Every test of a message that decides something, surest reading of each."""
        found = [
            *map(self._comparison, self.tree.all(cst.Comparison)),
            *map(self._call, self.tree.all(cst.Call)),
            *map(self._matched, self.tree.all(cst.Match)),
            *(self._in_table(*reading) for reading in self.tree.keyed),
        ]
        tests = [test for test in found if test is not None and self._decides(test)]
        tests += filter(None, map(self._message_predicate, self.tree.all(cst.Call)))
        told = self._told_by_wording(tests)
        for test in tests:
            judged = self._judge(test, told.get(test.value.origin.node, ""))
            if judged is not None:
                yield judged

    def delays(self) -> Iterator[TextTest]:
        """Where a number of seconds to wait is read out of an API error's text."""
        for call in self.tree.all(cst.Call):
            if isinstance(call.func, cst.Attribute) and call.args:
                found = self._delay_reading(call, call.func)
                judged = self._judge(found, found.needles[0]) if found is not None else None
                if judged is not None:
                    yield judged

    def _delay_reading(self, node: cst.Call, func: cst.Attribute) -> TextTest | None:
        """`re.search("try again in ([0-9]+)s", text)`, `text.split("retry after ")[1]`."""
        method = func.attr.value
        if method in REGEX_FUNCTIONS:
            text, needles = self._searched(node, func.value)
            reads = any(map(_DELAY_IN_TEXT.search, needles))
        elif method in SPLITTING:
            text, needles = func.value, self._needles(node.args[0].value)
            reads = True
        else:
            return None
        value = self._message(text) if text is not None else None
        if value is None or not reads or not any(map(asks_to_wait, needles)):
            return None
        return TextTest(node, method, text or func.value, needles, value)

    def _told_by_wording(self, tests: list[TextTest]) -> dict[cst.CSTNode, str]:
        """The errors that some test takes for an API's, each with what only such an error says."""
        told: dict[cst.CSTNode, str] = {}
        sought: dict[cst.CSTNode, list[str]] = {}
        for test in tests:
            for needle in test.needles:
                sought.setdefault(test.value.origin.node, []).append(needle)
                if self.knowledge.is_api_text(needle) and not self._is_own_text([needle]):
                    told.setdefault(test.value.origin.node, needle)
        for origin, needles in sought.items():
            # "unauthorized" may be anybody's; beside "401", or "not found", it is an HTTP server's.
            common = next(filter(self.knowledge.is_common_wording, needles), "")
            others = [n for n in needles if _STATUS.fullmatch(n.strip()) or _is_reason(n, common)]
            if common and others:
                told.setdefault(origin, others[0])
        return told

    @cached_property
    def _with_status(self) -> frozenset[cst.CSTNode]:
        """The errors of which the file reads the status of an answer: `e.status_code`."""
        if not self.roles.calls.imported_clients:
            return frozenset()
        owners = [
            node.value
            for node in self.tree.all(cst.Attribute)
            if node.attr.value in HTTP_STATUS_NAMES
        ]
        owners += [
            node.args[0].value
            for node in self.tree.all(cst.Call)
            if dotted(node.func) in ("getattr", "hasattr")
            and len(node.args) > 1
            and constant(node.args[1].value, self.names) in HTTP_STATUS_NAMES
        ]
        values = map(self.roles.of, owners)
        return frozenset(value.origin.node for value in values if value is not None)

    # Shapes

    def _comparison(self, node: cst.Comparison) -> TextTest | None:
        if len(node.comparisons) != 1:
            return None
        left, target = node.left, node.comparisons[0]
        right = target.comparator
        match target.operator:
            case cst.In() | cst.NotIn() as operator:
                negated = isinstance(operator, cst.NotIn)
                value = self.roles.as_text(right)
                if value is not None:
                    return TextTest(node, "in", right, self._needles(left), value, negated)
                value = self._message(left)
                if value is not None and elements(right, self.names):
                    return TextTest(node, "in", left, self._needles(right), value, negated)
            case cst.Equal() | cst.NotEqual() as operator:
                for text, other in ((left, right), (right, left)):
                    value = self._message(text)
                    needles = self._needles(other)
                    if value is not None and needles and needles != ("",):
                        negated = isinstance(operator, cst.NotEqual)
                        return TextTest(node, "==", text, needles, value, negated)
        return None

    def _call(self, node: cst.Call) -> TextTest | None:
        match node.func:
            case cst.Attribute(value=owner, attr=cst.Name(value=method)):
                if method in TEST_METHODS and node.args and self._is_tested(node, method):
                    value = self._message(owner)
                    if value is not None:
                        needles = self._needles(node.args[0].value)
                        return TextTest(node, method, owner, needles, value)
                if method in REGEX_FUNCTIONS and node.args:
                    return self._regex(node, owner, method)
        return self._asked_elsewhere(node)

    def _asked_elsewhere(self, node: cst.Call) -> TextTest | None:
        """`is_rate_limit(e.response.text)`: a function of another module that is given a text.

        One that gets the error or the answer as well may look at more than the text.
        """
        name = dotted(node.func).rpartition(".")[2]
        if not tells_errors(name) or self.names.definition(node.func) is not None:
            return None
        values = [(arg.value, self.roles.of(arg.value)) for arg in node.args]
        known = [(given, value) for given, value in values if value is not None]
        if not known or any(value.role is not Role.MESSAGE for _, value in known):
            return None
        text, value = known[0]
        return TextTest(node, name, text, (), value)

    def _message_predicate(self, node: cst.Call) -> TextTest | None:
        """A retry library's condition on the text: `retry_if_exception_message(match=...)`."""
        name = self.names.qualified(node.func)
        term = self.knowledge.retry_predicates.get(name)
        if term is None or term.kind not in ("message", "not-message") or not node.args:
            return None
        needles = tuple(map(_without_pattern, self._needles(node.args[0].value)))
        origin = Origin(
            node,
            Confidence.POSSIBLE,
            f"{name} tests the text of the exception",
            catalogues=self.roles.origins.any_catalogues(),
        )
        value = Value(Role.MESSAGE, origin, evidence=(origin.step,))
        negated = term.kind == "not-message"
        operator = name.rpartition(".")[2]
        return TextTest(node, operator, node, needles, value, negated, is_predicate=True)

    def _matched(self, node: cst.Match) -> TextTest | None:
        value = self._message(node.subject)
        if value is None:
            return None
        patterns = [inner for case in node.cases for inner in walk(case.pattern)]
        compared = [p.value for p in patterns if isinstance(p, cst.MatchValue)]
        needles = tuple(text for p in compared for text in self._needles(p))
        return TextTest(node.subject, "match", node.subject, needles, value) if needles else None

    def _in_table(
        self, node: cst.BaseExpression, table: cst.BaseExpression, key: cst.BaseExpression
    ) -> TextTest | None:
        """`HANDLERS[e.message]`: the keys of a dictionary of the file are what is looked for."""
        value = self._message(key)
        if value is None or not isinstance(bound_value(table, self.names), cst.Dict):
            return None
        needles = self._needles(table)
        return TextTest(node, "[]", key, needles, value) if needles else None

    def _is_tested(self, node: cst.Call, method: str) -> bool:
        """Whether a place found in the text is compared, not only used to cut the text."""
        found_at = method in ("find", "rfind", "index", "count")
        return not found_at or self._is_asked(node)

    def _is_asked(self, node: cst.Call) -> bool:
        """Whether something hangs on what a call finds: it, or the name that keeps it, is tested.

        `if match := pattern.search(text)`; `start = text.find("{")` and `if start != -1`.
        """
        node = self._collected(node)
        outer = self.tree.parent(node)
        if isinstance(outer, cst.NamedExpr):
            outer = self.tree.parent(outer)
        is_tested = isinstance(outer, (cst.Comparison, *_TRUTH))
        return is_tested or any(map(self._is_condition, self._uses(node)))

    def _collected(self, node: cst.Call) -> cst.Call:
        """The whole that holds all that a call finds: `set(re.findall(...))`."""
        given = self.tree.parent(node)
        call = self.tree.parent(given) if isinstance(given, cst.Arg) else None
        if isinstance(call, cst.Call) and dotted(call.func) in _COLLECTIONS:
            return self._collected(call)
        return node

    def _is_read_from(self, node: cst.Call) -> bool:
        """Whether parts of what a call finds are taken: `match.group(0)`, `match[1]`."""
        return any(
            isinstance(outer := self.tree.parent(use), (cst.Attribute, cst.Subscript))
            and outer.value is use
            for use in self._uses(node)
        )

    def _uses(self, node: cst.Call) -> list[cst.CSTNode]:
        """Where the name, or the attribute, that keeps what a call gives stands in its function."""
        match self.tree.parent(node):
            case cst.Assign(targets=[cst.AssignTarget(target=target)]):
                name = dotted(target)
            case cst.AnnAssign(target=target) | cst.NamedExpr(target=target):
                name = dotted(target)
            case _:
                return []
        function = self.tree.enclosing(node, cst.FunctionDef) or self.tree.module
        named = (n for n in walk_scope(function) if isinstance(n, (cst.Name, cst.Attribute)))
        return [part for part in named if name and dotted(part) == name]

    def _is_condition(self, node: cst.CSTNode) -> bool:
        """Whether an `if` or a `while` asks for it; `m[1] if m else ""` only reads it."""
        outer = self.tree.parent(node)
        while isinstance(outer, (cst.ComparisonTarget, cst.Comparison, *_CONNECTING)):
            node, outer = outer, self.tree.parent(outer)
        return isinstance(outer, (cst.If, cst.While)) and outer.test is node

    def _regex(self, node: cst.Call, owner: cst.BaseExpression, method: str) -> TextTest | None:
        module = self.names.qualified(owner) in ("re", "regex")
        text, needles = self._searched(node, owner)
        value = self._message(text) if text is not None else None
        reads = method in ("findall", "finditer") or any(map(_GROUP.search, needles))
        reads = reads or self._is_read_from(node)
        if value is None or text is None or (reads and not self._is_asked(node)):
            return None  # something is read out of the text, which is another matter
        if any(map(_reads_delay, needles)):
            return None
        written = tuple(part for needle in needles for part in _alternatives(needle))
        operator = f"re.{method}" if module else method
        plain = tuple(map(_without_pattern, written))
        return TextTest(node, operator, text, plain, value, patterns=written)

    def _searched(
        self, node: cst.Call, owner: cst.BaseExpression
    ) -> tuple[cst.BaseExpression | None, tuple[str, ...]]:
        """The text that a call of `re`, or of a compiled pattern, searches, and the patterns."""
        module = self.names.qualified(owner) in ("re", "regex")
        if module and len(node.args) < 2:
            return None, ()
        pattern = node.args[0].value if module else self._compiled(owner)
        needles = self._needles(pattern) if pattern is not None else ()
        return node.args[1 if module else 0].value, needles

    def _compiled(self, owner: cst.BaseExpression) -> cst.BaseExpression | None:
        compiled = owner if isinstance(owner, cst.Call) else bound_value(owner, self.names)
        if isinstance(compiled, cst.Call) and dotted(compiled.func).endswith("compile"):
            return compiled.args[0].value if compiled.args else None
        return None

    def _message(self, node: cst.BaseExpression) -> Value | None:
        value = self.roles.of(node)
        return value if value is not None and value.role is Role.MESSAGE else None

    def _needles(self, node: cst.BaseExpression) -> tuple[str, ...]:
        value = constant(node, self.names)
        if isinstance(value, bytes):
            return (value.decode("latin-1"),)
        if isinstance(value, str):
            return (value,)
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and not node.args:
            return self._needles(node.func.value)  # "Rate Limit".lower()
        if isinstance(node, cst.FormattedString):
            return tuple(p.value for p in node.parts if isinstance(p, cst.FormattedStringText))
        items = elements(node, self.names)
        if items is None and isinstance(node, cst.Name):
            loops = [b for b in self.names.bindings(node) if b.kind is Kind.LOOP]
            items = self._gone_through(loops[0]) if loops else None
        found = [constant(item, self.names) for item in items or []]
        texts = tuple(text for text in found if isinstance(text, str))
        return texts if len(texts) == len(found) else ()

    def _gone_through(self, loop: Binding) -> list[cst.BaseExpression] | None:
        """What a loop's name stands for, one round after the other."""
        if loop.value is None:
            return None
        return elements(loop.value, self.names) or self.roles.containers.iterated(
            loop.value, loop.index
        )

    # Control flow

    def _decides(self, test: TextTest) -> bool:
        """Whether the value of a test decides something, rather than being said as text."""
        if test.operator in _CHOOSING:
            return True
        return self._is_decisive(test.node) and not self.wordings.are_all(test.node, test.text)

    def _is_decisive(self, node: cst.CSTNode) -> bool:
        inner = node
        for outer in self.tree.ancestors(node):
            match outer:
                case (
                    cst.If(test=test)
                    | cst.While(test=test)
                    | cst.IfExp(test=test)
                    | cst.Assert(test=test)
                    | cst.CompIf(test=test)
                ):
                    is_value = isinstance(outer, cst.IfExp) and inner is not test
                    return self._is_decisive(outer) if is_value else inner is test
                case cst.Return() | cst.Lambda() | cst.Match() | cst.MatchCase():
                    return True
                case cst.Assign() | cst.AnnAssign() | cst.NamedExpr() | cst.AugAssign():
                    return True
                case cst.Arg():
                    call = self.tree.parent(outer)
                    if isinstance(call, cst.Call):
                        if dotted(call.func).rpartition(".")[2].startswith("assert"):
                            return True
                        if only_says(call):
                            return False
                case cst.FormattedStringExpression() | cst.Expr() | cst.Raise():
                    # `text_matches and handle()` as a statement decides, too.
                    return isinstance(outer, cst.Expr) and isinstance(inner, cst.BooleanOperation)
                case cst.BaseCompoundStatement() | cst.SimpleStatementLine():
                    return False
            inner = outer
        return False

    # Whose text it is

    def _judge(self, test: TextTest, told: str) -> TextTest | None:
        """The test with its final confidence, None where the text is certainly no API answer's.

        `told` is what this or another test looks for in the text of the same error, where only an
        API's error says so.
        """
        if test.needles and all(map(_SHAPE.match, test.needles)):
            return None
        if self._has_left_before(test):
            return None
        if test.needles and all(map(self.knowledge.is_text_of_client, test.needles)):
            return None
        origin = test.value.origin
        specific = any(self.knowledge.is_api_text(needle) for needle in test.needles)
        foreign = bool(test.needles) and all(map(self._is_foreign, test.needles))
        if origin.is_response:
            return test if self._is_of_error(test, specific=specific) else None
        if origin.confidence is Confidence.POSSIBLE:
            # Only an HTTP server puts "404" into an error; the text beside it is unknown.
            told = told or next((n for n in test.needles if _STATUS.fullmatch(n.strip())), "")
            vague = bool(test.needles) and all(map(_VAGUE.fullmatch, test.needles))
            elsewhere = (foreign or vague or self._is_own_name(test)) and not specific
            if elsewhere or self._is_own_text(test.needles):
                return test
            if not told and origin.node not in self._with_status:
                return test
            raised = replace_confidence(test.value, Confidence.LIKELY)
            why = f"only an API's error says {told!r}" if told else "the status of it is read, too"
            return replace(test, value=raised.with_step(why, test.node))
        if foreign and not specific:
            status_classes = origin.confidence is Confidence.CERTAIN and all(
                self.knowledge.stands_for_answers(name) for name in origin.classes
            )
            return test if status_classes else None
        likely = origin.confidence is Confidence.LIKELY
        if likely and self._is_own_text(test.needles, rewrapped=origin.rewrapped):
            return None
        return test

    def _has_left_before(self, test: TextTest) -> bool:
        """Whether a part of all that is looked for was looked for before, and led elsewhere."""
        text = self.tree.code(test.text)
        gone = [
            needle
            for condition, holds in conditions(self.tree, test.node)
            if not holds
            and isinstance(condition, cst.Comparison)
            and isinstance(condition.comparisons[0].operator, cst.In)
            and self.tree.code(condition.comparisons[0].comparator) == text
            for needle in self._needles(condition.left)
            if needle
        ]
        return bool(test.needles) and all(
            any(earlier in needle for earlier in gone) for needle in test.needles
        )

    def _is_foreign(self, needle: str) -> bool:
        """Whether no HTTP answer says so: Python's own errors, transports, files, clients."""
        return (
            self.knowledge.is_text_of_client(needle)
            or _BUILTIN_ERRORS.search(needle) is not None
            or _FOREIGN.search(needle) is not None
            or _TRANSPORT_TIMEOUT.fullmatch(needle) is not None
        )

    def _is_own_name(self, test: TextTest) -> bool:
        """Whether only names are looked for, here or instead, and they are no API's: a setting.

        Beside a status or an API's wording in the same condition, a name is one of its codes.
        """
        sought = [set(test.needles), *self._sought_instead(test)]
        if not any(texts and all(map(_is_name, texts)) for texts in sought):
            return False
        condition: cst.CSTNode = test.node
        while isinstance(parent := self.tree.parent(condition), cst.BooleanOperation):
            condition = parent
        beside = [n.evaluated_value for n in walk(condition) if isinstance(n, cst.SimpleString)]
        return not any(
            isinstance(text, str)
            and (
                _STATUS.fullmatch(text)
                or self.knowledge.is_api_text(text)
                or self.knowledge.is_identifier(text)
            )
            for text in beside
        )

    def _sought_instead(self, test: TextTest) -> Iterator[set[str]]:
        """What the alternatives of a test look for: the others of an `or`."""
        for other in operands(whole_chain(self.tree, test.node, cst.Or), cst.Or):
            if isinstance(other, cst.Comparison) and other is not test.node:
                yield set(self._needles(other.left))

    def _is_of_error(self, test: TextTest, *, specific: bool) -> bool:
        """Whether a response's text is that of an error where it is tested."""
        if self.statuses.is_success_branch(test.node, test.value):
            return False
        told = specific and test.value.confidence is Confidence.CERTAIN
        return told or self.statuses.is_error_branch(test.node, test.value)

    def _is_own_text(self, needles: Iterable[str], *, rewrapped: bool = False) -> bool:
        """Whether the file itself raises an exception with one of these texts.

        Of one that is `rewrapped`, what the file says around an API's text is its own as well.
        """
        said = self._raised_texts if rewrapped else self._own_texts
        return any(n and n.lower() in text for n in needles for text in said)

    @cached_property
    def _own_texts(self) -> list[str]:
        raised = [r for r in self.tree.all(cst.Raise) if not self._translates(r)]
        return [text for node in raised for text in self._texts_in(node)]

    @cached_property
    def _raised_texts(self) -> list[str]:
        return [text for node in self.tree.all(cst.Raise) for text in self._texts_in(node)]

    @staticmethod
    def _texts_in(raised: cst.Raise) -> list[str]:
        return [
            node.value.lower()
            for node in (walk(raised.exc) if raised.exc is not None else ())
            if isinstance(node, (cst.SimpleString, cst.FormattedStringText))
        ]

    def _translates(self, raised: cst.Raise) -> bool:
        """Whether an exception is raised for another one: then its text tells of that one.

        In a handler, with what is known of the other one, or where that has been asked about.
        """
        if self.tree.enclosing(raised, cst.ExceptHandler, cst.ExceptStarHandler) is not None:
            return True
        asked = (test for test, _ in conditions(self.tree, raised))
        read = [*([raised.exc] if raised.exc is not None else []), *asked]
        values = (
            self.roles.of(part)
            for node in read
            for part in walk(node)
            if isinstance(part, (cst.Name, cst.Attribute))
        )
        return any(v is not None and v.role in (Role.ERROR, Role.MESSAGE) for v in values)


def _is_reason(needle: str, common: str) -> bool:
    """Whether a text is what HTTP calls a status of an error, and no other text says so as well."""
    folded = needle.strip().lower()
    return folded in _REASONS and folded not in common.lower()


def _is_name(text: str) -> bool:
    return _NAME.fullmatch(text.strip()) is not None and not _NAMES_ERROR.search(text)


def _reads_delay(pattern: str) -> bool:
    """Whether a pattern reads the seconds to wait."""
    return bool(_DELAY_IN_TEXT.search(pattern) and asks_to_wait(pattern))


def _alternatives(pattern: str) -> Iterator[str]:
    """What a regular expression looks for, one or the other: `a|b(c|d)` gives `a`, `b(c|d)`."""
    depth, start = 0, 0
    for found in _PARTING.finditer(pattern):
        sign = found.group()
        depth += (sign == "(") - (sign == ")")
        if sign == "|" and not depth:
            yield pattern[start : found.start()]
            start = found.end()
    yield pattern[start:]


def _without_pattern(needle: str) -> str:
    """The words of a regular expression."""
    return re.sub(r"\\[bs]\+?|\.\*|[\\^$]", " ", needle).strip()


def replace_confidence(value: Value, confidence: Confidence) -> Value:
    """The same value, its origin at another confidence."""
    return replace(value, origin=replace(value.origin, confidence=confidence))
