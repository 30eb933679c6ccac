"""Docker's SDK: the class and the status tell its errors apart, the explanation is text."""

import subprocess

import docker
import requests
from docker.errors import APIError, BuildError, ContainerError, DockerException, NotFound

client = docker.from_env()


def run(image, name):
    try:
        return client.containers.run(image, name=name, detach=True)
    except docker.errors.APIError as e:
        if "is already in use" in str(e):  # expect: HED101
            return client.containers.get(name)
        if "port is already allocated" in e.explanation:  # expect: HED101
            return None
        if e.response.json()["message"].startswith("driver failed"):  # expect: HED101
            return None
        if e.response.reason == "Conflict":  # expect: HED101
            return None
        if "500" in str(e):  # expect: HED103
            return None
        if e.status_code == 409:  # clean: the status
            return client.containers.get(name)
        if e.response.status_code == 404:  # clean: the same
            return None
        if e.is_server_error():  # clean: the status, asked of the SDK
            return None
        print(e.explanation)  # clean: told, not tested
        raise


def pull(image):
    try:
        client.images.pull(image)
    except Exception as e:
        if "pull access denied" in str(e):  # expect: HED101
            return False
        raise
    return True


def remove(container):
    try:
        container.remove(force=True)
    except NotFound:  # clean: the class
        return
    except APIError as e:
        if "removal of container" not in str(e):  # expect: HED101
            raise


def execute(container, command):
    try:
        return container.exec_run(command)
    except requests.exceptions.ReadTimeout as e:
        return "timed out" in str(e)  # clean: no answer


def build(path):
    try:
        return client.images.build(path=path)
    except BuildError as e:
        return "returned a non-zero code" in e.msg  # clean: what was streamed while building


def compute(image):
    try:
        return client.containers.run(image)
    except ContainerError as e:
        return b"Traceback" in e.stderr  # clean: said a program in the container


def connect():
    try:
        return docker.DockerClient.from_env()
    except DockerException as e:
        if "Error while fetching server API version" in str(e):  # clean: says the SDK: no daemon
            return None
        raise


def compose(path):
    try:
        subprocess.run(["docker", "compose", "up"], cwd=path, check=True)
    except subprocess.CalledProcessError as e:
        return "no configuration file" in str(e.stderr)  # clean: a process
