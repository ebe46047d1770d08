"""Buyers' files in the topic: each once, as what it is, in order, whatever fails in between."""

from __future__ import annotations

import asyncio
import re

import pytest

from bot.relay.errors import OutcomeUnknown, Refused, Unreachable
from bot.relay.model import Nature, Sender, State
from tests.relay.bench import until
from tests.relay.buyer_to_topic.board import SETTLE_MS, THREAD, Board, fails

SMALL, LARGE, PDF = b"JPEG 800x600", b"JPEG 6000x4000", b"%PDF"
LOST = OutcomeUnknown("telegram_timeout")
NO = Refused("telegram_refused", said="IMAGE_PROCESS_FAILED")


# What goes wrong


async def test_a_picture_that_telegram_does_not_show_follows_as_a_document(board: Board) -> None:
    fails(board.wall, "post_file", NO)
    message = await board.send(a_jpg=SMALL)
    assert await board.post_all() == ["document a.jpg"]
    assert board.wall.stands[0].content == SMALL
    shown = await board.row("show", message)
    assert (shown.state, shown.result, shown.reason) == (State.SENT, None, "telegram_refused")


async def test_a_file_that_telegram_does_not_take_at_all_leaves_a_line(board: Board) -> None:
    fails(board.wall, "post_file", NO)
    await board.send("вот", a_pdf=PDF)
    await board.send("ещё")
    first, line, after = await board.post_all()
    assert (first, after) == ("вот", "ещё")
    assert line.startswith("📎 a.pdf (4 bytes)\nNot brought here: Telegram refused it")
    assert board.lies() == []


async def test_a_lost_post_that_is_there_is_not_repeated(board: Board) -> None:
    fails(board.wall, "post_file", LOST)
    message = await board.send(a_pdf=PDF)
    assert await board.post_all() == ["document a.pdf"]
    assert (await board.row("file", message)).result == board.wall.stands[0].id


async def test_a_lost_post_that_is_not_there_goes_again(board: Board) -> None:
    board.wall.takes = False
    fails(board.wall, "post_file", LOST)
    await board.send(a_pdf=PDF)
    began = board.bench.now_ms
    assert await board.post_all() == ["document a.pdf"]
    assert board.bench.now_ms - began >= SETTLE_MS


async def test_what_is_found_after_a_lost_answer_leaves_the_disk(board: Board) -> None:
    fails(board.wall, "post_file", LOST)
    await board.send(a_pdf=PDF)
    await board.post_all()
    assert board.lies() == []


async def test_an_album_whose_answer_is_lost_is_not_repeated(board: Board) -> None:
    fails(board.wall, "post_album", LOST)
    await board.send(a_jpg=SMALL, b_jpg=SMALL, c_jpg=SMALL)
    assert await board.post_all() == ["photo a.jpg", "photo b.jpg", "photo c.jpg"]
    assert board.lies() == []


@pytest.mark.parametrize("half", [0, 1, 2])
async def test_of_a_refused_album_the_rest_goes_item_by_item(board: Board, half: int) -> None:
    board.wall.half = half
    fails(board.wall, "post_album", NO)
    await board.send(a_jpg=SMALL, b_jpg=SMALL, c_jpg=SMALL)
    assert await board.post_all() == ["photo a.jpg", "photo b.jpg", "photo c.jpg"]
    alone = [method for method, _ in board.wall.calls if method == "post_file"]
    assert len(alone) == 3 - half


async def test_a_refused_album_of_documents_leaves_nothing_on_the_disk(board: Board) -> None:
    board.wall.half = 1
    fails(board.wall, "post_album", NO)
    await board.send(a_pdf=PDF, b_pdf=PDF)
    assert await board.post_all() == ["document a.pdf", "document b.pdf"]
    assert board.lies() == []


async def test_one_bad_picture_of_an_album_follows_as_a_document(board: Board) -> None:
    """The album is refused for it; alone it is refused again."""
    fails(board.wall, "post_album", NO)
    fails(board.wall, "post_file", None, NO)
    await board.send(a_jpg=SMALL, b_jpg=SMALL)
    assert await board.post_all() == ["photo a.jpg", "document b.jpg"]


@pytest.mark.parametrize("is_unclear", [True, False])
async def test_after_three_lost_rounds_a_line_stands_in_for_the_file(
    board: Board, is_unclear: bool
) -> None:
    """A call of minutes holds up the whole group: not for ever."""
    board.wall.takes, board.wall.is_unclear = False, is_unclear
    fails(board.wall, "post_file", LOST, LOST, LOST)
    message = await board.send(a_pdf=PDF)
    async with board.at_work():
        await board.settle(but="refetch")
    [line] = board.wall.seen()
    assert "Telegram did not answer in time. See it in the seller's cabinet." in line
    assert "The bot keeps trying for a day." in line
    assert (await board.row("file", message)).kind == "line"


