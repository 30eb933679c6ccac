"""The ends of messages: which errors, what to do about them, and that the tries multiply."""

from __future__ import annotations

import json

import pytest

from heedlint import Settings, check_source
from heedlint.contracts.loader import load_catalogues
from heedlint.rules.model import named_errors

CODES = load_catalogues()["pyai"].codes
CREDIT = tuple(
    CODES[code] for code in ("credit_exhausted", "key_budget_exceeded", "insufficient_quota")
)


@pytest.mark.parametrize(
    ("errors", "rest"),
    [
        (CREDIT[:1], ""),
        (CREDIT, ""),
        ((*CREDIT, CODES["forbidden"]), " and 1 more"),
        ((*CREDIT, CODES["forbidden"], CODES["unauthorized"]), " and 2 more"),
    ],
)
def test_three_errors_are_named_and_the_rest_counted(errors: tuple[object, ...], rest: str) -> None:
    said = named_errors(errors)  # type: ignore[arg-type]
    assert said.endswith(rest)
    assert said.count("(402)") == min(len(errors), 3)
    assert ("more" in said) is bool(rest)
    assert said.startswith(f"`credit_exhausted` (402): {CREDIT[0].action}")


def test_the_tries_of_the_client_multiply_those_of_the_program() -> None:
    source = """import openai, time
client = openai.OpenAI(base_url="https://api.pyai.com/v1", max_retries=4)
def ask(prompt):
    for attempt in range(3):
        try:
            return client.responses.create(model="m", input=prompt)
        except openai.RateLimitError:
            time.sleep(2**attempt)
"""
    (told,) = check_source(source, "ask.py", Settings(select=("HED301",)))
    assert told.message.endswith("the client itself makes 5 tries of each, so the tries multiply")


@pytest.mark.parametrize(
    ("before", "asks", "said"),
    [
        ("e.code", '== "credit_exausted"', "did you mean 'credit_exhausted'?"),
        ("e.code", '== "invalid_api_key"', "it is one of OpenAI API"),
        ("str(e)", '== "Rate limit reached"', 'test e.code == "rate_limit_exceeded"'),
        ("'rate'", "in str(e)", "test e.code"),
        ("'429'", "in str(e)", "test e.status == 429"),
        ("'exceeded'", "in e.message and 'quota' in e.message", "test e.code"),
    ],
)
def test_a_message_says_what_to_test_instead(before: str, asks: str, said: str) -> None:
    source = f"""import pyai
voice = pyai.PyAI()
def speak(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        if {before} {asks}:
            return None
"""
    findings = check_source(source, "speak.py", Settings())
    assert any(said in finding.message for finding in findings), json.dumps(
        [finding.message for finding in findings]
    )


def test_a_message_says_when_no_field_is_finer() -> None:
    source = """import openai
client = openai.OpenAI(base_url="https://api.pyai.com/v1")
def ask(prompt):
    try:
        return client.responses.create(model="m", input=prompt)
    except openai.AuthenticationError as e:
        if "revoked" in str(e):
            return None
"""
    (finding,) = check_source(source, "ask.py", Settings())
    assert finding.message.endswith(
        "openai.AuthenticationError stands for `unauthorized` (401) alone, and no field tells more"
    )


def test_a_client_without_a_status_is_asked_for_its_code() -> None:
    source = """import grpc
def ask(stub, request):
    try:
        return stub.Get(request)
    except grpc.RpcError as error:
        if "503" in error.details():
            return None
        raise
"""
    (finding,) = check_source(source, "a.py", Settings())
    assert finding.message.endswith("; the stable field is error.code()")
    assert finding.fix is None or not finding.fix.edits


def test_a_field_that_is_asked_in_vain_before_the_text_is_not_advised() -> None:
    source = """import openai
client = openai.OpenAI(base_url="https://api.pyai.com/v1")
def ask():
    try:
        return client.models.list()
    except openai.APIStatusError as e:
        if e.code == "daily_cap_exceeded" or "come back" in str(e):
            return None
        raise
"""
    (finding,) = check_source(source, "a.py", Settings())
    assert finding.message.endswith("no catalogue has this wording, and the code is tested already")
    assert finding.fix is None
    (finding,) = check_source(source.replace("e.code ==", "text =="), "a.py", Settings())
    assert finding.message.endswith("; the stable field is e.code")


def test_a_type_is_advised_where_every_contract_with_codes_has_it() -> None:
    source = """import httpx
import openai
def is_faulty(error: Exception) -> bool:
    return "invalid_request_error" in str(error)
"""
    (finding,) = check_source(source, "a.py", Settings())
    told = 'getattr(error, "type", None) == "invalid_request_error"'
    assert finding.message.endswith(f"; test {told}")


@pytest.mark.parametrize(
    ("caught", "told"),
    [
        (
            "shippo.error.InvalidRequestError",
            "stands for the status 400, and no finer field is known",
        ),
        ("shippo.error.HubApiError", "; the stable field is the answer's status"),
    ],
)
def test_a_class_that_names_its_status_settles_it(caught: str, told: str) -> None:
    source = f"""import shippo
def label(rates):
    try:
        return shippo.Transaction.create(rates)
    except {caught} as e:
        if "lower the number of rates" in str(e):
            return label(rates[:1])
        raise
"""
    (finding,) = check_source(source, "a.py", Settings())
    assert finding.message.endswith(told)


