"""Formatted text as plain text, which is all that a buyer can be shown. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from aiogram.enums import MessageEntityType
from aiogram.types import MessageEntity

_QUOTES = (MessageEntityType.BLOCKQUOTE, MessageEntityType.EXPANDABLE_BLOCKQUOTE)
_SCHEME = re.compile("^https?://", re.IGNORECASE)


def plain(text: str, entities: Sequence[MessageEntity]) -> str:
    """The text with what its looks said put into it: an address after the words that hid it, `> `
    before each line of a quote. Every character stays, in its order, whatever the entities."""
    said = ""
    done = 0
    for at, words in added(text, entities):
        said += text[done:at] + words
        done = at
    return said + text[done:]


def added(text: str, entities: Sequence[MessageEntity]) -> list[tuple[int, str]]:
    """What is put in, and before which character of the text; in order."""
    if not entities:
        return []
    offsets = list(accumulate((1 + (sign > "\uffff") for sign in text), initial=0))
    links = [
        (*_reach(entity, offsets), entity.url or "")
        for entity in entities
        if entity.type == MessageEntityType.TEXT_LINK
    ]
    quotes = [_reach(entity, offsets) for entity in entities if entity.type in _QUOTES]
    # At one place an address comes first: it belongs to the words before.
    return sorted([*_addresses(text, links), *_marks(text, quotes)], key=lambda one: one[0])


def _reach(entity: MessageEntity, offsets: Sequence[int]) -> tuple[int, int]:
    """First character and the one after the last; entities count in UTF-16 units, and need not
    keep to the text."""
    first = bisect_right(offsets, max(entity.offset, 0)) - 1
    last = bisect_left(offsets, min(entity.offset + entity.length, offsets[-1]))
    return first, last


def _addresses(text: str, links: Iterable[tuple[int, int, str]]) -> Iterator[tuple[int, str]]:
    for first, last, url in links:
        words = text[first:last]
        if words and url and _bare(words) != _bare(url):
            yield first + len(words.rstrip() or words.rstrip("\n")), f" ({url})"


def _bare(address: str) -> str:
    """What has to be the same for an address to stand there already."""
    return _SCHEME.sub("", address.strip()).rstrip("/")


def _marks(text: str, quotes: Iterable[tuple[int, int]]) -> Iterator[tuple[int, str]]:
    broken = 0
    for first, last in _joined(quotes):
        if first > broken and text[first - 1] != "\n":
            yield first, "\n"
        yield first, "> "
        for at in range(first + 1, last):
            if text[at - 1] == "\n":
                yield at, "> "
        if last < len(text) and "\n" not in text[last - 1 : last + 1]:
            yield last, "\n"
            broken = last


def _joined(reaches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those that overlap as one, those that are empty not at all."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(reaches):
        if joined and first < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        elif first < last:
            joined.append((first, last))
    return joined
