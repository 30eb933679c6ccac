"""Qdrant's client: the answer's content is text, and no code tells the errors apart."""

from qdrant_client import AsyncQdrantClient, QdrantClient
from qdrant_client.common.client_exceptions import ResourceExhaustedResponse
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

client = QdrantClient(url="http://localhost:6333")


def create(name, config):
    try:
        client.create_collection(name, vectors_config=config)
    except UnexpectedResponse as e:
        if "already exists" in str(e):  # expect: HED101
            return
        if b"already exists" in e.content:  # expect: HED101
            return
        if "exists" in e.structured()["status"]["error"]:  # expect: HED101
            return
        if e.reason_phrase == "Conflict":  # expect: HED101
            return
        if e.status_code == 409:  # clean: the status
            return
        if e.headers.get("content-type") != "application/json":  # clean: a header
            return
        print(e.content)  # clean: told, not tested
        raise


def info(name):
    try:
        return client.get_collection(name)
    except Exception as e:
        if "doesn't exist" in str(e):  # expect: HED101
            return None
        raise


def count(name):
    try:
        return client.count(name)
    except ResponseHandlingException as e:
        return "timed out" in str(e.source)  # clean: no answer


async def search(name, vector):
    reader = AsyncQdrantClient(host="localhost")
    try:
        return await reader.query_points(name, query=vector)
    except ResourceExhaustedResponse as e:
        if e.retry_after_s > 60:  # clean: a field
            return None
        if "write" in e.message.lower():  # expect: HED101
            return None
        raise


def store(points):
    try:
        client.upsert("names", points)
    except RuntimeError as e:
        if "Client was closed" in str(e):  # clean: says the client
            return
        raise
