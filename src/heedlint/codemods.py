"""The repairs as libcst codemod commands.

    python -m libcst.tool codemod -x heedlint.codemods.RepairAll PATH

They are shells like the others: each hands the module's source to `fix_source`.
"""

from __future__ import annotations

import argparse
from typing import ClassVar

import libcst as cst
from libcst.codemod import CodemodCommand, CodemodContext

from heedlint.checker import fix_source
from heedlint.settings import Settings


class RepairAll(CodemodCommand):
    """Every repair that heedlint has."""

    DESCRIPTION: str = "Repair whatever breaks an API's documented error contract."
    select: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        context: CodemodContext,
        unsafe_fixes: bool = False,
        default_catalogue: str = "",
    ) -> None:
        super().__init__(context)
        self.unsafe_fixes = unsafe_fixes
        self.settings = Settings(select=self.select, default_catalogue=default_catalogue)

    @staticmethod
    def add_args(arg_parser: argparse.ArgumentParser) -> None:
        """Adds the options that the commands share."""
        arg_parser.add_argument(
            "--unsafe-fixes",
            dest="unsafe_fixes",
            action="store_true",
            help="also write the repairs whose intent is guessed",
        )
        arg_parser.add_argument(
            "--default-catalogue",
            dest="default_catalogue",
            default="",
            help="the contract that holds where nothing in the code tells",
        )

    def transform_module_impl(self, tree: cst.Module) -> cst.Module:
        """The repaired module; the same one where there is nothing to repair."""
        path = self.context.filename or "<stdin>"
        result = fix_source(tree.bytes, path, self.settings, unsafe=self.unsafe_fixes)
        return cst.parse_module(result.content) if result.changed else tree


class TestCodeNotMessage(RepairAll):
    """HED101, HED102 and HED103."""

    DESCRIPTION = "Test the stable error code or status instead of the error's text."
    select = ("HED101", "HED102", "HED103")


class DropNonRetryable(RepairAll):
    """HED201."""

    DESCRIPTION = "Leave out of retry sets what is documented as never retryable."
    select = ("HED201",)


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
