"""Reading again what was read: a message may appear late, below others that were there before it.

Slowly, and one chat at a time: it finds next to nothing, and must cost next to nothing. A chat that
can't be read, while the Market can, is left to the next round.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.relay.changes import Remember
from bot.relay.errors import LedgerAway, Refused, RelayError, Throttled
from bot.relay.model import ChatId
from bot.relay.ports import Clock, Ledger
from bot.relay.pulse import Pulse, Source
from bot.relay.retry import rest_s

log = logging.getLogger(__name__)

_EVERY_MS = 6 * 3_600_000  # R11, as are the next two
_ACTIVE_MS = 7 * 24 * 3_600_000
_APART_S = 3.6  # a thousand an hour: a tenth of the quota of histories
_QUICK_S = 0.2  # the first ones, so that a small shop is through at once
_QUICK = 40
_QUICK_EVERY_MS = 600_000  # a relay that is started again and again is not quick each time
_AT_ONCE = 50  # chats asked of the ledger
_TRIES = 3  # of one chat; meanwhile the lists show whether it is the Market that is away
_WHERE = "reconciled"  # `began last`: when a round began, and the last chat of it that was read


@dataclass(frozen=True, slots=True)
class Round:
    """`last`: the chat that was read last; None where the round is over."""

    began_ms: int
    last: ChatId | None

    @classmethod
    def parse(cls, said: str | None) -> Round:
        began, _, last = (said or "0").partition(" ")
        return cls(int(began), ChatId(int(last)) if last else None)

    def __str__(self) -> str:
        return f"{self.began_ms} {self.last}" if self.last is not None else f"{self.began_ms}"


class Reconcile:
    """`look_back` reads one chat from somewhat below its cursor on."""

    def __init__(
        self,
        ledger: Ledger,
        look_back: Callable[[ChatId], Awaitable[object]],
        clock: Clock,
        pulse: Pulse,
    ) -> None:
        self._ledger = ledger
        self._look_back = look_back
        self._clock = clock
        self._lists = pulse.signs[Source.MARKET_READS]
        self._failing: tuple[ChatId, int] | None = None  # the last that failed, and how often

    async def run(self) -> None:
        """A round at the start, or the rest of one that was broken off; then every six hours."""
        failures = 0
        while True:
            try:
                now = self._clock()
                before = Round.parse(await self._ledger.recall(_WHERE))
                is_quick = now - before.began_ms > _QUICK_EVERY_MS
                last = before.last or ChatId(0)
                await self._round(Round(now if is_quick else before.began_ms, last), is_quick)
                failures = 0
                await asyncio.sleep(_EVERY_MS / 1000)
            except RelayError as error:
                log.info("Reading again has to wait: %s", error)
                failures += 1
                await asyncio.sleep(max(_APART_S, rest_s(error, failures)))

    async def _round(self, begun: Round, is_quick: bool) -> None:
        """Raises a `RelayError` where it has to go on later."""
        since, last, count = self._clock() - _ACTIVE_MS, begun.last or ChatId(0), 0
        while chats := await self._ledger.active_chats(since, last, _AT_ONCE):
            for last in chats:
                try:
                    await self._look_back(last)
                except RelayError as error:
                    if not self._is_hopeless(last, error):
                        raise
                    log.info("Chat %s is not read again: %s", last, error)
                await self._ledger.commit(Remember(_WHERE, str(Round(begun.began_ms, last))))
                count += 1
                await asyncio.sleep(_QUICK_S if is_quick and count < _QUICK else _APART_S)
        await self._ledger.commit(Remember(_WHERE, str(Round(begun.began_ms, None))))

    def _is_hopeless(self, chat_id: ChatId, error: RelayError) -> bool:
        """Is it this chat that can't be read, rather than the Market or the database?"""
        if isinstance(error, Refused):
            return True
        if isinstance(error, Throttled | LedgerAway) or self._lists.is_down:
            return False
        before = self._failing[1] if self._failing and self._failing[0] == chat_id else 0
        self._failing = (chat_id, before + 1)
        return before + 1 >= _TRIES
