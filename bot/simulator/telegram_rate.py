"""How often a bot may post in one group before Telegram answers 429."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from math import ceil

from bot.simulator.telegram_request import BotApiError


class GroupRate:
    """At most `calls` in any `seconds`, shared by all that posts, edits, pins or makes a topic.

    `limit` None: no limit. Calling during a pause that was asked for makes the pause longer.
    """

    def __init__(self, limit: tuple[int, float] | None, clock: Callable[[], int]) -> None:
        self.limit = limit
        self.floods = 0
        self.ignored = 0
        self._clock = clock
        self._spent: deque[int] = deque()
        self._until_ms = 0

    def spend(self, calls: int = 1) -> None:
        """Raises the 429 where the limit is reached."""
        if self.limit is None:
            return
        most, seconds = self.limit
        now = self._clock()
        while self._spent and self._spent[0] <= now - seconds * 1000:
            self._spent.popleft()
        if now < self._until_ms:
            self.ignored += 1
            self._until_ms += 1000
        elif len(self._spent) + calls > most:
            free_at = self._spent[0] + seconds * 1000 if self._spent else now + 1000
            self._until_ms = int(free_at)
        else:
            self._spent.extend([now] * calls)
            return
        self.floods += 1
        wait = max(1, ceil((self._until_ms - now) / 1000))
        raise BotApiError(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
