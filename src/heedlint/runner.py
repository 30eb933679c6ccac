"""From paths to findings: checks or repairs each file, writes what was repaired."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from heedlint.cache import Entry, Stamp, digest_of
from heedlint.errors import ConfigurationError, HeedlintError, UnreadableSource
from heedlint.progress import shown
from heedlint.walk import OnProblem, find_files

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from heedlint.cache import Cache
    from heedlint.findings import Finding, FixResult
    from heedlint.interactive import Questions
    from heedlint.settings import Settings

Done = TypeVar("Done", "Checked", "_Fixed")

# Below this, in bytes, another process costs more than it saves.
_ENOUGH_TO_SHARE = 300_000


@dataclass(frozen=True)
class Job:
    """A file to check; `digest` is that of an earlier content, `content` what was sent along."""

    path: str
    digest: str = ""
    content: bytes | None = None


@dataclass(frozen=True)
class Shard:
    """One of several parts of all files, by their contents: `number` counts from 1.

    Where a file lies, and which others there are, does not matter: it stays in its part until it is
    changed.
    """

    number: int
    count: int

    def takes(self, path: str) -> bool:
        """Whether a file is in this part; what cannot be read is in the first, which tells why."""
        try:
            content = _read(path)
        except OSError:
            return self.number == 1
        return int(digest_of(content), 16) % self.count == self.number - 1


@dataclass(frozen=True)
class Checked:
    """What came of a file: `findings` is None where the content is that of the earlier digest."""

    path: str
    digest: str = ""
    findings: tuple[Finding, ...] | None = ()
    problem: str = ""


@dataclass(frozen=True)
class FixedFile:
    """One file in which there was something to repair; `before` is what it held."""

    path: str
    before: bytes
    result: FixResult


@dataclass(frozen=True)
class _Fixed:
    """What came of the repair of a file: the file or the problem."""

    path: str
    file: FixedFile | None = None
    problem: str = ""


@dataclass(frozen=True)
class FixRun:
    """What came of a run of repairs: the files concerned and the findings left in all, sorted.

    `reasons` says why a repair that was tried or offered was not made.
    """

    files: tuple[FixedFile, ...]
    remaining: tuple[Finding, ...]
    reasons: Mapping[Finding, str]

    @property
    def changed(self) -> bool:
        """Whether anything was repaired."""
        return any(file.result.changed for file in self.files)


def check_paths(
    paths: Iterable[str | Path],
    settings: Settings,
    root: Path,
    on_problem: OnProblem,
    *,
    jobs: int | None = 1,
    cache: Cache | None = None,
    executor: Executor | None = None,
    shard: Shard | None = None,
) -> list[Finding]:
    """Checks every Python file in `paths` (see `find_files`); findings come sorted.

    In up to `jobs` processes of this machine (None: one for each core that may be used), or by an
    `executor`, to which the contents are sent. What the `cache` knows is not checked again; of
    several machines each takes its `shard`. A file that cannot be read, or that heedlint fails on,
    is told to `on_problem` and the others are still checked. Raises `ConfigurationError` for
    settings that cannot be used.
    """
    found: list[Finding] = []
    stamps: dict[str, Stamp] = {}
    known: dict[str, Entry] = {}
    waiting: list[Job] = []
    for path in find_files(paths, settings, root, on_problem):
        if shard is not None and not shard.takes(path):
            continue
        entry = cache.get(path) if cache is not None else None
        with suppress(OSError):  # reading it will tell why
            status = os.stat(path)
            if status.st_size == 0 and stat.S_ISREG(status.st_mode):
                continue  # where nothing is, nothing is found
            stamps[path] = Stamp(status.st_mtime_ns, status.st_size)
            if entry is not None and entry.stamp == stamps[path]:
                found += entry.findings
                continue
        if entry is not None:
            known[path] = entry
        waiting.append(Job(path, entry.digest if entry is not None else ""))
    size = sum(stamp.size for job in waiting if (stamp := stamps.get(job.path)))
    check = partial(check_jobs, settings=settings, digested=cache is not None)
    with closing(
        _run_all(check, waiting, Checked, size=size, jobs=jobs, executor=executor)
    ) as results:
        for checked in shown(results, len(waiting)):
            if checked.problem:
                on_problem(checked.problem)
                continue
            path = checked.path
            findings = known[path].findings if checked.findings is None else checked.findings
            found += findings
            if cache is not None and path in stamps:
                cache.put(path, Entry(stamps[path], checked.digest, findings))
    if cache is not None:
        cache.save()
    return _sorted(found)


def _run_all(
    work: Callable[[Sequence[Job]], list[Done]],
    waiting: Sequence[Job],
    result: Callable[..., Done],
    *,
    size: int,
    jobs: int | None,
    executor: Executor | None = None,
) -> Generator[Done, None, None]:
    """What the work makes of the jobs, in their order.

    One on which a process dies comes as a `result` that says so. `size` is that of all their files,
    in bytes.
    """
    if executor is None and (jobs == 1 or size < _ENOUGH_TO_SHARE):
        for job in waiting:
            yield from work([job])
        return
    from heedlint.workers import (  # noqa: PLC0415 - multiprocessing only where it is used
        Lost,
        in_executor,
        in_processes,
        usable_cores,
    )

    if executor is not None:
        yield from in_executor(executor, work, map(_with_content, waiting))
        return
    for done in in_processes(work, waiting, jobs or usable_cores()):
        if isinstance(done, Lost):
            path = done.item.path
            yield result(path, problem=f"{path}: the process died on it")
        else:
            yield done


def _with_content(job: Job) -> Job:
    """The job as it is sent to where the file is not; whoever cannot read it says so there."""
    try:
        return Job(job.path, job.digest, _read(job.path))
    except OSError:
        return job


def check_jobs(jobs: Sequence[Job], settings: Settings, *, digested: bool) -> list[Checked]:
    """Checks some files, in whatever process; one result for each, where asked with its digest."""
    return [_check_job(job, settings, digested=digested) for job in jobs]


def _check_job(job: Job, settings: Settings, *, digested: bool = False) -> Checked:
    from heedlint.checker import check_source  # noqa: PLC0415 - no cost to other commands

    try:
        content = _read(job.path) if job.content is None else job.content
        digest = digest_of(content) if digested else ""
        if digested and digest == job.digest:
            return Checked(job.path, digest, None)
        return Checked(job.path, digest, tuple(check_source(content, job.path, settings)))
    except Exception as error:
        return Checked(job.path, problem=_problem(job.path, error))


def check_bytes(
    source: bytes, path: str, settings: Settings, on_problem: OnProblem
) -> list[Finding]:
    """Checks one source, named `path` in its findings; failures go to `on_problem`."""
    checked = _check_job(Job(path, content=source), settings)
    if checked.problem:
        on_problem(checked.problem)
    return _sorted(checked.findings or ())


def fix_paths(
    paths: Iterable[str | Path],
    settings: Settings,
    root: Path,
    on_problem: OnProblem,
    *,
    unsafe: bool,
    write: bool,
    jobs: int | None = 1,
    cache: Cache | None = None,
    executor: Executor | None = None,
    shard: Shard | None = None,
    ask: Questions | None = None,
) -> FixRun:
    """Checks as `check_paths` does, and repairs each file with findings; writes only if `write`.

    What several links lead to is repaired once, under the first of their names. Repairs are made in
    up to `jobs` processes of this machine, where nobody is asked; files are written one after the
    other. Problems as in `check_paths`: a file that cannot be written, or has changed meanwhile,
    keeps its findings.
    """
    found = check_paths(
        paths, settings, root, on_problem, jobs=jobs, cache=cache, executor=executor, shard=shard
    )
    by_name: dict[str, list[Finding]] = {}
    for finding in found:
        by_name.setdefault(finding.path, []).append(finding)
    names: dict[str, list[str]] = {}
    for name, findings in by_name.items():
        if any(finding.can_be_fixed(unsafe=unsafe) for finding in findings):
            names.setdefault(os.path.realpath(name), []).append(name)
    files = []
    reasons: dict[Finding, str] = {}
    linked = {group[0]: group for group in names.values()}
    jobs = 1 if ask else jobs
    for file in _repaired(list(linked), settings, on_problem, unsafe=unsafe, jobs=jobs, ask=ask):
        if not write or _written(file, on_problem):
            files.append(file)
            for name in linked[file.path]:
                by_name[name] = [replace(left, path=name) for left in file.result.remaining]
                reasons |= {replace(g.finding, path=name): g.reason for g in file.result.given_up}
        if ask is not None and ask.stopped:
            break
    remaining = _sorted(finding for left in by_name.values() for finding in left)
    return FixRun(tuple(files), tuple(remaining), reasons)


def _repaired(
    names: list[str],
    settings: Settings,
    on_problem: OnProblem,
    *,
    unsafe: bool,
    jobs: int | None,
    ask: Questions | None,
) -> Iterator[FixedFile]:
    """What the repairs make of the files, without those on which they fail."""
    size = 0
    for name in names:
        with suppress(OSError):  # reading it will tell why
            size += Stamp.of(name).size
    work = partial(fix_jobs, settings=settings, unsafe=unsafe, ask=ask)
    waiting = [Job(name) for name in names]
    with closing(_run_all(work, waiting, _Fixed, size=size, jobs=jobs)) as results:
        for fixed in results if ask else shown(results, len(names)):
            if fixed.file is None:
                on_problem(fixed.problem)
            else:
                yield fixed.file


def _written(file: FixedFile, on_problem: OnProblem) -> bool:
    """Writes a file where something was repaired; whether all is well with it."""
    if file.result.changed:
        try:
            write_atomically(Path(file.path), file.result.content, instead_of=file.before)
        except Exception as error:
            on_problem(_problem(file.path, error))
            return False
    return True


def fix_jobs(
    jobs: Sequence[Job], settings: Settings, unsafe: bool, ask: Questions | None = None
) -> list[_Fixed]:
    """Repairs some files, in whatever process, and writes none; one result for each."""
    return [_fix_job(job, settings, unsafe=unsafe, ask=ask) for job in jobs]


def _fix_job(job: Job, settings: Settings, *, unsafe: bool, ask: Questions | None) -> _Fixed:
    try:
        fixed = fix_bytes(_read(job.path), job.path, settings, unsafe=unsafe, ask=ask)
    except Exception as error:
        return _Fixed(job.path, problem=_problem(job.path, error))
    return _Fixed(job.path, fixed)


def fix_bytes(
    source: bytes, path: str, settings: Settings, *, unsafe: bool, ask: Questions | None = None
) -> FixedFile:
    """Repairs one source, named `path` in its findings."""
    from heedlint.checker import fix_source  # noqa: PLC0415

    return FixedFile(path, source, fix_source(source, path, settings, unsafe=unsafe, ask=ask))


def fix_stdin(source: bytes, path: str, settings: Settings, *, unsafe: bool) -> FixRun:
    """Repairs one source that is no file, named `path` in its findings."""
    file = fix_bytes(source, path, settings, unsafe=unsafe)
    reasons = {given_up.finding: given_up.reason for given_up in file.result.given_up}
    return FixRun((file,), file.result.remaining, reasons)


def _read(path: str) -> bytes:
    with open(path, "rb") as stream:
        return stream.read()


def read_file(path: Path) -> bytes:
    """A file's content. Raises `HeedlintError` where it cannot be read, saying why."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise HeedlintError(_problem(str(path), error)) from error


