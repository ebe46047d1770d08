"""A relay with its HTTP side, and a stranger who speaks to it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.running import relay
from tests.world import World


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Any
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass
class Side:
    """`world` with the HTTP side of its relay at `url`."""

    world: World
    port: int
    http: aiohttp.ClientSession

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def relay(self, **changed: Any) -> AsyncIterator[None]:
        settings = self.world.settings(http_listen=f"127.0.0.1:{self.port}", **changed)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(relay(settings))
            try:
                await self.until_answered()
                yield
            finally:
                running.cancel()

    async def until_answered(self) -> None:
        await self._until("/readyz", 200, 503)

    async def until_ready(self) -> None:
        await self._until("/readyz", 200)

    async def _until(self, path: str, *statuses: int) -> None:
        deadline = time.monotonic() + 10
        while (await self.get(path)).status not in statuses:
            assert time.monotonic() < deadline, f"{path} never answered {statuses}"
            await asyncio.sleep(0.02)

    async def get(self, path: str) -> Answer:
        return await self.call("GET", path)

    async def call(self, verb: str, path: str, **more: Any) -> Answer:
        """Status 0 where nobody listens."""
        try:
            async with self.http.request(verb, self.url + path, **more) as answer:
                return Answer(answer.status, answer.headers, await answer.text())
        except aiohttp.ClientConnectorError:
            return Answer(0, {}, "")
