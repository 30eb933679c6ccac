"""Every shape in which a text is asked something, and shapes that ask it nothing."""

import re

import pyai

voice = pyai.PyAI(api_key="pyai_test_key")
LIMITS = ("rate limit", "daily cap")
KNOWN_TEXTS = {"Rate limit reached. Retry after 2s.": 2}


def shapes(text, words):
    try:
        return voice.audio.speech(text)
    except pyai.PyAIError as e:
        if str(e).lower().startswith(LIMITS):  # expect: HED101
            return 1
        if not any(words in str(e) for words in LIMITS):  # expect: HED101
            return 2
        if all(words in str(e) for words in LIMITS):  # expect: HED101
            return 3
        if str(e).count("rate limit"):  # expect: HED101
            return 4
        if str(e).find("rate limit") != -1:  # expect: HED101
            return 5
        if re.search("rate limit", str(e)) is not None:  # expect: HED101
            return 6
        if bool(re.match("daily cap", e.message)):  # expect: HED101
            return 7
        if e.args and "rate limit" in e.args[0]:  # expect: HED101
            return 8
        if "rate limit" in "%s" % e:  # expect: HED101
            return 9
        if str(e) in KNOWN_TEXTS:  # expect: HED101
            return 10
        if "rate limit" in e.message and e.status == 429:  # expect: HED101
            return 11
        mark("busy" if "rate limit" in str(e) else "down")  # expect: HED101
        print("busy" if "rate limit" in str(e) else "down")  # clean: printed
        while not "daily cap" in str(e):  # expect: HED101
            break
        hit = re.search("rate limit", str(e))  # expect: HED101
        return hit


def read_out(text, options):
    try:
        return voice.audio.speech(text, **options)
    except pyai.PyAIError as e:
        refused = set(re.findall(r"options\.(\w+) is not allowed", e.message))  # expect: HED101
        if refused:
            return voice.audio.speech(text, **{k: v for k, v in options.items() if k not in refused})
        raise


def told_what_was_found(text):
    try:
        return voice.audio.speech(text)
    except pyai.PyAIError as e:
        refused = sorted(re.findall(r"options\.(\w+)", e.message))  # clean: said, nothing hangs on it
        print("refused:", *refused)
        raise


def no_shapes(text):
    try:
        return voice.audio.speech(text)
    except pyai.PyAIError as e:
        if len(str(e)) > 200:  # clean: the length
            return str(e)[:200]
        if isinstance(e.message, str):  # clean: the class of the text
            return e.message.strip()
        if e.args:  # clean: is there anything
            return e.args[0]
        if e.message is None:  # clean: is there a text
            return ""
        if e.message != "":  # clean: is there a text
            return e.message
        return re.sub(r"key_\w+", "key_***", str(e))  # clean: the text is cleaned, not tested


def asked_itself(text):
    try:
        return voice.audio.speech(text)
    except pyai.PyAIError as e:
        if "rate limit" in e:  # expect: HED101
            return None
        if e in KNOWN_TEXTS:  # clean: the error, among keys that it never is
            return None
        raise
