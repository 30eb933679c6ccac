"""From paths to findings: finds the files, checks or repairs each, writes what was repaired."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from heedlint.errors import ConfigurationError, HeedlintError, UnreadableSource

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

    from heedlint.findings import Finding, FixResult
    from heedlint.settings import Settings

Result = TypeVar("Result")
OnProblem = Callable[[str], None]

SUFFIXES = (".py", ".pyi")
# Folders that hold no source of the project, whatever its .gitignore says.
DEFAULT_EXCLUDES = frozenset(
    {
        *(".bzr", ".direnv", ".eggs", ".git", ".hg", ".ipynb_checkpoints", ".mypy_cache", ".nox"),
        *(".pyenv", ".pytest_cache", ".pytype", ".ruff_cache", ".svn", ".tox", ".venv", ".vscode"),
        *("CVS", "__pycache__", "__pypackages__", "_build", "build", "dist", "node_modules"),
        *("site-packages", "venv"),
    }
)


@dataclass(frozen=True)
class FixedFile:
    """One file that was repaired or that still has findings; `before` is what it held."""

    path: str
    before: bytes
    result: FixResult


@dataclass(frozen=True)
class _Ignore:
    """Gitignore patterns and the folder that they are relative to."""

    folder: Path
    spec: GitIgnoreSpec

    def decides(self, path: Path, *, is_folder: bool) -> bool | None:
        """Whether `path` (absolute) is ignored; None where no pattern speaks of it."""
        try:
            relative = path.relative_to(self.folder).as_posix()
        except ValueError:
            return None
        return self.spec.check_file(f"{relative}/" if is_folder else relative).include


def find_files(
    paths: Iterable[str | Path], settings: Settings, root: Path, on_problem: OnProblem | None = None
) -> Iterator[Path]:
    """Finds the Python files in `paths`, each once, in the order given and sorted within it.

    A file that is named is always taken; a folder is walked for .py and .pyi without those that
    `settings.exclude` (relative to `root`), a .gitignore or `DEFAULT_EXCLUDES` leave out. Links
    to folders are not followed. A folder that cannot be listed goes to `on_problem`, by default
    to standard error. Raises `ConfigurationError` for a path that does not exist.
    """
    named = [Path(path) for path in paths]
    for path in named:
        if not os.access(path, os.F_OK):
            raise ConfigurationError(f"{os.fspath(path)}: there is no such file or folder")
    walk = _Walk(settings, root, on_problem or _to_stderr)
    seen: set[str] = set()
    for path in named:
        for file in walk.named(path) if path.is_dir() else (path,):
            key = os.path.abspath(file)  # noqa: PTH100 - resolve() would merge linked files
            if key not in seen:
                seen.add(key)
                yield file


def check_paths(
    paths: Iterable[str | Path], settings: Settings, root: Path, on_problem: OnProblem
) -> list[Finding]:
    """Checks every Python file in `paths` (see `find_files`); findings come sorted.

    A file that cannot be read, or that heedlint fails on, is told to `on_problem` and the others
    are still checked. Raises `ConfigurationError` for settings that cannot be used.
    """
    from heedlint.checker import check_source  # noqa: PLC0415 - no cost to other commands

    def check(path: Path) -> list[Finding]:
        return check_source(path.read_bytes(), os.fspath(path), settings)

    files = find_files(paths, settings, root, on_problem)
    return _sorted(finding for found in _each(files, check, on_problem) for finding in found)


def check_bytes(
    source: bytes, path: str, settings: Settings, on_problem: OnProblem
) -> list[Finding]:
    """Checks one source, named `path` in its findings; failures go to `on_problem`."""
    from heedlint.checker import check_source  # noqa: PLC0415

    def check(path: Path) -> list[Finding]:
        return check_source(source, os.fspath(path), settings)

    found = _each((Path(path),), check, on_problem)
    return _sorted(finding for findings in found for finding in findings)


def fix_paths(
    paths: Iterable[str | Path],
    settings: Settings,
    root: Path,
    on_problem: OnProblem,
    *,
    unsafe: bool,
    write: bool,
) -> list[FixedFile]:
    """Repairs every Python file in `paths`; writes each only if `write`.

    Returns the files that were repaired or still have findings. Problems as in `check_paths`.
    """

    def fix(path: Path) -> FixedFile:
        fixed = fix_bytes(path.read_bytes(), os.fspath(path), settings, unsafe=unsafe)
        if write and fixed.result.changed:
            write_atomically(path, fixed.result.content)
        return fixed

    files = find_files(paths, settings, root, on_problem)
    touched = (f for f in _each(files, fix, on_problem) if f.result.applied or f.result.remaining)
    return sorted(touched, key=lambda file: file.path)


def fix_bytes(source: bytes, path: str, settings: Settings, *, unsafe: bool) -> FixedFile:
    """Repairs one source, named `path` in its findings."""
    from heedlint.checker import fix_source  # noqa: PLC0415

    return FixedFile(path, source, fix_source(source, path, settings, unsafe=unsafe))


def read_file(path: Path) -> bytes:
    """A file's content. Raises `HeedlintError` where it cannot be read, saying why."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise HeedlintError(f"{path}: cannot be read: {error.strerror or error}") from error


def read_texts(findings: Sequence[Finding]) -> dict[str, str]:
    """The text of every file in `findings` that can still be read, by path."""
    texts: dict[str, str] = {}
    for path in {finding.path for finding in findings}:
        with suppress(OSError):
            texts[path] = text_of(Path(path).read_bytes())
    return texts


