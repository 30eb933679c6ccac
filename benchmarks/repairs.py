"""Repairs real code in memory and tells where a repair breaks what it must keep.

All safe repairs, then all unsafe ones are made of each Python file in the given folders; the files
are only read:

    python benchmarks/repairs.py ~/checkouts
    python benchmarks/repairs.py ~/checkouts --sample 40 --seed 1    # and some of them, to read

Of each file it is asked: does it still parse, and compile if it did before? Does a second run
change nothing? Are byte order mark, line endings and every line outside the findings' statements as
they were, apart from imports and functions that were put in, and assignments that nothing reads any
more? Is each import needed that was put in? Is each finding gone that was said to be repaired?
Exit status: 0 where all is well, 1 where something is not.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeGuard

import libcst as cst

from heedlint import Finding, FixResult, Settings, check_source, fix_source
from heedlint.findings import Round
from heedlint.report._fixes import hunks
from heedlint.runner import check_paths
from heedlint.source.decode import decode
from heedlint.source.edits import Edited
from heedlint.source.lines import LINE_END, lines_of
from heedlint.source.syntax import compile_error
from heedlint.workers import Lost, in_processes, usable_cores

# A finding of these families is about a retry construct: a whole function.
_ABOUT_CONSTRUCTS = ("HED2", "HED3")


@dataclass(frozen=True)
class Outcome:
    """What came of a file: every repair, what is wrong with them, and the content in the end."""

    path: str
    rounds: tuple[Round, ...]
    problems: tuple[str, ...]
    content: bytes


def repair_twice(source: bytes, path: str, settings: Settings) -> Outcome:
    """Makes and examines all safe repairs of a source, then all unsafe ones."""
    rounds: list[Round] = []
    problems: list[str] = []
    for unsafe in (False, True):
        result = fix_source(source, path, settings, unsafe=unsafe)
        problems += examine(source, path, settings, result, unsafe=unsafe)
        rounds += result.rounds
        source = result.content
    return Outcome(path, tuple(rounds), tuple(problems), source)


def examine(
    source: bytes, path: str, settings: Settings, result: FixResult, *, unsafe: bool
) -> list[str]:
    """What is wrong with the repairs of a source."""
    if not result.changed:
        return [] if result.content == source else ["changed, but nothing is said of it"]
    problems = list(_of_the_file(source, result))
    again = fix_source(result.content, path, settings, unsafe=unsafe)
    if again.content != result.content:
        problems.append("a second run changes something")
    contents = [*(made.before for made in result.rounds), result.content]
    texts = [decode(content).text for content in contents]
    findings = [check_source(content, path, settings) for content in contents]
    counts = [_count(*each) for each in zip(findings, texts, strict=True)]
    for n, made in enumerate(result.rounds):
        before, after, found, left = texts[n], texts[n + 1], counts[n], counts[n + 1]
        repaired = _count(made.repaired, before)
        where = f"line {made.repaired[0].start.line}"
        for place, number in repaired.items():
            if left[place] > found[place] - number:
                problems.append(f"{where}: {' '.join(place)} is found as often as before")
        for line in lines_elsewhere(made.repaired, before, after):
            problems.append(f"{where}: changes line {line}, which is no part of it")
    return problems


def _count(findings: Iterable[Finding], text: str) -> Counter[tuple[str, ...]]:
    """How often each rule reports in each function, or in each statement outside of functions.

    Elsewhere a repair may reveal something.
    """
    try:
        tree = ast.parse(text)
    except SyntaxError:  # newer than this Python
        tree = ast.Module([], [])
    named = [
        node for node in ast.walk(tree) if _is_function(node) or isinstance(node, ast.ClassDef)
    ]
    return Counter((f.code, *_place(f.start.line, named, tree)) for f in findings)


def _place(line: int, named: list[ast.AST], tree: ast.Module) -> tuple[str, ...]:
    """The names of the functions and classes around a line; else what its statement sets."""
    around = tuple(getattr(node, "name", "") for node in named if line in _lines(node))
    if around:
        return around
    statements = [node for node in tree.body if line in _lines(node)]
    return tuple(
        ast.unparse(target) for node in statements for target in getattr(node, "targets", ())
    )


def _of_the_file(source: bytes, result: FixResult) -> Iterator[str]:
    before, after = decode(source), decode(result.content)
    if (before.encoding, before.has_bom) != (after.encoding, after.has_bom):
        yield "another encoding"
    if not set(LINE_END.findall(after.text)) <= set(LINE_END.findall(before.text)):
        yield "other line endings"
    if _ends(before.text) != _ends(after.text):
        yield "another end of the last line"
    try:
        cst.parse_module(after.text)
    except cst.ParserSyntaxError as error:
        yield f"does not parse: {error.message}"
    for name in sorted(_needless_imports(before.text, after.text)):
        yield f"imports {name}, which nothing needs"
    reason = compile_error(after.text)
    if reason and not compile_error(before.text):
        yield f"does not compile: {reason}"


def _needless_imports(before: str, after: str) -> set[str]:
    """The names that are imported now and were not, and that nothing reads."""
    try:
        old, new = ast.parse(before), ast.parse(after)
    except SyntaxError:
        return set()  # newer than this Python, or told otherwise
    return _imported(new) - _imported(old) - _names(new)


def _imported(tree: ast.Module) -> set[str]:
    return {
        (alias.asname or alias.name).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }


def _ends(text: str) -> bool:
    return text.endswith(("\n", "\r"))


def lines_elsewhere(repaired: Iterable[Finding], text: str, repaired_text: str) -> list[int]:
    """The lines, from 1 and in the text before, that repairs changed and should not have."""
    try:
        tree, repaired_tree = ast.parse(text), ast.parse(repaired_text)
    except SyntaxError:
        return []  # newer than this Python: nothing can be said
    own = {line for finding in repaired for line in _own_lines(tree, finding)}
    imports = _import_lines(tree) | _unread_lines(tree, repaired_tree)
    free = _import_lines(repaired_tree) | _new_function_lines(tree, repaired_tree)
    before, after = lines_of(text), lines_of(repaired_text)
    wrong = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(
        None, before, after, autojunk=False
    ).get_opcodes():
        if tag == "equal":
            continue
        removed = [n for n in range(i1 + 1, i2 + 1) if before[n - 1].strip()]
        added = [n for n in range(j1 + 1, j2 + 1) if after[n - 1].strip()]
        if all(n in free for n in added) and all(n in imports for n in removed):
            continue
        near = {i1, i1 + 1} if i1 == i2 else set(range(i1 + 1, i2 + 1))
        if i1 == i2 and not near & own:
            wrong.append(i1 + 1)
        wrong += [n for n in removed if n not in own and n not in imports]
    return wrong


def _own_lines(tree: ast.Module, finding: Finding) -> set[int]:
    """The lines that a repair may change: of the statement or function, of the constants in it."""
    line = finding.start.line
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, (ast.stmt, ast.ExceptHandler, ast.match_case)) and line in _lines(node)
    ]
    if not around:
        return {line}  # a comment between statements
    functions = [node for node in around if _is_function(node)]
    if finding.code.startswith(_ABOUT_CONSTRUCTS):
        construct = functions[0] if functions else around[0]
    else:
        construct = min(around, key=lambda node: len(_lines(node)))
    own = set(_lines(construct))
    names = _names(construct)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and _targets(node) & names:
            own.update(_lines(node))
    return own


def _unread_lines(tree: ast.Module, repaired: ast.Module) -> set[int]:
    """The lines of assignments to names that their function did read and now does not have."""
    functions: dict[str, list[set[str]]] = {}
    for node in ast.walk(repaired):
        if _is_function(node):
            functions.setdefault(getattr(node, "name", ""), []).append(_names(node))
    lines: set[int] = set()
    for function in filter(_is_function, ast.walk(tree)):
        left = functions.get(getattr(function, "name", ""), [])
        read = {node.id for node in ast.walk(function) if _is_read(node)}
        for node in ast.walk(function):
            if not isinstance(node, (ast.Assign, ast.AnnAssign)) or not _targets(node) <= read:
                continue
            if any(_targets(node).isdisjoint(names) for names in left):
                lines.update(_lines(node))
    return lines


def _is_read(node: ast.AST) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)


def _names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _targets(node: ast.AST) -> set[str]:
    return {
        name.id
        for name in ast.walk(node)
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
    }


def _lines(node: ast.AST) -> range:
    if isinstance(node, ast.match_case):
        return range(node.pattern.lineno, (node.body[-1].end_lineno or 0) + 1)
    assert isinstance(node, (ast.stmt, ast.ExceptHandler))
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    return range(first, (node.end_lineno or node.lineno) + 1)


def _is_function(node: ast.AST) -> bool:
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))


def _import_lines(tree: ast.Module) -> set[int]:
    imports = (node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom)))
    return {line for node in imports for line in _lines(node)}


def _new_function_lines(tree: ast.Module, repaired: ast.Module) -> set[int]:
    known = {getattr(node, "name", "") for node in ast.walk(tree) if _is_function(node)}
    functions = (node for node in ast.walk(repaired) if _is_function(node))
    new = (node for node in functions if getattr(node, "name", "") not in known)
    return {line for node in new for line in _lines(node)}


def repair_files(paths: Sequence[str], settings: Settings) -> list[Outcome]:
    """Repairs and examines the files in memory, in several processes."""
    results = in_processes(partial(_repair_files, settings=settings), paths, usable_cores())
    return [
        Outcome(result.item, (), ("the process died on it",), b"")
        if isinstance(result, Lost)
        else result
        for result in results
    ]


def _repair_files(paths: Sequence[str], settings: Settings) -> list[Outcome | Lost[str]]:
    return [repair_twice(Path(path).read_bytes(), path, settings) for path in paths]


def repairable(folders: Sequence[str], settings: Settings) -> list[str]:
    """The files in the folders in which there is something to repair."""
    found = check_paths(folders, settings, Path.cwd(), _tell, jobs=None)
    return sorted({finding.path for finding in found if finding.can_be_fixed(unsafe=True)})


def _tell(message: str) -> None:
    print(message, file=sys.stderr)


def _show(made: Round, finding: Finding) -> None:
    fix = finding.fix
    assert fix is not None
    text = decode(made.before).text
    print(f"\n{finding.place}: {finding.code} {finding.message}")
    print(f"{fix.applicability}: {fix.message}")
    print("\n".join(hunks(text, Edited(text, fix.edits).text)))


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status 1 where a repair breaks something."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--select", default="", metavar="CODES", help="with commas between them")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="repairs to show")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    settings = Settings(select=tuple(filter(None, options.select.split(","))))
    outcomes = repair_files(repairable(options.folders, settings), settings)
    repairs = [
        (made, finding)
        for outcome in outcomes
        for made in outcome.rounds
        for finding in made.repaired
    ]
    counts = Counter((f.code, str(f.fix.applicability)) for _, f in repairs if f.fix)
    print(f"{len(repairs)} repairs in {sum(bool(outcome.rounds) for outcome in outcomes)} files")
    for (code, applicability), count in sorted(counts.items()):
        print(f"  {code} {applicability}: {count}")
    problems = [f"{outcome.path}: {text}" for outcome in outcomes for text in outcome.problems]
    print("\n".join([f"{len(problems)} problems", *problems]))
    if options.sample:
        size = min(options.sample, len(repairs))
        for made, finding in random.Random(options.seed).sample(repairs, size):
            _show(made, finding)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
