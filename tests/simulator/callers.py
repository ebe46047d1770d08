"""Plain clients of the simulator's two services: no retries, nothing of the product's."""

from __future__ import annotations

import io
import json
from types import TracebackType
from typing import Any, NamedTuple, Self

import aiohttp

from bot.simulator.server import Simulator


class Answer(NamedTuple):
    status: int
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def result(self) -> Any:
        assert self.status == 200, self.body
        return self.body["result"]

    @property
    def refusal(self) -> str:
        assert self.status != 200, self.body
        return str(self.body["description"])


class Caller:
    def __init__(self, sim: Simulator) -> None:
        self.sim = sim

    async def __aenter__(self) -> Self:
        self.http = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.http.close()

    async def request(self, verb: str, url: str, **options: Any) -> Answer:
        async with self.http.request(verb, url, **options) as response:
            return Answer(response.status, await response.json(), dict(response.headers))


class BotCaller(Caller):
    async def call(self, method: str, **params: Any) -> Answer:
        """As JSON, with the group filled in; `chat_id=None` leaves it out."""
        params = {"chat_id": self.sim.group_id} | params
        params = {name: value for name, value in params.items() if value is not None}
        url = f"{self.sim.telegram_url}/bot{self.sim.token}/{method}"
        return await self.request("POST", url, json=params)

    async def form(self, method: str, **params: Any) -> Answer:
        """As a multipart form, as libraries send it; bytes become files."""
        form = aiohttp.FormData(quote_fields=False)
        for name, value in ({"chat_id": self.sim.group_id} | params).items():
            if isinstance(value, bytes):
                form.add_field(name, io.BytesIO(value), filename=f"{name}.bin")
            else:
                form.add_field(name, value if isinstance(value, str) else json.dumps(value))
        url = f"{self.sim.telegram_url}/bot{self.sim.token}/{method}"
        return await self.request("POST", url, data=form)

    async def post(self, text: str, thread: int | None = None, **params: Any) -> int:
        sent = await self.call("sendMessage", text=text, message_thread_id=thread, **params)
        return int(sent.result["message_id"])

    async def topic(self, name: str) -> int:
        return int((await self.call("createForumTopic", name=name)).result["message_thread_id"])

    async def updates(self, offset: int | None = None, **params: Any) -> list[dict[str, Any]]:
        answer = await self.call("getUpdates", chat_id=None, offset=offset, **params)
        updates: list[dict[str, Any]] = answer.result
        return updates


class CabinetCaller(Caller):
    async def call(
        self,
        verb: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        business: int | None = None,
        **query: Any,
    ) -> Answer:
        number = self.sim.business_id if business is None else business
        url = f"{self.sim.market_url}/v2/businesses/{number}/{path}"
        headers = {"Api-Key": self.sim.api_key} if headers is None else headers
        return await self.request(verb, url, json=body, params=query, headers=headers)

    async def chats(self, body: Any = None, **query: Any) -> Any:
        answer = await self.call("POST", "chats", body or {}, **query)
        return answer.result

    async def history(self, chat: int, body: Any = None, **query: Any) -> Any:
        answer = await self.call("POST", "chats/history", body or {}, chatId=chat, **query)
        return answer.result

    async def send(self, chat: int, text: str) -> Answer:
        return await self.call("POST", "chats/message", {"message": text}, chatId=chat)

    async def send_file(self, chat: int, name: str, content: bytes) -> Answer:
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("file", io.BytesIO(content), filename=name)
        url = f"{self.sim.market_url}/v2/businesses/{self.sim.business_id}/chats/file/send"
        headers = {"Api-Key": self.sim.api_key}
        return await self.request("POST", url, data=form, params={"chatId": chat}, headers=headers)
