"""What a repair needs that the module does not have yet: imports, and functions of heedlint's."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import takewhile
from pathlib import Path

import libcst as cst

from heedlint.analysis.facts import Facts
from heedlint.analysis.names import Binding, Kind, Names, dotted
from heedlint.analysis.tree import Tree
from heedlint.fixes.plan import Change, Insertion, Replacement

# Beyond this many characters a line of names is better split.
_WIDTH = 88
_INSERTED = Path(__file__).parent / "inserted"


@dataclass(frozen=True)
class _Place:
    """Beside which statement imports of a group are put, and whether with a blank line between."""

    statement: cst.CSTNode
    group: int
    gap: bool = False
    after: bool = False

    def insertion(self, lines: list[str]) -> Insertion:
        code = "".join(f"{line}\n" for line in lines)
        if self.gap:
            code = f"\n{code}" if self.after else f"{code}\n"
        return Insertion(self.statement, code, self.after)


class Additions:
    """Names for the code of a repair at `use`, and the `changes` that make them known there."""

    def __init__(self, use: cst.CSTNode, facts: Facts) -> None:
        self._use = use
        self._facts = facts
        self._imports: dict[str, None] = {}
        self._functions: dict[str, str] = {}

    @property
    def changes(self) -> tuple[Change, ...]:
        """What to put into the module: nothing where all names are known already."""
        extended: list[Change] = []
        lines: dict[_Place, list[str]] = {}
        for line in sorted(_merged(self._imports), key=_sort_key):
            change = self._extended(line)
            if change is None:
                lines.setdefault(self._import_place(line), []).append(line)
            else:
                extended.append(change)
        imports = [place.insertion(group) for place, group in lines.items()]
        functions = [self._function_insertion(code) for code in self._functions.values()]
        return (*extended, *imports, *functions)

    def name(self, qualified: str) -> str:
        """The source that means `qualified` ("openai.RateLimitError", "time.sleep", "time").

        By the file's own imports; else by an import that is added, under another name where the
        usual one is taken.
        """
        return self._name(qualified, self._use)

    def _name(self, qualified: str, use: cst.CSTNode) -> str:
        for binding in self._facts.names.visible_imports(use):
            if self._is_shadowed(binding.name, use):
                continue
            if binding.target == qualified:
                return binding.name
            if qualified.startswith(f"{binding.target}.") and _gives(binding, qualified):
                return binding.name + qualified.removeprefix(binding.target)
        return self._imported(qualified, use)

    def function(self, name: str) -> str:
        """The name of a function of heedlint's (a file of `inserted/`), which is put in if missing.

        It is found again by what it does, whatever its name and layout, so that it is put in once.
        Raises `FileNotFoundError` where there is no such file.
        """
        imports = dict(self._imports)
        code = self._written(name)
        wanted = _meaning(code)
        for function in self._facts.tree.module.body:
            if isinstance(function, cst.FunctionDef):
                if len(function.params.params) != wanted.arity:
                    continue
                if _meaning(self._facts.tree.code(function)) == wanted:
                    self._imports = imports
                    return function.name.value
        free = self._free(name)
        self._functions[name] = code.replace(f"def {name}(", f"def {free}(", 1)
        return free

    def _written(self, name: str) -> str:
        """The source of an inserted function, what it imports written as this file would."""
        function, imported = _inserted(name)
        written = {
            node: cst.parse_expression(self._meant(qualified)) for node, qualified in imported
        }
        changed = function.visit(_Replacing(written))
        assert isinstance(changed, cst.FunctionDef)
        plain = changed.with_changes(leading_lines=())
        return cst.Module([]).code_for_node(plain).strip() + "\n"

    def _meant(self, qualified: str) -> str:
        """The source of what an inserted function imports: another such function, or a module's."""
        package, _, member = qualified.rpartition(".")
        if package.startswith(f"{__package__}.inserted."):
            return self.function(member)
        return self._name(qualified, self._function_place)

    def _is_shadowed(self, name: str, use: cst.CSTNode) -> bool:
        """Whether a nearer scope than the import's means something else by `name`."""
        kinds = {b.kind for b in self._facts.names.nearest(name, use)}
        return kinds != {Kind.IMPORT}

    def _imported(self, qualified: str, use: cst.CSTNode) -> str:
        module, _, member = qualified.rpartition(".")
        if not module:
            free = self._free(member, member)
            self._imports[f"import {member}" + (f" as {free}" if free != member else "")] = None
            return free
        if member[0].isupper() and not self._facts.names.is_bound(member):
            self._imports[f"from {module} import {member}"] = None
            return member
        root = module.partition(".")[0]
        own = self._facts.names.visible_imports(use)
        known = any(b.name == b.target == root for b in own) and not self._is_shadowed(root, use)
        free = root if known else self._free(root, root)
        if free == root:
            self._imports[f"import {module}"] = None
            return qualified
        self._imports[f"import {module} as {free}"] = None
        return f"{free}.{member}"

    def _free(self, name: str, module: str = "") -> str:
        """A name that means nothing here yet, or nothing else than the module."""
        names = self._facts.names
        while names.is_bound(name) and not names.is_always(name, module):
            name = f"_{name}"
        return name

    # Places

    def _extended(self, line: str) -> Change | None:
        """The file's own `from` of that module with one name more; None where a line is better."""
        wanted = _import_in(line)
        if not isinstance(wanted, cst.ImportFrom):
            return None
        for statement in self._imports_there:
            own = statement.body[0]
            if (
                len(statement.body) == 1
                and isinstance(own, cst.ImportFrom)
                and not isinstance(own.names, cst.ImportStar)
                and own.lpar is None
                and _module(own) == _module(wanted)
            ):
                code = self._facts.tree.code(own)
                added = f"{code}, {line.partition(' import ')[2]}"
                return Replacement(own, added) if len(added) <= _WIDTH else None
        return None

    def _import_place(self, line: str) -> _Place:
        there, key = self._imports_there, _sort_key(line)
        keys = [_sort_key(self._facts.tree.code(statement)) for statement in there]
        same = [n for n, other in enumerate(keys) if other[0] == key[0]]
        smaller = [n for n, other in enumerate(keys) if other <= key]
        if not there:
            return _Place(self._first_statement, key[0], gap=True)
        if not same:
            before = not smaller
            return _Place(there[0 if before else smaller[-1]], key[0], gap=True, after=not before)
        within = [n for n in same if n in smaller]
        return _Place(there[within[-1] if within else same[0]], key[0], after=bool(within))

    @cached_property
    def _imports_there(self) -> list[cst.SimpleStatementLine]:
        """The imports at the top of the file, up to the first statement that is none."""
        found = []
        for statement in self._facts.tree.module.body[self._documented :]:
            match statement:
                case cst.SimpleStatementLine(body=[cst.Import() | cst.ImportFrom(), *_]):
                    found.append(statement)
                case _:
                    break
        return found

    @property
    def _documented(self) -> int:
        return int(self._facts.tree.module.get_docstring() is not None)

    @property
    def _first_statement(self) -> cst.CSTNode:
        return self._facts.tree.module.body[self._documented]

    def _function_insertion(self, code: str) -> Insertion:
        """The function with two blank lines before and after it."""
        place = self._function_place
        body = self._facts.tree.module.body
        blank = [line.comment is None for line in getattr(place, "leading_lines", ())]
        above = sum(takewhile(bool, blank)) if place is not body[0] else 2
        return Insertion(place, "\n" * (2 - min(above, 2)) + f"{code}\n\n")

    @property
    def _function_place(self) -> cst.CSTNode:
        """The first function or class of the file, or what uses the function where that is first.

        Nothing before it needs the function; what is read at import time comes after it.
        """
        around = {self._use, *self._facts.tree.ancestors(self._use)}
        for statement in self._facts.tree.module.body:
            if statement in around or isinstance(statement, (cst.FunctionDef, cst.ClassDef)):
                return statement
        return self._first_statement


