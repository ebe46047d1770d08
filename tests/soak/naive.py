"""The yardstick of the soak: a relay in the order that such bots usually work in. No part of the
product, and none of its code.

What staff write is acknowledged before it is done (aiogram's polling as its tutorials have it); the
cursor of a chat moves before its messages are posted; what goes wrong, a timeout too, is simply
sent again. Otherwise it is built with care: nothing is dropped at start, the order of a chat is
kept, pauses are obeyed, own replies are known by their text, topics and cursors are in SQLite.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any, TypeVar

from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramBadRequest, TelegramRetryAfter
from aiogram.types import BufferedInputFile, Message, ReactionTypeEmoji
from aiohttp import ClientSession, ClientTimeout, FormData

T = TypeVar("T")
TRIES = 10
QUIET_S = 2.5
TABLES = """
CREATE TABLE IF NOT EXISTS chat (id INTEGER PRIMARY KEY, cursor INTEGER, thread INTEGER UNIQUE);
CREATE TABLE IF NOT EXISTS own (chat INTEGER, content TEXT);
"""
log = logging.getLogger("naive")


async def again(what: Callable[[], Awaitable[T]]) -> T:
    """Until it works; what an answer does not say was done is done again."""
    for attempt in range(1, TRIES + 1):
        try:
            return await what()
        except TelegramRetryAfter as error:
            await asyncio.sleep(error.retry_after)
        except TelegramBadRequest:
            raise
        except Exception as error:
            if attempt == TRIES:
                raise
            log.warning("again: %s", type(error).__name__)
            await asyncio.sleep(0.1 * attempt)
    raise TimeoutError


class Market:
    def __init__(self, session: ClientSession, settings: dict[str, str]) -> None:
        self._session = session
        self._base = f"{settings['MARKET_API_URL']}/v2/businesses/{settings['MARKET_BUSINESS_ID']}"

    async def chats(self) -> list[dict[str, Any]]:
        found, token = [], ""
        while True:
            page = await self._call("/chats", {"limit": "20", "pageToken": token}, json={})
            found += page["chats"]
            token = page.get("paging", {}).get("nextPageToken", "")
            if not token:
                return found

    async def history(self, chat: int, cursor: int) -> list[dict[str, Any]]:
        found, token = [], ""
        while True:
            query = {"chatId": str(chat), "limit": "100", "pageToken": token}
            page = await self._call("/chats/history", query, json={"messageIdFrom": cursor + 1})
            found += page["messages"]
            token = page.get("paging", {}).get("nextPageToken", "")
            if not token:
                return sorted(found, key=lambda one: int(one["messageId"]))

    async def say(self, chat: int, text: str) -> None:
        await self._call("/chats/message", {"chatId": str(chat)}, json={"message": text})

    async def hand(self, chat: int, name: str, content: bytes) -> None:
        form = FormData(quote_fields=False)  # names as they are
        form.add_field("file", content, filename=name)
        await self._call("/chats/file/send", {"chatId": str(chat)}, data=form)

    async def file(self, url: str) -> bytes:
        async with self._session.get(url) as answer:
            answer.raise_for_status()
            return await answer.read()

    async def _call(self, path: str, query: dict[str, str], **body: Any) -> Any:
        query = {name: value for name, value in query.items() if value}
        async with self._session.post(f"{self._base}{path}", params=query, **body) as answer:
            answer.raise_for_status()
            return (await answer.json()).get("result")


class Naive:
    def __init__(self, bot: Bot, market: Market, group: int, database: sqlite3.Connection) -> None:
        self._bot, self._market, self._group = bot, market, group
        self._db = database
        self._posting: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._sending: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    # Buyer to topic

    async def watch(self, interval: float) -> None:
        """`updatedAt` has whole seconds: a chat is read until its second is well over."""
        changed: dict[int, tuple[str, float]] = {}
        async with asyncio.TaskGroup() as posting:
            while True:
                for chat in await again(self._market.chats):
                    updated, since = changed.get(chat["chatId"], ("", 0.0))
                    if updated != chat["updatedAt"]:
                        since = time.monotonic()
                    changed[chat["chatId"]] = chat["updatedAt"], since
                    if time.monotonic() - since < QUIET_S:
                        await self._read(chat, posting)
                await asyncio.sleep(interval)

    async def _read(self, chat: dict[str, Any], posting: asyncio.TaskGroup) -> None:
        number = int(chat["chatId"])
        found = self._db.execute("SELECT cursor FROM chat WHERE id = ?", (number,)).fetchone()
        cursor = found[0] if found else 0
        messages = await again(lambda: self._market.history(number, cursor))
        news = [one for one in messages if int(one["messageId"]) > cursor]
        if news:
            sql = "INSERT INTO chat (id, cursor) VALUES (?, ?) ON CONFLICT DO UPDATE SET cursor = ?"
            last = int(news[-1]["messageId"])
            self._execute(sql, number, last, last)
            posting.create_task(self._post_all(chat, news))

    async def _post_all(self, chat: dict[str, Any], news: list[dict[str, Any]]) -> None:
        async with self._posting[int(chat["chatId"])]:
            for message in news:
                try:
                    await self._post(chat, message)
                except Exception:
                    log.exception("not posted")

    async def _post(self, chat: dict[str, Any], message: dict[str, Any]) -> None:
        number, text = int(chat["chatId"]), message.get("message") or ""
        files = message.get("payload") or []
        if message["sender"] == "PARTNER":
            text = "" if self._is_own(number, text) else text
            files = [one for one in files if not self._is_own(number, one["name"])]
        if not text and not files:
            return
        thread = await self._thread(chat)
        if text:
            await again(lambda: self._bot.send_message(self._group, text, message_thread_id=thread))
        for one in files:
            content = await again(lambda url=one["url"]: self._market.file(url))
            file = BufferedInputFile(content, one["name"])
            await again(
                lambda file=file: self._bot.send_document(
                    self._group,
                    file,
                    message_thread_id=thread,
                    disable_content_type_detection=True,
                )
            )

    async def _thread(self, chat: dict[str, Any]) -> int:
        number = int(chat["chatId"])
        found = self._db.execute("SELECT thread FROM chat WHERE id = ?", (number,)).fetchone()
        if found and found[0]:
            return int(found[0])
        name = f"{chat['context'].get('customer', {}).get('name', '')} #{number}"
        topic = await again(lambda: self._bot.create_forum_topic(self._group, name))
        thread = topic.message_thread_id
        self._execute("UPDATE chat SET thread = ? WHERE id = ?", thread, number)
        return thread

    # Staff to buyer

    async def answer(self, message: Message) -> None:
        sql = "SELECT id FROM chat WHERE thread = ?"
        found = self._db.execute(sql, (message.message_thread_id,)).fetchone()
        if found is None:
            return
        async with self._sending[found[0]]:
            try:
                await self._send(found[0], message)
            except Exception as error:
                log.exception("not sent")
                words = f"Not delivered: {type(error).__name__}"
                await again(lambda: message.reply(words))
                return
        await again(lambda: message.react([ReactionTypeEmoji(emoji="👍")]))

    async def _send(self, chat: int, message: Message) -> None:
        text = message.text or message.caption
        if text:
            self._execute("INSERT INTO own VALUES (?, ?)", chat, text)
            await again(lambda: self._market.say(chat, text))
        if document := message.document:
            name = document.file_name or "file"
            self._execute("INSERT INTO own VALUES (?, ?)", chat, name)
            content = await again(lambda: self._bot.download(document, BytesIO()))
            bytes_ = content.getvalue()
            await again(lambda: self._market.hand(chat, name, bytes_))

    def _is_own(self, chat: int, content: str) -> bool:
        sql = "SELECT 1 FROM own WHERE chat = ? AND content = ?"
        return self._db.execute(sql, (chat, content)).fetchone() is not None

    def _execute(self, sql: str, *values: object) -> None:
        with self._db:
            self._db.execute(sql, values)


async def main(settings: dict[str, str]) -> None:
    timeout = float(settings["REQUEST_TIMEOUT"])
    api = TelegramAPIServer.from_base(settings["TELEGRAM_API_URL"])
    session = AiohttpSession(api=api, timeout=timeout)
    database = sqlite3.connect(settings["DATABASE_URL"].removeprefix("sqlite://"))
    database.executescript(TABLES)
    headers = {"Api-Key": settings["MARKET_API_KEY"]}
    group = int(settings["TELEGRAM_GROUP_ID"])
    async with (
        Bot(settings["TELEGRAM_BOT_TOKEN"], session=session) as bot,
        ClientSession(headers=headers, timeout=ClientTimeout(timeout)) as client,
        asyncio.TaskGroup() as tasks,
    ):
        naive = Naive(bot, Market(client, settings), group, database)
        dispatcher = Dispatcher()
        dispatcher.message.register(
            naive.answer, F.chat.id == group, F.is_topic_message, F.text | F.document
        )
        watching = tasks.create_task(naive.watch(float(settings["POLL_INTERVAL"])))
        log.info("Relaying cabinet %s", settings["MARKET_BUSINESS_ID"])
        await again(bot.me)
        await dispatcher.start_polling(bot)  # until SIGTERM
        watching.cancel()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    asyncio.run(main(dict(os.environ)))
