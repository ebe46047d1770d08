"""What waits for long is told apart from a backlog that flows."""

from __future__ import annotations

import pytest

from bot.relay.alarms.late import fails, held_up, stage_of
from bot.relay.finder import ALONE
from bot.relay.model import Effect, EffectId, Queue, State
from tests.relay.samples import CHAT, NOW_MS

MINUTE_MS = 60_000


def head(number: int, waited_min: float = 5, reason: str = "", state: State = State.NEW) -> Effect:
    created = NOW_MS - int(waited_min * MINUTE_MS)
    lane = f"topic/{number}"
    where = (EffectId(number), f"post/{number}", Queue.GROUP, lane, "post", {}, 1, CHAT)
    return Effect(*where, state, created, NOW_MS, reason=reason)


@pytest.mark.parametrize(
    ("minutes", "stage"), [(0, 0), (1.9, 0), (2, 2), (14.9, 2), (15, 15), (600, 15)]
)
def test_it_is_late_after_2_and_after_15_minutes(minutes: float, stage: int) -> None:
    assert stage_of(int(minutes * MINUTE_MS)) == stage * MINUTE_MS


@pytest.mark.parametrize(
    ("last_post_min", "again", "late"),
    [
        (0.1, set(), []),  # a backlog that flows
        (1.9, set(), []),
        (2, set(), [1, 2]),  # nothing gets through
        (999, set(), [1, 2]),
        (0.1, {2, 3}, [2]),  # one chat fails while others flow; 3 is not late yet
    ],
)
def test_posts_are_held_up_where_nothing_goes_or_they_fail_again(
    last_post_min: float, again: set[EffectId], late: list[int]
) -> None:
    heads = [head(1, 2), head(2, 20), head(3, 1)]
    last_post_ms = NOW_MS - int(last_post_min * MINUTE_MS)
    assert [one.id for one in held_up(heads, again, last_post_ms, NOW_MS)] == late


@pytest.mark.parametrize(
    ("effect", "is_failing"),
    [
        (head(1), False),
        (head(1, reason="telegram_throttled"), False),
        (head(1, reason=ALONE), False),
        (head(1, reason="telegram_lacks_right"), True),
        (head(1, state=State.UNKNOWN), True),
    ],
)
def test_who_waits_for_its_turn_does_not_fail(effect: Effect, is_failing: bool) -> None:
    assert fails(effect) is is_failing
