"""Which files of an album whose answer was lost, or which was refused half-way, are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot.relay.changes import Settle
from bot.relay.finder import ALONE, BROKEN, Finder
from bot.relay.model import Effect, EffectId, State
from bot.relay.posts import Found
from bot.relay.work import Done, NotDone, Undecided, Verdict
from tests.relay.bench import GROUP, Bench, Group
from tests.relay.samples import NOW_MS, effect

BASE = 500
SETTLE_MS = 60_000
OURS, NOTHING, ANOTHERS, UNCLEAR = Found.OURS, Found.NOTHING, Found.ANOTHERS, Found.UNCLEAR


def album(size: int, **changed: Any) -> list[Effect]:
    lost = effect("show/1/1/0", base=BASE, state=State.UNKNOWN, unknown_ms=NOW_MS, **changed)
    return [replace(lost, id=EffectId(number), key=f"show/1/1/{number}") for number in range(size)]


async def find(
    bench: Bench,
    found: Mapping[int, Found | Exception],
    size: int = 3,
    *,
    people: Sequence[int] = (),
    waited_ms: int = SETTLE_MS,
    **changed: Any,
) -> tuple[Verdict, list[int]]:
    """`people`: ids that updates explain."""
    group: Any = Group()
    group.found.update(found)
    updates = [
        {"update_id": 9000 + post, "message": {"message_id": post, "chat": {"id": GROUP}}}
        for post in people
    ]
    await bench.ledger.store_updates(updates, bench.now_ms)
    bench.now_ms += waited_ms
    finder = Finder(group, bench.ledger, bench.pace(), bench.clock, SETTLE_MS)
    return await finder.find(album(size, **changed), is_album=True), group.probed


def there(*posts: int) -> tuple[Settle, ...]:
    return tuple(Settle((EffectId(number),), State.SENT, post) for number, post in enumerate(posts))


async def test_an_album_that_is_there_gives_every_file_its_post(bench: Bench) -> None:
    verdict, probed = await find(bench, {501: OURS, 502: OURS, 503: OURS, 504: OURS})
    assert verdict == Done(results=[501, 502, 503])
    assert probed == [501, 502, 503]


async def test_what_people_wrote_between_the_files_is_no_part_of_it(bench: Bench) -> None:
    found = {501: ANOTHERS, 503: OURS, 505: OURS, 506: NOTHING, 507: OURS}
    verdict, probed = await find(bench, found, people=[502, 504])
    assert verdict == Done(results=[503, 505, 507])
    assert probed == [501, 503, 505, 506, 507]


async def test_it_may_be_found_before_its_time_is_over(bench: Bench) -> None:
    found = {501: OURS, 502: OURS}
    verdict, _ = await find(bench, found, size=2, waited_ms=0)
    assert verdict == Done(results=[501, 502])


@pytest.mark.parametrize("found", [{}, {501: OURS}, {501: OURS, 502: UNCLEAR}])
async def test_before_its_time_is_over_the_rest_may_still_come(
    bench: Bench, found: dict[int, Found]
) -> None:
    verdict, _ = await find(bench, found, waited_ms=SETTLE_MS - 1)
    assert verdict == Undecided(NOW_MS + SETTLE_MS)


async def test_of_a_half_album_the_rest_goes_alone_and_loses_no_round(bench: Bench) -> None:
    verdict, _ = await find(bench, {501: OURS, 502: OURS})
    assert verdict == NotDone(there(501, 502), counts=False, reason=ALONE)


async def test_of_a_half_album_whose_rest_cannot_be_told_the_repeat_is_marked(
    bench: Bench,
) -> None:
    verdict, _ = await find(bench, {501: OURS, 502: UNCLEAR, 503: OURS})
    assert verdict == NotDone(there(501), counts=True, reason=ALONE)


async def test_an_album_that_surely_is_not_there_goes_again_as_one(bench: Bench) -> None:
    assert await find(bench, {}) == (NotDone(counts=False), [501, 502, 503, 504, 505])


async def test_an_album_that_cannot_be_told_goes_again_marked(bench: Bench) -> None:
    verdict, _ = await find(bench, {501: UNCLEAR})
    assert verdict == NotDone(counts=True)
    crowd = {number: ANOTHERS for number in range(501, 560)}
    assert await find(bench, crowd) == (NotDone(counts=True), list(range(501, 531)))


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        ({}, NotDone((), counts=False, reason=ALONE)),
        ({501: OURS}, NotDone(there(501), counts=False, reason=ALONE)),
        ({501: OURS, 502: OURS, 503: OURS}, Done(results=[501, 502, 503])),
    ],
)
async def test_a_refused_album_is_judged_at_once_and_its_rest_goes_alone(
    bench: Bench, found: dict[int, Found], verdict: Verdict
) -> None:
    """What was answered is no longer on its way."""
    assert (await find(bench, found, waited_ms=0, reason=BROKEN))[0] == verdict


async def test_where_nothing_is_known_of_the_group_nothing_is_taken_for_ours(
    bench: Bench,
) -> None:
    group: Any = Group()
    group.found.update({number: OURS for number in range(1, 9)})
    bench.now_ms += SETTLE_MS
    finder = Finder(group, bench.ledger, bench.pace(), bench.clock, SETTLE_MS)
    lost = [replace(row, base=0) for row in album(3)]
    assert await finder.find(lost, is_album=True) == NotDone((), counts=True)
    assert group.probed == []


async def test_files_of_the_largest_album_are_looked_for_up_to_the_last(bench: Bench) -> None:
    found = {500 + 2 * number: OURS for number in range(1, 11)}
    verdict, _ = await find(bench, found, size=10)
    assert verdict == Done(results=sorted(found))
