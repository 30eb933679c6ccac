"""python-gitlab; see clients/sdk_modules.py."""

from __future__ import annotations

from typing import Any

import gitlab
import pytest
from pytest_httpserver import HTTPServer

BODY = {"message": "the text"}
MAKERS = ["gitlab.Gitlab.from_config", "gitlab.Gitlab.merge_config"]


def error(server: HTTPServer, retries: int | None = 0, **options: Any) -> BaseException:
    given = {} if retries is None else {"max_retries": retries}
    with pytest.raises(gitlab.GitlabError) as caught:
        gitlab.Gitlab(server.url_for(""), **options).http_get("/projects", **given)
    return caught.value


def client() -> tuple[Any, ...]:
    found = gitlab.Gitlab("http://127.0.0.1:9")
    project = found.projects.get(1, lazy=True)
    request = project.mergerequests.get(1, lazy=True)
    return found, project, request, found.groups.get(1, lazy=True)
