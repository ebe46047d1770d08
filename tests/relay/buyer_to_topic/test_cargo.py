"""Which rows a buyer's files become, and in which order they stand in the topic."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.relay.buyer_to_topic.cargo import Cargo, cargo_of
from bot.relay.buyer_to_topic.post import posts_of
from bot.relay.changes import Enqueue
from bot.relay.model import Attachment, Nature, NewEffect, Queue, Sender, Sifted
from tests.relay.samples import CHAT, NOW_MS, incoming, sifted


def with_files(*names: str, text: str = "", nature: Nature = Nature.NEW) -> Sifted:
    files = tuple(
        Attachment(name, f"https://files.example/{number}", 10 + number)
        for number, name in enumerate(names)
    )
    return sifted(replace(incoming(11, text), attachments=files), nature)


def rows(message: Sifted) -> list[NewEffect]:
    changes = cargo_of(CHAT, message)
    return [change.effect for change in changes if isinstance(change, Enqueue)]


def order(*names: str) -> list[str]:
    """Such as `show 0`: what is done with which file."""
    return [f"{row.kind} {row.payload['index']}" for row in rows(with_files(*names))]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a.pdf"], ["file 0"]),
        (["a.jpg"], ["show 0", "file 0"]),
        (["a.jpg", "b.png"], ["show 0", "show 1", "file 0", "file 1"]),
        (["a.pdf", "b.jpg"], ["file 0", "show 1", "file 1"]),
        (
            ["a.jpg", "b.pdf", "c.jpg", "d.jpg"],
            ["show 0", "file 0", "file 1", "show 2", "show 3", "file 2", "file 3"],
        ),
        ([], []),
    ],
)
def test_pictures_that_follow_each_other_are_shown_before_their_files(
    names: list[str], expected: list[str]
) -> None:
    assert order(*names) == expected


MAY_BE_PICTURES = "a.jpg A.JPG a.jpeg a.jpe a.jfif a.png a.webp photo .jpg a.b.PNG x.screenshot"


@pytest.mark.parametrize("name", ["", "Скриншот от 5 мая", *MAY_BE_PICTURES.split()])
def test_whatever_may_be_a_picture_by_its_name_is_looked_at(name: str) -> None:
    assert order(name) == ["show 0", "file 0"]


@pytest.mark.parametrize(
    "name", ["a.pdf", "a.gif", "a.heic", "a.svg", "a.jpg.exe", "Скан 12.05", "a.mp4", "a.docx"]
)
def test_what_is_no_picture_by_its_name_is_kept_alone(name: str) -> None:
    assert order(name) == ["file 0"]


def test_rows_name_their_message_and_file_and_stay_in_the_lane_of_the_topic() -> None:
    first, second = rows(with_files("a.jpg"))
    assert (first.key, second.key) == (f"show/{CHAT}/11/0", f"file/{CHAT}/11/0")
    assert first.lane == second.lane
    assert (first.queue, first.chat_id) == (Queue.GROUP, CHAT)


def test_what_a_row_carries_comes_back_as_it_was() -> None:
    cargo = Cargo(
        CHAT,
        incoming(11).id,
        3,
        Sender.PARTNER,
        Nature.COLLEAGUE,
        NOW_MS,
        Attachment("a\ud83d.jpg", "https://files.example/?a=1&b=2", 2**40),
    )
    assert Cargo.from_json(CHAT, cargo.to_json()) == cargo


@pytest.mark.parametrize("text", ["", " \n", "\u200b"])
def test_a_message_of_files_alone_has_no_row_for_words(text: str) -> None:
    changes = posts_of(CHAT, [with_files("a.pdf", text=text)], is_first=False)
    kinds = [change.effect.kind for change in changes if isinstance(change, Enqueue)]
    assert kinds == ["file"]


def test_words_go_before_the_files_of_their_message_and_behind_those_before() -> None:
    messages = [with_files("a.pdf", text="раз"), sifted(incoming(12, "два"))]
    changes = posts_of(CHAT, messages, is_first=False)
    keys = [change.effect.key for change in changes if isinstance(change, Enqueue)]
    assert keys == [f"post/{CHAT}/11/0", f"file/{CHAT}/11/0", f"post/{CHAT}/12/0"]


@pytest.mark.parametrize("nature", [Nature.ECHO, Nature.OLD])
def test_files_that_are_not_due_have_no_rows(nature: Nature) -> None:
    assert posts_of(CHAT, [with_files("a.jpg", nature=nature)], is_first=False) == []


def test_files_of_a_colleague_come_with_who_sent_them() -> None:
    [row] = rows(with_files("a.pdf", nature=Nature.COLLEAGUE))
    assert row.payload["nature"] == "colleague"
