"""What becomes of the group itself: another number, or too many messages for its topics."""

from __future__ import annotations

import asyncio
import logging

from bot.relay.alarms.voice import alarm
from bot.relay.changes import Change
from bot.relay.errors import RelayError
from bot.relay.notices import notice
from bot.relay.ports import Ledger, Words
from bot.relay.posts import Post, Span

log = logging.getLogger(__name__)

_CROWDED = (900_000, 990_000)  # messages of a group, when that is told
_COUNTED_EVERY_S = 600.0


class Crowd:
    """Above a million messages Telegram does not find topics any more (facts)."""

    def __init__(self, ledger: Ledger, words: Words) -> None:
        self._ledger = ledger
        self._words = words

    async def run(self) -> None:
        while True:
            try:
                await self._count()
            except RelayError as error:
                log.debug("The messages of the group can't be counted: %s", error)
            await asyncio.sleep(_COUNTED_EVERY_S)

    async def _count(self) -> None:
        highest = await self._ledger.highest_post()
        if passed := [mark for mark in _CROWDED if highest >= mark]:
            text = self._words.say(
                "⚠️ This group has {number} messages. Above 1,000,000 Telegram does not find its "
                "topics any more. Make a new group with topics, add the bot as an administrator "
                "and set TELEGRAM_GROUP_ID to its number: the bot makes new topics there, and what "
                "waits moves along.",
                number=self._words.number(highest),
            )
            await self._ledger.commit(alarm("crowd", str(passed[-1]), text))


def told_of_number(group_id: int, words: Words) -> Change:
    """To be written down before the group moves, so that it goes along."""
    text = words.say(
        "ℹ️ Telegram gave this group another number. The bot goes on with it; set "
        "TELEGRAM_GROUP_ID={number} in its settings, so that they are right.",
        number=str(group_id),
    )
    return notice(f"moved/{group_id}", Post((Span(text),)))
