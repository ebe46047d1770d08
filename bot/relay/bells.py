"""Who has work: a bell a queue, rung by the ledger and heard by the lanes."""

from __future__ import annotations

import asyncio

from bot.relay.model import Queue


class Bells:
    def __init__(self) -> None:
        self._bells = {queue: asyncio.Event() for queue in Queue}

    def of(self, queue: Queue) -> asyncio.Event:
        return self._bells[queue]

    def ring(self, queue: Queue) -> None:
        self._bells[queue].set()
