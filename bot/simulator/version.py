"""One number that grows with every change of the simulated world, and those who wait for it."""

from __future__ import annotations

import asyncio


class Version:
    def __init__(self) -> None:
        self.number = 0
        self._waiting: set[asyncio.Event] = set()

    def bump(self) -> None:
        self.number += 1
        for waiting in self._waiting:
            waiting.set()

    async def above(self, number: int, seconds: float) -> bool:
        """Wait until the version is above `number`; False where the time ran out before."""
        if self.number > number:
            return True
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            # not wait_for: it may take a cancellation for the end of what it waits for (gh-86296)
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(event)
        return True
