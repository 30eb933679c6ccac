"""Which `except` takes which error, and whether that says much about the error."""

from __future__ import annotations

import libcst as cst

from heedlint.analysis.constants import elements
from heedlint.analysis.replay.state import State
from heedlint.analysis.replay.values import Fault, Opaque, Part, Raised, Taint, Value
from heedlint.clients.lookup import Names
from heedlint.clients.model import Role


def is_raised_as(known: Names, fault: Fault, name: str) -> bool | None:
    """Whether an error is raised as the class with a qualified name; None where unknown."""
    if known.is_subclass(fault.exception, name):
        return True
    if known.is_exception(name):
        return False
    # A class that no profile knows: another package's has nothing to do with the error.
    own = name.split(".", maxsplit=1)[0] in {m.split(".")[0] for m in fault.profile.modules}
    return None if own or name.startswith(".") or "." not in name else False


class Catching(State):
    """Tells of which classes an exception is."""

    def _catches(self, handler: cst.ExceptHandler | cst.ExceptStarHandler, value: Value) -> bool:
        if handler.type is None:
            self._decided(handler, handler, True, holds=True)
            return True
        verdict = self.matches(value, handler.type)
        if verdict is None:
            return self.decide(Opaque(frozenset({Taint.ERROR})))
        element, holds = verdict
        if holds:
            self._decided(handler, element, self.is_broad(element), holds=True)
        return holds

    def matches(
        self, value: Value, classes: cst.BaseExpression
    ) -> tuple[cst.CSTNode | None, bool] | None:
        """Whether an exception is of one of the classes, and by which; None where unknown."""
        unknown = False
        items = elements(classes, self.roles.names)
        for item in items if items is not None else [classes]:
            found = self._is_a(value, item)
            if found:
                return item, True
            unknown = unknown or found is None
        return None if unknown else (None, False)

    def _is_a(self, value: Value, klass: cst.BaseExpression) -> bool | None:
        definition = self.roles.names.definition(klass)
        match value:
            case Part(role=Role.ERROR) if isinstance(definition, cst.ClassDef):
                return False  # the SDK raises no class of this file
            case Raised(definition=own) if own is not None:
                return self._own_class(own, klass, definition)
        return self.is_of_class(value, self.roles.names.qualified(klass))

    def is_of_class(self, value: Value, name: str) -> bool | None:
        """Whether an exception is of the class with a qualified name; None where unknown."""
        known = self.roles.origins.knowledge.names
        match value:
            case Part(role=Role.ERROR, fault=fault) if name:
                verdict = is_raised_as(known, fault, name)
                self.verdicts.add((name, verdict))
                return verdict
            case Raised(definition=own) if own is not None:
                return self._derives(own, name)
            case Raised(klass=raised) if name and raised:
                if known.is_exception(name) and known.is_exception(raised):
                    return known.is_subclass(raised, name)
                return True if name in (raised, "Exception", "BaseException") else None
        return None

    def _derives(self, own: cst.ClassDef, name: str) -> bool | None:
        """Whether a class of this file derives from another package's; None where unknown."""
        known = self.roles.origins.knowledge.names
        if name in ("Exception", "BaseException"):
            return True
        unknown = False
        for base in own.bases:
            definition = self.roles.names.definition(base.value)
            base_name = self.roles.names.qualified(base.value)
            if isinstance(definition, cst.ClassDef) and definition is not own:
                found = self._derives(definition, name)
            else:
                found = known.is_subclass(base_name, name) if base_name else None
                found = found or (False if known.is_exception(base_name) else None)
            if found:
                return True
            unknown = unknown or found is None
        return None if unknown else False

    def _own_class(
        self, own: cst.ClassDef, klass: cst.BaseExpression, definition: cst.CSTNode | None
    ) -> bool | None:
        if definition is own:
            return True
        if self.roles.names.qualified(klass) in ("Exception", "BaseException"):
            return True
        for base in own.bases:
            parent = self.roles.names.definition(base.value)
            if isinstance(parent, cst.ClassDef) and parent is not own:
                found = self._own_class(parent, klass, definition)
                if found or found is None:
                    return found
            else:
                base_name, name = map(self.roles.names.qualified, (base.value, klass))
                known = self.roles.origins.knowledge.names
                if name and base_name and known.is_subclass(base_name, name):
                    return True
                if not base_name:
                    return None
        return False

    def is_broad(self, element: cst.CSTNode | None) -> bool:
        """Whether a class stands for more than one status, or code."""
        name = self.roles.names.qualified(element) if element is not None else "BaseException"
        found = self.roles.origins.knowledge.exception_class(name)
        return found is None or len(found.codes or found.statuses) != 1
