"""Readings and tests of fields that are right, and were once reported."""

import google.api_core.exceptions
import openai
import tenacity

import bodies


def source_of(error):
    if not isinstance(error, openai.BadRequestError):
        return {}
    body = getattr(error, "body", None)
    if isinstance(body, dict):
        # Some servers answer with the envelope in the envelope.
        inner = body.get("error")
        return inner if isinstance(inner, dict) else body
    return {}


def param_of(error: openai.BadRequestError):
    inner = error.body.get("error")
    if isinstance(inner, dict):
        found = inner
    else:
        found = error.body
    return found.get("param")


# gRPC has no headers, and so no Retry-After.
@tenacity.retry(
    stop=tenacity.stop_after_attempt(10),
    wait=tenacity.wait_exponential(multiplier=2, min=1, max=60),
    retry=tenacity.retry_if_exception_type(google.api_core.exceptions.ResourceExhausted),
)
def embed(client, text):
    return client.embed_text(text=text)


def reported(error: openai.BadRequestError):
    # What a helper of another module makes of the body is not known.
    found = bodies.reported_error(error.body)
    return found.get("error") or found["error"]


def refused(work):
    try:
        return work()
    except Exception as e:
        # Databases and shells say so, too.
        return "unauthorized" in str(e).lower() or "no api key" in str(e)
