"""What a repair needs that the module does not have yet: imports, and functions of heedlint's."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import libcst as cst

from heedlint.analysis.facts import Facts
from heedlint.analysis.names import Kind, dotted
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
        for line in sorted(self._imports, key=_sort_key):
            change = self._extended(line)
            if change is None:
                lines.setdefault(self._import_place(line), []).append(line)
            else:
                extended.append(change)
        imports = [place.insertion(group) for place, group in lines.items()]
        functions = [
            Insertion(self._function_place, f"{code}\n\n") for code in self._functions.values()
        ]
        return (*extended, *imports, *functions)

    def name(self, qualified: str) -> str:
        """The source that means `qualified` ("openai.RateLimitError", "time.sleep", "time").

        By the file's own imports; else by an import that is added, under another name where the
        usual one is taken.
        """
        for binding in self._facts.names.visible_imports(self._use):
            if self._is_shadowed(binding.name):
                continue
            if binding.target == qualified:
                return binding.name
            if qualified.startswith(f"{binding.target}."):
                return binding.name + qualified.removeprefix(binding.target)
        return self._imported(qualified)

    def function(self, name: str) -> str:
        """The name of a function of heedlint's (a file of `inserted/`), which is put in if missing.

        The function is found again by its source, so that it is put in once.
        """
        code = (_INSERTED / f"{name}.py").read_text(encoding="utf-8")
        imports, body = _split(code)
        wanted = cst.parse_module(body).body[0]
        assert isinstance(wanted, cst.FunctionDef)
        for function in self._facts.tree.all(cst.FunctionDef):
            if function.body.deep_equals(wanted.body):
                return function.name.value
        for line in imports:
            self._imports[line] = None
        free = self._free(name)
        self._functions[name] = body.replace(f"def {name}(", f"def {free}(", 1)
        return free

    def _is_shadowed(self, name: str) -> bool:
        """Whether a nearer scope than the import's means something else by `name`."""
        kinds = {b.kind for b in self._facts.names.nearest(name, self._use)}
        return kinds != {Kind.IMPORT}

    def _imported(self, qualified: str) -> str:
        module, _, member = qualified.rpartition(".")
        if not module:
            free = self._free(member)
            self._imports[f"import {member}" + (f" as {free}" if free != member else "")] = None
            return free
        if member[0].isupper() and not self._facts.names.is_bound(member):
            self._imports[f"from {module} import {member}"] = None
            return member
        root = module.partition(".")[0]
        free = self._free(root)
        if free == root:
            self._imports[f"import {module}"] = None
            return qualified
        self._imports[f"import {module} as {free}"] = None
        return f"{free}.{member}"

    def _free(self, name: str) -> str:
        while self._facts.names.is_bound(name):
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
                added = f"{code}, {line.rpartition(' ')[2]}"
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


def _split(code: str) -> tuple[list[str], str]:
    """The imports of one of heedlint's functions, each a line, and the function alone."""
    module = cst.parse_module(code)
    imports = [
        module.code_for_node(statement).strip()
        for statement in module.body
        if isinstance(_import_of(statement), (cst.Import, cst.ImportFrom))
        and "__future__" not in module.code_for_node(statement)
    ]
    function = next(node for node in module.body if isinstance(node, cst.FunctionDef))
    return imports, module.code_for_node(function.with_changes(leading_lines=()))


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