def test_where_the_class_settles_the_status_a_finer_field_is_advised() -> None:
    source = """from opensearchpy import OpenSearch, RequestError
client = OpenSearch()
def create(name):
    try:
        client.indices.create(index=name)
    except RequestError as e:
        if "resource_already_exists_exception" not in str(e):
            raise
"""
    (finding,) = check_source(source, "a.py", Settings())
    assert finding.message.endswith("; the stable field is e.error")


NONE_FINER = "is settled already, and no finer field is known"
UNKNOWN_API = "no contract of its API is known; the stable field is "
GITHUB_FAILS = """import github
hub = github.Github()
def branch(name):
    try:
        return hub.get_repo("a/b").create_git_ref(ref=name, sha="0")
    except github.GithubException as e:
"""
GITHUB = f"""{GITHUB_FAILS}        if {{test}}:
            return None
        raise
"""
MATCHED = f"""{GITHUB_FAILS}        match {{subject}}:
            case {{pattern}}:
                if "already" in e.data["message"]:
                    return None
        raise
"""
ANTHROPIC = """import anthropic
client = anthropic.Anthropic()
def ask(prompt):
    try:
        return client.messages.create(model="m", max_tokens=1, messages=prompt)
    except anthropic.{caught} as e:
        {before}
        if {test}:
            return None
        raise
"""
GIVEN = """import httpx
def is_known(status_code: int, error_text: str) -> bool:
    return {test}
"""
REQUESTS = """import requests
def load(url):
    answer = requests.get(url)
    {before}
        if {test}:
            return None
    return answer
"""


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (GITHUB.format(test='e.status == 422 and "already" in e.data["message"]'), "status"),
        (GITHUB.format(test='"already" in e.data["message"] and e.status == 422'), "status"),
        (GITHUB.format(test='e.status in {409, 422} and "already" in e.message'), "status"),
        (
            ANTHROPIC.format(
                caught="APIStatusError",
                before='told = e.body["error"]',
                test='told["type"] == "invalid_request_error" and "too long" in told["message"]',
            ),
            "type",
        ),
        (
            ANTHROPIC.format(
                caught="BadRequestError", before="text = str(e)", test='"too long" in text'
            ),
            "status",
        ),
        (
            REQUESTS.format(
                before="if answer.status_code == 404:", test='"no such model" in answer.text'
            ),
            "status",
        ),
        (
            REQUESTS.format(
                before="if 404 <= answer.status_code < 405:", test='"no such model" in answer.text'
            ),
            "status",
        ),
        (MATCHED.format(subject="e.status", pattern="422"), "status"),
        (MATCHED.format(subject="e.status", pattern="409 | 422"), "status"),
        (GIVEN.format(test='status_code == 422 and "already" in error_text'), "status"),
    ],
)
def test_a_message_says_that_the_finest_field_is_tested_already(source: str, said: str) -> None:
    (finding,) = check_source(source, "a.py", Settings(select=("HED101",)))
    assert finding.message.endswith(f"; the {said} {NONE_FINER}")
    assert finding.fix is None


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (GITHUB.format(test='"already" in e.data["message"]'), f"{UNKNOWN_API}e.status"),
        (GITHUB.format(test='e.status != 422 and "in use" in e.message'), f"{UNKNOWN_API}e.status"),
        (
            REQUESTS.format(
                before="if answer.status_code >= 400:", test='"no such model" in answer.text'
            ),
            f"{UNKNOWN_API}answer.status_code",
        ),
        (MATCHED.format(subject="e.status", pattern="_"), f"{UNKNOWN_API}e.status"),
        (GIVEN.format(test='"already" in error_text'), f"{UNKNOWN_API}the answer's status"),
        (
            # A finer field than the one that is tested is left.
            ANTHROPIC.format(
                caught="APIStatusError",
                before="text = str(e)",
                test='e.status_code == 429 and "come back" in text',
            ),
            'no catalogue has this wording; the stable field is getattr(e, "error_code", None)',
        ),
    ],
)
def test_a_message_names_the_field_that_is_left(source: str, said: str) -> None:
    (finding,) = check_source(source, "a.py", Settings(select=("HED101",)))
    assert finding.message.endswith(said), finding.message


def test_a_message_gives_no_error_of_an_unknown_class_an_attribute() -> None:
    source = """from hubspot import HubSpot
api = HubSpot()
def contacts():
    try:
        return api.crm.contacts.get_all()
    except Exception as error:
        if "429" in str(error) or "rate limit" in str(error):
            return None
        raise
"""
    findings = check_source(source, "a.py", Settings())
    assert findings
    assert all("the answer's status == 429" in finding.message for finding in findings)
    assert not any("getattr" in finding.message for finding in findings)


def test_a_message_names_the_code_that_is_one_of_several_contracts() -> None:
    source = """import anthropic, openai
def is_blocked(error):
    return "content_policy_violation" in str(error)
def ask(client, prompt):
    try:
        return client.ask(prompt)
    except (anthropic.APIStatusError, openai.APIStatusError) as error:
        return is_blocked(error)
"""
    (finding,) = check_source(source, "a.py", Settings())
    assert 'the answer\'s code == "content_policy_violation"' in finding.message


def test_a_message_repeats_no_status_that_is_asked_for_first() -> None:
    source = """import requests
def load(url):
    try:
        answer = requests.get(url)
        answer.raise_for_status()
        return answer
    except requests.HTTPError as e:
        if e.response.status_code == 404 or "not found" in e.response.text:
            return None
        raise
"""
    (finding,) = check_source(source, "a.py", Settings())
    assert finding.message.endswith("this status is tested already, and no finer field is known")
