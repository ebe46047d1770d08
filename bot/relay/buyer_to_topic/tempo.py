"""How often the lists of chats are looked at: soon while something happens, seldom while nothing
does, and never at the cost of the hour's quota."""

from __future__ import annotations

from collections.abc import Callable

from bot.relay.figures import QuotaLeft

_HOUR_S = 3600.0
_LISTS_AN_HOUR = 5_000  # Market: quota of getChats, until its answers say another
_LIVELY_S = 1.5  # between two looks while something happens
_LIVELY_FOR_S = 120.0  # how long it counts as happening after the last change
_IDLE_S = 5.0  # contract: POLL_INTERVAL is at most that
_QUICK, _FULL = 0.2, 0.1  # shares of the quota: looks at what changes, and at everything
_SAVED_AT_MOST = 150.0  # requests that quiet minutes leave to lively ones; with both shares a third
_DEAREST = 3.0  # times its share, where a look takes so many requests that 5 s would be too soon
_HINTED = 6.0  # times as long where the Market's hints can be relied on,
_HINTED_AT_MOST_S = 30.0  # but no longer than that


class Tempo:
    """Told of each look, it says how many seconds to wait until the next. `now` is loop time.

    `interval`: as the operator set it; None: chosen, from the quota and from what happens.
    """

    def __init__(self, interval: float | None = None) -> None:
        self.interval = interval
        self._limit = float(_LISTS_AN_HOUR)  # requests an hour
        self._quota = self._limit  # how many of them are to be had until it begins anew,
        self._renewed_s = 0.0  # which it does in so many seconds
        self._saved = _SAVED_AT_MOST
        self._counted = 0.0
        self._changed = float("-inf")

    def allowed(self, left: QuotaLeft | None, now_ms: int) -> None:
        """What the Market said last. Where another program spends of the same quota, what remains
        of it is shared out over the rest of the hour."""
        seconds = (left.until_ms - now_ms) / 1000 if left else 0.0
        self._limit = self._quota = float(left.limit if left else _LISTS_AN_HOUR)
        self._renewed_s = max(0.0, seconds)
        if left and seconds > 0:
            sustained = left.remaining * _HOUR_S / seconds
            self._quota = max(1.0, min(self._limit, sustained))

    def changed(self, now: float) -> None:
        """Something happened in a chat."""
        self._changed = now

    def after(self, requests: int, now: float, *, is_all: bool, is_hinted: bool = False) -> float:
        """Until the next look, after one that took so many requests. `is_all`: it saw all chats,
        so that no other look needs a share."""
        part = _QUICK + _FULL if is_all else _QUICK
        earned = (now - self._counted) * part * self._quota / _HOUR_S
        self._saved = max(0.0, min(_SAVED_AT_MOST, self._saved + earned) - requests)
        self._counted = now
        seconds = self.interval
        if seconds is None:
            seconds = self._soonest(lambda quota: self._chosen(requests, part * quota, now))
        if is_hinted:
            return max(seconds, min(_HINTED * seconds, _HINTED_AT_MOST_S))
        return seconds

    def _soonest(self, pause: Callable[[float], float]) -> float:
        """With what is left of the hour, or with all of it when the next one begins. `pause` by
        requests an hour."""
        return min(pause(self._quota), self._renewed_s + pause(self._limit))

    def _chosen(self, requests: int, share: float, now: float) -> float:
        """`share`: requests an hour that it may take."""
        is_lively = now < self._changed + _LIVELY_FOR_S
        if not is_lively:
            wanted = _IDLE_S
        elif self._saved >= requests:
            wanted = _LIVELY_S
        else:
            wanted = min(_IDLE_S, requests * _HOUR_S / share)
        return max(wanted, requests * _HOUR_S / (share * _DEAREST))

    def full(self, requests: int, *, is_ordered: bool = False) -> float:
        """Until the next look at all chats, which took so many requests. Where the top of the list
        shows what changed, that look is a check and no more."""
        share = _FULL / 4 if is_ordered else _FULL
        pause = self._soonest(lambda quota: requests * _HOUR_S / (share * quota))
        return max(self.interval or 0.0, pause)
