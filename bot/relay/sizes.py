"""Sizes of files in words. Pure."""

from __future__ import annotations

from bot.relay.ports import Words

_STEP = 1024


def size(count: int, words: Words) -> str:
    """Such as `120 KB`, to at most one decimal."""
    if count < _STEP:
        return words.count("{n} byte", "{n} bytes", count)
    kilobytes = round(count / _STEP)
    if kilobytes < _STEP:
        return words.say("{number} KB", number=kilobytes)
    megabytes = f"{count / _STEP / _STEP:.1f}".removesuffix(".0")
    return words.say("{number} MB", number=megabytes)