async def test_what_cannot_be_brought_leaves_its_line_in_place(board: Board) -> None:
    gone = Refused("file_nowhere")
    await board.send("раз", a_pdf=PDF, b_pdf=gone, c_pdf=PDF)
    await board.send("два")
    one, first, line, third, two = await board.post_all()
    assert (one, first, third, two) == ("раз", "document a.pdf", "document c.pdf", "два")
    assert line.startswith("📎 b.pdf")


async def test_a_picture_that_cannot_be_brought_leaves_one_line_and_no_more(board: Board) -> None:
    await board.send(a_jpg=Refused("file_nowhere"), b_jpg=SMALL)
    shown, line = await board.post_all()
    assert shown == "photo b.jpg"
    assert line.startswith("📎 a.jpg")


async def test_a_file_tidied_away_before_the_call_is_brought_again(board: Board) -> None:
    message = await board.send(a_pdf=PDF)
    fails(board.wall, "post_file", Unreachable("telegram_unreachable"))
    async with board.at_work():
        await until(lambda: board.wall.calls)
        await board.bench.wait_until(
            f"file/{5_000_000_000}/{message}/0", lambda row: row.state is State.NEW
        )
        for path in board.spool.beside("", "x").parent.iterdir():
            path.unlink()
        await board.settle()
    assert board.wall.seen() == ["document a.pdf"]
    assert len(board.shelf.asked) == 2


# What goes well


async def test_each_kind_of_file_is_posted_as_what_it_is(board: Board) -> None:
    await board.send(a_jpg=SMALL, b_pdf=PDF, c_jpg=LARGE, d_jpg=b"not what it says")
    assert await board.post_all() == [
        "photo a.jpg",
        "document b.pdf",
        "photo c.jpg",
        "document c.jpg",
        "document d.jpg",
    ]
    assert {post.thread for post in board.wall.stands} == {THREAD}
    assert board.lies() == []


async def test_a_picture_shown_whole_is_posted_once(board: Board) -> None:
    message = await board.send(a_jpg=SMALL)
    assert await board.post_all() == ["photo a.jpg"]
    kept = await board.row("file", message)
    assert (kept.state, kept.result, kept.reason) == (State.SENT, None, "nothing_to_post")


async def test_a_large_picture_is_shown_by_its_preview_and_kept_whole(board: Board) -> None:
    await board.send(a_jpg=LARGE)
    assert await board.post_all() == ["photo a.jpg", "document a.jpg"]
    assert [post.content for post in board.wall.stands] == [b"preview", LARGE]


async def test_pictures_of_one_message_are_one_album_and_their_files_another(
    board: Board,
) -> None:
    await board.send(a_jpg=LARGE, b_jpg=LARGE)
    await board.post_all()
    assert board.wall.calls == [("post_album", 2), ("post_album", 2)]
    assert [post.album for post in board.wall.stands] == [1, 1, 2, 2]


async def test_files_of_two_messages_are_no_album(board: Board) -> None:
    await board.send(a_jpg=SMALL)
    await board.send(b_jpg=SMALL)
    await board.post_all()
    assert board.wall.calls == [("post_file", 1), ("post_file", 1)]


# Under backlog


@pytest.fixture
def crowd(monkeypatch: pytest.MonkeyPatch) -> None:
    """More waits than the pace lets go soon."""
    monkeypatch.setattr("bot.relay.pacing.Pace.left", lambda _: 0)


async def post_once_all_is_there(board: Board, files: int) -> None:
    """The first try fails, and by the second one all files have been brought."""
    fails(board.wall, "post_file", Unreachable("telegram_unreachable"))
    async with board.at_work():
        await until(lambda: board.gallery.looked == files)
        await board.settle()
    assert board.wall.calls.pop(0) == ("post_file", 1)


@pytest.mark.usefixtures("crowd")
async def test_pictures_of_several_messages_that_wait_are_one_album(board: Board) -> None:
    messages = [await board.send(a_jpg=SMALL), await board.send(b_jpg=SMALL, c_jpg=SMALL)]
    board.bench.later(60_000)
    messages.append(await board.send(d_jpg=SMALL))
    await post_once_all_is_there(board, 4)
    assert board.wall.calls == [("post_album", 4)]
    assert board.wall.seen() == ["photo a.jpg", "photo b.jpg", "photo c.jpg", "photo d.jpg"]
    shown = [(message, 0) for message in messages[:2]] + [(messages[1], 1), (messages[2], 0)]
    rows = [await board.row("show", *place) for place in shown]
    assert [row.result for row in rows] == [post.id for post in board.wall.stands]
    assert board.lies() == []


@pytest.mark.usefixtures("crowd")
async def test_other_chats_wait_for_no_large_album_of_several_messages(board: Board) -> None:
    for _ in range(6):
        await board.send(a_jpg=SMALL)
    await post_once_all_is_there(board, 6)
    assert board.wall.calls == [("post_album", 4), ("post_album", 2)]


