"""A server has exceptions of its own for what it refuses, called as a client's are."""

from django.core.exceptions import BadRequest as Refused
from fastapi import HTTPException
from service.errors import RoomApiError
from werkzeug.exceptions import Forbidden


def routed(handler, request):
    try:
        return handler(request)
    except HTTPException as e:
        if "not found" in e.detail or "missing" in str(e):
            return None
        raise
    except Forbidden as e:
        if "signed out" in str(e):
            return None
        raise
    except Refused as e:
        if "signed out" in str(e):
            return None
        raise
    except RoomApiError as e:
        if "no such room" in e.message:
            return None
        raise
