"""Which row goes next, with which others, and how fast."""

from __future__ import annotations

import asyncio

import pytest

from bot.relay.errors import OutcomeUnknown, Throttled
from bot.relay.lanes import backoff_ms
from bot.relay.model import State
from bot.relay.work import Done, Undecided
from tests.relay.bench import Bench, Deeds, running, until

UNKNOWN = OutcomeUnknown("telegram_timeout")


async def test_lower_ranks_go_first(bench: Bench) -> None:
    deeds = Deeds()
    await bench.put("card/1", rank=3)
    await bench.put("post/1", rank=1)
    await bench.put("notice/1", rank=0)
    async with running(bench.lanes(deeds)):
        await bench.wait_for("card/1", State.SENT)
    assert deeds.seen == ["notice/1", "post/1", "card/1"]


async def test_a_chat_with_many_waiting_does_not_hold_up_anothers_first(bench: Bench) -> None:
    deeds = Deeds()
    await bench.put(*(f"busy/{number}" for number in range(500)))
    deeds.gates["busy/3"] = asyncio.Event()
    async with running(bench.lanes(deeds)):
        await until(lambda: deeds.under_way == ["busy/3"])
        await bench.put("late/1", "other/1")
        deeds.gates["busy/3"].set()
        await bench.wait_for("other/1", State.SENT)
    first_five = deeds.seen[4:7]
    assert {"late/1", "other/1"} <= set(first_five)


# Joining


async def test_under_backlog_rows_of_a_lane_go_out_together(bench: Bench) -> None:
    deeds = Deeds(joins=3)
    await bench.put(*(f"a/{number}" for number in range(5)), payload={"is_recent": True})
    async with running(bench.lanes(deeds, pace=bench.pace())):
        await bench.wait_for("a/4", State.SENT)
    assert deeds.calls == [("a/0", "a/1", "a/2"), ("a/3", "a/4")]
    assert (await bench.row("a/2")).result == (await bench.row("a/0")).result == 1001


async def test_without_backlog_every_row_goes_alone(bench: Bench) -> None:
    deeds = Deeds(joins=3)
    await bench.put("a/0", "a/1", "a/2")
    async with running(bench.lanes(deeds, pace=bench.pace())):
        await bench.wait_for("a/2", State.SENT)
    assert deeds.calls == [("a/0",), ("a/1",), ("a/2",)]


async def test_a_joined_batch_shares_its_fate(bench: Bench) -> None:
    deeds = Deeds(joins=3)
    deeds.fails["a/0"] = [UNKNOWN]
    deeds.verdicts["a/0"] = [Undecided(bench.now_ms + 1_000), Done(results=[7])]
    await bench.put("a/0", "a/1", "a/2", "a/3", payload={"is_recent": True})
    async with running(bench.lanes(deeds, pace=bench.pace())):
        await bench.wait_for("a/2", State.UNKNOWN)
        bench.later(1_000)
        await bench.wait_for("a/3", State.SENT)
    assert deeds.looked == [("a/0", "a/1", "a/2")] * 2
    assert [(await bench.row(f"a/{n}")).result for n in range(3)] == [7, 7, 7]
    assert deeds.seen == ["a/3"]


async def test_rows_are_not_joined_over_one_of_another_kind(bench: Bench) -> None:
    deeds = Deeds(joins=3)
    await bench.put("a/1", payload={"is_recent": True})
    await bench.put("a/close", kind="close")
    await bench.put("a/2", payload={"is_recent": True})
    works = {"deed": deeds, "close": deeds}
    async with running(bench.lanes(works, pace=bench.pace())):
        await bench.wait_for("a/2", State.SENT)
        await bench.wait_for("a/close", State.SENT)
    assert deeds.seen == ["a/1", "a/close", "a/2"]


# The pace


async def test_a_429_silences_the_whole_group(bench: Bench) -> None:
    deeds, pace = Deeds(), bench.pace()
    deeds.fails["a/1"] = [Throttled("telegram_throttled", 0.05)]
    await bench.put("a/1", "b/1")
    async with running(bench.lanes(deeds, pace=pace)):
        await until(lambda: deeds.calls == [("a/1",)])
        await bench.wait_for("a/1", State.NEW)
        assert (await bench.row("a/1")).due_ms == bench.now_ms + 1_050
        assert str(await bench.ledger.recall("pause/group")).endswith(str(bench.now_ms + 1_050))
        assert deeds.calls == [("a/1",)]
        bench.later(1_050)
        await bench.wait_for("b/1", State.SENT)
        await bench.wait_for("a/1", State.SENT)


@pytest.mark.parametrize("where", ["prepare", "settle"])
async def test_a_429_before_or_after_the_call_silences_the_group_too(
    bench: Bench, where: str
) -> None:
    deeds = Deeds()
    flood = Throttled("telegram_throttled", 30)
    if where == "prepare":
        deeds.unprepared["a/1"] = [flood]
    else:
        deeds.fails["a/1"] = [UNKNOWN]
        deeds.verdicts["a/1"] = [flood]
    await bench.put("a/1")
    async with running(bench.lanes(deeds, pace=bench.pace())):
        row = await bench.wait_until("a/1", lambda row: row.due_ms > bench.now_ms)
    assert row.due_ms == bench.now_ms + 31_000
    assert str(await bench.ledger.recall("pause/group")).endswith(str(bench.now_ms + 31_000))


@pytest.mark.parametrize("attempts", [0, 1, 5, 6, 60, 10_000])
def test_retries_back_off_to_a_minute_at_most(attempts: int) -> None:
    waits = [backoff_ms(attempts) for _ in range(300)]
    assert all(200 <= wait <= min(60_000, 2 ** min(attempts, 6) * 1000) for wait in waits)
    assert len(set(waits)) > 100, "lanes must not knock in step"


def test_in_a_long_outage_even_the_first_attempt_waits_longer() -> None:
    waits = [backoff_ms(0, 600.0) for _ in range(300)]
    assert max(waits) > 30_000
    assert max(waits) <= 60_000
