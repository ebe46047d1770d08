"""How many requests of the Market are left: a quota an hour for each method, and some at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

HOUR_MS = 3_600_000
HOURLY = {
    "createChat": 1000,
    "getChats": 5000,
    "getChat": 1000,
    "sendFileToChat": 1000,
    "sendMessageToChat": 1000,
    "getChatMessage": 1000,
    "getChatHistory": 10_000,
    "getAuthTokenInfo": 100,
}


@dataclass(slots=True)
class _Window:
    until_ms: int
    used: int = 0


class Quota:
    """`hourly` and `parallel` may be changed at any time, also for a window that is running."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self.hourly = dict(HOURLY)
        self.parallel = 4
        self.running = 0
        self.most_running = 0
        self.refused = 0
        self._clock = clock
        self._windows: dict[str, _Window] = {}

    def take(self, method: str) -> bool:
        """Spend one request; False where none is left of this hour."""
        window = self._window(method)
        if window.used >= self.hourly[method]:
            self.refused += 1
            return False
        window.used += 1
        return True

    def enter(self) -> bool:
        """A request begins; False where too many run at once. `leave` must follow a True."""
        if self.running >= self.parallel:
            self.refused += 1
            return False
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        return True

    def leave(self) -> None:
        self.running -= 1

    def headers(self, method: str) -> dict[str, str]:
        """What the Market tells with every answer; by its own clock."""
        window = self._window(method)
        return {
            "Date": _date(self._clock()),
            "X-RateLimit-Resource-Limit": str(self.hourly[method]),
            "X-RateLimit-Resource-Remaining": str(max(0, self.hourly[method] - window.used)),
            "X-RateLimit-Resource-Until": _date(window.until_ms),
        }

    def reset(self) -> None:
        """The hour is over for every method."""
        self._windows.clear()

    def _window(self, method: str) -> _Window:
        window = self._windows.get(method)
        if window is None or window.until_ms <= self._clock():
            window = self._windows[method] = _Window(self._clock() + HOUR_MS)
        return window


def _date(at_ms: int) -> str:
    return format_datetime(datetime.fromtimestamp(at_ms / 1000, UTC), usegmt=True)
