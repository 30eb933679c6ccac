"""The repairs as libcst codemod commands.

    python -m libcst.tool codemod -x --no-format heedlint.codemods.RepairAll PATH

They are shells like the others: each hands the module's source to `fix_source`. Each repair has its
own command, RepairAll makes those of all rules that are on by default.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import ClassVar

import libcst as cst
from libcst.codemod import CodemodCommand, CodemodContext

from heedlint.checker import fix_source
from heedlint.errors import ConfigurationError
from heedlint.settings import Settings, validate_files


def _catalogue(name: str) -> str:
    try:
        validate_files(Settings(default_catalogue=name))
    except ConfigurationError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return name


class RepairAll(CodemodCommand):
    """The repairs of all rules that are on by default."""

    DESCRIPTION: str = "Repair whatever breaks an API's documented error contract."
    select: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        context: CodemodContext,
        unsafe_fixes: bool = False,
        default_catalogue: str = "",
        catalogue: Sequence[str] = (),
    ) -> None:
        super().__init__(context)
        self.unsafe_fixes = unsafe_fixes
        self.settings = Settings(
            select=self.select, default_catalogue=default_catalogue, catalogues=tuple(catalogue)
        )

    @staticmethod
    def add_args(arg_parser: argparse.ArgumentParser) -> None:
        """Adds the options that the commands share."""
        arg_parser.add_argument(
            "--unsafe-fixes",
            dest="unsafe_fixes",
            action="store_true",
            help="also make the repairs whose intent is guessed; read what they wrote",
        )
        arg_parser.add_argument(
            "--default-catalogue",
            dest="default_catalogue",
            metavar="NAME",
            type=_catalogue,
            default="",
            help="the catalogue that holds where nothing in the code tells which API it is",
        )
        arg_parser.add_argument(
            "--catalogue",
            metavar="NAME",
            type=_catalogue,
            action="append",
            default=[],
            help="the catalogues that may apply, one each time; default: all",
        )

    def transform_module_impl(self, tree: cst.Module) -> cst.Module:
        """The repaired module; the same one where there is nothing to repair.

        Repairs that do not hold are left out and warned of.
        """
        path = self.context.filename or "<stdin>"
        result = fix_source(tree.bytes, path, self.settings, unsafe=self.unsafe_fixes)
        for given_up in result.given_up:
            finding = given_up.finding
            self.warn(f"{finding.place}: {finding.code} not repaired: {given_up.reason}")
        return cst.parse_module(result.content) if result.changed else tree


class TestCodeNotMessage(RepairAll):
    """HED101, HED102 and HED103."""

    DESCRIPTION = "Test the stable error code or status instead of the error's text."
    select = ("HED101", "HED102", "HED103")


class DropNonRetryable(RepairAll):
    """HED201."""

    DESCRIPTION = "Do not retry what is documented as never retryable."
    select = ("HED201",)


class NarrowBlanketRetries(RepairAll):
    """HED202."""

    DESCRIPTION = "Leave errors that never succeed out of retries of everything."
    select = ("HED202",)


class HonourRetryAfter(RepairAll):
    """HED301, HED303 and HED304."""

    DESCRIPTION = "Wait before a retry as long as the header Retry-After says."
    select = ("HED301", "HED303", "HED304")


class TellQuotaFromRateLimit(RepairAll):
    """HED203."""

    DESCRIPTION = "Raise what waiting cannot cure instead of retrying each 429 alike."
    select = ("HED203",)


class BoundRetries(RepairAll):
    """HED204."""

    DESCRIPTION = "Give retries without an end a greatest number of attempts."
    select = ("HED204",)


class RespectRetryAfter(RepairAll):
    """HED302."""

    DESCRIPTION = "Remove the switches that make a library ignore Retry-After."
    select = ("HED302",)


class RenameUnknownCodes(RepairAll):
    """HED401."""

    DESCRIPTION = "Write misspelt error codes as the API's catalogue has them."
    select = ("HED401",)


class FollowEnvelope(RepairAll):
    """HED404."""

    DESCRIPTION = "Read the fields of an error body where the API puts them."
    select = ("HED404",)


class RemoveUnusedSuppressions(RepairAll):
    """HED901."""

    DESCRIPTION = "Remove the `# noqa: HED...` that suppress nothing."
    select = ("HED901",)
