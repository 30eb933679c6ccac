"""Reads a module's syntax tree into a flow of words, in one walk."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from typing import Any

from heedlint.source.flow import (
    API_CALL,
    FIELD,
    TABLE,
    TRANSPORT,
    Flow,
    Loop,
    Test,
    name_of,
)
from heedlint.source.idioms import (
    HEADER,
    HTTP_STATUS_NAMES,
    REGEX_FUNCTIONS,
    RESPONSE_NAMES,
    SPLITTING,
    TEST_METHODS,
    TEXT_METHODS,
    TEXT_WORDS,
    asks_to_wait,
    is_error_name,
    is_error_text_name,
    says_api_error,
    tells_errors,
)
from heedlint.source.kinds import (
    ANY,
    AS_TEXT,
    BODY,
    BY_HELPER,
    ERROR,
    OBJECT,
    PARSED,
    PART,
    RETURNED,
    SAID,
    TEXT,
    marked,
    plain,
)
from heedlint.source.vocabulary import Vocabulary

# What gives a value on: conversions, methods of texts and of dictionaries.
_PASSING = TEXT_METHODS | {
    *("str", "repr", "ascii", "bytes", "int", "float", "cast", "max", "min", "bool", "any", "all"),
    *("list", "tuple", "set", "frozenset", "dict", "map", "sorted", "getattr", "loads", "next"),
    *("get", "values", "items", "append", "add", "appendleft", "insert", "extend"),
}
# Methods that look for something in a text, or read something out of it.
_TESTING = TEST_METHODS | REGEX_FUNCTIONS | SPLITTING
# What calls make of what they are given, or of what they are a method of.
_CONVERTING = {
    **dict.fromkeys(("str", "repr", "ascii", "bytes", "map"), AS_TEXT),
    **dict.fromkeys(("format", "join"), SAID),
    **dict.fromkeys(("loads", "json"), PARSED),
    "getattr": PART,
}
_TEXTS = (AS_TEXT, SAID)
# Words in the names of helpers that make a text, or another part, of an error.
_MADE_OF_ERRORS = TEXT_WORDS | {"body", "error"}
_PARTS = re.compile(r"[a-z]+|[A-Z][a-z]*")
_EXPECTING = re.compile(r"raises", re.I)
_COUNTING = frozenset({"range", "count", "repeat", "trange"})
_COLLECTING = frozenset({"frozenset", "set", "tuple", "list"})
# Methods of a client that give another one like it.
_SAME_CLIENT = frozenset({"with_options", "copy"})
_NO_WORDS = frozenset({"self", "cls"})
_WORD = re.compile(r"[A-Za-z_]\w*")
_LEAVING = (ast.Raise, ast.Return, ast.Break)
_CONTAINED = (ast.In, ast.NotIn)
_EQUAL = (ast.Eq, ast.NotEq)
_NAMING = (ast.Name, ast.Attribute)
_SKIPPED = frozenset({"ctx", "op", "ops", "type_comment", "type_params", "kind", "conversion"})


def read_flow(tree: ast.Module, source: bytes, known: Vocabulary) -> Flow:
    """The flow of a module, whose tree and content are given."""
    reader = _Reader(Flow(known, source))
    reader.block(tree.body)
    return reader.flow


class _Scope:
    """A module, class or function: a word for each of its names, and which of them it binds."""

    def __init__(self, number: int) -> None:
        self._number = number
        self.words: dict[str, str] = {}
        self.bound: set[str] = set()
        self.outer: set[str] = set()

    def word(self, name: str) -> str:
        """The word that a name is in this scope."""
        word = self.words.get(name)
        if word is None:
            word = self.words[name] = f"{name}@{self._number}"
        return word


class _Reader:
    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self._known = flow.known
        # The words met so far in the function that is being read, the latest last; and those of
        # them that what is being read may have its value from.
        self._words: list[str] = []
        self._value: list[str] = []
        # Those of them that are called, given to a call or caught, which alone makes something run.
        self._run: list[str] = []
        self._callees: set[str] = set()
        self._sleeping: list[str] = []
        # What counts rounds under another name than its own.
        self._counters: set[str] = set()
        # How many of each have been met so far.
        self._calls = self._branches = self._continues = self._returns = 0
        # How many handlers there were after which the round, or the function's caller, goes on.
        self._swallowed = self._endured = 0
        # The names that modules of clients, or parts of those, are bound to, with their packages.
        self._modules: dict[str, str] = {}
        self._scopes = [_Scope(0)]
        self._scopes_made = 1
        self._class = ""
        self._class_scope: _Scope | None = None
        self._results: list[str] = []

    @property
    def _scope(self) -> _Scope:
        return self._scopes[-1]

    def block(self, nodes: Iterable[ast.AST]) -> None:
        """Reads statements, expressions or parts of them, one after the other."""
        for node in nodes:
            self._read(node)

    def _read(self, node: ast.AST) -> None:
        kind = type(node)
        if kind is ast.Name:
            self._name(node)  # type: ignore[arg-type]
        elif kind is ast.Attribute:
            self._attribute(node)  # type: ignore[arg-type]
        elif kind is ast.Constant:
            if type(node.value) is str:  # type: ignore[attr-defined]
                self._text(node)  # type: ignore[arg-type]
        else:
            read = _READERS.get(kind)
            if read is not None:
                read(self, node)
            else:
                self._parts(node)

    def _parts(self, node: ast.AST) -> None:
        for name in node._fields:
            if name in _SKIPPED:
                continue
            part = getattr(node, name, None)
            if type(part) is list:
                for item in part:
                    if isinstance(item, ast.AST):
                        self._read(item)
            elif isinstance(part, ast.AST):
                self._read(part)

    def _value_of(self, *nodes: ast.AST | None) -> list[str]:
        """Reads some nodes and gives the words that their values may be made of."""
        start = len(self._value)
        for node in nodes:
            if node is not None:
                self._read(node)
        return self._value[start:]

    def _make(self, start: int, mark: str) -> None:
        """Says what is made of the words that the value has had since `start`."""
        self._value[start:] = marked(self._value[start:], mark)

    def _mention(self, word: str) -> None:
        self._words.append(word)
        self._value.append(word)

    # Words

    def _name(self, node: ast.Name) -> None:
        name = node.id
        if name in _NO_WORDS:
            return
        self._mention(self._scopes[-1].word(name))
        self._note_policy(name, node)

    def _note_policy(self, name: str, node: ast.AST) -> None:
        """Notes where what has the name of a retry policy stands."""
        packages = self._known.policies.get(name)
        if packages is not None:
            self.flow.policies.append((node, packages))

    def _attribute(self, node: ast.Attribute) -> None:
        name, start, owner = node.attr, len(self._value), node.value
        self._read(owner)
        mark = self._known.members.get(name)
        if mark is not None:
            self._make(start, mark)
        elif name not in _TESTING and name not in _PASSING:
            del self._value[start:]
        self._mention(f".{name}")
        if name in HTTP_STATUS_NAMES and isinstance(owner, ast.Name):
            self.flow.responses.add(self._scope.word(owner.id))
        if isinstance(owner, ast.Name) and (owner.id in _NO_WORDS or owner.id[:1].isupper()):
            self._mention(f"self.{name}")
        self._note_policy(name, node)
        for word in self._api_words(node):
            self._mention(word)

    def _api_words(self, node: ast.Attribute) -> list[str]:
        """What an attribute has to do with APIs, by the module that it is of or by its chain."""
        known, words = self._known, []
        chains = known.chains.get(node.attr)
        if chains is not None:
            dotted = _dotted(node)
            if any(dotted.endswith(f".{chain}") for chain in chains):
                words.append(API_CALL)
                self.flow.knows_bodies = True
        if node.attr in known.api:
            owner = node.value
            while isinstance(owner, ast.Attribute):
                owner = owner.value
            root = self._modules.get(owner.id, "") if isinstance(owner, ast.Name) else ""
            if root:
                words.append(API_CALL)
            if root in known.transports:
                words.append(TRANSPORT)
        return words

    def _text(self, node: ast.Constant) -> None:
        text = str(node.value)
        root = text.partition(".")[0]
        if root in self._known.packages:
            self._mention(root)
            self.flow.packages.add(root)
            self.flow.clients.add(root)
        elif len(text) == len(HEADER) and text.lower() == HEADER:
            self.flow.sure.append(node)

    # Imports

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            root = alias.name.partition(".")[0]
            self._bind_import(alias, root, root)

    def _import_from(self, node: ast.ImportFrom) -> None:
        root = "" if node.level else (node.module or "").partition(".")[0]
        for alias in node.names:
            self._bind_import(alias, root, alias.name)

    def _bind_import(self, node: ast.alias, root: str, original: str) -> None:
        name = node.asname or original
        flow, word = self.flow, self._scope.word(name)
        if name != original:
            self._note_policy(original, node)
            if original in _COUNTING:
                self._counters.add(name)
        self._scope.bound.add(name)
        if root in self._known.packages:
            flow.packages.add(root)
            flow.imported.add(name)
            if flow.function:
                flow.importing.setdefault(flow.function, set()).add(root)
            else:
                flow.imported_by_all.add(root)
            if original == root:
                self._modules[name] = root
            elif original in self._known.api:
                self._modules[name] = root
                flow.clients.add(word)
                if root in self._known.transports:
                    flow.transports.add(word)
            if original in self._known.classes:
                flow.classes.add(word)
        elif root in self._known.foreign_modules:
            flow.foreign.add(name)
        else:
            flow.imported.add(name)

    # Bindings

    def _own(self, name: str) -> str:
        """The word of a name that this scope binds."""
        self._scope.bound.add(name)
        return self._scope.word(name)

    def _bind(self, target: ast.AST, words: list[str]) -> list[str]:
        """Lets words flow into a target; gives the words that are bound."""
        match target:
            case ast.Name(id=name):
                bound = [self._own(name)]
                if len(self._scopes) > 1 and self._scope is self._class_scope:
                    bound.append(f".{name}")
            case ast.Attribute(value=owner, attr=name):
                self._read(owner)
                self.flow.binds(name)
                bound = [f".{name}"]
            case ast.Subscript(value=owner, slice=key):
                if isinstance(key, ast.Constant):
                    self.flow.gives(words, f"[{key.value!s}]")
                return self._put_into(owner, [*words, *self._value_of(owner, key)])
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                return [name for part in parts for name in self._bind(part, words)]
            case ast.Starred(value=inner):
                return self._bind(inner, words)
            case _:
                self._read(target)
                return []
        self._words += bound
        for word in bound:
            self.flow.gives(words, word)
        return bound

    def _put_into(self, owner: ast.AST, words: list[str]) -> list[str]:
        """Lets words flow into what an object holds: `found[key] = e`, `found.append(e)`."""
        while isinstance(owner, (ast.Subscript, ast.Call)):
            owner = owner.value if isinstance(owner, ast.Subscript) else owner.func
        word = self._last_word(owner)
        if word:
            self.flow.gives(words, word)
        return [word] if word else []

    def _last_word(self, node: ast.AST) -> str:
        if isinstance(node, ast.Attribute):
            return f".{node.attr}"
        return self._scope.word(node.id) if isinstance(node, ast.Name) else ""

    def _bind_all(self, targets: Iterable[ast.AST], *values: ast.AST | None) -> None:
        """What is assigned, gone through or entered: values flow into targets."""
        calls, start = self._calls, len(self._words)
        words = self._value_of(*values)
        mentioned = self._words[start:]
        for value in values:
            module = self._modules.get(value.id, "") if isinstance(value, ast.Name) else ""
            if module:
                self._modules.update((_last(target), module) for target in targets)
        bound = [word for target in targets for word in self._bind(target, words)]
        if any(map(self._may_be_client, values)):
            for word in bound:
                self.flow.stands_for(mentioned, word)
        if self._calls > calls and not any(map(self._makes_client, values)):
            self.flow.answers.append((bound, mentioned, _kinds_of_answer(values)))

    def _may_be_client(self, node: ast.AST | None) -> bool:
        """Whether an expression may be a client's object, or a function; no answer is."""
        match node:
            case ast.Name() | ast.Attribute():
                return True
            case ast.Await(value=inner) | ast.NamedExpr(value=inner):
                return self._may_be_client(inner)
            case ast.BoolOp(values=parts):
                return any(map(self._may_be_client, parts))
            case ast.IfExp(body=body, orelse=orelse):
                return self._may_be_client(body) or self._may_be_client(orelse)
            case ast.Call(func=ast.Attribute(value=owner, attr=name)):
                own = isinstance(owner, ast.Name) and (
                    owner.id in _NO_WORDS or owner.id[:1].isupper()
                )
                return own or name in self._known.makers or name in _SAME_CLIENT
            case ast.Call():
                return True
        return False

    def _note_said(self, names: Iterable[str], value: ast.AST | None) -> None:
        """Notes what names stand for that the file says itself: a text, texts, a dictionary."""
        said, kind = self.flow.said, type(value)
        if kind is ast.Constant:
            text = value.value  # type: ignore[union-attr]
            if isinstance(text, (str, bytes)):
                said.update(names)
                if isinstance(text, str) and text.lower() in self._known.body_keys:
                    said.update(FIELD + name for name in names)
        elif kind is ast.Dict:
            for name in names:
                said.update((name, TABLE + name))
        elif kind is ast.Name or kind is ast.Attribute:
            other = _last(value)  # type: ignore[arg-type]
            if other in _COUNTING:
                self._counters.update(names)
            for name in names:
                for mark in ("", FIELD):
                    self.flow.said_as.setdefault(mark + other, set()).add(mark + name)
        elif _needs(value) is not None:
            said.update(names)

    def _note_all_said(self, target: ast.AST) -> None:
        """Notes that the names in a target may each stand for anything that the file says."""
        for part in _leaves(target):
            name = _last(part)
            if name:
                self.flow.said.update((name, TABLE + name, FIELD + name))

    def _makes_client(self, node: ast.AST | None) -> bool:
        made = node.value if isinstance(node, ast.Await) else node
        return isinstance(made, ast.Call) and _last(made.func) in self._known.makers

    def _assign(self, node: ast.Assign) -> None:
        self._bind_all(node.targets, node.value)
        for target in node.targets:
            if isinstance(target, (ast.Name, ast.Attribute)):
                self._note_said([_last(target)], node.value)
            elif isinstance(node.value, (ast.Tuple, ast.List)):
                self._note_all_said(target)

    def _annotated(self, node: ast.AnnAssign) -> None:
        self._bind_all([node.target], node.value)
        self._note_said([_last(node.target)], node.value)
        for word in self._bind(node.target, []):
            self._declare(word, node.annotation)
            if self._scope is self._class_scope:
                self.flow.gives([f"{self._class}(*"], word)

    def _augmented(self, node: ast.AugAssign) -> None:
        self._bind_all([node.target], node.value)

    def _walrus(self, node: ast.NamedExpr) -> None:
        self._bind_all([node.target], node.value)
        self._note_said([node.target.id], node.value)

    def _declare(self, word: str, annotation: ast.expr) -> None:
        """A name is annotated; a quoted annotation has words, too."""
        words: list[str] = []
        for part in _leaves(annotation):
            if isinstance(part, (ast.Name, ast.Attribute)):
                words.append(self._last_word(part))
                if isinstance(part, ast.Attribute):
                    words += self._api_words(part)
            elif isinstance(part, ast.Constant) and isinstance(part.value, str):
                quoted = _WORD.findall(part.value)
                words += map(self._scope.word, quoted)
                if not self._known.api.isdisjoint(quoted):
                    words += (API_CALL, TRANSPORT)
        self._words += words
        self.flow.declared.append((words, [word]))
        self.flow.types(words, word)

    # Functions and classes

    def _define(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        flow, name = self.flow, node.name
        self.block(node.decorator_list)
        flow.decorators += node.decorator_list
        outermost = not flow.function
        if outermost:
            flow.begin(node)
        results = [self._own(name), f"self.{name}"]
        owners = [name, self._class] if name == "__init__" and self._class else [name]
        outer = (self._words, self._value, self._run, self._callees)
        around = (self._results, self._class_scope)
        self._words, self._value, self._run, self._callees = [], [], [], set()
        self._results, self._class_scope = results, None
        endured = self._endured
        self._enter()
        self._parameters(node.args, owners)
        if node.returns is not None:
            returned = plain(self._value_of(node.returns))
            for word in results:
                flow.types(returned, word)
        self.block(node.body)
        words = frozenset(self._run)
        endures = self._endured > endured
        if endures:
            flow.swallowing.update(results)
        if name in self._callees:
            flow.loops.append(Loop(node, words, endures, tests=True))
        for word in results:
            flow.reaches(words, word)
        self._leave()
        self._words, self._value, self._run, self._callees = outer
        self._results, self._class_scope = around
        self._words.append(results[0])
        if outermost:
            flow.function = 0

    def _enter(self) -> None:
        self._scopes.append(_Scope(self._scopes_made))
        self._scopes_made += 1

    def _leave(self) -> None:
        """Names that a scope does not bind are those of the scopes around it."""
        scope = self._scopes.pop()
        for name, word in scope.words.items():
            if name in scope.bound and name not in scope.outer:
                continue
            outer = self._scope.word(name)
            self.flow.stands_for_all(outer, word)
            if name in scope.outer:
                self.flow.stands_for_all(word, outer)

    def _parameters(self, args: ast.arguments, owners: list[str]) -> None:
        flow = self.flow
        positional = [*args.posonlyargs, *args.args]
        given = (*positional, *args.kwonlyargs)
        of_errors = any(arg.arg in HTTP_STATUS_NAMES for arg in given) or any(
            map(tells_errors, owners)
        )
        for place, arg in enumerate(given):
            if arg.arg in _NO_WORDS:
                continue
            word = self._own(arg.arg)
            for owner in owners:
                # A method's object has no place among what is given.
                places = {"*", arg.arg, place, place - 1}
                flow.gives([f"{owner}({name}" for name in places], word)
            if arg.annotation is not None:
                self._declare(word, arg.annotation)
            elif is_error_name(arg.arg):
                flow.maybe_errors.add(word)
            if arg.arg in RESPONSE_NAMES:
                flow.responses.add(word)
            elif is_error_text_name(arg.arg):
                if of_errors:
                    flow.is_of(TEXT, [word])
                else:
                    flow.maybe_errors.add(word)
        for rest in (args.vararg, args.kwarg):
            if rest is not None:
                self._own(rest.arg)
        defaults = [
            *zip(reversed(positional), reversed(args.defaults), strict=False),
            *zip(args.kwonlyargs, args.kw_defaults, strict=True),
        ]
        for arg, default in defaults:
            if default is not None:
                words, word = self._value_of(default), self._own(arg.arg)
                flow.gives(words, word)
                flow.stands_for(plain(words), word)
                self._note_said([arg.arg], default)

    def _lambda(self, node: ast.Lambda) -> None:
        self._parameters(node.args, [])
        self._read(node.body)

    def _class_definition(self, node: ast.ClassDef) -> None:
        flow = self.flow
        self.block(node.decorator_list)
        bases = self._value_of(*node.bases, *node.keywords)
        name = self._own(node.name)
        flow.made.add(node.name)
        flow.gives(bases, name)
        for base in bases:
            flow.gives([f"{node.name}(*"], f"{name_of(base)}(*")
        outer = (self._class, self._class_scope)
        self._enter()
        self._class, self._class_scope = node.name, self._scope
        self.block(node.body)
        self._leave()
        self._class, self._class_scope = outer

    def _outer_names(self, node: ast.Global | ast.Nonlocal) -> None:
        self._scope.outer.update(node.names)

    def _return(self, node: ast.Return | ast.Yield | ast.YieldFrom) -> None:
        self._returns += 1
        start = len(self._words)
        words = self._value_of(node.value)
        # A function of the file gives errors and texts on; bodies are read where they are got.
        given = marked(words, RETURNED)
        for result in self._results:
            self.flow.gives(given, result)
            if self._may_be_client(node.value):
                self.flow.stands_for(self._words[start:], result)

    # Errors

    def _try(self, node: ast.Try) -> None:
        start = len(self._run)
        self.block(node.body)
        tried = self._run[start:]
        for handler in node.handlers:
            begun = len(self._words)
            classes = plain(self._value_of(handler.type))
            self._run += self._words[begun:]
            # What takes an API's error tells, of what comes behind as well, that one may come.
            named = [API_CALL] if any(map(says_api_error, map(name_of, classes))) else []
            tried = [*tried, *classes, *named]
            if handler.name is not None:
                word = self._own(handler.name)
                self.flow.caught.append((handler.type, classes, word, tried))
            continues, returns = self._continues, self._returns
            self.block(handler.body)
            last = handler.body[-1]
            if self._continues > continues or not isinstance(last, _LEAVING):
                self._swallowed += 1
            if self._returns > returns or not isinstance(last, ast.Raise):
                self._endured += 1
        self.block(node.orelse)
        self.block(node.finalbody)

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            targets = [item.optional_vars] if item.optional_vars is not None else []
            self._bind_all(targets, item.context_expr)
            called = item.context_expr
            if isinstance(called, ast.Call):
                self._swallowed += 1  # as contextlib.suppress does
                self._endured += 1
                if _EXPECTING.search(_last(called.func)):
                    self.flow.is_of(ERROR, [n for t in targets for n in self._bind(t, [])])
        self.block(node.body)

    # Loops

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        self._bind_all([node.target], node.iter)
        self._note_all_said(node.target)
        begun, inside, slept = self._state(), len(self._words), len(self._sleeping)
        self.block(node.body)
        targets = {part.id for part in _leaves(node.target) if isinstance(part, ast.Name)}
        varying = set(map(self._scope.word, targets)) - set(self._sleeping[slept:])
        if self._counts(node.iter) or varying.isdisjoint(self._words[inside:]):
            self._loop(node, *begun)
        self.block(node.orelse)

    def _while(self, node: ast.While) -> None:
        self._read(node.test)
        begun = self._state()
        self.block(node.body)
        self._branches += 1
        self._loop(node, *begun)
        self.block(node.orelse)

    def _counts(self, iterated: ast.expr) -> bool:
        """Whether a loop may only count its rounds: then they may all be for the same call."""
        if not isinstance(iterated, ast.Call):
            return False
        called = _last(iterated.func)
        return called in _COUNTING or called in self._counters

    def _state(self) -> tuple[int, int, int]:
        return len(self._run), self._swallowed, self._branches

    def _loop(self, node: ast.AST, start: int, swallowed: int, branches: int) -> None:
        swallows, tests = self._swallowed > swallowed, self._branches > branches
        self.flow.loops.append(Loop(node, frozenset(self._run[start:]), swallows, tests))

    def _branch(self, node: ast.If | ast.IfExp) -> None:
        self._branches += 1
        self._parts(node)

    def _continue(self, node: ast.Continue) -> None:
        del node
        self._continues += 1

    def _comprehension(self, node: Any) -> None:
        for part in node.generators:
            self._bind_all([part.target], part.iter)
            self._note_all_said(part.target)
            self.block(part.ifs)
        self.block((node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,))

    def _formatted(self, node: ast.JoinedStr | ast.BinOp) -> None:
        """A text that says its parts: an f-string, a sum, `"%s" % e`."""
        start = len(self._value)
        self._parts(node)
        if isinstance(node, ast.JoinedStr) or isinstance(node.op, (ast.Add, ast.Mod)):
            self._make(start, SAID)

    # Tests

    def _test(
        self,
        node: ast.AST,
        words: list[str],
        calls: int,
        kinds: int = TEXT,
        needs: frozenset[str] | None = frozenset(),
    ) -> None:
        """Notes a test of words, unless what it needs cannot be there (None)."""
        if words and kinds and needs is not None:
            self.flow.tests.append(Test(node, words, self._calls > calls, kinds, needs))

    def _compare(self, node: ast.Compare) -> None:
        calls, start = self._calls, len(self._value)
        compared = (node.left, *node.comparators)
        words = [self._value_of(part) for part in compared]
        del self._value[start:]
        if any(map(_is_number, compared)):
            return
        match node.left:
            case ast.Call(func=ast.Name(id="type"), args=[asked, *_]):
                self._asks_class(asked, node.comparators[0])
            case ast.Attribute(value=asked, attr="__class__"):
                self._asks_class(asked, node.comparators[0])
        if len(node.ops) > 1:
            return
        right = node.comparators[0]
        if isinstance(node.ops[0], _CONTAINED):
            self._test(node, words[1], calls, ERROR | TEXT)
            self._test(node, words[0], calls, TEXT, _needs(right, several=True))
        elif isinstance(node.ops[0], _EQUAL):
            self._test(node, words[0], calls, TEXT, _needs(right))
            self._test(node, words[1], calls, TEXT, _needs(node.left))

    def _match(self, node: ast.Match) -> None:
        calls = self._calls
        words = self._value_of(node.subject)
        kinds = 0
        for part in (part for case in node.cases for part in ast.walk(case.pattern)):
            if isinstance(part, (ast.MatchMapping, ast.MatchClass)):
                kinds |= BODY | OBJECT if isinstance(part, ast.MatchMapping) else ANY
            elif isinstance(part, ast.MatchValue) and not _is_number(part.value):
                kinds |= TEXT
        self._test(node.subject, words, calls, kinds)
        self._branches += 1
        for case in node.cases:
            self._pattern(case.pattern, words)
            if case.guard is not None:
                self._read(case.guard)
            self.block(case.body)

    def _pattern(self, pattern: ast.AST, words: list[str]) -> None:
        captured: list[str] = []
        classes: list[ast.expr] = []
        for part in ast.walk(pattern):
            if isinstance(part, (ast.MatchAs, ast.MatchStar)) and part.name is not None:
                captured.append(self._own(part.name))
            elif isinstance(part, ast.MatchMapping) and part.rest is not None:
                captured.append(self._own(part.rest))
            elif isinstance(part, ast.MatchClass):
                classes.append(part.cls)
            elif isinstance(part, ast.MatchValue):
                self._read(part.value)
        parts = [*words, *marked(words, PART)]
        for name in captured:
            self.flow.gives(parts, name)
        for cls in classes:
            self.flow.declared.append((plain(self._value_of(cls)), [*captured, *plain(words)]))

    def _subscript(self, node: ast.Subscript) -> None:
        calls, start = self._calls, len(self._value)
        self._read(node.value)
        self._keyed(node, node.value, node.slice, start, calls)

    def _keyed(self, node: ast.AST, table: ast.expr, key: ast.expr, start: int, calls: int) -> None:
        """A field of a body is read, or a dictionary is asked for what is no constant."""
        inside = len(self._value)
        self._read(key)
        name = key.value if isinstance(key, ast.Constant) else None
        if isinstance(name, str):
            self._look_for_field(node, name.lower(), self._value[start:], calls)
            if self._known.is_key(name):
                self._make(start, PART)
            else:
                del self._value[start:]  # no part of an error that is known of
            self._value.append(f"[{name}]")
            return
        if not isinstance(key, (ast.Constant, ast.Slice)):
            self._test(node, self._value[inside:], calls, TEXT, _needs_table(table))
            if isinstance(key, (ast.Name, ast.Attribute)):  # it may be the name of a constant
                owner, needs = self._value[start:inside], frozenset((FIELD + _last(key),))
                self.flow.named_readings.append(Test(node, owner, False, BODY | OBJECT, needs))
        del self._value[inside:]

    def _look_for_field(self, node: ast.AST, key: str, words: list[str], calls: int) -> None:
        """A field of an error is looked for, which may be the wrong place for it."""
        if key not in self._known.body_keys:
            return
        leads_on = key in self._known.object_keys
        reading = Test(node, words, self._calls > calls, OBJECT if leads_on else BODY)
        self.flow.readings.append(reading)
        if leads_on and self.flow.has_problems:
            self._test(node, words, calls, BODY)

    def _dict(self, node: ast.Dict) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            if key is not None:
                self._value_of(key)
            words = self._value_of(value)
            if isinstance(key, ast.Constant):
                self.flow.gives(words, f"[{key.value!s}]")

    # Calls

    def _call(self, node: ast.Call) -> None:
        start, calls = len(self._value), self._calls
        self._calls += 1
        called = len(self._words)
        self._read(node.func)
        callee, given, mentioned = _last(node.func), len(self._value), len(self._words)
        self._run += self._words[called:]
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        method = owner is not None
        if owner is None or _last(owner) in _NO_WORDS:
            self._callees.add(callee)
        arguments = node.args
        if callee == "get" and arguments and owner is not None:
            self._keyed(node, owner, arguments[0], start, calls)
            arguments = arguments[1:]
        self._arguments(callee, arguments, node)
        if callee in _TESTING and method:
            self._test(node, self._value[start:], calls, TEXT, _needs_sought(callee, node))
        elif tells_errors(callee):
            self._test(node, self._value[given:], calls)
        elif callee == "isinstance" and len(node.args) == 2:
            self._asks_class(*node.args)
            self._run += self._words[mentioned:]
        elif "sleep" in callee:
            self._sleeping += self._words[mentioned:]
        if callee in _CONVERTING:
            self._make(start, _CONVERTING[callee])
        elif _made_of_errors(callee):
            self._make(given, BY_HELPER)
        elif callee not in _PASSING:
            del self._value[given:]

    def _asks_class(self, subject: ast.expr, classes: ast.expr) -> None:
        """An object is asked for its class: `isinstance(e, X)`, `type(e) is X`."""
        last = self._last_word(subject)
        told = [last] if last else self._again(subject)
        self.flow.declared.append((self._again(classes), told))

    def _arguments(self, callee: str, arguments: list[ast.expr], node: ast.Call) -> None:
        flow, start = self.flow, len(self._value)
        for place, argument in enumerate(arguments):
            words = self._given(argument)
            if words:
                flow.gives(words, f"{callee}({place}")
        for keyword in node.keywords:
            words = self._given(keyword.value)
            if keyword.arg is None or not words:
                continue
            flow.gives(words, f"{callee}({keyword.arg}")
            if callee == "dict":
                flow.gives(words, f"[{keyword.arg}]")
            flow.named.append((callee, keyword.arg, words))
            if keyword.arg in self._known.marks:
                flow.sure.append(node)
        words = self._value[start:]
        if words:
            flow.calls.append((callee, words))

    def _given(self, node: ast.expr) -> list[str]:
        """The words of what is given to a call, which may run it: `asyncio.to_thread(ask)`."""
        start = len(self._words)
        words = self._value_of(node)
        if isinstance(node.value if isinstance(node, ast.Starred) else node, _NAMING):
            self._run += self._words[start:]
        return words

    def _expression(self, node: ast.Expr) -> None:
        """What is put into an object by a method of its: `errors.append(str(e))`."""
        start = len(self._value)
        self._read(node.value)
        call = node.value.value if isinstance(node.value, ast.Await) else node.value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            given = [word for part in (*call.args, *call.keywords) for word in self._again(part)]
            put = [*self._value[start:], *given, *marked(given, AS_TEXT)]
            self._put_into(call.func.value, put)

    def _again(self, node: ast.AST) -> list[str]:
        """The words of what has been read before."""
        return [self._last_word(part) for part in _leaves(node) if isinstance(part, _NAMING)]


def _leaves(node: ast.AST) -> list[ast.AST]:
    """The names, attributes and constants in an expression."""
    found: list[ast.AST] = []
    pending = [node]
    while pending:
        part = pending.pop()
        kind = type(part)
        if kind is ast.Name or kind is ast.Constant:
            found.append(part)
        elif kind is ast.Attribute:
            found.append(part)
            pending.append(part.value)  # type: ignore[attr-defined]
        elif kind is ast.Subscript:
            pending += (part.slice, part.value)  # type: ignore[attr-defined]
        elif kind is ast.Tuple or kind is ast.List:
            pending += part.elts  # type: ignore[attr-defined]
        else:
            pending += ast.iter_child_nodes(part)
    return found


def _last(node: ast.AST) -> str:
    """The last name of a callee."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _dotted(node: ast.AST) -> str:
    """The trailing names of a chain of attributes, with a dot in front."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    return "." + ".".join(names)


def _is_number(node: ast.expr) -> bool:
    """Whether something is compared with a number, with numbers, or with None."""
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return bool(node.elts) and all(map(_is_number, node.elts))
    if isinstance(node, ast.UnaryOp):
        return _is_number(node.operand)
    return isinstance(node, ast.Constant) and not isinstance(node.value, (str, bytes))


def _needs(node: ast.AST | None, *, several: bool = False) -> frozenset[str] | None:
    """The names that must stand for what the file says, for an expression to be a text or texts.

    None for one that is neither, however it is followed; where `several`, for a text alone, too.
    """
    match node:
        case ast.Constant(value=text):
            return frozenset() if isinstance(text, (str, bytes)) and not several else None
        case ast.JoinedStr():
            return None if several else frozenset()
        case ast.Tuple() | ast.List() | ast.Set() | ast.Dict():
            return frozenset()
        case ast.Name() | ast.Attribute():
            return frozenset((_last(node),))
        case ast.BinOp(left=left, op=ast.Add() | ast.BitOr(), right=right):
            first, second = _needs(left, several=True), _needs(right, several=True)
            return None if first is None or second is None else first | second
        case ast.Call(func=ast.Name(id=name), args=[inner]) if name in _COLLECTING:
            return _needs(inner, several=True)
        case ast.Call(func=ast.Attribute(value=inner), args=[], keywords=[]) if not several:
            return _needs(inner)  # "Rate limit".lower()
    return None


def _needs_table(table: ast.expr) -> frozenset[str] | None:
    """As `_needs`, for what is asked for a key to be a dictionary of the file."""
    if isinstance(table, (ast.Name, ast.Attribute)):
        return frozenset((TABLE + _last(table),))
    return frozenset() if isinstance(table, ast.Dict) else None


def _needs_sought(callee: str, node: ast.Call) -> frozenset[str] | None:
    """As `_needs`, for what a text's or a pattern's method looks for."""
    given = [*node.args, *(keyword.value for keyword in node.keywords)]
    if not given:
        return None
    if callee not in SPLITTING:
        return frozenset()
    if isinstance(given[0], ast.Constant) and isinstance(given[0].value, str):
        return frozenset() if asks_to_wait(given[0].value) else None
    return _needs(given[0])


def _made_of_errors(callee: str) -> bool:
    """Whether what is so called may make a text, or another part, of an error that it is given."""
    return callee not in _PASSING and not _MADE_OF_ERRORS.isdisjoint(
        word.lower() for word in _PARTS.findall(callee)
    )


def _kinds_of_answer(values: Iterable[ast.AST | None]) -> int:
    """What an expression that asks a client may give: the answer itself, or something of it."""
    for value in values:
        asked = value.value if isinstance(value, ast.Await) else value
        if not isinstance(asked, ast.Call) or _CONVERTING.get(_last(asked.func)) in _TEXTS:
            return TEXT | BODY | OBJECT
        if isinstance(asked.func, ast.Attribute) and not isinstance(
            asked.func.value, (ast.Name, ast.Attribute)
        ):
            return TEXT | BODY | OBJECT
    return BODY


_READERS: dict[type[ast.AST], Callable[[_Reader, Any], None]] = {
    ast.AnnAssign: _Reader._annotated,
    ast.Assign: _Reader._assign,
    ast.AsyncFor: _Reader._for,
    ast.AsyncFunctionDef: _Reader._define,
    ast.AsyncWith: _Reader._with,
    ast.AugAssign: _Reader._augmented,
    ast.BinOp: _Reader._formatted,
    ast.Call: _Reader._call,
    ast.ClassDef: _Reader._class_definition,
    ast.Compare: _Reader._compare,
    ast.Continue: _Reader._continue,
    ast.Dict: _Reader._dict,
    ast.DictComp: _Reader._comprehension,
    ast.Expr: _Reader._expression,
    ast.For: _Reader._for,
    ast.FunctionDef: _Reader._define,
    ast.GeneratorExp: _Reader._comprehension,
    ast.Global: _Reader._outer_names,
    ast.If: _Reader._branch,
    ast.IfExp: _Reader._branch,
    ast.Import: _Reader._import,
    ast.ImportFrom: _Reader._import_from,
    ast.JoinedStr: _Reader._formatted,
    ast.Lambda: _Reader._lambda,
    ast.ListComp: _Reader._comprehension,
    ast.Match: _Reader._match,
    ast.NamedExpr: _Reader._walrus,
    ast.Nonlocal: _Reader._outer_names,
    ast.Return: _Reader._return,
    ast.SetComp: _Reader._comprehension,
    ast.Subscript: _Reader._subscript,
    ast.Try: _Reader._try,
    ast.While: _Reader._while,
    ast.With: _Reader._with,
    ast.Yield: _Reader._return,
    ast.YieldFrom: _Reader._return,
}
if hasattr(ast, "TryStar"):  # Python 3.11
    _READERS[ast.TryStar] = _Reader._try
