"""A file that can't be brought: its line, the button under it, and bringing it after all."""

from __future__ import annotations

import pytest

from bot.relay.buyer_to_topic import missing
from bot.relay.changes import Again, Change, Enqueue, Hurry
from bot.relay.errors import OutcomeUnknown, Refused, Unreachable
from bot.relay.model import Effect, PostId, State
from tests.relay.bench import until
from tests.relay.buyer_to_topic.board import Board, fails
from tests.relay.samples import CHAT, ENGLISH, NOW_MS, effect

AWAY = Unreachable("file_unreachable")
GONE = Refused("file_gone")
LOST = OutcomeUnknown("telegram_timeout")
NO = Refused("telegram_refused", said="no")
SMALL, PDF = b"JPEG 800x600", b"%PDF"
DAY_MS = 86_400_000
REFETCH = f"refetch/{CHAT}/11/0"


# The line


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (GONE, "it is no longer there."),
        (Refused("file_denied"), "its server does not let the bot have it. If MARKET_OAUTH_TOKEN"),
        (Refused("file_unsafe"), "its address leads to where the bot must not go."),
        (Refused("file_nowhere"), "the Market gave no address for it."),
        (Refused("file_too_big"), "a bot can post files of at most 50 MB."),
        (b"", "it is empty, and Telegram takes no empty files."),
    ],
)
async def test_a_line_names_the_file_its_size_and_the_reason(
    board: Board, error: bytes | Exception, why: str
) -> None:
    await board.send(a_pdf=error)
    [line] = await board.post_all()
    size = "0 bytes" if error == b"" else "5 bytes"
    assert line.startswith(f"📎 a.pdf ({size})\nNot brought here: {why}")
    assert "keeps trying" not in line


async def test_a_line_says_that_the_bot_keeps_trying_where_it_does(board: Board) -> None:
    await board.send(a_pdf=AWAY)
    async with board.at_work():
        await board.settle(but="refetch")
    assert board.wall.seen() == [
        "📎 a.pdf (5 bytes)\nNot brought here: its server does not answer as it should. "
        "See it in the seller's cabinet. The bot keeps trying for a day."
    ]


async def test_a_line_has_a_button_to_fetch_again(board: Board) -> None:
    message = await board.send(a_pdf=GONE)
    await board.post_all()
    [button] = board.wall.stands[0].buttons
    assert (button.label, button.action) == ("Fetch again", f"fetch file/{CHAT}/{message}/0")
    assert len(f"fetch file/{2**63}/{2**63}/99".encode()) <= 64


async def test_a_name_that_shows_nothing_is_called_so(board: Board) -> None:
    await board.send(**{"\u202e": GONE})
    [line] = await board.post_all()
    assert line.startswith("📎 file without a name")


async def test_a_line_that_telegram_does_not_take_is_told_like_any_message(board: Board) -> None:
    fails(board.wall, "post", NO)
    await board.send(a_pdf=GONE)
    assert await board.post_all() == [
        "A message of the buyer could not be shown here. Read it in the seller's cabinet."
    ]


# By itself


async def test_what_may_pass_is_brought_under_its_line_once_it_has(board: Board) -> None:
    message = await board.send(a_pdf=AWAY)
    async with board.at_work():
        await board.settle(but="refetch")
        board.shelf.refused.clear()
        board.shelf.files[board.url(message)] = PDF
        await board.settle()
    line, file = board.wall.stands
    assert (file.name, file.content, file.reply_to) == ("a.pdf", PDF, line.id)
    assert line.buttons == ()
    assert board.lies() == []


async def test_a_picture_comes_as_a_picture_under_its_line(board: Board) -> None:
    message = await board.send(a_jpg=AWAY)
    async with board.at_work():
        await board.settle(but="refetch")
        board.shelf.refused.clear()
        board.shelf.files[board.url(message)] = SMALL
        await board.settle()
    assert board.wall.seen()[1:] == ["photo a.jpg"]


