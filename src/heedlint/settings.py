"""The settings of one run: defaults, pyproject.toml or flake8 options, then the command line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from heedlint.errors import ConfigurationError
from heedlint.findings import Confidence
from heedlint.project import settings_files
from heedlint.rules import validate_codes

if TYPE_CHECKING:
    from heedlint.tables import Table


@dataclass(frozen=True)
class Settings:
    """What a check is asked to do; equal settings give equal findings for equal bytes.

    `select` and `ignore` hold rule codes or prefixes (`HED1`); an empty `select` means the rules
    that are on by default, `extend_select` adds to them. `catalogues` are the names of the
    contracts that may apply (empty: all that are loaded), `default_catalogue` the one that holds
    where nothing in the code tells. `catalogue_files` and `profile_files` are paths of further
    TOML files. `exclude` are gitignore patterns, relative to the project's root. `suppress` is
    false where the host heeds `# noqa` itself, as flake8 does. `line_length` is how long the lines
    of repairs may get; 0: as long as the file's own.
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
    suppress: bool = True
    line_length: int = 0


def load_settings(start: Path) -> tuple[Settings, Path | None]:
    """Finds and reads the settings that hold in the folder `start`.

    Looks upward for a pyproject.toml that has `[tool.heedlint]`, no further than a folder with
    `.git`. Returns the settings and that file, or the defaults and None. Where the settings do not
    say how long lines may get, what the nearest file says to ruff or black holds. Raises
    `ConfigurationError` for a file that cannot be used.
    """
    length = 0
    for path in map(Path, settings_files(str(start.resolve()))):
        tool = _tools(path)
        length = length or _line_length(tool)
        settings = _read(tool, path)
        if settings is not None:
            return replace(settings, line_length=settings.line_length or length), path
    return Settings(line_length=length), None


def read_settings(path: Path) -> Settings:
    """Reads the settings of the TOML file `path`, whose `[tool.heedlint]` must exist.

    Raises `ConfigurationError` for a file that is missing or cannot be used.
    """
    tool = _tools(path)
    settings = _read(tool, path)
    if settings is None:
        raise ConfigurationError(f"{path}: tool.heedlint is missing; expected a table")
    return replace(settings, line_length=settings.line_length or _line_length(tool))


def parse_confidence(word: str, where: str) -> Confidence:
    """The confidence called `word`; `where` names the setting in the `ConfigurationError`."""
    known = {str(confidence): confidence for confidence in reversed(Confidence)}
    if word not in known:
        raise ConfigurationError(f"{where} is {word!r}; expected {', '.join(known)}")
    return known[word]


def validate_files(settings: Settings) -> None:
    """Raises `ConfigurationError` for catalogues or profiles that are not there or broken.

    Reads nothing where the settings name none, so that an ordinary run pays nothing for it.
    """
    if settings.catalogues or settings.default_catalogue or settings.catalogue_files:
        _validate_catalogues(settings)
    if settings.profile_files:
        from heedlint.clients.loader import load_clients  # noqa: PLC0415 - only when named

        load_clients(settings.profile_files)


def _validate_catalogues(settings: Settings) -> None:
    from heedlint.contracts.loader import load_catalogues  # noqa: PLC0415 - only when named
    from heedlint.tables import nearest, one_of  # noqa: PLC0415

    known = load_catalogues(settings.catalogue_files)
    named = [("catalogues", name) for name in settings.catalogues]
    if settings.default_catalogue:
        named.append(("default-catalogue", settings.default_catalogue))
    for key, name in named:
        if name not in known:
            near = nearest(name, known)
            hint = f"did you mean {near}?" if near else f"expected {one_of(sorted(known))}"
            raise ConfigurationError(f"{key}: there is no catalogue {name!r}; {hint}")


def _tools(path: Path) -> Table:
    from heedlint.tables import read_toml  # noqa: PLC0415 - tomli only when there is a file

    return read_toml(path).table("tool")


def _line_length(tool: Table) -> int:
    """What ruff or black is told; 0 if nothing."""
    others = (tool.table(name).integer("line-length", 0) for name in ("ruff", "black"))
    return next(filter(None, others), 0)


def _read(tool: Table, path: Path) -> Settings | None:
    if not tool.has("heedlint"):
        return None
    table = tool.table("heedlint")
    folder = path.resolve().parent
    settings = Settings(
        select=_codes(table, "select"),
        extend_select=_codes(table, "extend-select"),
        ignore=_codes(table, "ignore"),
        catalogues=table.texts("catalogues"),
        default_catalogue=table.text("default-catalogue", ""),
        catalogue_files=_beside(folder, table.texts("catalogue-files")),
        profile_files=_beside(folder, table.texts("profile-files")),
        min_confidence=_confidence(table, "min-confidence"),
        exclude=table.texts("exclude"),
        line_length=table.integer("line-length", 0),
    )
    table.finish()
    return settings


def _codes(table: Table, key: str) -> tuple[str, ...]:
    codes = table.texts(key)
    validate_codes(codes, table.where(key))
    return codes


def _confidence(table: Table, key: str) -> Confidence:
    word = table.text(key, str(Settings.min_confidence))
    return parse_confidence(word, table.where(key))


def _beside(folder: Path, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(str(folder / name) for name in names)
