"""Code that talks to no API has nothing to heed: Python's own modules give no finding."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest

from heedlint import Settings, check_source
from heedlint.walk import SUFFIXES

STDLIB = Path(sysconfig.get_path("stdlib"))
# Packages installed beside it, and files that are no Python on purpose.
LEFT_OUT = {"site-packages", "dist-packages", "test", "tests", "lib2to3", "__pycache__"}


@pytest.mark.slow
def test_the_standard_library_gives_no_finding() -> None:
    files = [
        path
        for path in sorted(STDLIB.rglob("*"))
        if path.suffix in SUFFIXES and LEFT_OUT.isdisjoint(path.relative_to(STDLIB).parts)
    ]
    assert len(files) > 300
    settings = Settings(extend_select=("ALL",))
    findings = [f for path in files for f in check_source(path.read_bytes(), str(path), settings)]
    assert [(f.path, f.start.line, f.code) for f in findings] == []
