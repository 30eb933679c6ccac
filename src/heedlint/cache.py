"""What files were found to hold, kept between runs.

One JSON file for each set of settings and each build of heedlint. A file that has kept its size
and its time of change is not read again; one that was only touched is told by the digest of its
content. What is written is whole or not there; processes that write at once take turns, and each
keeps what the others have written.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from heedlint import __version__
from heedlint.findings import Applicability, Confidence, Edit, Finding, Fix, Leftover, Position

if TYPE_CHECKING:
    from heedlint.settings import Settings

FOLDER = ".heedlint_cache"
_MARK = "CACHEDIR.TAG"
_TURN = ".lock"
_SIGNATURE = "Signature: 8a477f597d28d172789f06886806bc55\n# Made by heedlint.\n"


@dataclass(frozen=True)
class Stamp:
    """What tells without reading that a file is as it was: nanoseconds and bytes."""

    changed: int
    size: int

    @classmethod
    def of(cls, path: str) -> Stamp:
        """The stamp of a file. Raises `OSError` where it has none."""
        status = os.stat(path)
        return cls(status.st_mtime_ns, status.st_size)


@dataclass(frozen=True)
class Entry:
    """What is known of one file: its stamp, the digest of its content, its findings."""

    stamp: Stamp
    digest: str
    findings: tuple[Finding, ...]


def digest_of(content: bytes) -> str:
    """The digest by which a content is known again."""
    import hashlib  # noqa: PLC0415 - with all of OpenSSL

    return hashlib.blake2b(content, digest_size=16).hexdigest()


class Cache:
    """The results of earlier runs under the same settings; see `open_cache`."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._version = _version(file)
        self._known = _read(file)
        self._new: dict[str, list[Any]] = {}

    def get(self, path: str) -> Entry | None:
        """What is known of a file; None where nothing is."""
        raw = self._known.get(self._key(path))
        if raw is None:
            return None
        try:
            changed, size, digest, findings = raw
            found = tuple(_finding(each, path) for each in findings)
            return Entry(Stamp(changed, size), digest, found)
        except (KeyError, TypeError, ValueError):
            return None  # written by something else

    def put(self, path: str, entry: Entry) -> None:
        """Keeps what was found in a file; `save` writes it."""
        stamp = entry.stamp
        findings = [asdict(finding) for finding in entry.findings]
        raw = [stamp.changed, stamp.size, entry.digest, findings]
        self._new[self._key(path)] = raw

    def _key(self, path: str) -> str:
        """A file's absolute path; links are files of their own."""
        return os.path.abspath(path)

    def save(self) -> None:
        """Writes what is new. Without a word where that cannot be: the next run is slower."""
        if not self._new:
            return
        import json  # noqa: PLC0415 - only where there is a cache
        import tempfile  # noqa: PLC0415 - only where something is written

        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            _mark(self._file.parent)
            with _one_at_a_time(self._file.parent / _TURN):
                is_as_read = _version(self._file) == self._version
                known = self._known if is_as_read else _read(self._file)
                content = json.dumps({**known, **self._new}, separators=(",", ":"))
                handle, temporary = tempfile.mkstemp(prefix=".new-", dir=self._file.parent)
                with os.fdopen(handle, "w", encoding="utf-8") as stream:
                    stream.write(content)
                Path(temporary).replace(self._file)


def open_cache(folder: Path, settings: Settings) -> Cache:
    """The cache in a folder for these settings, this heedlint and this Python."""
    return Cache(folder / f"{_key(settings)}.json")


def clear(folder: Path) -> int:
    """Removes the cache in a folder; gives the number of files removed.

    Only a folder that a cache has marked is touched, and in it only what a cache writes. Raises
    `OSError` for what cannot be removed.
    """
    if not (folder / _MARK).is_file():
        return 0
    written = [*folder.glob("*.json"), *folder.glob(".new-*")]
    for file in (*written, folder / _TURN, folder / _MARK, folder / ".gitignore"):
        file.unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()
    return len(written)


@contextmanager
def _one_at_a_time(lock: Path) -> Iterator[None]:
    """Waits for the other processes that are writing; where there are no locks, it does not."""
    try:
        from fcntl import LOCK_EX, flock  # noqa: PLC0415 - only where something is written
    except ImportError:  # Windows: of two that write at once, the later one's results stay
        yield
        return
    with lock.open("wb") as held:
        flock(held, LOCK_EX)
        yield


def _mark(folder: Path) -> None:
    """Keeps the folder out of backups and repositories."""
    for name, content in ((_MARK, _SIGNATURE), (".gitignore", "*\n")):
        if not (folder / name).exists():
            (folder / name).write_text(content, "utf-8")


def _version(file: Path) -> tuple[int, int, int] | None:
    """Changes whenever a cache is written: each is a new file. None where there is none."""
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _read(file: Path) -> dict[str, list[Any]]:
    try:
        content = file.read_bytes()
    except OSError:
        return {}  # none yet
    import json  # noqa: PLC0415

    try:
        found = json.loads(content)
    except ValueError:
        return {}  # broken: it is made anew
    return found if isinstance(found, dict) else {}


def _key(settings: Settings) -> str:
    """Changes with whatever findings depend on, apart from the files themselves."""
    whatever = replace(settings, exclude=())
    parts = [__version__, sys.version, repr(whatever), *_build()]
    for name in (*settings.catalogue_files, *settings.profile_files):
        parts.append(digest_of(Path(name).read_bytes()))
    return digest_of("\0".join(parts).encode())


def _build() -> Sequence[str]:
    """The files of heedlint itself: an editable installation changes without a new version."""
    found = []
    folders = [os.path.dirname(__file__)]
    for folder in folders:
        for entry in os.scandir(folder):
            if entry.is_dir():
                folders.append(entry.path)
            elif entry.name.endswith((".py", ".toml")):
                status = entry.stat()
                found.append(f"{entry.path} {status.st_size} {status.st_mtime_ns}")
    return sorted(found)


def _finding(raw: dict[str, Any], path: str) -> Finding:
    return Finding(
        path=path,
        start=Position(**raw["start"]),
        end=Position(**raw["end"]),
        code=raw["code"],
        name=raw["name"],
        message=raw["message"],
        confidence=Confidence(raw["confidence"]),
        catalogues=tuple(raw["catalogues"]),
        errors=tuple(raw["errors"]),
        evidence=tuple(raw["evidence"]),
        fix=_fix(raw["fix"]) if raw["fix"] is not None else None,
    )


def _fix(raw: dict[str, Any]) -> Fix:
    leftovers = (
        Leftover(_edit(left["edit"]), _places(left["uses"]), _places(left["reads"]))
        for left in raw["leftovers"]
    )
    return Fix(
        Applicability(raw["applicability"]),
        raw["message"],
        tuple(map(_edit, raw["edits"])),
        _places(raw["gone"]),
        tuple(leftovers),
    )


def _edit(raw: dict[str, Any]) -> Edit:
    return Edit(Position(**raw["start"]), Position(**raw["end"]), raw["content"])


def _places(raw: list[dict[str, int]]) -> tuple[Position, ...]:
    return tuple(Position(**place) for place in raw)
