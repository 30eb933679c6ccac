"""Writes the documentation of the rules from the docstrings of their modules.

    python docs/generate.py           # write docs/rules.md and docs/rules/*.md
    python docs/generate.py --check   # exit status 1 where they are stale

A rule's docstring is its page: a summary in the first line, then the sections of `SECTIONS` in
this order. Nothing is written by hand, so a page cannot drift from its rule.
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType

DOCS = Path(__file__).resolve().parent
SECTIONS = (
    "What it does",
    "Why it matters",
    "Example",
    "Use instead",
    "Fix",
    "References",
)
NOTICE = "<!-- Written by docs/generate.py from the docstring of the rule: edit it there. -->"
FENCED = re.compile(r"^(`{3,})[^\n]*\n.*?^\1`*[ ]*$", re.MULTILINE | re.DOTALL)


class BadDocstring(Exception):
    """A rule whose docstring is no page."""


def split_docstring(module: ModuleType) -> tuple[str, str]:
    """The summary and the sections of a rule's docstring, checked."""
    docstring = inspect.cleandoc(module.__doc__ or "")
    summary, _, body = docstring.partition("\n")
    headings = re.findall(r"^## (.+)$", FENCED.sub("", body), re.MULTILINE)
    if not summary.endswith("."):
        raise BadDocstring(f"{module.__name__}: the first line is no sentence: {summary!r}")
    if tuple(headings) != SECTIONS:
        raise BadDocstring(
            f"{module.__name__}: the sections are {', '.join(headings) or 'none'};"
            f" expected {', '.join(SECTIONS)}"
        )
    return summary, body.strip()


def page(module: ModuleType) -> str:
    """The page of one rule."""
    rule = module.RULE
    summary, body = split_docstring(module)
    default = "On by default." if rule.default_on else "Off by default."
    parts = [NOTICE, f"# {rule.code} {rule.name}", f"{summary} {default}", body]
    return "\n\n".join(parts) + "\n"


def index(modules: Iterable[ModuleType]) -> str:
    """The table of all rules."""
    rows = [
        f"| [{rule.code}](rules/{rule.code}.md) | {rule.name} | {summary} |"
        f" {'on' if rule.default_on else 'off'} |"
        for rule, summary in ((module.RULE, split_docstring(module)[0]) for module in modules)
    ]
    table = ["| code | name | what it says | default |", "|---|---|---|---|", *rows]
    return "\n\n".join([NOTICE, "# Rules", "\n".join(table)]) + "\n"


def pages(modules: Sequence[ModuleType], docs: Path = DOCS) -> dict[Path, str]:
    """Every file of the rules' documentation and what it should hold."""
    wanted = {docs / "rules" / f"{module.RULE.code}.md": page(module) for module in modules}
    wanted[docs / "rules.md"] = index(modules)
    return wanted


def stale(wanted: dict[Path, str], docs: Path = DOCS) -> list[Path]:
    """The files that are missing, differ, or belong to no rule any more."""
    differing = [path for path, text in wanted.items() if read(path) != text]
    orphans = [path for path in (docs / "rules").glob("HED*.md") if path not in wanted]
    return sorted(differing + orphans)


def read(path: Path) -> str | None:
    """The text of a file, if there is one."""
    return path.read_text(encoding="utf-8") if path.exists() else None


def write(wanted: dict[Path, str], docs: Path = DOCS) -> list[Path]:
    """Brings the stale files up to date, and says which they were."""
    changed = stale(wanted, docs)
    for path in changed:
        if path in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], encoding="utf-8", newline="\n")
        else:
            path.unlink()
    return changed


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status 0, or 1 with `--check` where a page is stale."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args(argv)

    from heedlint.rules import load_rules  # noqa: PLC0415 - not needed for --help

    wanted = pages(list(load_rules()))
    changed = stale(wanted) if options.check else write(wanted)
    for path in changed:
        print(f"{'stale' if options.check else 'wrote'} {path.relative_to(DOCS.parent)}")
    return 1 if options.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
