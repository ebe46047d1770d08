"""All that was said in one chat leaves the database; ids stay, so that nothing comes twice."""

from __future__ import annotations

from bot.relay.deeds import Erase
from bot.storage.outbox import effects
from bot.storage.retention import empty_effects, empty_messages, empty_replies
from bot.storage.scope import Scope
from bot.storage.tables import ChatRow, EffectRow, IncomingRow, ReplyRow, TopicRow, UpdateRow

_AT_ONCE = 1000  # rows


async def erase(scope: Scope, change: Erase) -> None:
    """What waits to be sent is left: whoever asks has seen that nothing does."""
    chat = {"business_id": scope.business_id, "chat_id": change.chat_id}
    replies = await ReplyRow.filter(**chat)
    await empty_messages(await IncomingRow.filter(**chat).only("id"))
    await empty_replies(replies)
    topics = TopicRow.filter(**chat, group_id=scope.group_id)
    threads = {topic.thread_id for topic in await topics} - {None}
    await _erase_effects(scope, change.chat_id, threads, {reply.post_id for reply in replies})
    await ChatRow.filter(**chat).update(customer="")
    await topics.update(name=f"#{change.chat_id}")
    await _erase_updates(scope, threads)


async def _erase_effects(
    scope: Scope, chat_id: int, threads: set[int | None], posts: set[int]
) -> None:
    """Rows of the chat, and what else was said in its topic or in answer to one of its messages.
    What a row is about stands in its payload alone: all closed rows are looked at."""
    above = 0
    while rows := await _closed(scope, above):
        above = rows[-1].id
        about = [
            row
            for row in rows
            if row.chat_id == chat_id
            or row.payload.get("thread") in threads
            or {row.payload.get("post"), row.payload.get("reply_to")} & posts
        ]
        await empty_effects(about)


async def _closed(scope: Scope, above: int) -> list[EffectRow]:
    closed = effects(scope).filter(is_open=False, id__gt=above)
    return await closed.order_by("id").limit(_AT_ONCE)


async def _erase_updates(scope: Scope, threads: set[int | None]) -> None:
    """What staff wrote in the topic, as it came; kept for three days only, so few are looked at."""
    ours = UpdateRow.filter(business_id=scope.business_id, group_id=scope.group_id)
    for row in await ours.filter(post_id__isnull=False):
        message = row.content.get("message") or row.content.get("edited_message") or {}
        if message.get("message_thread_id") in threads:
            row.content = {"update_id": row.update_id}
            await row.save(update_fields=["content"])
