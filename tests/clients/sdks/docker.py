"""Docker's SDK; see clients/sdk_modules.py."""

from __future__ import annotations

from typing import Any

import docker
import pytest
from docker.models.containers import Container
from pytest_httpserver import HTTPServer

EXPORTING = ["docker.errors"]
BODY = {"message": "the text"}
MAKERS = {
    "docker.DockerClient.from_env",
    "docker.client.DockerClient.from_env",
    "docker.client.from_env",
    "docker.from_context",
    "docker.from_env",
}


def error(server: HTTPServer, retries: int | None = 0) -> Any:
    with pytest.raises(docker.errors.APIError) as caught:
        made(server.url_for("").rstrip("/")).images.get("x")
    return caught.value


def client() -> tuple[Any, ...]:
    found = made("tcp://127.0.0.1:9")
    return found, found.api, Container()


def made(url: str) -> docker.DockerClient:
    return docker.DockerClient(url, version="1.44")
