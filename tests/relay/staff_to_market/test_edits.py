"""Edits of staff messages: which changes they ask for, and what the correction button sends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot.relay.changes import AddReply, Change, Remember, Rewrite, Want, Withdraw, WithdrawAlbum
from bot.relay.model import Effect, Queue, State
from bot.relay.reply import Content, Reply, StaffFile
from bot.relay.staff_to_market.edits import Parts, edited, pressed
from bot.relay.staff_to_market.message import contents
from tests.relay.samples import ENGLISH, POST, THREAD, effect, reply, written
from tests.relay.staff_to_market.deciding import (
    DOCUMENT,
    NOTICE_POST,
    PHOTO,
    for_the_buyer,
    rows,
    says,
)

OTHER = replace(PHOTO, file_id="handle 4", unique_id="unique 4")
WITHDRAWN = {"state": State.FAILED, "reason": "withdrawn"}
SENT = {"state": State.SENT}
NEW = {"state": State.NEW}


def part(
    number: int, content: Content, row: dict[str, Any] = SENT, **changed: Any
) -> tuple[Reply, Effect]:
    key = f"say/501/{number}"
    file = content if isinstance(content, StaffFile) else None
    text = content if isinstance(content, str) else ""
    return reply(text, key, part=number, file=file, **changed), effect(key, **row)


def message(*contents: Content, **row: Any) -> list[tuple[Reply, Effect]]:
    return [part(number, content, row or NEW) for number, content in enumerate(contents)]


def edit(parts: Parts, text: str, **changed: Any) -> Sequence[Change]:
    quoted = changed.pop("quoted", "")
    return edited(written(text, **changed), parts, ENGLISH, quoted=quoted)


def rewrite(changes: Sequence[Change]) -> Rewrite:
    [change] = [change for change in changes if isinstance(change, Rewrite)]
    return change


def becomes(changes: Sequence[Change]) -> list[Content]:
    return [reply.content for reply in rewrite(changes).replies]


def correction(parts: Parts) -> list[Content]:
    changes, _ = pressed(parts, NOTICE_POST, ENGLISH)
    return for_the_buyer(changes)


# What is nobody's business


def test_an_edit_that_leaves_all_as_it_was_is_nobodys_business() -> None:
    assert edit(message("завтро"), " завтро") == []
    assert edit(message("вот", PHOTO), "вот", file=PHOTO) == []


def test_an_edit_of_what_was_never_for_the_buyer_is_nobodys_business() -> None:
    assert edit([], "// заметка") == []
    assert edit([], "теперь ответ") == []


def test_another_handle_of_the_same_file_is_no_edit() -> None:
    again = replace(PHOTO, file_id="another handle", name="other.jpg")
    assert edit(message("вот", PHOTO), "вот", file=again) == []


def test_an_edit_of_a_quoting_answer_keeps_its_quote() -> None:
    quoted = "> Когда?\n\n"
    parts = message(f"{quoted}Завтра")
    assert edit(parts, "Завтра", quoted=quoted) == []
    assert becomes(edit(parts, "Сегодня", quoted=quoted)) == [f"{quoted}Сегодня"]
    assert becomes(edit(message("Завтра"), "Сегодня", quoted=quoted)) == ["Сегодня"]


def test_an_edit_of_a_quoting_answer_of_several_parts_keeps_its_quote() -> None:
    quoted, text = "> Когда?\n\n", "слово " * 1500
    parts = message(*contents(quoted + text.strip()))
    assert len(parts) > 1
    assert edit(parts, text, quoted=quoted) == []
    first, *_ = becomes(edit(parts, f"ещё {text}", quoted=quoted))
    assert isinstance(first, str)
    assert first.startswith(f"(1/{len(parts)}) {quoted}ещё")


# What goes to the buyer in place of the old


def test_an_edit_is_a_new_edition_behind_the_parts_there_are() -> None:
    change = rewrite(edit(message("завтро", PHOTO), " завтра ", file=PHOTO))
    assert change.keys == ("say/501/0", "say/501/1")
    assert [reply.content for reply in change.replies] == ["завтра", PHOTO]
    assert [(reply.part, reply.edition) for reply in change.replies] == [(2, 1), (3, 1)]
    assert [row.key for row in change.effects] == ["say/501/2", "say/501/3"]
    assert [row.kind for row in change.effects] == ["say", "hand"]


@pytest.mark.parametrize(
    ("before", "text", "file", "after"),
    [
        (["один"], "слово " * 1500, None, 3),
        (["(1/2) а", "(2/2) б"], "короче", None, 1),
        (["вот", PHOTO], "", PHOTO, 1),
        ([PHOTO], "вот", PHOTO, 2),
        ([PHOTO], "", OTHER, 1),
        (["вот", PHOTO], "вот", DOCUMENT, 2),
        (["вот"], "вот", DOCUMENT, 2),
    ],
)
def test_an_edit_may_change_the_shape_of_a_message(
    before: list[Content], text: str, file: StaffFile | None, after: int
) -> None:
    contents = becomes(edit(message(*before), text, file=file))
    assert len(contents) == after
    assert contents[-1] == file or isinstance(contents[-1], str)


def test_who_edits_too_late_is_told_on_the_message_and_offered_the_correction() -> None:
    late = says(rewrite(edit(message("завтро"), "завтра")).late)
    assert "does not reach the buyer" in late.text
    assert (late.thread_id, late.reply_to) == (THREAD, POST)
    assert [button.action for button in late.buttons] == ["fix 501"]


def test_who_edits_too_late_is_told_once_an_edition() -> None:
    first = rewrite(edit(message("раз", **SENT), "два")).late
    second = rewrite(edit(message("раз", **SENT), "три")).late
    corrected = [*message("раз", **SENT), part(1, "три", SENT, edition=1)]
    third = rewrite(edit(corrected, "четыре")).late
    assert first.key == second.key != third.key


def test_a_late_edit_that_can_be_corrected_is_told_although_one_that_cannot_was() -> None:
    [withdrawal] = edit(message("раз", **SENT), "// раз")
    assert isinstance(withdrawal, Withdraw)
    assert says(withdrawal.late).buttons == ()
    assert rewrite(edit(message("раз", **SENT), "два")).late.key != withdrawal.late.key


def test_where_nothing_would_be_sent_no_correction_is_offered() -> None:
    """The words under a photo were taken away; what the buyer has can't be."""
    late = says(rewrite(edit(message("вот", PHOTO, **SENT), "", file=PHOTO)).late)
    assert "does not reach the buyer" in late.text
    assert late.buttons == ()


