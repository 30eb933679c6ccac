"""What has a status is an answer, whoever asked for it and whatever it is called."""

import litellm
import requests
from instructor.core import InstructorRetryException
from litellm.exceptions import ContentPolicyViolationError

from .transport import get_session, login


class Hub:
    def create(self, payload):
        r = get_session().post("https://api.example.com/repos", json=payload)
        if r.status_code == 409 and "another conflicting operation" in r.text:  # expect: HED101
            return self.create(payload)
        if r.status_code == 409 and r.json()["error"]["code"] == "exists":  # clean: the code
            return None
        if r.status_code == 200 and "created" in r.text:  # clean: of no error
            return r
        r.raise_for_status()
        return r

    async def delete(self, name):
        answered = await self._session.delete(name)
        if answered.status_code >= 400:
            if answered.json()["error"]["message"].startswith("no such"):  # expect: HED101
                return None
        return answered

    def rename(self, name):
        done = self._session.patch(name)
        if "is locked" in done.text:  # clean: nothing tells that this is an answer's
            return None
        return done

    def list(self, listing: requests.Response):
        if listing.status_code == 404 and "no such hub" in listing.text:  # expect: HED101
            return []
        return listing.json()


def from_outside(page):
    if page.status_code != 200 and "maintenance" in page.text:  # expect: HED101
        return None
    return page


def not_asked_for():
    page = {"status_code": 200}
    if page["status_code"] == 404 and "maintenance" in page["text"]:  # clean: no answer
        return None
    return login("maintenance")


def moderated(prompt):
    try:
        return litellm.completion(model="gpt-5", messages=prompt)
    except (ContentPolicyViolationError, InstructorRetryException) as error:
        if "content management policy" not in str(error).lower():  # expect: HED101
            raise
        return None
