"""`python -m heedlint`."""

from __future__ import annotations

from heedlint.cli import main

if __name__ == "__main__":
    main(prog_name="heedlint")
