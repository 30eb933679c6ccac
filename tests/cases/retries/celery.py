"""Retries by celery: what `autoretry_for` names runs again, three times unless more is said."""

import logging
import sqlite3

import openai
import pyai
import requests
from celery import Celery, shared_task
from celery.exceptions import Ignore
from celery.utils.log import get_task_logger
from openai import OpenAI

from .policies import RETRY_KWARGS, RETRYABLE, SETTINGS, broker, celery_app

logger = get_task_logger(__name__)
app = Celery("answers")
CHAT = "https://api.openai.com/v1/chat/completions"
ITEMS = "https://api.example.com/v1/items"
client = OpenAI()
voice = pyai.PyAI()
TRANSIENT = (openai.APIConnectionError, openai.InternalServerError)
RATE_LIMITED = (openai.RateLimitError, openai.APITimeoutError)
MINUTE = 60


class Later(Exception):
    pass


def seconds_told(error):
    value = error.response.headers.get("retry-after", "")
    return int(value) if value.isdigit() else 60


def _ask(prompt):
    return client.responses.create(model="gpt-5", input=prompt).output_text


# What runs again


@shared_task(autoretry_for=(Exception,), retry_backoff=True)  # expect: HED202, HED203, HED301
def ask(prompt):
    return client.responses.create(model="gpt-5", input=prompt).output_text


@app.task(bind=True, autoretry_for=(openai.APIError,), retry_kwargs={"max_retries": 5})  # expect: HED202, HED203, HED301
def ask_bound(self, prompt):
    logger.info("try %d", self.request.retries)
    return _ask(prompt)


@celery_app.task(
    name="answers.ask",
    autoretry_for=(openai.OpenAIError, ConnectionError),  # expect: HED202, HED203
    retry_backoff=5,  # expect: HED301
    retry_backoff_max=700,
    retry_jitter=True,
    max_retries=7,
)
def ask_imported_app(prompt):
    return _ask(prompt)


@shared_task(
    autoretry_for=RATE_LIMITED,  # expect: HED203
    default_retry_delay=MINUTE,  # expect: HED301
    max_retries=10,
)
def ask_each_minute(prompt):
    return _ask(prompt)


@shared_task(
    autoretry_for=[openai.RateLimitError],  # expect: HED203
    retry_kwargs={"max_retries": 3, "countdown": 5},  # expect: HED301
)
def ask_in_five_seconds(prompt):
    return _ask(prompt)


@app.task(
    autoretry_for=(
        openai.InternalServerError,
        openai.NotFoundError,  # expect: HED201
        openai.BadRequestError,  # expect: HED201
    ),
    retry_backoff=True,
)
def ask_missing_model(prompt):
    return _ask(prompt)


@shared_task(autoretry_for=(requests.exceptions.RequestException,), retry_backoff=True)  # expect: HED202, HED301
def fetch(item):
    response = requests.get(f"{ITEMS}/{item}", timeout=10)
    response.raise_for_status()
    return response.json()


@shared_task(autoretry_for=(requests.HTTPError,), retry_backoff=False)  # expect: HED202, HED203, HED301
def post_chat(payload):
    response = requests.post(CHAT, json=payload, timeout=60)
    response.raise_for_status()
    return response.json()


@app.task(autoretry_for=(pyai.PyAIError,), max_retries=None, retry_backoff=True)  # expect: HED202, HED203, HED204, HED301
def speak(text):
    return voice.audio.speech(input=text)


@shared_task(autoretry_for=TRANSIENT, max_retries=None)  # expect: HED204
def ask_until_it_is_up(prompt):
    return _ask(prompt)


@shared_task(autoretry_for=(Later,), retry_backoff=True)  # expect: HED202, HED203, HED301
def ask_translated(prompt):
    try:
        return _ask(prompt)
    except openai.APIStatusError as e:
        raise Later(str(e)) from e


# What is left out


@shared_task(
    autoretry_for=(openai.APIError,),  # expect: HED202, HED203
    dont_autoretry_for=(openai.AuthenticationError,),
    retry_backoff=True,  # expect: HED301
)
def ask_unless_unauthorized(prompt):
    return _ask(prompt)


@shared_task(
    autoretry_for=(openai.APIError,),  # expect: HED203
    dont_autoretry_for=(
        openai.BadRequestError,
        openai.AuthenticationError,
        openai.PermissionDeniedError,
        openai.NotFoundError,
    ),
    retry_backoff=True,  # expect: HED301
)
def ask_unless_hopeless(prompt):
    return _ask(prompt)


