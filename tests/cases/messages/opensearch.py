"""OpenSearch's client: `error` is the type of the error, the reason in the body is its text."""

from opensearchpy import OpenSearch, RequestError, TransportError

client = OpenSearch("http://localhost:9200")


def create(name):
    try:
        client.indices.create(index=name)
    except RequestError as e:
        if "already exists" in str(e):  # expect: HED101
            return None
        if e.error == "resource_already_exists_exception":  # clean: the type
            return None
        if e.info["error"]["reason"].startswith("index"):  # expect: HED101
            return None
        raise


def create_when_allowed(name):
    try:
        client.indices.create(index=name)
    except Exception as e:
        error_str = str(e).lower()
        if "security_exception" in error_str:  # expect: HED101
            return None
        raise


def find(name):
    try:
        return client.get(index="names", id=name)
    except TransportError as e:
        if e.status_code == 404:  # clean: the status
            return None
        print(e.error, e.info)  # clean: told, not tested
        raise
