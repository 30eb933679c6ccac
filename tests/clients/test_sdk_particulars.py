"""What the profiles of single SDKs say and no other does, asked of the SDK itself."""

from __future__ import annotations

import re
import time

import pytest
from pytest_httpserver import HTTPServer

from clients.profile_checks import BODY
from clients.sdk_modules import RARER, sdk_of
from heedlint.clients.lookup import exception_for


def test_classes_of_google_are_those_of_every_status() -> None:
    profile = RARER["google_api_core"]
    sdk_of(profile)
    from google.api_core import exceptions

    for status in range(400, 600):
        stated = exception_for(profile, status)
        cls = exceptions.exception_class_for_http_status(status)
        assert stated and stated.name == f"{cls.__module__}.{cls.__name__}"


def test_codes_of_google_are_those_of_grpc() -> None:
    profile = RARER["google_api_core"]
    sdk_of(profile)
    import grpc
    from google.api_core import exceptions

    stated = {code: e.name for e in profile.exceptions.values() for code in e.codes}
    assert stated == {
        code.name: f"{cls.__module__}.{cls.__name__}"
        for code in grpc.StatusCode
        if (cls := exceptions.exception_class_for_grpc_status(code))
        is not exceptions.GoogleAPICallError
    }


def test_google_genai_tries_again_only_where_it_is_told_to() -> None:
    profile = RARER["google_genai"]
    sdk_of(profile)
    from google.genai import types

    assert types.HttpOptions().retry_options is None
    assert not profile.retries_by_itself


def test_functions_of_stripe_try_again_by_default(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = RARER["stripe"]
    sdk_of(profile)
    import stripe

    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    monkeypatch.setattr(stripe, "api_base", httpserver.url_for(""))
    httpserver.expect_request(re.compile(".*")).respond_with_json(BODY, status=503)
    with pytest.raises(stripe.APIError):
        stripe.Customer.list(api_key="k")
    assert len(httpserver.log) == 1 + stripe.max_network_retries == 3


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "the_code"), (402, "the_code"), (403, None), (429, None), (500, None)],
)
def test_some_errors_of_stripe_are_given_no_code(
    httpserver: HTTPServer, status: int, code: str | None
) -> None:
    sdk = sdk_of(RARER["stripe"])
    httpserver.expect_request(re.compile(".*")).respond_with_json(BODY, status=status)
    error = sdk.error(httpserver)
    assert (error.code, error.error.code) == (code, "the_code")
