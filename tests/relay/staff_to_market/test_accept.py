"""What staff write is for the buyer, a note, or refused with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot.relay.changes import AddReply, Change, Remember, WithdrawAlbum
from bot.relay.model import Queue, Role, Topic, TopicState
from bot.relay.reply import StaffFile
from bot.relay.staff_to_market.accept import accept
from tests.relay.samples import CHAT, ENGLISH, POST, THREAD, written
from tests.relay.staff_to_market.deciding import (
    DOCUMENT,
    MB,
    PHOTO,
    for_the_buyer,
    rows,
    said,
)

TOPIC = Topic(CHAT, "Иван", THREAD, TopicState.OPEN)
VIDEO = StaffFile("handle 3", "unique 3", "video", "video.mp4", 6 * MB)


def accepted(
    text: str, role: Role = Role.OPERATOR, quoted: str = "", **changed: Any
) -> Sequence[Change]:
    return accept(written(text, **changed), TOPIC, role, ENGLISH, quoted=quoted)


@pytest.mark.parametrize(
    ("text", "changed", "reason"),
    [
        ("да", {"is_anonymous": True}, "written anonymously or in the name of a channel"),
        ("да", {"is_anonymous": True, "file": PHOTO}, "written anonymously"),
        ("/chta 5", {}, "must not begin with a slash"),
        ("\u200b/chta 5", {}, "must not begin with a slash"),
        ("/скидка", {"content": "photo", "file": PHOTO}, "must not begin with a slash"),
        ("\x00 \n", {}, "there is no text in it"),
        ("\u2800\u200d", {}, "there is no text in it"),
        ("", {"content": "poll"}, "a poll can't be sent to a buyer"),
        ("", {"content": "dice"}, "a dice can't be sent to a buyer"),
        ("", {"content": "game"}, "a game can't be sent to a buyer"),
        ("", {"content": "story"}, "a story can't be sent to a buyer"),
        ("", {"content": "checklist"}, "a checklist can't be sent to a buyer"),
        ("", {"content": "invoice"}, "an invoice can't be sent to a buyer"),
        ("подпись", {"content": "paid_media"}, "paid media can't be sent to a buyer"),
        ("", {"content": "giveaway"}, "a giveaway can't be sent to a buyer"),
        ("", {"content": "animated_sticker"}, "an animated sticker can't be sent to a buyer"),
        ("", {"content": "hologram"}, "a message of this kind (hologram) can't be sent"),
        ("", {"content": "photo"}, "a message of this kind (photo) can't be sent"),
        (
            "вот",
            {"content": "video", "file": VIDEO},
            "video.mp4 has 6 MB, and the Market takes files of at most 5 MB.",
        ),
        (
            "",
            {"content": "document", "file": replace(DOCUMENT, size=5 * MB + MB // 2)},
            "Счёт.pdf has 5.5 MB, and the Market takes files of at most 5 MB.",
        ),
        (
            "",
            {"content": "photo", "file": replace(PHOTO, size=21 * MB)},
            "photo.jpg has 21 MB. A bot can fetch pictures of at most 20 MB",
        ),
    ],
)
def test_what_cannot_be_sent_is_refused_with_the_reason(
    text: str, changed: dict[str, Any], reason: str
) -> None:
    changes = accepted(text, Role.ADMIN, **changed)
    assert for_the_buyer(changes) == []
    assert rows(changes, Queue.MARKET) == []
    post = said(changes)
    assert post.text.startswith("❌ Not sent to the buyer: ")
    assert reason in post.text
    assert (post.thread_id, post.reply_to) == (THREAD, POST)


def test_who_has_no_right_is_told_so_before_anything_else() -> None:
    for text in ("да", "/history", ""):
        assert "no right to answer buyers" in said(accepted(text, Role.OUTSIDER)).text
    with_file = accepted("", Role.OUTSIDER, content="video", file=VIDEO)
    assert "no right to answer buyers" in said(with_file).text


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADMIN])
def test_a_text_becomes_one_row_for_the_buyer(role: Role) -> None:
    changes = accepted("  Уже едет\n", role)
    assert for_the_buyer(changes) == ["Уже едет"]
    [row] = rows(changes, Queue.MARKET)
    assert (row.key, row.kind, row.lane) == ("say/501/0", "say", f"chat/{CHAT}")
    assert (row.chat_id, row.given_up) == (CHAT, "")
    assert rows(changes, Queue.GROUP) == []


@pytest.mark.parametrize("content", ["contact", "location", "venue"])
def test_what_can_be_written_out_goes_as_text(content: str) -> None:
    assert for_the_buyer(accepted("+7 916 123-45-67", content=content)) == ["+7 916 123-45-67"]


@pytest.mark.parametrize(
    "text", ["//", "// заметка", "  //заметка", "\n//x", "//// x", "\u200b// x", "\ufeff //"]
)
@pytest.mark.parametrize("role", list(Role))
def test_a_note_stays_inside_whoever_wrote_it(text: str, role: Role) -> None:
    assert accepted(text, role) == []
    assert accepted(text, role, content="photo", file=PHOTO, is_anonymous=True) == []
    assert accepted(text, role, content="poll") == []


@pytest.mark.parametrize(
    "file",
    [
        PHOTO,
        DOCUMENT,
        replace(DOCUMENT, size=5 * MB),
        replace(DOCUMENT, size=None),
        replace(PHOTO, size=5 * MB + 1),
        replace(PHOTO, size=20 * MB),
        replace(PHOTO, size=None),
    ],
)
def test_a_file_that_can_be_sent_or_made_to_fit_goes_out_as_it_is(file: StaffFile) -> None:
    changes = accepted("", content=file.kind, file=file)
    assert for_the_buyer(changes) == [file]
    [row] = rows(changes, Queue.MARKET)
    assert (row.key, row.kind, row.lane) == ("say/501/0", "hand", f"chat/{CHAT}")


def test_words_under_a_file_go_before_it_in_the_same_lane() -> None:
    changes = accepted("Вот счёт", content="document", file=DOCUMENT)
    assert for_the_buyer(changes) == ["Вот счёт", DOCUMENT]
    market = rows(changes, Queue.MARKET)
    assert [(row.key, row.kind) for row in market] == [("say/501/0", "say"), ("say/501/1", "hand")]
    assert len({row.lane for row in market}) == 1


def test_what_is_answered_is_quoted_before_the_words() -> None:
    quoted = "> Когда приедет?\n\n"
    assert for_the_buyer(accepted("Завтра", quoted=quoted)) == [f"{quoted}Завтра"]
    with_file = accepted("", quoted=quoted, content="photo", file=PHOTO)
    assert for_the_buyer(with_file) == [quoted, PHOTO]


def test_a_text_over_the_markets_limit_goes_in_numbered_rows_in_order() -> None:
    text = "слово " * 2000
    changes = accepted(text)
    texts = [content for content in for_the_buyer(changes) if isinstance(content, str)]
    assert [piece[:6] for piece in texts] == ["(1/3) ", "(2/3) ", "(3/3) "]
    assert "".join(piece[6:] for piece in texts) == text.strip()
    assert all(len(piece) <= 4096 for piece in texts)
    keys = [row.key for row in rows(changes, Queue.MARKET)]
    assert keys == [f"say/501/{part}" for part in range(len(texts))]
    assert len({row.lane for row in rows(changes, Queue.MARKET)}) == 1


# Albums


def test_a_note_under_one_file_of_an_album_is_meant_for_all_of_it() -> None:
    changes = accepted("// внутри", content="photo", file=PHOTO, album="13579")
    assert changes == [Remember("album/13579", "note"), WithdrawAlbum("13579")]


def test_a_file_of_an_album_and_its_words_know_their_album() -> None:
    changes = accepted("Вот", content="photo", file=PHOTO, album="13579")
    replies = [change.reply for change in changes if isinstance(change, AddReply)]
    assert [(reply.text, reply.album) for reply in replies] == [("Вот", "13579"), ("", "13579")]


@pytest.mark.parametrize(
    ("role", "changed", "reason"),
    [
        (Role.OPERATOR, {"content": "video", "file": VIDEO}, "file_too_big"),
        (Role.OPERATOR, {"file": replace(PHOTO, size=30 * MB)}, "picture_too_big"),
        (Role.OPERATOR, {"is_anonymous": True, "file": PHOTO}, "anonymous"),
        (Role.OUTSIDER, {"file": PHOTO}, "no_right_to_answer"),
    ],
)
def test_a_refused_file_of_an_album_counts_as_one_that_did_not_arrive(
    role: Role, changed: dict[str, Any], reason: str
) -> None:
    changes = accepted("", role, **{"content": "photo", "album": "13579", **changed})
    assert for_the_buyer(changes) == []
    [row] = rows(changes, Queue.MARKET)
    assert (row.key, row.given_up) == ("say/501/0", reason)
    [told] = rows(changes, Queue.DESK)
    assert (told.kind, told.payload) == ("album", {"album": "13579"})
    assert said(changes).reply_to == POST


def test_a_refused_message_of_no_album_leaves_nothing_but_the_word_about_it() -> None:
    changes = accepted("", content="video", file=VIDEO)
    assert len(changes) == 1
