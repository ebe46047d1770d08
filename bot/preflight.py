"""What both services say of the settings: for `check` at once, for `run` every hour (R30)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from bot.market import preflight as market_preflight
from bot.market.client import YandexMarket
from bot.relay.changes import Remember
from bot.relay.errors import RelayError
from bot.relay.findings import Finding
from bot.relay.notices import notice
from bot.relay.ports import Clock, Ledger, Words
from bot.relay.posts import Post, Span
from bot.telegram import preflight as telegram_preflight
from bot.telegram.connection import Connection

log = logging.getLogger(__name__)

_HOUR_S = 3600.0
_SOON_S = 60.0  # until it is asked again while something is wrong
_AT_LEAST_S = 5.0  # between two looks, whatever rings
_SAID = "preflight"  # names of what is wrong and was said


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
        clock: Clock,
    ) -> None:
        self._bot = bot
        self._group_id = group_id
        self._market = market
        self._words = words
        self._has_key = has_key
        self._webhook_url = webhook_url
        self._clock = clock

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

    async def run(self, ledger: Ledger, alarm: asyncio.Event) -> None:
        """What a person has to mend is said at the start, and when it changes: in the log and, if
        that can be written in, in the group. While something is wrong it is asked more often, and
        at once when `alarm` says so. What was said is remembered over a restart."""
        while True:
            wrong = True
            try:
                wrong = await self._look(ledger)
            except RelayError as error:
                log.info("What has to be mended can't be told now: %s", error)
            await asyncio.sleep(_AT_LEAST_S)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_SOON_S if wrong else _HOUR_S):
                    await alarm.wait()
            alarm.clear()

    async def _look(self, ledger: Ledger) -> bool:
        """Is anything wrong?"""
        said = set((await ledger.recall(_SAID) or "").split())
        found = [one async for one in self.findings() if not one.is_passing]
        new = [one for one in found if not one.is_ok and one.name not in said]
        mended = [one for one in found if one.is_ok and one.name in said]
        for one in new:
            log.error("%s", one.text)
        for one in mended:
            log.warning("%s", one.text)
        now_said = (said | {one.name for one in new}) - {one.name for one in mended}
        if new or mended:
            marks = [("⚠️", one) for one in new] + [("🟢", one) for one in mended]
            text = "\n".join(f"{mark} {one.text}" for mark, one in marks)
            key = f"preflight/{self._clock()}"
            said_now = Remember(_SAID, " ".join(sorted(now_said)))
            await ledger.commit(notice(key, Post((Span(text),))), said_now)
        return bool(now_said)
