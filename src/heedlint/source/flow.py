"""A coarse flow of words: which words of a file may stand for an API's error, or reach an API.

A word is a name in its scope (`e@3`), an attribute of whatever object (`.message`), what a function
of the file gives as a method (`self.ask`), what one is given at a place, by a name or at all
(`ask(0`, `ask(text`, `ask(*`), or what stands under a key (`[error]`). What a word's value may be
made of flows into it. What comes out is a superset: each place that the analysis reports is a
suspect here, and many a suspect is not reported.

What a word stands for is of some kind, and may be marked with what is made of it: see `kinds`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from heedlint.source.idioms import NEUTRAL_ERRORS
from heedlint.source.kinds import BODY, ERROR, MADE_OF, MARKS, TEXT, plain
from heedlint.source.vocabulary import Vocabulary

# Stands for a call that only a client's object has, whatever the object is called.
API_CALL = "@call"
# Stands for what is of a client whose answers come back unraised.
TRANSPORT = "@transport"
# In front of a name that may stand for a dictionary, or for a field of a body.
TABLE, FIELD = "{", "="
_TRACEBACKS = ("format_exc", "format_exception_only", "format_exception", "exc_info")
_BODIES = (".json", ".loads")
Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Test:
    """A place that matters where one of its words is of one of the kinds.

    `calls` says that it holds a call, so that what a client gives may be tested at once; `needs`
    are the names that must each stand for what the file says: see `Flow.said`.
    """

    node: ast.AST
    words: list[str]
    calls: bool
    kinds: int
    needs: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Loop:
    """A loop or a recursion: the words that it runs, and what may send an error round in it."""

    node: ast.AST
    words: frozenset[str]
    swallows: bool
    tests: bool


@dataclass(frozen=True)
class Suspects:
    """Where a finding may stand: places that are judged by words, and what is replayed."""

    tested: list[ast.AST] = field(default_factory=list)
    replayed: list[ast.AST] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.tested) + len(self.replayed)


class Flow:
    """What a reader has found in one file; when it has read all, ask for the `suspects`."""

    def __init__(self, known: Vocabulary, source: bytes) -> None:
        self.known = known
        self.has_problems = b"problem" in source
        # Roots of the packages that are imported, names bound to standard modules or what is in
        # them, names bound to what is in any other module.
        self.packages: set[str] = set()
        self.foreign: set[str] = set()
        self.imported: set[str] = set()
        # What is known to stand for something of an error, and of which kinds.
        self.kinds: dict[str, int] = {f".{name}": TEXT for name in _TRACEBACKS}
        self.maybe_errors: set[str] = set()
        self.responses: set[str] = set()
        # What calls may reach an API through; those of it whose answers come back unraised; what
        # classes of API's errors and answers are called here, if by other names than their own.
        self.clients: set[str] = {API_CALL}
        self.transports: set[str] = {TRANSPORT}
        self.classes: set[str] = set()
        # Classes of the file; those of them that may end well after an error.
        self.made: set[str] = set()
        self.swallowing: set[str] = set()
        # The outermost functions, the one that is being read (its place among them, from 1; 0
        # for none), the packages of clients that each
        # of them and the module itself import, and the words that each says something of: first
        # those of the module itself.
        self.functions: list[Function] = []
        self.function = 0
        self.importing: dict[int, set[str]] = {}
        self.imported_by_all: set[str] = set()
        self._said_by: list[list[str]] = [[]]
        # What can be judged only when the whole file is read.
        self.caught: list[tuple[ast.expr | None, list[str], str, list[str]]] = []
        self.declared: list[tuple[list[str], list[str]]] = []
        self.calls: list[tuple[str, list[str]]] = []
        self.named: list[tuple[str, str, list[str]]] = []
        self.answers: list[tuple[list[str], list[str], int]] = []
        self.tests: list[Test] = []
        # Where fields of bodies are looked for, which have a place where their shape is known;
        # those that are named by names.
        self.readings: list[Test] = []
        self.named_readings: list[Test] = []
        # Names, whatever they are of, that may stand for a text or texts that the file itself says;
        # with a mark in front those that may for a dictionary or for the name of a body's field.
        # And names that may where others do.
        self.said: set[str] = set()
        self.said_as: dict[str, set[str]] = {}
        # In which functions attributes are given a value.
        self._bound_in: dict[str, set[int]] = {}
        self.knows_bodies = any(host in source for host in known.hosts)
        self.loops: list[Loop] = []
        self.policies: list[tuple[ast.AST, frozenset[str]]] = []
        self.decorators: list[ast.expr] = []
        self.sure: list[ast.AST] = []
        self._gives: dict[str, set[str]] = {}
        self._makes: dict[str, set[tuple[str, str]]] = {}
        self._reaches: dict[str, set[str]] = {}
        self._types: dict[str, set[str]] = {}
        self._stands_for: dict[str, set[str]] = {}

    def gives(self, words: Iterable[str], target: str) -> None:
        """Notes that the value of `target` may be made of these words, marked or not."""
        self._said_by[self.function].append(target)
        for word in words:
            if word[0] in MARKS:
                self._makes.setdefault(word[1:], set()).add((word[0], target))
            else:
                self._gives.setdefault(word, set()).add(target)

    def stands_for(self, words: Iterable[str], target: str) -> None:
        """Notes that `target` may be the very object of these words: a client, a function."""
        self._said_by[self.function].append(target)
        _link(self._stands_for, words, target)

    def stands_for_all(self, word: str, target: str) -> None:
        """Notes that `target` is but another name for a word."""
        self._said_by[self.function].append(target)
        self._gives.setdefault(word, set()).add(target)
        self._stands_for.setdefault(word, set()).add(target)

    def binds(self, attribute: str) -> None:
        """Notes that an attribute of some object is given a value."""
        if self.function:
            self._bound_in.setdefault(attribute, set()).add(self.function)

    def begin(self, function: Function) -> None:
        """Notes that one of the outermost functions is read from here on."""
        self.functions.append(function)
        self.function = len(self.functions)
        self._said_by.append([])

    def types(self, words: Iterable[str], target: str) -> None:
        """Notes that these words say of what class a value is."""
        self._said_by[self.function].append(target)
        _link(self._types, words, target)

    def reaches(self, words: Iterable[str], function: str) -> None:
        """Notes that a function runs, or may run, what these words stand for."""
        self._said_by[self.function].append(function)
        _link(self._reaches, words, function)

    @property
    def has_transport(self) -> bool:
        """Whether answers with an error may come back without being raised."""
        return not self.packages.isdisjoint(self.known.transports)

    def is_of(self, kinds: int, words: Iterable[str]) -> None:
        """Notes of which kinds words are."""
        for word in words:
            self.kinds[word] = self.kinds.get(word, 0) | kinds

    def suspects(self, *, told: bool) -> Suspects:
        """The nodes at which, or in which, a finding may stand.

        `told` says that the file holds a wording that only an API's error carries.
        """
        tests = self.tests or self.readings or self.named_readings
        if not (tests or self.loops or self.policies or self.sure):
            return Suspects()
        self._settle(told=told)
        retried = list(self.sure)
        retried += [node for node, packages in self.policies if packages & self.packages]
        retried += [loop.node for loop in self.loops if self._may_retry(loop)]
        return Suspects([test.node for test in self._tests() if self._may_be(test)], retried)

    def _tests(self) -> list[Test]:
        tests = self.tests
        if self.knows_bodies or self.packages & self.known.enveloped:
            tests = tests + self.readings
        return tests + self.named_readings

    def _may_be(self, test: Test) -> bool:
        if not test.needs <= self.said:
            return False
        for word in test.words:
            mark, bare = (word[0], word[1:]) if word[0] in MARKS else ("", word)
            kinds = self.kinds.get(bare, 0)
            if test.calls and bare in self.transports:
                kinds |= BODY
            if MADE_OF[mark][kinds] & test.kinds:
                return True
        return False

    def sources(self) -> set[int] | None:
        """The functions that say something of the words on which the suspects depend.

        By their places among `functions`, from 1; None where a suspect depends on more than words:
        a policy, unless it decorates a function, and a keyword that makes one. To be asked for
        after the `suspects`.
        """
        policies = [node for node, packages in self.policies if packages & self.packages]
        if not all(map(self._is_local, (*policies, *self.sure))):
            return None
        tests = list(filter(self._may_be, self._tests()))
        tested = [word for test in tests for word in plain(test.words)]
        known = set(self.kinds) | self.transports
        made = _targets(self._makes)
        words = _reached_from(tested, known, self._gives, made)
        classes = [w for _, named, error, _ in self.caught if error in words for w in named]
        words |= _reached_from(classes, self.classes, self._gives, made)
        asked = [word for loop in self.loops if self._may_retry(loop) for word in loop.words]
        asked += [w for _, _, error, tried in self.caught if error in words for w in tried]
        asked += [w for t, given, _ in self.answers if not words.isdisjoint(t) for w in given]
        known = self.clients | self.transports
        words |= _reached_from(
            [*asked, *words], known, self._stands_for, self._types, self._reaches
        )
        importing = {f for f, packages in self.importing.items() if packages - self.imported_by_all}
        needed = _reached_from({n for t in tests for n in t.needs}, self.said, self.said_as)
        binding = (self._bound_in.get(name.lstrip(TABLE + FIELD), ()) for name in needed)
        said_by = enumerate(self._said_by[1:], 1)
        return importing.union(*binding) | {
            place for place, said in said_by if not words.isdisjoint(said)
        }

    def _is_local(self, node: ast.AST) -> bool:
        """Whether what a suspect means stands in one function: the header's name, a decorator."""
        if isinstance(node, ast.Constant):
            return any(node.lineno in lines_of_statement(f) for f in self.functions)
        line: int = getattr(node, "lineno", 0)
        return any(d.lineno <= line <= (d.end_lineno or 0) for d in self.decorators)

    def _may_retry(self, loop: Loop) -> bool:
        goes_round = (
            loop.swallows
            or not loop.words.isdisjoint(self.swallowing)
            or (loop.tests and self.has_transport)
        )
        return goes_round and not self.clients.isdisjoint(loop.words)

    def _settle(self, *, told: bool) -> None:
        self._pass_on()
        _spread(self.said, self.said_as)
        api = self.known.classes | NEUTRAL_ERRORS if told else self.known.classes
        made = _targets(self._makes)
        self.classes |= {word for word in (*self._gives, *made) if name_of(word) in api}
        _spread(self.classes, self._gives, made)
        for named, words in self.declared:
            if not (api.isdisjoint(map(name_of, named)) and self.classes.isdisjoint(named)):
                self.is_of(BODY if self._are_answers(named) else ERROR | BODY, words)
        _spread(self.swallowing, self._stands_for)
        _spread(self.transports, self._stands_for, self._types)
        _spread(self.clients, self._stands_for, self._types, self._reaches)
        for node, classes, word, tried in self.caught:
            if node is None or self._may_be_api(node):
                named_one = not api.isdisjoint(map(name_of, classes))
                if told or named_one or not self.clients.isdisjoint(tried):
                    self.is_of(ERROR, [word])
        if told:
            self.is_of(BODY, _BODIES)
            self.is_of(ERROR | TEXT, self.maybe_errors)
        if self.has_transport:
            self.is_of(BODY, self.responses)
            for targets, words, kinds in self.answers:
                if not self.transports.isdisjoint(words):
                    self.is_of(kinds, targets)
        self._spread_kinds()

    def _are_answers(self, named: list[str]) -> bool:
        """Whether of the API's classes that are named all are those of answers."""
        raised = (self.known.classes | NEUTRAL_ERRORS) - self.known.answers
        return raised.isdisjoint(map(name_of, named)) and self.classes.isdisjoint(named)

    def _spread_kinds(self) -> None:
        """Lets the kinds flow to whatever is made of what has them."""
        pending = list(self.kinds)
        while pending:
            word = pending.pop()
            kinds = self.kinds[word]
            made = [(target, kinds) for target in self._gives.get(word, ())]
            made += [(t, MADE_OF[mark][kinds]) for mark, t in self._makes.get(word, ())]
            for target, new in made:
                before = self.kinds.get(target, 0)
                if new & ~before:
                    self.kinds[target] = before | new
                    pending.append(target)

    def _pass_on(self) -> None:
        """What is given to functions and classes of the file, and to exceptions that are caught."""
        raised = {name_of(name) for _, classes, _, _ in self.caught for name in classes}
        for callee, words in self.calls:
            if callee in self.made or callee in raised:
                self.gives(words, f"{callee}(*")
        for callee, keyword, words in self.named:
            if callee in raised:
                self.gives(words, f".{keyword}")
        for _, classes, word, _ in self.caught:
            self.gives([f"{name_of(name)}(*" for name in classes], word)

    def _may_be_api(self, node: ast.expr) -> bool:
        """Whether a class that is caught or asked for may be that of an API's error."""
        if isinstance(node, ast.Tuple):
            return any(map(self._may_be_api, node.elts))
        root = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if not isinstance(root, ast.Name) or root.id in self.imported:
            return True
        builtin = root is node and root.id in self.known.foreign_errors
        return not (builtin or root.id in self.foreign)


