"""Which client profiles are checked with the rarer SDKs, and what their modules say.

A module of `clients/sdks` is named as its profile, with `_` for what no module name may have. It
is imported only where the SDK is installed, and says:

`error(server, retries=0)`  one real call to the local server, which answers any path; returns the
                            exception. The SDK may try again so many times; None: as by default.
`client()`                  an object of the SDK, or a tuple of them, to look for call chains and
                            methods in; needed where the profile states such.
`BODY`                      what the API answers to a failed call; else that of `profile_checks`.
`HEADERS`                   what it sends along; else those of `profile_checks`.
`EXPECTED`                  for BODY: the values of the roles that the shape of `profile_checks`
                            does not show.
`body(error)`               the body of the answer, where the program has to parse it itself.
`STATUSES`                  those that the API can answer; else those of `profile_checks`.
`RETRY_HEADERS`             what a server sends to an SDK that is to try again; else HEADERS.
`headers_for(code)`         the headers by which the API says an error's code; this or the next is
                            needed where the profile states classes for codes.
`coded_error(server, code)` the exception that an answer with this code is raised as, where no
                            header says it.
`EXPORTING`                 the modules whose exceptions the profile has to name; else its modules.
`SAYING`                    the modules in whose packages the profile's own texts stand; else the
                            first of its modules.
`REMOVED_MEMBERS`           members of roles.ERROR that are gone, and kept for old code.
`OTHER_MEMBERS`             members of roles.ERROR that only errors of another class have.
`REMOVED_NAMES`             aliases and functions that are gone, and kept for old code.
`REMOVED_CHAINS`            call chains that are gone, and kept for old code.
`NOT_FOR_PROFILES`          exported exceptions that are no errors of a call.
`MAKERS`                    functions that make a client, and stand for its class as an alias.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import platform
import re
from pathlib import Path
from typing import Any

import pytest

from heedlint.clients.loader import load_clients
from heedlint.clients.model import ClientProfile

_FOLDER = Path(__file__).with_name("sdks")
# With it, a missing package is a failure: for the run that has installed them all.
_ALL = "HEEDLINT_ALL_PROFILES"


def _module(profile: ClientProfile) -> str:
    return re.sub(r"\W", "_", profile.name)


def _has_module(profile: ClientProfile) -> bool:
    return (_FOLDER / f"{_module(profile)}.py").exists()


RARER = {name: p for name, p in load_clients().items() if _has_module(p)}
COMMON = {name: p for name, p in load_clients().items() if not _has_module(p)}


def installed_version(profile: ClientProfile) -> str:
    """The version of a profile's library; "" where it is not installed.

    The distribution `python` is the standard library.
    """
    if profile.distribution == "python":
        return platform.python_version()
    try:
        return importlib.metadata.version(profile.distribution)
    except importlib.metadata.PackageNotFoundError:
        return ""


def sdk_of(profile: ClientProfile) -> Any:
    """The module of a profile; skips the test where the SDK is not installed."""
    if not installed_version(profile):
        reason = f"{profile.distribution} is not installed"
        if os.environ.get(_ALL):
            pytest.fail(reason)
        pytest.skip(reason)
    return importlib.import_module(f"clients.sdks.{_module(profile)}")
