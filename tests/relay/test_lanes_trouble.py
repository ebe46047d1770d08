"""Bugs, outages of the ledger and the end of the process, as the lanes take them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.relay.changes import Settle
from bot.relay.errors import AccessDenied, OutcomeUnknown
from bot.relay.model import Effect, Queue, State
from bot.relay.work import Undecided
from tests.relay.bench import Bench, Deeds, Shaky, running, until


async def test_a_bug_in_a_kind_of_work_stops_neither_the_runner_nor_other_lanes(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    deeds = Deeds()
    deeds.fails["a/1"] = [ZeroDivisionError()]
    deeds.verdicts["a/1"] = [Undecided(bench.now_ms + 60_000)]
    deeds.unprepared["b/1"] = [KeyError("oops")]
    await bench.put("a/1", "b/1", "c/1")
    await bench.put("unknown/1", kind="nobody knows")
    async with running(bench.lanes(deeds)):
        await bench.wait_for("c/1", State.SENT)
        for key in ("b/1", "unknown/1"):
            await bench.wait_until(key, lambda row: row.due_ms > bench.now_ms)
        bench.later(60_000)
        await bench.wait_for("b/1", State.SENT)
        await bench.wait_for("a/1", State.SENT)
    assert (await bench.row("unknown/1")).state is State.NEW
    assert deeds.looked == [("a/1",)] * 2
    assert "met a bug" in caplog.text


async def test_an_outcome_is_written_down_though_the_ledger_is_away_for_a_moment(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.relay.outcomes.backoff_ms", lambda *_: 1)
    ledger, deeds = Shaky(bench.ledger), Deeds()
    ledger.fails["commit"] = 3
    await bench.put("a/1", "a/2")
    async with running(bench.lanes(deeds, ledger=ledger)):
        await bench.wait_for("a/2", State.SENT)
    assert ledger.failed == ["commit"] * 3
    assert deeds.calls == [("a/1",), ("a/2",)]


async def test_nothing_begins_that_could_not_be_written_down(bench: Bench) -> None:
    ledger, deeds = Shaky(bench.ledger), Deeds()
    ledger.fails["begin"] = 1
    await bench.put("a/1")
    async with running(bench.lanes(deeds, ledger=ledger)):
        await until(lambda: ledger.failed == ["begin"])
        assert deeds.calls == []
        bench.later(60_000)
        await bench.wait_for("a/1", State.SENT)
    assert deeds.calls == [("a/1",)]


async def test_an_outage_of_the_ledger_for_reading_is_survived_though_nobody_rings(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, deeds = Shaky(bench.ledger), Deeds()
    ledger.fails["heads"] = 2
    real = asyncio.sleep

    async def at_once(seconds: float) -> None:
        await real(0)

    monkeypatch.setattr("bot.relay.lanes.asyncio.sleep", at_once)
    await bench.put("a/1")
    bench.bell.clear()
    async with running(bench.lanes(deeds, ledger=ledger)):
        await until(lambda: deeds.seen)
    assert ledger.failed == ["heads"] * 2


async def test_what_fails_before_its_call_is_tried_more_and_more_rarely(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where everything else goes well meanwhile."""
    monkeypatch.setattr("bot.relay.retry.random.uniform", lambda _, longest: longest)
    deeds, tries = Deeds(), list[int]()
    deeds.unprepared["a/1"] = [AccessDenied("telegram_lacks_right") for _ in range(9)]
    await bench.put("a/1")
    async with running(bench.lanes(deeds)):
        for number in range(9):
            kept = await bench.wait_until("a/1", lambda row: row.due_ms > bench.now_ms)
            tries.append((kept.due_ms - bench.now_ms) // 1000)
            await bench.put(f"b{number}/1")
            await bench.wait_for(f"b{number}/1", State.SENT)
            bench.later(kept.due_ms - bench.now_ms)
        await bench.wait_for("a/1", State.SENT)
    assert tries == [2, 4, 8, 16, 32, 60, 60, 60, 60]


async def test_what_is_looked_for_is_not_looked_for_more_rarely_where_looks_fail(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything else may have to wait for it: no more rarely than befits the outage."""
    monkeypatch.setattr("bot.relay.retry.random.uniform", lambda _, longest: longest)
    deeds, waits = Deeds(is_exclusive=True), list[int]()
    deeds.fails["a/1"] = [OutcomeUnknown("lost")]
    deeds.verdicts["a/1"] = [AccessDenied("telegram_lacks_right") for _ in range(4)]
    await bench.put("a/1")
    async with running(bench.lanes(deeds)):
        for _ in range(4):
            kept = await bench.wait_until("a/1", lambda row: row.due_ms > bench.now_ms)
            waits.append((kept.due_ms - bench.now_ms) // 1000)
            bench.later(kept.due_ms - bench.now_ms)
        await bench.wait_for("a/1", State.SENT)
    assert waits == [2, 2, 2, 3]


async def test_a_row_closed_meanwhile_is_not_done(bench: Bench) -> None:
    """Such as one that a person said was there, while it was being prepared."""
    deeds = Deeds()
    await bench.put("a/1", "a/2")
    [row] = [await bench.row("a/1")]

    async def closes(head: Effect) -> None:
        if head.key == "a/1":
            await bench.ledger.commit(Settle((row.id,), State.FAILED))

    deeds.prepare = closes  # type: ignore[method-assign]
    async with running(bench.lanes(deeds)):
        await bench.wait_for("a/2", State.SENT)
    assert deeds.calls == [("a/2",)]


# The end


async def test_a_drain_begins_nothing_more_and_waits_for_what_is_under_way(bench: Bench) -> None:
    deeds = Deeds()
    deeds.gates["a/1"] = asyncio.Event()
    await bench.put("a/1", "a/2")
    lanes = bench.lanes(deeds)
    async with running(lanes), asyncio.TaskGroup() as tasks:
        await until(lambda: deeds.under_way)
        drained = tasks.create_task(lanes.drain(10))
        await bench.put("b/1")
        assert not drained.done()
        deeds.gates["a/1"].set()
        await drained
    assert await bench.states("a/1", "a/2", "b/1") == [State.SENT, State.NEW, State.NEW]


async def test_a_drain_leaves_the_database_alone(bench: Bench, monkeypatch: Any) -> None:
    deeds, reads = Deeds(), list[Queue]()
    deeds.gates["a/1"] = asyncio.Event()
    await bench.put("a/1")
    heads = bench.ledger.heads

    async def counted(queue: Queue) -> Any:
        reads.append(queue)
        return await heads(queue)

    monkeypatch.setattr(bench.ledger, "heads", counted)
    lanes = bench.lanes(deeds, parallel=2)
    async with running(lanes), asyncio.TaskGroup() as tasks:
        await until(lambda: deeds.under_way)
        tasks.create_task(lanes.drain(10))
        await asyncio.sleep(0)
        await bench.put("b/1")
        before = len(reads)
        await asyncio.sleep(0.3)  # thirty reads, if they are read on and on
        assert len(reads) - before <= 2
        deeds.gates["a/1"].set()


async def test_a_drain_does_not_wait_for_ever(bench: Bench) -> None:
    deeds = Deeds()
    deeds.gates["a/1"] = asyncio.Event()
    await bench.put("a/1")
    lanes = bench.lanes(deeds)
    async with running(lanes):
        await until(lambda: deeds.under_way)
        async with asyncio.timeout(5):
            await lanes.drain(0.01)
    assert await bench.states("a/1") == [State.SENDING]
