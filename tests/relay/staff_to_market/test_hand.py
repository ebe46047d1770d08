"""Handing staff files to the buyer, once each; what its author sees of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.files.spool import DiskSpool, open_spool
from bot.relay.changes import AddReply, SaveChat, WithdrawAlbum
from bot.relay.errors import Refused, Unreachable
from bot.relay.files import Fitted
from bot.relay.model import ChatId, Queue, Sender, State
from bot.relay.staff_to_market.parcels import SEND_AT_MOST
from tests.relay.bench import Bench, until
from tests.relay.samples import CHAT, incoming, known, reply
from tests.relay.staff_to_market.counter import Counter
from tests.relay.staff_to_market.deciding import DOCUMENT, PHOTO
from tests.relay.staff_to_market.test_send import LOST

MOMENT_MS = 1_500


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[DiskSpool]:
    with open_spool(tmp_path / "files" / "1") as spool:
        yield spool


@pytest.fixture
async def counter(bench: Bench, spool: DiskSpool, monkeypatch: pytest.MonkeyPatch) -> Counter:
    monkeypatch.setattr("bot.relay.retry.backoff_ms", lambda *_: 0)
    await bench.ledger.commit(SaveChat(known(cursor=10)))
    return Counter(bench, spool)


# What goes wrong


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (Refused("file_gone"), "photo.jpg: it is no longer there."),
        (Refused("file_too_big_to_fetch"), "photo.jpg: a bot can fetch files of at most 20 MB."),
    ],
)
async def test_a_file_that_telegram_does_not_give_is_told_by_name(
    counter: Counter, error: Exception, why: str
) -> None:
    counter.telegram.fails = [error]
    await counter.write(501, PHOTO)
    await counter.write(502, "дальше")
    async with counter.at_work():
        await counter.settle("say/501/0", State.FAILED)
        await counter.settle("say/502/0", State.SENT)
    [post] = await counter.notices()
    assert post.text == f"❌ Not delivered to the buyer: {why}"
    assert post.reply_to == 501
    assert [button.action for button in post.buttons] == ["again say/501/0"]


async def test_a_file_that_the_market_refuses_is_told_and_leaves_the_disk(
    counter: Counter,
) -> None:
    counter.market.fails = [Refused("market_refused", code="BAD_FILE")]
    await counter.write(501, PHOTO)
    await counter.failed("say/501/0")
    [post] = await counter.notices()
    assert post.text == (
        "❌ Not delivered to the buyer: photo.jpg: the Market refused it (BAD_FILE)."
    )
    assert counter.lies() == []


async def test_what_the_author_has_to_be_asked_about_leaves_the_disk(counter: Counter) -> None:
    counter.market.takes, counter.market.fails = False, [LOST]
    other = incoming(11, "другое", Sender.PARTNER)
    counter.market.history_.append(other)
    await counter.write(501, PHOTO)
    await counter.failed("say/501/0")
    [post] = await counter.notices()
    assert post.text.startswith("❓ Perhaps not delivered to the buyer: photo.jpg: ")
    assert counter.lies() == []


async def test_a_lost_file_that_arrived_is_found_and_not_sent_twice(counter: Counter) -> None:
    counter.market.fails = [LOST]
    await counter.write(501, PHOTO)
    await counter.sent("say/501/0")
    assert counter.market.sent == ["photo.jpg"]
    assert await counter.marks() == [501]
    assert counter.lies() == []


async def test_a_lost_picture_that_was_made_to_fit_says_so_when_it_is_found(
    counter: Counter,
) -> None:
    counter.telegram.sizes[PHOTO.file_id] = SEND_AT_MOST + 1
    counter.market.fails = [LOST]
    await counter.write(501, PHOTO)
    await counter.sent("say/501/0")
    assert [post.text[:1] for post in await counter.notices()] == ["🗜"]


async def test_a_lost_file_that_did_not_arrive_goes_again(counter: Counter) -> None:
    counter.market.takes, counter.market.fails = False, [LOST]
    await counter.write(501, PHOTO)
    await counter.sent("say/501/0")
    assert counter.market.sent == ["photo.jpg"]


async def test_a_file_tidied_away_before_the_call_is_brought_again(counter: Counter) -> None:
    counter.market.fails = [Unreachable("market_unreachable")]
    await counter.write(501, PHOTO)
    async with counter.at_work():
        await counter.bench.wait_until(
            "say/501/0", lambda row: row.attempts == 1 and row.state is State.NEW
        )
        for name in counter.lies():
            counter.spool.beside("", "x").parent.joinpath(name).unlink()
        await counter.settle("say/501/0", State.SENT)
    assert counter.market.sent == ["photo.jpg"]
    assert counter.telegram.read == 2


async def test_a_file_that_is_slow_to_come_holds_up_its_own_chat_alone(
    counter: Counter, bench: Bench
) -> None:
    other = CHAT + 1
    await bench.ledger.commit(SaveChat(known(id=other)))
    counter.telegram.fails = [Unreachable("telegram_unreachable")] * 10_000_000
    await counter.write(501, PHOTO)
    await counter.write(502, "в ту же", chat=CHAT)
    await bench.put(
        "say/503/0", lane=f"chat/{other}", kind="say", queue=Queue.MARKET, chat_id=ChatId(other)
    )
    await bench.ledger.commit(
        AddReply(reply("в другую", "say/503/0", chat_id=ChatId(other), post_id=503))
    )
    async with counter.at_work():
        await counter.settle("say/503/0", State.SENT)
        assert counter.market.sent == ["в другую"]
        counter.telegram.fails.clear()
        await counter.settle("say/502/0", State.SENT)
    assert counter.market.sent == ["в другую", "photo.jpg", "в ту же"]


# What goes well


async def test_words_and_files_go_in_order_and_are_marked_with_the_last(counter: Counter) -> None:
    await counter.write(501, "Вот счёт", DOCUMENT)
    await counter.write(502, PHOTO)
    await counter.sent("say/502/0")
    assert counter.market.sent == ["Вот счёт", "Счёт.pdf", "photo.jpg"]
    assert await counter.marks() == [501]
    assert counter.lies() == []


async def test_what_goes_out_is_written_down_before(counter: Counter) -> None:
    """By its name and size it is found again in the history."""
    await counter.write(501, replace(PHOTO, size=None))
    await counter.sent("say/501/0")
    assert await counter.file("say/501/0") == replace(PHOTO, size=10)


async def test_a_picture_made_to_fit_says_to_its_author_what_became_of_it(
    counter: Counter,
) -> None:
    counter.telegram.sizes[PHOTO.file_id] = 6 * 1024 * 1024
    counter.gallery.fitted = Fitted(3_000_000, 3000, 2000)
    await counter.write(501, replace(PHOTO, name="Фото.png"))
    await counter.sent("say/501/0")
    [post] = await counter.notices()
    assert post.text == (
        "🗜 Фото.jpg: the picture had 6 MB, the Market takes at most 5 MB. "
        "The buyer got a JPEG of 2.9 MB, 3000 × 2000 pixels."
    )
    assert (post.reply_to, post.is_silent) == (501, True)
    assert counter.market.files == [("Фото.jpg", b"small")]


async def test_an_album_waits_until_no_further_file_of_it_comes(counter: Counter) -> None:
    await counter.write(501, PHOTO, album="13579")
    began = counter.bench.now_ms
    await counter.sent("say/501/0")
    assert counter.bench.now_ms == began + MOMENT_MS


async def test_a_further_file_makes_the_album_wait_longer(counter: Counter) -> None:
    await counter.write(501, PHOTO, album="13579")
    counter.bench.now_ms += MOMENT_MS - 1
    await counter.write(502, DOCUMENT, album="13579")
    async with counter.at_work():
        row = await counter.bench.wait_until(
            "say/501/0", lambda row: row.due_ms > counter.bench.now_ms
        )
        assert row.due_ms == counter.bench.now_ms + MOMENT_MS
        await counter.settle("say/502/0", State.SENT)
    assert counter.market.sent == ["photo.jpg", "Счёт.pdf"]


async def test_an_album_that_turns_out_to_be_a_note_never_goes(counter: Counter) -> None:
    await counter.write(501, PHOTO, album="13579")
    async with counter.at_work():
        await counter.bench.wait_until("say/501/0", lambda row: row.due_ms > counter.bench.now_ms)
        await counter.bench.ledger.commit(WithdrawAlbum("13579"))
        counter.bench.later(60_000)
        await counter.write(502, "дальше")
        await counter.settle("say/502/0", State.SENT)
    assert counter.market.sent == ["дальше"]


async def test_a_failed_file_of_an_album_has_the_album_looked_at(counter: Counter) -> None:
    counter.telegram.fails = [Refused("file_gone")]
    await counter.write(501, PHOTO, album="13579")
    await counter.failed("say/501/0")
    [row] = await counter.bench.ledger.heads(Queue.DESK)
    assert (row.kind, row.payload) == ("album", {"album": "13579"})


async def test_after_a_restart_a_file_is_brought_and_sent(counter: Counter) -> None:
    counter.telegram.fails = [Unreachable("telegram_unreachable")] * 10_000_000
    await counter.write(501, PHOTO)
    async with counter.at_work():
        await until(lambda: counter.telegram.read)
    counter.telegram.fails = []
    await counter.sent("say/501/0")
    assert counter.market.sent == ["photo.jpg"]


async def test_who_watches_the_lists_is_told_of_an_answer(counter: Counter) -> None:
    await counter.write(501, PHOTO)
    async with counter.at_work():
        await counter.settle("say/501/0", State.SENT)
    assert counter.answered == [CHAT]
