"""Calls that only tell somebody something: what they are given decides nothing."""

from __future__ import annotations

import re

import libcst as cst

from heedlint.analysis.names import dotted

_SAYING = re.compile(
    r"(^|_)(log(s|ger|ging)?|print|echo|write|warn(ing)?|debug|info)(_|$)|^add_(\w+_)?note$"
    r"|^(error|exception|critical)$",
    re.I,
)
_LOGGER = re.compile(r"(^|_)log(ger|ging)?$", re.I)


def only_says(call: cst.Call) -> bool:
    """Whether a call logs or prints, by its name: `logger.error`, `print`, `log_failure`."""
    *owners, last = dotted(call.func).split(".")
    return bool(_SAYING.search(last)) or any(map(_LOGGER.search, owners))
