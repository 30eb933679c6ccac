"""The environment that the file sets says which API the client of another one reaches."""

import os

import anthropic
import openai

os.environ["OPENAI_BASE_URL"] = "https://api.pyai.com/v1"
client = openai.OpenAI()


def ask(prompt):
    try:
        return client.responses.create(model="pyai-cue", input=prompt)
    except openai.APIStatusError as e:
        if e.code == "credit_exausted":  # expect: HED401
            return None
        if e.code == "credit_exhausted":  # clean: a code of PyAI
            return None
        if e.status_code == 429 and e.code == "insufficient_quota":  # expect: HED402
            return None
        raise


def ask_claude(prompt):
    os.environ.setdefault("ANTHROPIC_BASE_URL", "https://api.pyai.com")
    claude = anthropic.Anthropic()
    try:
        return claude.messages.create(model="pyai-cue", max_tokens=9, messages=prompt)
    except anthropic.APIStatusError as e:
        if e.response.json()["error"]["code"] == "no_credit":  # expect: HED401
            return None
        raise
