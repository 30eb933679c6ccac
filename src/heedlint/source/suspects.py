"""The second look at a file, on Python's own syntax tree: where may a finding stand in it?"""

from __future__ import annotations

import ast

from heedlint.findings import Confidence
from heedlint.settings import Settings
from heedlint.source.flow import Flow, Suspects
from heedlint.source.idioms import ERRORS_ANSWER, HTTP_STATUS_NAMES
from heedlint.source.reader import read_flow
from heedlint.source.slices import slice_of
from heedlint.source.syntax import require_flat, tree_of
from heedlint.source.triage import says_api_wording
from heedlint.source.vocabulary import vocabulary

# What says of an error of any class that an HTTP server has sent it.
_OF_ANSWERS = (f".{ERRORS_ANSWER}".encode(), *(name.encode() for name in HTTP_STATUS_NAMES))


def suspected_part(
    text: str, source: bytes, settings: Settings, tree: ast.Module | None = None
) -> str | None:
    """What of a file's text, whose bytes passed the triage, a finding can depend on.

    `tree` is that of the text, where somebody has parsed it already.
    None only where the file certainly holds no finding and is Python as the running one knows it.
    The whole text where nothing can be left out; so where Python refuses it, and where rules are
    selected that are off by default: some ask for more than is looked at here. Raises
    `UnreadableSource` where the text nests deeper than anybody can follow.
    """
    if tree is None:
        try:
            tree = tree_of(text)
        except (SyntaxError, ValueError, SystemError):
            # SystemError: what Python 3.11 says where a thread of the caller's builds a tree, too.
            return text
    if settings.select or settings.extend_select:
        require_flat(tree)  # not every Python refuses what libcst dies of
        return text
    try:
        flow = read_flow(tree, source, vocabulary(settings))
        flow.knows_bodies |= bool(settings.catalogues or settings.default_catalogue)
        suspects = _suspects(flow, source, settings)
        return slice_of(text, tree, flow, suspects) if suspects else None
    except RecursionError:
        require_flat(tree)
        return text


def _suspects(flow: Flow, source: bytes, settings: Settings) -> Suspects:
    """The suspects of a file; below "likely", an error counts whose text is anybody's."""
    told = settings.min_confidence < Confidence.LIKELY
    if told or (flow.packages and any(word in source for word in _OF_ANSWERS)):
        return flow.suspects(told=True)
    suspects = flow.suspects(told=False)
    more = flow.suspects(told=True)
    return more if len(more) > len(suspects) and says_api_wording(source, settings) else suspects
