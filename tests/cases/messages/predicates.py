"""Predicates and helpers that are given any exception and look for what only an API's error says."""

import openai
import tenacity


def is_rate_limited(exc: Exception) -> bool:
    return "429" in str(exc)  # expect: HED103


def is_overloaded(exc: BaseException) -> bool:
    message = str(exc).lower()
    return "too many requests" in message or "rate limit" in message  # expect: HED101, HED101


def says_timeout(exc: Exception) -> bool:
    return "timed out" in str(exc)  # clean: any transport says this


def describe(error):
    return f"{type(error).__name__}: {error}"  # clean: the text is made, not tested


def is_quota_text(error_message):
    return "exceeded your current quota" in error_message  # expect: HED101


def complete(client: openai.OpenAI, prompt):
    try:
        return client.responses.create(model="pyai-cue", input=prompt)
    except openai.APIStatusError as e:
        if is_quota_text(describe(e)):
            return None
        raise


@tenacity.retry(
    retry=tenacity.retry_if_exception(lambda e: "rate limit" in str(e).lower()),  # expect: HED101
    wait=tenacity.wait_fixed(20),
    stop=tenacity.stop_after_attempt(3),
)
def patient(client: openai.OpenAI, prompt):
    return client.responses.create(model="pyai-cue", input=prompt)


def is_denied(exc: Exception) -> bool:
    text = str(exc).lower()
    return "unauthorized" in text or "401" in text  # expect: HED103, HED103


def classify(exc: Exception) -> str:
    text = str(exc).lower()
    if "rate limit" in text:  # expect: HED101
        return "wait"
    if "api key" in text:  # expect: HED101
        return "key"
    if "modulenotfounderror" in text or "no module named" in text:  # clean: Python says so
        return "install it"
    if "workspace_dir" in text or "api.env" in text:  # clean: the program's own names
        return "set it"
    return "unknown"


def is_gone(exc: Exception) -> bool:
    return "404" in str(exc)  # expect: HED103
