"""The words by which programs speak of errors: for the look at a file as for its analysis.

One list for both, so that what the analysis learns to follow is not passed over before it.
"""

from __future__ import annotations

HEADER = "retry-after"
# Builtins that wrappers of APIs raise, too: no evidence for an API's error, none against it.
NEUTRAL_ERRORS = frozenset({"Exception", "BaseException", "RuntimeError", "ValueError"})
ERROR_NAMES = frozenset({"e", "ex", "exc", "err", "error", "exception", "exc_value", "last_error"})
ERROR_ENDINGS = ("_exc", "_error", "_err", "_exception", "_ex")
RESPONSE_NAMES = frozenset({"response", "resp"})
# Methods that look for something in a text, those of patterns, and those that part it.
TEST_METHODS = frozenset(
    {"startswith", "endswith", "find", "rfind", "index", "count", "__contains__"}
)
REGEX_FUNCTIONS = frozenset({"search", "match", "fullmatch", "findall", "finditer"})
SPLITTING = frozenset({"split", "partition", "rsplit", "rpartition"})
# Methods that give another form of a text.
TEXT_METHODS = frozenset(
    {
        "lower", "upper", "casefold", "strip", "lstrip", "rstrip", "replace", "decode", "encode",
        "format", "title", "capitalize", "split", "splitlines", "rsplit", "partition", "rpartition",
        "removeprefix", "removesuffix", "join", "expandtabs", "swapcase", "translate",
    }
)  # fmt: skip
# The names of helpers of other modules: what they make of an error is its text, unless they speak
# of another field.
TEXT_WORDS = frozenset(
    {"message", "msg", "text", "str", "string", "format", "detail", "details", "describe", "repr"}
)


def is_error_name(name: str) -> bool:
    """Whether a name is one that programs give to exceptions."""
    return name in ERROR_NAMES or name.endswith(ERROR_ENDINGS)
