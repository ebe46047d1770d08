"""Working off the stored updates, one by one, in order; what one means is committed with its end.

One that cannot be understood is set aside and said in the group; it blocks nothing (R4).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence

from aiogram import Bot, Dispatcher
from aiogram.dispatcher.event.bases import UNHANDLED
from aiogram.exceptions import ClientDecodeError, TelegramAPIError
from aiogram.types import Update

from bot.relay.changes import Change, UpdateDone
from bot.relay.errors import Refused, RelayError
from bot.relay.model import StoredUpdate
from bot.relay.notices import notice
from bot.relay.ports import Ledger, Words
from bot.relay.posts import Post, Span
from bot.relay.retry import rest_s
from bot.telegram.desk import Desk
from bot.telegram.handlers import router
from bot.telegram.verdict import told

log = logging.getLogger(__name__)

_REST_AT_MOST_S = 60.0  # without a bell: one that was missed must hold up nobody for long


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
                await self._rest()
            except RelayError as error:
                failures += 1
                log.info("A message of Telegram waits: %s", error)
                await asyncio.sleep(rest_s(error, failures))

    async def _rest(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_REST_AT_MOST_S):
                await self._bell.wait()

    async def _work_off(self) -> None:
        self._bell.clear()
        while stored := await self._ledger.waiting_updates():
            for update in stored:
                await self._finish(update)

    async def _finish(self, stored: StoredUpdate) -> None:
        """What it means is committed with its end; what can't be committed is set aside."""
        try:
            await self._ledger.commit(*await self._understand(stored))
        except Refused as error:
            await self._ledger.commit(*self._set_aside(stored, error.key))

    async def _understand(self, stored: StoredUpdate) -> Sequence[Change]:
        """Raises `Unreachable` or `AccessDenied` where a service has to be asked that does not
        answer: the update waits. Raises `Refused` where asking again won't help."""
        try:
            update = Update.model_validate(stored.raw, context={"bot": self._bot})
            changes = await self._dispatcher.feed_update(self._bot, update)
        except RelayError:
            raise
        except (TelegramAPIError, ClientDecodeError) as error:  # aiogram asked for the bot's name
            raise told(error, is_harmless=True) from None
        except Exception as error:
            log.debug("How it failed", exc_info=True)  # holds what people wrote
            return self._set_aside(stored, type(error).__name__)
        done = UpdateDone(stored.update_id)
        return [done] if changes is UNHANDLED else [*changes, done]

    def _set_aside(self, stored: StoredUpdate, why: str) -> Sequence[Change]:
        log.error("Update %s can't be understood (%s) and is set aside", stored.update_id, why)
        text = self._words.say(
            "⚠️ Something that was written in the group could not be read by the bot "
            "and did not reach any buyer (update {number}).",
            number=str(stored.update_id),
        )
        said = notice(f"aside/{stored.update_id}", Post((Span(text),)))
        return [said, UpdateDone(stored.update_id, aside=why)]
