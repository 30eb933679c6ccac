"""What the profiles of single SDKs say and no other does, asked of the SDK itself."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from clients.profile_checks import BODY, HEADERS
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


def test_slack_raises_for_a_good_status_too(httpserver: HTTPServer) -> None:
    sdk = sdk_of(RARER["slack_sdk"])
    httpserver.expect_request(re.compile(".*")).respond_with_json(sdk.BODY, status=200)
    assert sdk.error(httpserver).response["error"] == "the_code"


@pytest.mark.filterwarnings("ignore")
def test_methods_of_slack_reach_the_api_unless_local(
    httpserver: HTTPServer,
) -> None:
    profile = RARER["slack_sdk"]
    sdk = sdk_of(profile)
    import slack_sdk

    httpserver.expect_request(re.compile(".*")).respond_with_json(sdk.BODY)
    found = slack_sdk.WebClient("k", base_url=httpserver.url_for(""))
    names = {n for n in dir(found) if n[0] != "_" and callable(getattr(found, n))}
    local = set()
    for name in names:
        # Some look at their arguments first, and want more than the required ones.
        with contextlib.suppress(
            slack_sdk.errors.SlackApiError, slack_sdk.errors.SlackRequestError
        ):
            getattr(found, name)(**required(getattr(found, name)))
            local.add(name)
    assert local == profile.local_methods


def required(method: Callable[..., Any]) -> dict[str, Any]:
    """Something for each parameter that must be given."""
    parameters = inspect.signature(method).parameters.values()
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    given: dict[str, Any] = {
        p.name: "x" for p in parameters if p.default is p.empty and p.kind in kinds
    }
    special = {"image": __file__, "files": [], "user_id": 1, "hook_id": 1, "delivery_id": 1}
    return given | {name: value for name, value in special.items() if name in given}


def test_clients_of_boto3_are_base_clients() -> None:
    sdk = sdk_of(RARER["botocore"])
    from botocore.client import BaseClient

    assert isinstance(sdk.service("sqs"), BaseClient)
    assert RARER["botocore"].aliases["boto3.client"] == "botocore.client.BaseClient"


def test_a_failed_upload_to_s3_keeps_the_text_alone(httpserver: HTTPServer, tmp_path: Path) -> None:
    sdk = sdk_of(RARER["botocore"])
    from boto3.exceptions import S3UploadFailedError

    (tmp_path / "file").write_text("x")
    answer = "<Error><Code>AccessDenied</Code><Message>the text</Message></Error>"
    httpserver.expect_request(re.compile(".*")).respond_with_data(answer, status=403)
    s3 = sdk.service("s3", endpoint_url=httpserver.url_for(""))
    with pytest.raises(S3UploadFailedError, match=r"AccessDenied.*the text") as caught:
        s3.upload_file(str(tmp_path / "file"), "bucket", "key")
    assert not hasattr(caught.value, "response")


@pytest.mark.parametrize(
    ("status", "text", "name"),
    [
        (401, "Bad credentials", "BadCredentialsException"),
        (401, "Requires authentication", "GithubException"),
        (403, "API rate limit exceeded for user ID 1.", "RateLimitExceededException"),
        (403, "You have exceeded a secondary rate limit.", "RateLimitExceededException"),
        (403, "Resource not accessible by integration", "GithubException"),
        (404, "Not Found", "UnknownObjectException"),
        (429, "API rate limit exceeded for user ID 1.", "GithubException"),
    ],
)
def test_status_and_text_decide_on_the_class_of_github(
    httpserver: HTTPServer, status: int, text: str, name: str
) -> None:
    profile = RARER["github"]
    sdk = sdk_of(profile)
    httpserver.expect_request(re.compile(".*")).respond_with_json({"message": text}, status=status)
    assert type(sdk.error(httpserver)).__name__ == name
    stated = profile.exceptions[f"github.{name}"]
    assert status in stated.statuses or stated.answer or stated.fallback


def test_methods_of_github_send_a_request_when_they_are_called(httpserver: HTTPServer) -> None:
    profile = RARER["github"]
    sdk_of(profile)
    import github

    httpserver.expect_request(re.compile(".*")).respond_with_json({"message": "x"}, status=400)
    found = github.Github(base_url=httpserver.url_for(""), retry=None, seconds_between_requests=0)
    given = {"get_gist": ("x",), "get_license": ("x",), "get_user": ("x",)}
    for name in profile.methods:
        method, arguments = getattr(found, name), given.get(name, ())
        with pytest.raises(github.GithubException):
            method(*arguments, **({} if arguments else required(method)))
    assert len(httpserver.log) == len(profile.methods)


def test_a_problem_document_of_twilio_has_a_class_of_its_own(httpserver: HTTPServer) -> None:
    profile = RARER["twilio"]
    sdk = sdk_of(profile)
    problem = {"type": "https://x/y", "title": "Too many", "detail": "Wait", "code": 20429}
    httpserver.expect_request(re.compile(".*")).respond_with_json(
        problem | {"status": 429}, status=429
    )
    error = sdk.error(httpserver)
    assert profile.exceptions[f"{type(error).__module__}.{type(error).__name__}"].answer
    assert (error.title, error.detail, error.code, error.status) == ("Too many", "Wait", 20429, 429)


def test_the_hint_of_twilio_gets_at_the_header(httpserver: HTTPServer) -> None:
    sdk = sdk_of(RARER["twilio"])
    from twilio.http.http_client import TwilioHttpClient

    seen = []

    def hook(response: Any, **options: Any) -> None:
        seen.append(response.headers["Retry-After"])

    httpserver.expect_request(re.compile(".*")).respond_with_json(
        sdk.BODY, status=429, headers=HEADERS
    )
    sdk.error(httpserver, http_client=TwilioHttpClient(request_hooks={"response": [hook]}))
    assert seen == [HEADERS["Retry-After"]]


def layers(function: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """A function, the one that it wraps, and so on."""
    yield function
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
        yield function


def test_every_class_of_gitlab_that_a_call_has_of_its_own_is_an_answer() -> None:
    profile = RARER["gitlab"]
    sdk_of(profile)
    import gitlab
    from gitlab.v4 import objects

    owners = [gitlab.Gitlab, *(c for c in vars(objects).values() if inspect.isclass(c))]
    members = [member for owner in owners for _, member in inspect.getmembers(owner)]
    given = [
        inspect.getclosurevars(layer).nonlocals.get("error")
        for member in members
        if inspect.isfunction(member)
        for layer in layers(member)
    ]
    names = {f"gitlab.{cls.__name__}" for cls in given if inspect.isclass(cls)}
    assert names == {e.name for e in profile.exceptions.values() if e.answer}


@pytest.mark.parametrize(
    ("status", "name"),
    [(401, "GitlabAuthenticationError"), (404, "GitlabGetError"), (503, "GitlabGetError")],
)
def test_the_call_decides_on_the_class_of_gitlab(
    httpserver: HTTPServer, status: int, name: str
) -> None:
    sdk = sdk_of(RARER["gitlab"])
    import gitlab

    httpserver.expect_request(re.compile(".*")).respond_with_json(sdk.BODY, status=status)
    with pytest.raises(gitlab.GitlabError) as caught:
        gitlab.Gitlab(httpserver.url_for("")).projects.get(1)
    assert type(caught.value).__name__ == name
    assert caught.value.response_code == status


def test_gitlab_can_be_told_to_try_other_statuses_again(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = RARER["gitlab"]
    sdk = sdk_of(profile)
    stated = profile.exceptions["gitlab.GitlabHttpError"].statuses
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    for status in range(500, 532):
        httpserver.clear()
        httpserver.expect_request(re.compile(".*")).respond_with_json(sdk.BODY, status=status)
        sdk.error(httpserver, 1, retry_transient_errors=True)
        assert len(httpserver.log) == (2 if status in stated else 1)


def test_gitlab_waits_as_it_is_told(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sdk = sdk_of(RARER["gitlab"])
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    httpserver.expect_request(re.compile(".*")).respond_with_json(
        sdk.BODY, status=429, headers=HEADERS
    )
    sdk.error(httpserver, 2)
    assert waits == [float(HEADERS["Retry-After"])] * 2


def test_the_hint_of_gitlab_gets_at_the_header(httpserver: HTTPServer) -> None:
    sdk = sdk_of(RARER["gitlab"])
    import requests

    seen = []

    def hook(response: Any, *given: Any, **options: Any) -> None:
        seen.append(response.headers["Retry-After"])

    session = requests.Session()
    session.hooks["response"].append(hook)
    httpserver.expect_request(re.compile(".*")).respond_with_json(
        sdk.BODY, status=429, headers=HEADERS
    )
    sdk.error(httpserver, session=session)
    assert seen == [HEADERS["Retry-After"]]


def test_the_version_of_gitlab_keeps_its_errors_to_itself(httpserver: HTTPServer) -> None:
    sdk_of(RARER["gitlab"])
    import gitlab

    httpserver.expect_request(re.compile(".*")).respond_with_json({}, status=401)
    assert gitlab.Gitlab(httpserver.url_for("")).version() == ("unknown", "unknown")
    assert len(httpserver.log) == 1


def test_what_grpc_raises_derives_from_the_stated_class(httpserver: HTTPServer) -> None:
    profile = RARER["grpc"]
    sdk = sdk_of(profile)
    import grpc

    async def ask(address: str) -> None:
        async with grpc.aio.insecure_channel(address) as channel:
            await channel.unary_unary(sdk.PATH)(b"")

    with sdk.service(sdk.exhausted) as address, grpc.insecure_channel(address) as channel:
        with pytest.raises(grpc.RpcError) as in_stream:
            next(channel.unary_stream(sdk.PATH)(b""))
        with pytest.raises(grpc.aio.AioRpcError) as awaited:
            asyncio.run(ask(address))
    for error in (sdk.error(httpserver), in_stream.value, awaited.value):
        assert exception_for(profile, 429) == profile.exceptions["grpc.RpcError"]
        assert isinstance(error, grpc.RpcError)
        assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert error.details() == "the text"
        assert "the text" in error.debug_error_string()
        assert "the text" in str(error)


def test_the_hint_of_grpc_gets_at_the_wait(httpserver: HTTPServer) -> None:
    sdk = sdk_of(RARER["grpc"])
    from google.protobuf.any_pb2 import Any as Packed
    from google.protobuf.duration_pb2 import Duration
    from google.rpc.error_details_pb2 import RetryInfo
    from google.rpc.status_pb2 import Status
    from grpc_status import rpc_status

    detail = Packed()
    detail.Pack(RetryInfo(retry_delay=Duration(seconds=7)))
    status = Status(code=8, message="the text", details=[detail])
    error = sdk.error(
        httpserver, fails=lambda context: context.abort_with_status(rpc_status.to_status(status))
    )
    found = RetryInfo()
    assert rpc_status.from_call(error).details[0].Unpack(found)
    assert found.retry_delay.seconds == 7


@pytest.mark.parametrize(("reason", "calls"), [("rateLimitExceeded", 2), ("forbidden", 1)])
def test_a_403_of_googleapiclient_may_be_a_rate_limit(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, reason: str, calls: int
) -> None:
    profile = RARER["googleapiclient"]
    sdk = sdk_of(profile)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    found = {"error": {"message": "the text", "errors": [{"reason": reason}]}}
    httpserver.expect_request(re.compile(".*")).respond_with_json(found, status=403)
    assert sdk.error(httpserver, 1).error_details == found["error"]["errors"]
    assert len(httpserver.log) == calls
    assert 403 not in profile.exceptions["googleapiclient.errors.HttpError"].statuses


def test_a_failed_upload_with_googleapiclient_has_a_class_of_its_own(
    httpserver: HTTPServer,
) -> None:
    profile = RARER["googleapiclient"]
    sdk = sdk_of(profile)
    import httplib2
    from googleapiclient.errors import HttpError
    from googleapiclient.http import HttpRequest, MediaInMemoryUpload

    httpserver.expect_request(re.compile(".*")).respond_with_json(sdk.BODY, status=404)
    media = MediaInMemoryUpload(b"x", resumable=True)
    request = HttpRequest(
        httplib2.Http(), None, httpserver.url_for("/"), method="POST", headers={}, resumable=media
    )
    with pytest.raises(HttpError) as caught:
        request.execute()
    assert profile.exceptions[f"googleapiclient.errors.{type(caught.value).__name__}"].answer


def test_the_message_of_elasticsearch_is_the_type_where_there_is_one(
    httpserver: HTTPServer,
) -> None:
    sdk = sdk_of(RARER["elasticsearch"])
    httpserver.expect_request(re.compile(".*")).respond_with_json(sdk.BODY, status=500)
    error = sdk.error(httpserver)
    assert error.message == error.error == error.args[0] == sdk.TYPE
    assert "the text" not in error.message
    httpserver.clear()
    httpserver.expect_request(re.compile(".*")).respond_with_data("the text", status=500)
    assert sdk.error(httpserver).message == "the text"


def test_methods_of_elasticsearch_reach_the_api_unless_local(httpserver: HTTPServer) -> None:
    profile = RARER["elasticsearch"]
    sdk = sdk_of(profile)
    import elasticsearch

    httpserver.expect_request(re.compile(".*")).respond_with_json(sdk.BODY, status=400)
    names = {n for n in dir(sdk.client()) if n[0] != "_" and callable(getattr(sdk.client(), n))}
    local = set()
    for name in names:
        # Some look at their arguments first, and want more than the required ones.
        with (
            elasticsearch.Elasticsearch(httpserver.url_for("")) as found,
            contextlib.suppress(elasticsearch.ApiError, ValueError, TypeError),
        ):
            path = {"path": "/"} if name == "perform_request" else {}
            getattr(found, name)(**required(getattr(found, name)) | path)
            local.add(name)
    assert local == {name for name in profile.local_methods if "." not in name}


@pytest.mark.parametrize(
    ("status", "name"), [(401, "Unauthorized"), (420, "HTTPException"), (429, "TooManyRequests")]
)
def test_the_older_interface_of_tweepy_raises_the_same(
    httpserver: HTTPServer, status: int, name: str
) -> None:
    sdk = sdk_of(RARER["tweepy"])
    import tweepy

    httpserver.expect_request(re.compile(".*")).respond_with_json(sdk.BODY, status=status)
    api = tweepy.API(tweepy.OAuth2BearerHandler("k"))
    error = sdk.error(httpserver, made=api, ask=lambda found: found.get_user(screen_name="x"))
    assert type(error).__name__ == name
    assert error.api_codes == [88]


def test_tweepy_says_of_no_answer_that_it_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    profile = RARER["tweepy"]
    sdk_of(profile)
    import requests
    import tweepy

    def fails(*args: Any, **options: Any) -> None:
        raise requests.ConnectionError

    monkeypatch.setattr(requests.Session, "request", fails)
    with pytest.raises(tweepy.TweepyException) as caught:
        tweepy.API(tweepy.OAuth2BearerHandler("k")).get_user(screen_name="x")
    assert not profile.exceptions[f"tweepy.{type(caught.value).__name__}"].stands_for_answers


@pytest.mark.parametrize(
    ("code", "name", "status"),
    [
        ("PERMISSION_DENIED", "InsufficientPermissionsError", 7),
        ("INTERNAL", "WeaviateQueryError", None),
    ],
)
def test_a_query_of_weaviate_goes_over_grpc(
    httpserver: HTTPServer, code: str, name: str, status: int | None
) -> None:
    profile = RARER["weaviate"]
    sdk, other = sdk_of(profile), sdk_of(RARER["grpc"])
    import grpc

    def fails(context: Any) -> None:
        context.abort(grpc.StatusCode[code], "the text")

    httpserver.expect_request(re.compile(".*")).respond_with_json({}, status=404)
    with other.service(fails, "/weaviate.v1.Weaviate/Search") as address:
        error = sdk.error(
            httpserver,
            grpc_port=int(address.rpartition(":")[2]),
            ask=lambda found: found.collections.use("X").query.bm25("x"),
        )
    assert type(error).__name__ == name
    assert error.error == "the text"
    assert getattr(error, "status_code", None) == status
    stated = profile.exceptions[f"weaviate.exceptions.{name}"]
    assert stated.stands_for_answers is (status is not None)


def test_whether_weaviate_is_ready_raises_for_no_answer(httpserver: HTTPServer) -> None:
    sdk = sdk_of(RARER["weaviate"])
    httpserver.expect_request("/v1/meta").respond_with_json({"version": "1.30.0"})
    httpserver.expect_request(re.compile(".*")).respond_with_json({}, status=403)
    with sdk.made(httpserver.host, httpserver.port) as found:
        assert found.is_live() is False
        assert found.is_ready() is False


def test_methods_of_pinecone_send_a_request_when_they_are_called(httpserver: HTTPServer) -> None:
    profile = RARER["pinecone"]
    sdk = sdk_of(profile)
    httpserver.expect_request(re.compile(".*")).respond_with_json(sdk.BODY, status=400)
    spec = {"serverless": {"cloud": "aws", "region": "x"}}
    given: dict[str, dict[str, Any]] = {
        "configure_index": {"deletion_protection": "enabled"},
        "create_index": {"dimension": 2, "metric": "cosine", "spec": spec},
        "create_index_for_model": {
            "cloud": "aws",
            "region": "x",
            "embed": {"model": "x", "field_map": {"text": "x"}},
        },
    }
    for name in profile.methods:

        def ask(found: Any, name: str = name) -> Any:
            method = getattr(found, name)
            return method(**required(method) | given.get(name, {}))

        assert sdk.error(httpserver, ask=ask).status_code == 400
    assert len(httpserver.log) == len(profile.methods)


def test_pinecone_waits_as_it_is_told(httpserver: HTTPServer) -> None:
    sdk = sdk_of(RARER["pinecone"])
    waits: list[float] = []
    httpserver.expect_request(re.compile(".*")).respond_with_json(
        sdk.BODY, status=429, headers=HEADERS
    )
    sdk.error(httpserver, 1, sleep=waits.append)
    assert waits == [pytest.approx(float(HEADERS["Retry-After"]), rel=0.5)]


def test_functions_of_ollama_are_those_of_a_client() -> None:
    profile = RARER["ollama"]
    sdk_of(profile)
    import ollama

    methods = {name for name in vars(ollama.Client) if name[0] != "_"}
    own = {name for name in methods if callable(getattr(ollama, name, None))}
    assert profile.functions == {f"ollama.{name}" for name in own}
    assert methods - own == {*profile.local_methods, "create_blob"}


def test_the_hint_of_ollama_gets_at_the_header(httpserver: HTTPServer) -> None:
    sdk = sdk_of(RARER["ollama"])
    seen = []

    def hook(response: Any) -> None:
        seen.append(response.headers["Retry-After"])

    httpserver.expect_request(re.compile(".*")).respond_with_json(
        sdk.BODY, status=429, headers=HEADERS
    )
    sdk.error(httpserver, event_hooks={"response": [hook]})
    assert seen == [HEADERS["Retry-After"]]


def test_what_fails_within_a_stream_of_ollama_has_no_status(httpserver: HTTPServer) -> None:
    sdk_of(RARER["ollama"])
    import ollama

    httpserver.expect_request(re.compile(".*")).respond_with_data('{"error": "the text"}')
    with pytest.raises(ollama.ResponseError) as caught:
        list(ollama.Client(httpserver.url_for("")).chat(model="x", messages=[], stream=True))
    assert (caught.value.error, caught.value.status_code) == ("the text", -1)


def test_azure_waits_as_it_is_told_whatever_the_status(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sdk = sdk_of(RARER["azure_core"])
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    httpserver.expect_request(re.compile(".*")).respond_with_json(
        sdk.BODY, status=400, headers=HEADERS
    )
    sdk.error(httpserver, 2)
    assert waits == [float(HEADERS["Retry-After"])] * 2


def test_an_error_of_azure_that_is_no_json_has_no_error_object(httpserver: HTTPServer) -> None:
    profile = RARER["azure_core"]
    sdk = sdk_of(profile)
    httpserver.expect_request(re.compile(".*")).respond_with_data("<Error/>", status=400)
    error = sdk.error(httpserver)
    assert {name: getattr(error, name) for name in profile.unsure_members} == {"error": None}


def test_a_429_of_qdrant_has_a_class_of_its_own_where_it_says_how_long(
    httpserver: HTTPServer,
) -> None:
    profile = RARER["qdrant_client"]
    sdk = sdk_of(profile)
    server = httpserver.expect_request(re.compile(".*"))
    server.respond_with_json(sdk.BODY, status=429, headers=HEADERS)
    error = sdk.error(httpserver)
    assert profile.exceptions[f"{type(error).__module__}.{type(error).__name__}"].answer
    assert (error.message, error.retry_after_s) == ("the text", 7)
    server.respond_with_json(sdk.BODY, status=429)
    assert type(sdk.error(httpserver)).__name__ == "UnexpectedResponse"


def test_an_error_of_qdrant_holds_the_answer(httpserver: HTTPServer) -> None:
    profile = RARER["qdrant_client"]
    sdk = sdk_of(profile)
    httpserver.expect_request(re.compile(".*")).respond_with_json(
        sdk.BODY, status=409, headers=HEADERS
    )
    error = sdk.error(httpserver)
    assert (error.status_code, error.reason_phrase) == (409, "CONFLICT")
    assert error.headers["Retry-After"] == HEADERS["Retry-After"]
    assert b"the text" in error.content
    assert error.structured() == sdk.BODY


def test_methods_of_qdrant_that_need_no_server_are_local(httpserver: HTTPServer) -> None:
    profile = RARER["qdrant_client"]
    sdk = sdk_of(profile)
    import qdrant_client

    httpserver.expect_request(re.compile(".*")).respond_with_json(sdk.BODY, status=400)
    assert profile.local_methods <= set(dir(qdrant_client.QdrantClient))
    for name in profile.local_methods - {"get_embedding_size"}:  # which loads a model
        getattr(sdk.client(httpserver.url_for("")), name)()
    assert httpserver.log == []


def test_what_the_server_of_voyage_fails_with_is_not_read(httpserver: HTTPServer) -> None:
    profile = RARER["voyageai"]
    sdk = sdk_of(profile)
    httpserver.expect_request(re.compile(".*")).respond_with_json(sdk.BODY, status=500)
    error = sdk.error(httpserver)
    assert {name: getattr(error, name) for name in profile.unsure_members} == {"json_body": None}
    assert "the text" in error.http_body
    assert "the text" not in str(error)


@pytest.mark.filterwarnings("ignore:This function will be deprecated")
def test_the_functions_of_voyage_end_as_tenacity_does(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = RARER["voyageai"]
    sdk = sdk_of(profile)
    import tenacity
    import voyageai

    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    httpserver.expect_request(re.compile(".*")).respond_with_json(sdk.BODY, status=429)
    url = httpserver.url_for("").rstrip("/")
    with pytest.raises(tenacity.RetryError):
        voyageai.get_embedding("x", model="m", api_key="k", base_url=url)
    assert len(httpserver.log) == 6
    assert not profile.functions


@pytest.mark.parametrize(
    ("method", "given", "calls"),
    [("list_namespaced_pod", {}, 4), ("create_namespaced_pod", {"body": {}}, 1)],
)
def test_kubernetes_asks_again_as_it_is_told_unless_it_posts(
    httpserver: HTTPServer,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    given: dict[str, Any],
    calls: int,
) -> None:
    sdk = sdk_of(RARER["kubernetes"])
    from kubernetes.client.rest import ApiException

    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    httpserver.expect_request(re.compile(".*")).respond_with_json(
        sdk.BODY, status=429, headers=HEADERS
    )
    with pytest.raises(ApiException):
        getattr(sdk.api(httpserver.url_for("").rstrip("/"), None), method)("x", **given)
    assert len(httpserver.log) == calls
    assert waits == [float(HEADERS["Retry-After"])] * (calls - 1)


def test_the_stated_calls_of_kubernetes_may_be_repeated() -> None:
    profile = RARER["kubernetes"]
    sdk = sdk_of(profile)
    repeated = set()
    for name in profile.call_chains:
        owner = next(found for found in sdk.client() if hasattr(found, name))
        source = inspect.getsource(getattr(owner, f"_{name}_serialize"))
        if re.search(r"method='(GET|PUT|DELETE)'", source):
            repeated.add(name)
    assert profile.retries_calls == repeated


def test_the_dynamic_client_of_kubernetes_has_classes_of_its_own(httpserver: HTTPServer) -> None:
    profile = RARER["kubernetes"]
    sdk = sdk_of(profile)
    from kubernetes.dynamic.exceptions import api_exception

    names = {name.rpartition(".")[2] for name, e in profile.exceptions.items() if e.answer}
    raised = set()
    for status in range(400, 600):
        httpserver.clear()
        httpserver.expect_request(re.compile(".*")).respond_with_json(sdk.BODY, status=status)
        error = api_exception(sdk.error(httpserver))
        assert error.summary() == "the text"
        raised.add(type(error).__name__)
    assert raised == names


@pytest.mark.parametrize(
    ("text", "name"),
    [("No such image: x", "ImageNotFound"), ("No such container: x", "NotFound")],
)
def test_the_text_decides_which_404_of_docker_it_is(
    httpserver: HTTPServer, text: str, name: str
) -> None:
    profile = RARER["docker"]
    sdk = sdk_of(profile)
    httpserver.expect_request(re.compile(".*")).respond_with_json({"message": text}, status=404)
    error = sdk.error(httpserver)
    assert type(error).__name__ == name
    assert error.explanation == text
    assert profile.exceptions[f"docker.errors.{name}"].stands_for_answers


def test_local_methods_of_docker_ask_nobody(httpserver: HTTPServer) -> None:
    profile = RARER["docker"]
    sdk = sdk_of(profile)
    found = sdk.made(httpserver.url_for("").rstrip("/")).api
    given: dict[str, dict[str, Any]] = {
        "create_container_config": {"image": "x", "command": ["x"]},
    }
    for name in profile.local_methods:
        method = getattr(found, name)
        method(**required(method) | given.get(name, {}))
    assert httpserver.log == []


def test_an_error_of_jira_keeps_the_headers_of_the_request(httpserver: HTTPServer) -> None:
    profile = RARER["jira"]
    sdk = sdk_of(profile)
    httpserver.expect_request(re.compile(".*")).respond_with_json(
        sdk.BODY, status=400, headers=HEADERS
    )
    error = sdk.error(httpserver)
    assert "Retry-After" not in error.headers
    assert "User-Agent" in error.headers
    assert error.response.headers["Retry-After"] == HEADERS["Retry-After"]


@pytest.mark.parametrize(
    ("status", "headers", "calls"), [(429, {}, 2), (503, {}, 1), (503, HEADERS, 2)]
)
def test_jira_tries_a_503_again_where_it_is_told_when(
    httpserver: HTTPServer,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    headers: dict[str, str],
    calls: int,
) -> None:
    sdk = sdk_of(RARER["jira"])
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    httpserver.expect_request(re.compile(".*")).respond_with_json(
        sdk.BODY, status=status, headers=headers
    )
    sdk.error(httpserver, 1)
    assert len(httpserver.log) == calls
    if headers:
        assert 7 <= waits[0] <= 14


def test_local_methods_of_jira_ask_nobody(httpserver: HTTPServer) -> None:
    profile = RARER["jira"]
    found = sdk_of(profile).made(httpserver.url_for("").rstrip("/"))
    for name in sorted(profile.local_methods):
        getattr(found, name)()
    assert httpserver.log == []


@pytest.mark.filterwarnings("ignore:.*retry_after")
@pytest.mark.parametrize(
    ("parameters", "name", "member", "value"),
    [
        ({"retry_after": 7}, "RetryAfter", "retry_after", 7),
        ({"migrate_to_chat_id": 9}, "ChatMigrated", "new_chat_id", 9),
    ],
)
def test_what_else_the_body_says_goes_before_the_status_in_telegram(
    httpserver: HTTPServer, parameters: dict[str, int], name: str, member: str, value: int
) -> None:
    profile = RARER["telegram"]
    sdk = sdk_of(profile)
    for status in (400, 403, 429):
        httpserver.clear()
        httpserver.expect_request(re.compile(".*")).respond_with_json(
            sdk.BODY | {"parameters": parameters}, status=status
        )
        error = sdk.error(httpserver)
        assert type(error).__name__ == name
        assert getattr(error, member) == value
        assert profile.exceptions[f"telegram.error.{name}"].answer


def test_an_unknown_method_of_telegram_has_a_class_of_its_own(httpserver: HTTPServer) -> None:
    profile = RARER["telegram"]
    sdk = sdk_of(profile)
    from telegram.error import TelegramError

    async def ask() -> None:
        async with sdk.made(httpserver) as bot:
            await bot.do_api_request("unknown_method")

    me = {"id": 1, "is_bot": True, "first_name": "x"}
    httpserver.expect_request(re.compile(".*/getMe")).respond_with_json({"ok": True, "result": me})
    httpserver.expect_request(re.compile(".*")).respond_with_json(sdk.BODY, status=404)
    with pytest.raises(TelegramError) as caught:
        asyncio.run(ask())
    assert profile.exceptions[f"telegram.error.{type(caught.value).__name__}"].answer


def test_methods_of_telegram_reach_the_api_unless_local() -> None:
    profile = RARER["telegram"]
    sdk_of(profile)
    from telegram import Bot

    found = {name for name, member in inspect.getmembers(Bot, callable) if name[0] != "_"}
    waiting = {n for n in found if inspect.iscoroutinefunction(inspect.unwrap(getattr(Bot, n)))}
    assert profile.local_methods - {"shutdown"} == found - waiting
