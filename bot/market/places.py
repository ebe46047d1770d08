"""Who may speak to the Market now: a fixed number of places, one of them kept from the reads."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_Queue = deque[asyncio.Future[None]]


class Places:
    """At most `total` holders at once; reads hold at most `total - 1` of them, but at least 1.

    Whoever is urgent goes before every read that waits, and only behind other urgent ones.
    (Two semaphores would not do: a read that has passed the first queues in the second, before a
    send that comes later.)
    """

    def __init__(self, total: int) -> None:
        self._free = total
        self._free_for_reads = max(1, total - 1)
        self._urgent: _Queue = deque()
        self._reads: _Queue = deque()

    @asynccontextmanager
    async def take(self, *, is_urgent: bool) -> AsyncIterator[None]:
        await self._enter(is_urgent)
        try:
            yield
        finally:
            self._leave(is_urgent)

    async def _enter(self, is_urgent: bool) -> None:
        turn = asyncio.get_running_loop().create_future()
        (self._urgent if is_urgent else self._reads).append(turn)
        self._admit()
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # the place was given in the very moment of the cancellation
                self._leave(is_urgent)
            raise

    def _leave(self, is_urgent: bool) -> None:
        self._free += 1
        if not is_urgent:
            self._free_for_reads += 1
        self._admit()

    def _admit(self) -> None:
        while self._free and _first(self._urgent):
            self._free -= 1
            self._urgent.popleft().set_result(None)
        while self._free and self._free_for_reads and _first(self._reads):
            self._free -= 1
            self._free_for_reads -= 1
            self._reads.popleft().set_result(None)


def _first(queue: _Queue) -> bool:
    """Whether anybody waits; those who gave up are dropped."""
    while queue and queue[0].done():
        queue.popleft()
    return bool(queue)
