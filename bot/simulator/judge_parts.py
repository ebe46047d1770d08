"""Texts of staff that went out in numbered parts, `(1/3) ` and so on, because they are too long."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from typing import NamedTuple

_PART = re.compile(r"\((\d+)/(\d+)\)\s+")
_SPACE = re.compile(r"\s+")


class _Part(NamedTuple):
    number: int
    total: int
    body: str  # without white space
    text: str  # as it was sent


class Parts:
    """`there` are the sent texts and where each stands; what is taken is taken out of it."""

    def __init__(self, there: Mapping[str | bytes, deque[int]]) -> None:
        self._there = there
        self._parts = [_part(match, text) for text, match in _numbered(there)]

    def take(self, wording: str) -> tuple[int, int] | None:
        """The first and the last message of the parts, where all are there in their order. Parts
        of an unfinished series are taken too."""
        rest, total, number = squeezed(wording), 0, 1
        ids: list[int] = []
        while rest:
            found = self._next(number, total, ids[-1] if ids else 0, rest)
            if found is None:
                return None
            part, message_id = found
            self._there[part.text].remove(message_id)
            ids.append(message_id)
            rest, total, number = rest[len(part.body) :], part.total, number + 1
        return (ids[0], ids[-1]) if ids and len(ids) == total else None

    def _next(self, number: int, total: int, after: int, rest: str) -> tuple[_Part, int] | None:
        found: list[tuple[int, _Part]] = []
        for part in self._parts:
            if part.number != number or (total and part.total != total):
                continue
            if part.body and rest.startswith(part.body):
                later = [one for one in self._there[part.text] if one > after]
                found.extend((one, part) for one in later[:1])
        if not found:
            return None
        message_id, part = min(found)
        return part, message_id


def squeezed(text: str) -> str:
    return _SPACE.sub("", text)


def body_of(text: str) -> str | None:
    """What a part holds, without white space; None where it is no part."""
    match = _PART.match(text)
    return squeezed(text[match.end() :]) if match else None


def _numbered(there: Mapping[str | bytes, deque[int]]) -> Iterator[tuple[str, re.Match[str]]]:
    for text in there:
        if isinstance(text, str) and (match := _PART.match(text)):
            yield text, match


def _part(match: re.Match[str], text: str) -> _Part:
    return _Part(int(match.group(1)), int(match.group(2)), body_of(text) or "", text)
