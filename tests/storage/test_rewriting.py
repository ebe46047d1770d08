"""What an edit does to a staff message: all of it takes effect, or none and its author is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.relay.changes import (
    AddReply,
    Again,
    Begin,
    Change,
    Doubt,
    Postpone,
    Rewrite,
    SaveFile,
    Settle,
    Withdraw,
    WithdrawAlbum,
)
from bot.relay.deeds import Reword
from bot.relay.model import PostId, Queue, State
from bot.relay.ports import Ledger
from bot.relay.reply import Content, Reply, StaffFile
from tests.storage.conftest import Store
from tests.storage.samples import NOW_MS, add_reply, ids, put

FILE = StaffFile("handle", "unique", "document", "Счёт.pdf", 5)
OTHER = StaffFile("handle 2", "unique 2", "document", "Смета.pdf", 6)
TOO_LATE = ("under way", "doubted", "round lost", "unsure", "sent")


def holding(key: str, content: Content, part: int = 0, edition: int = 0, album: str = "") -> Reply:
    reply = replace(add_reply(key, part=part).reply, edition=edition, album=album)
    if isinstance(content, StaffFile):
        return replace(reply, text="", file=content)
    return replace(reply, text=content)


async def said(ledger: Ledger, *contents: Content, queue: Queue = Queue.MARKET) -> tuple[str, ...]:
    """A message of these parts, none of them gone; their keys."""
    keys = tuple(f"k{part}" for part in range(len(contents)))
    for part, content in enumerate(contents):
        reply = holding(keys[part], content, part)
        await ledger.commit(put(keys[part], queue=queue), AddReply(reply))
    return keys


async def becomes(ledger: Ledger, keys: Sequence[str], fate: str) -> None:
    rows = await ids(ledger, *keys)
    for row in rows:
        await ledger.commit(Begin((row,), NOW_MS, 0, row))
    after: dict[str, list[Change]] = {
        "not done": [Postpone(rows, NOW_MS)],
        "refused": [Settle(rows, State.FAILED, reason="market_refused")],
        "under way": [],
        "doubted": [Doubt(rows, NOW_MS, NOW_MS)],
        "round lost": [Doubt(rows, NOW_MS, NOW_MS), Postpone(rows, NOW_MS, round_lost=True)],
        "unsure": [Settle(rows, State.FAILED, reason="unsure")],
        "sent": [Settle(rows, State.SENT)],
    }
    await ledger.commit(*after[fate])


async def rewritten(ledger: Ledger, keys: Sequence[str], *contents: Content) -> set[str]:
    """What its author hears."""
    fresh = [f"new{part}" for part in range(len(contents))]
    replies = [
        holding(key, content, 10 + part, 1)
        for part, (key, content) in enumerate(zip(fresh, contents, strict=True))
    ]
    rows = [put(key, queue=Queue.MARKET).effect for key in fresh]
    late = put("late", "words").effect
    await ledger.commit(Rewrite(tuple(keys), tuple(replies), tuple(rows), late))
    return await heard(ledger)


async def withdrawn(ledger: Ledger, keys: Sequence[str]) -> set[str]:
    done, rest, late = (put(key, "words").effect for key in ("done", "rest", "late"))
    await ledger.commit(Withdraw(tuple(keys), done, rest, late))
    return await heard(ledger)


async def heard(ledger: Ledger) -> set[str]:
    return {effect.key for effect in await ledger.waiting_in_lane("words", 9)}


async def content(ledger: Ledger, key: str) -> Content:
    reply = await ledger.reply(key)
    assert reply
    return reply.content


async def states(ledger: Ledger, *keys: str) -> list[tuple[State, str]]:
    found = [await ledger.effect(key) for key in keys]
    return [(effect.state, effect.reason) for effect in found if effect]


# Too late


@pytest.mark.parametrize("fate", TOO_LATE)
async def test_an_edit_that_comes_too_late_changes_nothing_and_is_told_so(
    ledger: Ledger, fate: str
) -> None:
    keys = await said(ledger, "Hello")
    await becomes(ledger, keys, fate)
    before = await ledger.effect("k0")

    assert await rewritten(ledger, keys, "Bye") == {"late"}
    assert await ledger.effect("k0") == before
    assert await content(ledger, "k0") == "Hello"
    assert await ledger.effect("new0") is None


@pytest.mark.parametrize("fate", TOO_LATE)
async def test_a_withdrawal_that_comes_too_late_changes_nothing_and_is_told_so(
    ledger: Ledger, fate: str
) -> None:
    keys = await said(ledger, "Hello")
    await becomes(ledger, keys, fate)
    before = await ledger.effect("k0")

    assert await withdrawn(ledger, keys) == {"late"}
    assert await ledger.effect("k0") == before


@pytest.mark.parametrize("fate", TOO_LATE)
async def test_one_part_with_the_buyer_holds_all_of_the_message(ledger: Ledger, fate: str) -> None:
    keys = await said(ledger, "one", "two", FILE)
    await becomes(ledger, ["k1"], fate)

    assert await rewritten(ledger, keys, "three", FILE) == {"late"}
    assert [await content(ledger, key) for key in keys] == ["one", "two", FILE]
    assert (await states(ledger, "k0", "k2")) == [(State.NEW, "")] * 2


async def test_what_came_too_late_is_kept_until_its_author_sends_it(ledger: Ledger) -> None:
    keys = await said(ledger, "one", FILE)
    await becomes(ledger, keys, "sent")
    await rewritten(ledger, keys, "two", OTHER)
    await rewritten(ledger, keys, "three", OTHER)

    parts = await ledger.replies_to_post(PostId(11))
    assert [reply.wanted for reply, _ in parts] == [("three", OTHER), ()]


async def test_a_part_that_nobody_knows_is_no_reason_to_send_the_others(ledger: Ledger) -> None:
    keys = await said(ledger, "one")
    assert await rewritten(ledger, [*keys, "k7"], "two") == {"late"}


# In time


@pytest.mark.parametrize("contents", [("Bye",), ("Bye " * 2000,)])
async def test_an_edit_before_the_send_changes_what_goes_out(
    ledger: Ledger, contents: tuple[str]
) -> None:
    keys = await said(ledger, "Hello")
    before = await ledger.effect("k0")

    assert await rewritten(ledger, keys, *contents) == set()
    assert await content(ledger, "k0") == contents[0]
    assert await ledger.effect("k0") == before


async def test_an_edit_of_equal_shape_keeps_the_place_of_every_part(ledger: Ledger) -> None:
    keys = await said(ledger, "(1/2) a", "(2/2) b", FILE)
    await ledger.commit(put("behind", queue=Queue.MARKET))

    assert await rewritten(ledger, keys, "(1/2) c", "(2/2) d", OTHER) == set()
    assert [await content(ledger, key) for key in keys] == ["(1/2) c", "(2/2) d", OTHER]
    lane = await ledger.waiting_in_lane("lane", 9)
    assert [effect.key for effect in lane] == [*keys, "behind"]


async def test_an_edit_of_another_shape_goes_behind_what_waits(
    ledger: Ledger, store: Store
) -> None:
    keys = await said(ledger, "one", FILE)
    await ledger.commit(put("behind", queue=Queue.MARKET))
    store.rung.clear()

    assert await rewritten(ledger, keys, "(1/2) a", "(2/2) b", FILE) == set()
    assert await states(ledger, *keys) == [(State.FAILED, "withdrawn")] * 2
    lane = await ledger.waiting_in_lane("lane", 9)
    assert [effect.key for effect in lane] == ["behind", "new0", "new1", "new2"]
    assert Queue.MARKET in store.rung


async def test_a_file_taken_away_before_the_send_never_goes_out(ledger: Ledger) -> None:
    keys = await said(ledger, "one", FILE)
    await rewritten(ledger, keys, "one")

    assert [effect.key for effect in await ledger.waiting_in_lane("lane", 9)] == ["k0"]


async def test_a_shorter_edition_keeps_its_place_before_what_waits(ledger: Ledger) -> None:
    keys = await said(ledger, "one", "two", "three")
    await rewritten(ledger, keys, "one and all")

    assert [effect.key for effect in await ledger.waiting_in_lane("lane", 9)] == ["k0"]
    assert await content(ledger, "k0") == "one and all"


@pytest.mark.parametrize("fate", TOO_LATE)
async def test_what_is_not_with_the_buyer_yet_is_withdrawn_although_a_part_is(
    ledger: Ledger, fate: str
) -> None:
    keys = await said(ledger, "one", FILE)
    await becomes(ledger, ["k0"], fate)
    before = await ledger.effect("k0")

    assert await withdrawn(ledger, keys) == {"rest"}
    assert await ledger.effect("k0") == before
    assert [e.key for e in await ledger.waiting_in_lane("lane", 9) if e.key == "k1"] == []


async def test_an_edit_after_an_attempt_that_surely_failed_still_goes_out(ledger: Ledger) -> None:
    keys = await said(ledger, "Hello")
    await becomes(ledger, keys, "not done")

    assert await rewritten(ledger, keys, "Bye") == set()
    assert await content(ledger, "k0") == "Bye"


async def test_a_message_refused_for_certain_goes_in_its_new_words_when_asked_again(
    ledger: Ledger,
) -> None:
    keys = await said(ledger, "Hello")
    await becomes(ledger, keys, "refused")

    assert await rewritten(ledger, keys, "Bye") == set()
    assert await ledger.heads(Queue.MARKET) == []
    await ledger.commit(Again("k0", NOW_MS))
    assert await content(ledger, "k0") == "Bye"
    assert [head.key for head in await ledger.heads(Queue.MARKET)] == ["k0"]


async def test_a_message_withdrawn_before_the_send_never_goes_out(
    ledger: Ledger, store: Store
) -> None:
    keys = await said(ledger, "one", FILE)
    await ledger.commit(put("next", queue=Queue.MARKET))
    store.rung.clear()

    assert await withdrawn(ledger, keys) == {"done"}
    assert await states(ledger, *keys) == [(State.FAILED, "withdrawn")] * 2
    assert [head.key for head in await ledger.heads(Queue.MARKET)] == ["next"]
    assert sorted(store.rung) == [Queue.GROUP, Queue.MARKET]


async def test_a_withdrawn_message_that_is_edited_back_goes_out(
    ledger: Ledger, store: Store
) -> None:
    keys = await said(ledger, "one", FILE)
    await withdrawn(ledger, keys)
    store.rung.clear()
    await rewritten(ledger, keys, "two", OTHER)

    assert await states(ledger, *keys) == [(State.NEW, "")] * 2
    assert [await content(ledger, key) for key in keys] == ["two", OTHER]
    assert store.rung == [Queue.MARKET]


# Albums


async def album(ledger: Ledger, *keys: str) -> None:
    for post_id, key in enumerate(keys, 20):
        reply = replace(holding(key, FILE, album="13579"), post_id=PostId(post_id))
        await ledger.commit(put(key, f"lane {key}", queue=Queue.MARKET), AddReply(reply))


async def test_of_an_album_that_is_a_note_nothing_more_goes_out(
    ledger: Ledger, store: Store
) -> None:
    await album(ledger, "a", "b", "refused")
    await ledger.commit(put("other", queue=Queue.MARKET), add_reply("other", 30))
    await becomes(ledger, ["refused"], "refused")
    store.rung.clear()
    await ledger.commit(WithdrawAlbum("13579"))

    assert await states(ledger, "a", "b", "refused") == [(State.FAILED, "withdrawn")] * 3
    assert [head.key for head in await ledger.heads(Queue.MARKET)] == ["other"]
    assert set(store.rung) == {Queue.MARKET}


@pytest.mark.parametrize("fate", TOO_LATE)
async def test_what_of_an_album_may_be_with_the_buyer_stays_what_it_is(
    ledger: Ledger, fate: str
) -> None:
    await album(ledger, "a", "gone")
    await becomes(ledger, ["gone"], fate)
    before = await ledger.effect("gone")
    await ledger.commit(WithdrawAlbum("13579"))

    assert await states(ledger, "a") == [(State.FAILED, "withdrawn")]
    assert await ledger.effect("gone") == before


async def test_an_album_that_is_not_known_withdraws_nothing(ledger: Ledger) -> None:
    await album(ledger, "a")
    await said(ledger, "text")
    await ledger.commit(WithdrawAlbum("2468"), WithdrawAlbum(""))

    assert await states(ledger, "a", "k0") == [(State.NEW, "")] * 2


async def test_what_was_found_out_of_a_file_does_not_undo_an_edit_that_replaced_it(
    ledger: Ledger,
) -> None:
    """The file was being fetched while its author put another in its place."""
    keys = await said(ledger, FILE)
    await rewritten(ledger, keys, OTHER)
    await ledger.commit(SaveFile("k0", replace(FILE, name="Счёт.jpg", size=4)))

    assert await content(ledger, "k0") == OTHER


@pytest.mark.parametrize(
    ("fate", "is_late"),
    [
        ("not done", False),
        ("doubted", False),
        ("round lost", False),
        ("under way", True),
        ("refused", True),
        ("sent", True),
    ],
)
async def test_a_command_counts_as_it_reads_now_unless_it_is_under_way_or_done(
    ledger: Ledger, fate: str, is_late: bool
) -> None:
    await ledger.commit(put("open", queue=Queue.DESK, payload={"text": "before"}))
    await becomes(ledger, ["open"], fate)
    before = await ledger.effect("open")
    await ledger.commit(Reword("open", {"text": "after"}, put("late").effect))
    after = await ledger.effect("open")

    assert before
    assert after
    assert after.payload == {"text": "before" if is_late else "after"}
    assert (after.state, after.due_ms) == (before.state, before.due_ms)
    assert (await ledger.effect("late") is not None) is is_late
