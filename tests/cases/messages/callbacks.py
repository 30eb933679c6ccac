"""Functions that a retry library calls with the error, whatever they call it."""

import backoff
import fastapi
import openai
import requests
import tenacity

cue = openai.OpenAI(base_url="https://api.pyai.com/v1")


@backoff.on_exception(
    backoff.expo,
    openai.APIStatusError,
    max_tries=3,
    giveup=lambda problem: "prepaid credit" in str(problem),  # expect: HED101
)
def speak(text):
    return cue.audio.speech.create(model="pyai-speak", voice="a", input=text)


def _is_over(failure) -> bool:
    return "daily cap" in str(failure)  # expect: HED101


@tenacity.retry(
    retry=tenacity.retry_if_exception(lambda thing: not _is_over(thing)),
    stop=tenacity.stop_after_attempt(3),
    wait=tenacity.wait_fixed(20),
    reraise=True,
)
def answer(prompt):
    return cue.responses.create(model="pyai-cue", input=prompt)


def _says_busy(result) -> bool:
    return "busy" in str(result)  # clean: what was returned, no error


@tenacity.retry(
    retry=tenacity.retry_if_result(_says_busy),
    stop=tenacity.stop_after_attempt(3),
    wait=tenacity.wait_fixed(20),
)
def state(job_id):
    return cue.files.retrieve(job_id)


@tenacity.retry(
    retry=tenacity.retry_if_exception(lambda failure: "locked" in str(failure)),  # clean: no API
    stop=tenacity.stop_after_attempt(3),
)
def store(connection, row):
    connection.execute("insert into answers values (?)", row)


# Another package's exception, raised with an API's text


def transcript(job_id):
    response = requests.get(f"https://api.pyai.com/v1/transcription/jobs/{job_id}", timeout=9)
    if not response.ok:
        raise fastapi.HTTPException(502, detail=response.json()["error"]["message"])
    return response.json()


def show(job_id):
    try:
        return transcript(job_id)
    except fastapi.HTTPException as failed:
        if "prepaid credit" in failed.detail:  # expect: HED101
            return "unpaid"
        if failed.status_code == 502:  # clean: the program's own status
            return None
        raise


def refuse(job_id):
    raise fastapi.HTTPException(404, detail="no such rate limit")


def by_keyword(job_id):
    response = requests.get(url=f"https://api.pyai.com/v1/jobs/{job_id}", timeout=9)
    if response.status_code == 402:
        return response.json()["error"]["code"] == "credit_gone"  # expect: HED401
    return None
