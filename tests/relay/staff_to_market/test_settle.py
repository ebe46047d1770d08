"""What the history tells of a reply whose answer was lost."""

from __future__ import annotations

import pytest

from bot.relay.staff_to_market.settle import LOOKS, ROUNDS, Fate, fate, look_due_ms

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