@dataclass(frozen=True)
class _Meaning:
    """What a function takes and does, without its name, layout, docstring and annotations."""

    arity: int
    body: str


@lru_cache(maxsize=256)
def _meaning(code: str) -> _Meaning:
    function = ast.parse(code).body[0]
    assert isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
    documented = ast.get_docstring(function) is not None
    body = ast.Module(function.body[documented:], [])
    return _Meaning(len(function.args.args), ast.unparse(body))


@cache
def _inserted(name: str) -> tuple[cst.FunctionDef, tuple[tuple[cst.CSTNode, str], ...]]:
    """A function of heedlint's, and what in it is imported, with the qualified names."""
    module = cst.parse_module((_INSERTED / f"{name}.py").read_text(encoding="utf-8"))
    tree = Tree(module)
    names = Names(tree, str)
    function = next(node for node in module.body if isinstance(node, cst.FunctionDef))
    imported = [
        (node, names.qualified(node))
        for node in (*tree.all(cst.Attribute), *tree.all(cst.Name))
        if not isinstance(tree.parent(node), cst.Attribute)
        and tree.contains(function, node)
        and _is_imported(node, names)
    ]
    return function, tuple(imported)


def _is_imported(node: cst.CSTNode, names: Names) -> bool:
    """Whether a plain `a.b.c` begins with something imported."""
    while isinstance(node, cst.Attribute):
        node = node.value
    bindings = names.bindings(node) if isinstance(node, cst.Name) else []
    return any(binding.kind is Kind.IMPORT for binding in bindings)


