"""Tests whose repair must not be written as it comes: see tests/fixes."""

import httpx
import openai
import tenacity

import somewhere

client = openai.OpenAI(base_url="https://api.pyai.com/v1")
EXTRA = input()
WORDS = ("rate limit", "daily cap")
KINDS = {"busy": ("rate limit", "daily cap"), "broke": ("prepaid credit",)}
HANDLERS = {"Invalid API key.": print}


def may_lack_the_field():
    try:
        return client.models.list()
    except openai.APIError as e:
        if "429" in str(e):  # expect: HED103
            return None
        raise


def may_be_none(e: openai.APIStatusError | None):
    return "insufficient_quota" in str(e)  # expect: HED103


def in_quotes():
    try:
        return client.models.list()
    except openai.APIStatusError as e:
        return f"{'wait' if 'rate limit' in str(e) else 'stop'}"  # expect: HED101


def binds_a_name():
    try:
        return client.models.list()
    except openai.APIStatusError as e:
        if "rate limit" in (message := str(e).lower()):  # expect: HED101
            return message
        raise


def another_error_by_then(path):
    try:
        return client.models.list()
    except openai.APIStatusError as e:
        text = str(e)
        try:
            return open(path)
        except OSError as e:
            if "rate limit" in text:  # expect: HED101
                return None
            raise


def a_word_that_is_not_known():
    try:
        return client.models.list()
    except openai.APIStatusError as e:
        if any(word in str(e) for word in ("rate limit", EXTRA)):  # expect: HED101
            return None
        raise


def a_loop_that_hands_the_word_on():
    try:
        return client.models.list()
    except openai.APIStatusError as e:
        for word in WORDS:
            if word in str(e):  # expect: HED101
                return word
        raise


def a_list_of_what_was_found():
    try:
        return client.models.list()
    except openai.APIStatusError as e:
        return [word for word in WORDS if word in str(e)]  # expect: HED101


def a_place_that_is_true_when_nothing_is_found():
    try:
        return client.models.list()
    except openai.APIStatusError as e:
        if str(e).find("rate limit"):  # expect: HED101
            return None
        raise


def a_table_that_others_read():
    try:
        return client.models.list()
    except openai.APIStatusError as e:
        HANDLERS[e.message](e)  # expect: HED101
        return sorted(HANDLERS)


def a_case_that_keeps_the_text():
    try:
        return client.models.list()
    except openai.APIStatusError as e:
        match e.message:  # expect: HED101
            case "Invalid API key.":
                return None
            case other:
                return other


def a_status_within_a_wording():
    try:
        return client.models.list()
    except openai.APIStatusError as e:
        if "429 Quota exceeded" in str(e):  # expect: HED103
            return None
        raise


def an_error_of_nobody_known():
    try:
        return somewhere.ask()
    except Exception as e:
        if "429" in str(e):  # expect: HED103
            return None
        raise


@tenacity.retry(
    stop=tenacity.stop_after_attempt(3),
    wait=tenacity.wait_fixed(60),
    retry=tenacity.retry_if_not_exception_message(match="rate limit"),  # expect: HED101
)
def a_condition_that_takes_results_too():
    return client.models.list()


def an_alias_of_another_error(path):
    try:
        return client.models.list()
    except openai.APIStatusError as e:
        first = e
        try:
            return open(path)
        except OSError as e:
            if "rate limit" in str(first):  # expect: HED101
                return None
            raise


def a_loop_over_kinds_of_words():
    try:
        return client.models.list()
    except openai.APIStatusError as e:
        for kind, words in KINDS.items():
            if any(word in str(e) for word in words):  # expect: HED101
                return kind
        raise


def a_text_that_may_be_the_prompt(prompt, loud):
    try:
        return client.responses.create(model="pyai-cue", input=prompt)
    except openai.APIStatusError as e:
        text = str(e) if loud else prompt
        if "rate limit" in text:  # expect: HED101
            return None
        raise


def a_body_that_may_lack_the_object():
    response = httpx.get("https://api.pyai.com/v1/models")
    if response.status_code >= 400:
        body = response.json()
        if "rate limit" in str(body).lower():  # expect: HED101
            return None
    return response
