"""The group is never spoken to faster than allowed, whatever restarts and clocks do."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from bot.relay.changes import Spent
from bot.relay.pacing import Pace, Rate
from tests.relay.bench import Bench

GAPS = st.lists(st.integers(0, 9000), min_size=1, max_size=80)
HOUR_MS = 3_600_000


def spend(rate: Rate, gaps: Sequence[int]) -> list[int]:
    """When calls begin that are wanted at these gaps, each as soon as it is allowed."""
    now, spent = 1_000_000, [0]
    for gap in gaps:
        now += gap
        now += rate.wait_ms(spent, now, rate.calls)
        assert rate.wait_ms(spent, now, rate.calls) == 0
        spent.append(now)
    return spent[1:]


@given(st.integers(1, 25), st.sampled_from([1.0, 7.5, 60.0]), GAPS)
@example(18, 60.0, [0] * 80)
def test_no_window_holds_more_calls_than_allowed_and_they_keep_their_distance(
    calls: int, seconds: float, gaps: list[int]
) -> None:
    rate = Rate(calls, seconds)
    spent = spend(rate, gaps)
    for first, last in zip(spent, spent[calls:], strict=False):
        assert last - first >= rate.window_ms
    for before, after in pairwise(spent):
        assert after - before >= rate.window_ms // (3 * calls)


@given(st.integers(1, 25), GAPS)
def test_a_call_waits_no_longer_than_it_must(calls: int, gaps: list[int]) -> None:
    rate = Rate(calls, 60)
    now, spent = 1_000_000, [0]
    for wanted in (now := now + gap for gap in gaps):
        bounds = [wanted, spent[-1] + rate.window_ms // (3 * calls)]
        if len(spent) >= calls:
            bounds.append(spent[-calls] + rate.window_ms)
        now += rate.wait_ms(spent, now, calls)
        spent.append(now)
        assert now == max(bounds)


def test_a_quiet_group_is_answered_at_once() -> None:
    assert Rate(18, 60).wait_ms([], 5, 18) == 0
    assert Rate(18, 60).wait_ms([1_000], 61_000, 18) == 0
    assert Rate(18, 60).wait_ms([1_000], 1_000, 18) == 1_111


def test_a_clock_set_back_stops_nobody() -> None:
    assert Rate(1, 60).wait_ms([HOUR_MS], 0, 1) == 0
    assert Rate(18, 60).wait_ms([HOUR_MS + n for n in range(18)], HOUR_MS - 1, 18) == 0


async def is_free(pace: Pace, calls: int = 1) -> bool:
    """May a call go now? Asked without waiting for the time that is not to pass."""
    try:
        async with asyncio.timeout(0.001):
            await pace.ready(calls)
    except TimeoutError:
        return False
    return True


async def test_what_was_spent_before_a_restart_counts(bench: Bench) -> None:
    for ago in range(3):
        await bench.ledger.commit(Spent(bench.now_ms - 59_000 + ago, 0))
    pace = bench.pace(Rate(3, 60))
    assert await is_free(pace)
    await pace.restore()
    assert not await is_free(pace)
    assert pace.left() == 0
    bench.now_ms += 1_000
    assert await is_free(pace)


async def test_what_is_spent_is_written_down_before_the_call(bench: Bench) -> None:
    pace = bench.pace(Rate(3, 60))
    await pace.take()
    assert await bench.ledger.spent_since(0) == [bench.now_ms]
    assert pace.left() == 2


async def test_a_pause_is_kept_in_full_and_a_second_more_even_over_a_restart(bench: Bench) -> None:
    await bench.pace(Rate(10, 60)).pause(30)
    pace = bench.pace(Rate(10, 60))
    await pace.restore()
    bench.now_ms += 30_999
    assert not await is_free(pace)
    bench.now_ms += 1
    assert await is_free(pace)


async def test_a_shorter_pause_does_not_end_a_longer_one(bench: Bench) -> None:
    pace = bench.pace(Rate(10, 60))
    await pace.pause(30)
    await pace.pause(1)
    bench.now_ms += 30_999
    assert not await is_free(pace)


async def test_after_a_429_the_groups_rate_is_halved_for_ten_windows(bench: Bench) -> None:
    await bench.pace(Rate(10, 60), Rate(25, 1)).pause(1)
    pace = bench.pace(Rate(10, 60), Rate(25, 1))
    await pace.restore()
    assert pace.left() == 5
    bench.now_ms += 599_999
    assert pace.left() == 5
    bench.now_ms += 1
    assert pace.left() == 10


async def test_nothing_is_left_where_more_was_spent_than_half_the_rate(bench: Bench) -> None:
    pace = bench.pace(Rate(10, 60))
    await pace.take(8)
    await pace.pause(1)
    assert pace.left() == 0


async def test_a_rate_of_one_is_not_halved_to_nothing(bench: Bench) -> None:
    pace = bench.pace(Rate(1, 60))
    await pace.pause(1)
    bench.now_ms += 2_000
    assert await is_free(pace)


async def test_all_rates_hold_at_once(bench: Bench) -> None:
    pace = bench.pace(Rate(100, 60), Rate(2, 60))
    for _ in range(2):
        bench.now_ms += 10_000
        await pace.take()
    bench.now_ms += 10_000
    assert not await is_free(pace)
    assert pace.left() == 98


async def test_a_pause_is_no_longer_than_asked_when_the_clock_was_set_back(bench: Bench) -> None:
    await bench.pace(Rate(10, 60)).pause(1)
    bench.now_ms -= HOUR_MS
    pace = bench.pace(Rate(10, 60))
    await pace.restore()
    bench.now_ms += 2_000
    assert await is_free(pace)


async def test_what_was_spent_while_the_clock_was_ahead_does_not_count_for_ever(
    bench: Bench,
) -> None:
    ahead = bench.now_ms + HOUR_MS
    await bench.ledger.commit(*(Spent(ahead - 3000 * ago, 0) for ago in range(18)))
    pace = bench.pace(Rate(18, 60))
    await pace.restore()
    assert await is_free(pace)
    for _ in range(40):
        await pace.take()
        bench.later(4000)
    assert pace.left() == 18 - 60 // 4 + 1
    assert len(pace._spent) <= 18


# Albums: several calls at once

WEIGHTS = st.lists(st.tuples(st.integers(0, 9000), st.integers(1, 12)), min_size=1, max_size=60)


def spend_weighted(
    rate: Rate, wanted: Sequence[tuple[int, int]], calls: int
) -> list[tuple[int, int]]:
    """When calls of these weights begin that are wanted at these gaps."""
    now = 1_000_000
    spent: list[int] = []
    begun = []
    for gap, weight in wanted:
        now += gap
        now += rate.wait_ms(spent, now, calls, weight)
        assert rate.wait_ms(spent, now, calls, weight) == 0
        spent += [now] * weight
        begun.append((now, weight))
    return begun


@given(st.integers(1, 25), st.sampled_from([1.0, 7.5, 60.0]), WEIGHTS)
@example(18, 60.0, [(0, 10)] * 12)
@example(9, 60.0, [(0, 10), (0, 1), (0, 10), (0, 4), (0, 5)])
def test_no_window_holds_more_than_allowed_whatever_mix_of_albums(
    calls: int, seconds: float, wanted: list[tuple[int, int]]
) -> None:
    """Only an album that alone is more than a window holds goes over it, and then all alone."""
    rate = Rate(calls, seconds)
    begun = spend_weighted(rate, wanted, calls)
    for first, (since, _) in enumerate(begun):
        window = [weight for at, weight in begun[first:] if at - since < rate.window_ms]
        assert sum(window) <= calls or len(window) == 1, window


@given(st.integers(1, 25), WEIGHTS)
def test_an_album_waits_no_longer_than_it_must(calls: int, wanted: list[tuple[int, int]]) -> None:
    rate = Rate(calls, 60)
    spent: list[int] = []
    now = 1_000_000
    for gap, weight in wanted:
        now += gap
        bounds = [now]
        if spent:
            bounds.append(spent[-1] + rate.window_ms // (3 * calls))
        room_for = max(0, calls - weight)  # what may still count when it goes
        if len(spent) > room_for:
            bounds.append(spent[-(room_for + 1)] + rate.window_ms)
        now += rate.wait_ms(spent, now, calls, weight)
        assert now == max(bounds)
        spent += [now] * weight


def test_more_than_a_window_holds_waits_until_it_is_empty() -> None:
    rate = Rate(9, 60)
    assert rate.wait_ms([], 5_000, 9, 10) == 0
    assert rate.wait_ms([1_000, 5_000], 5_000, 9, 10) == 60_000
    assert rate.wait_ms([1_000, 5_000], 65_000, 9, 10) == 0
    assert rate.wait_ms([65_000] * 10, 66_000, 9, 1) == 59_000


async def test_an_album_is_spent_by_its_files_and_written_down_before_the_call(
    bench: Bench,
) -> None:
    pace = bench.pace(Rate(18, 60))
    await pace.take(10)
    assert await bench.ledger.spent_since(0) == [bench.now_ms] * 10
    assert pace.left() == 8
    again = bench.pace(Rate(18, 60))
    await again.restore()
    bench.now_ms += 59_999
    assert await is_free(again, 8)
    assert not await is_free(again, 9)
    bench.now_ms += 1
    assert await is_free(again, 10)


async def test_all_rates_hold_for_an_album(bench: Bench) -> None:
    pace = bench.pace(Rate(600, 60), Rate(5, 1))
    await pace.take(10)
    bench.now_ms += 999
    assert not await is_free(pace)
    bench.now_ms += 1
    assert await is_free(pace)
