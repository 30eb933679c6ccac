"""Voyage AI's SDK: the class and the status tell its errors apart, the rest is text."""

import voyageai
from voyageai import error

client = voyageai.Client(max_retries=3)


def embed(texts):
    try:
        return client.embed(texts, model="voyage-3").embeddings
    except voyageai.error.InvalidRequestError as e:
        if "max allowed tokens" in str(e):  # expect: HED101
            return None
        if "is not supported" in e.user_message:  # expect: HED101
            return None
        if e.json_body["detail"].startswith("Model"):  # expect: HED101
            return None
        if "batch" in e.http_body:  # expect: HED101
            return None
        print(e.user_message, e.request_id)  # clean: told, not tested
        raise


def rank(query, documents):
    try:
        return client.rerank(query, documents, model="rerank-2")
    except error.VoyageError as e:
        if e.http_status == 429:  # clean: the status
            print("Come back in", e.headers.get("Retry-After"))
            return None
        if isinstance(e, error.AuthenticationError):  # clean: the class
            return None
        if "429" in str(e):  # expect: HED103
            return None
        raise


async def embed_later(texts):
    reader = voyageai.AsyncClient()
    try:
        return await reader.embed(texts, model="voyage-3")
    except Exception as e:
        if "payment method" in str(e):  # expect: HED101
            return None
        raise


def connect(texts):
    try:
        return client.embed(texts, model="voyage-3")
    except error.APIConnectionError as e:
        if "Error communicating with VoyageAI" in str(e):  # clean: says the SDK, of no answer
            return None
        raise


def count(texts):
    try:
        return client.count_tokens(texts)
    except Exception as e:
        return "not found" in str(e)  # clean: counted on this machine
