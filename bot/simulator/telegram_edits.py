"""The Bot API's methods that change, mark, pin or remove a message, and answer a pressed button."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.simulator import telegram_wire
from bot.simulator.group_world import GroupMessage, GroupWorld
from bot.simulator.telegram_posts import CAPTION_LIMIT, TEXT_LIMIT, Method, buttons, words
from bot.simulator.telegram_rate import GroupRate
from bot.simulator.telegram_request import BotApiError, Params, bad

_EMOJIS = """
    ❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢
    🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳
    ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓
    🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈
    😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿
    🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀
    😡
"""
REACTIONS = frozenset(_EMOJIS.split())
_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly "
    "the same as a current content and reply markup of the message"
)
_DAY_MS = 86_400_000


class Edits:
    def __init__(self, group: GroupWorld, rate: GroupRate) -> None:
        self.group = group
        self.rate = rate

    def methods(self) -> Mapping[str, Method]:
        return {
            "editMessageReplyMarkup": self._edit_markup,
            "editMessageText": self._edit_text,
            "editMessageCaption": self._edit_caption,
            "deleteMessage": self._delete,
            "setMessageReaction": self._react,
            "pinChatMessage": self._pin,
            "unpinChatMessage": self._unpin,
            "answerCallbackQuery": self._answer_press,
        }

    def _own(self, params: Params) -> GroupMessage:
        params.in_group(self.group)
        message = params.message(self.group, "message to edit")
        if message.author is not self.group.bot or message.service is not None:
            raise bad("message can't be edited")
        # what is refused above is refused by the Bot API server itself and costs nothing
        self.rate.spend()
        return message

    def _edit_markup(self, params: Params) -> dict[str, Any]:
        rows = buttons(params)
        message = self._own(params)
        if rows == message.buttons:
            raise bad(_NOT_MODIFIED)
        message.buttons = rows
        return self._changed(message)

    def _edit_text(self, params: Params) -> dict[str, Any]:
        text, entities = words(params.text("text"), params.json("entities", []), TEXT_LIMIT)
        if not text:
            raise bad("message text is empty")
        message = self._own(params)
        if message.file is not None:
            raise bad("there is no text in the message to edit")
        rows = buttons(params)
        if (text, entities, rows) == (message.text, message.entities, message.buttons):
            raise bad(_NOT_MODIFIED)
        message.buttons, message.parse_mode = rows, params.text("parse_mode")
        self.group.rewrite(message, text, entities)
        return telegram_wire.message(self.group, message)

    def _edit_caption(self, params: Params) -> dict[str, Any]:
        given = params.json("caption_entities", [])
        text, entities = words(params.text("caption"), given, CAPTION_LIMIT)
        message = self._own(params)
        if message.file is None:
            raise bad("there is no caption in the message to edit")
        rows = buttons(params)
        if (text, entities, rows) == (message.text, message.entities, message.buttons):
            raise bad(_NOT_MODIFIED)
        message.buttons = rows
        self.group.rewrite(message, text, entities)
        return telegram_wire.message(self.group, message)

    def _changed(self, message: GroupMessage) -> dict[str, Any]:
        self.group.version.bump()
        return telegram_wire.message(self.group, message)

    def _delete(self, params: Params) -> bool:
        params.in_group(self.group)
        message = params.message(self.group, "message to delete")
        is_own = message.author is self.group.bot
        may = is_own or self._may("can_delete_messages")
        is_late = is_own and message.at_ms < self.group.clock() - 2 * _DAY_MS
        if not may or (is_late and not self._may("can_delete_messages")):
            raise bad("message can't be deleted")
        self.group.remove(message, by_bot=True)
        return True

    def _react(self, params: Params) -> bool:
        params.in_group(self.group)
        message = params.message(self.group, "message to react")
        wanted = params.json("reaction", [])
        emojis = [one.get("emoji", "") for one in wanted]
        if any(one.get("type") != "emoji" for one in wanted) or not REACTIONS.issuperset(emojis):
            raise bad("REACTION_INVALID")
        if len(emojis) > 1:
            raise bad("REACTIONS_TOO_MANY")
        message.reactions = emojis
        self.group.version.bump()
        return True

    def _pin(self, params: Params) -> bool:
        message = self._pinnable(params)
        self.rate.spend()
        message.is_pinned = True
        self.group.notice("pinned_message", self.group.bot, message.thread, id=message.id)
        return True

    def _unpin(self, params: Params) -> bool:
        message = self._pinnable(params)
        self.rate.spend()
        message.is_pinned = False
        self.group.version.bump()
        return True

    def _pinnable(self, params: Params) -> GroupMessage:
        params.in_group(self.group)
        message = params.message(self.group, "message to pin")
        if not self._may("can_pin_messages"):
            raise bad("not enough rights to manage pinned messages in the chat")
        return message

    def _may(self, right: str) -> bool:
        return self.group.bot.status == "administrator" and right in self.group.rights

    def _answer_press(self, params: Params) -> bool:
        press = self.group.presses.get(params.text("callback_query_id"))
        if press is None or press.is_answered:
            raise BotApiError(
                400,
                "Bad Request: query is too old and response timeout expired or query ID is invalid",
            )
        press.is_answered = True
        if params.has("text"):
            self.group.popups.append(params.text("text"))
        self.group.version.bump()
        return True
