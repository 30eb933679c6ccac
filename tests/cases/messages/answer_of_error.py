"""An error of a class that nobody has described keeps the answer it was raised for."""

import sqlite3

import requests
from vendor.errors import DeploymentError

from .errors import EndpointError


def resume(endpoint):
    try:
        return endpoint.resume()
    except EndpointError as error:
        if error.response.status_code == 400 and "already running" in error.response.text:  # expect: HED101
            return None
        if "already running" in str(error):  # clean: the class's own text may say so
            return None
        raise


def deploy(client):
    try:
        return client.deploy()
    except (DeploymentError, EndpointError) as error:
        if error.response.json()["error"]["code"] == "unknown_region":  # clean: the code
            return None
        if error.response.status_code == 404:  # clean: the status
            return None
        if "quota" in error.response.text.lower():  # expect: HED101
            return requests.get("https://status.example.com/")
        raise


def other(connection):
    try:
        return connection.run()
    except sqlite3.Error as error:
        if "locked" in error.response.text:  # clean: no answer
            return None
        raise
