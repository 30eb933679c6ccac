"""From a libcst module to facts: names, API calls, roles, retry constructs and their replay."""
