"""Jira's client: the status tells its errors apart, and all else is text."""

import requests
from jira import JIRA, JIRAError
from jira.exceptions import JIRAError as Failed

jira = JIRA(server="https://issues.example", token_auth="secret")


def comment(key, text):
    try:
        jira.add_comment(key, text)
    except JIRAError as e:
        if "Issue Does Not Exist" in e.text:  # expect: HED101
            return False
        if "CAPTCHA" in e.response.text:  # expect: HED101
            return False
        if "archived" in e.response.json()["errorMessages"][0]:  # expect: HED101
            return False
        if "403" in str(e):  # expect: HED103
            return False
        if e.status_code == 404:  # clean: the status
            return False
        if e.response.status_code == 401:  # clean: the same
            return False
        if "X-Seraph-LoginReason" in e.response.headers:  # clean: a header
            return False
        print(e.status_code, e.text)  # clean: told, not tested
        raise
    return True


def search(query):
    try:
        return jira.search_issues(query)
    except Exception as e:
        if "Error in the JQL Query" in str(e):  # expect: HED101
            return []
        raise


def move(key, name):
    try:
        jira.transition_issue(key, name)
    except Failed as e:
        if "Invalid transition name" in e.text:  # clean: says the client, of a name it looked up
            return False
        if "is not valid for" in e.text:  # expect: HED101
            return False
        raise
    return True


def is_up():
    try:
        jira.server_info()
    except requests.exceptions.ConnectionError as e:
        return "refused" not in str(e)  # clean: no answer
    return True


def where():
    try:
        return jira.client_info()
    except Exception as e:
        return "no server" in str(e)  # clean: asks nobody
