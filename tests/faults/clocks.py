"""Another time of day for the relay under test; the simulator keeps its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import bot.app


@contextmanager
def set_to(at_ms: int) -> Iterator[None]:
    """The relay that is opened within lives at `at_ms`, and time passes for it."""
    real = bot.app.now_ms
    ahead_ms = at_ms - time.time_ns() // 1_000_000

    def shifted() -> int:
        return time.time_ns() // 1_000_000 + ahead_ms

    bot.app.now_ms = shifted
    try:
        yield
    finally:
        bot.app.now_ms = real
