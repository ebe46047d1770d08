"""Topics of chats; one that was made in another group than ours is not seen."""

from __future__ import annotations

from collections.abc import Sequence

from tortoise.queryset import QuerySet

from bot.relay.changes import SaveTopic
from bot.relay.errors import Refused
from bot.relay.model import ChatId, ThreadId, Topic, TopicState
from bot.storage.prepared import insert, prepared
from bot.storage.scope import Scope, Shelf
from bot.storage.tables import TopicRow
from bot.storage.units import reads

_MADE = (TopicState.OPEN, TopicState.CLOSED)
_OVERWRITTEN = ("group_id", "thread_id", "name", "state", "is_headed", "changed_ms")


class Topics(Shelf):
    @reads
    async def topic(self, chat_id: ChatId) -> Topic | None:
        return _topic(await _of_chat(self.scope, chat_id))

    @reads
    async def topic_by_thread(self, thread_id: ThreadId) -> Topic | None:
        return _topic(await _at(self.scope, thread_id))


async def save_topic(scope: Scope, change: SaveTopic) -> None:
    topic = change.topic
    made = _topics(scope).filter(chat_id=topic.chat_id, thread_id__isnull=False)
    if change.unless_made and await made.filter(state__in=_MADE).exists():
        raise Refused("topic_made")
    row = TopicRow(
        business_id=scope.business_id,
        group_id=scope.group_id,
        chat_id=topic.chat_id,
        thread_id=topic.thread_id,
        name=topic.name,
        state=topic.state,
        is_headed=topic.is_headed,
        changed_ms=topic.changed_ms,
    )
    key = ("business_id", "chat_id")
    await insert(row, key=key, replace=_OVERWRITTEN)


async def recover_topics(scope: Scope, now_ms: int) -> None:
    """What was being made when the process ended may have been made: it is waited for from now."""
    await _topics(scope).filter(state=TopicState.CREATING).update(changed_ms=now_ms)


def _topics(scope: Scope) -> QuerySet[TopicRow]:
    return TopicRow.filter(business_id=scope.business_id, group_id=scope.group_id)


@prepared
def _of_chat(scope: Scope, chat_id: int) -> QuerySet[TopicRow]:
    return _topics(scope).filter(chat_id=chat_id)


@prepared
def _at(scope: Scope, thread_id: int) -> QuerySet[TopicRow]:
    return _topics(scope).filter(thread_id=thread_id)


def _topic(rows: Sequence[TopicRow]) -> Topic | None:
    if not rows:
        return None
    row = rows[0]
    return Topic(
        chat_id=ChatId(row.chat_id),
        name=row.name,
        thread_id=None if row.thread_id is None else ThreadId(row.thread_id),
        state=TopicState(row.state),
        is_headed=row.is_headed,
        changed_ms=row.changed_ms,
    )
