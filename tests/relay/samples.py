"""Values for tests of the relay, with everything a test does not care about filled in."""

from __future__ import annotations

from typing import Any

from bot.relay.model import (
    Chat,
    ChatId,
    ChatKind,
    ChatStatus,
    ContextKind,
    Effect,
    EffectId,
    Incoming,
    KnownChat,
    MessageId,
    Nature,
    PostId,
    Queue,
    Sender,
    Sifted,
    State,
    ThreadId,
    UserId,
)
from bot.relay.reply import Reply
from bot.relay.staff_to_market.message import StaffMessage
from bot.texts.catalog import Catalog

NOW_MS = 1_795_338_000_000  # 2026-11-22 09:00:00 UTC
CHAT = ChatId(5_000_000_000)
THREAD = ThreadId(77)
POST = PostId(501)
ENGLISH = Catalog("en")


def chat(**changed: Any) -> Chat:
    values: dict[str, Any] = {
        "id": CHAT,
        "context": ContextKind.ORDER,
        "kind": ChatKind.CHAT,
        "status": ChatStatus.WAITING_FOR_PARTNER,
        "created_ms": NOW_MS - 1000,
        "updated_ms": NOW_MS,
        "order_id": 123456,
        "customer": "Иван Петров",
    }
    return Chat(**values | changed)


def known(cursor: int = 10, since_ms: int | None = None, **changed: Any) -> KnownChat:
    return KnownChat(chat(**changed), MessageId(cursor), NOW_MS, since_ms)


def incoming(
    number: int, text: str = "Здравствуйте", sender: Sender = Sender.CUSTOMER, at_ms: int = NOW_MS
) -> Incoming:
    return Incoming(MessageId(number), sender, at_ms, text)


def by_shop(number: int, text: str, at_ms: int = NOW_MS) -> Incoming:
    return incoming(number, text, Sender.PARTNER, at_ms)


def sifted(message: Incoming, nature: Nature = Nature.NEW) -> Sifted:
    return Sifted(message, nature)


def effect(key: str = "say/501/0", **changed: Any) -> Effect:
    values: dict[str, Any] = {
        "id": EffectId(1),
        "key": key,
        "queue": Queue.MARKET,
        "lane": f"chat/{CHAT}",
        "kind": "say",
        "payload": {},
        "rank": 0,
        "chat_id": CHAT,
        "state": State.SENT,
        "created_ms": NOW_MS,
        "due_ms": NOW_MS,
        "started_ms": NOW_MS,
        "base": 10,
    }
    return Effect(**values | changed)


def reply(text: str, key: str = "say/501/0", **changed: Any) -> Reply:
    values: dict[str, Any] = {
        "effect_key": key,
        "chat_id": CHAT,
        "post_id": POST,
        "author": UserId(502),
        "at_ms": NOW_MS,
        "text": text,
        "thread_id": THREAD,
    }
    return Reply(**values | changed)


def written(text: str, **changed: Any) -> StaffMessage:
    """What a person wrote in the topic of the chat."""
    values: dict[str, Any] = {
        "post_id": POST,
        "thread_id": THREAD,
        "author": UserId(502),
        "text": text,
        "at_ms": NOW_MS,
    }
    return StaffMessage(**values | changed)
