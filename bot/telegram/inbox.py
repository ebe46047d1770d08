"""Updates of Telegram come into the ledger here, raw, whichever way they came."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import cast

from bot.relay.changes import Change, Remember
from bot.relay.notices import notice
from bot.relay.ports import Clock, Ledger, Words
from bot.relay.posts import Post, Span
from bot.relay.pulse import Pulse, Source

log = logging.getLogger(__name__)

ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
_LAST_READ = "telegram read"
_NOTED_EVERY_MS = 60_000
_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS
_RUN = 10  # updates that followed each other, before a jump means something


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
        self._words = words
        self.clock = clock
        self._bell = bell
        self._noted_ms = 0

    async def take(self, updates: Sequence[Mapping[str, object]]) -> None:
        """All that was heard is in the ledger when this returns."""
        if updates:
            known = await self.ledger.newest_updates(_RUN)
            if await self.ledger.store_updates(updates, self.clock()):
                self._bell.set()
            await self._note_jump(known, updates)
        self.pulse.worked(Source.TELEGRAM_READS)
        await self._note_reading()

    async def _note_jump(
        self, known: Sequence[int], updates: Sequence[Mapping[str, object]]
    ) -> None:
        """Ids of updates follow each other; where some are left out, others had them (R5)."""
        missing = jump(known, [cast(int, update["update_id"]) for update in updates])
        if not missing:
            return
        log.error("%s updates of Telegram are missing: expired, or read by another", missing)
        text = self._words.count(
            "⚠️ {n} message of this group did not reach the bot: Telegram dropped it after a "
            "day, or another program uses this bot's token. Messages to buyers without 👍, ❌ or "
            "❓ have to be sent again.",
            "⚠️ {n} messages of this group did not reach the bot: Telegram dropped them after a "
            "day, or another program uses this bot's token. Messages to buyers without 👍, ❌ or "
            "❓ have to be sent again.",
            missing,
        )
        await self._say(f"jump/{self.clock() // _HOUR_MS}", text)

    async def note_rival(self) -> None:
        """Telegram gives what is written to one program at a time; said once an hour."""
        text = self._words.say(
            "⚠️ Another program reads this bot's messages with the same token, so some of what "
            "staff write here is lost. Stop it, or give it a bot of its own (@BotFather, /newbot); "
            "if you do not know it, revoke the token (@BotFather, /revoke)."
        )
        await self._say(f"rival/{self.clock() // _HOUR_MS}", text)

    async def _say(self, key: str, text: str) -> None:
        await self.ledger.commit(notice(key, Post((Span(text),))))

    async def _note_reading(self) -> None:
        """Telegram keeps for a day what the bot does not fetch. After a longer silence some of it
        is gone, and staff have to know (contract: promise 9)."""
        now = self.clock()
        if now < self._noted_ms + _NOTED_EVERY_MS:
            return
        last = int(await self.ledger.recall(_LAST_READ) or now)
        changes: list[Change] = [Remember(_LAST_READ, str(now))]
        if now - last > _DAY_MS:
            text = self._words.say(
                "⚠️ The bot did not read this group from {since} on, longer than Telegram keeps "
                "messages. What staff wrote since then up to a day ago did not reach the buyers: "
                "messages without 👍 have to be sent again.",
                since=self._words.date(last),
            )
            changes.append(notice(f"deaf/{last}", Post((Span(text),))))
        await self.ledger.commit(*changes)
        self._noted_ms = now


def jump(known: Sequence[int], new: Sequence[int]) -> int:
    """How many ids are left out between the newest of `known` (newest first) and `new`; 0 where
    those that are known did not follow each other, or are fewer than a run."""
    if len(known) < _RUN or not new or list(known) != list(range(known[0], known[0] - _RUN, -1)):
        return 0
    return max(0, min(new) - known[0] - 1)
