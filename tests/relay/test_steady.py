"""The relay's clock never steps back, and meets the wall clock again."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from bot.relay.steady import SteadyClock

SECOND_NS = 1_000_000_000
STEPS = st.lists(st.tuples(st.integers(0, 10**6), st.integers(-(10**7), 10**7)), max_size=30)


@dataclass
class Machine:
    """Its two clocks, in seconds; only the one on the wall can be set."""

    wall_s: int = 100
    passed_s: int = 0

    def __post_init__(self) -> None:
        self.clock = SteadyClock(lambda: self.wall_s * SECOND_NS, lambda: self.passed_s * SECOND_NS)

    def later(self, seconds: int, set_by: int = 0) -> int:
        """What the clock says after so many seconds, the wall clock then being set."""
        self.passed_s += seconds
        self.wall_s += seconds + set_by
        return self.clock()


@given(STEPS)
def test_no_time_is_before_an_earlier_one(steps: list[tuple[int, int]]) -> None:
    machine = Machine()
    told = [machine.clock(), *(machine.later(*step) for step in steps)]
    assert told == sorted(told)


def test_a_wall_clock_that_was_ahead_for_a_second_is_no_step_back() -> None:
    machine = Machine()
    ahead = machine.later(1, 3600)
    assert ahead == 3_701_000
    assert machine.later(1, -3600) >= ahead


def test_a_wall_clock_that_goes_ahead_is_followed_at_once() -> None:
    machine = Machine()
    assert machine.later(1, 3600) == 3_701_000
    assert machine.later(5) == 3_706_000


def test_where_the_wall_clock_is_behind_a_wait_ends_soon_and_not_too_early() -> None:
    machine = Machine()
    before = machine.clock()
    assert machine.later(0, -3600) == before
    assert machine.later(60) - before == 54_000


def test_a_wall_clock_that_was_set_back_is_met_again_and_then_kept() -> None:
    machine = Machine()
    machine.later(0, -3600)
    for _ in range(3600):
        assert machine.later(10) >= machine.wall_s * 1000
    assert machine.clock() == machine.wall_s * 1000
    assert machine.later(60) == machine.wall_s * 1000
