"""`/history`: earlier messages of a chat, read from the Market and shown in its topic."""

from __future__ import annotations

from collections.abc import Sequence

from bot.relay.buyer_to_topic.wording import Piece, body, joined_units, pieces
from bot.relay.changes import Change, Enqueue, Settle
from bot.relay.errors import Refused
from bot.relay.model import (
    Effect,
    Incoming,
    MessageId,
    Nature,
    NewEffect,
    PostId,
    Queue,
    Sifted,
    State,
    ThreadId,
    Topic,
)
from bot.relay.notices import notice
from bot.relay.ports import Clock, Market, Words
from bot.relay.posts import Post, Span
from bot.relay.reasons import why
from bot.relay.text import POST_UNITS
from bot.relay.work import Done, Work, chat_of, ids

HISTORY = "history"
DEFAULT, MOST = 20, 100  # messages shown


def parse(arguments: str) -> int | None:
    """How many messages; None where it is wrong."""
    if not arguments.strip():
        return DEFAULT
    asked = arguments.strip()
    return min(int(asked), MOST) if asked.isdecimal() and int(asked) else None


def ask(topic: Topic, post_id: PostId, count: int) -> Change:
    payload = {"post": post_id, "thread": topic.thread_id, "count": count}
    key = f"history/{post_id}"
    return Enqueue(NewEffect(key, Queue.DESK, key, HISTORY, payload, chat_id=topic.chat_id))


class HistoryWork(Work):
    def __init__(self, *, market: Market, words: Words, clock: Clock) -> None:
        self._market = market
        self._words = words
        self._clock = clock

    async def perform(self, batch: Sequence[Effect]) -> Done:
        [effect] = batch
        messages = await self._market.history(chat_of(effect), MessageId(0))
        shown = _pages([_piece(m) for m in messages[-effect.payload["count"] :]], self._words)
        return Done([self._page(effect, number, page) for number, page in enumerate(shown)])

    def _page(self, effect: Effect, number: int, page: Sequence[Piece]) -> Change:
        spans = body(page, self._clock(), self._words)
        if not spans:
            spans = [Span(self._words.say("Nothing has been written in this chat yet."))]
        thread, reply_to = ThreadId(effect.payload["thread"]), PostId(effect.payload["post"])
        post = Post(tuple(spans), thread, reply_to=reply_to, is_silent=True)
        # One lane for all pages keeps them in order.
        return notice(f"history/{effect.id}/{number}", post, rank=2, lane=f"history/{effect.id}")

    async def refused(self, batch: Sequence[Effect], error: Refused) -> Sequence[Change]:
        [effect] = batch
        thread, reply_to = ThreadId(effect.payload["thread"]), PostId(effect.payload["post"])
        said = self._words.say(
            "❌ The history can't be shown: {reason}",
            reason=why(error.key, error.details, self._words),
        )
        failed = Settle(ids(batch), State.FAILED, reason=error.key)
        return [failed, notice(f"history/{effect.id}", Post((Span(said),), thread, reply_to))]


def _piece(message: Incoming) -> list[Piece]:
    return pieces(Sifted(message, Nature.OLD))


def _pages(messages: Sequence[Sequence[Piece]], words: Words) -> list[list[Piece]]:
    """As many as fit into each post; at least one page, empty where nothing was written."""
    pages: list[list[Piece]] = [[]]
    room = POST_UNITS
    for piece in (piece for message in messages for piece in message):
        taken = joined_units(piece, words)
        room -= taken
        if room < 0 and pages[-1]:
            pages.append([])
            room = POST_UNITS - taken
        pages[-1].append(piece)
    return pages
