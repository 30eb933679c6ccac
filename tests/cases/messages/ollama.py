"""Ollama's client: `error` is the text, and no code tells the errors apart but the status."""

import ollama
from ollama import AsyncClient, Client, ResponseError

client = Client(host="http://localhost:11434")


def ask(model, messages):
    try:
        return ollama.chat(model=model, messages=messages)
    except ollama.ResponseError as e:
        if "not found" in e.error:  # expect: HED101
            ollama.pull(model)
        if e.status_code == 404:  # clean: the status
            ollama.pull(model)
        if "404" in str(e):  # expect: HED103
            return None
        print("Error:", e.error)  # clean: told, not tested
        raise


def embed(model, texts):
    try:
        return client.embed(model=model, input=texts)
    except Exception as e:
        if "does not support embeddings" in str(e):  # expect: HED101
            return None
        raise


async def answer(model, prompt):
    reader = AsyncClient()
    try:
        return await reader.generate(model=model, prompt=prompt)
    except ResponseError as e:
        message = e.error.lower()
        if "requires more system memory" in message:  # expect: HED101
            return None
        raise


def is_there():
    try:
        client.list()
    except ConnectionError as e:
        return "Failed to connect" not in str(e)  # clean: no server is there, says the library
    return True


def is_running():
    try:
        ollama.ps()
    except Exception as e:
        if "Failed to connect to Ollama" in str(e):  # clean: the same
            return False
        raise
    return True


def search(words):
    try:
        return client.web_search(words)
    except ValueError as e:
        if "Authorization header" in str(e):  # clean: no error of the API
            return None
        raise


def leave():
    try:
        client.close()
    except Exception as e:
        return "already closed" in str(e)  # clean: reaches no API
