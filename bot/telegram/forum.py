"""The staff group as the relay's `Forum`: one Bot API call a method, errors translated."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Any

from aiogram import Bot
from aiogram.enums import ChatMemberStatus
from aiogram.methods import (
    CloseForumTopic,
    DeleteMessage,
    EditMessageReplyMarkup,
    ReopenForumTopic,
    SetMessageReaction,
    TelegramMethod,
)
from aiogram.types import (
    LinkPreviewOptions,
    ReactionTypeEmoji,
    ReactionTypeUnion,
)

from bot.relay.errors import AccessDenied, Gone, Refused
from bot.relay.model import PostId, Role, ThreadId, UserId
from bot.relay.ports import Clock
from bot.relay.posts import Button, FilePost, Found, Post, Posted
from bot.telegram.calling import call
from bot.telegram.calls import AskGroup, AskMember, MakeTopic, Send
from bot.telegram.files import Files
from bot.telegram.render import keyboard, rendered, reply
from bot.telegram.verdict import NOT_MODIFIED, NOT_OURS

_ROLE_KEPT_MS = 60_000
_PRESENT = (ChatMemberStatus.MEMBER, ChatMemberStatus.RESTRICTED)
_LEADING = (ChatMemberStatus.CREATOR, ChatMemberStatus.ADMINISTRATOR)


class TelegramForum:
    """`operators`: if there are any, only they and the admins may answer buyers."""

    def __init__(
        self,
        bot: Bot,
        group_id: int,
        *,
        admins: frozenset[int],
        operators: frozenset[int],
        clock: Clock,
        files: Files,
    ) -> None:
        self._bot = bot
        self._group_id = group_id
        self._admins = admins
        self._operators = operators
        self._clock = clock
        self._files = files
        self._roles: dict[UserId, tuple[Role, int]] = {}

    # Topics

    async def create_topic(self, name: str, icon: str = "") -> ThreadId:
        method = MakeTopic(chat_id=self._group_id, name=name, icon_custom_emoji_id=icon or None)
        made = await call(self._bot, method)
        return ThreadId(made.message_thread_id)

    async def reopen_topic(self, thread_id: ThreadId) -> None:
        method = ReopenForumTopic(chat_id=self._group_id, message_thread_id=thread_id)
        await self._unless_so_already(method)

    async def close_topic(self, thread_id: ThreadId) -> None:
        method = CloseForumTopic(chat_id=self._group_id, message_thread_id=thread_id)
        await self._unless_so_already(method)

    async def is_forum(self) -> bool:
        group = await call(self._bot, AskGroup(chat_id=self._group_id), is_harmless=True)
        return bool(group.is_forum)

    def link(self, thread_id: ThreadId) -> str:
        """`-1001234` is `1234` in an address."""
        return f"https://t.me/c/{str(self._group_id).removeprefix('-100')}/{thread_id}"

    # Posts

    async def post(self, post: Post) -> Posted:
        text, entities = rendered(post)
        landed = await call(
            self._bot,
            Send(
                chat_id=self._group_id,
                message_thread_id=post.thread_id,
                text=text,
                entities=entities or None,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
                disable_notification=post.is_silent or None,
                reply_parameters=reply(post.reply_to),
                reply_markup=keyboard(post.buttons),
            ),
        )
        return landed.posted

    async def post_file(self, post: FilePost) -> Posted:
        return await self._files.post(post)

    async def post_album(self, posts: Sequence[FilePost]) -> Sequence[Posted]:
        return await self._files.post_album(posts)

    def download(self, file_id: str) -> AsyncGenerator[bytes, None]:
        return self._files.download(file_id)

    async def delete(self, post_id: PostId) -> None:
        method = DeleteMessage(chat_id=self._group_id, message_id=post_id)
        await call(self._bot, method, is_harmless=True)

    async def react(self, post_id: PostId, emoji: str) -> None:
        reactions: list[ReactionTypeUnion] = [ReactionTypeEmoji(emoji=emoji)]
        method = SetMessageReaction(chat_id=self._group_id, message_id=post_id, reaction=reactions)
        await call(self._bot, method, is_harmless=True)

    async def set_buttons(self, post_id: PostId, buttons: tuple[Button, ...]) -> None:
        await self._unless_so_already(self._markup(post_id, buttons))

    async def probe(self, post_id: PostId, buttons: tuple[Button, ...]) -> Found:
        try:
            await call(self._bot, self._markup(post_id, buttons), is_harmless=True)
        except Gone:
            return Found.NOTHING
        except Refused as error:
            if error.key == NOT_MODIFIED:
                return Found.OURS
            return Found.ANOTHERS if error.key == NOT_OURS else Found.UNCLEAR
        except AccessDenied:
            return Found.UNCLEAR
        return Found.OURS

    def _markup(self, post_id: PostId, buttons: tuple[Button, ...]) -> EditMessageReplyMarkup:
        return EditMessageReplyMarkup(
            chat_id=self._group_id, message_id=post_id, reply_markup=keyboard(buttons)
        )

    async def _unless_so_already(self, method: TelegramMethod[Any]) -> None:
        try:
            await call(self._bot, method, is_harmless=True)
        except Refused as error:
            if error.key != NOT_MODIFIED:
                raise

    # People

    async def role(self, user_id: UserId) -> Role:
        role, until_ms = self._roles.get(user_id, (Role.OUTSIDER, 0))
        if self._clock() >= until_ms:
            role = await self._ask_role(user_id)
            self._roles[user_id] = (role, self._clock() + _ROLE_KEPT_MS)
        return role

    async def _ask_role(self, user_id: UserId) -> Role:
        if user_id in self._admins:
            return Role.ADMIN
        may_answer = user_id in self._operators or not self._operators
        as_a_member = Role.OPERATOR if may_answer else Role.OUTSIDER
        method = AskMember(chat_id=self._group_id, user_id=user_id)
        try:
            member = await call(self._bot, method, is_harmless=True)
        except Refused:  # Telegram knows no such member
            return Role.OUTSIDER
        except AccessDenied:  # a bot that is no administrator is not told who is
            return as_a_member  # who writes in the group is a member of it
        if member.status in _LEADING:
            return Role.ADMIN
        is_here = member.status in _PRESENT and member.is_member is not False
        return as_a_member if is_here else Role.OUTSIDER
