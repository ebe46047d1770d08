"""Rows of the outbox: which are seen, and what each change does to them."""

from __future__ import annotations

import pytest

from bot.relay.changes import Again, Begin, Confirm, Doubt, Hurry, Postpone, Settle, Wait, Withdraw
from bot.relay.errors import Refused
from bot.relay.figures import QueueDepth
from bot.relay.model import ChatId, Effect, EffectId, PostId, Queue, State
from bot.relay.ports import Ledger
from tests.storage.conftest import Store
from tests.storage.samples import BUSINESS, GROUP, NOW_MS, ids, put, state


async def the(ledger: Ledger, key: str) -> Effect:
    effect = await ledger.effect(key)
    assert effect
    return effect


async def begun(ledger: Ledger, *keys: str) -> tuple[EffectId, ...]:
    """Rows that are put and went out with one call."""
    await ledger.commit(*[put(key) for key in keys])
    rows = await ids(ledger, *keys)
    await ledger.commit(Begin(rows, NOW_MS, 100, rows[0]))
    return rows


async def test_a_row_comes_back_as_it_was_put(ledger: Ledger) -> None:
    payload = {"text": "Привет\0\ud83d 😀", "spans": [[1, None], {"b": True}], "z": 1, "a": 2**62}
    await ledger.commit(
        put("k", "chat/1", Queue.MARKET, payload=payload, rank=3, chat_id=ChatId(2**62))
    )
    effect = await the(ledger, "k")

    assert effect == Effect(
        id=effect.id,
        key="k",
        queue=Queue.MARKET,
        lane="chat/1",
        kind="post",
        payload=payload,
        rank=3,
        chat_id=ChatId(2**62),
        state=State.NEW,
        created_ms=NOW_MS,
        due_ms=NOW_MS,
    )
    assert list(effect.payload) == ["text", "spans", "z", "a"]


async def test_a_row_put_again_stays_as_it_stands(ledger: Ledger) -> None:
    await ledger.commit(put("k", payload={"text": "first"}))
    await ledger.commit(Settle(await ids(ledger, "k"), State.SENT, 7))
    await ledger.commit(put("k", "other", payload={"text": "second"}), put("k"))
    effect = await the(ledger, "k")

    assert (effect.payload, effect.state, effect.result) == ({"text": "first"}, State.SENT, 7)


async def test_ids_grow_in_the_order_of_the_changes(ledger: Ledger) -> None:
    keys = [f"k{number}" for number in range(50)]
    await ledger.commit(*[put(key) for key in keys])

    assert [effect.key for effect in await ledger.waiting_in_lane("lane", 100)] == keys


async def test_the_head_of_each_lane_is_its_first_open_row(ledger: Ledger) -> None:
    await ledger.commit(put("a1", "a"), put("b1", "b"), put("a2", "a"), put("b2", "b"))
    await ledger.commit(put("m1", "a", Queue.MARKET))
    await ledger.commit(Settle(await ids(ledger, "a1"), State.SENT))

    assert [head.key for head in await ledger.heads(Queue.GROUP)] == ["b1", "a2"]
    assert [head.key for head in await ledger.heads(Queue.MARKET)] == ["m1"]
    assert await ledger.heads(Queue.MARKS) == []


async def test_an_unknown_row_stays_the_head_of_its_lane_though_not_due(ledger: Ledger) -> None:
    rows = await begun(ledger, "k1")
    await ledger.commit(put("k2"), Doubt(rows, NOW_MS, NOW_MS + 60_000))

    assert [head.key for head in await ledger.heads(Queue.GROUP)] == ["k1"]


async def test_a_reopened_row_waits_for_a_younger_one_in_doubt(ledger: Ledger) -> None:
    await ledger.commit(put("old"), put("other", "other"))
    await ledger.commit(Settle(await ids(ledger, "old"), State.FAILED))
    rows = await begun(ledger, "k1", "k2")
    await ledger.commit(Doubt(rows, NOW_MS, NOW_MS), Again("old", NOW_MS))

    assert [head.key for head in await ledger.heads(Queue.GROUP)] == ["other", "k1"]
    await ledger.commit(Settle(rows, State.SENT))
    assert [head.key for head in await ledger.heads(Queue.GROUP)] == ["old", "other"]


