"""An error as a value: of what class it is, is asked in other ways than by isinstance."""

import openai


def is_quota(output):
    return type(output) is openai.RateLimitError and "quota" in str(output)  # expect: HED101


def is_long(output):
    if type(output) in (openai.RateLimitError, openai.BadRequestError):
        return "too long" in str(output)  # expect: HED101
    return False


def is_known(output):
    if type(output) == openai.APIStatusError and "credit" in output.message:  # expect: HED101
        return True
    if type(output) is openai.RateLimitError and output.code == "insufficient_quota":  # clean: code
        return True
    if type(output) is ValueError and "too long" in str(output):  # clean: no API's
        return True
    if type(output) is str and "too long" in output:  # clean: a text
        return True
    return type(output) is not openai.RateLimitError and "too long" in str(output)  # clean: another


def by_its_attribute(ex):
    if ex.__class__ is openai.RateLimitError:
        return "capacity" in str(ex)  # expect: HED101
    if ex.__class__ is openai.APIConnectionError:
        return "429" in str(ex)  # clean: no answer
    return None
