"""Reading Telegram by polling: Telegram is told that we have updates only when they are stored."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, cast

from aiogram import Bot
from aiogram.methods import DeleteWebhook
from aiohttp import ClientTimeout

from bot.relay.errors import RelayError
from bot.relay.pulse import Source
from bot.relay.retry import rest_s
from bot.telegram.calling import call
from bot.telegram.calls import GetRawUpdates
from bot.telegram.inbox import ALLOWED_UPDATES, Inbox
from bot.telegram.verdict import told

log = logging.getLogger(__name__)

_POLL_S = 30  # R21: long poll 30 s, and 15 s for the network
_NETWORK_S = 15
_CONNECT_S = 10
_RIVAL_PAUSE_S = 30.0  # R5: after a 409


class Intake:
    def __init__(self, bot: Bot, inbox: Inbox) -> None:
        self._bot = bot
        self._inbox = inbox

    async def run(self) -> None:
        failures = 0
        while True:
            try:
                await self._once()
                failures = 0
            except RelayError as error:
                self._inbox.pulse.failed(Source.TELEGRAM_READS, error)
                failures += 1
                await asyncio.sleep(await self._pause(error, failures))

    async def _once(self) -> None:
        # Until it is known to work, the answer is wanted at once and not after a long poll.
        wait = 0 if self._inbox.pulse.signs[Source.TELEGRAM_READS].is_down else _POLL_S
        await self._inbox.take(await self._get(await self._inbox.ledger.next_offset(), wait))

    async def _get(self, offset: int | None, wait: int) -> list[dict[str, Any]]:
        limits = ClientTimeout(total=_POLL_S + _NETWORK_S, sock_connect=_CONNECT_S)
        try:
            method = GetRawUpdates(offset=offset, timeout=wait, allowed_updates=ALLOWED_UPDATES)
            # aiogram types the limit as a number and hands it to aiohttp as it is
            return await self._bot(method, request_timeout=cast(int, limits))
        except Exception as error:
            raise told(error, is_harmless=True) from None

    async def _pause(self, error: RelayError, failures: int) -> float:
        """Seconds. A webhook that takes the updates away is removed; a rival is not fought."""
        if error.key == "telegram_conflict":
            has_webhook = "webhook" in error.details["said"]
            # One that was there before the first poll was left behind by our own other mode.
            if self._inbox.pulse.signs[Source.TELEGRAM_READS].worked_ms or not has_webhook:
                await self._inbox.tell_of_rival(has_webhook=has_webhook)
            if not has_webhook:
                return _RIVAL_PAUSE_S
            await self._remove_webhook()
        return rest_s(error, failures)

    async def _remove_webhook(self) -> None:
        try:
            await call(self._bot, DeleteWebhook(), is_harmless=True)
        except RelayError as error:
            log.warning("The webhook can't be removed: %s", error)
