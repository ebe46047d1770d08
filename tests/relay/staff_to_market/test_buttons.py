"""Buttons under notices about replies: each does what it says, once."""

from __future__ import annotations

import pytest

from bot.relay.changes import Again, Confirm
from bot.relay.model import Effect, Queue, State
from bot.relay.reply import Reply
from bot.relay.staff_to_market.buttons import buttons, pressed
from tests.relay.samples import ENGLISH, NOW_MS, effect, reply
from tests.relay.staff_to_market.deciding import CERTAIN, NOTICE_POST, rows


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


def test_a_message_that_was_taken_back_does_not_go_out_by_an_old_button() -> None:
    """Its author made it a note, or put another in its place, after it had failed."""
    withdrawn = effect(state=State.FAILED, reason="withdrawn")
    for action in ("again", "there"):
        changes, word = pressed(action, "say/501/0", NOTICE_POST, of(withdrawn), NOW_MS, ENGLISH)
        assert not [change for change in changes if isinstance(change, Again | Confirm)]
        assert rows(changes, Queue.GROUP)[0].key == "buttons/900"
        assert word == "This button is out of date."
