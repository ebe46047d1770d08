"""Reading Telegram: updates are stored raw before Telegram is told that we have them."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, cast

from aiogram import Bot
from aiogram.methods import DeleteWebhook
from aiohttp import ClientTimeout

from bot.relay.changes import Change, Remember
from bot.relay.errors import RelayError
from bot.relay.notices import notice
from bot.relay.ports import Clock, Ledger, Words
from bot.relay.posts import Post, Span
from bot.relay.pulse import Pulse, Source
from bot.relay.retry import rest_s
from bot.telegram.calling import call
from bot.telegram.calls import GetRawUpdates
from bot.telegram.verdict import told

log = logging.getLogger(__name__)

ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
_POLL_S = 30  # R21: long poll 30 s, and 15 s for the network
_NETWORK_S = 15
_CONNECT_S = 10
_LAST_READ = "telegram read"
_NOTED_EVERY_MS = 60_000
_DAY_MS = 86_400_000
_RIVAL_PAUSE_S = 30.0  # R5: after a 409


class Intake:
    """`bell` rings for whoever works the stored updates off."""

    def __init__(
        self,
        bot: Bot,
        *,
        ledger: Ledger,
        words: Words,
        clock: Clock,
        pulse: Pulse,
        bell: asyncio.Event,
    ) -> None:
        self._bot = bot
        self._ledger = ledger
        self._words = words
        self._clock = clock
        self._pulse = pulse
        self._bell = bell
        self._noted_ms = 0

    async def run(self) -> None:
        failures = 0
        while True:
            try:
                await self._once()
                failures = 0
            except RelayError as error:
                self._pulse.failed(Source.TELEGRAM_READS, error)
                failures += 1
                await asyncio.sleep(await self._pause(error, failures))

    async def _once(self) -> None:
        # Until it is known to work, the answer is wanted at once and not after a long poll.
        wait = 0 if self._pulse.signs[Source.TELEGRAM_READS].is_down else _POLL_S
        updates = await self._get(await self._ledger.next_offset(), wait)
        if updates and await self._ledger.store_updates(updates, self._clock()):
            self._bell.set()
        self._pulse.worked(Source.TELEGRAM_READS)  # now all that was heard is in the ledger
        await self._note_reading()

    async def _note_reading(self) -> None:
        """Telegram keeps for a day what the bot does not fetch. After a longer silence some of it
        is gone, and staff have to know (contract: promise 9)."""
        now = self._clock()
        if now < self._noted_ms + _NOTED_EVERY_MS:
            return
        last = int(await self._ledger.recall(_LAST_READ) or now)
        changes: list[Change] = [Remember(_LAST_READ, str(now))]
        if now - last > _DAY_MS:
            text = self._words.say(
                "⚠️ The bot did not read this group from {since} on, longer than Telegram keeps "
                "messages. What staff wrote since then up to a day ago did not reach the buyers: "
                "messages without 👍 have to be sent again.",
                since=self._words.date(last),
            )
            changes.append(notice(f"deaf/{last}", Post((Span(text),))))
        await self._ledger.commit(*changes)
        self._noted_ms = now

    async def _get(self, offset: int | None, wait: int) -> list[dict[str, Any]]:
        limits = ClientTimeout(total=_POLL_S + _NETWORK_S, sock_connect=_CONNECT_S)
        try:
            method = GetRawUpdates(offset=offset, timeout=wait, allowed_updates=ALLOWED_UPDATES)
            # aiogram types the limit as a number and hands it to aiohttp as it is
            return await self._bot(method, request_timeout=cast(int, limits))
        except Exception as error:
            raise told(error, is_harmless=True) from None

    async def _pause(self, error: RelayError, failures: int) -> float:
        """Seconds. A webhook that another mode left behind is removed; a rival is not fought."""
        if error.key == "telegram_conflict":
            if "webhook" not in error.details["said"]:
                return _RIVAL_PAUSE_S
            await self._remove_webhook()
        return rest_s(error, failures)

    async def _remove_webhook(self) -> None:
        try:
            await call(self._bot, DeleteWebhook(), is_harmless=True)
        except RelayError as error:
            log.warning("The webhook can't be removed: %s", error)