def test_of_several_editions_the_newest_text_and_the_newest_file_stand() -> None:
    parts = [
        part(0, "раз", SENT),
        part(1, PHOTO, SENT),
        part(2, "два", SENT, edition=1),
        part(3, "три", SENT, edition=2),
    ]
    assert edit(parts, "три", file=PHOTO) == []
    change = rewrite(edit(parts, "четыре", file=PHOTO))
    assert change.keys == ("say/501/3", "say/501/1")
    assert {(reply.part, reply.edition) for reply in change.replies} == {(4, 3), (5, 3)}


def test_parts_withdrawn_for_others_stand_no_more() -> None:
    parts = [
        part(0, "раз", WITHDRAWN),
        part(1, PHOTO, WITHDRAWN),
        part(2, PHOTO, NEW, edition=1),
    ]
    assert edit(parts, "", file=PHOTO) == []
    assert rewrite(edit(parts, "", file=OTHER)).keys == ("say/501/2",)


# What is taken back


@pytest.mark.parametrize("text", ["// заметка", "//", "/history", "/chat 5 привет", "  // x", ""])
def test_an_edit_into_what_is_not_for_the_buyer_withdraws_all_of_it(text: str) -> None:
    [change] = edit(message("завтро", "ещё"), text)
    assert isinstance(change, Withdraw)
    assert change.keys == ("say/501/0", "say/501/1")
    assert "Withdrawn" in says(change.done).text
    assert "does not reach the buyer" in says(change.late).text
    assert says(change.late).buttons == ()


@pytest.mark.parametrize("text", ["// заметка", "/history"])
def test_words_not_for_the_buyer_keep_the_file_over_them_inside(text: str) -> None:
    [change] = edit(message(PHOTO), text, file=PHOTO)
    assert isinstance(change, Withdraw)


