"""PyGithub; see clients/sdk_modules.py."""

from __future__ import annotations

from typing import Any

import github
import pytest
import requests
from github.Repository import Repository
from pytest_httpserver import HTTPServer

from clients import profile_checks

BODY = {"message": "the text", "documentation_url": "https://docs.example"}
# These two are told by their texts as well; see test_sdk_particulars.
STATUSES = [status for status in profile_checks.STATUSES if status not in (401, 404)]


def error(server: HTTPServer, retries: int | None = 0) -> BaseException:
    given: dict[str, Any] = {"seconds_between_requests": 0}
    if retries is not None:
        given["retry"] = github.GithubRetry(total=retries) if retries else None
    found = github.Github(base_url=server.url_for(""), **given)
    with pytest.raises((github.GithubException, requests.RequestException)) as caught:
        found.get_repo("owner/name")
    return caught.value


def client() -> tuple[github.Github, Repository]:
    found = github.Github(lazy=True)
    return found, found.get_repo("owner/name")
