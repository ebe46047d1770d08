"""Hearing Telegram by its webhook: set by us, kept set, and never believed without its secret."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging

from aiogram import Bot
from aiogram.methods import GetWebhookInfo, SetWebhook

from bot.relay.errors import AccessDenied, Refused, RelayError, Unreachable
from bot.relay.pulse import Source
from bot.relay.retry import rest_s
from bot.telegram.calling import call
from bot.telegram.inbox import ALLOWED_UPDATES, Inbox

log = logging.getLogger(__name__)

_FAILS_FOR_S = 120.0  # after Telegram said last that it could not reach us
_LOOKED_AFTER_S = 45.0  # well within the two minutes after which reading counts as lost (R39)


class Webhook:
    """`url`: the public address of `/telegram/webhook`. Updates come one at a time, so that they
    are stored in their order."""

    def __init__(self, bot: Bot, url: str, inbox: Inbox) -> None:
        self._bot = bot
        self._url = url
        self._inbox = inbox
        self.secret = secret_of(bot.token)
        self._is_set = False  # was ours once in this run

    async def run(self) -> None:
        """Keeps it set: another program, or the other mode, may have taken it away."""
        failures = 0
        while True:
            try:
                await self._keep()
                failures, pause = 0, _LOOKED_AFTER_S
            except RelayError as error:
                self._inbox.pulse.failed(Source.TELEGRAM_READS, error)
                failures += 1
                pause = rest_s(error, failures)
            await asyncio.sleep(pause)

    async def _keep(self) -> None:
        info = await call(self._bot, GetWebhookInfo(), is_harmless=True)
        if info.url != self._url and self._is_set:  # whoever wants to poll has to remove it first
            await self._inbox.tell_of_rival(has_webhook=bool(info.url))
        if info.url != self._url or self._inbox.pulse.signs[Source.TELEGRAM_READS].is_down:
            log.info("The webhook of the bot is set")
            wanted = SetWebhook(
                url=self._url,
                secret_token=self.secret,
                allowed_updates=ALLOWED_UPDATES,
                max_connections=1,
            )
            await call(self._bot, wanted, is_harmless=True)
        self._is_set = True
        if info.pending_update_count and info.last_error_date:
            ago_s = self._inbox.clock() / 1000 - info.last_error_date.timestamp()
            if info.url == self._url and ago_s < _FAILS_FOR_S:
                raise Unreachable("telegram_webhook_failing", said=str(info.last_error_message))
        await self._inbox.take([])

    def check(self, secret: str) -> None:
        """Raises `AccessDenied` where it is wrong."""
        said = secret.encode(errors="surrogateescape")  # a header may be anything
        if not hmac.compare_digest(said, self.secret.encode()):
            raise AccessDenied("webhook_secret_wrong")

    async def updated(self, body: bytes) -> None:
        """Stored when this returns. Raises `Refused` where it is no update."""
        try:
            update = json.loads(body)
        except (ValueError, RecursionError):
            raise Refused("update_unreadable") from None
        if not isinstance(update, dict):
            raise Refused("update_unreadable")
        await self._inbox.take([update])


def secret_of(token: str) -> str:
    """64 characters that nobody can tell who has not the token."""
    return hmac.digest(token.encode(), b"market-relay webhook", "sha256").hex()
