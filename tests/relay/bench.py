"""A ledger on a SQLite file with a clock set by hand, and doubles that record what was done."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from bot.relay.changes import Begin, Change, Enqueue
from bot.relay.errors import Unreachable
from bot.relay.lanes import Lanes
from bot.relay.model import Effect, NewEffect, PostId, Queue, State, ThreadId
from bot.relay.pacing import Pace, Rate
from bot.relay.ports import Ledger
from bot.relay.posts import Button, Found
from bot.relay.pulse import Pulse, Source
from bot.relay.work import Done, NotDone, Verdict, Work
from bot.storage.database import open_ledger
from tests.relay.samples import NOW_MS

BUSINESS, GROUP, BOT = 330_001, -1_001_234_567_890, 7_654_321_000
FREE = Rate(100_000, 1.0)  # under a clock that stands, no call ever waits


async def until(is_so: Callable[[], Any], seconds: float = 10) -> None:
    """Wait for something to be so; fails where it does not become so."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to be"
        await asyncio.sleep(0.002)


@dataclass
class Bench:
    """The ledger, the time, the bell of the queue at hand."""

    ledger: Ledger
    now_ms: int = NOW_MS
    bell: asyncio.Event = field(default_factory=asyncio.Event)

    def clock(self) -> int:
        return self.now_ms

    def later(self, ms: int) -> None:
        """Time passes, and whoever sleeps looks at the clock."""
        self.now_ms += ms
        self.bell.set()

    async def put(self, *keys: str, lane: str = "", kind: str = "deed", **more: Any) -> None:
        """Enqueue rows; `lane` is the part of the key before `/`, unless it is given."""
        queue = more.pop("queue", Queue.GROUP)
        changes: list[Change] = [
            Enqueue(NewEffect(key, queue, lane or key.partition("/")[0], kind, **more))
            for key in keys
        ]
        await self.ledger.commit(*changes)

    async def row(self, key: str) -> Effect:
        effect = await self.ledger.effect(key)
        assert effect is not None, key
        return effect

    async def states(self, *keys: str) -> list[State]:
        return [(await self.row(key)).state for key in keys]

    async def wait_for(self, key: str, state: State) -> Effect:
        return await self.wait_until(key, lambda row: row.state is state)

    async def wait_until(self, key: str, is_so: Callable[[Effect], bool]) -> Effect:
        deadline = time.monotonic() + 10
        while not is_so(row := await self.row(key)):
            assert time.monotonic() < deadline, f"it did not come to be: {row}"
            await asyncio.sleep(0.002)
        return row

    def pace(self, *rates: Rate) -> Pace:
        return Pace(rates or (FREE,), self.ledger, self.clock)

    def lanes(self, work: Work | dict[str, Work], **more: Any) -> Lanes:
        works = work if isinstance(work, dict) else {"deed": work}
        return Lanes(
            more.pop("queue", Queue.GROUP),
            works,
            ledger=more.pop("ledger", self.ledger),
            clock=self.clock,
            bell=self.bell,
            pulse=more.pop("pulse", Pulse(self.clock)),
            source=Source.TELEGRAM_SENDS,
            **more,
        )


@asynccontextmanager
async def opened(url: str, group_id: int = GROUP, bot_id: int = BOT) -> AsyncIterator[Bench]:
    bench: Bench | None = None

    def ring(_: Queue) -> None:
        if bench:
            bench.bell.set()

    def clock() -> int:
        return bench.now_ms if bench else NOW_MS

    async with open_ledger(
        url, business_id=BUSINESS, group_id=group_id, bot_id=bot_id, ring=ring, clock=clock
    ) as ledger:
        bench = Bench(ledger)
        yield bench


@asynccontextmanager
async def running(*lanes: Lanes) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as tasks:
        started = [tasks.create_task(each.run()) for each in lanes]
        try:
            yield
        finally:
            for task in started:
                task.cancel()


class Shaky:
    """A ledger of which some calls fail for a while: `fails` says how often, by name; "begin" is
    the commit before a call."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.fails: dict[str, int] = {}
        self.failed: list[str] = []

    def __getattr__(self, name: str) -> Any:
        async def call(*args: Any, **named: Any) -> Any:
            called = "begin" if any(isinstance(one, Begin) for one in args) else name
            if self.fails.get(called):
                self.fails[called] -= 1
                self.failed.append(called)
                raise Unreachable("database_unreachable", reason="SQLITE_FULL")
            return await getattr(self._ledger, name)(*args, **named)

        return call


class Deeds(Work):
    """A kind of work that writes down what the world saw of it.

    `fails`: by key, what the next attempts raise (None: it is done). `unprepared`: the same of
    what comes before. `verdicts`: by key, what the next looks find. `gates`: what to wait for.
    """

    def __init__(self, *, joins: int = 1, is_exclusive: bool = False) -> None:
        self.is_exclusive = is_exclusive
        self.joins = joins
        self.seen: list[str] = []  # what took effect, in order
        self.calls: list[tuple[str, ...]] = []  # what went out together, in order
        self.looked: list[tuple[str, ...]] = []
        self.under_way: list[str] = []
        self.fails: defaultdict[str, list[Exception | None]] = defaultdict(list)
        self.unprepared: defaultdict[str, list[Exception]] = defaultdict(list)
        self.verdicts: defaultdict[str, list[Verdict | Exception]] = defaultdict(list)
        self.gates: dict[str, asyncio.Event] = {}

    async def prepare(self, head: Effect) -> None:
        if self.unprepared[head.key]:
            raise self.unprepared[head.key].pop(0)

    def joinable(self, waiting: Sequence[Effect]) -> int:
        return min(self.joins, len(waiting))

    async def perform(self, batch: Sequence[Effect]) -> Done:
        keys = tuple(effect.key for effect in batch)
        self.calls.append(keys)
        self.under_way += keys
        try:
            if gate := self.gates.get(keys[0]):
                await gate.wait()
            if (fails := self.fails[keys[0]]) and (error := fails.pop(0)):
                raise error
            self.seen += keys
            return Done(results=[1000 + len(self.calls)])
        finally:
            self.under_way = [key for key in self.under_way if key not in keys]

    async def settle(self, batch: Sequence[Effect]) -> Verdict:
        keys = tuple(effect.key for effect in batch)
        self.looked.append(keys)
        verdict = self.verdicts[keys[0]].pop(0) if self.verdicts[keys[0]] else NotDone()
        if isinstance(verdict, Exception):
            raise verdict
        return verdict


class Group:
    """The forum as a list of ids: who stands under which, and what was asked."""

    def __init__(self) -> None:
        self.found: dict[int, Found | Exception] = {}
        self.probed: list[int] = []
        self.names: list[str] = []
        self.reopened: list[int] = []
        self.fails: list[Exception | None] = []
        self.before_answer: Callable[[ThreadId], Any] | None = None

    async def probe(self, post_id: PostId, buttons: tuple[Button, ...]) -> Found:
        self.probed.append(post_id)
        found = self.found.get(post_id, Found.NOTHING)
        if isinstance(found, Exception):
            raise found
        return found

    async def create_topic(self, name: str, icon: str = "") -> ThreadId:
        if self.fails and (error := self.fails.pop(0)):
            raise error
        self.names.append(name)
        thread = ThreadId(100 + len(self.names))
        if self.before_answer:
            await self.before_answer(thread)
        return thread

    async def reopen_topic(self, thread_id: ThreadId) -> None:
        if self.fails and (error := self.fails.pop(0)):
            raise error
        self.reopened.append(thread_id)
