"""How long something lasts, in words."""

from __future__ import annotations

from bot.relay.ports import Words


def age(age_ms: int, words: Words) -> str:
    """In seconds below two minutes, else in minutes."""
    seconds = max(0, age_ms // 1000)
    if seconds < 120:
        return words.count("{n} second", "{n} seconds", seconds)
    return words.count("{n} minute", "{n} minutes", seconds // 60)


def duration(seconds: float, words: Words) -> str:
    """Below ten seconds to a tenth."""
    if seconds < 10:
        return words.say("{number} s", number=f"{seconds:.1f}")
    return age(int(seconds * 1000), words)
