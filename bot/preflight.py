"""What both services say of the settings: for `check` at once, for `run` every hour (R30)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

from bot.market import preflight as market_preflight
from bot.market.client import YandexMarket
from bot.relay.findings import Finding
from bot.relay.ports import Words
from bot.telegram import preflight as telegram_preflight
from bot.telegram.connection import Connection

log = logging.getLogger(__name__)

_HOUR_S = 3600.0


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

    async def run(self) -> None:
        """What a person has to mend is logged at the start, and when it changes."""
        said: set[str] = set()
        while True:
            wrong = [f.text async for f in self.findings() if not (f.is_ok or f.is_passing)]
            for text in wrong:
                if text not in said:
                    log.error("%s", text)
            said = set(wrong)
            await asyncio.sleep(_HOUR_S)
