"""What both services send by themselves: updates to a webhook, notifications to the shop's address.

Each goes one at a time, and again until it is taken, as the real ones do.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import aiohttp

from bot.simulator.market_world import MarketMessage, MarketWorld
from bot.simulator.updates import Updates

_AGAIN_S = 0.2
_SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


class Pushes:
    """Knobs: `market_url`, where notifications go, none while it is empty; `is_deaf`, the Market
    forgets those of what happens now. `answers`: the status of each push of the Market that was
    answered."""

    def __init__(self, updates: Updates, market: MarketWorld, business_id: int) -> None:
        self._updates = updates
        self._market = market
        self._business_id = business_id
        self.market_url = ""
        self.is_deaf = False
        self.answers: list[int] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        limits = aiohttp.ClientTimeout(total=10)  # the Market's own
        async with aiohttp.ClientSession(timeout=limits) as http, asyncio.TaskGroup() as tasks:
            pushing = [tasks.create_task(work(http)) for work in (self._telegram, self._of_market)]
            try:
                yield
            finally:
                for task in pushing:
                    task.cancel()

    async def _telegram(self, http: aiohttp.ClientSession) -> None:
        while True:
            update = await self._updates.for_webhook()
            headers = {_SECRET_HEADER: self._updates.webhook_secret}
            status = await _post(http, self._updates.webhook, update.wire(), headers)
            if 200 <= status < 300:
                self._updates.acknowledge(update.id)
            else:
                await asyncio.sleep(_AGAIN_S)

    async def _of_market(self, http: aiohttp.ClientSession) -> None:
        said = len(self._market.touched)
        while True:
            seen = self._market.version.number
            for message in self._market.touched[said:]:
                said += 1
                if self.market_url and not self.is_deaf and (message.text or message.files):
                    await self._notify(http, self._sent(message))
            await self._market.version.above(seen, 60)

    async def _notify(self, http: aiohttp.ClientSession, body: Mapping[str, Any]) -> None:
        while self.market_url:
            status = await _post(http, self.market_url, body)
            self.answers += [status] if status else []
            if status and status < 500:
                return
            await asyncio.sleep(_AGAIN_S)

    def _sent(self, message: MarketMessage) -> Mapping[str, Any]:
        return {
            "notificationType": "CHAT_MESSAGE_SENT",
            "chatId": message.chat_id,
            "messageId": str(message.id),
            "businessId": self._business_id,
            "sentAt": datetime.fromtimestamp(message.at_ms / 1000, UTC).isoformat(),
        }


async def _post(
    http: aiohttp.ClientSession,
    url: str,
    body: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
) -> int:
    """The status, 0 where there was no answer."""
    try:
        async with http.post(url, json=body, headers=headers) as answer:
            return answer.status
    except (aiohttp.ClientError, TimeoutError):
        return 0
