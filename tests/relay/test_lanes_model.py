"""Ledger and lanes against a model: random work, failures, kills, second thoughts (R51).

A world of its own records what took effect. Whatever happens to the relay in between, each effect
takes place at most once, in the order of its lane, and in the end exactly once unless it was
refused, or withdrawn in time; and what was withdrawn in time never takes place.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from enum import Enum
from itertools import takewhile

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bot.relay.changes import Again, Withdraw
from bot.relay.errors import OutcomeUnknown, Refused, Throttled, Unreachable
from bot.relay.model import Effect, NewEffect, Queue, State
from bot.relay.parking import Parking
from bot.relay.work import WITHDRAWN, Done, NotDone, Parked, Undecided, Verdict, Work
from tests.relay.bench import Bench, opened, running

LANES = ("a", "b", "c")
SETTLE_MS = 20_000


class Call(Enum):
    """How a call ends."""

    DONE = "done"
    NOT_DONE = "certainly not done"
    THROTTLED = "asked to wait"
    REFUSED = "refused"
    LOST_DONE = "done, the answer lost"
    LOST_NOT_DONE = "not done, the answer lost"
    KILLED_DONE = "done, the relay killed before it knows"
    KILLED_NOT_DONE = "not done, the relay killed before it knows"
    BUG_DONE = "done, then a bug of ours"


TOOK_EFFECT = {Call.DONE, Call.LOST_DONE, Call.KILLED_DONE, Call.BUG_DONE}
ERRORS = {
    Call.NOT_DONE: Unreachable("telegram_unreachable"),
    Call.THROTTLED: Throttled("telegram_throttled", 3),
    Call.REFUSED: Refused("telegram_refused"),
    Call.LOST_DONE: OutcomeUnknown("telegram_timeout"),
    Call.LOST_NOT_DONE: OutcomeUnknown("telegram_timeout"),
    Call.BUG_DONE: ZeroDivisionError(),
}


class Outside(Work):
    """The service, with what really took effect there."""

    def __init__(self, bench: Bench, *, joins: int, is_exclusive: bool) -> None:
        self.bench, self.joins, self.is_exclusive = bench, joins, is_exclusive
        self.done: list[str] = []
        self.refused_keys: set[str] = set()
        self.hanging: set[str] = set()
        self.calls: list[Call] = []
        self.absent: set[str] = set()  # rows whose file is not there yet

    async def prepare(self, head: Effect) -> None:
        if head.key in self.absent:
            raise Parked

    def joinable(self, waiting: Sequence[Effect]) -> int:
        """As with albums: nothing goes along whose file is not there."""
        there = list(takewhile(lambda effect: effect.key not in self.absent, waiting))
        return min(self.joins, len(there))

    async def perform(self, batch: Sequence[Effect]) -> Done:
        call = self.calls.pop(0) if self.calls else Call.DONE
        if call is Call.THROTTLED and self.joins > 1:
            call = Call.NOT_DONE  # the pace would rest for real, by a clock that stands
        keys = [effect.key for effect in batch]
        if call in TOOK_EFFECT:
            self.done += keys
        if call is Call.REFUSED:
            self.refused_keys |= set(keys)
        if call in (Call.KILLED_DONE, Call.KILLED_NOT_DONE):
            self.hanging |= set(keys)
            await asyncio.Event().wait()
        if call is not Call.DONE and call in ERRORS:
            raise ERRORS[call]
        return Done(results=[len(self.done) - at for at in reversed(range(len(keys)))])

    async def settle(self, batch: Sequence[Effect]) -> Verdict:
        due_ms = batch[0].unknown_ms + SETTLE_MS
        if self.bench.now_ms < due_ms:
            return Undecided(due_ms)
        if batch[0].key not in self.done:
            return NotDone()
        return Done(results=[1 + self.done.index(effect.key) for effect in batch])


class Relay(RuleBasedStateMachine):
    is_exclusive = False
    joins = 1

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.open = AsyncExitStack()
        self.keys: list[str] = []
        self.withdrawn: set[str] = set()
        self.again: set[str] = set()  # pressed by a person: they go when they can
        self.loop.run(self._open())

    async def _open(self) -> None:
        url = f"sqlite://{self.folder.name}/relay.db"
        self.bench = await self.open.enter_async_context(opened(url))
        self.outside = Outside(self.bench, joins=self.joins, is_exclusive=self.is_exclusive)

    @rule(
        lane=st.sampled_from(LANES),
        ends=st.lists(st.sampled_from(list(Call)), min_size=1),
        has_file=st.booleans(),
    )
    def enqueue(self, lane: str, ends: list[Call], has_file: bool) -> None:
        """Rows of a lane, and how the next calls will end."""
        keys = [f"{lane}/{len(self.keys) + number}" for number in range(len(ends))]
        self.keys += keys
        self.outside.calls += ends
        self.outside.absent |= set(keys[-1:] if has_file else [])
        self.loop.run(self.bench.put(*keys, payload={"is_recent": True}))

    @rule(lane=st.sampled_from(LANES))
    def enqueue_the_same_again(self, lane: str) -> None:
        keys = [key for key in self.keys if key.startswith(lane)]
        self.loop.run(self.bench.put(*keys, payload={"is_recent": True}))

    @rule()
    def withdraw(self) -> None:
        """Authors edit what is next in each lane into a note: in time or too late, which only the
        rows tell."""
        self.loop.run(self._withdraw())

    async def _withdraw(self) -> None:
        for head in await self.bench.ledger.heads(Queue.GROUP):
            said = NewEffect(f"said/{head.key}", Queue.MARKS, "said", "deed")
            await self.bench.ledger.commit(Withdraw((head.key,), said, said, said))
            if (await self.bench.row(head.key)).reason == WITHDRAWN:
                self.withdrawn.add(head.key)

    @rule()
    def press_send_again(self) -> None:
        """Under all that was refused."""
        pressed = self.outside.refused_keys - self.withdrawn
        changes = [Again(key, self.bench.now_ms) for key in sorted(pressed)]
        self.loop.run(self.bench.ledger.commit(*changes))
        self.outside.refused_keys -= pressed
        self.again |= pressed

    @rule(
        ms=st.sampled_from([0, 1_000, 4_000, 20_000, 60_000]),
        parallel=st.integers(1, 3),
        brings_files=st.booleans(),
    )
    def live_and_be_killed(self, ms: int, parallel: int, brings_files: bool) -> None:
        """One life of the relay: it works until it can't go on, now and after some time."""
        self.loop.run(self._live([ms], parallel, brings_files))

    async def _live(
        self, waits_ms: Sequence[int], parallel: int, brings_files: bool = True
    ) -> None:
        self.outside.hanging.clear()
        await self.bench.ledger.recover(self.bench.now_ms)
        pace = self.bench.pace() if self.joins > 1 else None
        workers = 1 if pace else parallel
        parking = Parking(self.bench.bell)
        lanes = self.bench.lanes(self.outside, parallel=workers, pace=pace, parking=parking)
        async with running(lanes):
            await self._calm()
            if brings_files:
                self.outside.absent.clear()
                for lane in LANES:
                    parking.free(lane)
                await self._calm()
            for ms in waits_ms:
                self.bench.later(ms)
                await self._calm()

    async def _calm(self) -> None:
        """Until every lane waits for a time to come, or hangs in a call."""
        deadline = time.monotonic() + 5
        while True:
            heads = await self.bench.ledger.heads(Queue.GROUP)
            if self._is_stuck(heads) or all(self._rests(head) for head in heads):
                return
            assert time.monotonic() < deadline, heads
            await asyncio.sleep(0.001)

    def _rests(self, head: Effect) -> bool:
        waits = head.state is State.NEW and head.key in self.outside.absent
        return waits or head.due_ms > self.bench.now_ms or head.key in self.outside.hanging

    def _is_stuck(self, heads: Sequence[Effect]) -> bool:
        """An open question that is not due, or all workers of the pace in one that hangs."""
        if self.joins > 1 and self.outside.hanging:
            return True
        asking = [head for head in heads if head.state is State.UNKNOWN]
        stuck = self.is_exclusive and asking and all(self._rests(head) for head in asking)
        return bool(stuck) or len(self.outside.hanging) >= 1

    @invariant()
    def nothing_took_effect_twice(self) -> None:
        assert len(set(self.outside.done)) == len(self.outside.done), self.outside.done

    @invariant()
    def lanes_kept_their_order(self) -> None:
        for lane in LANES:
            done = [key for key in self.outside.done if key.startswith(lane)]
            done = [key for key in done if key not in self.again]
            assert done == [key for key in self.keys if key in done]

    @invariant()
    def nothing_took_effect_that_was_withdrawn_in_time(self) -> None:
        assert not self.withdrawn & set(self.outside.done)

    def every_post_belongs_to_one_row(self) -> None:
        rows = [self.loop.run(self.bench.row(key)) for key in self.keys]
        results = [row.result for row in rows if row.result is not None]
        assert len(set(results)) == len(results)

    def teardown(self) -> None:
        """Left in peace, everything that was not refused gets done, exactly once."""
        try:
            self.outside.calls.clear()
            for _ in range(3):
                self.loop.run(self._live([61_000] * 4, 2))
            expected = set(self.keys) - self.outside.refused_keys - self.withdrawn
            assert set(self.outside.done) == expected
            self.nothing_took_effect_twice()
            self.lanes_kept_their_order()
            self.nothing_took_effect_that_was_withdrawn_in_time()
            states = self.loop.run(self.bench.states(*self.keys))
            assert all(not state.is_open for state in states)
            self.every_post_belongs_to_one_row()
        finally:
            self.loop.run(self.open.aclose())
            self.loop.close()
            self.folder.cleanup()


class JoiningRelay(Relay):
    """As for the group: one at a time, rows joined, nothing else while a question is open."""

    is_exclusive = True
    joins = 3


FEW = settings(
    max_examples=10,
    stateful_step_count=14,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking takes minutes
    suppress_health_check=list(HealthCheck),
)
TestRelay = Relay.TestCase
TestRelay.settings = FEW
TestJoiningRelay = JoiningRelay.TestCase
TestJoiningRelay.settings = FEW
