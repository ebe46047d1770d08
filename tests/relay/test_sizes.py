"""Sizes of files read as people say them."""

from __future__ import annotations

import pytest

from bot.relay.sizes import size
from tests.relay.samples import ENGLISH

MEGA = 1024 * 1024


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1023 bytes"),
        (1024, "1 KB"),
        (120 * 1024 + 300, "120 KB"),
        (MEGA - 1, "1 MB"),
        (MEGA, "1 MB"),
        (MEGA * 3 // 2, "1.5 MB"),
        (5 * MEGA, "5 MB"),
        (2500 * MEGA, "2500 MB"),
    ],
)
def test_a_size_has_at_most_one_decimal(count: int, said: str) -> None:
    assert size(count, ENGLISH) == said
