"""Google's API client: the status is in the response, the reason in the body; the rest is text."""

import json

from googleapiclient import errors
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError
from googleapiclient.http import MediaIoBaseDownload

drive = build("drive", "v3")


def ask(file_id):
    try:
        return drive.files().get(fileId=file_id).execute()
    except HttpError as e:
        if "File not found" in str(e):  # expect: HED101
            return None
        if e.reason == "Invalid Credentials":  # expect: HED101
            return None
        if "insufficient" in e._get_reason().lower():  # expect: HED101
            return None
        if b"exportSizeLimit" in e.content:  # expect: HED101
            return None
        if json.loads(e.content)["error"]["message"].startswith("The user"):  # expect: HED101
            return None
        if e.resp.reason == "Forbidden":  # expect: HED103
            return None
        if e.resp.status == 404:  # clean: the status
            return None
        if e.status_code in (403, 404):  # clean: the status
            return None
        if json.loads(e.content)["error"]["status"] == "NOT_FOUND":  # clean: the code
            return None
        if e.error_details[0]["reason"] == "appNotAuthorizedToFile":  # clean: the reason, a field
            return None
        if json.loads(e.content)["error"]["errors"][0]["reason"] == "notFound":  # clean: the same
            return None
        if e.resp.get("content-type", "").startswith("application/json"):  # clean: a header
            return None
        print(e.reason, e.error_details)  # clean: told, not tested
        raise


def numbered(file_id):
    try:
        return drive.files().get(fileId=file_id).execute()
    except errors.HttpError as e:
        return None if "404" in str(e) else file_id  # expect: HED103


def download(request, target):
    loader = MediaIoBaseDownload(target, request)
    done = False
    while not done:
        try:
            _, done = loader.next_chunk()
        except Exception as e:
            if "Requested range" in str(e):  # expect: HED101
                break
            raise


def store(cursor, rows):
    try:
        cursor.execute("insert into files values (?)", rows)
    except Exception as e:
        return "is locked" in str(e)  # clean: a database


def upload(files, body):
    try:
        return files.create(body=body)
    except errors.MediaUploadSizeError as e:
        return "larger" in str(e)  # clean: told before anything is sent
