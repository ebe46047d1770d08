"""Updates of Telegram: stored once, handed out in order, and what they tell of message ids."""

from __future__ import annotations

import pytest

from bot.relay.changes import UpdateDone
from bot.relay.errors import Refused
from bot.relay.model import PostId
from bot.relay.ports import Ledger
from tests.storage.conftest import Store
from tests.storage.samples import BOT, GROUP, NOW_MS, message

HOUR_MS = 3_600_000


async def waiting(ledger: Ledger) -> list[int]:
    return [update.update_id for update in await ledger.waiting_updates()]


async def test_an_update_comes_back_as_it_came(ledger: Ledger) -> None:
    odd = {"update_id": 7, "poll": {"z": [1, {"a": None}], "text": "Да \ud83d \0", "n": 2**53 + 1}}
    assert await ledger.store_updates([odd], NOW_MS) == 1
    (stored,) = await ledger.waiting_updates()

    assert (stored.update_id, stored.raw, stored.received_ms) == (7, odd, NOW_MS)


async def test_updates_wait_in_the_order_of_their_ids_until_done(ledger: Ledger) -> None:
    await ledger.store_updates([message(number, number) for number in (5, 3, 4)], NOW_MS)
    assert await waiting(ledger) == [3, 4, 5]
    assert [update.update_id for update in await ledger.waiting_updates(limit=2)] == [3, 4]

    await ledger.commit(UpdateDone(3), UpdateDone(5, aside="unknown kind"))
    assert await waiting(ledger) == [4]
    assert (await ledger.counts())["updates_aside"] == 1


async def test_an_update_that_comes_again_is_dropped(ledger: Ledger) -> None:
    await ledger.store_updates([message(1, 10)], NOW_MS)
    await ledger.commit(UpdateDone(1))

    assert await ledger.store_updates([message(1, 10), message(2, 11)], NOW_MS) == 1
    assert await ledger.store_updates([message(3, 12), message(3, 12)], NOW_MS) == 1
    assert await waiting(ledger) == [2, 3]


async def test_a_message_under_another_update_id_is_dropped_and_confirmed(ledger: Ledger) -> None:
    await ledger.store_updates([message(1, 10)], NOW_MS)

    assert await ledger.store_updates([message(8, 10), message(9, 10)], NOW_MS) == 0
    assert await waiting(ledger) == [1]
    assert await ledger.next_offset() == 10


async def test_an_edit_is_another_message_than_its_first_wording(ledger: Ledger) -> None:
    wordings = [message(1, 10), message(2, 10, edit_date=5), message(3, 10, edit_date=6)]
    assert await ledger.store_updates(wordings, NOW_MS) == 3
    assert await ledger.store_updates([message(4, 10, edit_date=6)], NOW_MS) == 0
    assert await ledger.store_updates([message(5, 10, chat_id=GROUP - 1)], NOW_MS) == 1


async def test_two_edits_within_one_second_are_two(ledger: Ledger) -> None:
    edits = [message(1, 10, edit_date=5, text="a"), message(2, 10, edit_date=5, text="b")]
    assert await ledger.store_updates(edits, NOW_MS) == 2
    assert await ledger.store_updates([message(3, 10, edit_date=5, text="b")], NOW_MS) == 0


async def test_a_button_can_be_pressed_twice(ledger: Ledger) -> None:
    post = {"message_id": 10, "chat": {"id": GROUP}}
    presses = [
        {"update_id": number, "callback_query": {"id": "1", "message": post, "data": "again"}}
        for number in (1, 2)
    ]
    assert await ledger.store_updates(presses, NOW_MS) == 2
    assert await ledger.known_posts(PostId(1), PostId(99)) == set()


async def test_a_batch_with_an_update_that_cannot_be_told_apart_is_not_stored(
    ledger: Ledger,
) -> None:
    with pytest.raises(Refused, match="update_without_id"):
        await ledger.store_updates([message(1, 10), {"message": {}}], NOW_MS)
    assert await waiting(ledger) == []


async def test_the_next_offset_lies_one_above_the_highest_update(ledger: Ledger) -> None:
    assert await ledger.next_offset() is None
    assert await ledger.store_updates([], NOW_MS) == 0
    await ledger.store_updates([message(2**40, 1), message(7, 2)], NOW_MS)
    assert await ledger.next_offset() == 2**40 + 1


async def test_what_comes_after_the_clock_was_set_back_is_the_newest(ledger: Ledger) -> None:
    await ledger.store_updates([message(1, 1)], NOW_MS + HOUR_MS)
    for number in (2, 3):
        await ledger.store_updates([message(number, number)], NOW_MS + number)
        assert await ledger.next_offset() == number + 1
    assert await ledger.newest_updates(2) == [3, 2]


async def test_ids_that_begin_anew_below_are_counted_from(ledger: Ledger, store: Store) -> None:
    await ledger.store_updates([message(1000, 1)], NOW_MS)
    store.now_ms += 8 * 24 * HOUR_MS
    assert await ledger.next_offset() is None
    await ledger.store_updates([message(7, 2)], store.now_ms)
    assert await ledger.next_offset() == 8
    assert await ledger.newest_updates(2) == [7]


async def test_what_came_while_the_clock_was_ahead_gets_old_like_the_rest(store: Store) -> None:
    async with store.open() as ledger:
        for number in (1, 2):
            await ledger.store_updates([message(number, number)], NOW_MS + 1000 * HOUR_MS)
            await ledger.commit(UpdateDone(number))
    async with store.open() as ledger:
        await ledger.recover(NOW_MS)
        assert await ledger.next_offset() == 3
        store.now_ms += 8 * 24 * HOUR_MS
        assert await ledger.next_offset() is None
        assert await ledger.forget_updates(NOW_MS + 1) == 1


async def test_another_bot_begins_its_own_count(store: Store) -> None:
    async with store.open() as ledger:
        await ledger.store_updates([message(5, 1)], NOW_MS)
    async with store.open(bot_id=BOT + 1) as ledger:
        assert await ledger.next_offset() is None
        assert await ledger.store_updates([message(5, 1)], NOW_MS) == 1


async def test_messages_of_the_group_explain_their_ids(ledger: Ledger) -> None:
    edit = message(3, 12, edit_date=1)
    other = message(2, 999, chat_id=GROUP - 1)
    await ledger.store_updates([message(1, 10), other, edit], NOW_MS)

    assert await ledger.highest_post() == 12
    assert await ledger.known_posts(PostId(10), PostId(2000)) == {10, 12}
    assert await ledger.known_posts(PostId(11), PostId(11)) == set()


async def test_only_old_updates_that_are_done_are_forgotten(ledger: Ledger) -> None:
    await ledger.store_updates([message(number, number) for number in range(1, 5)], NOW_MS)
    await ledger.store_updates([message(number, number) for number in range(5, 7)], NOW_MS + 10)
    await ledger.commit(UpdateDone(1), UpdateDone(2, aside="odd"), UpdateDone(5))

    assert await ledger.forget_updates(NOW_MS + 1) == 2
    assert await waiting(ledger) == [3, 4, 6]
    assert await ledger.store_updates([message(1, 1)], NOW_MS) == 1


async def test_the_next_offset_outlives_the_updates(ledger: Ledger) -> None:
    await ledger.store_updates([message(1, 1), message(2, 2)], NOW_MS)
    await ledger.commit(UpdateDone(1), UpdateDone(2))

    assert await ledger.forget_updates(NOW_MS + 1) == 1
    assert await ledger.next_offset() == 3
    assert await ledger.forget_updates(NOW_MS + 1) == 0
