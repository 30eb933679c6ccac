"""Wordings that come as parameters, texts that are raised again, and what only rewords a text."""

import warnings
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field

import httpx
import openai
from fastapi import HTTPException
from tenacity import retry, retry_if_exception

client = openai.OpenAI()

MARKERS = {
    "insufficient_quota": ("exceeded your current quota", "insufficient quota"),
    "rate_limit": ("rate limit",),
}
OWN_MARKERS = {"workspace": ("workspace locked", "no such workspace")}


@dataclass(frozen=True)
class Policy:
    passing: tuple[type[Exception], ...]
    markers: Mapping[str, Iterable[str]] = field(default_factory=dict)


def told(error: Exception, markers: Mapping[str, Iterable[str]] | None = None) -> str:
    text = str(error).lower()
    for name, wordings in (markers or {}).items():
        if any(wording in text for wording in wordings):  # expect: HED101
            return name
    return ""


def passes(policy: Policy, markers: Mapping[str, Iterable[str]] | None = None):
    def asks(error: Exception) -> bool:
        return told(error, markers or policy.markers) == ""

    return asks


OPENAI_POLICY = Policy((openai.APITimeoutError,), markers=MARKERS)


@retry(retry=retry_if_exception(passes(OPENAI_POLICY)))
def guarded(run):
    return run()


def told_by_own(error: Exception, markers: Mapping[str, Iterable[str]]) -> str:
    text = str(error).lower()
    for name, wordings in markers.items():
        if any(wording in text for wording in wordings):  # clean: nothing says that it is an API's
            return name
    return ""


def workspace(run):
    try:
        return run()
    except ValueError as error:
        return told_by_own(error, OWN_MARKERS)


def parsed(response: httpx.Response) -> tuple[int, str]:
    try:
        return response.status_code, response.json()["error"]["message"]
    except ValueError:
        return response.status_code, response.text


def ask(http: httpx.Client, prompt: str) -> httpx.Response:
    response = http.post("https://api.pyai.com/v1/speech", json={"input": prompt})
    if response.status_code == 200:
        return response
    status, text = parsed(response)
    raise HTTPException(status_code=status, detail=text)


def blocked(prompt: str) -> HTTPException:
    detail: dict[str, object] = {"error": "blocked by our guard"}
    detail["prompt"] = prompt
    return HTTPException(status_code=400, detail=detail)


def too_large(detail: object) -> bool:
    if not isinstance(detail, str):
        return False
    return "text is too long" in detail.lower()  # expect: HED101


def in_parts(http: httpx.Client, prompt: str):
    try:
        return ask(http, prompt)
    except HTTPException as exc:
        if too_large(exc.detail):
            return [ask(http, part) for part in prompt.split("\n")]
        raise


class Refused(Exception):
    pass


def fetch(http: httpx.Client):
    response = http.get("https://api.pyai.com/v1/voices")
    if response.is_error:
        raise Refused(response.text)
    return response.json()


def voices(http: httpx.Client):
    try:
        return fetch(http)
    except Refused as refused:
        if "daily cap" in str(refused):  # expect: HED101
            return []
        raise


def shown(prompt: str) -> str:
    try:
        return client.responses.create(model="gpt-5", input=prompt).output_text
    except openai.APIError as error:
        text = str(error)
        if text.startswith("Error code: "):  # clean: a prefix is cut off
            text = text.removeprefix("Error code: ")
        if "bearer" in text.lower():  # clean: a key is masked
            begin = text.lower().find("bearer")
            text = text[: begin + 14]
            text += "..."
        return text[8:] if text.startswith("openai: ") else text  # clean: a prefix is cut off


def advised(prompt: str) -> str:
    try:
        return client.responses.create(model="gpt-5", input=prompt).output_text
    except openai.APIError as error:
        text = str(error)
        if "exceeded your current quota" in text:  # clean: what is said for it
            text = "Please add credit."
        return "please wait a little" if "slow down" in text else text  # clean: as above


