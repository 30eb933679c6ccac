"""Where a project's settings stand: what the start and the settings look at alike."""

from __future__ import annotations

import os
from collections.abc import Iterator

_FILE = "pyproject.toml"


def settings_files(folder: str) -> Iterator[str]:
    """The pyproject.toml files of an absolute folder and of those above, innermost first.

    No further than a folder with `.git`: a folder in a clone, a file in a worktree or submodule.
    """
    while True:
        file = os.path.join(folder, _FILE)
        if os.path.isfile(file):
            yield file
        above = os.path.dirname(folder)
        if above == folder or os.path.exists(os.path.join(folder, ".git")):
            return
        folder = above
