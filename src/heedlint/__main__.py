"""`python -m heedlint`."""

from __future__ import annotations

from heedlint.start import main

if __name__ == "__main__":
    main()
