"""Values for tests of the ledger, with everything a test does not care about filled in."""

from __future__ import annotations

from typing import Any

from bot.relay.changes import AddReply, Enqueue
from bot.relay.model import (
    Chat,
    ChatId,
    ChatKind,
    ChatStatus,
    ContextKind,
    EffectId,
    Incoming,
    KnownChat,
    MessageId,
    Nature,
    NewEffect,
    PostId,
    Queue,
    Sender,
    Sifted,
    State,
    ThreadId,
    UserId,
)
from bot.relay.ports import Ledger
from bot.relay.reply import Reply

BUSINESS = 9_007_199_254_740_993  # more than a float can hold
GROUP = -1_001_234_567_890
BOT = 7_654_321_000
NOW_MS = 1_795_338_000_000  # 2026-11-22 09:00:00 UTC
CHAT = ChatId(5_000_000_000)


def put(key: str, lane: str = "lane", queue: Queue = Queue.GROUP, **more: Any) -> Enqueue:
    kind, payload = more.pop("kind", "post"), more.pop("payload", {})
    return Enqueue(NewEffect(key, queue, lane, kind, payload, **more))


def add_reply(key: str, post_id: int = 11, part: int = 0, text: str = "Hello") -> AddReply:
    reply = Reply(key, CHAT, PostId(post_id), UserId(1), NOW_MS, text, ThreadId(3), part)
    return AddReply(reply)


def known_chat(
    chat_id: int = CHAT,
    updated_ms: int = NOW_MS,
    read_ms: int = -1,
    cursor: int = 0,
    **more: Any,
) -> KnownChat:
    chat = Chat(
        ChatId(chat_id),
        ContextKind.ORDER,
        ChatKind.CHAT,
        ChatStatus.WAITING_FOR_PARTNER,
        created_ms=NOW_MS - 1000,
        updated_ms=updated_ms,
        **more,
    )
    return KnownChat(chat, MessageId(cursor), read_ms)


def sifted(
    message_id: int,
    nature: Nature = Nature.NEW,
    sender: Sender = Sender.CUSTOMER,
    echo_of: str | None = None,
) -> Sifted:
    message = Incoming(MessageId(message_id), sender, NOW_MS, f"words {message_id}")
    return Sifted(message, nature, echo_of)


def message(update_id: int, post_id: int, chat_id: int = GROUP, **more: Any) -> dict[str, object]:
    """An update with a message of the group, or with its edit where `edit_date` is given."""
    kind = "edited_message" if "edit_date" in more else "message"
    return {"update_id": update_id, kind: {"message_id": post_id, "chat": {"id": chat_id}, **more}}


async def ids(ledger: Ledger, *keys: str) -> tuple[EffectId, ...]:
    found = [await ledger.effect(key) for key in keys]
    return tuple(effect.id for effect in found if effect)


async def state(ledger: Ledger, key: str) -> State | None:
    """Of a row of the outbox; None where there is none."""
    effect = await ledger.effect(key)
    return effect.state if effect else None
