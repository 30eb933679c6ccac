"""Telegram's bots: the class tells errors apart, and the description is text."""

import asyncio

import telegram
from telegram import Bot
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut

bot = Bot("1:secret")


async def edit(query, text):
    try:
        await query.edit_message_text(text)
    except BadRequest as e:
        if "Message is not modified" in str(e):  # expect: HED101
            return
        if e.message == "Message to edit not found":  # expect: HED101
            return
        if e.message.startswith("Can't parse entities"):  # expect: HED101
            await query.edit_message_text(text, parse_mode=None)
            return
        print(e.message)  # clean: told, not tested
        raise


async def send(chat, text):
    try:
        await bot.send_message(chat, text)
    except Forbidden as e:
        return "blocked by the user" not in e.message  # expect: HED101
    except RetryAfter as e:
        await asyncio.sleep(e.retry_after)  # clean: as long as the API says
    except telegram.error.ChatMigrated as e:
        await bot.send_message(e.new_chat_id, text)  # clean: the class, and a field
    except TelegramError as e:
        if isinstance(e, telegram.error.InvalidToken):  # clean: the class
            raise
        if "chat not found" in str(e).lower():  # expect: HED101
            return False
    return True


async def answer(update, context):
    try:
        await update.message.reply_text("Hello")
        await context.bot.send_message(1, "Hello")
    except Exception as e:
        if "Flood control exceeded" in str(e):  # expect: HED101
            return
        raise


async def poll():
    try:
        return await bot.get_updates()
    except TimedOut as e:
        return "Pool timeout" in str(e)  # clean: no answer
    except NetworkError as e:
        if "httpx.RemoteProtocolError" in str(e):  # clean: says the library, of no answer
            return []
        raise


async def read(path):
    try:
        return telegram.Update.de_json(path.read_text(), bot)
    except Exception as e:
        return "Expecting value" in str(e)  # clean: a file
