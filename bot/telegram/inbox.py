"""Updates of Telegram come into the ledger here, raw, whichever way they came."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence

from bot.relay.alarms.gaps import gap
from bot.relay.alarms.rival import Rival
from bot.relay.changes import Change, Remember
from bot.relay.errors import RelayError
from bot.relay.notices import notice
from bot.relay.ports import Clock, Ledger, Words
from bot.relay.posts import Post, Span
from bot.relay.pulse import Pulse, Source

log = logging.getLogger(__name__)

ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
_LAST_READ = "telegram read"
_NOTED_EVERY_MS = 60_000
_DAY_MS = 86_400_000


class Inbox:
    """`bell` rings for whoever works the stored updates off."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        words: Words,
        clock: Clock,
        pulse: Pulse,
        bell: asyncio.Event,
    ) -> None:
        self.ledger = ledger
        self.pulse = pulse
        self._rival = Rival(ledger, words, clock)
        self._words = words
        self.clock = clock
        self._bell = bell
        self._noted_ms = 0

    async def take(self, updates: Sequence[Mapping[str, object]]) -> None:
        """All that was heard is in the ledger when this returns."""
        deaf_since = await self._deaf_since()
        ids = [update_id for one in updates if isinstance(update_id := one.get("update_id"), int)]
        if ids and not deaf_since:  # said before they are stored, or a kill would hide the jump
            said = await gap(ids, self.ledger, self._words, self.clock)
            await self.ledger.commit(*said)
        if updates:
            try:
                await self.ledger.store_updates(updates, self.clock())
            finally:  # where only the answer got lost they are stored, and come again as known ones
                self._bell.set()
        self.pulse.worked(Source.TELEGRAM_READS)
        await self._note_reading(deaf_since)
        await self._rival.not_met()

    async def tell_of_rival(self, *, has_webhook: bool) -> None:
        """Another program reads with our token. That it can't be told is no reason not to read."""
        try:
            await self._rival.met(has_webhook=has_webhook)
        except RelayError as error:
            log.warning("That another program reads can't be told: %s", error)

    async def _deaf_since(self) -> int:
        """Since when nothing was read, if that is longer than Telegram keeps things; else 0."""
        now = self.clock()
        if now < self._noted_ms + _NOTED_EVERY_MS:
            return 0
        last = int(await self.ledger.recall(_LAST_READ) or now)
        return last if now - last > _DAY_MS else 0

    async def _note_reading(self, deaf_since: int) -> None:
        """Some of what Telegram had is gone, and staff have to know (contract: promise 9)."""
        now = self.clock()
        if now < self._noted_ms + _NOTED_EVERY_MS:
            return
        changes: list[Change] = [Remember(_LAST_READ, str(now))]
        if deaf_since:
            text = self._words.say(
                "⚠️ The bot did not read this group from {since} on, longer than Telegram keeps "
                "messages. What staff wrote since then up to a day ago did not reach the buyers: "
                "messages without 👍 have to be sent again.",
                since=self._words.date(deaf_since),
            )
            changes.append(notice(f"deaf/{deaf_since}", Post((Span(text),))))
        await self.ledger.commit(*changes)
        self._noted_ms = now
