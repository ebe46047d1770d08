"""How often the lists of chats are looked at. Pure."""

from __future__ import annotations

from dataclasses import dataclass

_PAGE = 20  # chats of a page (Market: getChats)
_LISTS_AN_HOUR = 5_000  # Market: quota of getChats
_LONGEST_INTERVAL_S = 5.0  # contract: POLL_INTERVAL


@dataclass(frozen=True, slots=True)
class Tempo:
    """How long to wait between two looks at the lists, in seconds.

    `interval` None: from the hourly quota of lists: two fifths of it, but at most 5 s between two
    looks at what waits, as long as three quarters of the quota bear that.
    """

    interval: float | None = None

    def waiting(self, chats: int) -> float:
        """Until the next look at the chats that wait, of which there are so many."""
        if self.interval is not None:
            return self.interval
        quick = min(_LONGEST_INTERVAL_S, pages(chats) * _seconds_a_list(0.25))
        return max(quick, pages(chats) * _seconds_a_list(0.6))

    def full(self, chats: int) -> float:
        """Until the next look at all chats; where they fit on a page, there is no other look."""
        if pages(chats) > 1:
            return max(self.interval or 0.0, pages(chats) * _seconds_a_list(0.15))
        return self.interval or _seconds_a_list(0.4)


def _seconds_a_list(share: float) -> float:
    """A page of a list every so often takes that share of the hourly quota."""
    return 3600 / (share * _LISTS_AN_HOUR)


def pages(chats: int) -> int:
    """Of the list, for so many chats."""
    return max(1, -(-chats // _PAGE))
