"""One row in flight a lane, in order, until it is settled; whatever fails in between."""

from __future__ import annotations

import asyncio

import pytest

from bot.relay.changes import Again
from bot.relay.errors import AccessDenied, Gone, OutcomeUnknown, Refused, Unreachable
from bot.relay.meter import Unmetered
from bot.relay.model import Queue, State
from bot.relay.tally import Tally
from bot.relay.work import UNSURE, CannotTell, Done, Later, NotDone, Undecided
from tests.relay.bench import Bench, Deeds, running, until

UNKNOWN = OutcomeUnknown("telegram_timeout")


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
    deeds.verdicts["a/1"] = [Undecided(due_ms), Undecided(due_ms + 10_000), Done(results=[77])]
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


@pytest.mark.parametrize(("may_be_there", "repeats"), [(True, 1), (False, 0)])
async def test_only_what_may_be_there_already_counts_as_a_possible_repeat(
    bench: Bench, may_be_there: bool, repeats: int
) -> None:
    tally = Tally(Unmetered(), bench.clock)
    deeds = Deeds(is_exclusive=True)
    deeds.fails["a/1"] = [UNKNOWN]
    deeds.verdicts["a/1"] = [NotDone(counts=may_be_there)]
    await bench.put("a/1")
    async with running(bench.lanes(deeds, meter=tally)):
        await bench.wait_for("a/1", State.SENT)
    assert tally.counted().repeats == repeats


async def test_while_a_post_may_or_may_not_be_there_nothing_else_of_the_group_goes(
    bench: Bench,
) -> None:
    """With two open questions nobody could tell which of the two a found post is."""
    deeds = Deeds(is_exclusive=True)
    deeds.fails["a/1"] = [UNKNOWN]
    deeds.verdicts["a/1"] = [Undecided(bench.now_ms + 20_000), Done(results=[7])]
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
    deeds.verdicts["a/1"] = [Unreachable("market_unreachable"), Done(results=[5])]
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
    deeds.verdicts["a/1"] = [Done(results=[9])]
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
