"""A disk without room: the ledger takes nothing new, and staff learn why."""

from __future__ import annotations

import asyncio
import logging

from bot.relay.alarms.voice import alarm
from bot.relay.changes import Remember
from bot.relay.errors import RelayError
from bot.relay.ports import Clock, Ledger, Words
from bot.relay.room import LEFT_FREE

log = logging.getLogger(__name__)

_EVERY_S = 5.0
_FULL = "disk full"


class Disk:
    def __init__(self, ledger: Ledger, words: Words, clock: Clock) -> None:
        self._ledger = ledger
        self._words = words
        self._clock = clock

    async def run(self) -> None:
        while True:
            try:
                await self._look()
            except RelayError as error:
                log.debug("What the disk lacks can't be told: %s", error)
            await asyncio.sleep(_EVERY_S)

    async def _look(self) -> None:
        is_full = not self._ledger.has_room()
        if is_full is (await self._ledger.recall(_FULL) == "yes"):
            return
        if is_full:
            log.error("Less than %s bytes of the disk are free: no new work is taken", LEFT_FREE)
            text = self._words.say(
                "🔴 The disk of the bot's computer is nearly full, so the bot takes no new "
                "messages until there is room. Nothing is lost: free at least 200 MB within a day."
            )
        else:
            log.warning("There is room on the disk again")
            text = self._words.say("🟢 There is room on the disk again, and the bot goes on.")
        remembered = Remember(_FULL, "yes" if is_full else "no")
        await self._ledger.commit(remembered, alarm("disk", str(self._clock()), text))
