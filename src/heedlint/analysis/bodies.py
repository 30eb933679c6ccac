"""The shapes of an error's body: the envelopes that are documented, and problem documents."""

from __future__ import annotations

import libcst as cst

from heedlint.analysis.conditions import conditions
from heedlint.analysis.constants import constant
from heedlint.analysis.names import Names
from heedlint.analysis.origins import Origin
from heedlint.analysis.tree import Tree, walk
from heedlint.clients.model import Role
from heedlint.contracts.model import Envelope
from heedlint.findings import Confidence

# Of a problem document (RFC 9457, section 3.1): what is for people, and what is stable.
PROBLEM_KEYS = {"title": Role.MESSAGE, "detail": Role.MESSAGE, "type": Role.TYPE}
_PROBLEM_TYPE = "problem+json"
_NAMING = (cst.SimpleString, cst.Name)
_TEXT_KEYS = frozenset({"errormessage", "errordescription", "errormsg"})
_USUAL = Envelope()


def stated_envelopes(origin: Origin) -> list[Envelope]:
    """The shapes that the contracts in force document for a body."""
    return [c.envelope for c in origin.catalogues if c.envelope is not None]


def error_object_path(origin: Origin) -> tuple[str, ...]:
    """The keys that lead from a body to its error object."""
    return (stated_envelopes(origin) or [_USUAL])[0].message[:-1]


def role_at(origin: Origin, path: tuple[str, ...]) -> Role | None:
    """What stands in a body at a path of keys; by the usual shape where none is documented."""
    stated = stated_envelopes(origin)
    for envelope in stated or [_USUAL]:
        leaves = {
            envelope.message: Role.MESSAGE, envelope.code: Role.CODE, envelope.type: Role.TYPE
        }  # fmt: skip
        if path in leaves:
            return leaves[path]
        if any(leaf[: len(path)] == path for leaf in leaves):
            return Role.ERROR_OBJECT
    return None if stated else _role_by_keys(path)


def _role_by_keys(path: tuple[str, ...]) -> Role | None:
    """What stands in a body of no documented shape, by the words that APIs use for it."""
    last = path[-1].lower().replace("_", "")
    if last == "message" or last in _TEXT_KEYS:
        return Role.MESSAGE if len(path) == 1 or "error" in path[0].lower() else None
    return Role.ERROR_OBJECT if len(path) == 1 and "error" in last else None


class ProblemDocuments:
    """Tells where a module deals with problem documents (RFC 9457, formerly RFC 7807)."""

    def __init__(self, tree: Tree, names: Names) -> None:
        self.tree = tree
        self.names = names

    def may_be_at(self, node: cst.CSTNode, origin: Origin) -> bool:
        """Whether a body may be one: by its API, or by the content type that is tested."""
        known = origin.confidence > Confidence.POSSIBLE
        if known and any(catalogue.problem_documents for catalogue in origin.catalogues):
            return True
        return self.are_at(node)

    def are_at(self, node: cst.CSTNode) -> bool:
        """Whether a branch around `node` runs for problem documents alone (RFC 9457, section 3)."""
        return any(
            holds and self._asks_for_them(test) for test, holds in conditions(self.tree, node)
        )

    def _asks_for_them(self, test: cst.BaseExpression) -> bool:
        """Whether a test compares something with the content type of problem documents."""
        named = [constant(n, self.names) for n in walk(test) if isinstance(n, _NAMING)]
        negated = any(isinstance(n, (cst.NotEqual, cst.NotIn)) for n in walk(test))
        return not negated and any(isinstance(n, str) and _PROBLEM_TYPE in n for n in named)
