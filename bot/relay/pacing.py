"""How fast the group may be spoken to: a sliding window that survives a restart.

Posting, editing, pinning and creating a topic share one allowance a group (facts: about 20 a
minute). Waiting here is cheap; a 429 is not, since ignoring one makes the next longer.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from bot.relay.changes import Remember, Spent
from bot.relay.ports import Clock, Ledger

_PAUSE = "pause/group"
_HALVED = "halved/group"
_HALVED_WINDOWS = 10  # R24: how long half the rate is kept after a 429


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `calls` in any `seconds`, and at least `seconds / (3 * calls)` apart, so that a quiet
    group answers at once and a busy one never empties its window in one burst."""

    calls: int
    seconds: float

    @property
    def window_ms(self) -> int:
        return int(self.seconds * 1000)

    def wait_ms(self, spent: Sequence[int], now_ms: int, calls: int, more: int = 1) -> int:
        """How long until so many `more` calls are allowed at once, given when earlier ones began
        (sorted). More than the window holds wait until it is empty."""
        since_ms = now_ms - self.window_ms
        recent = [at for at in spent if since_ms < at <= now_ms]
        if not recent:
            return 0
        spacing = self.window_ms // (3 * calls)
        wait = recent[-1] + spacing - now_ms
        if len(recent) + more > calls:
            last = recent[-(calls - more + 1)] if more <= calls else recent[-1]
            wait = max(wait, last + self.window_ms - now_ms)
        return max(0, wait)


class Pace:
    """The allowance of one group; `rates` all hold at once, the first is the group's own."""

    def __init__(self, rates: Sequence[Rate], ledger: Ledger, clock: Clock) -> None:
        self._rates = rates
        self._ledger = ledger
        self._clock = clock
        self._spent: deque[int] = deque()
        self._pause_ms = 0
        self._halved_ms = 0

    async def restore(self) -> None:
        """What was spent before a restart counts, and a pause asked for then still holds. A time to
        come is of a clock that was ahead, and would count until the clock has come there again."""
        now = self._clock()
        spent = await self._ledger.spent_since(now - self._memory_ms)
        self._spent.extend(at for at in spent if at <= now)
        self._pause_ms = await self._recalled(_PAUSE)
        self._halved_ms = await self._recalled(_HALVED)

    async def _recalled(self, name: str) -> int:
        """A time to come, written as `from until`: where the clock was set back since, it lasts as
        long as it was meant to and not until the clock has come there again."""
        begun, _, until = (await self._ledger.recall(name) or "0 0").partition(" ")
        return int(until) - max(0, int(begun) - self._clock())

    @property
    def _memory_ms(self) -> int:
        return max(rate.window_ms for rate in self._rates)

    def _calls(self, rate: Rate) -> int:
        is_halved = rate is self._rates[0] and self._clock() < self._halved_ms
        return max(1, rate.calls // 2) if is_halved else rate.calls

    def _wait_ms(self, more: int) -> int:
        now = self._clock()
        waits = [rate.wait_ms(self._spent, now, self._calls(rate), more) for rate in self._rates]
        return max(self._pause_ms - now, 0, *waits)

    def left(self) -> int:
        """How many calls the group's window still has."""
        group = self._rates[0]
        since = self._clock() - group.window_ms
        return max(0, self._calls(group) - sum(1 for at in self._spent if at > since))

    @property
    def silent_until_ms(self) -> int:
        """The end of the pause that Telegram asked for."""
        return self._pause_ms

    @property
    def at_once(self) -> int:
        """How many calls one window holds: an album may not be worth more."""
        return min(self._calls(rate) for rate in self._rates)

    async def ready(self, more: int = 1) -> None:
        """Wait until a call is allowed, without spending it: who goes is decided after."""
        while wait := self._wait_ms(more):  # noqa: ASYNC110 - time passes, nobody rings
            await asyncio.sleep(wait / 1000)

    async def take(self, calls: int = 1) -> None:
        """Wait for a call and spend it; written down before the call begins."""
        await self._ledger.commit(*await self.spend(calls))

    async def spend(self, calls: int = 1) -> Sequence[Spent]:
        """Wait for a call, or for as many as an album is worth, and spend it. What is to be written
        down before the call begins."""
        await self.ready(calls)
        now = self._clock()
        forget = now - self._memory_ms
        is_any_past = bool(self._spent) and self._spent[0] <= forget
        while self._spent and self._spent[0] <= forget:
            self._spent.popleft()
        self._spent.extend([now] * calls)
        return [Spent(now, forget if is_any_past else 0)] * calls

    def landed(self, calls: int) -> None:
        """The last ones came to their end only now. Telegram counts a file when it has come, which
        may be long after its call began."""
        calls = min(calls, len(self._spent))
        for _ in range(calls):
            self._spent.pop()
        self._spent.extend([self._clock()] * calls)

    async def pause(self, seconds: float) -> None:
        """Telegram said 429: silence for the whole of it and a second more, then half the rate."""
        now = self._clock()
        self._pause_ms = max(self._pause_ms, now + int((seconds + 1) * 1000))
        self._halved_ms = now + _HALVED_WINDOWS * self._rates[0].window_ms
        await self._ledger.commit(
            Remember(_PAUSE, f"{now} {self._pause_ms}"),
            Remember(_HALVED, f"{now} {self._halved_ms}"),
        )
