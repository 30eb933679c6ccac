"""What only tells somebody something, and so decides nothing: calls, and lists of advice."""

from __future__ import annotations

import re

import libcst as cst

from heedlint.analysis.names import dotted

_SAYING = re.compile(
    r"(^|_)(log(s|ger|ging)?|print|echo|write|warn(ing)?|debug|info)(_|$)|^add_(\w+_)?note$"
    r"|^(error|exception|critical)$"
    r"|^_*(show|display|present)_(\w+_)?(error|warning|message|hint)s?$",
    re.I,
)
_LOGGER = re.compile(r"(^|_)log(ger|ging)?$", re.I)
_ADVICE = re.compile(r"(^|_)(hint|tip|suggestion|advice|note|recommendation|remed(y|ie))s?$", re.I)


def only_says(call: cst.Call) -> bool:
    """Whether a call logs or prints, by its name: `logger.error`, `print`, `log_failure`."""
    *owners, last = dotted(call.func).split(".")
    return bool(_SAYING.search(last)) or any(map(_LOGGER.search, owners))


def holds_advice(name: str) -> bool:
    """Whether a list of this name holds what people are told to do: `hints`, `suggestions`."""
    return bool(_ADVICE.search(name))
