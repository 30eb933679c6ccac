"""Repairs: one module per kind, each yielding a plan of replacements."""
