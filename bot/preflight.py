"""What both services say of the settings: for `check` at once, for `run` again and again (R30)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from bot.market import preflight as market_preflight
from bot.market.client import YandexMarket
from bot.relay.findings import Finding
from bot.relay.ports import Words
from bot.telegram import preflight as telegram_preflight
from bot.telegram.connection import Connection


class Preflight:
    """`has_key`: the Market is asked with an Api-Key, whose rights can be asked for.
    `webhook_url`: our own, empty where the bot polls."""

    def __init__(
        self,
        bot: Connection,
        group_id: int,
        market: YandexMarket,
        words: Words,
        *,
        has_key: bool,
        webhook_url: str,
    ) -> None:
        self._bot = bot
        self._group_id = group_id
        self._market = market
        self._words = words
        self._has_key = has_key
        self._webhook_url = webhook_url

    async def findings(self) -> AsyncIterator[Finding]:
        """A finding a question, each as soon as it is answered."""
        asked = telegram_preflight.findings(
            self._bot, self._group_id, self._words, self._webhook_url
        )
        async for one in asked:
            yield one
        found = market_preflight.findings(self._market, self._words, has_key=self._has_key)
        async for one in found:
            yield one
