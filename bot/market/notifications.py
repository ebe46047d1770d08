"""What the Market pushes to us, read as a hint at a chat; nothing is decided or looked up here.

A notification is not signed, so nothing of it is shown or stored: it says only where to look (R10,
R45). Unknown types are welcome, as the Market adds some.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.market.wire import read_object, whole_id
from bot.relay.errors import Refused
from bot.relay.model import ChatId

_OF_CHATS = frozenset(
    {"CHAT_CREATED", "CHAT_MESSAGE_SENT", "CHAT_ARBITRAGE_STARTED", "CHAT_ARBITRAGE_FINISHED"}
)


@dataclass(frozen=True, slots=True)
class Notification:
    """`chat_id`: the chat of the cabinet that it is about, None where it is about none."""

    kind: str
    chat_id: ChatId | None = None


def read_notification(body: bytes, business_id: int) -> Notification:
    """Raises `Refused("notification_wrong")` for what is no notification. One of another cabinet
    is about no chat of ours."""
    raw = read_object(body)
    kind = raw.get("notificationType") if raw else None
    if raw is None or not isinstance(kind, str):
        raise Refused("notification_wrong")
    if kind not in _OF_CHATS:
        return Notification(kind)
    chat_id, business = _id(raw, "chatId"), _id(raw, "businessId")
    return Notification(kind, ChatId(chat_id) if business == business_id else None)


def _id(raw: Mapping[str, object], name: str) -> int:
    number = whole_id(raw.get(name))
    if number is None:
        raise Refused("notification_wrong")
    return number
