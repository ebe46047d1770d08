"""Working off the stored updates, one by one, in order; what one means is committed with its end.

One that cannot be understood is set aside and said in the group; it blocks nothing (R4).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from aiogram import Bot, Dispatcher
from aiogram.dispatcher.event.bases import UNHANDLED
from aiogram.types import Update

from bot.relay.changes import Change, UpdateDone
from bot.relay.errors import RelayError
from bot.relay.lanes import backoff_ms
from bot.relay.model import StoredUpdate
from bot.relay.notices import notice
from bot.relay.ports import Ledger, Words
from bot.relay.posts import Post, Span
from bot.telegram.handlers import Desk, router

log = logging.getLogger(__name__)


class Dispatch:
    def __init__(self, bot: Bot, desk: Desk, *, group_id: int, bell: asyncio.Event) -> None:
        self._bot = bot
        self._ledger: Ledger = desk.ledger
        self._words: Words = desk.words
        self._bell = bell
        self._dispatcher = Dispatcher(desk=desk)
        self._dispatcher.include_router(router(group_id, bot.id))

    async def run(self) -> None:
        failures = 0
        while True:
            try:
                await self._work_off()
                failures = 0
                await self._bell.wait()
            except RelayError as error:
                failures += 1
                log.info("A message of Telegram waits: %s", error)
                await asyncio.sleep(backoff_ms(failures) / 1000)

    async def _work_off(self) -> None:
        self._bell.clear()
        while stored := await self._ledger.waiting_updates():
            for update in stored:
                await self._ledger.commit(*await self._understand(update))

    async def _understand(self, stored: StoredUpdate) -> Sequence[Change]:
        """Raises `RelayError` where a service has to be asked that does not answer: it waits."""
        try:
            update = Update.model_validate(stored.raw, context={"bot": self._bot})
            changes = await self._dispatcher.feed_update(self._bot, update)
        except RelayError:
            raise
        except Exception as error:
            name = type(error).__name__
            log.error("Update %s can't be understood (%s) and is set aside", stored.update_id, name)
            log.debug("How it failed", exc_info=True)  # holds what people wrote
            return self._set_aside(stored, name)
        done = UpdateDone(stored.update_id)
        return [done] if changes is UNHANDLED else [*changes, done]

    def _set_aside(self, stored: StoredUpdate, why: str) -> Sequence[Change]:
        text = self._words.say(
            "⚠️ Something that was written in the group could not be read by the bot "
            "and did not reach any buyer (update {number}).",
            number=str(stored.update_id),
        )
        said = notice(f"aside/{stored.update_id}", Post((Span(text),)))
        return [said, UpdateDone(stored.update_id, aside=why)]
