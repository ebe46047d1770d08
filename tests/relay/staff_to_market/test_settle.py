"""What the history tells of a reply whose answer was lost."""

from __future__ import annotations

from typing import Any

import pytest

from bot.relay.changes import Enqueue
from bot.relay.model import Effect, State
from bot.relay.reply import Reply
from bot.relay.staff_to_market.settle import (
    LOOKS,
    ROUNDS,
    Fate,
    delivered,
    fate,
    look_due_ms,
)
from tests.relay.samples import effect, reply

LAST = LOOKS - 1


@pytest.mark.parametrize(
    ("is_matched", "partner_words", "looks", "rounds", "expected"),
    [
        (True, 0, 0, 0, Fate.THERE),
        (True, 3, LAST, ROUNDS, Fate.THERE),
        (False, 0, 0, 0, Fate.LOOK_AGAIN),
        (False, 0, 1, 0, Fate.LOOK_AGAIN),
        (False, 2, 0, 0, Fate.LOOK_AGAIN),
        (False, 0, 0, ROUNDS, Fate.LOOK_AGAIN),
        (False, 0, LAST, 0, Fate.NOT_THERE),
        (False, 0, LAST, ROUNDS - 2, Fate.NOT_THERE),
        (False, 0, LAST, ROUNDS - 1, Fate.ASK),
        (False, 1, LAST, 0, Fate.ASK),
        (False, 0, LAST + 5, 0, Fate.NOT_THERE),
    ],
)
def test_a_repeat_goes_only_after_the_last_look_finds_nothing_of_the_shops(
    is_matched: bool, partner_words: int, looks: int, rounds: int, expected: Fate
) -> None:
    assert fate(is_matched, partner_words, looks, rounds) is expected


def test_the_looks_are_at_once_at_half_and_at_the_end_of_the_time() -> None:
    assert [look_due_ms(1000, look, 60_000) for look in range(LOOKS)] == [1000, 31_000, 61_000]


# The mark on the message

SENT, WITHDRAWN = {"state": State.SENT}, {"state": State.FAILED, "reason": "withdrawn"}
WAITS, FAILED = {"state": State.NEW}, {"state": State.FAILED, "reason": "market_refused"}
Part = tuple[Reply, Effect]


def part(number: int, row: dict[str, Any], edition: int = 0) -> Part:
    key = f"say/501/{number}"
    return reply("", key, part=number, edition=edition), effect(key, **row)


def marks(number: int, *parts: Part) -> list[str]:
    """What is put on the message when this part is delivered."""
    changes = delivered(f"say/501/{number}", parts)
    return [change.effect.payload["emoji"] for change in changes if isinstance(change, Enqueue)]


@pytest.mark.parametrize("other", [WAITS, FAILED, {"state": State.UNKNOWN}])
def test_a_message_is_not_marked_while_a_part_of_it_is_missing(other: dict[str, Any]) -> None:
    assert marks(0, part(0, WAITS), part(1, other)) == []


def test_the_last_part_that_arrives_marks_the_message() -> None:
    assert marks(0, part(0, WAITS)) == ["👍"]
    assert marks(1, part(0, SENT), part(1, WAITS)) == ["👍"]
    assert marks(0, part(0, FAILED), part(1, SENT)) == ["👍"]


def test_a_correction_has_a_mark_of_its_own() -> None:
    assert marks(1, part(0, SENT), part(1, WAITS, edition=1)) == ["👌"]
    assert marks(1, part(0, SENT), part(1, WAITS, edition=1), part(2, WAITS, edition=1)) == []


def test_an_edit_before_the_send_is_no_correction() -> None:
    assert marks(1, part(0, WITHDRAWN), part(1, WAITS, edition=1)) == ["👍"]


def test_what_belongs_to_no_message_marks_nothing() -> None:
    assert marks(7, part(0, SENT)) == []
