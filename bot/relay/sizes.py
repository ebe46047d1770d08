"""Sizes of files in words. Pure."""

from __future__ import annotations

from bot.relay.ports import Words

_STEP = 1024


def size(count: int, words: Words) -> str:
    """Such as `120 KB`, to at most one decimal."""
    if count < _STEP:
        return words.count("{n} byte", "{n} bytes", count)
    if count < _STEP * _STEP:
        return words.say("{number} KB", number=str(round(count / _STEP)))
    return words.say("{number} MB", number=f"{count / _STEP / _STEP:.1f}".removesuffix(".0"))
