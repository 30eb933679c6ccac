"""heedlint as a flake8 plugin: the same findings, chosen and suppressed by flake8.

Rules that are off by default are held back here and not by flake8's `extended_default_ignore`,
which is void as soon as a user sets `ignore`: the plugin reads flake8's own select and ignore
lists, so that a rule is off unless a prefix selects it, as on the command line.

flake8 keeps nothing between runs, the plugin does: where a file is as it was, its findings are read
from the cache, and nothing of heedlint is imported that looks for them. Each of flake8's processes
writes what it has found when it ends.
"""

from __future__ import annotations

import argparse
import ast
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from multiprocessing.util import Finalize
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from flake8.exceptions import (  # type: ignore[import-untyped]
    ExecutionError,
    PluginExecutionFailed,
)

from heedlint import __version__
from heedlint.cache import FOLDER, Cache, Entry, Stamp, digest_of, open_cache
from heedlint.errors import HeedlintError
from heedlint.settings import Settings, parse_confidence, validate_files

if TYPE_CHECKING:
    from heedlint.findings import Finding


class HeedlintPlugin:
    """One file's check, made and run by flake8."""

    name = "heedlint"
    version = __version__

    _settings: ClassVar[Settings] = Settings(suppress=False)
    _from_stdin: ClassVar[bool] = False
    _cache: ClassVar[Cache | None] = None

    def __init__(self, tree: ast.Module, filename: str, lines: Sequence[str]) -> None:
        self._tree = tree
        self._filename = filename
        self._lines = lines

    @classmethod
    def add_options(cls, option_manager: Any) -> None:
        """Registers the options, for the command line and for flake8's settings files."""
        names = {"comma_separated_list": True}
        paths = {"comma_separated_list": True, "normalize_paths": True}
        for name, default, text, kind in (
            ("catalogues", "", "Only these error catalogues apply.", names),
            ("default-catalogue", "", "The catalogue that holds where the code is mute.", {}),
            (
                "catalogue-files",
                "",
                "TOML files with further catalogues (./name.toml: beside the settings).",
                paths,
            ),
            (
                "profile-files",
                "",
                "TOML files with further client profiles (./name.toml likewise).",
                paths,
            ),
            ("min-confidence", "likely", "certain, likely or possible.", {}),
            (
                "cache-dir",
                FOLDER,
                "Where results are kept between runs.",
                {"normalize_paths": True},
            ),
        ):
            option_manager.add_option(
                f"--hed-{name}", default=default, help=text, parse_from_config=True, **kind
            )
        option_manager.add_option(
            "--hed-no-cache",
            default=False,
            action="store_true",
            parse_from_config=True,
            help="Neither use nor write results of other runs.",
        )

    @classmethod
    def parse_options(cls, options: argparse.Namespace) -> None:
        """Keeps flake8's options as heedlint's settings.

        Raises flake8's `ExecutionError`, which it shows without a traceback, for a bad one.
        """
        try:
            cls._settings = _settings(options)
            validate_files(cls._settings)
        except HeedlintError as error:
            raise ExecutionError(f"heedlint: {error}") from error
        cls._from_stdin = "-" in options.filenames
        cls._cache = None
        if not (cls._from_stdin or options.hed_no_cache):
            cls._cache = open_cache(Path(options.hed_cache_dir), cls._settings)

    def run(self) -> Iterator[tuple[int, int, str, type]]:
        """Yields line (from 1), column (from 0), text and plugin of every finding.

        Raises flake8's `ExecutionError` or `PluginExecutionFailed`, which name the file.
        """
        try:
            findings = self._findings(self._source())
        except HeedlintError as error:
            raise ExecutionError(f"heedlint: {error}") from error
        except Exception as error:
            raise PluginExecutionFailed(self._filename, self.name, error) from error
        for finding in findings:
            start = finding.start
            yield start.line, start.column - 1, f"{finding.code} {finding.message}", type(self)

    def _findings(self, source: bytes | str) -> Sequence[Finding]:
        """The findings of the file, from the cache where it knows them."""
        if self._cache is None:
            return self._checked(source)
        content = source if isinstance(source, bytes) else source.encode("utf-8", "surrogatepass")
        path, digest = self._filename, digest_of(content)
        known = self._cache.get(path)
        if known is not None and known.digest == digest:
            return known.findings
        findings = tuple(self._checked(source))
        with suppress(OSError):  # flake8 has read the file, and somebody removed it since
            self._cache.put(path, Entry(Stamp.of(path), digest, findings))
            _save_at_the_end(self._cache)
        return findings

    def _checked(self, source: bytes | str) -> list[Finding]:
        from heedlint.checker import check_source  # noqa: PLC0415 - not for what is known

        return check_source(source, self._filename, self._settings, tree=self._tree)

    def _source(self) -> bytes | str:
        """The file's bytes where they may matter, else the lines that flake8 has read.

        flake8 reads as Latin-1 what it cannot decode, and says nothing; the bytes tell.
        """
        text = "".join(self._lines)
        if text.isascii() or self._from_stdin:
            return text
        try:
            return Path(self._filename).read_bytes()
        except OSError:
            return text


@lru_cache(maxsize=1)
def _save_at_the_end(cache: Cache) -> None:
    """Lets this process write the cache when it ends; flake8's own end without `atexit`."""
    Finalize(None, cache.save, exitpriority=0)


def _settings(options: argparse.Namespace) -> Settings:
    return Settings(
        select=tuple(options.select or ()),
        extend_select=tuple(options.extend_select or ()),
        ignore=(*(options.ignore or ()), *(options.extend_ignore or ())),
        catalogues=tuple(options.hed_catalogues),
        default_catalogue=options.hed_default_catalogue,
        catalogue_files=tuple(options.hed_catalogue_files),
        profile_files=tuple(options.hed_profile_files),
        min_confidence=parse_confidence(options.hed_min_confidence, "hed-min-confidence"),
        suppress=False,
    )
