"""The bot's queue of updates: kept until acknowledged, expired after a day; no HTTP."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, NamedTuple

DAY_MS = 86_400_000
# what the server hands out when nobody ever asked for certain kinds
_UNASKED = {"chat_member", "message_reaction", "message_reaction_count"}


class Update(NamedTuple):
    id: int
    at_ms: int
    kind: str
    body: dict[str, Any]

    def wire(self) -> dict[str, Any]:
        return {"update_id": self.id, self.kind: self.body}


class Conflict(Exception):
    """Another reader, or a webhook, takes the updates; the words are the server's."""


class Updates:
    def __init__(self, clock: Callable[[], int]) -> None:
        self.next_id = 731_500_001
        self.webhook = ""
        self.webhook_secret = ""
        self.allowed: list[str] = []
        self.expired = 0
        self.readers = 0  # that wait at this moment
        self._clock = clock
        self._queue: deque[Update] = deque()
        self._news = asyncio.Event()
        self._reader = 0
        self._is_closed = False

    def put(self, kind: str, body: dict[str, Any]) -> None:
        """Queue an update, unless the bot said that it doesn't want the kind."""
        if kind in self.allowed or (not self.allowed and kind not in _UNASKED):
            self._queue.append(Update(self.next_id, self._clock(), kind, body))
            self.next_id += 1
            self._wake()

    @property
    def pending(self) -> int:
        return len(self._queue)

    def drop_all(self) -> None:
        self._queue.clear()

    def open(self) -> None:
        self._is_closed = False

    def close(self) -> None:
        """The server goes down: nobody waits any longer."""
        self._is_closed = True
        self._wake()

    async def read(self, offset: int, limit: int, seconds: float) -> Sequence[Update]:
        """Acknowledge what lies below `offset` and hand out what follows, waiting for it.

        Raises Conflict where a later reader comes while this one waits.
        """
        if self.webhook:
            raise Conflict(
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first"
            )
        self._reader += 1
        reader = self._reader
        self._wake()
        self._acknowledge(offset)
        await self._wait(seconds, reader)
        if reader != self._reader:
            raise Conflict(
                "Conflict: terminated by other getUpdates request; "
                "make sure that only one bot instance is running"
            )
        return list(islice(self._queue, limit))

    async def _wait(self, seconds: float, reader: int) -> None:
        self.readers += 1
        try:
            async with asyncio.timeout(seconds):
                while not self._queue and reader == self._reader and not self._is_closed:
                    await self._news.wait()
        except TimeoutError:
            pass
        finally:
            self.readers -= 1

    async def for_webhook(self) -> Update:
        """The first that waits, once there is a webhook to send it to."""
        while not (self.webhook and self._queue):
            await self._news.wait()
        return self._queue[0]

    def set_webhook(self, url: str, secret: str = "") -> None:
        self.webhook, self.webhook_secret = url, secret
        self._wake()

    def acknowledge(self, update_id: int) -> None:
        """A webhook took it."""
        self._acknowledge(update_id + 1)

    def _acknowledge(self, offset: int) -> None:
        while self._queue and self._queue[0].at_ms < self._clock() - DAY_MS:
            self._queue.popleft()
            self.expired += 1
        if offset < 0:
            offset = self._queue[max(0, len(self._queue) + offset)].id if self._queue else 0
        while self._queue and self._queue[0].id < offset:
            self._queue.popleft()

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()
