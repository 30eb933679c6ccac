"""A repair in terms of the tree: which nodes are replaced by which source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import libcst as cst

from heedlint.findings import Applicability


@dataclass(frozen=True, eq=False)
class Replacement:
    """Puts `code` where `node` stands; the text around it is left as it is.

    The node's own parentheses stay, unless `whole` says that they go, too.
    """

    node: cst.CSTNode
    code: str
    whole: bool = False


@dataclass(frozen=True, eq=False)
class Removal:
    """Takes `node`, one of a list of siblings, out: with the comma and space that it needs."""

    node: cst.Element | cst.Arg | cst.BaseSmallStatement
    preceding: cst.CSTNode | None
    following: cst.CSTNode | None


@dataclass(frozen=True, eq=False)
class LineRemoval:
    """Takes `statement`, which has its lines for itself, out with them.

    A comment behind it stays, on a line of its own, unless it speaks to tools.
    """

    statement: cst.SimpleStatementLine


@dataclass(frozen=True, eq=False)
class Insertion:
    """Puts `code`, whole lines, before the statement `node`, or `after` it.

    `code` is indented by fours from the left margin; it gets the statement's own indentation, and
    the file's own steps. The statement must be the first, or the last, of its line.
    """

    node: cst.CSTNode
    code: str
    after: bool = False


class CannotBeWritten(Exception):
    """A repair needs what its place cannot have; the text says what. It is only shown then."""


Change: TypeAlias = Replacement | Removal | LineRemoval | Insertion


@dataclass(frozen=True, eq=False)
class Leftover:
    """A statement that may go where repairs take all names in `uses` away; `reads` go with it."""

    removal: LineRemoval
    uses: tuple[cst.Name, ...]
    reads: tuple[cst.Name, ...]


@dataclass(frozen=True, eq=False)
class Plan:
    """A repair and what it is worth; without changes it is only shown.

    `gone` are the names that it takes away, and `leftovers` what nothing may need without them.
    """

    applicability: Applicability
    message: str
    changes: tuple[Change, ...] = ()
    gone: tuple[cst.Name, ...] = ()
    leftovers: tuple[Leftover, ...] = ()
