"""A relay killed again and again while people write and calls go wrong; and how fast it is back.

The one owner of the loop: CI plays it short, `make soak` whole, and the naive order suffers it too.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from itertools import takewhile

from bot.simulator.faults import KINDS
from tests.faults.process import RelayProcess
from tests.faults.traffic import Traffic
from tests.world import World

_SECONDS = {"slow": 1.0, "throttled": 1.0, "late": 0.5}
_AT_WORK_S = 60.0  # on a machine that has other things to do


@dataclass(frozen=True, slots=True)
class Plan:
    """`life_s`: the longest life. `rest_every`: before each so-manieth kill nobody writes until all
    that was written is there, for `patience_s` at most; `stop_every`: before each so-manieth it is
    asked to stop, and started again. 0: never."""

    kills: int
    life_s: float = 1.2
    rest_every: int = 0
    patience_s: float = 120.0
    stop_every: int = 0


@dataclass(slots=True)
class Times:
    """Seconds. From a start to the first call that a service served, lives that saw none added to
    the next; from a start until all that had waited was there; of stops that were asked for."""

    first_call: list[float] = field(default_factory=list)
    resumed: list[float] = field(default_factory=list)
    stop: list[float] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)  # what was seen when the patience ended first


def make_faulty(world: World, share: float) -> None:
    """So many of all calls of both shores go wrong, each kind as often as the others."""
    each = 1 - (1 - share) ** (1 / len(KINDS))
    for shore in ("telegram", "market"):
        for kind in KINDS:
            seconds = _SECONDS.get(kind, 0.0)
            world.sim.faults.add(shore, kind, probability=each, seconds=seconds)


class KillLoop:
    def __init__(self, world: World, relay: RelayProcess, plan: Plan, seed: int) -> None:
        self.killed = 0
        self.times = Times()
        self._may_write = asyncio.Event()
        self._may_write.set()
        self._world, self._relay, self._plan = world, relay, plan
        self._chance = random.Random(seed)
        self._began = time.monotonic()
        self._rested = 0.0
        self._started_ms = 0

    async def run(self, *people: Coroutine[None, None, None]) -> None:
        """Until all kills are over and `people` have written all that they would."""
        await self._relay.start()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._kill())
            for one in people:
                tasks.create_task(one)

    async def pause(self, chance: random.Random, left: int) -> None:
        """Between two messages of people who have so many left to write until the last kill."""
        mean = min(1.0, 0.01 + self._seconds_left() / left)
        await asyncio.sleep(chance.uniform(0, 2 * mean))  # people write when they like
        await self._may_write.wait()

    def _seconds_left(self) -> float:
        lives = self._plan.kills - self.killed
        if not self.killed:
            return lives * self._plan.life_s
        return lives * (time.monotonic() - self._began - self._rested) / self.killed

    async def _kill(self) -> None:
        """At work each time, or the loop would kill what has done nothing yet."""
        plan = self._plan
        for number in range(1, plan.kills + 1):
            await self._at_work()
            if plan.rest_every and number % plan.rest_every == 0:
                await self._rest()
            if plan.stop_every and number % plan.stop_every == 0:
                await self._stop()
            await asyncio.sleep(self._chance.uniform(0, plan.life_s))  # the moment is the test
            assert self._relay.is_running, self._relay.said_last
            self._note_first_call()
            await self._relay.kill()
            self.killed = number
            await self._start()
        await self._at_work()

    async def _start(self) -> None:
        self._started_ms = self._started_ms or self._world.sim.group.clock()
        await self._relay.start()

    async def _at_work(self) -> None:
        await self._world.until(lambda: "Relaying cabinet" in self._relay.said_last, _AT_WORK_S)

    def _note_first_call(self) -> None:
        """After a kill. Where there was none, the clock runs on."""
        if not self._started_ms:
            return
        sim, since_ms = self._world.sim, self._started_ms
        served = [
            call.at_ms
            for calls in (sim.telegram.calls, sim.market_http.calls)
            for call in takewhile(lambda call: call.at_ms >= since_ms, reversed(calls))
            if call.status == 200
        ]
        if served:
            self.times.first_call.append((min(served) - since_ms) / 1000)
            self._started_ms = 0

    async def _rest(self) -> None:
        began = time.monotonic()
        self._may_write.clear()
        started_ms = self._started_ms
        try:
            await self._world.quiet(self._plan.patience_s)
            self.times.resumed.append((self._world.sim.group.clock() - started_ms) / 1000)
        except AssertionError as error:
            self.times.stuck.append(f"{error}\n{self._relay.said_last[-4000:]}")
        self._may_write.set()
        self._rested += time.monotonic() - began

    async def _stop(self) -> None:
        await asyncio.sleep(self._chance.uniform(0, self._plan.life_s))
        began = time.monotonic()
        assert await self._relay.stop() == 0, self._relay.said_last
        self.times.stop.append(time.monotonic() - began)
        self._started_ms = 0
        await self._relay.start()
        await self._at_work()


@dataclass(frozen=True, slots=True)
class Load:
    buyer_messages: int
    replies: int


async def write(traffic: Traffic, load: Load, loop: KillLoop, chance: random.Random) -> None:
    """For as long as the kills last, and the last words a moment after them."""
    while left := load.buyer_messages - traffic.buyers + load.replies - traffic.replies:
        await loop.pause(chance, left)
        if _is_staffs_turn(traffic, load) and traffic.staff_answers():
            continue
        if traffic.buyers < load.buyer_messages:
            traffic.buyer_writes()


def _is_staffs_turn(traffic: Traffic, load: Load) -> bool:
    """Both go on alike, buyers first."""
    if traffic.replies >= load.replies:
        return False
    return traffic.replies * load.buyer_messages <= load.replies * traffic.buyers
