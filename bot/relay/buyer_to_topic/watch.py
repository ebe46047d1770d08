"""What changed at the Market, and what of it is due in the group: lists → histories → outbox."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import replace
from weakref import WeakValueDictionary

from bot.relay.buyer_to_topic.hints import Trust
from bot.relay.buyer_to_topic.post import posts_of
from bot.relay.buyer_to_topic.rests import Rests
from bot.relay.buyer_to_topic.sift import Sieve
from bot.relay.changes import Change, Confirm, MarkRead, Remember, SaveChat, StoreMessages
from bot.relay.errors import Refused, RelayError
from bot.relay.model import (
    Chat,
    ChatId,
    ChatStatus,
    Effect,
    KnownChat,
    MessageId,
    Nature,
    Sifted,
    State,
)
from bot.relay.notices import notice
from bot.relay.ports import Clock, Ledger, Market, Words
from bot.relay.posts import Post, Span, Style
from bot.relay.pulse import Pulse, Source
from bot.relay.reasons import why
from bot.relay.reply import Reply
from bot.relay.staff_to_market.settle import delivered
from bot.relay.titles import title

log = logging.getLogger(__name__)

_FIRST_START = "first start"
_LATELY_MS = 3_600_000
_SKEW_MS = 5_000
_BACK = 20  # R11: messages below the cursor that are read again
_SECOND_S = 1.1  # after which a second of the Market's clock is over, whatever ours says
_READING_AT_MOST = 50  # histories wanted at once; the Market's own limit of calls is below it


class Watch:
    """Must be the only one to read histories: whoever needs a chat read asks `look`."""

    def __init__(
        self,
        *,
        market: Market,
        ledger: Ledger,
        words: Words,
        clock: Clock,
        pulse: Pulse,
        trust: Trust,
    ) -> None:
        self._market = market
        self._ledger = ledger
        self._words = words
        self._clock = clock
        self._pulse = pulse
        self._trust = trust
        self._noting = asyncio.Lock()
        self._looking: WeakValueDictionary[ChatId, asyncio.Lock] = WeakValueDictionary()
        self._reading: set[ChatId] = set()
        # Chats read within the second of their last message: that second, and when (loop time).
        self._seconds: dict[ChatId, tuple[int, float]] = {}
        self._first_start_ms = 0
        self._rests = Rests()

    # Histories of chats that changed

    async def read_unread(self, readers: asyncio.TaskGroup) -> None:
        loop = asyncio.get_running_loop()
        if self._rests.are_all_resting(loop.time()):
            return
        unread = await self._ledger.unread_chats()
        for known in self._rests.due(unread, self._reading, loop.time()):
            if len(self._reading) >= _READING_AT_MOST:
                return
            if not self._is_second_open(known):
                self._reading.add(known.chat.id)
                readers.create_task(self._read(known))

    async def read_again(self, chat_ids: Sequence[ChatId], readers: asyncio.TaskGroup) -> None:
        """Whatever the lists say of them."""
        known = await self._ledger.known_chats(chat_ids) if chat_ids else {}
        for chat_id in known.keys() - self._reading:
            self._reading.add(chat_id)
            readers.create_task(self._read(known[chat_id]))

    async def _read(self, known: KnownChat) -> None:
        loop = asyncio.get_running_loop()
        try:
            if await self._look_or_set_aside(known):
                self._trust.polled(known.chat.id, loop.time())
            self._rests.worked(known.chat.id, loop.time())
            self._pulse.worked(Source.MARKET_HISTORIES)
        except RelayError as error:
            if self._rests.failed(known.chat.id, error, loop.time()):
                self._pulse.failed(Source.MARKET_HISTORIES, error)
            else:
                await self._tell_of(known.chat, error)
        finally:
            self._reading.discard(known.chat.id)

    async def _tell_of(self, chat: Chat, error: RelayError) -> None:
        """A chat that fails alone is no outage, and yet nobody would look for its messages."""
        log.info("The history of chat %s can't be read now: %s", chat.id, error)
        if not self._rests.is_to_be_told(chat.id, asyncio.get_running_loop().time()):
            return
        log.warning("The history of chat %s can't be read for long: %s", chat.id, error)
        with contextlib.suppress(RelayError):  # the next failure tells
            await self._ledger.commit(self._unreadable(chat, error))
            self._rests.told(chat.id)

    async def _look_or_set_aside(self, known: KnownChat) -> int:
        try:
            return await self.look(known.chat.id)
        except Refused as error:  # until it changes again
            log.warning("The history of chat %s can't be read: %s", known.chat.id, error)
            read = MarkRead(known.chat.id, known.cursor, known.chat.updated_ms)
            await self._ledger.commit(read, self._unreadable(known.chat, error))
            return 0

    def _unreadable(self, chat: Chat, error: RelayError) -> Change:
        text = self._words.say(
            "⚠️ Something new in {chat} can't be read: {reason} Look into the seller's cabinet.",
            chat=title(chat, self._words),
            reason=why(error.key, error.details, self._words),
        )
        key = f"unreadable/{chat.id}/{chat.updated_ms}"
        return notice(key, Post((Span(text, Style.FOREIGN),)))

    # Chats

    async def look_at_hint(self, chat_id: ChatId) -> int:
        """As `look`, also at a chat that was on no list yet."""
        if await self._ledger.known_chat(chat_id) is None:
            await self.note([await self._market.chat(chat_id)])
        return await self.look(chat_id)

    async def note(self, chats: Sequence[Chat], *, is_wanted: bool = False) -> bool:
        """Write down chats as listed; `is_wanted`: an admin asked for them, so all is due. Returns
        whether anything changed."""
        async with self._noting:
            return await self._note(chats, is_wanted)

    async def _note(self, chats: Sequence[Chat], is_wanted: bool) -> bool:
        first_start = await self._first_start()
        known = await self._ledger.known_chats([chat.id for chat in chats])
        changes: list[Change] = []
        for chat in chats:
            if (before := known.get(chat.id)) is None:
                changes.append(SaveChat(_welcome(chat, None if is_wanted else first_start)))
            elif _is_news(before.chat, chat) and before.chat.updated_ms <= chat.updated_ms:
                changes.append(SaveChat(replace(before, chat=chat)))
        await self._ledger.commit(*changes)
        return bool(changes)

    async def _first_start(self) -> int:
        if not self._first_start_ms:
            said = await self._ledger.recall(_FIRST_START)
            self._first_start_ms = int(said) if said else self._now_of_market()
            if not said:
                await self._ledger.commit(Remember(_FIRST_START, str(self._first_start_ms)))
        return self._first_start_ms

    def _now_of_market(self) -> int:
        """By its clock, which dates its chats. It tells whole seconds: few of them say nothing."""
        skew_ms = self._market.skew_ms() or 0
        return self._clock() + (skew_ms if abs(skew_ms) > _SKEW_MS else 0)

    # Histories

    async def look(self, chat_id: ChatId) -> int:
        """Read a chat from its cursor on and store what is new, in one transaction with the
        cursor and the posts that are due. Returns how many were new of those that are notified."""
        return await self._look(chat_id, 0)

    async def look_back(self, chat_id: ChatId) -> int:
        """As `look`, beginning some messages below the cursor: what turns up there came late."""
        return await self._look(chat_id, _BACK)

    async def _look(self, chat_id: ChatId, back: int) -> int:
        lock = self._looking.setdefault(chat_id, asyncio.Lock())
        async with lock:
            known = await self._ledger.known_chat(chat_id)
            if known is None:
                raise Refused("chat_unknown", chat=str(chat_id))
            began = asyncio.get_running_loop().time()
            last = await self._ledger.last_messages(chat_id, back) if back else []
            after = known.cursor if not back else last[-1] if len(last) == back else MessageId(0)
            found = await self._market.history(chat_id, after)
            messages = [message for message in found if message.id not in set(last)]
            # Read after the history: whatever stands in it was begun, and committed, before.
            replies = await self._ledger.unmatched_replies(chat_id)
            sifted = Sieve(known, list(replies)).sift(messages)
            is_whole = len(sifted) == len(messages)
            read = self._read_up_to(known, began) if is_whole else known.read_ms
            cursor = max(known.cursor, sifted[-1].message.id) if sifted else known.cursor
            await self._ledger.commit(
                StoreMessages(chat_id, sifted),
                *await self._settled(sifted, replies),
                *posts_of(chat_id, sifted, is_first=not known.cursor),
                MarkRead(chat_id, MessageId(cursor), read),
            )
            return sum(map(_is_announced, sifted))

    async def _settled(
        self, sifted: Sequence[Sifted], replies: Sequence[tuple[Reply, Effect]]
    ) -> list[Change]:
        """A reply that a person was asked about shows up after all: it is delivered."""
        proven = {one.echo_of for one in sifted if one.echo_of}
        changes: list[Change] = []
        for reply, effect in replies:
            if reply.effect_key in proven and effect.state is State.FAILED:
                parts = await self._ledger.replies_to_post(reply.post_id)
                changes += [Confirm(reply.effect_key), *delivered(reply.effect_key, parts)]
        return changes

    def _read_up_to(self, known: KnownChat, began: float) -> int:
        """Up to which `updated_ms` a chat counts as read by a reading that began at `began`.

        Where the Market gives whole seconds, a message may follow within the second that was just
        read without changing it: such a chat is read once more when that second is surely over.
        """
        updated = known.chat.updated_ms
        if updated % 1000:
            return updated
        seen, first = self._seconds.get(known.chat.id, (0, 0.0))
        if seen == updated and began >= first + _SECOND_S:
            del self._seconds[known.chat.id]
            return updated
        if seen != updated:
            self._seconds[known.chat.id] = (updated, asyncio.get_running_loop().time())
        return updated - 1

    def _is_second_open(self, known: KnownChat) -> bool:
        """Was it read in the second of its last message, so that it is too early to look again?"""
        seen, first = self._seconds.get(known.chat.id, (0, 0.0))
        is_same = seen == known.chat.updated_ms == known.read_ms + 1
        return is_same and asyncio.get_running_loop().time() < first + _SECOND_S


def _is_news(before: Chat, chat: Chat) -> bool:
    """A name that was erased comes back with the next message, and not with the next look."""
    return before != (chat if before.customer else replace(chat, customer=""))


def _is_announced(sifted: Sifted) -> bool:
    """Stickers, which come as messages without anything, are never notified (facts)."""
    message = sifted.message
    return sifted.nature is Nature.NEW and bool(message.text or message.attachments)


def _welcome(chat: Chat, first_start_ms: int | None) -> KnownChat:
    """A chat seen for the first time. One that was finished before the first start has nothing
    due until something new happens in it; finished long ago, it need not even be read."""
    if first_start_ms is None or chat.status is not ChatStatus.FINISHED:
        return KnownChat(chat)
    if chat.updated_ms > first_start_ms:
        return KnownChat(chat)
    is_long_ago = chat.updated_ms < first_start_ms - _LATELY_MS
    read = chat.updated_ms if is_long_ago else -1
    return KnownChat(chat, read_ms=read, since_ms=chat.updated_ms)
