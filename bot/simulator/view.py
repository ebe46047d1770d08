"""The whole simulated world as JSON for the demo page; reads the worlds, changes nothing."""

from __future__ import annotations

from typing import Any

from bot.simulator import shares
from bot.simulator.files import StoredFile
from bot.simulator.group_world import GroupMessage, GroupTopic, GroupWorld
from bot.simulator.market_world import MarketChat, MarketMessage, MarketWorld


def market(world: MarketWorld) -> dict[str, Any]:
    return {"chats": [_chat(one) for one in world.chats.values()]}


def _chat(chat: MarketChat) -> dict[str, Any]:
    return {
        "id": chat.id,
        "context": chat.context,
        "kind": chat.kind,
        "order_id": chat.order_id,
        "return_id": chat.return_id,
        "customer": chat.customer,
        "status": chat.status,
        "messages": [_market_message(one) for one in chat.messages],
    }


def _market_message(one: MarketMessage) -> dict[str, Any]:
    return {
        "id": one.id,
        "sender": one.sender,
        "through_api": one.through_api,
        "text": one.text,
        "files": [_file(stored) for stored in one.files],
        "at": one.at_ms,
    }


def _file(stored: StoredFile) -> dict[str, Any]:
    return {"name": stored.name, "size": stored.size, "url": f"/sim/files/{stored.path}"}


def group(world: GroupWorld) -> dict[str, Any]:
    return {
        "id": world.id,
        "title": world.title,
        "people": [
            {"id": one.id, "name": one.name, "role": one.role} for one in world.people.values()
        ],
        "topics": [_topic(one) for one in world.topics.values()],
        "messages": [
            _group_message(one) for one in world.messages.values() if world.standing(one.id)
        ],
    }


def _topic(topic: GroupTopic) -> dict[str, Any]:
    return {
        "thread": topic.thread,
        "name": topic.name,
        "is_closed": topic.is_closed,
        "is_deleted": topic.is_deleted,
    }


def _group_message(one: GroupMessage) -> dict[str, Any]:
    author = {"id": one.author.id, "name": one.author.name, "is_bot": one.author.is_bot}
    return {
        "id": one.id,
        "thread": one.thread,
        "from": author,
        "text": one.text,
        "entities": one.entities,
        "reply_to": one.reply_to,
        "buttons": [
            [{"text": it.get("text"), "data": it.get("callback_data")} for it in row]
            for row in one.buttons
        ],
        "reactions": one.reactions,
        "service": one.service and one.service.removeprefix("forum_"),
        "files": [_file(one.file) | {"kind": one.file.kind}] if one.file else [],
        "album": one.album,
        "share": {"kind": one.share, "words": shares.words(one.share, one.details)}
        if one.share
        else None,
        "at": one.at_ms,
        "is_edited": bool(one.edited_ms),
    }
