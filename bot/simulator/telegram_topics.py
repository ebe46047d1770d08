"""The Bot API's methods about the topics of a forum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.simulator.group_world import ICON_COLORS, GroupTopic, GroupWorld
from bot.simulator.telegram_posts import Method
from bot.simulator.telegram_rate import GroupRate
from bot.simulator.telegram_request import Params, bad
from bot.simulator.telegram_text import clean

NAME_LIMIT = 128
ICONS = {
    "5312536423851630001": "💡",
    "5312016608254762256": "🔥",
    "5377544228505134960": "📎",
    "5377316857231450742": "❓",
    "5379748062124056162": "❗",
    "5237699328843200968": "✅",
    "5350481781306958339": "🛒",
    "5312241539987020022": "📦",
    "5357121491508928442": "👀",
    "5420216386448270341": "⏰",
}


class Topics:
    def __init__(self, group: GroupWorld, rate: GroupRate) -> None:
        self.group = group
        self.rate = rate

    def methods(self) -> Mapping[str, Method]:
        return {
            "createForumTopic": self._create,
            "editForumTopic": self._edit,
            "closeForumTopic": self._close,
            "reopenForumTopic": self._reopen,
            "deleteForumTopic": self._delete,
            "getForumTopicIconStickers": self._icons,
        }

    def _may(self) -> bool:
        is_admin = self.group.bot.status == "administrator"
        return is_admin and "can_manage_topics" in self.group.rights

    def _create(self, params: Params) -> dict[str, Any]:
        params.in_group(self.group)
        if not self.group.is_forum:
            raise bad("the chat is not a forum")
        if not self._may():
            raise bad("not enough rights to create a topic")
        # a name that is too long is cut, not refused
        name = clean(params.text("name")).strip()[:NAME_LIMIT].strip()
        if not name:
            raise bad("title must be non-empty")
        color = params.number("icon_color")
        if color is not None and color not in ICON_COLORS:
            raise bad("invalid icon color specified")
        icon = self._icon(params)
        self.rate.spend()
        topic = self.group.create_topic(name, self.group.bot, color or ICON_COLORS[0], icon)
        shown: dict[str, Any] = {
            "message_thread_id": topic.thread,
            "name": topic.name,
            "icon_color": topic.icon_color,
        }
        return shown | ({"icon_custom_emoji_id": icon} if icon else {})

    def _edit(self, params: Params) -> bool:
        topic = self._editable(params)
        changed: dict[str, str] = {}
        name = clean(params.text("name")).strip()[:NAME_LIMIT].strip()
        if name and name != topic.name:
            changed["name"] = name
        if "icon_custom_emoji_id" in params.values and self._icon(params) != topic.icon:
            changed["icon_custom_emoji_id"] = self._icon(params)
        self.rate.spend()
        if not changed:
            raise bad("TOPIC_NOT_MODIFIED")
        self.group.rename_topic(topic, self.group.bot, **changed)
        return True

    def _icon(self, params: Params) -> str:
        icon = params.text("icon_custom_emoji_id")
        if icon and icon not in ICONS:
            raise bad("DOCUMENT_INVALID")
        return icon

    def _close(self, params: Params) -> bool:
        return self._set_closed(self._editable(params), True)

    def _reopen(self, params: Params) -> bool:
        return self._set_closed(self._editable(params), False)

    def _set_closed(self, topic: GroupTopic, is_closed: bool) -> bool:
        self.rate.spend()
        if topic.is_closed == is_closed:
            raise bad("TOPIC_NOT_MODIFIED")
        self.group.set_closed(topic, self.group.bot, is_closed)
        return True

    def _delete(self, params: Params) -> bool:
        topic = self._editable(params)
        self.rate.spend()
        self.group.delete_topic(topic)
        return True

    def _editable(self, params: Params) -> GroupTopic:
        params.in_group(self.group)
        topic = params.topic(self.group)
        if not self._may() and topic.author is not self.group.bot:
            raise bad("not enough rights to edit the topic")
        return topic

    def _icons(self, _: Params) -> list[dict[str, Any]]:
        return [_sticker(icon, emoji) for icon, emoji in ICONS.items()]


def _sticker(icon: str, emoji: str) -> dict[str, Any]:
    return {
        "file_id": f"STICKER{icon}",
        "file_unique_id": f"s{icon}",
        "type": "custom_emoji",
        "width": 512,
        "height": 512,
        "is_animated": True,
        "is_video": False,
        "emoji": emoji,
        "custom_emoji_id": icon,
    }
