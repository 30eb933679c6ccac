"""Reads the catalogues: the built-in ones beside this module, then the user's."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from heedlint.contracts.model import Catalogue, DocumentedError, Envelope, Retry
from heedlint.errors import ConfigurationError
from heedlint.tables import Table, is_status, read_toml

_BARE_STATUS = re.compile(r"\d{3}")


@lru_cache(maxsize=32)
def load_catalogues(files: tuple[str, ...] = ()) -> dict[str, Catalogue]:
    """Loads every built-in catalogue and those of `files` (paths of TOML files).

    Returns the catalogues by name, in the order of their loading; a file that names a built-in
    one replaces it. The result is shared between callers: do not change it. Raises
    `ConfigurationError` for a file that is missing or does not state a catalogue, and for two
    files of the same name.
    """
    catalogues = dict(_built_in())
    owners: dict[str, str] = {}
    for file in files:
        catalogue = read_catalogue(Path(file))
        if catalogue.name in owners:
            raise ConfigurationError(
                f"{file}: name is {catalogue.name!r}, which {owners[catalogue.name]} has already"
            )
        owners[catalogue.name] = file
        catalogues[catalogue.name] = catalogue
    return catalogues


@lru_cache(maxsize=1)
def _built_in() -> dict[str, Catalogue]:
    paths = sorted(Path(__file__).parent.glob("*.toml"))
    return {catalogue.name: catalogue for catalogue in map(read_catalogue, paths)}


def read_catalogue(path: Path) -> Catalogue:
    """Reads one catalogue.

    Raises `ConfigurationError` for whatever keeps it from being used, naming file and key.
    """
    root = read_toml(path)
    name, title, source = root.text("name"), root.text("title"), root.text("source")
    hosts = root.texts("hosts")
    problem_documents = root.flag("problem-documents")
    envelope = _envelope(root.table("envelope")) if root.has("envelope") else None
    complete = root.flag("complete")
    errors = tuple(_error(key, table) for key, table in root.tables("errors"))
    root.finish()
    if not errors:
        raise ConfigurationError(f"{root.where('errors')} is missing; a catalogue states some")
    _check_codes(root, errors)
    _check_phrases(root, errors)
    return Catalogue(name, title, source, errors, hosts, envelope, problem_documents, complete)


def _envelope(table: Table) -> Envelope:
    usual = Envelope()
    envelope = Envelope(
        message=table.texts("message") or usual.message,
        code=table.texts("code") or usual.code,
        type=table.texts("type") or usual.type,
    )
    table.finish()
    return envelope


def _error(key: str, table: Table) -> DocumentedError:
    # [errors.429] is what a bare status promises; anything else is the code itself.
    bare = _BARE_STATUS.fullmatch(key) is not None
    if bare and not is_status(int(key)):
        raise ConfigurationError(f"{table.where()} is no HTTP error status, which is 400 to 599")
    error = DocumentedError(
        code="" if bare else key,
        status=int(key) if bare else table.status("status"),
        meaning=table.text("meaning"),
        action=table.text("action"),
        retry=table.choice("retry", Retry),
        retry_after=table.flag("retry-after"),
        type=table.text("type", ""),
        problem=table.flag("problem"),
        phrases=table.texts("phrases"),
        common_phrases=table.texts("common-phrases"),
        since=table.text("since", ""),
        sdk_only=table.flag("sdk-only"),
        also_statuses=table.statuses("also-statuses"),
    )
    table.finish()
    if error.retry is Retry.RETRY_AFTER and not error.retry_after:
        raise ConfigurationError(
            f"{table.where('retry-after')} must be true where retry is 'retry-after'"
        )
    return error


def _check_codes(root: Table, errors: tuple[DocumentedError, ...]) -> None:
    """TOML refuses a repeated key; codes that differ in case alone are the same to a reader."""
    seen: dict[str, str] = {}
    for error in errors:
        known = seen.setdefault(error.identifier.casefold(), error.identifier)
        if known != error.identifier:
            raise ConfigurationError(
                f"{root.where('errors')}.{error.identifier} is there already as {known}"
            )


def _check_phrases(root: Table, errors: tuple[DocumentedError, ...]) -> None:
    """A phrase must be able to name its error: lower-case, and in no other error's phrase."""
    owners = [(phrase, error.identifier) for error in errors for phrase in error.wordings]
    for phrase, owner in owners:
        where = f"{root.where('errors')}.{owner}.phrases"
        if phrase != phrase.lower():
            raise ConfigurationError(f"{where} has {phrase!r}; expected lower case")
        for other, another in owners:
            if owner != another and phrase in other:
                raise ConfigurationError(
                    f"{where} has {phrase!r}, which {another} has too ({other!r}); "
                    "a phrase belongs to one error"
                )
