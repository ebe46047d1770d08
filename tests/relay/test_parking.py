"""Lanes whose head waits for something that this process brings: they alone wait, in memory."""

from __future__ import annotations

import asyncio
from typing import Any

from bot.relay.changes import Begin, Settle
from bot.relay.model import Effect, State
from bot.relay.parking import Parking
from bot.relay.work import Parked
from tests.relay.bench import Bench, Deeds, running, until


class Waiting(Deeds):
    """Rows of which some wait for a file. `missing`: which do."""

    def __init__(self, *missing: str, joins: int = 1, is_exclusive: bool = False) -> None:
        super().__init__(joins=joins, is_exclusive=is_exclusive)
        self.missing = set(missing)
        self.asked: list[str] = []

    async def prepare(self, head: Effect) -> None:
        self.asked.append(head.key)
        if head.key in self.missing:
            raise Parked
        await super().prepare(head)


class Yard:
    def __init__(self, bench: Bench, work: Waiting, **more: Any) -> None:
        self.bench, self.work = bench, work
        self.parking = Parking(bench.bell)
        self.lanes = bench.lanes(work, parking=self.parking, **more)

    def bring(self, key: str) -> None:
        self.work.missing.discard(key)
        self.parking.free(key.partition("/")[0])


async def test_a_lane_that_waits_holds_up_no_other_and_keeps_its_order(bench: Bench) -> None:
    yard = Yard(bench, Waiting("a/1"))
    await bench.put("a/1", "a/2", "b/1", "b/2")
    async with running(yard.lanes):
        await bench.wait_for("b/2", State.SENT)
        assert await bench.states("a/1", "a/2") == [State.NEW, State.NEW]
        yard.bring("a/1")
        await bench.wait_for("a/2", State.SENT)
    assert yard.work.seen == ["b/1", "b/2", "a/1", "a/2"]


async def test_a_lane_that_waits_is_not_asked_again_until_it_is_freed(bench: Bench) -> None:
    yard = Yard(bench, Waiting("a/1"))
    await bench.put("a/1")
    async with running(yard.lanes):
        await until(lambda: yard.parking.lanes)
        await bench.put("b/1")
        await bench.wait_for("b/1", State.SENT)
        assert yard.work.asked == ["a/1", "b/1"]
        bench.later(600_000)
        await bench.put("b/2")
        await bench.wait_for("b/2", State.SENT)
    assert yard.work.asked == ["a/1", "b/1", "b/2"]


async def test_waiting_spends_no_attempt_and_looks_no_later(bench: Bench) -> None:
    yard = Yard(bench, Waiting("a/1"), pace=bench.pace())
    await bench.put("a/1")
    before = await bench.row("a/1")
    async with running(yard.lanes):
        await until(lambda: yard.parking.lanes)
    assert await bench.row("a/1") == before
    assert await bench.ledger.spent_since(0) == []


async def test_a_lane_that_is_freed_too_early_waits_again(bench: Bench) -> None:
    yard = Yard(bench, Waiting("a/1"))
    await bench.put("a/1")
    async with running(yard.lanes):
        for times in range(1, 4):
            await until(lambda times=times: len(yard.work.asked) == times and yard.parking.lanes)
            yard.parking.free("a")
        await until(lambda: len(yard.work.asked) == 4 and yard.parking.lanes)
        yard.bring("a/1")
        await bench.wait_for("a/1", State.SENT)
    assert yard.work.seen == ["a/1"]


async def test_many_lanes_that_wait_leave_the_only_worker_free(bench: Bench) -> None:
    keys = [f"lane{number}/1" for number in range(30)]
    yard = Yard(bench, Waiting(*keys), parallel=1)
    await bench.put(*keys, "z/1")
    async with running(yard.lanes):
        await bench.wait_for("z/1", State.SENT)
        for key in reversed(keys):
            yard.bring(key)
        await bench.wait_for(keys[0], State.SENT)
        for key in keys:
            await bench.wait_for(key, State.SENT)
    assert sorted(yard.work.seen) == sorted([*keys, "z/1"])


async def test_a_row_that_waits_keeps_no_open_question_from_being_settled(bench: Bench) -> None:
    """Nothing of it is outside yet, so it is no question itself."""
    yard = Yard(bench, Waiting("a/1", is_exclusive=True))
    await bench.put("a/1", "b/1")
    lost = await bench.row("b/1")
    await bench.ledger.commit(Begin((lost.id,), bench.now_ms, 0, lost.id))
    await bench.ledger.recover(bench.now_ms)
    async with running(yard.lanes):
        await bench.wait_for("b/1", State.SENT)
        assert yard.parking.lanes == {"a"}
    assert yard.work.looked == [("b/1",)]


async def test_what_its_author_took_back_while_it_waited_is_not_sent(bench: Bench) -> None:
    yard = Yard(bench, Waiting("a/1"))
    await bench.put("a/1", "a/2")
    async with running(yard.lanes):
        await until(lambda: yard.parking.lanes)
        row = await bench.row("a/1")
        await bench.ledger.commit(Settle((row.id,), State.FAILED, reason="withdrawn"))
        yard.bring("a/1")
        await bench.wait_for("a/2", State.SENT)
    assert yard.work.seen == ["a/2"]


async def test_a_stop_does_not_wait_for_lanes_that_wait(bench: Bench) -> None:
    yard = Yard(bench, Waiting("a/1"))
    await bench.put("a/1")
    async with running(yard.lanes):
        await until(lambda: yard.parking.lanes)
        async with asyncio.timeout(5):
            await yard.lanes.drain(60)
        yard.bring("a/1")
        await until(lambda: not yard.parking.lanes)
        await asyncio.sleep(0)
    assert await bench.states("a/1") == [State.NEW]


async def test_after_a_restart_the_row_wants_its_file_again(bench: Bench) -> None:
    first = Yard(bench, Waiting("a/1"))
    await bench.put("a/1")
    async with running(first.lanes):
        await until(lambda: first.parking.lanes)
    second = Yard(bench, Waiting())
    async with running(second.lanes):
        await bench.wait_for("a/1", State.SENT)
    assert second.work.seen == ["a/1"]
