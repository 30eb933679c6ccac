"""Kubernetes' client: the status, and the reason in the body; `reason` and `body` are text."""

import json
import time

from kubernetes import client, config
from kubernetes.client.rest import ApiException
from kubernetes.config import ConfigException
from urllib3.exceptions import MaxRetryError

core = client.CoreV1Api()


def create(name, body):
    try:
        core.create_namespaced_pod(name, body)
    except ApiException as e:
        if "already exists" in str(e):  # expect: HED101
            return None
        if e.reason == "Conflict":  # expect: HED101
            return None
        if "exceeded quota" in e.body:  # expect: HED101
            return None
        if "is forbidden" in json.loads(e.body)["message"]:  # expect: HED101
            return None
        if "409" in str(e):  # expect: HED103
            return None
        if e.status == 409:  # clean: the status
            return None
        if json.loads(e.body)["reason"] == "AlreadyExists":  # clean: the reason, a code
            return None
        if "application/json" in e.headers["Content-Type"]:  # clean: a header
            return None
        print(f"Creating the pod failed: {e.reason}: {e.body}")  # clean: told, not tested
        raise


def exists(name):
    try:
        core.read_namespace(name)
    except client.exceptions.ApiException as e:
        return e.reason != "Not Found"  # expect: HED101
    return True


def jobs(batch: client.BatchV1Api, name):
    try:
        return batch.list_namespaced_job(name)
    except Exception as e:
        if "namespaces" in str(e):  # expect: HED101
            return None
        raise


def connect():
    try:
        config.load_incluster_config()
    except ConfigException as e:
        if "Service host/port" in str(e):  # clean: nothing is asked yet
            config.load_kube_config()


def nodes():
    try:
        return core.list_node()
    except MaxRetryError as e:
        return "Connection refused" in str(e)  # clean: no answer


def wait(name):
    while True:
        pod = core.read_namespaced_pod(name, "default")
        if pod.status.phase == "Running" or "CrashLoopBackOff" in pod.status.reason:  # clean: a pod
            return pod
        time.sleep(1)
