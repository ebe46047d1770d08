"""What a staff message holds for the buyer, in which order and under which keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.relay.changes import AddReply, Enqueue
from bot.relay.model import PostId, UserId
from bot.relay.staff_to_market.message import (
    contents,
    key_of,
    parts_of,
    post_of,
    written,
)
from bot.relay.text import REPLY_CHARACTERS, is_blank
from tests.relay import samples
from tests.relay.samples import CHAT, NOW_MS, POST, THREAD
from tests.relay.staff_to_market.deciding import DOCUMENT, PHOTO
from tests.relay.writing import TEXTS

INVISIBLE = ["", " ", "\n", "\u200b", "\ufeff", "\u200d\u2060", "\u2800", "\u00ad", "\u202e"]


@pytest.mark.parametrize("before", INVISIBLE)
def test_nothing_unseen_hides_that_it_is_a_note(before: str) -> None:
    assert samples.written(f"{before}// между нами").is_note
    assert samples.written(f"{before}// между нами").words == "// между нами"


@pytest.mark.parametrize("text", ["http://a.ru", "а // б", "/", "/ /", "\\\\", "⁄⁄ x", ""])
def test_what_does_not_begin_with_two_slashes_is_no_note(text: str) -> None:
    assert not samples.written(text).is_note


def test_unseen_signs_before_words_stay_as_they_were_written() -> None:
    assert samples.written(" \u200bда ").words == "\u200bда"


def test_what_telegram_cannot_carry_is_left_out() -> None:
    assert samples.written("да\x00\r\nнет\x07").words == "да\nнет"


def test_the_text_goes_before_the_file() -> None:
    assert contents("вот", PHOTO) == ["вот", PHOTO]


@pytest.mark.parametrize("text", ["", " \n", "\u2800"])
def test_a_file_without_visible_words_goes_alone(text: str) -> None:
    assert contents(text, PHOTO) == [PHOTO]
    assert contents(text) == []


def test_a_text_of_the_limit_is_one_part_and_one_more_makes_two_with_numbers() -> None:
    assert contents("a" * REPLY_CHARACTERS) == ["a" * REPLY_CHARACTERS]
    one, two, file = contents("a" * (REPLY_CHARACTERS + 1), DOCUMENT)
    assert isinstance(one, str)
    assert isinstance(two, str)
    assert (one[:6], two[:6]) == ("(1/2) ", "(2/2) ")
    assert file == DOCUMENT


@given(TEXTS, st.booleans())
def test_every_part_can_be_sent_and_nothing_is_lost(text: str, has_file: bool) -> None:
    said = contents(text * 200, PHOTO if has_file else None)
    texts = [one for one in said if isinstance(one, str)]
    assert said == [*texts, *([PHOTO] if has_file else [])]
    assert all(0 < len(one) <= REPLY_CHARACTERS for one in texts)
    if len(texts) > 1:
        assert "".join(one.partition(") ")[2] for one in texts) == text * 200
    else:
        assert texts == ([] if is_blank(text * 200) else [text * 200])


def test_parts_are_numbered_on_and_know_their_edition_and_album() -> None:
    message = samples.written("", album="13579")
    parts = parts_of(message, CHAT, ["вот", PHOTO], first=4, edition=2)
    assert [(effect.key, effect.kind) for effect, _ in parts] == [
        ("say/501/4", "say"),
        ("say/501/5", "hand"),
    ]
    (_, text), (_, file) = parts
    assert (text.text, text.file, text.album, text.part, text.edition) == (
        "вот",
        None,
        "13579",
        4,
        2,
    )
    assert (file.text, file.file, file.album, file.part) == ("", PHOTO, "13579", 5)
    assert (file.post_id, file.thread_id, file.chat_id) == (POST, THREAD, CHAT)
    assert (file.author, file.at_ms) == (UserId(502), NOW_MS)


def test_every_row_is_written_down_with_its_reply() -> None:
    changes = written(parts_of(samples.written(""), CHAT, ["вот", PHOTO], given_up="anonymous"))
    assert [type(change) for change in changes] == [Enqueue, AddReply, Enqueue, AddReply]
    rows = [change.effect for change in changes if isinstance(change, Enqueue)]
    assert [row.given_up for row in rows] == ["anonymous"] * 2


@given(st.integers(1, 10**18 - 1), st.integers(0, 9999))
def test_a_key_leads_back_to_its_message(post: int, part: int) -> None:
    assert post_of(key_of(PostId(post), part)) == post


@pytest.mark.parametrize(
    "key", ["", "say/1", "say/x/0", "say/1/0/0", "file/1/2/0", "say/1/0\n", f"say/{10**18}/0"]
)
def test_another_key_leads_to_no_message(key: str) -> None:
    assert post_of(key) is None
