"""Reading Telegram: updates are stored raw before Telegram is told that we have them."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, cast

from aiogram import Bot
from aiogram.methods import DeleteWebhook, TelegramMethod
from aiohttp import ClientTimeout

from bot.relay.errors import RelayError
from bot.relay.ports import Clock, Ledger
from bot.relay.pulse import Pulse, Source
from bot.relay.retry import rest_s
from bot.telegram.forum import call
from bot.telegram.verdict import told

log = logging.getLogger(__name__)

ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
_POLL_S = 30  # R21: long poll 30 s, and 15 s for the network
_NETWORK_S = 15
_CONNECT_S = 10
_RIVAL_PAUSE_S = 30.0  # R5: after a 409


class GetRawUpdates(TelegramMethod[list[dict[str, Any]]]):
    """`getUpdates` whose answer stays raw: one update that does not parse must not block the
    batch it came with (aiogram#1840)."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    timeout: int = _POLL_S
    allowed_updates: list[str] = ALLOWED_UPDATES


class Intake:
    """`bell` rings for whoever works the stored updates off."""

    def __init__(
        self, bot: Bot, ledger: Ledger, clock: Clock, pulse: Pulse, bell: asyncio.Event
    ) -> None:
        self._bot = bot
        self._ledger = ledger
        self._clock = clock
        self._pulse = pulse
        self._bell = bell

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
        self._pulse.worked(Source.TELEGRAM_READS)
        if updates and await self._ledger.store_updates(updates, self._clock()):
            self._bell.set()

    async def _get(self, offset: int | None, wait: int) -> list[dict[str, Any]]:
        limits = ClientTimeout(total=_POLL_S + _NETWORK_S, sock_connect=_CONNECT_S)
        try:
            method = GetRawUpdates(offset=offset, timeout=wait)
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
