"""The Bot API's methods that put a message into the group."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.simulator import telegram_wire
from bot.simulator.group_world import GroupMessage, GroupWorld
from bot.simulator.telegram_rate import GroupRate
from bot.simulator.telegram_request import BotApiError, Params, bad
from bot.simulator.telegram_text import (
    Entity,
    clean,
    detected,
    fault_of_entities,
    trimmed,
    units,
)
from bot.simulator.telegram_upload import taken_file

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
BUTTON_LIMIT = 64

Method = Callable[[Params], Any]


class Posts:
    """Knob: `is_closed_refused`, whether a closed topic refuses even a bot that may manage it."""

    def __init__(self, group: GroupWorld, rate: GroupRate) -> None:
        self.group = group
        self.rate = rate
        self.is_closed_refused = False

    def methods(self) -> Mapping[str, Method]:
        kinds = ("photo", "document", "video", "audio", "voice", "animation")
        sends: dict[str, Method] = {
            f"send{kind.capitalize()}": self._sender_of(kind) for kind in kinds
        }
        return sends | {
            "sendMessage": self._send_message,
            "sendChatAction": self._send_action,
        }

    def _send_message(self, params: Params) -> dict[str, Any]:
        params.in_group(self.group)
        message = self.draft(params)
        entities = params.json("entities", [])
        message.text, message.entities = words(params.text("text"), entities, TEXT_LIMIT)
        if not message.text:
            raise bad("message text is empty")
        message.parse_mode = params.text("parse_mode")
        preview = params.json("link_preview_options", {})
        message.has_preview = not preview.get("is_disabled", False)
        return self._post(message)

    def _sender_of(self, kind: str) -> Method:
        def send(params: Params) -> dict[str, Any]:
            params.in_group(self.group)
            message = self.draft(params)
            self.caption(message, params.values)
            message.file = taken_file(self.group.shelf, params, params.values.get(kind), kind)
            return self._post(message)

        return send

    def caption(self, message: GroupMessage, values: Mapping[str, Any]) -> None:
        """Take the caption that a call, or an item of an album, asks for."""
        entities = Params(dict(values), {}).json("caption_entities", [])
        caption = str(values.get("caption") or "")
        message.text, message.entities = words(caption, entities, CAPTION_LIMIT)
        message.parse_mode = str(values.get("parse_mode") or "")

    def _send_action(self, params: Params) -> bool:
        params.in_group(self.group)
        return True

    def draft(self, params: Params) -> GroupMessage:
        """A message that has its place, its markup and the answered one, but nothing in it yet."""
        replied = self._replied(params)
        thread = self._thread(params)
        if thread is None and replied is not None and self.group.is_forum:
            thread = replied.thread
        return GroupMessage(
            0,
            self.group.bot,
            self.group.clock(),
            thread=thread,
            reply_to=None if replied is None else replied.id,
            buttons=buttons(params),
            is_silent=params.flag("disable_notification"),
        )

    def _thread(self, params: Params) -> int | None:
        thread = params.number("message_thread_id")
        if not thread or not self.group.is_forum:
            return None
        topic = self.group.topics.get(thread)
        if topic is None or topic.is_deleted:
            raise bad("message thread not found")
        may_manage = "can_manage_topics" in self.group.rights
        is_admin = self.group.bot.status == "administrator"
        if topic.is_closed and (self.is_closed_refused or not (is_admin and may_manage)):
            raise bad("TOPIC_CLOSED")
        return thread

    def _replied(self, params: Params) -> GroupMessage | None:
        reply = params.json("reply_parameters", {})
        number = reply.get("message_id") or params.number("reply_to_message_id")
        if number is None:
            return None
        message = self.group.standing(int(number))
        lenient = reply.get("allow_sending_without_reply") or params.flag(
            "allow_sending_without_reply"
        )
        if message is None and not lenient:
            raise bad("message to be replied not found")
        return message

    def _post(self, message: GroupMessage) -> dict[str, Any]:
        self.rate.spend()
        return self.put(message)

    def put(self, message: GroupMessage) -> dict[str, Any]:
        """The message stands in the group, and this is how it is shown; costs no call."""
        message.id = self.group.next_id()
        self.group.add(message)
        return telegram_wire.message(self.group, message)


def words(text: str, entities: list[Entity], limit: int) -> tuple[str, list[Entity]]:
    """A text or caption as the server would keep it, or its refusal."""
    fault = fault_of_entities(text, entities)
    if fault is not None:
        raise bad(fault)
    text, entities = trimmed(clean(text), entities)
    if units(text) > limit:
        what = "message" if limit == TEXT_LIMIT else "message caption"
        raise bad(f"{what} is too long")
    return text, detected(text, entities)


def buttons(params: Params) -> list[list[dict[str, Any]]]:
    markup = params.json("reply_markup", {})
    rows: list[list[dict[str, Any]]] = markup.get("inline_keyboard", [])
    for button in (one for row in rows for one in row):
        data = button.get("callback_data")
        if not button.get("text"):
            raise bad("can't parse inline keyboard button: text must be non-empty")
        if data is not None and not 1 <= len(data.encode()) <= BUTTON_LIMIT:
            raise bad("BUTTON_DATA_INVALID")
        if data is None and "url" not in button and "copy_text" not in button:
            raise BotApiError(400, "Bad Request: text buttons are unallowed in the inline keyboard")
    return rows
