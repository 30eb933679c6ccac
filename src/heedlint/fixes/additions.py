"""What a repair needs that the module does not have yet: imports, and functions of heedlint's."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import takewhile
from pathlib import Path

import libcst as cst

from heedlint.analysis.facts import Facts
from heedlint.analysis.names import Kind, Names
from heedlint.analysis.tree import Tree
from heedlint.fixes.imports import Imports
from heedlint.fixes.plan import Change, Insertion

_INSERTED = Path(__file__).parent / "inserted"


class Additions:
    """Names for the code of a repair at `use`, and the `changes` that make them known there."""

    def __init__(self, use: cst.CSTNode, facts: Facts) -> None:
        self._use = use
        self._facts = facts
        self._imports = Imports(use, facts)
        self._functions: dict[str, str] = {}

    @property
    def changes(self) -> tuple[Change, ...]:
        """What to put into the module: nothing where all names are known already.

        Raises `CannotBeWritten` where a name cannot be made known at `use`.
        """
        functions = [self._function_insertion(code) for code in self._functions.values()]
        return (*self._imports.changes, *functions)

    def name(self, qualified: str) -> str:
        """The source that means `qualified` ("openai.RateLimitError", "time.sleep", "time").

        By the file's own imports; else by an import that is added, under another name where the
        usual one is taken.
        """
        return self._imports.name(qualified, self._use)

    def function(self, name: str) -> str:
        """The name of a function of heedlint's (a file of `inserted/`), which is put in if missing.

        It is found again by what it does, whatever its name and layout, so that it is put in once.
        Raises `FileNotFoundError` where there is no such file.
        """
        imports = self._imports.copy()
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
        return self._imports.name(qualified, self._function_place)

    def _free(self, name: str) -> str:
        """A name that means nothing here yet."""
        while self._facts.names.is_bound(name):
            name = f"_{name}"
        return name

    @property
    def _first_statement(self) -> cst.CSTNode:
        module = self._facts.tree.module
        return module.body[int(module.get_docstring() is not None)]

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


class _Replacing(cst.CSTTransformer):
    """Puts other expressions in the place of some."""

    def __init__(self, written: dict[cst.CSTNode, cst.BaseExpression]) -> None:
        super().__init__()
        self._written = written

    def on_leave(  # type: ignore[override]
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> cst.CSTNode:
        return self._written.get(original_node, updated_node)