async def test_a_picture_that_telegram_does_not_show_comes_as_a_document(board: Board) -> None:
    message = await board.send(a_jpg=AWAY)
    fails(board.wall, "post_file", NO)
    async with board.at_work():
        await board.settle(but="refetch")
        board.shelf.refused.clear()
        board.shelf.files[board.url(message)] = SMALL
        await board.settle()
    assert board.wall.seen()[1:] == ["document a.jpg"]


async def test_it_is_asked_for_less_and_less_often(board: Board) -> None:
    await board.send(a_pdf=AWAY)
    pauses = []
    async with board.at_work():
        await board.settle(but="refetch")
        born = (await board.bench.row(REFETCH)).created_ms
        for _ in range(20):
            row = await board.bench.wait_until(REFETCH, lambda row: row.due_ms > board.bench.now_ms)
            pauses.append((board.bench.now_ms - born, row.due_ms - board.bench.now_ms))
            board.bench.later(row.due_ms - board.bench.now_ms)
    assert [pause for _, pause in pauses[:3]] == [10_000, 10_000, 10_000]
    assert all(pause == min(3_600_000, max(10_000, age // 2)) for age, pause in pauses)


async def test_what_has_not_passed_in_a_day_is_given_up_in_words(board: Board) -> None:
    await board.send(a_pdf=AWAY)
    began = board.bench.now_ms
    line, told = await board.post_all()
    assert "keeps trying" in line
    assert told == "Still not brought here: its server does not answer as it should."
    assert DAY_MS < board.bench.now_ms - began < DAY_MS + 3_700_000
    assert board.wall.stands[1].reply_to == board.wall.stands[0].id
    assert (await board.bench.row(REFETCH)).state is State.FAILED
    assert board.wall.stands[0].buttons != ()


async def test_a_refusal_while_trying_is_told_at_once(board: Board) -> None:
    message = await board.send(a_pdf=AWAY)
    async with board.at_work():
        await board.settle(but="refetch")
        began = board.bench.now_ms
        board.shelf.refused[board.url(message)] = Refused("file_unsafe")
        await board.settle()
    assert board.wall.seen()[1].startswith("Still not brought here: its address leads to")
    assert board.bench.now_ms - began < 60_000


async def test_while_it_is_tried_again_nothing_else_waits(board: Board) -> None:
    await board.send(a_pdf=AWAY)
    await board.send("дальше")
    async with board.at_work():
        await board.settle(but="refetch")
        assert board.wall.seen()[1:] == ["дальше"]
        assert (await board.bench.row(REFETCH)).state is State.NEW


# Lost answers


async def test_a_lost_line_that_is_there_is_followed_by_its_file(board: Board) -> None:
    fails(board.wall, "post", LOST)
    message = await board.send(a_pdf=AWAY)
    async with board.at_work():
        await board.settle(but="refetch")
        board.shelf.refused.clear()
        board.shelf.files[board.url(message)] = PDF
        await board.settle()
    line, file = board.wall.stands
    assert (file.name, file.reply_to) == ("a.pdf", line.id)


async def test_after_a_lost_line_the_button_really_fetches(board: Board) -> None:
    """What was found out before the line is not taken for what is found out now."""
    fails(board.wall, "post", LOST)
    message = await board.send(a_pdf=GONE)
    async with board.at_work():
        await board.settle()
        board.shelf.files[board.url(message)] = PDF
        board.shelf.refused.clear()
        line = await board.row("file", message)
        await board.bench.ledger.commit(missing.refetch(line, PostId(board.wall.stands[0].id)))
        await board.settle()
    assert board.wall.seen()[1:] == ["document a.pdf"]


async def test_a_lost_file_that_is_there_ends_it_all(board: Board) -> None:
    message = await board.send(a_pdf=AWAY)
    fails(board.wall, "post_file", LOST)
    async with board.at_work():
        await board.settle(but="refetch")
        board.shelf.refused.clear()
        board.shelf.files[board.url(message)] = PDF
        await board.settle()
    assert len(board.wall.stands) == 2
    assert board.wall.stands[0].buttons == ()
    assert board.lies() == []


async def test_an_upload_that_is_lost_again_and_again_rests_longer_and_is_given_up(
    board: Board,
) -> None:
    """So long a call holds up the whole group."""
    board.wall.takes = False
    fails(board.wall, "post_file", *[LOST] * 1000)
    await board.send(a_pdf=PDF)
    line, told = await board.post_all()
    assert "Telegram did not answer in time" in line
    assert told == "Still not brought here: Telegram did not answer in time."
    tries = [method for method, _ in board.wall.calls if method == "post_file"]
    assert len(tries) < 60


async def test_a_file_refused_under_its_line_leaves_nothing_on_the_disk(board: Board) -> None:
    message = await board.send(a_pdf=AWAY)
    fails(board.wall, "post_file", NO)
    async with board.at_work():
        await board.settle(but="refetch")
        board.shelf.refused.clear()
        board.shelf.files[board.url(message)] = PDF
        await board.settle()
    assert board.wall.seen()[1].startswith("Still not brought here: Telegram refused it")
    assert board.lies() == []


# The button


LINE_POST = PostId(900)
PAYLOAD = {
    **{"message": 11, "index": 0, "sender": "CUSTOMER", "nature": "new", "at": NOW_MS},
    **{"name": "a.pdf", "url": "https://files.example/1", "size": 5},
}


def line(kind: str = "line") -> Effect:
    return effect(f"file/{CHAT}/11/0", kind=kind, payload=PAYLOAD)


def pressed(line: Effect | None, again: Effect | None) -> tuple[list[Change], str]:
    changes, said = missing.pressed(line, again, LINE_POST, NOW_MS, ENGLISH)
    return list(changes), said


@pytest.mark.parametrize("found", [None, line("file"), line("show")])
def test_a_button_that_belongs_to_no_line_is_out_of_date(found: Effect | None) -> None:
    assert pressed(found, None) == ([], "This button is out of date.")


def test_the_first_press_begins_to_fetch() -> None:
    [change], said = pressed(line(), None)
    assert isinstance(change, Enqueue)
    assert (change.effect.key, change.effect.kind) == (REFETCH, "refetch")
    assert change.effect.lane == REFETCH
    assert change.effect.payload["line"] == LINE_POST
    assert said == "Fetching…"


@pytest.mark.parametrize("state", [State.NEW, State.SENDING, State.UNKNOWN])
def test_a_press_while_it_is_tried_hurries_it(state: State) -> None:
    again = effect(REFETCH, lane=REFETCH, state=state)
    assert pressed(line(), again) == ([Hurry(REFETCH, NOW_MS)], "Fetching…")


def test_a_press_after_it_was_given_up_tries_again() -> None:
    again = effect(REFETCH, state=State.FAILED)
    assert pressed(line(), again) == ([Again(REFETCH, NOW_MS)], "Fetching…")


def test_a_press_when_it_is_there_takes_the_button_away() -> None:
    [change], said = pressed(line(), effect(REFETCH, state=State.SENT))
    assert isinstance(change, Enqueue)
    assert change.effect.key == "buttons/900"
    assert said == "It is there."


async def test_given_up_and_wanted_again_it_is_told_again(board: Board) -> None:
    await board.send(a_pdf=GONE)
    async with board.at_work():
        await board.settle()
        row = await board.row("file", 11)
        await board.bench.ledger.commit(missing.refetch(row, PostId(board.wall.stands[0].id)))
        await board.settle()
        board.bench.now_ms += 1_000
        await board.bench.ledger.commit(Again(REFETCH, board.bench.now_ms))
        await until(lambda: len(board.wall.stands) == 3)
    assert [text.partition(":")[0] for text in board.wall.seen()[1:]] == [
        "Still not brought here"
    ] * 2