def labelled(prompt: str) -> str:
    try:
        return client.responses.create(model="gpt-5", input=prompt).output_text
    except openai.APIError as error:
        text = str(error)
        if "exceeded your current quota" in text:  # expect: HED101
            return "out of credit"[:3]
        return "wait" if "slow down" in text else text  # expect: HED101


def explained(error: openai.APIError) -> str:
    message = str(error)
    if "exceeded your current quota" in message:  # clean: a sentence for people comes out anyhow
        hint = "Please add credit to the organization."
        return f"{type(error).__name__}: {hint}"
    elif "slow down" in message or any(m in message for m in ("later", "again")):  # clean: as above
        logger.warning("slow")
        return "The API asks you to wait a while."
    return message


def explained_or_not(error: openai.APIError) -> str | None:
    message = str(error)
    if "exceeded your current quota" in message:  # expect: HED101
        return "Please add credit to the organization."
    return None


def raised_alike(prompt: str) -> str:
    try:
        return client.responses.create(model="gpt-5", input=prompt).output_text
    except openai.APIError as error:
        if "exceeded your current quota" in str(error):  # clean: the same is raised anyhow
            warnings.warn("Please add credit to the organization.")
            raise ValueError("no answer") from error
        raise ValueError("no answer") from error


def raised_with_what_is_made(prompt: str) -> str:
    try:
        return client.responses.create(model="gpt-5", input=prompt).output_text
    except openai.APIError as error:
        owner = None
        if "exceeded your current quota" in str(error):  # expect: HED101
            owner = "billing"
        raise ValueError(owner) from error


def raised_otherwise(prompt: str) -> str:
    try:
        return client.responses.create(model="gpt-5", input=prompt).output_text
    except openai.APIError as error:
        if "exceeded your current quota" in str(error):  # expect: HED101
            raise ValueError("Please add credit to the organization.") from error
        raise


def raised_with_other_words(prompt: str) -> str:
    try:
        return client.responses.create(model="gpt-5", input=prompt).output_text
    except openai.APIError as error:
        if "exceeded your current quota" in str(error):  # expect: HED101
            raise ValueError("Please add credit to the organization.") from error
        raise ValueError(f"The API does not answer: {error}") from error


def said_and_done(error: openai.APIError, queue: list[str]) -> str:
    message = str(error)
    if "exceeded your current quota" in message:  # expect: HED101
        queue.clear()
        return "Please add credit to the organization."
    return message


def noted(prompt: str) -> str:
    asked_again = False
    try:
        return client.responses.create(model="gpt-5", input=prompt).output_text
    except openai.APIError as error:
        text = str(error)
        if text.startswith("Try again: "):  # expect: HED101
            text = text.removeprefix("Try again: ")
            asked_again = True
    return f"{text} ({asked_again})"


def log_refusal(*, known: bool) -> None:
    print(known)


def handed_on(model: str, prompt: str) -> str:
    try:
        return client.responses.create(model=model, input=prompt).output_text
    except openai.APIError as error:
        text = str(error)
        log_refusal(known="slow down" in text)  # clean: said, not decided
        if text == f"The model {model} is gone":  # expect: HED101
            return ""
        answer = prompt_after_error(prompt, shorter="too many words" in text)  # expect: HED101
        if "voices are busy" in text:  # expect: HED101
            return answer
    raise RuntimeError(f"voices are busy: {text}")


def prompt_after_error(prompt: str, *, shorter: bool) -> str:
    return prompt[:100] if shorter else prompt


def own_words(prompt: str) -> str:
    try:
        if not prompt:
            raise RuntimeError("voices are missing")
        return client.responses.create(model="gpt-5", input=prompt).output_text
    except Exception as error:
        if "voices are missing" in str(error):  # clean: the program says so itself
            return ""
        raise


