"""What is given to a function as the text of an error, and nobody in the file says whose."""

import logging

LIMITED = ("rate limit reached", "quota exceeded")


def kind_of(error_message: str) -> str:
    text = error_message.lower()
    if any(words in text for words in LIMITED):  # expect: HED101
        return "wait"
    if "maximum context length" in text:  # expect: HED101
        return "shorten"
    return "unknown"


def advise(error_text, attempts):
    if "insufficient_quota" in error_text:  # expect: HED103
        return None
    return attempts + 1


def of_files(error_msg: str) -> bool:
    return "no such file" in error_msg or "disk full" in error_msg  # clean: no server's


def of_parsers(error_message):
    if "unexpected token" in error_message:  # clean: anybody's text
        return "mend it"
    return error_message.splitlines()[0]


def of_steps(error_text: list[str]) -> bool:
    return "rate limit reached" in error_text  # clean: a list


def said(error_message: str) -> None:
    logging.warning("rate limit" if "rate limit reached" in error_message else "failed")  # clean: said


def titled(message: str) -> bool:
    return "rate limit reached" in message  # clean: any message
