"""Which histories are left alone for a while, because reading them failed.

A chat that fails rests by itself, so that no other waits for it. All rest only where the trouble is
everybody's: where the Market or our database says so, or where one chat after another fails and
none is read in between. A chat that failed while others were read is proof of nothing any more.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.relay.errors import LedgerAway, RelayError, Throttled
from bot.relay.model import ChatId, KnownChat
from bot.relay.retry import backoff_ms, rest_s

_IN_A_ROW = 3  # different chats; fewer may well be bad ones
_AGAIN_AT_ONCE = 2  # of the Market's three places for reads, should they hang
_LONG_S = 120.0  # R22


@dataclass(slots=True)
class _Failure:
    """`is_own`: others were read meanwhile, so it is this chat's trouble."""

    since: float
    until: float = 0.0
    times: int = 0
    is_own: bool = False
    is_told: bool = False


class Rests:
    """`now` is loop time. Knows no more chats than are unread."""

    def __init__(self) -> None:
        self._failing: dict[ChatId, _Failure] = {}
        self._until = 0.0  # all rest
        self._times = 0
        self._is_away = False  # histories can't be read at all

    def are_all_resting(self, now: float) -> bool:
        return now < self._until

    def due(
        self, unread: Sequence[KnownChat], reading: Collection[ChatId], now: float
    ) -> list[KnownChat]:
        """Which to read now: first those that did not fail, then some of those that did."""
        if not self._failing:
            return [known for known in unread if known.chat.id not in reading]
        there = {known.chat.id for known in unread}
        self._failing = {key: one for key, one in self._failing.items() if key in there}
        idle = [known for known in unread if known.chat.id not in reading]
        fresh = [known for known in idle if not self._times_of(known.chat.id)]
        again = [known for known in idle if self._is_due_again(known.chat.id, now)]
        again.sort(key=lambda known: self._failing[known.chat.id].until)
        under_way = sum(1 for key in reading if self._times_of(key))
        return [*fresh, *again[: max(0, _AGAIN_AT_ONCE - under_way)]]

    def worked(self, chat_id: ChatId, now: float) -> None:
        """Whatever failed meanwhile is asked again at once: it may have been the service."""
        self._failing.pop(chat_id, None)
        for one in self._failing.values():
            if not one.is_own:
                one.is_own, one.since, one.until, one.times = True, now, 0.0, 0
        self._is_away, self._times = False, 0

    def failed(self, chat_id: ChatId, error: RelayError, now: float) -> bool:
        """Returns whether it is everybody's trouble, and not this chat's alone."""
        if not isinstance(error, Throttled | LedgerAway):
            if not self._is_everybodys(self._note(chat_id, now)):
                return False
            self._is_away = True
        if now >= self._until:  # else of the same round
            self._times += 1
        self._until = max(self._until, now + rest_s(error, self._times))
        return True

    def is_to_be_told(self, chat_id: ChatId, now: float) -> bool:
        """Has this chat failed for so long that staff must know?"""
        one = self._failing.get(chat_id)
        return one is not None and not one.is_told and now - one.since >= _LONG_S

    def told(self, chat_id: ChatId) -> None:
        if one := self._failing.get(chat_id):
            one.is_told = True

    def _note(self, chat_id: ChatId, now: float) -> _Failure:
        one = self._failing.setdefault(chat_id, _Failure(now))
        one.times += 1
        one.until = now + backoff_ms(one.times) / 1000
        return one

    def _is_everybodys(self, one: _Failure) -> bool:
        if one.is_own:
            return False
        in_a_row = sum(not other.is_own for other in self._failing.values())
        return self._is_away or in_a_row >= _IN_A_ROW

    def _times_of(self, chat_id: ChatId) -> int:
        return self._failing[chat_id].times if chat_id in self._failing else 0

    def _is_due_again(self, chat_id: ChatId, now: float) -> bool:
        return self._times_of(chat_id) > 0 and self._failing[chat_id].until <= now
