"""The Bot API's methods about the bot, the chat, its members, files and how updates are fetched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.simulator import telegram_wire
from bot.simulator.group_world import GroupWorld
from bot.simulator.telegram_media import number_of, reduced
from bot.simulator.telegram_posts import Method
from bot.simulator.telegram_request import BotApiError, Params, bad
from bot.simulator.updates import Conflict, Updates

DOWNLOAD_LIMIT = 20 * 1024 * 1024


class Account:
    """Knob: `gone`, the numbers of files that can't be fetched any more."""

    def __init__(self, group: GroupWorld, updates: Updates) -> None:
        self.group = group
        self.updates = updates
        self.gone: set[int] = set()
        self.commands: dict[str, list[dict[str, str]]] = {}

    def methods(self) -> Mapping[str, Method]:
        return {
            "getMe": self._me,
            "getUpdates": self._get_updates,
            "getChat": self._chat,
            "getChatMember": self._member,
            "getChatAdministrators": self._admins,
            "getFile": self._file,
            "setMyCommands": self._set_commands,
            "getMyCommands": self._get_commands,
            "deleteMyCommands": self._delete_commands,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._webhook_info,
        }

    def _me(self, _: Params) -> dict[str, Any]:
        return telegram_wire.user(self.group.bot) | {
            "can_join_groups": True,
            "can_read_all_group_messages": not self.group.is_privacy_on,
            "supports_inline_queries": False,
        }

    async def _get_updates(self, params: Params) -> list[dict[str, Any]]:
        limit = params.number("limit") or 100
        if "allowed_updates" in params.values:
            self.updates.allowed = params.json("allowed_updates", [])
        seconds = min(params.number("timeout") or 0, 50)
        try:
            updates = await self.updates.read(
                params.number("offset") or 0, max(1, min(limit, 100)), seconds
            )
        except Conflict as e:
            raise BotApiError(409, str(e)) from None
        return [one.wire() for one in updates]

    def _chat(self, params: Params) -> dict[str, Any]:
        params.in_group(self.group)
        return telegram_wire.chat(self.group) | {
            "accent_color_id": 1,
            "max_reaction_count": 11,
            "accepted_gift_types": {
                "unlimited_gifts": False,
                "limited_gifts": False,
                "unique_gifts": False,
                "premium_subscription": False,
                "gifts_from_channels": False,
            },
            "permissions": {"can_send_messages": True},
        }

    def _member(self, params: Params) -> dict[str, Any]:
        params.in_group(self.group)
        number = params.number("user_id")
        if number == self.group.bot.id:
            return telegram_wire.member(self.group, self.group.bot)
        person = self.group.people.get(number or 0)
        if person is None:
            raise bad("PARTICIPANT_ID_INVALID")
        return telegram_wire.member(self.group, person)

    def _admins(self, params: Params) -> list[dict[str, Any]]:
        params.in_group(self.group)
        everybody = [*self.group.people.values(), self.group.bot]
        return [
            telegram_wire.member(self.group, one)
            for one in everybody
            if one.status in ("creator", "administrator")
        ]

    def _file(self, params: Params) -> dict[str, Any]:
        number, size = number_of(params.text("file_id")) or (0, "")
        stored = self.group.shelf.get(number)
        if stored is None or number in self.gone:
            raise bad("wrong file_id or the file is temporarily unavailable")
        length = len(reduced(stored, size)) if size else stored.size
        if length > DOWNLOAD_LIMIT:
            raise bad("file is too big")
        return {
            "file_id": params.text("file_id"),
            "file_unique_id": f"{size or 'u'}{stored.id}",
            "file_size": length,
            "file_path": f"{stored.kind}s/{stored.id}{size}",
        }

    def _set_commands(self, params: Params) -> bool:
        commands = params.json("commands", [])
        for one in commands:
            if not 1 <= len(one.get("command", "")) <= 32:
                raise bad("BOT_COMMAND_INVALID")
            if not 1 <= len(one.get("description", "")) <= 256:
                raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands[self._scope(params)] = commands
        return True

    def _get_commands(self, params: Params) -> list[dict[str, str]]:
        return self.commands.get(self._scope(params), [])

    def _delete_commands(self, params: Params) -> bool:
        self.commands.pop(self._scope(params), None)
        return True

    def _scope(self, params: Params) -> str:
        scope = params.json("scope", {})
        return f"{scope.get('type', 'default')}/{params.text('language_code')}"

    def _set_webhook(self, params: Params) -> bool:
        self.updates.set_webhook(params.text("url"), params.text("secret_token"))
        return self._after_webhook(params)

    def _delete_webhook(self, params: Params) -> bool:
        self.updates.set_webhook("")
        return self._after_webhook(params)

    def _after_webhook(self, params: Params) -> bool:
        if "allowed_updates" in params.values:
            self.updates.allowed = params.json("allowed_updates", [])
        if params.flag("drop_pending_updates"):
            self.updates.drop_all()
        return True

    def _webhook_info(self, _: Params) -> dict[str, Any]:
        return {
            "url": self.updates.webhook,
            "has_custom_certificate": False,
            "pending_update_count": self.updates.pending,
        }
