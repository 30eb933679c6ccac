"""The names that a repair needs from other modules, and the imports that make them known."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from itertools import takewhile
from pathlib import PurePath

import libcst as cst

from heedlint.analysis.facts import Facts
from heedlint.analysis.names import Binding, Kind, dotted
from heedlint.fixes.import_lines import is_sorted, sort_key, with_name
from heedlint.fixes.plan import CannotBeWritten, Change, Insertion, LineRemoval, Replacement

_Statement = cst.Import | cst.ImportFrom


class _Where(Enum):
    """Where an import of the file stands, which says whether it holds when the program runs."""

    TOP = "for all of the module"
    GUARDED = "in a `try` or an `if`: the package may be missing"
    LOCAL = "in a function"
    TYPES = "for type checkers alone"


@dataclass(frozen=True)
class _Place:
    """Beside which statement imports of a group are put, and whether with a blank line between."""

    statement: cst.CSTNode
    gap: bool = False
    after: bool = False

    def insertion(self, lines: list[str]) -> Insertion:
        code = "".join(f"{line}\n" for line in lines)
        if self.gap:
            code = f"\n{code}" if self.after else f"{code}\n"
        return Insertion(self.statement, code, self.after)


class Imports:
    """Names as the file would write them, and the `changes` that make them known.

    A package that the file can do without stays one: it is imported where the file imports it.
    """

    def __init__(self, use: cst.CSTNode, facts: Facts) -> None:
        self._use = use
        self._facts = facts
        self._tree, self._names = facts.tree, facts.names
        self._new: dict[str, None] = {}
        self._more: dict[tuple[cst.ImportFrom, str], None] = {}
        self._beside: dict[tuple[_Place, str], None] = {}
        self._needless: dict[cst.SimpleStatementLine, None] = {}
        self._missing: dict[str, None] = {}

    def copy(self) -> Imports:
        """The same names, to go on from without changing these."""
        other = Imports(self._use, self._facts)
        other._new, other._more = dict(self._new), dict(self._more)
        other._beside, other._needless = dict(self._beside), dict(self._needless)
        other._missing = dict(self._missing)
        return other

    @property
    def changes(self) -> tuple[Change, ...]:
        """What to put into the module: nothing where all names are known already.

        Raises `CannotBeWritten` where a name cannot be made known at the place that needs it.
        """
        if self._missing:
            raise CannotBeWritten(f"{next(iter(self._missing))} may be missing there")
        members: dict[cst.ImportFrom, list[str]] = {}
        for own, member in self._more:
            members.setdefault(own, []).append(member)
        lines: dict[_Place, list[str]] = {}
        for line in sorted(_merged(self._new), key=self._sort_key):
            lines.setdefault(self._place_of(line), []).append(line)
        for place, line in self._beside:
            lines.setdefault(place, []).append(line)
        return (
            *(self._extended(own, names) for own, names in members.items()),
            *(place.insertion(group) for place, group in lines.items()),
            *map(LineRemoval, self._needless),
        )

    def name(self, qualified: str, use: cst.CSTNode) -> str:
        """The source that means `qualified` at `use`: "openai.RateLimitError", "sleep", "time"."""
        known = self._known(qualified, use)
        if known:
            return known
        root = qualified.partition(".")[0]
        own = [node for node in self._own_imports if _root(node) == root]
        is_needed = root in sys.stdlib_module_names or not own
        if is_needed or any(self._where(node) is _Where.TOP for node in own):
            return self._by_extending(qualified, own, use) or self._at_top(qualified, use)
        guarded = [node for node in own if self._where(node) is _Where.GUARDED]
        if guarded:
            return self._as_guarded(qualified, guarded, use)
        return self._by_extending(qualified, own, use) or self._in_function(qualified, use)

    def _known(self, qualified: str, use: cst.CSTNode) -> str:
        for binding in self._names.visible_imports(use):
            if self._is_shadowed(binding.name, use):
                continue
            if binding.target == qualified:
                return binding.name
            if qualified.startswith(f"{binding.target}.") and _gives(binding, qualified):
                return binding.name + qualified.removeprefix(binding.target)
        return ""

    def _is_shadowed(self, name: str, use: cst.CSTNode) -> bool:
        """Whether a nearer scope than the import's means something else by `name`."""
        return {b.kind for b in self._names.nearest(name, use)} != {Kind.IMPORT}

    # The file's own imports

    @cached_property
    def _own_imports(self) -> list[_Statement]:
        found: list[_Statement] = [*self._tree.all(cst.Import), *self._tree.all(cst.ImportFrom)]
        return sorted(found, key=self._tree.order)

    def _where(self, node: cst.CSTNode) -> _Where:
        inner: cst.CSTNode = node
        where = _Where.TOP
        for outer in self._tree.ancestors(node):
            if isinstance(outer, cst.If) and inner is outer.body and _is_for_types(outer.test):
                return _Where.TYPES
            if isinstance(outer, (cst.FunctionDef, cst.ClassDef)):
                where = _Where.LOCAL
            elif isinstance(outer, cst.BaseCompoundStatement) and where is _Where.TOP:
                where = _Where.GUARDED
            inner = outer
        return where

    def _by_extending(self, qualified: str, own: Iterable[_Statement], use: cst.CSTNode) -> str:
        """The member's bare name, by a `from` of its module that holds at `use`; `""` for none."""
        module, _, member = qualified.rpartition(".")
        if not module or member == module or not self._may_be_called(member, qualified):
            return ""
        for node in own:
            if (
                isinstance(node, cst.ImportFrom)
                and not isinstance(node.names, cst.ImportStar)
                and _module(node) == module
                and self._holds_at(node, use)
            ):
                self._more[node, member] = None
                return member
        return ""

    def _may_be_called(self, member: str, qualified: str) -> bool:
        """Whether nothing else of the file has a name, nor of what this repair imports."""
        taken = {name for _, name in self._more} | {line.rpartition(" ")[2] for line in self._new}
        known_there = any(
            name == member and f"{_module(node)}.{member}" == qualified for node, name in self._more
        )
        if member in taken and not known_there:
            return False
        return not self._names.is_bound(member) or self._names.is_always(member, qualified)

    def _holds_at(self, node: _Statement, use: cst.CSTNode) -> bool:
        """Whether what a statement imports is certainly known where `use` runs."""
        where = self._where(node)
        if where is not _Where.LOCAL:
            return where is _Where.TOP
        function = self._tree.scope(node)
        block = self._tree.parent(self._tree.statement(node))
        is_plain = isinstance(function, cst.FunctionDef) and block is function.body
        around = self._tree.contains(function, use) and self._is_within(use, function)
        return is_plain and around and self._tree.order(node) < self._tree.order(use)

    def _is_within(self, use: cst.CSTNode, function: cst.CSTNode) -> bool:
        """Whether `use` runs with the names of a function: no decorator or default of it does."""
        scope = self._tree.scope(use)
        while scope is not function and not isinstance(scope, cst.Module):
            scope = self._tree.scope(scope)
        return scope is function

    # At the top of the file

    def _at_top(self, qualified: str, use: cst.CSTNode) -> str:
        module, _, member = qualified.rpartition(".")
        if not module:
            free = self._free(member)
            self._import(member, free)
            return free
        if member[0].isupper() and not self._names.is_bound(member):
            self._new[f"from {module} import {member}"] = None
            return member
        root = module.partition(".")[0]
        own = self._names.visible_imports(use)
        known = any(b.name == b.target == root for b in own) and not self._is_shadowed(root, use)
        free = root if known else self._free(root)
        self._import(module, free if free != root else module)
        return qualified if free == root else f"{free}.{member}"

    def _import(self, module: str, name: str) -> None:
        """Imports a module for all of the file; the functions around need not do so any more."""
        self._new[f"import {module}" + (f" as {name}" if name != module else "")] = None
        if name == module and module in sys.stdlib_module_names:
            self._needless.update(dict.fromkeys(self._imports_around(module)))

    def _imports_around(self, module: str) -> Iterator[cst.SimpleStatementLine]:
        """Statements of the functions around that do nothing but import a module."""
        for node in self._tree.all(cst.Import):
            line = self._tree.parent(node)
            block = self._tree.parent(line) if line is not None else None
            if (
                self._tree.contains(self._tree.scope(node), self._use)
                and self._where(node) is _Where.LOCAL
                and isinstance(line, cst.SimpleStatementLine)
                and isinstance(block, cst.IndentedBlock)
                and len(line.body) == 1 < len(block.body)
                and len(node.names) == 1
                and node.names[0].asname is None
                and dotted(node.names[0].name) == module
            ):
                yield line

    def _free(self, module: str) -> str:
        """A name for a module that means nothing here yet, or nothing else than the module."""
        name = module
        while self._names.is_bound(name) and not self._names.is_always(name, module):
            name = f"_{name}"
        return name

    # Where the file can do without the package

    def _as_guarded(self, qualified: str, guarded: list[_Statement], use: cst.CSTNode) -> str:
        """By what the file imports where the package is there."""
        if self._runs_without(guarded[0], use):
            self._missing[qualified] = None
            return qualified
        for node in guarded:
            for bound, target in _imported(node):
                if self._is_shadowed_by_function(bound, use):
                    continue
                if target == qualified:
                    return bound
                if qualified.startswith(f"{target}.") and target in (_root(node), _module(node)):
                    return bound + qualified.removeprefix(target)
        module, _, member = qualified.rpartition(".")
        for node in guarded:
            if (
                isinstance(node, cst.ImportFrom)
                and not isinstance(node.names, cst.ImportStar)
                and _module(node) == module
                and self._may_be_called(member, qualified)
            ):
                self._more[node, member] = None
                return member
        place = _Place(self._tree.statement(guarded[-1]), after=True)
        return self._beside_own(qualified, place)

    def _runs_without(self, node: _Statement, use: cst.CSTNode) -> bool:
        """Whether `use` runs while the file is imported, also where the package is missing.

        Where the file puts functions or classes of its own in the place of those it misses.
        """
        if any(isinstance(s, (cst.FunctionDef, cst.Lambda)) for s in self._scopes(use)):
            return False
        guard = self._tree.enclosing(node, cst.Try, cst.If)
        if guard is None or self._tree.contains(guard, use):
            return False
        own = {id(child) for child in self._tree.ancestors(node)}
        return any(
            isinstance(child, (cst.FunctionDef, cst.ClassDef))
            and self._tree.contains(guard, child)
            and not any(
                id(outer) in own
                for outer in takewhile(lambda n: n is not guard, self._tree.ancestors(child))
            )
            for child in (*self._tree.all(cst.FunctionDef), *self._tree.all(cst.ClassDef))
        )

    def _scopes(self, use: cst.CSTNode) -> Iterator[cst.CSTNode]:
        scope = self._tree.scope(use)
        while not isinstance(scope, cst.Module):
            yield scope
            scope = self._tree.scope(scope)

    def _is_shadowed_by_function(self, name: str, use: cst.CSTNode) -> bool:
        return any(
            binding.scope is not self._tree.module for binding in self._names.nearest(name, use)
        )

    def _in_function(self, qualified: str, use: cst.CSTNode) -> str:
        """By an import at the head of the function around, as the file has its others."""
        function = next((s for s in self._scopes(use) if isinstance(s, cst.FunctionDef)), None)
        if function is None or not isinstance(function.body, cst.IndentedBlock):
            self._missing[qualified] = None
            return qualified
        documented = function.get_docstring() is not None and len(function.body.body) > 1
        return self._beside_own(qualified, _Place(function.body.body[int(documented)]))

    def _beside_own(self, qualified: str, place: _Place) -> str:
        module, _, member = qualified.rpartition(".")
        root = qualified.partition(".")[0]
        free = self._free(root)
        imported = module or member
        alias = f" as {free}" if free != root else ""
        self._beside[place, f"import {imported}{alias}"] = None
        return f"{free}.{member}" if alias and module else qualified if not alias else free

    # Layout

    def _extended(self, own: cst.ImportFrom, members: list[str]) -> Change:
        positions = self._facts.positions
        begin, end = positions.offsets(own)
        code = positions.source[begin:end]
        for member in members:
            code = with_name(
                code,
                member,
                self._tree.block_indentation(own),
                self._tree.module.default_indent,
                self._facts.width,
            )
        return Replacement(own, code)

    def _sort_key(self, line: str) -> tuple[int, bool, str]:
        return sort_key(line, self._first_party)

    @cached_property
    def _first_party(self) -> frozenset[str]:
        """The folders that the file is in: its own package is one of them."""
        return frozenset(PurePath(self._facts.path).parts[:-1])

    def _place_of(self, line: str) -> _Place:
        """As isort has it: sections, and within one the order that the file keeps."""
        there = self._imports_there
        if not there:
            return _Place(self._first_statement, gap=True)
        group = self._sort_key(line)[0]
        keys = [self._sort_key(self._tree.code(statement)) for statement in there]
        same = self._section(line, [n for n, key in enumerate(keys) if key[0] == group])
        if same:
            before = self._smaller(line, same)
            return _Place(there[before[-1] if before else same[0]], after=bool(before))
        gap = not self._is_one_block
        earlier = [n for n, key in enumerate(keys) if key[0] < group]
        if earlier:
            return _Place(there[earlier[-1]], gap=gap, after=True)
        return _Place(there[0], gap=gap)

    def _section(self, line: str, same: list[int]) -> list[int]:
        """Of the imports of a group those in one block: of the same package, else the first."""
        there = self._imports_there
        blocks: list[list[int]] = []
        for n in same:
            if blocks and blocks[-1][-1] == n - 1 and not _has_gap(there[n]):
                blocks[-1].append(n)
            else:
                blocks.append([n])
        root = self._tree_root(line)
        related = [b for b in blocks if any(_root_of(there[n]) == root for n in b)]
        return next(iter(related or blocks), [])

    @staticmethod
    def _tree_root(line: str) -> str:
        statement = cst.parse_statement(line)
        assert isinstance(statement, cst.SimpleStatementLine)
        return _root_of(statement)

    def _smaller(self, line: str, block: list[int]) -> list[int]:
        """Those after which a line is put; where the block is in no order, all of its form."""
        lines = [self._tree.code(self._imports_there[n]) for n in block]
        orders = [sort_key, _by_module]
        for order in orders:
            keys = [order(other, self._first_party) for other in lines]
            if is_sorted(keys):
                wanted = order(line, self._first_party)
                return [n for n, key in zip(block, keys, strict=True) if key <= wanted]
        is_from = self._sort_key(line)[1]
        alike = zip(block, lines, strict=True)
        return [n for n, other in alike if self._sort_key(other)[1] is is_from] or block

    @property
    def _is_one_block(self) -> bool:
        """Whether the file leaves no blank line between its sections."""
        there = self._imports_there
        groups = {self._sort_key(self._tree.code(statement))[0] for statement in there} - {0}
        return len(groups) > 1 and not any(map(_has_gap, there[1:]))

    @cached_property
    def _imports_there(self) -> list[cst.SimpleStatementLine]:
        """The imports at the top of the file, up to the first statement that is none."""
        found = []
        for statement in self._tree.module.body[self._documented :]:
            match statement:
                case cst.SimpleStatementLine(body=[cst.Import() | cst.ImportFrom(), *_]):
                    found.append(statement)
                case _:
                    break
        return found

    @property
    def _documented(self) -> int:
        return int(self._tree.module.get_docstring() is not None)

    @property
    def _first_statement(self) -> cst.CSTNode:
        return self._tree.module.body[self._documented]


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


