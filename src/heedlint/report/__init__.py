"""How findings are shown: one module per format, found by its place here.

A format's module has `render(findings, sources) -> str`, the text without a last line ending.
`NEEDS_SOURCES = True` in it asks for the texts of the files; others get an empty mapping. Modules
whose names begin with an underscore are no formats.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module

from heedlint.findings import Finding

Sources = Mapping[str, str]
# Where a rule is explained: this, then the rule's code and name. Empty until pages are published.
RULES_URL = ""


def formats() -> tuple[str, ...]:
    """The names of the formats, sorted; imports none of them."""
    names = (module.name for module in pkgutil.iter_modules(__path__))
    return tuple(sorted(name for name in names if not name.startswith("_")))


def render(
    output_format: str,
    findings: Sequence[Finding],
    read_sources: Callable[[Sequence[Finding]], Sources],
) -> str:
    """Renders `findings` in one of `formats()`.

    `read_sources` yields the decoded text of the findings' files by path; it is called only for a
    format that quotes them.
    """
    module = import_module(f"{__name__}.{output_format}")
    sources = read_sources(findings) if getattr(module, "NEEDS_SOURCES", False) else {}
    return str(module.render(findings, sources))


def rule_url(finding: Finding) -> str:
    """The page that explains the finding's rule; `""` while there is none."""
    return f"{RULES_URL}{finding.code.lower()}-{finding.name}" if RULES_URL else ""
