"""The settings of one run: defaults, then pyproject.toml or flake8 options, then the command line."""

from __future__ import annotations

from dataclasses import dataclass

from heedlint.findings import Confidence


@dataclass(frozen=True)
class Settings:
    """What a check is asked to do; equal settings give equal findings for equal bytes.

    `select` and `ignore` hold rule codes or prefixes (`HED1`); an empty `select` means the rules
    that are on by default, `extend_select` adds to them. `catalogues` are the names of the
    contracts that may apply (empty: all that are loaded), `default_catalogue` the one that holds
    where nothing in the code tells. `catalogue_files` and `profile_files` are paths of further
    TOML files. `exclude` are gitignore patterns, relative to the project's root.
    """

    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    catalogues: tuple[str, ...] = ()
    default_catalogue: str = ""
    catalogue_files: tuple[str, ...] = ()
    profile_files: tuple[str, ...] = ()
    min_confidence: Confidence = Confidence.LIKELY
    exclude: tuple[str, ...] = ()
