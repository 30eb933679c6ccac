"""Telegram's bots; see clients/sdk_modules.py."""

from __future__ import annotations

import asyncio
import datetime
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from telegram import Bot, CallbackQuery, Chat, Message, User
from telegram.error import TelegramError
from telegram.ext import ApplicationBuilder

TOKEN = "1:x"
EXPORTING = ["telegram", "telegram.error", "telegram.ext"]
BODY = {"ok": False, "error_code": 429, "description": "the text"}
# The first ends the handling of an update, the second is an object in the place of data.
NOT_FOR_PROFILES = {"telegram.ext.ApplicationHandlerStop", "telegram.ext.InvalidCallbackData"}
# Of a RetryAfter.
OTHER_MEMBERS = {"retry_after"}


def error(server: HTTPServer, retries: int | None = 0) -> Any:
    with pytest.raises(TelegramError) as caught:
        asyncio.run(made(server).get_chat("x"))
    return caught.value


def made(server: HTTPServer) -> Bot:
    return Bot(TOKEN, base_url=server.url_for("/bot"))


def client() -> tuple[Any, ...]:
    user = User(1, "x", is_bot=False)
    message = Message(1, datetime.datetime.now(tz=datetime.timezone.utc), Chat(1, "private"))
    application = ApplicationBuilder().token(TOKEN).build()
    application.bot._bot_user = user  # it would ask the API
    return application.bot, application, message, CallbackQuery("1", user, "x")
