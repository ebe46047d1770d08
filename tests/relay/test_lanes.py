"""One row in flight a lane, in order, until it is settled; whatever fails in between."""

from __future__ import annotations

import asyncio
import pytest

from bot.relay.changes import Again, Settle
from bot.relay.errors import AccessDenied, Gone, OutcomeUnknown, Refused, Throttled, Unreachable
from bot.relay.lanes import backoff_ms
from bot.relay.model import Effect, Queue, State
from bot.relay.work import UNSURE, CannotTell, Done, Later, NotDone, Undecided
from tests.relay.bench import Bench, Deeds, Shaky, running, until

UNKNOWN = OutcomeUnknown("telegram_timeout")
HOUR_MS = 3_600_000


async def test_rows_of_a_lane_go_in_order_and_one_at_a_time(bench: Bench) -> None:
    deeds = Deeds()
    deeds.gates = {key: asyncio.Event() for key in ("a/1", "b/1")}
    await bench.put("a/1", "a/2", "b/1", "a/3", "b/2")
    async with running(bench.lanes(deeds, parallel=3)):
        await until(lambda: sorted(deeds.under_way) == ["a/1", "b/1"])
        deeds.gates["b/1"].set()
        await bench.wait_for("b/2", State.SENT)
        assert deeds.seen == ["b/1", "b/2"]
        deeds.gates["a/1"].set()
        await bench.wait_for("a/3", State.SENT)
    assert deeds.seen[2:] == ["a/1", "a/2", "a/3"]


async def test_what_a_call_became_is_written_down(bench: Bench) -> None:
    await bench.put("a/1")
    async with running(bench.lanes(Deeds())):
        row = await bench.wait_for("a/1", State.SENT)
    assert (row.result, row.attempts, row.batch) == (1001, 1, row.id)


async def test_sending_is_committed_before_the_call(bench: Bench) -> None:
    deeds = Deeds()
    deeds.gates["a/1"] = asyncio.Event()
    await bench.put("a/1")
    async with running(bench.lanes(deeds)):
        await until(lambda: deeds.under_way)
        row = await bench.row("a/1")
    assert (row.state, row.attempts, row.started_ms) == (State.SENDING, 1, bench.now_ms)


@pytest.mark.parametrize(
    "error", [Unreachable("telegram_unreachable"), AccessDenied("telegram_lacks_right")]
)
async def test_what_was_not_done_is_done_later_and_holds_up_its_lane(
    bench: Bench, error: Exception
) -> None:
    deeds = Deeds()
    deeds.fails["a/1"] = [error, error]
    await bench.put("a/1", "a/2", "b/1")
    async with running(bench.lanes(deeds)):
        await bench.wait_for("b/1", State.SENT)
        for attempt in (1, 2):
            row = await bench.wait_until("a/1", lambda row, n=attempt: row.attempts == n)
            row = await bench.wait_for("a/1", State.NEW)
            assert bench.now_ms < row.due_ms <= bench.now_ms + 60_000
            bench.later(60_000)
        await bench.wait_for("a/2", State.SENT)
    assert deeds.seen == ["b/1", "a/1", "a/2"]


@pytest.mark.parametrize("error", [Refused("telegram_refused"), Gone("post_gone")])
async def test_a_permanent_failure_frees_the_lane_and_stays_visible(
    bench: Bench, error: Exception
) -> None:
    deeds = Deeds()
    deeds.fails["a/1"] = [error]
    await bench.put("a/1", "a/2")
    async with running(bench.lanes(deeds)):
        await bench.wait_for("a/2", State.SENT)
    row = await bench.row("a/1")
    assert (row.state, row.reason) == (State.FAILED, error.args[0])
    assert (await bench.ledger.depth(Queue.GROUP)).failed == 1


async def test_a_failed_row_that_is_wanted_again_goes_before_what_came_after_it(
    bench: Bench,
) -> None:
    deeds = Deeds()
    deeds.fails["a/1"] = [Refused("market_refused")]
    deeds.gates["a/2"] = asyncio.Event()
    await bench.put("a/1", "a/2", "a/3")
    async with running(bench.lanes(deeds)):
        await until(lambda: deeds.under_way == ["a/2"])
        await bench.ledger.commit(Again("a/1", bench.now_ms))
        deeds.gates["a/2"].set()
        await bench.wait_for("a/3", State.SENT)
    assert deeds.seen == ["a/2", "a/1", "a/3"]


