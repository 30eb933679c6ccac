"""heedlint checks that Python code heeds an API's documented errors.

The public API is two functions and what they yield; they are imported on first use, so that
`import heedlint` costs nothing to a caller that needs only the version.
"""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers take it for typing's, which costs as much as the rest
if TYPE_CHECKING:
    from heedlint.checker import check_source, fix_source
    from heedlint.findings import Finding, FixResult
    from heedlint.settings import Settings

__version__ = "0.1.0"
__all__ = ["Finding", "FixResult", "Settings", "__version__", "check_source", "fix_source"]

_HOMES = {
    "check_source": "heedlint.checker",
    "fix_source": "heedlint.checker",
    "Finding": "heedlint.findings",
    "FixResult": "heedlint.findings",
    "Settings": "heedlint.settings",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'heedlint' has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - the point is to import late

    return getattr(import_module(_HOMES[name]), name)