def text_of(source: bytes) -> str:
    """The text of `source` for quoting it; Latin-1, which never fails, where it has no other."""
    from heedlint.source.decode import decode  # noqa: PLC0415 - only for reports that quote

    try:
        return decode(source).text
    except UnreadableSource:
        return source.decode("latin-1")


def write_atomically(path: Path, content: bytes) -> None:
    """Replaces the content of the existing file `path`, wholly or not at all.

    Keeps mode and, where allowed, owner; a link stays a link and its target is written. Raises
    `HeedlintError` for a file or folder that may not be written.
    """
    target = path.resolve()
    temporary: str | None = None
    try:
        status = target.stat()
        # os.replace asks only the folder: a read-only file would be replaced without a word.
        if not status.st_mode & 0o222 or not os.access(target, os.W_OK):
            raise HeedlintError(f"{path}: cannot be written: the file is read-only")
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if hasattr(os, "chown"):
            with suppress(OSError):  # only root may give a file away
                os.chown(temporary, status.st_uid, status.st_gid)
        Path(temporary).chmod(stat.S_IMODE(status.st_mode))
        Path(temporary).replace(target)
        temporary = None
    except OSError as error:
        raise HeedlintError(f"{path}: cannot be written: {error.strerror}") from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def _each(
    files: Iterable[Path], work: Callable[[Path], Result], on_problem: OnProblem
) -> Iterator[Result]:
    """What `work` makes of each file, without those it fails on: they go to `on_problem`."""
    for path in files:
        name = os.fspath(path)
        try:
            result = work(path)
        except ConfigurationError:
            raise  # wrong for this file is wrong for all
        except UnreadableSource as error:
            on_problem(f"{name}:{error.line}:{error.column}: {error.reason}")
        except HeedlintError as error:
            on_problem(str(error))
        except OSError as error:
            on_problem(f"{name}: cannot be read: {error.strerror or error}")
        except Exception as error:
            # One file must not cost the others their findings; the traceback is for the report.
            trace = traceback.format_exc().rstrip()
            on_problem(f"{name}: internal error: {type(error).__name__}: {error}\n{trace}")
        else:
            yield result


def _sorted(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: finding.sort_key)


def _to_stderr(message: str) -> None:
    print(message, file=sys.stderr)


class _Walk:
    """Walks folders for one run's settings."""

    def __init__(self, settings: Settings, root: Path, on_problem: OnProblem) -> None:
        self._root = _absolute(root)
        self._exclude = _exclude(settings, self._root)
        self._on_problem = on_problem

    def named(self, folder: Path) -> Iterator[Path]:
        """The Python files in a folder that the user named, which is wanted by that alone."""
        where = _absolute(folder)
        layers = (_ignores_above(where, self._root), self._exclude)
        # What leaves out the named folder itself would leave out everything in it.
        kept = tuple([] if _ignored(where, layer, is_folder=True) else layer for layer in layers)
        return self._files(folder, *kept)

    def _files(self, folder: Path, above: list[_Ignore], exclude: list[_Ignore]) -> Iterator[Path]:
        try:
            with os.scandir(folder) as scanned:
                entries = sorted(scanned, key=lambda entry: entry.name)
        except OSError as error:
            self._on_problem(f"{os.fspath(folder)}: cannot be listed: {error.strerror}")
            return
        here = _absolute(folder)
        ignores = [*above, *_gitignore(here)]
        for entry in entries:
            is_folder = _is_folder(entry)
            if is_folder is None:
                continue
            layers = (ignores, exclude)
            if any(_ignored(here / entry.name, each, is_folder=is_folder) for each in layers):
                continue
            if is_folder:
                yield from self._files(folder / entry.name, ignores, exclude)
            else:
                yield folder / entry.name


def _is_folder(entry: os.DirEntry[str]) -> bool | None:
    """True for a folder to walk, False for a Python file, None for what is of no interest."""
    if entry.is_dir(follow_symlinks=False):
        return None if entry.name in DEFAULT_EXCLUDES else True
    return False if entry.name.endswith(SUFFIXES) and entry.is_file() else None


def _ignored(path: Path, ignores: list[_Ignore], *, is_folder: bool) -> bool:
    """Whether `path` is left out: the innermost .gitignore that speaks of it decides."""
    for ignore in reversed(ignores):
        decision = ignore.decides(path, is_folder=is_folder)
        if decision is not None:
            return decision
    return False


def _ignores_above(folder: Path, root: Path) -> list[_Ignore]:
    """The .gitignore files above `folder`, outermost first, as far as its repository reaches."""
    above = list(folder.parents)
    top = next((p for p in (folder, *above) if (p / ".git").exists()), root)
    inside = [p for p in above if p == top or top in p.parents]
    return [ignore for parent in reversed(inside) for ignore in _gitignore(parent)]


def _gitignore(folder: Path) -> list[_Ignore]:
    try:
        lines = (folder / ".gitignore").read_text("utf-8", "surrogateescape").splitlines()
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


def _exclude(settings: Settings, root: Path) -> list[_Ignore]:
    if not settings.exclude:
        return []
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - only where something is excluded

    for pattern in settings.exclude:
        if not _is_pattern(pattern):
            raise ConfigurationError(f"exclude: {pattern!r} is no gitignore pattern")
    return [_Ignore(root, GitIgnoreSpec.from_lines(settings.exclude))]


def _absolute(path: Path) -> Path:
    """`path` from the root of the file system, without "..", its links left as they are."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links
