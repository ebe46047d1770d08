"""The floor: the same calls and the same statements, by the libraries alone, one after the other.

A program of its own, `bare.py ORDER.json`. Of the relay it knows only how a database is opened.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import takewhile
from typing import Any
from urllib.parse import unquote, urlsplit

import aiohttp
import aiosqlite
import asyncpg
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import LinkPreviewOptions, MessageEntity, ReactionTypeEmoji
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext
from tortoise.transactions import in_transaction

from bot.storage.addresses import engine_at
from bot.storage.schema import apps

Order = dict[str, Any]
BEGIN, COMMIT = "BEGIN", "COMMIT"


async def main(order: Order) -> None:
    tasks: dict[str, Callable[[Order], Awaitable[None]]] = {
        "play": play,
        "to_topic": to_topic,
        "to_market": to_market,
        "naive": naive,
    }
    await tasks[order["task"]](order)


async def play(order: Order) -> None:
    script = order["script"]
    async with services(order) as shores:
        calls = await timed(shores.make, [tuple(call) for call in script["calls"]])
    stored = {}
    for name, url in order["databases"].items():
        async with by_tortoise(url) if name == "tortoise" else by_driver(url) as run:
            await run(script["statements"][: script["prelude"]])
            stored[name] = await timed(run, script["statements"][script["prelude"] :])
    print(json.dumps({"calls": calls} | stored))


async def timed(work: Callable[[Any], Awaitable[None]], what: Sequence[Any]) -> tuple[float, float]:
    wall, cpu = time.monotonic(), time.process_time()
    await work(what)
    return time.monotonic() - wall, time.process_time() - cpu


async def to_topic(order: Order) -> None:
    """A history read, then a post: the seconds of each pair."""
    async with services(order) as shores:
        for number in range(order["times"]):
            began = time.monotonic()
            await shores.market("getChatHistory", {"chat": order["chat"], "from": order["from"]})
            text = {"text": f"пол {number}", "message_thread_id": order["thread"]}
            await shores.telegram("sendMessage", text)
            print(time.monotonic() - began)


async def to_market(order: Order) -> None:
    """Updates read, then a message to the buyer: the seconds of each pair."""
    async with services(order) as shores:
        for number in range(order["times"]):
            began = time.monotonic()
            await shores.telegram("getUpdates", {})
            await shores.market(
                "sendMessageToChat", {"chat": order["chat"], "text": f"пол {number}"}
            )
            print(time.monotonic() - began)


async def naive(order: Order) -> None:
    """A poller as anybody would write it first: every list, then every history, then a rest."""
    async with services(order) as shores:
        end = time.monotonic() + order["seconds"]
        while True:
            for chat in await shores.all_chats():
                if time.monotonic() > end:
                    return
                await shores.market("getChatHistory", {"chat": chat["chatId"], "from": 1})
            await asyncio.sleep(order["interval"])


class Shores:
    def __init__(self, order: Order, bot: Bot, http: aiohttp.ClientSession) -> None:
        self._order = order
        self._bot = bot
        self._http = http
        self._offset: int | None = None

    async def make(self, calls: Sequence[tuple[str, str, Any]]) -> None:
        for service, method, values in calls:
            await (self.market if service == "market" else self.telegram)(method, values)

    async def all_chats(self) -> list[Any]:
        found, token = [], ""
        while True:
            result = (await self.market("getChats", {"page": token}))["result"]
            found += result["chats"]
            token = result["paging"].get("nextPageToken", "")
            if not token:
                return found

    async def market(self, method: str, values: Any) -> Any:
        about: dict[str, Any] = {"chatId": values.get("chat", 0)}
        match method:
            case "getChats":
                page = {"pageToken": values["page"]} if values.get("page") else {}
                return await self._post("chats", {"limit": 20} | page, {})
            case "getChatHistory":
                start = {"messageIdFrom": values["from"]}
                return await self._post("chats/history", about | {"limit": 100}, start)
            case "sendMessageToChat":
                said = {"message": values.get("text", "ответ продавца")}
                return await self._post("chats/message", about, said)
        raise LookupError(method)

    async def _post(self, path: str, query: Any, body: Any) -> Any:
        url, headers = f"{self._order['market']}/{path}", {"Api-Key": self._order["key"]}
        async with self._http.post(url, params=query, json=body, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def telegram(self, method: str, values: Any) -> None:
        group = self._order["group"]
        match method:
            case "sendMessage":
                entities = json.loads(values.get("entities") or "[]")
                await self._bot.send_message(
                    group,
                    values["text"],
                    message_thread_id=int(values["message_thread_id"]),
                    entities=[MessageEntity(**entity) for entity in entities] or None,
                    link_preview_options=LinkPreviewOptions(is_disabled=True),
                )
            case "setMessageReaction":
                mark = [ReactionTypeEmoji(emoji="👍")]
                await self._bot.set_message_reaction(group, int(values["message_id"]), mark)
            case "getUpdates":
                updates = await self._bot.get_updates(offset=self._offset, timeout=0)
                self._offset = updates[-1].update_id + 1 if updates else self._offset
            case "getChatMember":
                await self._bot.get_chat_member(group, int(values["user_id"]))
            case "getMe":
                await self._bot.me()
            case _:
                raise LookupError(method)


@asynccontextmanager
async def services(order: Order) -> Any:
    session = AiohttpSession(api=TelegramAPIServer.from_base(order["telegram"]))
    async with (
        Bot(order["token"], session=session).context() as bot,
        aiohttp.ClientSession() as http,
    ):
        yield Shores(order, bot, http)


@asynccontextmanager
async def by_tortoise(url: str) -> Any:
    """What runs statements there, as any program does that uses tortoise; its SQL is made."""
    engine = engine_at(url)
    config = {"connections": {engine.kind: engine.connection}, "apps": apps(engine.kind)}

    async def run(statements: Sequence[tuple[str, Any]]) -> None:
        left = iter(statements)
        for sql, values in left:
            if sql != BEGIN:
                await one_by_client(get_connection(engine.kind), sql, values)
                continue
            async with in_transaction() as client:
                for within, given in takewhile(lambda statement: statement[0] != COMMIT, left):
                    await one_by_client(client, within, given)

    async with TortoiseContext() as tortoise:
        await tortoise.init(config)
        yield run


async def one_by_client(client: Any, sql: str, values: Any) -> None:
    if values and isinstance(values[0], list):
        await client.execute_many(sql, values)
    else:
        await client.execute_query(sql, values)


@asynccontextmanager
async def by_driver(url: str) -> Any:
    """The same by the driver alone, with the pragmas of the relay."""
    opened = on_sqlite(url.removeprefix("sqlite://")) if "sqlite" in url else on_postgres(url)
    async with opened as run:
        yield run


@asynccontextmanager
async def on_sqlite(path: str) -> Any:
    async with aiosqlite.connect(path, isolation_level=None) as connection:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000"):
            await connection.execute(f"PRAGMA {pragma}")

        async def run(statements: Sequence[tuple[str, Any]]) -> None:
            for sql, values in statements:
                if values and isinstance(values[0], list):
                    await connection.executemany(sql, values)
                else:
                    await connection.execute_fetchall(sql, values)

        yield run


@asynccontextmanager
async def on_postgres(url: str) -> Any:
    at = urlsplit(url)
    connection = await asyncpg.connect(
        host=at.hostname,
        port=at.port,
        user=at.username,
        password=unquote(at.password or ""),
        database=at.path.strip("/"),
    )

    async def run(statements: Sequence[tuple[str, Any]]) -> None:
        for sql, values in statements:
            if values and isinstance(values[0], list):
                await connection.executemany(sql, values)
            elif sql.startswith(("UPDATE", "DELETE", "BEGIN", "COMMIT")):
                await connection.execute(sql, *values or ())
            else:
                await connection.fetch(sql, *values or ())

    try:
        yield run
    finally:
        await connection.close()


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        asyncio.run(main(json.load(file)))
