"""What every test may ask for; it also makes examples/, benchmarks/ and docs/ importable."""

from __future__ import annotations

import ssl
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import certifi
import pytest
from pytest_httpserver import HTTPServer

ROOT = Path(__file__).resolve().parent.parent
for folder in ("tests", "examples", "benchmarks", "docs"):
    if str(ROOT / folder) not in sys.path:
        sys.path.append(str(ROOT / folder))

from api_server import PyAIServer  # noqa: E402 - found through the path above


@pytest.fixture(scope="session")
def httpserver_listen_address() -> tuple[str, int]:
    """An address that needs no name resolution."""
    return ("127.0.0.1", 0)


@pytest.fixture(scope="session")
def one_certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with one authority: for clients that read all of them, and then only talk http."""
    bundle = Path(certifi.where()).read_text(encoding="utf-8")
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    path = tmp_path_factory.mktemp("certificates") / "one.pem"
    path.write_text(bundle[bundle.index(begin) : bundle.index(end)] + end + "\n", encoding="utf-8")
    return path


@pytest.fixture
def pyai_server(
    httpserver: HTTPServer, one_certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PyAIServer]:
    """A local server that plays the PyAI API, and a key in the environment."""
    monkeypatch.setenv("PYAI_API_KEY", "pyai_test_key")
    monkeypatch.setenv("SSL_CERT_FILE", str(one_certificate))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    monkeypatch.setattr(ssl, "create_default_context", cache(ssl.create_default_context))
    yield PyAIServer(httpserver)
    httpserver.check()


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The delays that the code under test asks `time.sleep` for; none is waited for."""
    asked: list[float] = []
    monkeypatch.setattr(time, "sleep", asked.append)
    return asked
