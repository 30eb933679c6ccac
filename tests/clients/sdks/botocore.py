"""botocore and boto3; see clients/sdk_modules.py."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from pytest_httpserver import HTTPServer

from clients.profile_checks import Such
from heedlint.clients.model import Role

EXPORTING = ["botocore.exceptions", "boto3.exceptions"]
MAKERS = {"boto3.client"}
BODY = {"__type": "the_code", "message": "the text"}
ERROR = {"Code": "the_code", "Message": "the text"}
EXPECTED = {
    Role.BODY: Such(lambda value: value["Error"] == ERROR and "ResponseMetadata" in value),
    Role.ERROR_OBJECT: ERROR,
    Role.CODE: "the_code",
}


def service(name: str, **given: Any) -> Any:
    return boto3.client(
        name,
        region_name="eu-west-1",
        aws_access_key_id="k",
        aws_secret_access_key="s",
        **given,
    )


def client() -> tuple[Any, ...]:
    return service("logs"), service("s3"), service("rds")


def error(server: HTTPServer, retries: int | None = 0) -> BaseException:
    config = Config(retries=None if retries is None else {"total_max_attempts": retries + 1})
    with pytest.raises(ClientError) as caught:
        service("logs", endpoint_url=server.url_for(""), config=config).describe_log_groups()
    return caught.value
