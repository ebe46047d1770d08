"""How much of each method is left, and which methods must rest; it asks nobody and waits never."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

from bot.relay.figures import QuotaLeft
from bot.relay.ports import Clock

_LONGEST_REST = 3600.0  # seconds; quotas are hourly, so anything above is nonsense
_DATE_S = 1.0  # the dates of answers have whole seconds
_LONGEST_BACKOFF = 60.0  # R12
_TOO_MANY = frozenset({420, 429})


def full_jitter(cap: float) -> float:
    return random.uniform(0, cap)


class Quotas:
    """Learns from the headers of every answer.

    Rests are kept on the monotonic clock: a clock that is set back must not make them longer.
    """

    def __init__(
        self,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
        jitter: Callable[[float], float] = full_jitter,
    ) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._jitter = jitter
        self._left: dict[str, QuotaLeft] = {}
        self._rest_until: dict[str, float] = {}
        self._strikes: dict[str, int] = {}
        self.skew_ms: int | None = None  # the Market's clock minus ours, None before an answer

    def left(self) -> Mapping[str, QuotaLeft]:
        """By method; `until_ms` is by our clock."""
        return dict(self._left)

    def rest(self, method: str) -> float:
        """Seconds for which the method must not be called; 0 where it may be."""
        return max(0.0, self._rest_until.get(method, 0.0) - self._monotonic())

    def note(self, method: str, status: int, headers: Mapping[str, str]) -> None:
        now_ms = self._clock()
        self._note_skew(headers, now_ms)
        limit = _number(headers.get("X-RateLimit-Resource-Limit"))
        remaining = _number(headers.get("X-RateLimit-Resource-Remaining"))
        window = self._window(headers, now_ms)
        if limit and remaining is not None and window is not None:
            until_ms = now_ms + int(window * 1000)
            self._left[method] = QuotaLeft(limit, remaining, until_ms)
        if status in _TOO_MANY:
            self._rest_for(method, self._pause(method, remaining, window))
        elif limit and remaining == 0 and window is not None:
            self._rest_for(method, window)
        if 200 <= status < 300:
            self._strikes.pop(method, None)

    def _note_skew(self, headers: Mapping[str, str], now_ms: int) -> None:
        server_ms = http_date(headers.get("Date"))
        if server_ms is not None:
            self.skew_ms = server_ms - now_ms

    def _window(self, headers: Mapping[str, str], now_ms: int) -> float | None:
        """Seconds until the window resets; None where that is not said, or is nonsense. Both ends
        are taken from the Market's clock, so that ours may be wrong."""
        until_ms = http_date(headers.get("X-RateLimit-Resource-Until"))
        if until_ms is None:
            return None
        seconds = (until_ms - now_ms - (self.skew_ms or 0)) / 1000
        return seconds if seconds <= _LONGEST_REST + _DATE_S else None

    def _pause(self, method: str, remaining: int | None, window: float | None) -> float:
        # With requests left, the 420 was about too many at once: that passes in seconds, and the
        # end of the hour has nothing to do with it.
        if not remaining and window is not None and window > 0:
            return window
        strikes = self._strikes.get(method, 0)
        self._strikes[method] = strikes + 1
        return self._jitter(min(_LONGEST_BACKOFF, 2.0 ** min(strikes, 6)))

    def _rest_for(self, method: str, seconds: float) -> None:
        until = self._monotonic() + seconds
        self._rest_until[method] = max(until, self._rest_until.get(method, 0.0))


def http_date(value: str | None) -> int | None:
    """An RFC 822 or 1123 date in milliseconds UTC; None where it is none."""
    if not value:
        return None
    try:
        moment = parsedate_to_datetime(value)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _number(value: str | None) -> int | None:
    try:
        number = int(value or "")
    except ValueError:
        return None
    return number if number >= 0 else None
