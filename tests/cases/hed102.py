"""Cases of HED102: the title or the detail of a problem document decides."""

import logging
import re

import aiohttp
import fastapi
import httpx
import pyai
import requests
import urllib3

logger = logging.getLogger(__name__)
console = httpx.Client(base_url="https://console.pyai.com/v1", timeout=10)
http = urllib3.PoolManager()
voice = pyai.PyAI(api_key="pyai_test_key")

AGENTS = "https://api.pyai.com/v1/agents"
CATALOGUE_URL = "https://books.example.com/api/books"
PROBLEM_JSON = "application/problem+json"
TAKEN_WORDS = ("already exists", "already in use", "name is taken")
IN_USE = re.compile(r"used by (\d+) (agents?|keys?)")


class Conflict(Exception):
    pass


class Gone(Exception):
    pass


class NeedsReview(Exception):
    pass


def rename(problem):
    raise Conflict(problem["detail"])


def restore(problem):
    raise Gone(problem["detail"])


BY_TITLE = {"Name taken": rename, "Agent archived": restore}


# An error branch of a call to PyAI


def create_agent(payload):
    response = httpx.post(AGENTS, json=payload)
    if response.status_code == 409:
        if response.json()["detail"] == "An agent of this name exists.":  # expect: HED102
            return None
        if response.json()["type"].rsplit("/", 1)[-1] == "idempotency_conflict":  # clean: the code
            raise Conflict(payload["name"])
    response.raise_for_status()
    return response.json()


def delete_key(key_id):
    response = requests.delete(f"https://console.pyai.com/v1/keys/{key_id}", timeout=10)
    if not response.ok:
        title = response.json().get("title", "").lower()
        if title.startswith("key not found"):  # expect: HED102
            return False
        logger.error("cannot delete %s: %s", key_id, title)  # clean: the title is logged
        raise Conflict(key_id)
    return True


async def list_projects():
    async with aiohttp.ClientSession() as session:
        async with session.get("https://console.pyai.com/v1/projects") as response:
            if response.status >= 400:
                problem = await response.json(content_type=None)
                if "suspended" in problem["detail"]:  # expect: HED102
                    return []
                raise RuntimeError(problem["detail"])  # clean: raised with the text
            return await response.json()


async def archive_project(session: aiohttp.ClientSession, project_id):
    url = f"https://console.pyai.com/v1/projects/{project_id}/archive"
    async with session.post(url) as response:
        if response.status != 404:
            return response.status == 204
        problem = await response.json(content_type=None)
        return problem.get("title") == "Project already archived"  # expect: HED102


def rotate_key(key_id):
    response = http.request("POST", f"https://console.pyai.com/v1/keys/{key_id}/rotate")
    if response.status == 409:
        problem = response.json()
        if problem["title"] != "Rotation in progress":  # expect: HED102
            raise Conflict(problem.get("detail"))
        return None
    return response.json()


def update_agent(agent_id, payload):
    try:
        response = console.patch(f"/agents/{agent_id}", json=payload)
        response.raise_for_status()
    except httpx.HTTPStatusError as e:
        problem = e.response.json()
        if IN_USE.search(problem.get("detail") or ""):  # expect: HED102
            raise Conflict(agent_id) from e
        if "detail" in problem:  # clean: asks whether there is a detail
            logger.warning("%s", problem["detail"])
        raise
    return response.json()


def delete_agent(agent_id):
    try:
        response = requests.delete(f"{AGENTS}/{agent_id}", timeout=10)
        response.raise_for_status()
    except requests.HTTPError as e:
        detail = e.response.json()["detail"]
        if re.match(r"Agent \S+ was deleted", detail):  # expect: HED102
            return None
        raise Gone(detail) from e
    return agent_id


def move_agent(agent_id, project_id):
    response = console.post(f"/agents/{agent_id}/move", json={"project": project_id})
    if response.is_error:
        problem = response.json()
        text = f"{problem['title']}: {problem['detail']}"
        if "different region" in text:  # expect: HED102
            return None
        if not problem.get("detail"):  # clean: asks whether there is a detail
            raise Conflict("no detail")
        raise Conflict(text)
    return response.json()


def invite(email):
    response = console.post("/members", json={"email": email})
    if response.status_code >= 400:
        detail = response.json().get("detail", "").casefold()
        if any(words in detail for words in TAKEN_WORDS):  # expect: HED102
            return "member"
        if any(
            detail.endswith(ending)  # expect: HED102
            for ending in ("was invited.", "was invited before.")
        ):
            return "invited"
        raise Conflict(email)
    return "new"


def publish(agent_id):
    response = httpx.post(f"{AGENTS}/{agent_id}/publish")
    if response.is_success:
        return response.json()
    match response.json():
        case {"title": title} if "review" in title.lower():  # expect: HED102
            raise NeedsReview(agent_id)
        case {"title": title, "detail": detail}:
            raise Conflict(f"{title}: {detail}")  # clean: raised with the text
        case _:
            raise Conflict(agent_id)