def name_of(word: str) -> str:
    """The name that a word stands for: of a scope (`e@3`) or an attribute's (`.message`)."""
    name, _, scope = (word[1:] if word[0] in MARKS else word).partition("@")
    return name if scope else word.rpartition(".")[2]


def _link(edges: dict[str, set[str]], words: Iterable[str], target: str) -> None:
    for word in words:
        edges.setdefault(word, set()).add(target)


def lines_of_statement(node: ast.stmt) -> range:
    """The numbers of its lines, with those of its decorators."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    return range(first, (node.end_lineno or first) + 1)


def _targets(makes: dict[str, set[tuple[str, str]]]) -> dict[str, set[str]]:
    return {word: {target for _, target in made} for word, made in makes.items()}


def _reached_from(ends: Iterable[str], known: set[str], *edges: dict[str, set[str]]) -> set[str]:
    """The known words from which edges lead to some of these, and they themselves."""
    origins: dict[str, set[str]] = {}
    for edge in edges:
        for word, targets in edge.items():
            if word in known:
                for target in targets:
                    origins.setdefault(target, set()).add(word)
    found = known.intersection(ends)
    _spread(found, origins)
    return found


def _spread(words: set[str], *edges: dict[str, set[str]]) -> None:
    """Adds to the words whatever is reached from them."""
    pending = list(words)
    while pending:
        word = pending.pop()
        for edge in edges:
            new = edge.get(word, set()) - words
            words |= new
            pending += new