@shared_task(autoretry_for=(Exception,), dont_autoretry_for=(requests.HTTPError, pyai.PyAIError))  # expect: HED202, HED203, HED301
def ask_wrong_ones_left_out(prompt):
    return _ask(prompt)


@shared_task(autoretry_for=(openai.APIStatusError,), dont_autoretry_for=(openai.RateLimitError,))  # expect: HED202
def ask_unless_rate_limited(prompt):
    return _ask(prompt)


@shared_task(bind=True, autoretry_for=(openai.APIStatusError,), retry_backoff=True)  # expect: HED202
def ask_telling_rate_limits(self, prompt):
    try:
        return _ask(prompt)
    except openai.RateLimitError as e:
        raise self.retry(exc=e, countdown=seconds_told(e))


# Near misses


@shared_task(autoretry_for=TRANSIENT, retry_backoff=True)  # clean: connections and 5xx
def ask_transient(prompt):
    return _ask(prompt)


@shared_task(bind=True, max_retries=5)  # clean: nothing by itself, and as long as the header says
def ask_by_hand(self, prompt):
    try:
        return _ask(prompt)
    except openai.RateLimitError as e:
        if e.type == "insufficient_quota":
            raise
        raise self.retry(exc=e, countdown=seconds_told(e))


@shared_task(autoretry_for=(Exception,), max_retries=0)  # clean: one try is none more
def ask_once(prompt):
    return _ask(prompt)


@shared_task(autoretry_for=(openai.APIError,), retry_kwargs={"max_retries": 0})  # clean: one try is none more
def ask_once_by_keywords(prompt):
    return _ask(prompt)


@shared_task(autoretry_for=TRANSIENT, retry_kwargs={"max_retries": None})  # clean: None here means the default, 3
def ask_default(prompt):
    return _ask(prompt)


@shared_task(autoretry_for=TRANSIENT, max_retries=None, retry_kwargs={"max_retries": 5})  # clean: five at most
def ask_five_times(prompt):
    return _ask(prompt)


@shared_task(autoretry_for=TRANSIENT, max_retries=None, retry_kwargs=RETRY_KWARGS)  # clean: the keywords may end it
def ask_with_keywords(prompt):
    return _ask(prompt)


@shared_task(autoretry_for=())  # clean: an empty list
def ask_never_again(prompt):
    return _ask(prompt)


@shared_task(autoretry_for=RETRYABLE, retry_backoff=True)  # clean: the classes are unknown
def ask_unknown(prompt):
    return _ask(prompt)


@shared_task(autoretry_for=TRANSIENT, **SETTINGS)  # clean: the settings may end it
def ask_with_settings(prompt):
    return _ask(prompt)


@shared_task(autoretry_for=(requests.RequestException,), retry_backoff=True)  # clean: no raise_for_status
def fetch_transport_only(item):
    return requests.get(f"{ITEMS}/{item}", timeout=10).json()


@shared_task(autoretry_for=(sqlite3.OperationalError, requests.HTTPError), retry_backoff=True)  # clean: other libraries' errors
def ask_and_store(prompt, path):
    with sqlite3.connect(path) as db:
        db.execute("insert into answers values (?)", [_ask(prompt)])


@shared_task(autoretry_for=(Exception,), retry_backoff=True)  # clean: the body keeps its errors
def ask_or_nothing(prompt):
    try:
        return _ask(prompt)
    except openai.OpenAIError:
        logger.exception("no answer")
        return None


@shared_task(autoretry_for=(Exception,), retry_backoff=True)  # clean: celery never runs again what is ignored
def ask_or_ignore(prompt):
    try:
        return _ask(prompt)
    except openai.APIStatusError as e:
        raise Ignore() from e


@shared_task(autoretry_for=(Exception,), retry_backoff=True)  # clean: the call is made by other tasks
def ask_all(prompts):
    for prompt in prompts:
        ask.delay(prompt)
        ask_bound.apply_async(args=[prompt], countdown=1)


@shared_task(autoretry_for=(Exception,), retry_backoff=True)  # clean: no API
def count(path):
    with sqlite3.connect(path) as db:
        return db.execute("select count(*) from answers").fetchone()


@broker.task(retry_on_error=True, max_retries=3)  # clean: no celery
async def ask_elsewhere(prompt):
    return _ask(prompt)


@app.task(autoretry_for=(Later,))  # clean: 5xx alone become it
def ask_translated_5xx(prompt):
    try:
        return _ask(prompt)
    except openai.InternalServerError as e:
        raise Later(str(e)) from e
    except openai.APIError:
        logging.exception("gone wrong")
        raise
