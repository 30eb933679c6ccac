"""Modules that are imported by a call, and classes that are looked up in them."""

import importlib


def require_dependency(name, hint=""):
    try:
        return importlib.import_module(name)
    except ImportError as e:
        raise RuntimeError(hint) from e


class Chat:
    @staticmethod
    def _sdk():
        return require_dependency("openai", hint="pip install openai")

    def ask(self, prompt):
        sdk = self._sdk()
        client = sdk.OpenAI(base_url="https://api.pyai.com/v1")
        try:
            return client.responses.create(model="pyai-cue", input=prompt)
        except getattr(sdk, "RateLimitError", ()) as e:
            if "daily cap" in str(e):  # expect: HED101
                return None
            raise
        except sdk.AuthenticationError as e:
            return "key" if "revoked" in e.message else None  # expect: HED101


class Failure(Exception):
    pass


class Reply:
    pass


def answer(client, prompt):
    reply = Reply()
    openai = importlib.import_module("openai")
    try:
        reply.text = client.responses.create(model="pyai-cue", input=prompt)
    except openai.APIError as e:
        reply.error = str(e)
        if "prepaid credit" in reply.error:  # expect: HED101
            return None
    if "quota" in reply.text:  # clean: what the model said
        return None
    return reply


def fail(client, prompt):
    openai = importlib.import_module("openai")
    try:
        return client.responses.create(model="pyai-cue", input=prompt)
    except openai.APIError as e:
        failure = Failure("no answer")
        failure.why = e.message
        raise failure from e


def failed(client, prompt):
    try:
        return fail(client, prompt)
    except Failure as e:
        if "no answer" in str(e):  # clean: the program's own words
            return None
        if e.why == "Invalid API key.":  # expect: HED101
            return None
        raise
