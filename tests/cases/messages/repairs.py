"""Tests whose repair must not be written as it comes: see tests/fixes."""

import openai

client = openai.OpenAI(base_url="https://api.pyai.com/v1")
EXTRA = input()


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
