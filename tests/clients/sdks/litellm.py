"""LiteLLM, with a provider of openai's shape; see clients/sdk_modules.py."""

from __future__ import annotations

from typing import Any

import litellm
import openai
import pytest
from pytest_httpserver import HTTPServer

litellm.suppress_debug_info = True
MESSAGES = [{"role": "user", "content": "x"}]
# Errors of the proxy's guardrails, of tests and of the table of models.
NOT_FOR_PROFILES = {
    "litellm.MockException",
    "litellm.ModelNotMappedError",
    "litellm.ToolLoopMaxRoundsExceeded",
}


def error(server: HTTPServer, retries: int | None = 0) -> BaseException:
    far_end = {"model": "openai/m", "api_base": server.url_for(""), "api_key": "k"}
    with pytest.raises(openai.OpenAIError) as caught:
        if retries == 0:
            litellm.completion(messages=MESSAGES, max_retries=0, **far_end)
        else:
            router(far_end, retries).completion(model="m", messages=MESSAGES)
    return caught.value


def router(far_end: dict[str, str], retries: int | None) -> litellm.Router:
    given: dict[str, Any] = {} if retries is None else {"num_retries": retries}
    models = [{"model_name": "m", "litellm_params": far_end}]
    return litellm.Router(models, disable_cooldowns=True, **given)


def client() -> litellm.Router:
    return litellm.Router()
