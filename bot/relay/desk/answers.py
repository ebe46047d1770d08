"""Answers of the desk that go through a topic's lane: the link to it, and closing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.relay.changes import Change, Enqueue, SaveTopic, Settle
from bot.relay.errors import Refused
from bot.relay.finder import Finder
from bot.relay.landing import Landing
from bot.relay.model import Effect, NewEffect, PostId, Queue, State, ThreadId, Topic, TopicState
from bot.relay.notices import notice
from bot.relay.ports import Clock, Forum, Ledger, Words
from bot.relay.posts import Post, Span, Style
from bot.relay.reasons import why
from bot.relay.topics import Topics, lane_of
from bot.relay.work import Done, Verdict, Work, chat_of, ids

CLOSE = "close"


def close(topic: Topic, post_id: PostId) -> Change:
    """Close the topic behind everything that waits for it; a new message reopens it."""
    key = f"close/{post_id}"
    lane = lane_of(topic.chat_id)
    return Enqueue(NewEffect(key, Queue.GROUP, lane, CLOSE, {}, 1, topic.chat_id))


class LinkWork(Work):
    """Tells who asked for a chat where its topic is."""

    is_exclusive = True

    def __init__(
        self,
        *,
        forum: Forum,
        landing: Landing,
        ledger: Ledger,
        topics: Topics,
        finder: Finder,
        words: Words,
    ) -> None:
        self._forum = forum
        self._landing = landing
        self._ledger = ledger
        self._topics = topics
        self._finder = finder
        self._words = words

    async def prepare(self, head: Effect) -> None:
        await self._topics.ensure(chat_of(head))

    async def base(self, head: Effect) -> int:
        return max(await self._ledger.highest_post(), PostId(head.payload["post"]))

    async def perform(self, batch: Sequence[Effect]) -> Done:
        [effect] = batch
        topic = await self._topics.of(chat_of(effect))
        assert topic.thread_id is not None
        link = self._forum.link(topic.thread_id)
        asked_in = effect.payload["thread"]
        thread = ThreadId(asked_in) if asked_in else None
        reply_to = PostId(effect.payload["post"])
        spans = (Span(topic.name, Style.FOREIGN_LABEL), Span(f"\n{link}"))
        posted = await self._landing.post(Post(spans, thread, reply_to=reply_to))
        return Done(results=[posted.id])

    async def refused(self, batch: Sequence[Effect], error: Refused) -> Sequence[Change]:
        [effect] = batch
        said = self._words.say(
            "❌ The chat is there, but it has no topic: {reason}",
            reason=why(error.key, error.details, self._words),
        )
        post = Post((Span(said),), reply_to=PostId(effect.payload["post"]))
        failed = Settle(ids(batch), State.FAILED, reason=error.key)
        return [failed, notice(f"link/{effect.id}", post)]

    async def settle(self, batch: Sequence[Effect]) -> Verdict:
        return await self._finder.find(batch)


class CloseWork(Work):
    def __init__(self, *, forum: Forum, topics: Topics, clock: Clock) -> None:
        self._forum = forum
        self._topics = topics
        self._clock = clock

    async def perform(self, batch: Sequence[Effect]) -> Done:
        [effect] = batch
        topic = await self._topics.of(chat_of(effect))
        if topic.thread_id is None:
            return Done()
        await self._forum.close_topic(topic.thread_id)
        closed = replace(topic, state=TopicState.CLOSED, changed_ms=self._clock())
        return Done([SaveTopic(closed)])


class ShutWork(Work):
    """Closes a topic that was made twice, so that nobody writes where nobody reads."""

    def __init__(self, forum: Forum) -> None:
        self._forum = forum

    async def perform(self, batch: Sequence[Effect]) -> Done:
        await self._forum.close_topic(ThreadId(batch[0].payload["thread"]))
        return Done()

    async def refused(self, batch: Sequence[Effect], error: Refused) -> Sequence[Change]:
        return [Settle(ids(batch), State.SENT, reason=error.key)]
