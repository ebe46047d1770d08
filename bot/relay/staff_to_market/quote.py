"""A short quote of what a staff message answers, where the chat has moved on since."""

from __future__ import annotations

import re

from bot.relay.model import ChatId, Incoming, MessageId, PostId, Sender, Topic
from bot.relay.ports import Ledger
from bot.relay.staff_to_market.message import StaffMessage
from bot.relay.text import clean

_LONGEST = 80  # characters of the quote
_SHOWN = re.compile(r"(?:post|show|file|refetch)/(\d+)/(\d+)/\d+")


class Quotes:
    """`is_on`: the shop wants them."""

    def __init__(self, ledger: Ledger, *, is_on: bool) -> None:
        self._ledger = ledger
        self._is_on = is_on

    async def needed(self, message: StaffMessage, topic: Topic) -> str:
        """What goes before the answer; empty where the buyer can't mistake what is answered."""
        if message.album and await self._ledger.replies_in_album(message.album):
            return ""  # all of an album answers the same: the first file says what
        return await self._quote(message, topic.chat_id, is_only_if_needed=True)

    async def possible(self, message: StaffMessage, topic: Topic) -> str:
        """What went before the answer, if anything did: the chat has moved on since."""
        return await self._quote(message, topic.chat_id, is_only_if_needed=False)

    async def _quote(
        self, message: StaffMessage, chat_id: ChatId, *, is_only_if_needed: bool
    ) -> str:
        if not self._is_on or message.reply_to is None:
            return ""
        answered = await self._answered(message.reply_to, chat_id)
        known = await self._ledger.known_chat(chat_id)
        if not answered or known is None:
            return ""
        if is_only_if_needed and known.cursor <= answered[-1].id:
            return ""
        words = message.quote or (_words(answered[0]) if len(answered) == 1 else "")
        return f"> {_short(words)}\n\n" if words else ""

    async def _answered(self, post_id: PostId, chat_id: ChatId) -> list[Incoming]:
        """The buyer's messages that the post shows."""
        found = [_SHOWN.fullmatch(key) for key in await self._ledger.keys_at(post_id)]
        ids = {MessageId(int(one[2])) for one in found if one and int(one[1]) == chat_id}
        shown = await self._ledger.incoming(chat_id, sorted(ids))
        return [one for one in shown if one.sender is Sender.CUSTOMER]


def _words(message: Incoming) -> str:
    if message.text.strip():
        return message.text
    return message.attachments[0].name if message.attachments else ""


def _short(text: str) -> str:
    line = " ".join(clean(text).split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1].rstrip() + "…"