@pytest.mark.usefixtures("crowd")
async def test_an_album_of_several_messages_says_when_each_was_written(board: Board) -> None:
    await board.send(a_jpg=SMALL)
    await board.send(b_jpg=SMALL)
    board.bench.later(60_000)
    await board.send(c_jpg=SMALL)
    await post_once_all_is_there(board, 3)
    first, *others = [post.text for post in board.wall.stands]
    assert re.fullmatch(r"Buyer · .*9:00.*\nBuyer · .*9:01.*", first)
    assert others == ["", ""]


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize("between", ["words", "a document", "a large picture", "a colleague"])
async def test_nothing_is_overtaken_by_an_album(board: Board, between: str) -> None:
    first = {"a_jpg": LARGE if between == "a large picture" else SMALL}
    await board.send(**first)
    match between:
        case "words":
            await board.send("вот")
        case "a document":
            await board.send(x_pdf=PDF)
        case "a colleague":
            await board.send("", Sender.PARTNER, Nature.COLLEAGUE, x_jpg=SMALL)
    await board.send(z_jpg=SMALL)
    fails(board.wall, "post_file", Unreachable("telegram_unreachable"))
    seen = await board.post_all()
    assert not board.wall.albums
    assert (seen[0], seen[-1]) == ("photo a.jpg", "photo z.jpg")


@pytest.mark.usefixtures("crowd")
async def test_of_a_refused_album_of_several_messages_each_picture_goes_alone(
    board: Board,
) -> None:
    for _ in range(3):
        await board.send(a_jpg=SMALL)
    fails(board.wall, "post_album", NO)
    await post_once_all_is_there(board, 3)
    assert board.wall.calls == [("post_album", 3)] + [("post_file", 1)] * 3
    assert board.wall.seen() == ["photo a.jpg"] * 3


async def test_without_a_backlog_nobody_waits_for_company(board: Board) -> None:
    await board.send(a_jpg=SMALL)
    await board.send(b_jpg=SMALL)
    await post_once_all_is_there(board, 1)
    assert not board.wall.albums


# How many


async def test_more_than_an_album_holds_makes_two(board: Board) -> None:
    await board.send(**{f"n{number}_jpg": SMALL for number in range(10, 22)})
    seen = await board.post_all()
    assert board.wall.calls == [("post_album", 10), ("post_album", 2)]
    assert seen == [f"photo n{number}.jpg" for number in range(10, 22)]


async def test_an_album_is_no_larger_than_a_bot_may_post(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.relay.buyer_to_topic.carry.UPLOAD_AT_MOST", 2 * len(PDF))
    await board.send(a_pdf=PDF, b_pdf=PDF, c_pdf=PDF)
    await board.post_all()
    assert board.wall.calls == [("post_album", 2), ("post_file", 1)]


async def test_nothing_is_posted_of_a_message_while_a_file_of_it_is_coming(board: Board) -> None:
    """It may be one album; other chats and what stands before do not wait."""
    message = await board.send("вот", a_jpg=SMALL, b_jpg=SMALL)
    board.shelf.gates[board.url(message, 1)] = gate = asyncio.Event()
    async with board.at_work():
        await until(lambda: len(board.shelf.asked) == 2)
        await until(lambda: board.wall.stands)
        assert board.wall.seen() == ["вот"]
        gate.set()
        await board.settle()
    assert board.wall.calls == [("post", 1), ("post_album", 2)]


async def test_a_colleagues_file_says_whose_it_is_once_an_album(board: Board) -> None:
    await board.send("", Sender.PARTNER, Nature.COLLEAGUE, a_jpg=SMALL, b_jpg=SMALL)
    await board.post_all()
    assert [post.text for post in board.wall.stands] == [
        "🏪 Colleague in the seller's cabinet",
        "",
    ]


async def test_a_buyers_file_has_no_words_above_it(board: Board) -> None:
    await board.send(a_pdf=PDF)
    await board.post_all()
    assert board.wall.stands[0].text == ""


async def test_a_repeat_is_marked_where_it_may_be_one(board: Board) -> None:
    fails(board.wall, "post_file", LOST)
    board.wall.takes, board.wall.is_unclear = False, True
    await board.send(a_pdf=PDF)
    await board.post_all()
    assert board.wall.stands[0].text.startswith("⚠️ Perhaps a repeat")


async def test_a_restart_brings_and_posts_what_was_waiting(board: Board) -> None:
    message = await board.send(a_jpg=SMALL, b_pdf=PDF)
    board.shelf.gates[board.url(message, 0)] = asyncio.Event()
    async with board.at_work():
        await until(lambda: len(board.shelf.asked) == 2)
    board.shelf.gates.clear()
    assert await board.post_all() == ["photo a.jpg", "document b.pdf"]
