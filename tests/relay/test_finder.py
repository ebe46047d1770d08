"""Whether a post whose answer was lost reached the group, told by the sequence of its ids."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.relay.changes import Settle
from bot.relay.errors import Unreachable
from bot.relay.finder import Finder
from bot.relay.landing import TAKE_BACK
from bot.relay.model import Queue, State
from bot.relay.posts import Found
from bot.relay.work import Done, NotDone, Undecided, Verdict
from tests.relay.bench import GROUP, Bench, Group
from tests.relay.samples import NOW_MS, effect

BASE = 500
SETTLE_MS = 20_000
LOST = effect("post/1/1/0", base=BASE, state=State.UNKNOWN, unknown_ms=NOW_MS)
SURELY_NOT = NotDone(counts=False)
CANNOT_BE_TOLD = NotDone(counts=True)


async def find(
    bench: Bench,
    found: Mapping[int, Found | Exception],
    known: range | None = None,
    waited_ms: int = SETTLE_MS,
) -> tuple[Verdict, list[int]]:
    """What the group says under ids; `known`: ids that updates explain."""
    group = Group()
    group.found.update(found)
    updates = [
        {"update_id": 9000 + post, "message": {"message_id": post, "chat": {"id": GROUP}}}
        for post in known or ()
    ]
    await bench.ledger.store_updates(updates, bench.now_ms)
    bench.now_ms += waited_ms
    finder = Finder(group, bench.ledger, bench.pace(), bench.clock, SETTLE_MS)  # type: ignore[arg-type]
    return await finder.find([LOST]), group.probed


async def test_the_first_of_ours_that_nothing_explains_is_the_lost_post(bench: Bench) -> None:
    found = {501: Found.ANOTHERS, 502: Found.NOTHING, 503: Found.OURS, 504: Found.OURS}
    assert await find(bench, found) == (Done(results=[503]), [501, 502, 503])


async def test_early_it_can_be_found_but_not_be_given_up(bench: Bench) -> None:
    """What is late on Telegram's side may still turn up."""
    verdict, _ = await find(bench, {}, waited_ms=SETTLE_MS - 1)
    assert verdict == Undecided(NOW_MS + SETTLE_MS)
    verdict, _ = await find(bench, {502: Found.OURS}, waited_ms=-SETTLE_MS + 1)
    assert verdict == Done(results=[502])


async def test_what_updates_explain_is_not_asked_for(bench: Bench) -> None:
    verdict, probed = await find(bench, {504: Found.OURS}, range(501, 504))
    assert verdict == Done(results=[504])
    assert probed == [504]


async def test_our_own_known_posts_are_not_taken_for_the_lost_one(bench: Bench) -> None:
    await bench.put("a/1")
    row = await bench.row("a/1")
    await bench.ledger.commit(Settle((row.id,), State.SENT, result=501))
    verdict, probed = await find(bench, {501: Found.OURS, 502: Found.OURS})
    assert verdict == Done(results=[502])
    assert probed == [502]


async def test_what_could_not_be_taken_back_from_the_open_is_not_taken_for_it(
    bench: Bench,
) -> None:
    await bench.put("take back/501", queue=Queue.MARKS, kind=TAKE_BACK)
    verdict, probed = await find(bench, {501: Found.OURS, 502: Found.OURS})
    assert verdict == Done(results=[502])
    assert probed == [501, 502]


async def test_five_times_nothing_above_what_is_known_means_surely_not(bench: Bench) -> None:
    assert await find(bench, {}) == (SURELY_NOT, [501, 502, 503, 504, 505])


async def test_gaps_below_the_highest_known_id_prove_nothing(bench: Bench) -> None:
    verdict, probed = await find(bench, {516: Found.OURS}, range(510, 511))
    assert probed == [*range(501, 510), *range(511, 516)]
    assert verdict == SURELY_NOT


async def test_a_message_of_another_begins_the_count_anew(bench: Bench) -> None:
    found = {505: Found.ANOTHERS, 509: Found.OURS}
    assert await find(bench, found) == (Done(results=[509]), list(range(501, 510)))


async def test_an_unclear_answer_makes_the_repeat_a_marked_one(bench: Bench) -> None:
    assert await find(bench, {502: Found.UNCLEAR}) == (CANNOT_BE_TOLD, [501, 502])


async def test_after_thirty_ids_it_cannot_be_told(bench: Bench) -> None:
    crowd = {BASE + number: Found.ANOTHERS for number in range(1, 60)}
    assert await find(bench, crowd) == (CANNOT_BE_TOLD, list(range(501, 531)))


async def test_a_busy_group_of_known_messages_does_not_use_up_the_look(bench: Bench) -> None:
    """Staff wrote forty messages while the answer was awaited; all of them are explained."""
    verdict, _ = await find(bench, {541: Found.OURS}, range(501, 541))
    assert verdict == Done(results=[541])


async def test_an_outage_while_looking_decides_nothing(bench: Bench) -> None:
    away = Unreachable("telegram_unreachable")
    with pytest.raises(Unreachable):
        await find(bench, {501: away})


async def test_every_probe_is_paced(bench: Bench) -> None:
    await find(bench, {})
    assert len(await bench.ledger.spent_since(0)) == 5
