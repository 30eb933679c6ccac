"""HED901: comments that name a rule of heedlint's which has nothing to say there."""

import logging
import time

import openai
import pyai
import requests
from tenacity import retry, stop_after_attempt, wait_fixed

logger = logging.getLogger(__name__)
client = openai.OpenAI()


def mended(prompt):
    try:
        return client.responses.create(model="m", input=prompt)
    except openai.APIStatusError as e:
        if e.code == "insufficient_quota":  # expect: HED901
            return None
        if e.status_code == 429:  # expect: HED901
            return None
        raise  # nothing is retried here  # expect: HED901


def beside(prompt):
    try:  # expect: HED901
        return client.responses.create(model="m", input=prompt)
    except openai.APIStatusError as e:
        # expect: HED901
        if "quota" in str(e):  # expect: HED101
            return None
        if "rate limit" in str(e):  # expect: HED101, HED901
            return None
        if "credit" in str(e):  # noqa: HED101  # expect: HED901
            return None
        raise


def other_tools(prompt):
    answer = client.responses.create(model="m", input=prompt)  # noqa: E501  # expect: HED901
    text = """
    several lines
    """  # type: ignore # noqa: E501  # expect: HED901
    return answer, text  # expect: HED901


async def lower_case(prompt):
    return prompt  # expect: HED901


def needed(prompt):
    try:
        return client.responses.create(model="m", input=prompt)
    except openai.APIStatusError as e:
        if "insufficient_quota" in str(e):  # noqa: HED103, E501  # clean: it is reported here
            return None
        if "quota" in str(e):  # noqa: HED101  # clean: this, too
            return None
        if "rate limit" in str(e):  # noqa: HED1  # clean: the beginning of a code
            return None
        if "credit" in str(e):  # noqa: E501,HED101 because of it  # clean: codes of two tools
            return None
        raise


def on_another_line_of_the_statement():
    try:
        return client.models.list()
    except openai.APIStatusError as e:
        return "rate limit" in str(e) or """
        of several lines
        """  # noqa: HED101  # clean: flake8 takes the lines of a string together


def needed_where_the_rule_is_off(status, e: pyai.PyAIError):
    if e.status == 429:  # noqa: HED403  # clean: would be reported if it were switched on
        return None
    return status


def unsure(work):
    try:
        return work()
    except Exception as e:
        return "credit" in str(e)  # noqa: HED101  # clean: reported where "possible" is asked for


@retry(stop=stop_after_attempt(4), wait=wait_fixed(1))  # noqa: HED202, HED203, HED301  # clean: all
def ask(prompt):
    return client.responses.create(model="m", input=prompt)


def forever(url):
    while True:  # noqa: HED204  # clean: it is for ever
        response = requests.get(url)
        if response.status_code != 429:  # noqa: HED301  # clean: the delay is fixed
            return response
        time.sleep(1)  # noqa  # clean: says nothing of us


def bare(prompt):
    logger.info("noqa: HED101 %s", prompt)  # clean: no comment
    logger.info("# noqa: HED101 %s", prompt)  # clean: in a string, and first on its line
    hint = prompt  # noqa  # clean: for whatever tool
    other = hint  # noqa: E501, W291  # clean: no code of ours
    plain = other  # noqa HED101  # clean: without a colon it is for all
    return plain  # noqa: HED901  # clean: about itself
