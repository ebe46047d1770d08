"""Posting what is due into the chat's topic, header first, each message once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from bot.relay.buyer_to_topic.wording import HEADER_UNITS, Piece, body, header, pieces
from bot.relay.changes import Change, Enqueue, Postpone, SaveTopic, Settle
from bot.relay.errors import Gone, Refused
from bot.relay.finder import Finder
from bot.relay.landing import Landing
from bot.relay.model import (
    ChatId,
    Effect,
    Nature,
    NewEffect,
    Queue,
    Sifted,
    State,
    Topic,
    TopicState,
)
from bot.relay.notices import notice
from bot.relay.ports import Clock, Ledger, Words
from bot.relay.posts import Post, Posted, Span, Style
from bot.relay.reasons import why
from bot.relay.text import POST_UNITS
from bot.relay.topics import Topics, lane_of
from bot.relay.work import Done, NotDone, Verdict, Work, chat_of, ids

log = logging.getLogger(__name__)

KIND = "post"
CARD = "card"  # the header alone: an admin asked for the topic before anybody wrote
_ALONE = "alone"  # reason of a row whose company was refused
_OFF_PAUSE_MS = 60_000  # between two looks whether topics are on again


def posts_of(chat_id: ChatId, sifted: Sequence[Sifted], *, is_first: bool) -> list[Change]:
    """A row for every piece that is due, in the order of the chat.

    What came before the topic (`is_first`) goes out joined, so that a first start floods nobody.
    """
    return [
        Enqueue(
            NewEffect(
                key=f"post/{chat_id}/{one.message.id}/{piece.part}",
                queue=Queue.GROUP,
                lane=lane_of(chat_id),
                kind=KIND,
                payload={**piece.to_json(), "is_recent": is_first},
                chat_id=chat_id,
            )
        )
        for one in sifted
        if one.nature in (Nature.NEW, Nature.COLLEAGUE)
        for piece in pieces(one)
    ]


def card(chat_id: ChatId, key: str) -> Change:
    """Have the topic of a chat, open and with its header."""
    return Enqueue(NewEffect(key, Queue.GROUP, lane_of(chat_id), CARD, {}, 0, chat_id))


class PostWork(Work):
    is_exclusive = True

    def __init__(
        self,
        *,
        landing: Landing,
        ledger: Ledger,
        topics: Topics,
        finder: Finder,
        words: Words,
        clock: Clock,
    ) -> None:
        self._landing = landing
        self._ledger = ledger
        self._topics = topics
        self._finder = finder
        self._words = words
        self._clock = clock

    async def prepare(self, head: Effect) -> None:
        await self._landing.ready()
        await self._topics.ensure(chat_of(head))

    def joinable(self, waiting: Sequence[Effect]) -> int:
        """As many as fit; what was refused in company goes alone, so that it can hold up only
        itself, and so does what may be a repeat, so that the mark is its own."""
        room = POST_UNITS - HEADER_UNITS
        for count, effect in enumerate(waiting):
            room -= Piece.from_json(effect.payload).units
            is_alone = effect.rounds > 0 or effect.reason == _ALONE
            if count and (room < 0 or is_alone):
                return count
            if is_alone:
                return 1
        return len(waiting)

    async def base(self, head: Effect) -> int:
        """Topics and messages share one sequence of ids: the post lies above its topic."""
        topic = await self._topics.of(chat_of(head))
        return max(await self._ledger.highest_post(), topic.thread_id or 0)

    async def perform(self, batch: Sequence[Effect]) -> Done:
        topic = await self._topics.of(chat_of(batch[0]))
        spans = [*await self._top(topic, batch), *self._body(batch)]
        posted = await self._landing.post(Post(tuple(spans), topic.thread_id))
        return self._done(topic, posted)

    async def _top(self, topic: Topic, batch: Sequence[Effect]) -> list[Span]:
        spans = []
        if batch[0].rounds:
            mark = self._words.say("⚠️ Perhaps a repeat: Telegram did not say whether it came.")
            spans.append(Span(f"{mark}\n", Style.LABEL))
        if not topic.is_headed and (known := await self._ledger.known_chat(topic.chat_id)):
            spans += header(known.chat, self._words)
        return spans

    def _body(self, batch: Sequence[Effect]) -> list[Span]:
        return body([Piece.from_json(e.payload) for e in batch], self._clock(), self._words)

    def _done(self, topic: Topic, posted: Posted) -> Done:
        if topic.is_headed:
            return Done(result=posted.id)
        headed = SaveTopic(replace(topic, is_headed=True, changed_ms=self._clock()))
        return Done([headed], posted.id)

    async def settle(self, batch: Sequence[Effect]) -> Verdict:
        verdict = await self._finder.find(batch)
        if not isinstance(verdict, Done) or verdict.result is None:
            return verdict
        topic = await self._topics.of(chat_of(batch[0]))
        if topic.state is not TopicState.OPEN:
            return verdict
        return Done([SaveTopic(replace(topic, is_headed=True))], verdict.result)

    async def refused(self, batch: Sequence[Effect], error: Refused) -> Sequence[Change]:
        """A buyer's message is never dropped: what can be mended is waited for or mended."""
        now = self._clock()
        topic = await self._topics.of(chat_of(batch[0]))
        if error.key == "topic_closed":
            return [_closed(topic), Postpone(ids(batch), now, error.key)]
        if isinstance(error, Gone):
            due, changes = await self._topics.gone(topic, batch[0].reason == error.key)
            return [*changes, Postpone(ids(batch), due, error.key)]
        if error.key == "topics_off":
            due = now + _OFF_PAUSE_MS
            return [Postpone(ids(batch), due, error.key), self._said(error)]
        if len(batch) > 1:
            return [Postpone(ids(batch), now, _ALONE)]
        return [Settle(ids(batch), State.FAILED, reason=error.key), self._unshown(topic, batch[0])]

    def _said(self, error: Refused) -> Change:
        """Once an hour, in General."""
        text = why(error.key, error.details, self._words)
        return notice(f"{error.key}/{self._clock() // 3_600_000}", Post((Span(text),)))

    def _unshown(self, topic: Topic, effect: Effect) -> Change:
        text = self._words.say(
            "A message of the buyer could not be shown here. Read it in the seller's cabinet."
        )
        return notice(f"unshown/{effect.id}", Post((Span(text),), topic.thread_id))


class CardWork(PostWork):
    """The header alone, where nothing has been posted yet."""

    def joinable(self, waiting: Sequence[Effect]) -> int:
        return 1

    async def perform(self, batch: Sequence[Effect]) -> Done:
        topic = await self._topics.of(chat_of(batch[0]))
        if topic.is_headed:
            return Done()
        spans = await self._top(topic, batch)
        posted = await self._landing.post(Post(tuple(spans), topic.thread_id))
        return self._done(topic, posted)

    async def settle(self, batch: Sequence[Effect]) -> Verdict:
        topic = await self._topics.of(chat_of(batch[0]))
        return NotDone() if topic.is_headed else await super().settle(batch)


def _closed(topic: Topic) -> Change:
    return SaveTopic(replace(topic, state=TopicState.CLOSED))
