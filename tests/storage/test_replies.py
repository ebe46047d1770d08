"""Staff messages for the buyer: written down with the row that carries them, and proven."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.relay.changes import AddReply, Begin, SaveFile, Settle, StoreMessages, Want
from bot.relay.model import Nature, PostId, Sender, State
from bot.relay.ports import Ledger
from bot.relay.reply import Reply, StaffFile
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


FILE = StaffFile("handle", "unique", "document", "Счёт \ud83d.pdf", 2**40, True, 2**41)


def with_file(key: str, post_id: int = 11, **changed: Any) -> AddReply:
    reply = add_reply(key, post_id, text="").reply
    return AddReply(replace(reply, file=FILE, album="13579", **changed))


async def whole(ledger: Ledger, key: str) -> Reply:
    reply = await ledger.reply(key)
    assert reply
    return reply


async def test_a_file_comes_back_as_it_was_written(ledger: Ledger) -> None:
    change = with_file("k", edition=3, part=2)
    await ledger.commit(change)

    assert await ledger.reply("k") == change.reply


async def test_a_file_is_known_better_before_it_goes_out(ledger: Ledger) -> None:
    await ledger.commit(with_file("k"), with_file("other", 12))
    fitted = replace(FILE, name="Счёт.jpg", size=5_000_000)
    await ledger.commit(SaveFile("k", fitted))

    assert (await whole(ledger, "k")).file == fitted
    assert (await whole(ledger, "other")).file == FILE


async def test_what_a_message_was_edited_to_is_kept_until_it_is_on_its_way(
    ledger: Ledger,
) -> None:
    await ledger.commit(add_reply("k"))
    await ledger.commit(Want("k", ("text", FILE, "more")))
    assert (await whole(ledger, "k")).wanted == ("text", FILE, "more")

    await ledger.commit(Want("k", ()))
    assert (await whole(ledger, "k")).wanted == ()


async def test_the_files_of_an_album_come_in_the_order_of_the_topic(ledger: Ledger) -> None:
    await ledger.commit(put("c"), put("a"), put("b"), put("alone"), put("text"))
    await ledger.commit(with_file("c", 13), with_file("a", 11, part=1), with_file("b", 12))
    await ledger.commit(add_reply("text", 11), add_reply("alone", 14))

    items = await ledger.replies_in_album("13579")
    assert [(reply.effect_key, effect.key) for reply, effect in items] == [
        ("a", "a"),
        ("b", "b"),
        ("c", "c"),
    ]
    assert await ledger.replies_in_album("2468") == []
    assert await ledger.replies_in_album("") == []


async def test_posts_of_another_group_are_no_parts_of_ours(store: Store) -> None:
    async with store.open(group_id=GROUP - 1) as before:
        await before.commit(put("a"), add_reply("a"), put("c"), with_file("c", 12))
    async with store.open() as now:
        await now.commit(put("b"), add_reply("b"))
        assert [reply.effect_key for reply, _ in await now.replies_to_post(PostId(11))] == ["b"]
        assert await now.replies_in_album("13579") == []


async def test_only_replies_that_the_history_may_still_show_await_their_proof(
    ledger: Ledger,
) -> None:
    await said(ledger, "new", "sending", "unknown", "sent", "failed", "unsure")
    under_way = await ids(ledger, "sending")
    await ledger.commit(Begin(under_way, NOW_MS, 0, under_way[0]))
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