async def test_an_unknown_outcome_is_settled_before_anything_else_of_its_lane(
    bench: Bench,
) -> None:
    deeds = Deeds()
    due_ms = bench.now_ms + 20_000
    deeds.fails["a/1"] = [UNKNOWN]
    deeds.verdicts["a/1"] = [Undecided(due_ms), Undecided(due_ms + 10_000), Done(result=77)]
    await bench.put("a/1", "a/2")
    async with running(bench.lanes(deeds)):
        row = await bench.wait_until("a/1", lambda row: row.due_ms == due_ms)
        assert (row.state, row.unknown_ms, row.looks) == (State.UNKNOWN, bench.now_ms, 1)
        bench.later(19_999)
        await bench.put("b/1")
        await bench.wait_for("b/1", State.SENT)
        bench.later(1)
        await bench.wait_until("a/1", lambda row: row.due_ms == due_ms + 10_000)
        bench.later(10_000)
        row = await bench.wait_for("a/1", State.SENT)
        await bench.wait_for("a/2", State.SENT)
    assert (row.result, row.looks) == (77, 2)
    assert deeds.seen == ["b/1", "a/2"]
    assert deeds.looked == [("a/1",)] * 3


@pytest.mark.parametrize(("counts", "rounds"), [(True, 1), (False, 0)])
async def test_what_was_found_not_done_is_done_again_before_what_follows(
    bench: Bench, counts: bool, rounds: int
) -> None:
    deeds = Deeds()
    deeds.fails["a/1"] = [UNKNOWN]
    deeds.verdicts["a/1"] = [NotDone(counts=counts)]
    await bench.put("a/1", "a/2")
    async with running(bench.lanes(deeds)):
        await bench.wait_for("a/2", State.SENT)
    row = await bench.row("a/1")
    assert (row.rounds, row.attempts) == (rounds, 2)
    assert deeds.seen == ["a/1", "a/2"]


async def test_while_a_post_may_or_may_not_be_there_nothing_else_of_the_group_goes(
    bench: Bench,
) -> None:
    """With two open questions nobody could tell which of the two a found post is."""
    deeds = Deeds(is_exclusive=True)
    deeds.fails["a/1"] = [UNKNOWN]
    deeds.verdicts["a/1"] = [Undecided(bench.now_ms + 20_000), Done(result=7)]
    await bench.put("a/1", "b/1")
    async with running(bench.lanes(deeds)):
        await bench.wait_for("a/1", State.UNKNOWN)
        bench.later(19_999)
        await bench.put("c/1", rank=0)
        bench.later(1)
        await bench.wait_for("b/1", State.SENT)
    assert deeds.calls == [("a/1",), ("c/1",), ("b/1",)]
    assert (await bench.row("a/1")).result == 7


async def test_what_nobody_can_tell_is_left_to_a_person_and_frees_the_lane(bench: Bench) -> None:
    deeds = Deeds()
    deeds.fails["a/1"] = [UNKNOWN]
    deeds.verdicts["a/1"] = [CannotTell()]
    await bench.put("a/1", "a/2")
    async with running(bench.lanes(deeds)):
        await bench.wait_for("a/2", State.SENT)
    row = await bench.row("a/1")
    assert (row.state, row.reason) == (State.FAILED, UNSURE)


async def test_a_look_that_fails_is_taken_again_and_nothing_is_repeated(bench: Bench) -> None:
    deeds = Deeds()
    deeds.fails["a/1"] = [UNKNOWN]
    deeds.verdicts["a/1"] = [Unreachable("market_unreachable"), Done(result=5)]
    await bench.put("a/1")
    async with running(bench.lanes(deeds)):
        await bench.wait_until("a/1", lambda row: row.reason == "market_unreachable")
        bench.later(60_000)
        await bench.wait_for("a/1", State.SENT)
    assert len(deeds.calls) == 1


async def test_what_a_restart_cut_off_is_looked_for_and_not_repeated(bench: Bench) -> None:
    deeds = Deeds()
    deeds.gates["a/1"] = asyncio.Event()
    await bench.put("a/1", "a/2")
    async with running(bench.lanes(deeds)):
        await until(lambda: deeds.under_way)
    assert await bench.ledger.recover(bench.now_ms) == 1
    deeds.verdicts["a/1"] = [Done(result=9)]
    async with running(bench.lanes(deeds)):
        bench.later(20_000)
        await bench.wait_for("a/2", State.SENT)
    assert deeds.calls == [("a/1",), ("a/2",)]
    assert deeds.looked == [("a/1",)]


async def test_a_row_that_waits_for_something_else_is_not_begun(bench: Bench) -> None:
    deeds = Deeds()
    deeds.unprepared["a/1"] = [Later(bench.now_ms + 5_000)]
    await bench.put("a/1", "b/1")
    async with running(bench.lanes(deeds)):
        await bench.wait_for("b/1", State.SENT)
        row = await bench.row("a/1")
        assert (row.state, row.attempts, row.due_ms) == (State.NEW, 0, bench.now_ms + 5_000)
        bench.later(5_000)
        await bench.wait_for("a/1", State.SENT)


# Who goes first


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
    deeds.verdicts["a/0"] = [Undecided(bench.now_ms + 1_000), Done(result=7)]
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


# Bugs and outages of our own


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
