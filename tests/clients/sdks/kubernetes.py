"""The Kubernetes client; see clients/sdk_modules.py."""

from __future__ import annotations

import json
from typing import Any

import pytest
from kubernetes import client as k8s
from kubernetes.client import rest
from pytest_httpserver import HTTPServer

from heedlint.clients.model import Role

EXPORTING = ["kubernetes.client.exceptions", "kubernetes.config", "kubernetes.dynamic.exceptions"]
BODY = {"kind": "Status", "message": "the text", "reason": "TooManyRequests", "code": 429}
EXPECTED = {Role.CODE: BODY["reason"]}
OTHER_MEMBERS = {"summary()"}


def error(server: HTTPServer, retries: int | None = 0) -> Any:
    with pytest.raises(rest.ApiException) as caught:
        api(server.url_for("").rstrip("/"), retries).list_namespaced_pod("x")
    return caught.value


def body(error: Any) -> Any:
    return json.loads(error.body)


def client() -> tuple[Any, ...]:
    names = ("AppsV1Api", "BatchV1Api", "CoreV1Api", "CustomObjectsApi", "NetworkingV1Api")
    return tuple(getattr(k8s, name)() for name in names)


def api(url: str, retries: int | None) -> k8s.CoreV1Api:
    return k8s.CoreV1Api(k8s.ApiClient(k8s.Configuration(host=url, retries=retries)))