async def test_a_failed_row_frees_its_lane_and_stays_visible(ledger: Ledger) -> None:
    await ledger.commit(put("k1"), put("k2"))
    await ledger.commit(Settle(await ids(ledger, "k1"), State.FAILED, reason="too_long"))

    assert [head.key for head in await ledger.heads(Queue.GROUP)] == ["k2"]
    assert (await the(ledger, "k1")).reason == "too_long"
    assert await state(ledger, "k1") is State.FAILED


async def test_rows_waiting_in_a_lane_come_by_id_and_no_more_than_asked(ledger: Ledger) -> None:
    await ledger.commit(*[put(f"k{number}") for number in range(5)], put("x", "other"))

    assert [row.key for row in await ledger.waiting_in_lane("lane", 3)] == ["k0", "k1", "k2"]


async def test_a_begun_row_says_so_before_the_call(ledger: Ledger) -> None:
    rows = await begun(ledger, "k1", "k2")

    for effect in await ledger.batch(rows[0]):
        assert (effect.state, effect.attempts, effect.started_ms) == (State.SENDING, 1, NOW_MS)
        assert (effect.base, effect.batch) == (100, rows[0])
    assert len(await ledger.batch(rows[0])) == 2


async def test_a_call_does_not_begin_where_a_row_was_closed_meanwhile(ledger: Ledger) -> None:
    await ledger.commit(put("k1"), put("k2"))
    rows = await ids(ledger, "k1", "k2")
    await ledger.commit(Settle(rows[:1], State.SENT))

    with pytest.raises(Refused, match="effect_closed"):
        await ledger.commit(Begin(rows, NOW_MS, 0, rows[0]))
    assert await state(ledger, "k2") is State.NEW


async def test_a_closed_row_is_not_settled_again(ledger: Ledger) -> None:
    rows = await begun(ledger, "k")
    await ledger.commit(Settle(rows, State.SENT, 5))
    await ledger.commit(
        Settle(rows, State.FAILED, reason="late"),
        Postpone(rows, NOW_MS),
        Doubt(rows, NOW_MS, NOW_MS),
        Wait(rows, NOW_MS + 9),
    )
    effect = await the(ledger, "k")

    assert (effect.state, effect.result, effect.reason, effect.due_ms) == (
        State.SENT,
        5,
        "",
        NOW_MS,
    )


async def test_a_postponed_row_is_new_again_and_belongs_to_no_batch(ledger: Ledger) -> None:
    rows = await begun(ledger, "k1", "k2")
    await ledger.commit(Postpone(rows, NOW_MS + 500, "busy"))
    await ledger.commit(Begin(rows[:1], NOW_MS, 100, rows[0]))
    effect = await the(ledger, "k2")

    assert (effect.state, effect.due_ms, effect.reason) == (State.NEW, NOW_MS + 500, "busy")
    assert (effect.attempts, effect.rounds) == (1, 0)
    assert [row.key for row in await ledger.batch(rows[0])] == ["k1"]


async def test_a_lost_round_is_counted(ledger: Ledger) -> None:
    rows = await begun(ledger, "k")
    await ledger.commit(Doubt(rows, NOW_MS, NOW_MS))
    await ledger.commit(Postpone(rows, NOW_MS, round_lost=True))

    assert (await the(ledger, "k")).rounds == 1


async def test_the_first_doubt_of_an_attempt_starts_the_count_of_looks(ledger: Ledger) -> None:
    rows = await begun(ledger, "k")
    await ledger.commit(Doubt(rows, NOW_MS + 1, NOW_MS + 10, "timeout"))
    first = await the(ledger, "k")
    await ledger.commit(Doubt(rows, NOW_MS + 2, NOW_MS + 20))
    further = await the(ledger, "k")
    await ledger.commit(Postpone(rows, NOW_MS))
    await ledger.commit(Begin(rows, NOW_MS, 0, rows[0]))
    await ledger.commit(Doubt(rows, NOW_MS + 3, NOW_MS + 30))
    next_attempt = await the(ledger, "k")

    assert (first.state, first.reason) == (State.UNKNOWN, "timeout")
    assert [(row.unknown_ms - NOW_MS, row.looks) for row in (first, further, next_attempt)] == [
        (1, 0),
        (1, 1),
        (3, 0),
    ]
    assert next_attempt.due_ms == NOW_MS + 30