def read_texts(findings: Sequence[Finding]) -> dict[str, str]:
    """The text of every file in `findings` that can still be read, by path."""
    texts: dict[str, str] = {}
    for path in {finding.path for finding in findings}:
        with suppress(OSError):
            texts[path] = text_of(_read(path))
    return texts


def text_of(source: bytes) -> str:
    """The text of `source` for quoting it; Latin-1, which never fails, where it has no other."""
    from heedlint.source.decode import decode  # noqa: PLC0415 - only for reports that quote

    try:
        return decode(source).text
    except UnreadableSource:
        return source.decode("latin-1")


def write_atomically(path: Path, content: bytes, *, instead_of: bytes | None = None) -> None:
    """Replaces the content of the existing file `path`, wholly or not at all.

    Keeps mode and, where allowed, owner; a link stays a link and its target is written. Raises
    `HeedlintError` for a file or folder that may not be written, and where the file does not hold
    `instead_of` any more: somebody has changed it.
    """
    import tempfile  # noqa: PLC0415 - only where something is written

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
        if instead_of is not None and target.read_bytes() != instead_of:
            raise HeedlintError(f"{path}: changed while it was repaired; nothing is written")
        Path(temporary).replace(target)
        temporary = None
    except OSError as error:
        raise HeedlintError(f"{path}: cannot be written: {error.strerror}") from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def _problem(path: str, error: Exception) -> str:
    """What to tell about a file on which the work fails; the others are still worked on.

    Raises `ConfigurationError` again: what is wrong for this file is wrong for all.
    """
    if isinstance(error, ConfigurationError):
        raise error
    if isinstance(error, UnreadableSource):
        return f"{path}:{error.line}:{error.column}: {error.reason}"
    if isinstance(error, HeedlintError):
        return str(error)
    if isinstance(error, OSError):
        return f"{path}: cannot be read: {error.strerror or error}"
    import traceback  # noqa: PLC0415 - only for who has to read it

    trace = "".join(traceback.format_exception(error)).rstrip()
    return f"{path}: internal error: {type(error).__name__}: {error}\n{trace}"


def _sorted(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: finding.sort_key)