def search(find, query: str) -> str:
    try:
        return find(query)
    except Exception as error:
        text = str(error).lower()
        if "rate limit" in text:  # expect: HED101
            return "wait"
        if "api" in text and "key" in text:  # clean: such words stand in anybody's text
            return "look at the settings"
        if "billing" in text:  # expect: HED101
            return "pay"
        raise


def told_by_python(prompt: str) -> str:
    try:
        return client.responses.create(model="gpt-5", input=prompt).output_text
    except openai.APIError as error:
        if "IndexError: list index" in str(error):  # clean: an interpreter says so
            return ""
        if str(error) == "<empty message>":  # clean: a client says so where there is no text
            return ""
        if "an exception occurred" in str(error):  # expect: HED101
            return ""
        raise


def without_key(prompt: str) -> str:
    try:
        return openai.OpenAI().responses.create(model="gpt-5", input=prompt).output_text
    except Exception as error:
        if "The api_key client option must be set" in str(error):  # clean: no server says so
            return "no key"
        raise


def timed_out(prompt: str) -> str:
    try:
        return client.responses.create(model="gpt-5", input=prompt).output_text
    except Exception as error:
        text = str(error)
        if "Request timed out." in text or "timeout error" in text:  # clean: a transport says so
            return "no answer"
        if text == "The read operation timed out" or "Read timeout=30" in text:  # clean: as above
            return "no answer"
        if "Timed out generating response" in text:  # expect: HED101
            return "too long"
        if "A timeout occurred" in text:  # expect: HED101
            return "asked a proxy"
        raise


async def asked_for(operation: Callable[[], Awaitable[str]]) -> str:
    try:
        return await operation()
    except Exception as error:
        text = str(error).lower()
        if "authentication" in text or "unauthorized" in text:  # expect: HED101, HED103
            return "sign in"
        if "not found" in text:  # expect: HED101
            return "look elsewhere"
        raise


async def asked_for_alone(operation: Callable[[], Awaitable[str]]) -> str:
    try:
        return await operation()
    except Exception as error:
        text = str(error).lower()
        if "unauthorized" in text:  # clean: anybody may say so
            return "sign in"
        raise


async def looked_for(operation: Callable[[], Awaitable[str]]) -> str:
    try:
        return await operation()
    except Exception as error:
        text = str(error).lower()
        if "not found" in text or "conflict" in text:  # clean: anybody may say so
            return "look elsewhere"
        raise


def named_in_text(prompt: str) -> str:
    try:
        return client.responses.create(model="gpt-5", input=prompt).output_text
    except Exception as error:
        if "model_no_support_for_tools" in str(error):  # expect: HED101
            return "without tools"
        raise


class Broken(Exception):
    """What the functions below make of an error."""


def mapped(error_str: str, original: openai.APIError) -> None:
    if "Internal server error" in error_str:  # expect: HED101
        raise Broken("internal server error: not ours")


def mapped_by_another(prompt: str) -> str:
    try:
        return client.responses.create(model="gpt-5", input=prompt).output_text
    except Exception as error:
        mapped(str(error), error)
        if "internal server error" in str(error).lower():  # expect: HED101
            return "theirs"
        raise


def shown(prompt, show_error, hints, tries):
    try:
        return client.responses.create(model="gpt-5", input=prompt)
    except openai.APIError as e:
        if "maximum context length" in str(e):  # clean: shown, the one or the other
            show_error("Too long", "Try a shorter prompt.")
        elif "api key" in str(e):  # clean: shown, the one or the other
            show_error("Key", "Check the key.")
        else:
            show_error("Failed", str(e))
        if "rate limit" in str(e):  # clean: advice for people
            hints.append("Slow down, or try again in a minute.")
        if "rate limit" in str(e):  # expect: HED101
            tries.append("Slow down, or try again in a minute.")
        if "rate limit" in str(e):  # expect: HED101
            hints.append(prompt)
    return None
