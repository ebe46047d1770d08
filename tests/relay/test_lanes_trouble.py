"""Bugs, outages of the ledger and the end of the process, as the lanes take them."""

from __future__ import annotations

import asyncio

import pytest

from bot.relay.changes import Settle
from bot.relay.model import Effect, State
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
    monkeypatch.setattr("bot.relay.lanes.backoff_ms", lambda *_: 1)
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


async def test_an_outage_of_the_ledger_for_reading_is_survived(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, deeds = Shaky(bench.ledger), Deeds()
    ledger.fails["heads"] = 2
    pauses = []
    real = asyncio.sleep

    async def at_once(seconds: float) -> None:
        pauses.append(seconds)
        await real(0)

    monkeypatch.setattr("bot.relay.lanes.asyncio.sleep", at_once)
    await bench.put("a/1")
    bench.bell.clear()
    lanes = bench.lanes(deeds, ledger=ledger)
    async with running(lanes):
        await until(lambda: len(ledger.failed) == 1)
        await _rung_until_sent(bench, "a/1")
    assert ledger.failed == ["heads"] * 2


async def _rung_until_sent(bench: Bench, key: str) -> None:
    """Whoever writes rings; an outage ends with somebody writing."""
    for _ in range(2000):
        bench.bell.set()
        await asyncio.sleep(0.001)
        if (await bench.row(key)).state is State.SENT:
            return
    raise AssertionError("the runner did not come back")


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
