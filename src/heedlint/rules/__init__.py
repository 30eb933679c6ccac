"""The rules: one module each, found by its place here and named by its file.

`hed101_branch_on_message.py` is the rule HED101, `branch-on-message`. Looking up codes reads file
names alone; a rule's module, and libcst with it, is imported only to run or explain the rule.
"""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterable
from functools import lru_cache
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from heedlint.errors import ConfigurationError

if TYPE_CHECKING:
    from heedlint.rules.model import Rule
    from heedlint.settings import Settings

_MODULE = re.compile(r"(hed\d{3})_(\w+)")
_EVERYTHING = "ALL"


@lru_cache(maxsize=1)
def _modules() -> dict[str, str]:
    names = (module.name for module in pkgutil.iter_modules(__path__))
    return {match[1].upper(): match[0] for match in map(_MODULE.fullmatch, sorted(names)) if match}


def rule_codes() -> dict[str, str]:
    """The name of every rule by its code, in the order of the codes; imports no rule."""
    return {code: module[7:].replace("_", "-") for code, module in _modules().items()}


def load_rules() -> tuple[ModuleType, ...]:
    """Imports every rule's module; each has its `RULE`. In the order of their codes."""
    return tuple(map(load_rule, _modules()))


def load_rule(name: str) -> ModuleType:
    """Imports one rule's module, by code or name in any case.

    Raises `ConfigurationError` for a rule that there is not, naming the nearest.
    """
    names = rule_codes()
    by_name = {rule_name: code for code, rule_name in names.items()}
    code = by_name.get(name.lower(), name.upper())
    if code not in names:
        known = (*names, *by_name)
        raise ConfigurationError(f"there is no rule {name!r}{_nearest(code, name.lower(), known)}")
    return import_module(f"{__name__}.{_modules()[code]}")


def validate_codes(codes: Iterable[str], where: str = "--select") -> None:
    """Raises `ConfigurationError` for a code or prefix that no rule has.

    The message begins with `where`, the setting that holds the codes, and names the nearest.
    """
    for code in codes:
        if not _is_prefix(code):
            upper = code.upper()
            known = (upper,) if _is_prefix(upper) else (*rule_codes(), "HED", _EVERYTHING)
            raise ConfigurationError(
                f"{where}: {code!r} is no rule's code, nor the beginning of one"
                f"{_nearest(upper, code, known)}"
            )


def _is_prefix(code: str) -> bool:
    return code == _EVERYTHING or any(rule.startswith(code) for rule in rule_codes() if code)


def enabled(settings: Settings, rule: Rule) -> bool:
    """Whether `settings` let `rule` report.

    As in flake8: of the prefixes selected and ignored the longest wins, and the ignored one where
    they are equal. A rule that is off by default runs only where a prefix selects it; `ALL`
    selects (or ignores) every rule and yields to any prefix.
    """
    selected = _longest(rule.code, (*settings.select, *settings.extend_select))
    ignored = _longest(rule.code, settings.ignore)
    if ignored >= 0:
        return selected > ignored
    return selected >= 0 or (rule.default_on and not settings.select)


def _longest(code: str, prefixes: Iterable[str]) -> int:
    """The length of the longest prefix that `code` has, 0 for ALL; -1 where none fits."""
    lengths = (
        0 if prefix == _EVERYTHING else len(prefix)
        for prefix in prefixes
        if prefix == _EVERYTHING or (prefix and code.startswith(prefix))
    )
    return max(lengths, default=-1)


def _nearest(code: str, name: str, known: Iterable[str]) -> str:
    import difflib  # noqa: PLC0415 - only for a mistake

    words = sorted(known)
    near = difflib.get_close_matches(code, words, n=1) or difflib.get_close_matches(name, words, 1)
    return f"; did you mean {near[0]}?" if near else "; `heedlint rules` lists them"
