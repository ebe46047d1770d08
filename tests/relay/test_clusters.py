"""What is seen as one character is found as one; the oracle is `regex`, which knows Unicode."""

from __future__ import annotations

from itertools import accumulate

import pytest
import regex
from hypothesis import given

from bot.relay.clusters import ends
from tests.relay.writing import TEXTS


@pytest.mark.parametrize(
    "together",
    [
        *("\r\n", "и\u0306", "e\u0301\u0323", "1\ufe0f\u20e3", "का", "क्षि", "กำ", "\u0600١"),
        *("👍🏽", "❤\ufe0f\u200d🔥", "👩\u200d👩\u200d👧", "🇷🇺", "\ud83d\ude00"),
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        *("\u1112\u1161\u11ab", "가\u11a8", "각\u11a8"),
    ],
)
def test_what_is_seen_as_one_is_one(together: str) -> None:
    assert ends(f"a{together}b") == [1, 1 + len(together), 2 + len(together)]


@pytest.mark.parametrize(
    "apart", ["ab", "\n\u0301", "\n\n", "a\u200db", "가가", "க்க", "\u200b\u0301", "a🇷"]
)
def test_what_is_seen_as_several_is_several(apart: str) -> None:
    assert len(ends(apart)) > 1


def test_flags_are_counted_from_the_first_letter() -> None:
    assert ends("🇷🇺🇷🇺🇷") == [2, 4, 5]


@given(TEXTS)
def test_nothing_is_torn_that_unicode_keeps_together(text: str) -> None:
    seen = set(accumulate(len(one) for one in regex.findall(r"\X", text)))
    assert set(ends(text)) <= seen
    assert ends(text)[-1:] == ([len(text)] if text else [])
