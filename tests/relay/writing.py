"""Texts as people and attackers write them: marks, joined emoji, flags, syllables, breaks."""

from __future__ import annotations

from hypothesis import strategies as st

PIECES = [
    *("a", "ы", " ", "\n", "\n\n", "\r\n", "\r", ". ", "слово", "\u200b", "\t"),
    *("и\u0306", "e\u0301\u0323", "1\ufe0f\u20e3", "\u0301", "\u20e3", "กำ", "\u0600"),
    *("का", "क्षि", "क्", "க்", "க", "한", "가", "\u1100", "\u1161", "\u11a8"),
    *("😀", "👍🏽", "❤\ufe0f", "👩\u200d👩\u200d👧", "\u200d", "🇷🇺", "🇷", "©"),
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
]
# Unassigned characters are left out: an older Python doesn't know the marks of a newer Unicode.
_ANY = st.characters(exclude_categories=["Cs", "Cn"])
TEXTS = st.lists(st.sampled_from(PIECES) | _ANY, max_size=120).map("".join)
