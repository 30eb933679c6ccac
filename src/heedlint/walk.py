"""Finds the Python files of a run: what is named, what folders hold, what is left out."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from heedlint.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

    from pathspec import GitIgnoreSpec

    from heedlint.settings import Settings

OnProblem = Callable[[str], None]

SUFFIXES = (".py", ".pyi")
# Folders that hold no source of the project, whatever its .gitignore says.
DEFAULT_EXCLUDES = frozenset(
    {
        *(".bzr", ".direnv", ".eggs", ".git", ".heedlint_cache", ".hg", ".ipynb_checkpoints"),
        *(".mypy_cache", ".nox", ".pyenv", ".pytest_cache", ".pytype", ".ruff_cache", ".svn"),
        *(".tox", ".venv", ".vscode", "CVS", "__pycache__", "__pypackages__", "_build", "build"),
        *("dist", "node_modules", "site-packages", "venv"),
    }
)


_GITIGNORE = ".gitignore"


@dataclass(frozen=True)
class _Ignore:
    """Gitignore patterns, and the folder that they are relative to with its last separator."""

    folder: str
    spec: GitIgnoreSpec

    def decides(self, path: str, *, is_folder: bool) -> bool | None:
        """Whether `path` (absolute) is ignored; None where no pattern speaks of it."""
        if not path.startswith(self.folder):
            return None
        relative = path[len(self.folder) :].replace(os.sep, "/")
        return self.spec.check_file(f"{relative}/" if is_folder else relative).include


def find_files(
    paths: Iterable[str | Path], settings: Settings, root: Path, on_problem: OnProblem | None = None
) -> Iterator[str]:
    """Finds the Python files in `paths`, each once, in the order given and sorted within it.

    A file that is named is always taken; a folder is walked for .py and .pyi without those that
    `settings.exclude` (relative to `root`), a .gitignore or `DEFAULT_EXCLUDES` leave out. Links
    to folders are not followed. A folder that cannot be listed goes to `on_problem`, by default
    to standard error. Raises `ConfigurationError` for a path that does not exist.
    """
    named = [_plain(os.fspath(path)) for path in paths]
    for path in named:
        if not os.access(path, os.F_OK):
            raise ConfigurationError(f"{path}: there is no such file or folder")
    walk = _Walk(settings, root, on_problem or _to_stderr)
    seen: set[str] = set()
    for path in named:
        if len(named) == 1 and os.path.isdir(path):
            yield from walk.named(path)  # which meets no file twice
            return
        for file in walk.named(path) if os.path.isdir(path) else (path,):
            key = os.path.abspath(file)  # no realpath: linked files are files of their own
            if key not in seen:
                seen.add(key)
                yield file


def _plain(path: str) -> str:
    """A path without what says nothing; ".." stays, for it may lead through a link."""
    return path if os.pardir in path else os.path.normpath(path)


def _to_stderr(message: str) -> None:
    print(message, file=sys.stderr)


class _Walk:
    """Walks folders for one run's settings."""

    def __init__(self, settings: Settings, root: Path, on_problem: OnProblem) -> None:
        self._root = os.path.abspath(root)
        self._exclude = _exclude(settings, self._root)
        self._on_problem = on_problem

    def named(self, folder: str) -> Iterator[str]:
        """The Python files in a folder that the user named, which is wanted by that alone."""
        where = os.path.abspath(folder)
        layers = (_ignores_above(where, self._root), self._exclude)
        # What leaves out the named folder itself would leave out everything in it.
        kept = tuple([] if _ignored(where, layer, is_folder=True) else layer for layer in layers)
        return self._files(folder, _inside(where), *kept)

    def _files(
        self, folder: str, where: str, above: list[_Ignore], exclude: list[_Ignore]
    ) -> Iterator[str]:
        """The files in a folder; `where` it is, absolute and with its last separator."""
        try:
            with os.scandir(folder) as scanned:
                entries = sorted(scanned, key=_name)
        except OSError as error:
            self._on_problem(f"{folder}: cannot be listed: {error.strerror}")
            return
        prefix = "" if folder == os.curdir else _inside(folder)
        ignores = above
        if any(entry.name == _GITIGNORE for entry in entries):
            ignores = [*above, *_gitignore(where)]
        layers = [layer for layer in (ignores, exclude) if layer]
        for entry in entries:
            is_folder = _is_folder(entry)
            if is_folder is None:
                continue
            name = entry.name
            if layers and any(_ignored(where + name, each, is_folder=is_folder) for each in layers):
                continue
            if is_folder:
                yield from self._files(prefix + name, _inside(where + name), ignores, exclude)
            else:
                yield prefix + name


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name


def _inside(folder: str) -> str:
    """What the paths in a folder begin with."""
    return os.path.join(folder, "")


def _is_folder(entry: os.DirEntry[str]) -> bool | None:
    """True for a folder to walk, False for a Python file, None for what is of no interest."""
    if entry.is_dir(follow_symlinks=False):
        return None if entry.name in DEFAULT_EXCLUDES else True
    return False if entry.name.endswith(SUFFIXES) and entry.is_file() else None


def _ignored(path: str, ignores: list[_Ignore], *, is_folder: bool) -> bool:
    """Whether `path` is left out: the innermost .gitignore that speaks of it decides."""
    for ignore in reversed(ignores):
        decision = ignore.decides(path, is_folder=is_folder)
        if decision is not None:
            return decision
    return False


def _ignores_above(folder: str, root: str) -> list[_Ignore]:
    """The .gitignore files above `folder`, outermost first, as far as its repository reaches."""
    above = [folder]
    while (parent := os.path.dirname(above[-1])) != above[-1]:
        above.append(parent)
    top = next((p for p in above if os.path.exists(os.path.join(p, ".git"))), root)
    inside = [p for p in above[1:] if _inside(p).startswith(_inside(top))]
    return [ignore for parent in reversed(inside) for ignore in _gitignore(_inside(parent))]


def _gitignore(folder: str) -> list[_Ignore]:
    try:
        with open(folder + _GITIGNORE, encoding="utf-8", errors="surrogateescape") as stream:
            lines = stream.read().splitlines()
    except OSError:
        return []
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - only where there is a .gitignore

    try:
        return [_Ignore(folder, GitIgnoreSpec.from_lines(lines))]
    except ValueError:
        # git passes over a pattern that it cannot read and heeds the others.
        readable = [line for line in lines if _is_pattern(line)]
        return [_Ignore(folder, GitIgnoreSpec.from_lines(readable))]


def _is_pattern(line: str) -> bool:
    from pathspec import GitIgnoreSpec  # noqa: PLC0415

    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True


def _exclude(settings: Settings, root: str) -> list[_Ignore]:
    if not settings.exclude:
        return []
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - only where something is excluded

    for pattern in settings.exclude:
        if not _is_pattern(pattern):
            raise ConfigurationError(f"exclude: {pattern!r} is no gitignore pattern")
    return [_Ignore(_inside(root), GitIgnoreSpec.from_lines(settings.exclude))]
