"""What the handlers work with, and how they answer."""

from __future__ import annotations

from dataclasses import dataclass

from aiogram.types import Message

from bot.relay.changes import Change
from bot.relay.model import PostId, Role, ThreadId, Topic, UserId
from bot.relay.notices import notice
from bot.relay.ports import Clock, Forum, Ledger, Market, Words
from bot.relay.posts import Post, Span
from bot.relay.pulse import Pulse
from bot.relay.staff_to_market.accept import album_note
from bot.relay.staff_to_market.message import StaffMessage
from bot.relay.staff_to_market.quote import Quotes
from bot.relay.tally import Tally
from bot.relay.topics import topic_at


@dataclass(frozen=True, slots=True)
class Desk:
    """What the handlers work with."""

    ledger: Ledger
    forum: Forum
    market: Market
    pulse: Pulse
    tally: Tally
    words: Words
    clock: Clock
    quotes: Quotes

    async def topic_of(self, message: Message) -> Topic | None:
        """In General a reply carries a `message_thread_id` too, which is no topic (R7)."""
        if not message.is_topic_message or message.message_thread_id is None:
            return None
        return await topic_at(self.ledger, ThreadId(message.message_thread_id))

    async def role_of(self, message: Message) -> Role:
        """Who hides behind the group or a channel has no right that could be checked."""
        if message.sender_chat is not None or message.from_user is None:
            return Role.OUTSIDER
        return await self.forum.role(UserId(message.from_user.id))

    async def is_noted(self, said: StaffMessage) -> bool:
        """Does it belong to an album that stays inside?"""
        return bool(said.album and await self.ledger.recall(album_note(said.album)))


AFTER_BUYERS = 2  # rank of what anybody may ask for: it delays no buyer's message (R26)


def answer(message: Message, text: str, rank: int = 0) -> Change:
    """Say something where the message stands, as a reply to it."""
    thread = message.message_thread_id if message.is_topic_message else None
    post = Post(
        (Span(text),),
        ThreadId(thread) if thread else None,
        reply_to=PostId(message.message_id),
    )
    return notice(f"answer/{message.message_id}", post, rank=rank)
