"""A jump of update ids means something after a run of consecutive ones, and only then."""

from __future__ import annotations

import pytest

from bot.relay.alarms.gaps import RUN, missing

BEFORE = list(range(100, 100 - RUN, -1))


@pytest.mark.parametrize(
    ("before", "new", "count"),
    [
        (BEFORE, [101, 102], 0),
        (BEFORE, [104, 105], 3),
        (BEFORE, [105, 104], 3),
        (BEFORE, [101, 103, 106], 3),
        (BEFORE, [101, 101, 103], 1),
        (BEFORE, [99, 100], 0),  # once more
        (BEFORE, [5], 0),  # begun anew
        (BEFORE, [], 0),
        (BEFORE[:-1], [200], 0),  # too few to know
        ([100, *range(98, 98 - RUN, -1)], [200], 0),  # they do not come in a row
        ([], [200], 0),
    ],
)
def test_ids_that_were_jumped_over_are_counted(
    before: list[int], new: list[int], count: int
) -> None:
    assert missing(before, new) == count
