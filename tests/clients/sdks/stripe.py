"""The Stripe library; see clients/sdk_modules.py."""

from __future__ import annotations

from typing import Any

import pytest
import stripe
from pytest_httpserver import HTTPServer

from clients.profile_checks import BODY, Such
from heedlint.clients.model import Role

EXPORTING = ["stripe._error", "stripe.oauth_error"]
NOT_FOR_PROFILES = {"stripe.oauth_error.StripeError"}  # only imported there
INNER = BODY["error"]
EXPECTED = {
    # Some errors are not given it; see test_sdk_particulars.
    Role.CODE: Such(lambda value: value in (INNER["code"], None)),
    # The object is a mapping of Stripe's own.
    Role.ERROR_OBJECT: Such(lambda value: value["message"] == INNER["message"]),
}


def error(server: HTTPServer, retries: int | None = 0) -> BaseException:
    where: Any = {"api": server.url_for("")}
    found = stripe.StripeClient("k", base_addresses=where, max_network_retries=retries)
    with pytest.raises(stripe.StripeError) as caught:
        found.v1.customers.list()
    return caught.value


def coded_error(server: HTTPServer, code: str) -> BaseException:
    server.clear()
    server.expect_request("/v1/customers").respond_with_json({"error": code}, status=400)
    return error(server)


def client() -> stripe.StripeClient:
    return stripe.StripeClient("k")