def test_a_withdrawn_message_that_is_edited_back_goes_out() -> None:
    parts = message("завтра", PHOTO, **WITHDRAWN)
    assert becomes(edit(parts, "завтра", file=PHOTO)) == ["завтра", PHOTO]


def test_an_album_becomes_a_note_with_the_words_under_one_of_its_files() -> None:
    parts = [part(0, PHOTO, NEW, album="13579")]
    changes = edit(parts, "// внутри", file=PHOTO, album="13579")
    assert changes[1:] == [Remember("album/13579", "note"), WithdrawAlbum("13579")]


def test_a_command_under_one_file_of_an_album_takes_back_that_file_alone() -> None:
    parts = [part(0, PHOTO, NEW, album="13579")]
    [change] = edit(parts, "/скидка", file=PHOTO, album="13579")
    assert isinstance(change, Withdraw)


# The correction


def wanting(parts: list[tuple[Reply, Effect]], *wanted: Content) -> Parts:
    first, row = parts[0]
    return [(replace(first, wanted=wanted), row), *parts[1:]]


def test_the_button_sends_the_correction_once() -> None:
    parts = wanting(message("завтро", **SENT), "завтра")
    changes, word = pressed(parts, NOTICE_POST, ENGLISH)
    [added] = [change.reply for change in changes if isinstance(change, AddReply)]
    assert (added.text, added.part, added.edition, added.post_id) == ("завтра", 1, 1, POST)
    assert (added.thread_id, added.author) == (THREAD, parts[0][0].author)
    assert Want("say/501/0", ()) in changes
    assert [row.key for row in rows(changes, Queue.GROUP)] == ["buttons/900"]
    assert word == "Sending the correction…"

    changes, word = pressed(message("завтро", **SENT), NOTICE_POST, ENGLISH)
    assert for_the_buyer(changes) == []
    assert [row.key for row in rows(changes, Queue.GROUP)] == ["buttons/900"]
    assert word == "It is on its way."


@pytest.mark.parametrize(
    ("had", "wanted", "sent"),
    [
        (["завтро"], ["завтра"], ["завтра"]),
        (["завтро", PHOTO], ["завтра", PHOTO], ["завтра"]),
        (["вот", PHOTO], ["вот", OTHER], [OTHER]),
        ([PHOTO], ["вот", PHOTO], ["вот"]),
        (["(1/2) а", "(2/2) б"], ["(1/2) а", "(2/2) в"], ["(2/2) в"]),
    ],
)
def test_the_correction_holds_only_what_the_buyer_lacks(
    had: list[Content], wanted: list[Content], sent: list[Content]
) -> None:
    assert correction(wanting(message(*had, **SENT), *wanted)) == sent


def test_a_file_that_came_back_after_another_is_not_sent_twice() -> None:
    parts = [
        *wanting(message(PHOTO, **SENT), PHOTO, "вот"),
        part(1, OTHER, SENT, edition=1),
    ]
    assert correction(parts) == ["вот"]


def test_a_file_on_its_way_is_not_sent_twice() -> None:
    parts = wanting([part(0, "вот", SENT), part(1, PHOTO, NEW)], "вон", PHOTO)
    assert correction(parts) == ["вон"]


def test_a_text_that_came_back_after_another_is_sent_once_more() -> None:
    parts = [
        *wanting(message("десять", **SENT), "десять"),
        part(1, "двадцать", SENT, edition=1),
    ]
    assert correction(parts) == ["десять"]


def test_a_file_that_was_withdrawn_before_it_went_is_what_the_buyer_lacks() -> None:
    parts = [
        part(0, PHOTO, WITHDRAWN),
        part(1, "вот", SENT, edition=1),
        part(2, OTHER, SENT, edition=1, wanted=("вот", PHOTO)),
    ]
    assert correction(parts) == [PHOTO]


def test_what_is_edited_back_after_a_late_edit_is_wanted_no_more() -> None:
    parts = wanting(message("раз", **SENT), "два")
    assert edit(parts, "раз") == [Want("say/501/0", ())]


def test_what_is_edited_into_a_note_after_a_late_edit_is_wanted_no_more() -> None:
    parts = wanting(message("раз", **SENT), "два")
    assert Want("say/501/0", ()) in edit(parts, "// два")
