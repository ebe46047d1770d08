"""What happens to the group and to its topics, without anybody saying a word."""

from __future__ import annotations

from collections.abc import Sequence

from aiogram import F, Router
from aiogram.types import ChatMemberUpdated, Message

from bot.relay.buyer_to_topic.post import card
from bot.relay.changes import Change, HurryAll
from bot.relay.model import PostId, Queue, ThreadId
from bot.relay.titles import chat_of
from bot.relay.topics import created, opened_or_closed, restyled, topic_at
from bot.telegram.desk import Desk
from bot.telegram.filters import Where


def register(routes: Router, bot_id: int) -> None:
    """A name is believed only of a topic that the bot made itself."""
    is_ours = F.forum_topic_created & (F.from_user.id == bot_id)
    routes.message.register(on_topic_created, Where(is_ours))
    routes.message.register(on_topic_restyled, Where(F.forum_topic_edited))
    routes.message.register(on_topic_closed, Where(F.forum_topic_closed))
    routes.message.register(on_topic_reopened, Where(F.forum_topic_reopened))
    routes.message.register(on_moved, Where(F.migrate_to_chat_id))
    routes.my_chat_member.register(on_other_rights)


async def on_topic_created(message: Message, desk: Desk) -> Sequence[Change]:
    made = message.forum_topic_created
    if made is None or message.message_thread_id is None:
        return []
    chat_id, thread_id = chat_of(made.name), ThreadId(message.message_thread_id)
    if chat_id is None or await topic_at(desk.ledger, thread_id):  # ours already, or gone since
        return []
    return created(await desk.ledger.topic(chat_id), thread_id, desk.clock())


async def on_topic_restyled(message: Message, desk: Desk) -> Sequence[Change]:
    changed = message.forum_topic_edited
    topic = await desk.ledger.topic_by_thread(ThreadId(message.message_thread_id or 0))
    return restyled(topic, changed.name, changed.icon_custom_emoji_id) if changed else []


async def on_topic_closed(message: Message, desk: Desk) -> Sequence[Change]:
    """Where a message came after the closing, before it was heard of, the topic opens again."""
    changes = await _moved(message, desk, is_open=False)
    topic = await desk.ledger.topic_by_thread(ThreadId(message.message_thread_id or 0))
    closed_at = PostId(message.message_id)
    if topic and await desk.ledger.has_posted_after(topic.chat_id, closed_at):
        return [*changes, card(topic.chat_id, f"reopen/{closed_at}")]
    return changes


async def on_topic_reopened(message: Message, desk: Desk) -> Sequence[Change]:
    return await _moved(message, desk, is_open=True)


async def _moved(message: Message, desk: Desk, *, is_open: bool) -> Sequence[Change]:
    topic = await desk.ledger.topic_by_thread(ThreadId(message.message_thread_id or 0))
    return opened_or_closed(topic, is_open, desk.clock())


async def on_moved(message: Message, desk: Desk) -> Sequence[Change]:
    desk.pulse.move(int(message.migrate_to_chat_id or 0))
    return []


async def on_other_rights(_: ChatMemberUpdated, desk: Desk) -> Sequence[Change]:
    """What waits for a right may have got it, or lost it."""
    desk.pulse.alarm.set()
    return [HurryAll(Queue.GROUP, desk.clock())]
