"""What the profiles of single SDKs say and no other does, asked of the SDK itself."""

from __future__ import annotations

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
