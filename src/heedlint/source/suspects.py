"""The second look at a file, on Python's own syntax tree: may a finding stand anywhere in it?"""

from __future__ import annotations

import ast
import warnings

from heedlint.findings import Confidence
from heedlint.settings import Settings
from heedlint.source.reader import read_flow
from heedlint.source.triage import says_api_wording
from heedlint.source.vocabulary import vocabulary


def has_suspects(
    text: str, source: bytes, settings: Settings, tree: ast.Module | None = None
) -> bool:
    """Whether a file's text, whose bytes passed the triage, can hold a finding.

    `tree` is that of the text, where somebody has parsed it already.
    False only where it certainly holds none and is Python as the running one knows it; what that
    refuses, or nests deeper than it takes, is left to the analysis, and so is every file where
    rules are selected that are off by default: some ask for more than is looked at here.
    """
    if settings.select or settings.extend_select:
        return True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of invalid escapes: not our business
            tree = ast.parse(text) if tree is None else tree
        flow = read_flow(tree, source, vocabulary(settings))
        flow.knows_bodies |= bool(settings.catalogues or settings.default_catalogue)
    except (SyntaxError, ValueError, RecursionError, MemoryError, SystemError):
        # SystemError: what Python 3.11 says where a thread of the caller's builds a tree as well.
        return True
    if flow.suspects(told=False):
        return True
    # Below "likely", an error counts whose text is anybody's.
    told = settings.min_confidence < Confidence.LIKELY or says_api_wording(source, settings)
    return told and bool(flow.suspects(told=True))
