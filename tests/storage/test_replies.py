"""Staff messages for the buyer: written down with the row that carries them, and proven."""

from __future__ import annotations

import pytest

from bot.relay.changes import (
    Change,
    Doubt,
    Postpone,
    Reword,
    Settle,
    StoreMessages,
    Withdraw,
)
from bot.relay.model import Nature, PostId, Queue, Sender, State
from bot.relay.ports import Ledger
from tests.storage.conftest import Store
from tests.storage.samples import CHAT, GROUP, NOW_MS, add_reply, ids, put, sifted

DAY_MS = 24 * 3600 * 1000


async def said(ledger: Ledger, *keys: str) -> None:
    for post_id, key in enumerate(keys, start=20):
        await ledger.commit(put(key, payload={"text": "Hello"}), add_reply(key, post_id))


async def unmatched(ledger: Ledger) -> list[str]:
    return [reply.effect_key for reply, _ in await ledger.unmatched_replies(CHAT)]


async def test_a_reply_comes_back_as_it_was_written(ledger: Ledger) -> None:
    change = add_reply("k", text="Да 😀 нет")
    await ledger.commit(change)

    assert await ledger.reply("k") == change.reply
    assert await ledger.reply("other") is None


async def test_a_reply_written_again_is_left_alone(ledger: Ledger) -> None:
    await ledger.commit(add_reply("k", text="first"))
    await ledger.commit(add_reply("k", text="second"))
    reply = await ledger.reply("k")

    assert reply
    assert reply.text == "first"


async def test_the_parts_of_a_post_come_in_order_with_their_rows(ledger: Ledger) -> None:
    await ledger.commit(put("b"), put("a"), put("x"))
    await ledger.commit(add_reply("b", part=1), add_reply("a", part=0), add_reply("x", 12))
    parts = await ledger.replies_to_post(PostId(11))

    assert [(reply.part, effect.key) for reply, effect in parts] == [(0, "a"), (1, "b")]


async def test_posts_of_another_group_are_no_parts_of_ours(store: Store) -> None:
    async with store.open(group_id=GROUP - 1) as before:
        await before.commit(put("a"), add_reply("a"))
    async with store.open() as now:
        await now.commit(put("b"), add_reply("b"))
        assert [reply.effect_key for reply, _ in await now.replies_to_post(PostId(11))] == ["b"]


async def edited(ledger: Ledger, change: type[Reword | Withdraw]) -> tuple[str, set[str]]:
    """The wording after the edit of `k`, and which word about it its author gets."""
    late, done = put("late", "words").effect, put("done", "words").effect
    if change is Reword:
        await ledger.commit(Reword("k", "Bye", late))
    else:
        await ledger.commit(Withdraw("k", done, late))
    reply = await ledger.reply("k")
    assert reply
    return reply.text, {effect.key for effect in await ledger.waiting_in_lane("words", 9)}


async def test_an_edit_before_the_send_changes_what_goes_out(ledger: Ledger) -> None:
    await said(ledger, "k")
    assert await edited(ledger, Reword) == ("Bye", set())


async def test_an_edit_after_an_attempt_that_surely_failed_still_goes_out(ledger: Ledger) -> None:
    await said(ledger, "k")
    rows = await ids(ledger, "k")
    await ledger.begin(rows, NOW_MS, 0, rows[0])
    await ledger.commit(Postpone(rows, NOW_MS))

    assert await edited(ledger, Reword) == ("Bye", set())


async def test_a_message_withdrawn_before_the_send_never_goes_out(
    ledger: Ledger, store: Store
) -> None:
    await ledger.commit(put("k", queue=Queue.MARKET), put("next", queue=Queue.MARKET))
    await ledger.commit(add_reply("k"))
    store.rung.clear()

    assert await edited(ledger, Withdraw) == ("Hello", {"done"})
    effect = await ledger.effect("k")
    assert effect
    assert (effect.state, effect.reason) == (State.FAILED, "withdrawn")
    assert [head.key for head in await ledger.heads(Queue.MARKET)] == ["next"]
    assert sorted(store.rung) == [Queue.GROUP, Queue.MARKET]


async def test_a_message_refused_for_certain_goes_again_in_its_new_words(ledger: Ledger) -> None:
    await said(ledger, "k")
    await ledger.commit(Settle(await ids(ledger, "k"), State.FAILED, reason="market_refused"))

    assert await edited(ledger, Reword) == ("Bye", set())
    assert await ledger.heads(Queue.MARKET) == []


async def test_a_withdrawn_message_that_is_edited_back_goes_out(ledger: Ledger) -> None:
    await said(ledger, "k")
    await edited(ledger, Withdraw)

    assert (await edited(ledger, Reword))[0] == "Bye"
    effect = await ledger.effect("k")
    assert effect
    assert (effect.state, effect.reason) == (State.NEW, "")
    assert "k" in [row.key for row in await ledger.heads(effect.queue)]


@pytest.mark.parametrize("change", [Reword, Withdraw])
@pytest.mark.parametrize("fate", ["under way", "round lost", "unsure", "sent"])
async def test_an_edit_that_comes_too_late_changes_nothing_and_is_told_so(
    ledger: Ledger, change: type[Reword | Withdraw], fate: str
) -> None:
    await said(ledger, "k")
    rows = await ids(ledger, "k")
    await ledger.begin(rows, NOW_MS, 0, rows[0])
    after: dict[str, list[Change]] = {
        "under way": [],
        "round lost": [Doubt(rows, NOW_MS, NOW_MS), Postpone(rows, NOW_MS, round_lost=True)],
        "unsure": [Settle(rows, State.FAILED, reason="unsure")],
        "sent": [Settle(rows, State.SENT)],
    }
    await ledger.commit(*after[fate])
    before = await ledger.effect("k")

    assert await edited(ledger, change) == ("Hello", {"late"})
    assert await ledger.effect("k") == before


async def test_only_replies_that_the_history_may_still_show_await_their_proof(
    ledger: Ledger,
) -> None:
    await said(ledger, "new", "sending", "unknown", "sent", "failed", "unsure")
    under_way = await ids(ledger, "sending")
    await ledger.begin(under_way, NOW_MS, 0, under_way[0])
    await ledger.commit(
        Settle(await ids(ledger, "sent"), State.SENT),
        Settle(await ids(ledger, "failed"), State.FAILED, reason="too_long"),
        Settle(await ids(ledger, "unsure"), State.FAILED, reason="unsure"),
    )

    assert await unmatched(ledger) == ["sending", "sent", "unsure"]


async def test_a_sent_reply_awaits_its_proof_for_a_week(ledger: Ledger, store: Store) -> None:
    await said(ledger, "sent", "unsure")
    await ledger.commit(
        Settle(await ids(ledger, "sent"), State.SENT),
        Settle(await ids(ledger, "unsure"), State.FAILED, reason="unsure"),
    )
    store.now_ms += 7 * DAY_MS

    assert await unmatched(ledger) == ["sent", "unsure"]
    store.now_ms += 1
    assert await unmatched(ledger) == ["unsure"]


async def test_an_echo_proves_its_reply(ledger: Ledger) -> None:
    await said(ledger, "a", "b")
    await ledger.commit(Settle(await ids(ledger, "a", "b"), State.SENT))
    await ledger.commit(StoreMessages(CHAT, [sifted(70, Nature.ECHO, Sender.PARTNER, "a")]))
    proven = await ledger.reply("a")

    assert proven
    assert proven.matched == 70
    assert await unmatched(ledger) == ["b"]
