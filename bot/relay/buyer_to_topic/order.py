"""Whether the full list of chats comes newest first: learned, since the Market does not promise it.

Where it does, whatever changed stands at its top, and one request sees it. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.relay.model import Chat

_MARGIN_MS = 5_000  # a chat may be listed some seconds later than another of its time


class Order:
    """Proven by a whole list in that order that is not in the order of the chats' making as well,
    for then nobody could tell the two. Disproven by one page out of order, and by one chat that
    is newer than all at the top."""

    def __init__(self) -> None:
        self.is_proven = False
        self._is_sorted = self._is_moved = False
        self._last: Chat | None = None
        self._highest_ms = 0

    def begin(self) -> None:
        """A whole list begins, from its top."""
        self._is_sorted, self._is_moved, self._last = True, False, None

    def page(self, chats: Sequence[Chat]) -> None:
        for chat in chats:
            if self._last and chat.updated_ms > self._last.updated_ms + _MARGIN_MS:
                self.is_proven = self._is_sorted = False
            if self._last and chat.created_ms > self._last.created_ms:
                self._is_moved = True
            self._last = chat

    def end(self) -> None:
        """The whole list was read."""
        self.is_proven = self.is_proven or (self._is_sorted and self._is_moved)

    def seen(self, chats: Sequence[Chat]) -> None:
        """Anywhere."""
        self._highest_ms = max(self._highest_ms, newest(chats))

    def top(self, chats: Sequence[Chat]) -> None:
        """The first page of a list, read just now."""
        if newest(chats) < self._highest_ms - _MARGIN_MS:
            self.is_proven = False

    @staticmethod
    def is_past(chats: Sequence[Chat], newest_ms: int) -> bool:
        """Nothing below this page changed since `newest_ms` was the newest time of the list."""
        oldest = min((chat.updated_ms for chat in chats), default=0)
        return oldest < newest_ms - _MARGIN_MS


def newest(chats: Sequence[Chat]) -> int:
    """When the last of them changed."""
    return max((chat.updated_ms for chat in chats), default=0)
