"""What the tests of the retry profiles ask for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytest_httpserver import HTTPServer

from clients.retry_far_end import HIGHEST, FarEnd, serve
from clients.retry_runs import POLICIES, Settings, Trace, run

Trial = Callable[..., Trace]


@pytest.fixture
def trial(httpserver: HTTPServer) -> Trial:
    """`run`, with a far end behind the local server where the policy retries exchanges."""

    def runs(
        name: str, far_end: FarEnd, settings: Settings | None = None, dice: float = HIGHEST
    ) -> Trace:
        if POLICIES[name].shape == "exchange":
            serve(httpserver, far_end)
        return run(name, far_end, settings, dice)

    return runs
