"""Posting what is due into the chat's topic, header first, each message once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from bot.relay.buyer_to_topic.cargo import cargo_of
from bot.relay.buyer_to_topic.wording import HEADER_UNITS, Piece, body, header, joined_units, pieces
from bot.relay.changes import Change, Enqueue, Postpone, SaveTopic, Settle
from bot.relay.errors import Gone, Refused, RelayError
from bot.relay.finder import ALONE, Finder
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
from bot.relay.text import POST_UNITS, is_blank
from bot.relay.topics import Topics, lane_of
from bot.relay.work import Done, NotDone, Verdict, Work, chat_of, ids

log = logging.getLogger(__name__)

KIND = "post"
CARD = "card"  # the header alone: an admin asked for the topic before anybody wrote
_OFF_PAUSE_MS = 60_000  # between two looks whether topics are on again


def posts_of(chat_id: ChatId, sifted: Sequence[Sifted], *, is_first: bool) -> list[Change]:
    """A row for every piece that is due, in the order of the chat.

    What came before the topic (`is_first`) goes out joined, so that a first start floods nobody.
    """
    due = [one for one in sifted if one.nature in (Nature.NEW, Nature.COLLEAGUE)]
    return [
        change
        for one in due
        for change in (*_texts_of(chat_id, one, is_first), *cargo_of(chat_id, one))
    ]


def _texts_of(chat_id: ChatId, one: Sifted, is_first: bool) -> list[Change]:
    """A row a piece. Files have rows of their own, and need no words where there are none."""
    if one.message.attachments and is_blank(one.message.text):
        return []
    text_alone = replace(one, message=replace(one.message, attachments=()))
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
        for piece in pieces(text_alone)
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
            room -= joined_units(Piece.from_json(effect.payload), self._words)
            is_alone = effect.rounds > 0 or effect.reason == ALONE
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
        return self._done(topic, [posted])

    async def _top(self, topic: Topic, batch: Sequence[Effect]) -> list[Span]:
        spans = []
        if batch[0].rounds or batch[0].payload.get("is_repeat"):
            mark = self._words.say("⚠️ Perhaps a repeat: Telegram did not say whether it came.")
            spans.append(Span(f"{mark}\n", Style.LABEL))
        if not topic.is_headed and (known := await self._ledger.known_chat(topic.chat_id)):
            spans += header(known.chat, self._words)
        return spans

    def _body(self, batch: Sequence[Effect]) -> list[Span]:
        return body([Piece.from_json(e.payload) for e in batch], self._clock(), self._words)

    def _done(self, topic: Topic, posted: Sequence[Posted], changes: Sequence[Change] = ()) -> Done:
        results = [one.id for one in posted]
        if topic.is_headed:
            return Done(changes, results)
        headed = SaveTopic(replace(topic, is_headed=True, changed_ms=self._clock()))
        return Done([headed, *changes], results)

    async def settle(self, batch: Sequence[Effect]) -> Verdict:
        return await self._found(batch, await self._finder.find(batch))

    async def _found(self, batch: Sequence[Effect], verdict: Verdict) -> Verdict:
        """What was found has headed the topic, as any post does."""
        if not isinstance(verdict, Done | NotDone):
            return verdict
        is_there = verdict.results if isinstance(verdict, Done) else verdict.changes
        topic = await self._topics.of(chat_of(batch[0]))
        if topic.state is not TopicState.OPEN or not is_there:
            return verdict
        headed = SaveTopic(replace(topic, is_headed=True))
        return replace(verdict, changes=[headed, *verdict.changes])

    async def refused(self, batch: Sequence[Effect], error: Refused) -> Sequence[Change]:
        """A buyer's message is never dropped: what can be mended is waited for or mended."""
        now = self._clock()
        topic = await self._topics.of(chat_of(batch[0]))
        if error.key == "topic_closed":
            return [_closed(topic), Postpone(ids(batch), now, error.key)]
        if isinstance(error, Gone):
            due, changes = await self._topics.gone(topic, batch[0].reason == error.key)
            return [*changes, Postpone(ids(batch), due, error.key)]
        if error.key == "topics_off":  # a person has to mend it: told by the alarms
            return [Postpone(ids(batch), now + _OFF_PAUSE_MS, error.key)]
        return await self._given_up(batch, error)

    async def _given_up(self, batch: Sequence[Effect], error: RelayError) -> Sequence[Change]:
        """Nothing about the topic: it is the words themselves that Telegram does not take."""
        topic = await self._topics.of(chat_of(batch[0]))
        if len(batch) > 1:
            return [Postpone(ids(batch), self._clock(), ALONE)]
        return [Settle(ids(batch), State.FAILED, reason=error.key), self._unshown(topic, batch[0])]

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
        return self._done(topic, [posted])

    async def settle(self, batch: Sequence[Effect]) -> Verdict:
        topic = await self._topics.of(chat_of(batch[0]))
        return NotDone(counts=False) if topic.is_headed else await super().settle(batch)


def _closed(topic: Topic) -> Change:
    return SaveTopic(replace(topic, state=TopicState.CLOSED))
