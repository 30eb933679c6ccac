"""A text that a function is given with the status of an answer; what another module tells of it."""

import re

import httpx
from vendor import helpers, is_overloaded_error, is_quota_error

TOO_STRICT = re.compile(r"Too many strict tools \(\d+\)|Grammar compilation timed out")


def is_rejection(status_code: int, error_text: str) -> bool:
    return status_code == 400 and TOO_STRICT.search(error_text) is not None  # expect: HED101


def error_for(error_message: str, status_code: int, headers: dict) -> Exception:
    retried = 400 if "task is unknown" in error_message else status_code  # expect: HED101
    return RuntimeError(retried, error_message, headers)


def known(error_msg, *, http_status):
    return "no such deployment" in error_msg or http_status == 404  # expect: HED101


def told(status_code: int, error_text: str) -> str:
    if not error_text:  # clean: whether there is a text
        return str(status_code)
    if error_text.startswith("<html"):  # clean: the shape
        return "a page"
    return error_text


def without_status(error_text: str) -> bool:
    return "no such deployment" in error_text  # clean: anybody's text


def is_unknown_deployment_error(error_text: str) -> bool:
    return "no such deployment" in error_text.lower()  # expect: HED101


def isRejected(error_message):
    if error_message.startswith("not in this region"):  # expect: HED101
        return True
    return "timed out" in error_message  # clean: what no answer says


def is_connection_error(error_text: str) -> bool:
    return "reset by peer" in error_text or "went away" in error_text  # clean: a transport's


def is_error_page(title: str) -> bool:
    return "Oops" in title  # clean: no error's text


def colour(status_code: int, title: str) -> bool:
    return "red" in title  # clean: no error's text


def own(status_code: int, error_text: str) -> bool:
    return "timed out" in error_text  # clean: what no answer says


def fetch(url: str) -> object:
    response = httpx.get(url)
    if response.status_code == 400 and is_quota_error(response.text):  # expect: HED101
        return None
    if response.status_code == 400 and is_quota_error(response):  # clean: it may look at the code
        return None
    if response.is_success and is_quota_error(response.text):  # clean: no error
        return None
    return response.json()


def ask(url: str) -> object:
    try:
        return httpx.get(url).raise_for_status()
    except httpx.HTTPStatusError as e:
        if helpers.is_overloaded_error(str(e)):  # expect: HED101
            return None
        if is_overloaded_error(e, str(e)):  # clean: it is given the error, too
            return None
        if helpers.has_items(e.response.text):  # clean: no kind of error
            return None
        raise


def run(call):
    try:
        return call()
    except Exception as e:
        if getattr(e, "status_code", None) == 500:
            raise
        if "model is loading" in str(e):  # expect: HED101
            return None
        if "connection refused" in str(e):  # clean: no answer says so
            return None
        raise


def other(call):
    try:
        return call()
    except Exception as e:
        if "model is loading" in str(e):  # clean: of whom is not known
            return None
        raise


def code_of(call):
    try:
        return call()
    except httpx.HTTPStatusError as e:
        text = str(e)
        start = text.find('{"status":')  # expect: HED101
        if start != -1:
            return text[start:]
        end = text.find("status")  # clean: it only cuts the text
        return text[:end]


def limit_of(url: str) -> tuple[str, ...] | None:
    try:
        httpx.get(url).raise_for_status()
    except httpx.HTTPStatusError as e:
        found = re.search(r"prompt tokens \((\d+)\) exceed (\d+)", e.response.text)  # expect: HED101
        if found is not None:
            return found.groups()
        said = re.search(r"prompt tokens \((\d+)\)", e.response.text)  # clean: only read
        print(said.group(1))
        named = re.search(r"request id [0-9a-f]+", e.response.text)  # clean: the same, whole
        print(named.group(0) if named else "")
        if named := re.search(r"model [a-z]+ is gone", e.response.text):  # expect: HED101
            return (named.group(0),)
    return None
