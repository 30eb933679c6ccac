"""The class of an exception says that it is an API's, whoever's that is."""

import json

import openai
import shippo
from pushover_complete import BadAPIRequestError
from pyrogram.errors import BadRequest, RPCError
from redis.exceptions import AuthenticationError

from .errors import HubApiError, RestoreError, UserForbiddenError


class LocalAPIError(Exception):
    """An exception of this file."""


def label(rates):
    try:
        return shippo.Transaction.create(rates)
    except shippo.error.InvalidRequestError as e:
        if "lower the number of rates" in str(e):  # expect: HED101
            return label(rates[:1])
        raise


def notify(user):
    try:
        user.push("done")
    except BadAPIRequestError as err:
        if "application token is invalid" in str(err):  # expect: HED101
            raise PermissionError(user) from err
        if err.status_code == 404:  # clean: the status
            return
        if "connection reset" in str(err):  # clean: what a transport says
            return
        raise


def edit(message, text):
    try:
        message.edit_text(text)
    except (BadRequest, TimeoutError) as e:
        if e.message == "Message is not modified":  # expect: HED101
            return
        raise
    except RPCError as e:
        if "chat not found" in str(e):  # clean: the name says nothing of HTTP
            return
        raise


def room(hub, name):
    try:
        return hub.room(name)
    except HubApiError as e:
        if e.message.startswith("no such room"):  # expect: HED101
            return hub.open(name)
        raise
    except Exception as e:
        if "too many rooms" in str(e):  # expect: HED101
            return hub.lobby()
        raise


def asked_below(agent, prompt):
    try:
        return agent.run(prompt)
    except openai.RateLimitError:
        return None
    except json.JSONDecodeError as e:
        if "Expecting value" in str(e):  # clean: no API's
            return None
        raise
    except Exception as e:
        if "maximum of images" in str(e):  # expect: HED101
            return agent.run(prompt, images=[])
        raise


def all_are_taken(agent, prompt):
    try:
        return agent.run(prompt)
    except openai.OpenAIError:
        return None
    except Exception as e:
        if "maximum of images" in str(e):  # clean: an API's error would not come here
            return None
        raise


def restored(backup):
    try:
        return backup.restore()
    except RestoreError as e:
        if "no space" in str(e):  # clean: not of REST
            return None
        raise


def own_by_status(hub, user):
    try:
        return hub.user(user)
    except UserForbiddenError as e:
        if "signed out" in str(e):  # clean: the package may be the server itself
            return None
        raise


def cached(store, key):
    try:
        return store.get(key)
    except AuthenticationError as e:
        if "no password is set" in str(e):  # clean: a database's
            return None
        raise


def local(x):
    try:
        return x.call()
    except LocalAPIError as e:
        if "no luck" in str(e):  # clean: nothing shows that an API says so
            return None
        raise
