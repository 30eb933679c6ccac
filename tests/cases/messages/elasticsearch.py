"""Elasticsearch's client: `message` is the type of the error, the reason is its text."""

import elasticsearch
from elasticsearch import Elasticsearch, NotFoundError

es = Elasticsearch("http://localhost:9200")


def create(name):
    try:
        es.indices.create(index=name)
    except elasticsearch.BadRequestError as e:
        if "already exists" in str(e):  # expect: HED101
            return None
        if "already exists" in e.body["error"]["reason"]:  # expect: HED101
            return None
        if e.message == "resource_already_exists_exception":  # clean: the type
            return None
        if e.error == "resource_already_exists_exception":  # clean: the same
            return None
        if e.args[0] == "resource_already_exists_exception":  # clean: the same
            return None
        if e.info["error"]["type"] == "resource_already_exists_exception":  # clean: the same
            return None
        raise


def find(name):
    try:
        return es.get(index="names", id=name)
    except NotFoundError as e:
        if e.meta.status == 404:  # clean: the status
            return None
        print(e.message, e.body)  # clean: told, not tested
        raise


def reach(name):
    try:
        return es.get(index="names", id=name)
    except elasticsearch.exceptions.ConnectionError as e:
        return "refused" in str(e)  # clean: no answer


def ask_broadly(name):
    try:
        return es.search(index=name)
    except Exception as e:
        return None if "no such index" in str(e) else name  # expect: HED101
