"""Azure's clients: the class, the status and `error.code` tell errors apart, the rest is text."""

import json

from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
    ServiceRequestError,
)
from azure.identity import CredentialUnavailableError, DefaultAzureCredential
from azure.search.documents.indexes import SearchIndexClient
from azure.storage.blob import BlobServiceClient

service = BlobServiceClient.from_connection_string("UseDevelopmentStorage=true")


def create(name):
    try:
        service.create_container(name)
    except ResourceExistsError as e:
        if "ContainerBeingDeleted" in str(e):  # expect: HED101
            return None
        if "already exists" in e.message:  # expect: HED101
            return None
        if e.error_code == "ContainerAlreadyExists":  # clean: a field
            return None
        raise


def read(name, blob):
    try:
        return service.get_blob_client(name, blob).download_blob().readall()
    except HttpResponseError as e:
        if e.reason == "Not Found":  # expect: HED101
            return None
        if "The specified blob" in e.response.text():  # expect: HED101
            return None
        if e.error.message.startswith("Server failed"):  # expect: HED101
            return None
        if "404" in str(e):  # expect: HED103
            return None
        if e.status_code in (404, 410):  # clean: the status
            return None
        if e.response.status_code == 403:  # clean: the same
            return None
        if e.error and e.error.code == "InvalidRange":  # clean: the code
            return None
        if e.response.headers.get("x-ms-error-code") == "BlobArchived":  # clean: a header
            return None
        print(e.message, e.reason)  # clean: told, not tested
        raise


def index_exists(endpoint, key, name):
    client = SearchIndexClient(endpoint, AzureKeyCredential(key))
    try:
        client.get_index(name)
    except ResourceNotFoundError:  # clean: the class
        return False
    except ClientAuthenticationError as e:
        return "expired" in str(e)  # expect: HED101
    return True


def delete(name):
    try:
        service.delete_container(name)
    except ServiceRequestError as e:
        return "Name or service not known" in str(e)  # clean: no answer
    except AzureError as e:
        if isinstance(e, HttpResponseError) and e.status_code == 404:  # clean: class and status
            return False
        raise
    return True


def token():
    try:
        return DefaultAzureCredential().get_token("https://search.azure.com/.default")
    except CredentialUnavailableError as e:
        return "browser" in str(e)  # clean: nobody is asked
    except ClientAuthenticationError as e:
        if any(text in str(e) for text in ("az login", "keychain")):  # clean: says the library
            return None
        if "AADSTS70043" in str(e):  # expect: HED101
            return None
        raise


def settings(path):
    try:
        return json.loads(path.read_text())
    except Exception as e:
        return "Expecting value" in str(e)  # clean: a file
