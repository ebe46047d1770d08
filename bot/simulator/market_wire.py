"""How chats and messages of the cabinet look in JSON: wire names live here, no decisions."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from bot.simulator.attachments import Attachments
from bot.simulator.market_world import MarketChat, MarketMessage

CAMPAIGN_ID = 21_007
_MOSCOW = timezone(timedelta(hours=3))


class Wire:
    """`base` is where attachments lie; `precision` is that of times: `seconds`, `milliseconds`."""

    def __init__(self, attachments: Attachments) -> None:
        self.attachments = attachments
        self.base = ""
        self.precision = "seconds"

    def time(self, at_ms: int) -> str:
        return datetime.fromtimestamp(at_ms / 1000, _MOSCOW).isoformat(timespec=self.precision)

    def chat(self, chat: MarketChat) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "chatId": chat.id,
            "context": self.context(chat),
            "type": chat.kind,
            "status": chat.status,
            "createdAt": self.time(chat.created_ms),
            "updatedAt": self.time(chat.updated_ms),
        }
        if chat.order_id is not None:
            shown["orderId"] = chat.order_id
        return shown

    def context(self, chat: MarketChat) -> dict[str, Any]:
        shown: dict[str, Any] = {"type": chat.context}
        if chat.customer:
            shown["customer"] = {"name": chat.customer, "publicId": f"buyer-{chat.id}"}
        if chat.order_id is not None:
            shown |= {"campaignId": CAMPAIGN_ID, "orderId": chat.order_id}
        if chat.return_id is not None:
            shown["returnId"] = chat.return_id
        return shown

    def message(self, message: MarketMessage) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "messageId": message.id,
            "createdAt": self.time(message.at_ms),
            "sender": message.sender,
        }
        if message.text:
            shown["message"] = message.text
        if message.files:
            shown["payload"] = [self.attachments.payload(one, self.base) for one in message.files]
        return shown


def failure(code: str, message: str) -> dict[str, Any]:
    return {"status": "ERROR", "errors": [{"code": code, "message": message}]}
