"""Reading again what was read: a message may appear late, below others that were there before it.

Slowly, and one chat at a time: it finds next to nothing, and must cost next to nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.relay.changes import Remember
from bot.relay.errors import Refused, RelayError
from bot.relay.model import ChatId
from bot.relay.ports import Clock, Ledger
from bot.relay.retry import rest_s

log = logging.getLogger(__name__)

_EVERY_MS = 6 * 3_600_000  # R11, as are the next two
_ACTIVE_MS = 7 * 24 * 3_600_000
_APART_S = 3.6  # a thousand an hour: a tenth of the quota of histories
_QUICK_S = 0.2  # the first ones, so that a small shop is through at once
_QUICK = 40
_QUICK_EVERY_MS = 600_000  # a relay that is started again and again is not quick each time
_AT_ONCE = 50  # chats asked of the ledger
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
        self, *, ledger: Ledger, look_back: Callable[[ChatId], Awaitable[object]], clock: Clock
    ) -> None:
        self._ledger = ledger
        self._look_back = look_back
        self._clock = clock

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
                except Refused as error:
                    log.info("Chat %s is not read again: %s", last, error)
                await self._ledger.commit(Remember(_WHERE, str(Round(begun.began_ms, last))))
                count += 1
                await asyncio.sleep(_QUICK_S if is_quick and count < _QUICK else _APART_S)
        await self._ledger.commit(Remember(_WHERE, str(Round(begun.began_ms, None))))
