"""What staff write is for the buyer, a note, or refused with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from bot.relay.changes import AddReply, Again, Change, Confirm, Enqueue, Reword, Withdraw
from bot.relay.model import (
    Effect,
    NewEffect,
    PostId,
    Queue,
    Reply,
    Role,
    State,
    Topic,
    TopicState,
)
from bot.relay.notices import from_json
from bot.relay.posts import Post
from bot.relay.staff_to_market.accept import accept, buttons, edited, pressed
from tests.relay.samples import CHAT, ENGLISH, NOW_MS, POST, THREAD, effect, reply, written

TOPIC = Topic(CHAT, "Иван", THREAD, TopicState.OPEN)
NOTICE_POST = PostId(900)
CERTAIN = {"state": State.FAILED, "reason": "market_refused"}


def accepted(text: str, role: Role = Role.OPERATOR, **changed: Any) -> Sequence[Change]:
    return accept(written(text, **changed), TOPIC, role, ENGLISH)


def for_the_buyer(changes: Sequence[Change]) -> list[str]:
    return [change.reply.text for change in changes if isinstance(change, AddReply)]


def rows(changes: Sequence[Change], queue: Queue) -> list[NewEffect]:
    enqueued = [change.effect for change in changes if isinstance(change, Enqueue)]
    return [effect for effect in enqueued if effect.queue is queue]


def said(changes: Sequence[Change]) -> Post:
    [row] = rows(changes, Queue.GROUP)
    return from_json(row.payload)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADMIN])
def test_a_text_becomes_one_row_for_the_buyer(role: Role) -> None:
    changes = accepted("  Уже едет\n", role)
    assert for_the_buyer(changes) == ["Уже едет"]
    [row] = rows(changes, Queue.MARKET)
    assert (row.key, row.lane, row.chat_id) == ("say/501/0", f"chat/{CHAT}", CHAT)
    assert rows(changes, Queue.GROUP) == []


@pytest.mark.parametrize("text", ["//", "// заметка", "  //заметка", "\n//x", "//// x"])
@pytest.mark.parametrize("role", list(Role))
def test_a_note_stays_inside_whoever_wrote_it(text: str, role: Role) -> None:
    assert accepted(text, role) == []
    assert accepted(text, role, content="photo", is_anonymous=True) == []


@pytest.mark.parametrize(
    ("text", "changed", "reason"),
    [
        ("да", {"is_anonymous": True}, "written anonymously"),
        ("подпись", {"content": "photo"}, "only text can be sent so far"),
        ("", {"content": "sticker"}, "only text can be sent so far"),
        ("/chta 5", {}, "must not begin with a slash"),
        ("\x00 \n", {}, "there is no text in it"),
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


def test_a_text_over_the_markets_limit_goes_in_several_rows_in_order() -> None:
    text = "слово " * 2000
    changes = accepted(text)
    texts = for_the_buyer(changes)
    assert "".join(texts) == text.strip()
    assert all(len(piece) <= 4096 for piece in texts)
    keys = [row.key for row in rows(changes, Queue.MARKET)]
    assert keys == [f"say/501/{part}" for part in range(len(texts))]
    assert len({row.lane for row in rows(changes, Queue.MARKET)}) == 1


WAITING = [(reply("завтро"), effect(state=State.NEW))]


def says(effect: NewEffect) -> Post:
    return from_json(effect.payload)


def test_an_edit_goes_to_the_buyer_or_its_author_hears_that_it_is_late() -> None:
    """Which of the two is decided where the row's state can't change meanwhile."""
    [change] = edited(written(" завтра "), WAITING, ENGLISH)
    assert isinstance(change, Reword)
    assert (change.effect_key, change.text) == ("say/501/0", "завтра")
    late = says(change.late)
    assert "does not reach the buyer" in late.text
    assert (late.thread_id, late.reply_to) == (THREAD, POST)


def test_an_edit_that_leaves_the_words_or_was_never_for_the_buyer_is_nobodys_business() -> None:
    assert edited(written(" завтро"), WAITING, ENGLISH) == []
    assert edited(written("// заметка"), [], ENGLISH) == []


@pytest.mark.parametrize("text", ["// заметка", "//", "/history", "/chat 5 привет", "  // x", ""])
def test_an_edit_into_what_is_not_for_the_buyer_withdraws_it(text: str) -> None:
    [change] = edited(written(text), WAITING, ENGLISH)
    assert isinstance(change, Withdraw)
    assert change.effect_key == "say/501/0"
    assert "Withdrawn" in says(change.done).text
    assert "does not reach the buyer" in says(change.late).text


@pytest.mark.parametrize("text", ["раз три", "// заметка", "слово " * 1500])
def test_a_text_of_several_parts_is_not_reworded_in_one_of_them(text: str) -> None:
    parts = [
        (reply("раз ", "say/501/0"), effect("say/501/0", state=State.NEW)),
        (reply("два", "say/501/1"), effect("say/501/1", state=State.NEW)),
    ]
    assert edited(written("раз два"), parts, ENGLISH) == []
    assert "does not reach the buyer" in said(edited(written(text), parts, ENGLISH)).text


def test_an_edit_that_grows_over_the_markets_limit_is_not_cut() -> None:
    changes = edited(written("слово " * 1500), WAITING, ENGLISH)
    assert "does not reach the buyer" in said(changes).text


def of(row: Effect) -> list[tuple[Reply, Effect]]:
    """The only part of its message."""
    return [(reply("завтра"), row)]


def test_send_again_does_the_row_once_more() -> None:
    failed = effect(**CERTAIN)
    changes, word = pressed("again", "say/501/0", NOTICE_POST, of(failed), NOW_MS, ENGLISH)
    assert Again("say/501/0", NOW_MS) in changes
    assert rows(changes, Queue.GROUP)[0].key == "buttons/900"
    assert word == "Sending again…"


def test_it_is_there_settles_the_row_and_marks_the_message() -> None:
    unsure = effect(state=State.FAILED, reason="unsure")
    changes, word = pressed("there", "say/501/0", NOTICE_POST, of(unsure), NOW_MS, ENGLISH)
    assert Confirm("say/501/0") in changes
    assert rows(changes, Queue.MARKS)[0].payload == {"post": 501, "emoji": "👍"}
    assert word == "Noted as delivered."


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (State.SENT, "It has been delivered."),
        (State.NEW, "It is on its way."),
        (State.SENDING, "It is on its way."),
        (State.UNKNOWN, "It is on its way."),
    ],
)
@pytest.mark.parametrize("action", ["again", "there"])
def test_a_button_pressed_twice_does_it_once(state: State, word: str, action: str) -> None:
    row = effect(state=state)
    changes, answered = pressed(action, "say/501/0", NOTICE_POST, of(row), NOW_MS, ENGLISH)
    assert answered == word
    assert not [change for change in changes if isinstance(change, Again | Confirm)]


def test_it_is_there_marks_the_message_only_with_its_last_part() -> None:
    unsure = effect(state=State.FAILED, reason="unsure")
    parts = [
        (reply("раз"), unsure),
        (reply("два", "say/501/1"), effect("say/501/1", state=State.NEW)),
    ]
    changes, _ = pressed("there", "say/501/0", NOTICE_POST, parts, NOW_MS, ENGLISH)
    assert Confirm("say/501/0") in changes
    assert rows(changes, Queue.MARKS) == []


def test_a_button_that_belongs_to_nothing_is_out_of_date() -> None:
    changes, word = pressed("again", "say/7/0", NOTICE_POST, [], NOW_MS, ENGLISH)
    assert (changes, word) == ([], "This button is out of date.")


@pytest.mark.parametrize("action", ["", "foo", "there "])
def test_an_action_that_no_button_has_changes_nothing(action: str) -> None:
    failed = effect(**CERTAIN)
    changes, _ = pressed(action, "say/501/0", NOTICE_POST, of(failed), NOW_MS, ENGLISH)
    assert not [change for change in changes if isinstance(change, Again | Confirm)]


def test_only_an_unsure_failure_offers_that_it_is_there() -> None:
    sure = buttons("say/501/0", is_unsure=False, words=ENGLISH)
    unsure = buttons("say/501/0", is_unsure=True, words=ENGLISH)
    assert [button.action for button in sure] == ["again say/501/0"]
    assert [button.action for button in unsure] == ["again say/501/0", "there say/501/0"]


def test_the_actions_of_the_highest_ids_fit_into_a_button() -> None:
    for button in buttons(f"say/{2**63 - 1}/99", is_unsure=True, words=ENGLISH):
        assert len(button.action.encode()) <= 64