def unpublish(agent_id):
    response = httpx.post(f"{AGENTS}/{agent_id}/unpublish")
    if response.status_code in (404, 409):
        match response.json():
            case {"type": kind, "detail": why}:
                if why == "The agent is not published.":  # expect: HED102
                    return None
                raise Conflict(kind)
    return response.json()


def clone_agent(agent_id):
    response = requests.post(f"{AGENTS}/{agent_id}/clone", timeout=10)
    if not response.ok:
        problem = response.json()
        BY_TITLE[problem["title"]](problem)  # expect: HED102
    return response.json()


def limits_of(key_id):
    response = console.get(f"/keys/{key_id}/limits")
    if response.status_code == 404:
        return {} if "no limits" in response.json()["detail"] else None  # expect: HED102
    elif response.status_code == 400 and (detail := response.json().get("detail")):
        assert "malformed" not in detail, key_id  # expect: HED102
    return response.json()


def import_agents(rows):
    failures = []
    for row in rows:
        response = console.post("/agents", json=row)
        if response.is_client_error:
            failures.append(response.json())
    return [f for f in failures if f["title"] != "Name taken"]  # expect: HED102


# The content type says that it is a problem document, whatever the API


def reserve(url, seats):
    response = requests.post(url, json={"seats": seats}, timeout=10)
    if response.headers.get("Content-Type", "").startswith("application/problem+json"):
        problem = response.json()
        if problem["title"] == "Sold out":  # expect: HED102
            return None
        if problem["type"].endswith("/sold-out"):  # clean: the type is the identifier
            return None
        if problem["status"] == 409:  # clean: the status
            raise Conflict(url)
    return response.json()


def ship(order):
    response = httpx.put(f"https://shipping.example.com/orders/{order}")
    if response.status_code >= 400 and response.headers["content-type"] == PROBLEM_JSON:
        return "address" in response.json()["detail"].lower()  # expect: HED102
    return response.is_success


async def subscribe(session: aiohttp.ClientSession, topic):
    async with session.put(f"https://hub.example.com/topics/{topic}") as response:
        if response.content_type == "application/problem+json":
            detail = (await response.json(content_type=None)).get("detail", "")
            if not re.search(r"already subscribed", detail, re.I):  # expect: HED102
                raise Conflict(topic)
    return topic


# No problem document, or its text decides nothing


def confirm(url):
    response = requests.post(url, timeout=10)
    if response.headers.get("Content-Type") != "application/problem+json":
        page = response.json()
        if page["title"] == "Confirmed":  # clean: the branch of every other content type
            return True
    return False


def item(item_id):
    response = httpx.get(f"https://inventory.example.com/items/{item_id}")
    if response.status_code == 404:
        if response.json()["detail"] == "Item not found":  # clean: an unknown API's field
            return None
    response.raise_for_status()
    return response.json()


def item_deleted(item_id):
    try:
        httpx.delete(f"https://inventory.example.com/items/{item_id}").raise_for_status()
    except httpx.HTTPStatusError as e:
        detail = e.response.json().get("detail", "")
        return "not found" in detail.lower()  # clean: an unknown API's field
    return True


def book(isbn):
    response = requests.get(f"{CATALOGUE_URL}/{isbn}", timeout=10)
    response.raise_for_status()
    found = response.json()
    if found["title"].startswith("The "):  # clean: the title of a book
        found["title"] = found["title"][4:]
    return found


def untitled(recording_id):
    response = httpx.get(f"https://api.pyai.com/v1/recordings/{recording_id}")
    if response.status_code == 200:
        return response.json()["title"] == "Untitled"  # clean: the answer to a success
    return False


def named(agent_id):
    response = console.get(f"/agents/{agent_id}")
    response.raise_for_status()
    if "draft" in response.json().get("title", "").lower():  # clean: the answer to a success
        return None
    return response.json()


def speak(text):
    try:
        return voice.audio.speech(text=text)
    except pyai.PyAIError as e:
        if "already exists" in e.message:  # expect: HED101
            return None
        if e.code == "idempotency_conflict":  # clean: the SDK took the code off `type`
            raise Conflict(text) from e
        raise


def drop_budget(key_id):
    response = console.delete(f"/keys/{key_id}/budget")
    if response.is_error:
        problem = response.json()
        kind = problem["type"].split("/")[-1]
        if kind == "not_found":  # clean: the code
            return None
        if isinstance(problem.get("detail"), list):  # clean: the class of the value
            raise Conflict(", ".join(problem["detail"]))
        raise Conflict(problem["title"] or problem["detail"])  # clean: which text is raised
    return key_id


def on_http_exception(request, exc: fastapi.HTTPException):
    if exc.detail == "Not authenticated":  # clean: what this program's framework raises
        return {"login": str(request.url)}
    return {"detail": exc.detail}


def problem_of(status):
    problem = {"type": "about:blank", "title": "Conflict", "status": status}
    if problem["title"] == "Conflict":  # clean: a document that the program makes itself
        problem["detail"] = "try another name"
    return problem
