"""From bytes to a libcst module: triage, slice, decode, parse, positions, suppressions."""
