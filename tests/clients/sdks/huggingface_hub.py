"""The Hugging Face Hub SDK; see clients/sdk_modules.py."""

from __future__ import annotations

from unittest.mock import patch

import huggingface_hub
import pytest
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import http_backoff
from pytest_httpserver import HTTPServer

BODY = {"error": "the text"}
EXPORTING = ("huggingface_hub", "huggingface_hub.errors")
# About what is on this machine (caches, files, dataclasses), about logging in, and about what runs
# far away: no answers of the API to a call.
NOT_FOR_PROFILES = {
    "huggingface_hub.CacheNotFound",
    "huggingface_hub.CorruptedCacheException",
    "huggingface_hub.errors.CLIError",
    "huggingface_hub.errors.CLIExtensionInstallError",
    "huggingface_hub.errors.CacheNotFound",
    "huggingface_hub.errors.CachedRepoTreeNotFoundError",
    "huggingface_hub.errors.ConfirmationError",
    "huggingface_hub.errors.CorruptedCacheException",
    "huggingface_hub.errors.DDUFCorruptedFileError",
    "huggingface_hub.errors.DDUFError",
    "huggingface_hub.errors.DDUFExportError",
    "huggingface_hub.errors.DDUFInvalidEntryNameError",
    "huggingface_hub.errors.DeviceCodeError",
    "huggingface_hub.errors.DryRunError",
    "huggingface_hub.errors.FileDuplicationError",
    "huggingface_hub.errors.HFValidationError",
    "huggingface_hub.errors.HfUriError",
    "huggingface_hub.errors.NotASafetensorsRepoError",
    "huggingface_hub.errors.OIDCError",
    "huggingface_hub.errors.RevisionResolutionError",
    "huggingface_hub.errors.SafetensorsParsingError",
    "huggingface_hub.errors.SandboxCommandError",
    "huggingface_hub.errors.SandboxError",
    "huggingface_hub.errors.StrictDataclassClassValidationError",
    "huggingface_hub.errors.StrictDataclassDefinitionError",
    "huggingface_hub.errors.StrictDataclassError",
    "huggingface_hub.errors.StrictDataclassFieldValidationError",
    "huggingface_hub.errors.XetDownloadError",
}


def error(server: HTTPServer, retries: int | None = 0) -> BaseException:
    api = huggingface_hub.HfApi(endpoint=server.url_for("").rstrip("/"), token="k")
    # How often pages are asked for again is a default that no parameter leads to.
    default = {} if retries is None else {"max_retries": retries}
    with pytest.raises(HfHubHTTPError) as caught, patch.dict(http_backoff.__kwdefaults__, default):
        list(api.list_organization_members("x"))
    return caught.value


def headers_for(code: str) -> dict[str, str]:
    return {"X-Error-Code": code}


def client() -> tuple[object, ...]:
    return huggingface_hub.InferenceClient(api_key="k"), huggingface_hub.HfApi(token="k")
