"""The parameters of a Bot API call, however they came, and the errors that a call ends with."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from bot.simulator.group_world import GroupMessage, GroupTopic, GroupWorld


class BotApiError(Exception):
    """The call was refused; the words are the server's."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.parameters = parameters


def bad(description: str) -> BotApiError:
    return BotApiError(400, f"Bad Request: {description}")


@dataclass(slots=True)
class Upload:
    name: str
    content: bytes = field(repr=False)
    mime: str


@dataclass(slots=True)
class Params:
    """Parameters by name; those from forms are strings, those from JSON have their types."""

    values: dict[str, Any]
    uploads: dict[str, Upload]

    def has(self, name: str) -> bool:
        return self.values.get(name) not in (None, "")

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name)
        return default if value is None else str(value)

    def number(self, name: str) -> int | None:
        value = self.values.get(name)
        if value in (None, ""):
            return None
        try:
            return int(value)
        except (TypeError, ValueError):
            raise bad(f"invalid {name} specified") from None

    def flag(self, name: str) -> bool:
        return str(self.values.get(name, "")).lower() in ("true", "1", "yes")

    def json(self, name: str, default: Any) -> Any:
        value = self.values.get(name)
        if value in (None, ""):
            return default
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise bad(f"can't parse {name} JSON object") from None

    def in_group(self, group: GroupWorld) -> None:
        """The call must name the one group there is, and the bot must be in it."""
        chat = self.text("chat_id")
        if not chat:
            raise bad("chat_id is empty")
        if group.former_id and chat == str(group.former_id):
            words = "Bad Request: group chat was upgraded to a supergroup chat"
            raise BotApiError(400, words, migrate_to_chat_id=group.id)
        if chat != str(group.id):
            raise bad("chat not found")
        if group.bot.status == "kicked":
            raise BotApiError(403, "Forbidden: bot was kicked from the supergroup chat")
        if group.bot.status == "left":
            raise BotApiError(403, "Forbidden: bot is not a member of the supergroup chat")

    def message(self, group: GroupWorld, purpose: str) -> GroupMessage:
        """The message that `message_id` names; `purpose` is the server's word for why."""
        number = self.number("message_id")
        if number is None:
            raise bad("message identifier is not specified")
        message = group.standing(number)
        if message is None:
            raise bad(f"{purpose} not found")
        return message

    def topic(self, group: GroupWorld) -> GroupTopic:
        """The topic that `message_thread_id` names, for the calls about topics."""
        if not group.is_forum:
            raise bad("the chat is not a forum")
        topic = group.topics.get(self.number("message_thread_id") or 0)
        if topic is None:
            raise bad("TOPIC_ID_INVALID")
        if topic.is_deleted:
            raise bad("TOPIC_DELETED")
        return topic


async def read_params(request: web.Request) -> Params:
    """From the query and from a form, a multipart body or JSON."""
    values: dict[str, Any] = dict(request.query)
    uploads: dict[str, Upload] = {}
    if request.content_type == "application/json":
        await _read_json(request, values)
    elif request.content_type.startswith("multipart/"):
        await _read_multipart(request, values, uploads)
    elif request.method == "POST":
        for name, value in (await request.post()).items():
            values[name] = value
    return Params(values, uploads)


async def _read_json(request: web.Request, values: dict[str, Any]) -> None:
    try:
        body = json.loads(await request.text() or "{}")
    except ValueError:
        raise bad("can't parse JSON object") from None
    if not isinstance(body, dict):
        raise bad("object expected as JSON")
    values |= body


async def _read_multipart(
    request: web.Request, values: dict[str, Any], uploads: dict[str, Upload]
) -> None:
    # request.post() would put every file on the disk
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            continue
        if part.filename is None:
            values[part.name] = await part.text()
        else:
            mime = part.headers.get("Content-Type", "")
            uploads[part.name] = Upload(part.filename, bytes(await part.read()), mime)
