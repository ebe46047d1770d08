"""An album of which not everything arrived: said once, when all is settled, with a button."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot.relay.changes import AddReply, Again, Change, Enqueue, Settle
from bot.relay.model import Effect, NewEffect, PostId, Queue, State
from bot.relay.notices import from_json
from bot.relay.posts import Post
from bot.relay.reply import Reply
from bot.relay.staff_to_market.album import AlbumWork, pressed, report, whole_at
from tests.relay.bench import Bench, running
from tests.relay.samples import CHAT, ENGLISH, NOW_MS, POST, THREAD, effect, reply
from tests.relay.staff_to_market.deciding import DOCUMENT, NOTICE_POST, enqueued

ALBUM = "13579"


def item(number: int, **row: Any) -> tuple[Reply, Effect]:
    key = f"say/{500 + number}/0"
    file = replace(DOCUMENT, name=f"{number}.pdf")
    carrier = effect(key, **{"state": State.FAILED, **row})
    return reply("", key, post_id=PostId(500 + number), file=file, album=ALBUM), carrier


async def write(bench: Bench, *fates: State | str, first: int = 1) -> None:
    """Files of the album, a post each: in this state, or failed for this reason."""
    for number, fate in enumerate(fates, first):
        said, row = item(number)
        lane = f"chat/{number}"
        new = NewEffect(row.key, Queue.MARKET, lane, "hand", {}, 0, CHAT)
        await bench.ledger.commit(Enqueue(new), AddReply(said))
        if fate is State.NEW:
            continue
        state = State.SENT if fate is State.SENT else State.FAILED
        reason = "" if state is State.SENT else str(fate)
        effect_id = (await bench.row(row.key)).id
        await bench.ledger.commit(Settle((effect_id,), state, reason=reason))


async def tell(bench: Bench, *causes: str) -> None:
    await bench.ledger.commit(*[report(ALBUM, CHAT, cause) for cause in causes])


def lanes(bench: Bench) -> Any:
    work = AlbumWork(ledger=bench.ledger, words=ENGLISH, clock=bench.clock)
    return running(bench.lanes({"album": work}, queue=Queue.DESK))


async def told(bench: Bench) -> list[Post]:
    heads = await bench.ledger.heads(Queue.GROUP)
    return [from_json(head.payload) for head in heads if head.kind == "notice"]


async def settled(bench: Bench, *causes: str) -> list[Post]:
    """What is said once everything had its time."""
    async with lanes(bench):
        for cause in causes or ("cause",):
            key = f"album/{ALBUM}/{cause}"
            row = await bench.wait_until(
                key, lambda row: not row.state.is_open or row.due_ms > bench.now_ms
            )
            bench.later(max(0, row.due_ms - bench.now_ms))
            await bench.wait_for(key, State.SENT)
    return await told(bench)


async def test_what_did_not_arrive_is_named_and_offered_again(bench: Bench) -> None:
    await write(bench, State.SENT, "market_refused", State.SENT, "unsure")
    await tell(bench, "cause")
    [post] = await settled(bench)
    assert post.text.splitlines() == [
        "Of this album the buyer got 2 of 4: 1, 3.",
        "Not delivered:",
        "2. 2.pdf",
        "4. 4.pdf (perhaps)",
    ]
    assert (post.thread_id, post.reply_to) == (THREAD, POST)
    assert [(button.label, button.action) for button in post.buttons] == [
        ("Send the rest", f"rest {ALBUM}")
    ]


async def test_an_album_of_which_nothing_arrived_says_so(bench: Bench) -> None:
    await write(bench, "market_refused", "market_refused")
    await tell(bench, "cause")
    [post] = await settled(bench)
    assert post.text.startswith("Of this album the buyer got 0 of 2: –.")


async def test_several_failures_make_one_report(bench: Bench) -> None:
    await write(bench, "market_refused", State.SENT, "market_refused")
    await tell(bench, "first", "second")
    assert len(await settled(bench, "first", "second")) == 1


async def test_nothing_is_said_while_a_further_file_may_come(bench: Bench) -> None:
    await write(bench, State.SENT, "market_refused")
    await tell(bench, "cause")
    async with lanes(bench):
        waits = await bench.wait_until(
            f"album/{ALBUM}/cause", lambda row: row.due_ms > bench.now_ms
        )
    assert waits.due_ms == bench.now_ms + 1_500
    assert await told(bench) == []


async def test_nothing_is_said_while_a_file_is_on_its_way(bench: Bench) -> None:
    await write(bench, "market_refused", State.NEW)
    await tell(bench, "cause")
    bench.now_ms += 60_000
    key = f"album/{ALBUM}/cause"
    async with lanes(bench):
        waits = await bench.wait_until(key, lambda row: row.due_ms > bench.now_ms)
        assert waits.state is State.NEW
        assert await told(bench) == []
        late = await bench.row("say/502/0")
        await bench.ledger.commit(Settle((late.id,), State.SENT))
        bench.later(waits.due_ms - bench.now_ms)
        await bench.wait_for(key, State.SENT)
    [post] = await told(bench)
    assert post.text.startswith("Of this album the buyer got 1 of 2: 2.")


@pytest.mark.parametrize(
    "fates",
    [
        (State.SENT, State.SENT),
        (State.SENT, "withdrawn"),
        ("withdrawn", "withdrawn"),
        ("market_refused",),
    ],
)
async def test_where_there_is_nothing_to_say_nothing_is_said(
    bench: Bench, fates: Sequence[State | str]
) -> None:
    """Everything arrived, or was taken back, or the file came alone and has its own word."""
    await write(bench, *fates)
    await tell(bench, "cause")
    assert await settled(bench) == []


@pytest.mark.parametrize(
    "reason",
    [
        "file_too_big",
        "picture_too_big",
        "anonymous",
        "not_for_buyers",
        "no_right_to_answer",
        "unknown_command",
        "unsure",
    ],
)
async def test_what_may_not_go_again_has_no_button(bench: Bench, reason: str) -> None:
    await write(bench, State.SENT, reason)
    await tell(bench, "cause")
    [post] = await settled(bench)
    assert "2. 2.pdf" in post.text
    assert post.buttons == ()


async def test_a_file_keeps_its_number_when_its_words_were_edited(bench: Bench) -> None:
    """The edit of the first took its old parts away and put others in their place."""
    await write(bench, "withdrawn", "market_refused")
    said, _ = item(1)
    again = replace(said, effect_key="say/501/1", part=1, edition=1)
    new = NewEffect("say/501/1", Queue.MARKET, "chat/1", "hand", {}, 0, CHAT)
    await bench.ledger.commit(Enqueue(new), AddReply(again))
    row = await bench.row("say/501/1")
    await bench.ledger.commit(Settle((row.id,), State.SENT))
    await tell(bench, "cause")
    [post] = await settled(bench)
    assert post.text.splitlines()[0] == "Of this album the buyer got 1 of 2: 1."
    assert post.text.splitlines()[-1] == "2. 2.pdf"


def again(changes: Sequence[Change]) -> list[str]:
    return [change.effect_key for change in changes if isinstance(change, Again)]


def test_the_button_sends_again_only_what_certainly_did_not_arrive() -> None:
    items = [
        item(1, state=State.SENT),
        item(2, reason="market_refused"),
        item(3, reason="unsure"),
        item(4, reason="withdrawn"),
        item(5, reason="file_too_big"),
        item(6, reason="no_right_to_answer"),
        item(7, reason="file_gone"),
        item(8, state=State.UNKNOWN),
    ]
    changes, word = pressed(items, NOTICE_POST, NOW_MS, ENGLISH)
    assert again(changes) == ["say/502/0", "say/507/0"]
    assert [row.key for row in enqueued(changes)] == ["buttons/900"]
    assert word == "Sending again…"


def test_the_button_pressed_twice_does_it_once() -> None:
    items = [item(1, state=State.SENT), item(2, state=State.NEW)]
    changes, word = pressed(items, NOTICE_POST, NOW_MS, ENGLISH)
    assert again(changes) == []
    assert word == "It is on its way."


def test_an_album_is_whole_a_moment_after_its_last_file() -> None:
    items = [item(1, created_ms=NOW_MS), item(2, created_ms=NOW_MS + 700)]
    assert whole_at(items, NOW_MS + 700) == NOW_MS + 2_200


def test_an_album_that_comes_slowly_is_waited_for_ten_seconds_and_no_longer() -> None:
    items = [item(n, created_ms=NOW_MS + 1_200 * n) for n in range(10)]
    assert whole_at(items, NOW_MS + 11_000) == NOW_MS + 10_000


def test_an_album_of_a_clock_that_was_set_back_waits_for_nothing() -> None:
    items = [item(1, created_ms=NOW_MS + 3_600_000)]
    assert whole_at(items, NOW_MS) == NOW_MS


def test_the_name_of_the_longest_album_fits_into_a_button() -> None:
    assert len(f"rest {2**64}".encode()) <= 64
