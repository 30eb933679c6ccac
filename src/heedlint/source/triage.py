"""The first look at a file, on its bytes: can it hold a finding at all?

Every finding needs a word that ties the code to an API's errors (a client or retry library, or a
wording, code or status that only such errors carry) and a word of error handling. Both lists are
made from the profiles and catalogues in force, never by hand.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from heedlint.settings import Settings

_HANDLING = re.compile(
    rb"except|raises\b|assertRaises|\braise_for_status\b|\bstatus(?:_code)?\b|retry|Retry"
    rb"|\bexc\b|\berror\b|\bon_exception\b"
)


def is_candidate(source: bytes, settings: Settings) -> bool:
    """Whether a file can hold a finding; false only where it certainly holds none."""
    if _HANDLING.search(source) is None:
        return False
    return _subject(settings.catalogue_files, settings.profile_files).search(source) is not None


@lru_cache(maxsize=8)
def _subject(catalogue_files: tuple[str, ...], profile_files: tuple[str, ...]) -> re.Pattern[bytes]:
    from heedlint.clients.loader import load_clients, load_retry_profiles  # noqa: PLC0415
    from heedlint.contracts.loader import load_catalogues  # noqa: PLC0415

    words: set[str] = {"429", "codes", "HTTPStatus"}
    for client in load_clients(profile_files).values():
        words |= {module.split(".")[0] for module in client.modules}
        words |= {alias.split(".")[0] for alias in client.aliases}
        # A shorter chain means this client only where its package is imported.
        chains = [chain for chain in client.call_chains if chain.count(".") >= 2]
        words |= {chain.rpartition(".")[0] for chain in chains}
    for retry in load_retry_profiles(profile_files).values():
        words |= {module.split(".")[0] for module in retry.modules}
    for catalogue in load_catalogues(catalogue_files).values():
        words |= set(catalogue.hosts)
        for error in catalogue.errors:
            words |= {error.code, *error.wordings}
            # A part of a code names it, too: "rate_limit" of rate_limit_exceeded.
            words |= {"_".join(pair) for pair in pairwise(error.code.split("_"))}
    shortest = sorted((re.escape(word) for word in words if word), key=len)
    return re.compile("|".join(shortest).encode(), re.IGNORECASE)
