"""What is done when nothing hurries: old updates and words go, a copy of the database is kept."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path

from bot.relay.changes import Remember
from bot.relay.errors import RelayError
from bot.relay.notices import notice
from bot.relay.ports import Clock, Ledger, Words
from bot.relay.posts import Post, Span

log = logging.getLogger(__name__)

_EVERY_S = 3600.0
_UPDATES_KEPT_MS = 72 * 3_600_000  # R3
_DAY_MS = 24 * 3_600_000
_BREATH_S = 0.05  # between two batches
_COPIED = "copied"  # when the last copy was made


@dataclass(frozen=True, slots=True)
class Keeping:
    """`copies`: how many copies are kept in `folder`, 0 for none; `texts_days`: how long words are
    kept, 0 for ever."""

    folder: Path
    copies: int
    texts_days: int


class Housekeeping:
    def __init__(self, *, ledger: Ledger, words: Words, clock: Clock, keeping: Keeping) -> None:
        self._ledger = ledger
        self._words = words
        self._clock = clock
        self._keeping = keeping

    async def run(self) -> None:
        while True:
            for work in (self._forget_updates, self._forget_texts, self._copy):
                try:
                    await work()
                except RelayError as error:
                    log.info("Tidying up has to wait: %s", error)
            await asyncio.sleep(_EVERY_S)

    async def _forget_updates(self) -> None:
        await self._ledger.forget_updates(self._clock() - _UPDATES_KEPT_MS)

    async def _forget_texts(self) -> None:
        if not self._keeping.texts_days:
            return
        before = self._clock() - self._keeping.texts_days * _DAY_MS
        while await self._ledger.forget_texts(before):  # noqa: ASYNC110 - nobody rings
            await asyncio.sleep(_BREATH_S)

    async def _copy(self) -> None:
        """Once a day, however often the relay is started."""
        now = self._clock()
        last = int(await self._ledger.recall(_COPIED) or 0)
        if not self._keeping.copies or last <= now < last + _DAY_MS:
            return
        try:
            if not await self._ledger.copy(self._keeping.folder, self._keeping.copies):
                return
            log.info("A copy of the database lies in %s", self._keeping.folder)
        except RelayError as error:
            log.error("The database could not be copied: %s", error)
            text = self._words.say(
                "⚠️ The daily copy of the bot's database could not be made. See whether the disk "
                "of its computer is full, and whether BACKUP_DIR can be written in."
            )
            await self._ledger.commit(notice(f"copy/{now // _DAY_MS}", Post((Span(text),))))
            return
        await self._ledger.commit(Remember(_COPIED, str(now)))
