"""The module's own client, sent to a server whose codes nobody has told."""

import os
import time

import openai

openai.api_type = "azure"
openai.api_base = os.environ["LLM_ENDPOINT"]


def ask(prompt):
    for _ in range(3):
        try:
            return openai.ChatCompletion.create(engine="m", messages=prompt)
        except openai.error.RateLimitError:  # expect: HED301
            time.sleep(5)
    return None
