"""What the names of functions and the paths of URLs say."""

from __future__ import annotations

import pytest

from heedlint.source.idioms import (
    is_health_path,
    renews_credentials,
    slows_down,
    waits_for_server,
)


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("wait_for_server", True),
        ("_wait_http_up", True),
        ("wait_until_ready", True),
        ("waitForServer", True),
        ("ensure_server_is_running", True),
        ("poll_until_healthy", True),
        ("wait_for_completion", False),
        ("wait_for_update", False),
        ("start_server", False),
        ("upload", False),
    ],
)
def test_names_of_functions_that_wait_for_a_server(name: str, holds: bool) -> None:
    assert waits_for_server(name) is holds


@pytest.mark.parametrize(
    ("path", "holds"),
    [
        ("/health", True),
        ("/healthz/", True),
        ("/api/v1/readyz", True),
        ("/ping?verbose=1", True),
        ("/v1/status", True),
        ("/jobs/7/status", False),
        ("/healthcare", False),
        ("/ping/pong", False),
        ("", False),
    ],
)
def test_paths_at_which_servers_say_that_they_are_up(path: str, holds: bool) -> None:
    assert is_health_path(path) is holds


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("refresh_token", True),
        ("login", True),
        ("_log_in", True),
        ("reauthenticate", True),
        ("rotate_key", True),
        ("next_api_key", True),
        ("log_info", False),
        ("logging", False),
        ("report_authentication_error", False),
        ("next_page", False),
    ],
)
def test_names_of_functions_that_get_other_credentials(name: str, holds: bool) -> None:
    assert renews_credentials(name) is holds


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("self.wait", True),
        ("limiter.acquire", True),
        ("_respect_rate_limit", True),
        ("throttle", True),
        ("wait_for", False),
        ("lock.acquire", False),
    ],
)
def test_names_of_limiters(name: str, holds: bool) -> None:
    assert slows_down(name) is holds
