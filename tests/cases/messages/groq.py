"""Groq's SDK has the calls of OpenAI's: the one that the file imports is meant."""

import groq


def ask(client, prompt):
    try:
        return client.chat.completions.create(model="llama", messages=prompt)
    except groq.APIStatusError as e:
        if "reduce the length" in e.message:  # expect: HED101
            return None
        if e.status_code == 413:  # clean: the status
            return None
        raise


def ask_broadly(client, prompt):
    try:
        return client.chat.completions.create(model="llama", messages=prompt)
    except Exception as e:
        return None if "reduce the length" in str(e) else prompt  # expect: HED101