async def test_a_waiting_row_keeps_its_state_and_its_counts(ledger: Ledger) -> None:
    rows = await begun(ledger, "k")
    await ledger.commit(Doubt(rows, NOW_MS, NOW_MS))
    before = await the(ledger, "k")
    await ledger.commit(Wait(rows, NOW_MS + 7, "down"))
    after = await the(ledger, "k")

    assert (after.due_ms, after.reason) == (NOW_MS + 7, "down")
    assert (after.state, after.looks, after.attempts) == (State.UNKNOWN, 0, before.attempts)


async def test_a_person_can_have_a_failed_row_done_once_more(ledger: Ledger) -> None:
    rows = await begun(ledger, "k")
    await ledger.commit(Doubt(rows, NOW_MS, NOW_MS), Doubt(rows, NOW_MS, NOW_MS))
    await ledger.commit(Settle(rows, State.FAILED, reason="unsure"))
    await ledger.commit(Again("k", NOW_MS + 5))
    effect = await the(ledger, "k")

    assert (effect.state, effect.due_ms, effect.reason) == (State.NEW, NOW_MS + 5, "")
    assert (effect.looks, effect.unknown_ms, effect.rounds, effect.batch) == (0, 0, 0, 0)
    assert effect.attempts == 1


@pytest.mark.parametrize("state", [State.SENDING, State.SENT])
async def test_a_row_that_is_open_or_sent_is_not_done_once_more(
    ledger: Ledger, state: State
) -> None:
    rows = await begun(ledger, "k")
    if state is State.SENT:
        await ledger.commit(Settle(rows, State.SENT))
    before = await the(ledger, "k")
    await ledger.commit(Again("k", NOW_MS + 5), Confirm("k"))

    assert await the(ledger, "k") == before


async def test_a_person_can_say_that_a_failed_row_was_done(ledger: Ledger) -> None:
    await ledger.commit(put("k"))
    await ledger.commit(Settle(await ids(ledger, "k"), State.FAILED, reason="unsure"))
    await ledger.commit(Confirm("k"))

    assert await state(ledger, "k") is State.SENT


async def test_a_hurried_lane_is_due_now(ledger: Ledger) -> None:
    await ledger.commit(put("a", "a"), put("b", "b"), put("c", "a"))
    await ledger.commit(Wait(await ids(ledger, "a", "b"), NOW_MS + 60_000))
    await ledger.commit(Hurry("a", NOW_MS + 1))
    due = [(await the(ledger, key)).due_ms - NOW_MS for key in "abc"]

    assert due == [1, 60_000, 0]


async def test_what_was_under_way_when_the_process_ended_is_unknown(store: Store) -> None:
    async with store.open() as ledger:
        rows = await begun(ledger, "k1", "k2")
        await ledger.commit(put("k3"), put("k4"))
        await ledger.commit(Settle(await ids(ledger, "k4"), State.SENT))
    async with store.open() as ledger:
        assert await ledger.recover(NOW_MS + 50) == 2
        found = await ledger.batch(rows[0])

        assert [row.state for row in found] == [State.UNKNOWN, State.UNKNOWN]
        assert {(row.unknown_ms, row.due_ms, row.looks) for row in found} == {
            (NOW_MS + 50, NOW_MS + 50, 0)
        }
        assert await state(ledger, "k3") is State.NEW
        assert await state(ledger, "k4") is State.SENT
        assert await ledger.recover(NOW_MS + 60) == 0


async def test_a_doubt_from_a_clock_that_was_ahead_began_at_the_start(store: Store) -> None:
    ahead = NOW_MS + 3_600_000
    async with store.open() as ledger:
        early = await begun(ledger, "early")
        await ledger.commit(Doubt(early, NOW_MS, NOW_MS + 9))
        rows = await begun(ledger, "k")
        for _ in range(2):
            await ledger.commit(Doubt(rows, ahead, ahead + 9))
    async with store.open() as ledger:
        assert await ledger.recover(NOW_MS + 5) == 0
        row, other = await the(ledger, "k"), await the(ledger, "early")

        assert (row.state, row.unknown_ms, row.due_ms) == (State.UNKNOWN, NOW_MS + 5, NOW_MS + 5)
        assert row.looks == 1
        assert (other.unknown_ms, other.due_ms) == (NOW_MS, NOW_MS + 9)