def _gives(binding: Binding, qualified: str) -> bool:
    """Whether a module that is imported has a member: `import email` gives no `email.utils.quote`.

    Other packages than Python's own are taken to import what is in them.
    """
    module = qualified.rpartition(".")[0]
    if module == binding.target or module.partition(".")[0] not in sys.stdlib_module_names:
        return True
    return isinstance(binding.node, cst.Import) and any(
        dotted(alias.name) == module for alias in binding.node.names
    )


class _Replacing(cst.CSTTransformer):
    """Puts other expressions in the place of some."""

    def __init__(self, written: dict[cst.CSTNode, cst.BaseExpression]) -> None:
        super().__init__()
        self._written = written

    def on_leave(  # type: ignore[override]
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> cst.CSTNode:
        return self._written.get(original_node, updated_node)


def _merged(lines: Iterable[str]) -> Iterator[str]:
    """The imports with one `from` for each module."""
    members: dict[str, list[str]] = {}
    for line in lines:
        module, _, member = line.partition(" import ")
        members.setdefault(module, []).append(member)
    for module, names in members.items():
        yield f"{module} import {', '.join(sorted(names))}" if names != [""] else module


def _import_of(statement: cst.CSTNode) -> cst.CSTNode | None:
    return statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None


def _import_in(line: str) -> cst.CSTNode | None:
    return _import_of(cst.parse_statement(line))


def _module(node: cst.Import | cst.ImportFrom) -> str:
    if isinstance(node, cst.Import):
        return dotted(node.names[0].name)
    return "." * len(node.relative) + dotted(node.module)


def _sort_key(line: str) -> tuple[int, bool, str]:
    """Where an import stands among others, as isort has it: the future, Python's own, others."""
    node = _import_in(line)
    assert isinstance(node, (cst.Import, cst.ImportFrom))
    module = _module(node)
    root = module.partition(".")[0]
    if root == "__future__":
        group = 0
    elif not root:
        group = 3
    else:
        group = 1 if root in sys.stdlib_module_names else 2
    return group, isinstance(node, cst.ImportFrom), module.lower()