def _merged(lines: Iterable[str]) -> Iterator[str]:
    """The imports with one `from` for each module."""
    members: dict[str, list[str]] = {}
    for line in lines:
        module, _, member = line.partition(" import ")
        members.setdefault(module, []).append(member)
    for module, names in members.items():
        yield f"{module} import {', '.join(sorted(names))}" if names != [""] else module


def _is_for_types(test: cst.BaseExpression) -> bool:
    return dotted(test).rpartition(".")[2] == "TYPE_CHECKING"


def _imported(node: _Statement) -> Iterator[tuple[str, str]]:
    """Each name that a statement binds, and what that is."""
    if isinstance(node.names, cst.ImportStar):
        return
    for alias in node.names:
        name, bound = dotted(alias.name), dotted(alias.asname.name) if alias.asname else ""
        if isinstance(node, cst.ImportFrom):
            yield bound or name, f"{_module(node)}.{name}"
        else:
            yield bound or name.partition(".")[0], name if bound else name.partition(".")[0]


def _module(node: _Statement) -> str:
    if isinstance(node, cst.Import):
        return dotted(node.names[0].name)
    return "." * len(node.relative) + dotted(node.module)


def _root(node: _Statement) -> str:
    return _module(node).partition(".")[0]


def _root_of(statement: cst.SimpleStatementLine) -> str:
    node = statement.body[0]
    return _root(node) if isinstance(node, (cst.Import, cst.ImportFrom)) else ""


def _has_gap(statement: cst.SimpleStatementLine) -> bool:
    """Whether something stands between a statement and the one before: a blank line, a comment."""
    return bool(statement.leading_lines)


def _by_module(line: str, first_party: frozenset[str]) -> tuple[int, bool, str]:
    """As `sort_key`, where `import a` and `from a import b` are sorted together."""
    group, _, module = sort_key(line, first_party)
    return group, False, module