async def test_the_depth_of_a_queue_counts_open_and_failed_rows(
    ledger: Ledger, store: Store
) -> None:
    assert await ledger.depth(Queue.GROUP) == QueueDepth(0, 0, 0, None)
    await ledger.commit(put("sent"), put("failed"))
    await ledger.commit(Settle(await ids(ledger, "sent"), State.SENT))
    await ledger.commit(Settle(await ids(ledger, "failed"), State.FAILED))
    store.now_ms += 5
    rows = await begun(ledger, "unknown")
    await ledger.commit(Doubt(rows, NOW_MS, NOW_MS), put("new"), put("m", queue=Queue.MARKET))

    assert await ledger.depth(Queue.GROUP) == QueueDepth(2, 1, 1, NOW_MS + 5)


async def test_what_its_author_withdrew_is_no_failure(ledger: Ledger) -> None:
    said = put("said").effect
    await ledger.commit(put("w", queue=Queue.MARKET))
    await ledger.commit(Withdraw(("w",), said, said, said))
    assert await state(ledger, "w") is State.FAILED
    assert await ledger.depth(Queue.MARKET) == QueueDepth(0, 0, 0, None)


async def test_our_own_posts_explain_their_ids(ledger: Ledger) -> None:
    await ledger.commit(put("p"), put("m", queue=Queue.MARKET))
    await ledger.commit(Settle(await ids(ledger, "p"), State.SENT, 41))
    await ledger.commit(Settle(await ids(ledger, "m"), State.SENT, 10**15))

    assert await ledger.highest_post() == 41
    assert await ledger.known_posts(PostId(1), PostId(99)) == {41}
    assert await ledger.known_posts(PostId(42), PostId(99)) == set()


@pytest.mark.parametrize(
    ("kind", "is_coming"), [("post", True), ("file", True), ("refetch", False)]
)
async def test_words_that_wait_may_come_to_stand_in_a_topic_that_is_closed_now(
    ledger: Ledger, kind: str, is_coming: bool
) -> None:
    await ledger.commit(put("k", kind=kind, chat_id=ChatId(5)))
    assert await ledger.has_posted_after(ChatId(5), PostId(10)) is is_coming
    assert not await ledger.has_posted_after(ChatId(6), PostId(10))
    await ledger.commit(Settle(await ids(ledger, "k"), State.SENT, 9))
    assert not await ledger.has_posted_after(ChatId(5), PostId(10))


async def test_a_post_leads_back_to_the_rows_that_became_it(ledger: Ledger) -> None:
    await ledger.commit(put("b"), put("a"), put("other"), put("mark", "marks", Queue.MARKS))
    await ledger.commit(Settle(await ids(ledger, "b", "a"), State.SENT, 41))
    await ledger.commit(Settle(await ids(ledger, "other"), State.SENT, 42))
    await ledger.commit(Settle(await ids(ledger, "mark"), State.SENT, 41))

    assert await ledger.keys_at(PostId(41)) == ["b", "a"]
    assert await ledger.keys_at(PostId(43)) == []


async def test_what_is_given_up_from_the_start_is_seen_and_never_goes(ledger: Ledger) -> None:
    await ledger.commit(put("k", given_up="file_too_big"))
    effect = await the(ledger, "k")

    assert (effect.state, effect.reason) == (State.FAILED, "file_too_big")
    assert await ledger.heads(Queue.GROUP) == []
    assert (await ledger.depth(Queue.GROUP)).failed == 1


async def test_rows_of_another_cabinet_are_out_of_sight_and_out_of_reach(store: Store) -> None:
    async with store.open() as ours:
        rows = await begun(ours, "k")
    async with store.open(business_id=BUSINESS + 1, group_id=GROUP - 1) as theirs:
        await theirs.commit(Settle(rows, State.SENT, 5), put("k"))
        assert (await the(theirs, "k")).id != rows[0]
        assert len(await theirs.heads(Queue.GROUP)) == 1
        assert await theirs.recover(NOW_MS) == 0
        assert await theirs.highest_post() == 0
    async with store.open() as ours:
        assert (await the(ours, "k")).state is State.SENDING
