"""All that the rules may ask about one module, worked out on demand."""

from __future__ import annotations

from functools import cached_property

import libcst as cst

from heedlint.analysis.ambiguities import Ambiguities, Ambiguity
from heedlint.analysis.body_readings import BodyReading, BodyReadings
from heedlint.analysis.bounds import bounds_of
from heedlint.analysis.calls import Calls
from heedlint.analysis.field_tests import FieldTest, FieldTests
from heedlint.analysis.header_readings import HeaderReading, HeaderReadings
from heedlint.analysis.knowledge import Knowledge
from heedlint.analysis.loops import Loops
from heedlint.analysis.names import Names
from heedlint.analysis.origins import Origins
from heedlint.analysis.owners import Owners
from heedlint.analysis.pinned_fields import PinnedFields
from heedlint.analysis.policies import Policies
from heedlint.analysis.policy_uses import PolicyUse
from heedlint.analysis.reaching import Reaching
from heedlint.analysis.retries import Bounds, RetryConstruct
from heedlint.analysis.roles import Roles
from heedlint.analysis.text_tests import TextTest, TextTests
from heedlint.analysis.tree import Tree
from heedlint.clients.model import Role
from heedlint.source.lines import habitual_width
from heedlint.source.parse import parse
from heedlint.source.positions import Positions


class Facts:
    """A module as the rules see it. `text` is what was parsed, `path` as the caller gave it.

    `line_length` is how long the lines of repairs may get; 0: as long as the file's own.
    """

    def __init__(self, text: str, path: str, knowledge: Knowledge, line_length: int = 0) -> None:
        """Raises `UnreadableSource` for a text that is no Python."""
        self.text = text
        self.path = path
        self._line_length = line_length
        self.knowledge = knowledge
        self.tree = Tree(parse(text))
        self.names = Names(self.tree, knowledge.names.canonical)
        self.calls = Calls(self.tree, self.names, knowledge)
        self.origins = Origins(self.tree, self.names, self.calls)
        self.roles = Roles(self.tree, self.names, self.calls, self.origins)

    @cached_property
    def positions(self) -> Positions:
        """Where the nodes stand; only for what is reported."""
        return Positions(self.tree.module, self.text, self.tree.ancestors)

    @cached_property
    def width(self) -> int:
        """How many characters a line of the file may have: as told, else as its lines do."""
        return self._line_length or habitual_width(self.text)

    def source(self, node: cst.CSTNode) -> str:
        """The text of a node as it stands in the file, with parentheses of its own.

        Other than `tree.code`, it keeps the indentation of further lines.
        """
        code = self.tree.code(node)
        return self.positions.text(node) if "\n" in code else code

    def told(self, node: cst.CSTNode) -> str:
        """The text of a node as a message tells it: on one line."""
        return " ".join(self.tree.code(node).split())

    @cached_property
    def text_tests(self) -> tuple[TextTest, ...]:
        """Where an API's human-readable text decides, in source order."""
        found = TextTests(self.roles).all()
        return tuple(sorted(found, key=lambda test: self.tree.order(test.node)))

    @cached_property
    def owners(self) -> Owners:
        """Tells what the stable field can be read from where a text is tested."""
        return Owners(self.roles)

    @cached_property
    def field_tests(self) -> tuple[FieldTest, ...]:
        """Where an error's code or status is compared with constants, in source order."""
        found = (test for test in self._all_field_tests if test.value.role is not Role.TYPE)
        return tuple(sorted(found, key=lambda test: self.tree.order(test.element)))

    @cached_property
    def _all_field_tests(self) -> tuple[FieldTest, ...]:
        return tuple(FieldTests(self.roles).all())

    @cached_property
    def pinned_fields(self) -> PinnedFields:
        """Tells what the tests around a text test have settled."""
        return PinnedFields(self.roles, self._all_field_tests, self.reaching.statuses)

    @cached_property
    def reaching(self) -> Reaching:
        """Tells which documented errors can get to a test."""
        return Reaching(self.roles)

    @cached_property
    def ambiguities(self) -> tuple[Ambiguity, ...]:
        """Where a status decides alone although several codes have it."""
        return tuple(Ambiguities(self.roles, self.field_tests).all())

    @cached_property
    def body_readings(self) -> tuple[BodyReading, ...]:
        """Where a field of an error body is looked for in the wrong place."""
        return tuple(BodyReadings(self.roles).all())

    @cached_property
    def constructs(self) -> tuple[RetryConstruct, ...]:
        """The retry constructs that certainly try some documented error again."""
        return (*Loops(self.roles).all(), *self._policies.all())

    @cached_property
    def _policies(self) -> Policies:
        return Policies(self.roles)

    @cached_property
    def delay_readings(self) -> tuple[TextTest, ...]:
        """Where the seconds to wait are read out of an API error's text, in source order."""
        found = TextTests(self.roles).delays()
        return tuple(sorted(found, key=lambda test: self.tree.order(test.node)))

    @cached_property
    def header_readings(self) -> tuple[HeaderReading, ...]:
        """Where `Retry-After` is read in a way that real answers break."""
        return tuple(HeaderReadings(self.roles).all())

    @cached_property
    def policies(self) -> tuple[PolicyUse, ...]:
        """The retry policies that the module makes."""
        uses = self._policies.uses
        made = (uses.made_here(call) for call in self.tree.all(cst.Call))
        return tuple(use for use in made if use is not None)

    def policy_at(self, node: cst.CSTNode) -> PolicyUse | None:
        """The policy that a call, or a bare name, makes."""
        return self._policies.uses.made_here(node)

    def bounds_of(self, use: PolicyUse) -> Bounds:
        """What ends the tries of a policy."""
        return bounds_of(use, self._policies.stops)

    def in_test(self, node: cst.CSTNode) -> bool:
        """Whether `node` stands in a test function or test class (pytest, unittest)."""
        for outer in (node, *self.tree.ancestors(node)):
            match outer:
                case cst.FunctionDef(name=cst.Name(value=name)) if name.startswith("test"):
                    return True
                case cst.ClassDef(name=cst.Name(value=name)) if name.startswith("Test"):
                    return True
        return False
