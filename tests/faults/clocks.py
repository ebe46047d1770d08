"""Another time of day for the relay under test; the simulator keeps its own."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import bot.app
import bot.running
from bot.relay.steady import SteadyClock


class Adjustable:
    """The right time, until somebody moves the hands."""

    def __init__(self) -> None:
        self._ahead_ms = 0

    def __call__(self) -> int:
        return time.time_ns() // 1_000_000 + self._ahead_ms

    def move(self, by_ms: int) -> None:
        self._ahead_ms += by_ms


@contextmanager
def set_to(at_ms: int) -> Iterator[None]:
    """The relay that is opened within lives at `at_ms`, and time passes for it."""
    clock = Adjustable()
    clock.move(at_ms - clock())
    with _in_place(clock):
        yield


@asynccontextmanager
async def adjustable() -> AsyncIterator[Adjustable]:
    """The clock of the relay that is opened within."""
    clock = Adjustable()
    with _in_place(SteadyClock(lambda: clock() * 1_000_000)):
        yield clock


@contextmanager
def _in_place(clock: Callable[[], int]) -> Iterator[None]:
    real = bot.app.now_ms
    bot.app.now_ms = bot.running.now_ms = clock  # type: ignore[assignment, attr-defined]
    try:
        yield
    finally:
        bot.app.now_ms = bot.running.now_ms = real  # type: ignore[attr-defined]
