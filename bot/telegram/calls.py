"""Calls of which only a few fields of the answer are read. A field that Telegram adds, or a kind of
message that aiogram does not know yet, must not make a post that landed look lost."""

from __future__ import annotations

from typing import Any

from aiogram.methods import TelegramMethod
from aiogram.types import (
    InlineKeyboardMarkup,
    InputFile,
    InputMediaDocument,
    InputMediaPhoto,
    LinkPreviewOptions,
    MessageEntity,
    ReplyParameters,
)
from pydantic import BaseModel

from bot.relay.model import PostId, ThreadId
from bot.relay.posts import Posted


class Landed(BaseModel):
    message_id: int
    message_thread_id: int | None = None

    @property
    def posted(self) -> Posted:
        thread = self.message_thread_id
        return Posted(PostId(self.message_id), ThreadId(thread) if thread else None)


class Made(BaseModel):
    message_thread_id: int


class Member(BaseModel):
    status: str
    can_manage_topics: bool | None = None  # only an administrator's is told
    is_member: bool | None = None  # only of one who is restricted: such may have left


class Group(BaseModel):
    title: str = ""
    is_forum: bool = False


class Send(TelegramMethod[Landed]):
    __returning__ = Landed
    __api_method__ = "sendMessage"

    chat_id: int
    text: str
    message_thread_id: int | None
    entities: list[MessageEntity] | None
    link_preview_options: LinkPreviewOptions
    disable_notification: bool | None
    reply_parameters: ReplyParameters | None
    reply_markup: InlineKeyboardMarkup | None


class SendFile(TelegramMethod[Landed]):
    """What the two methods that send one file share."""

    __abstract__ = True
    __returning__ = Landed
    __api_method__ = ""

    chat_id: int
    message_thread_id: int | None
    caption: str | None
    caption_entities: list[MessageEntity] | None
    disable_notification: bool | None
    reply_parameters: ReplyParameters | None


class SendPhoto(SendFile):
    __api_method__ = "sendPhoto"

    photo: InputFile


class SendDocument(SendFile):
    """Without content type detection the bytes stay as they are."""

    __api_method__ = "sendDocument"

    document: InputFile
    disable_content_type_detection: bool = True


class SendAlbum(TelegramMethod[list[Landed]]):
    __returning__ = list[Landed]
    __api_method__ = "sendMediaGroup"

    chat_id: int
    message_thread_id: int | None
    media: list[InputMediaPhoto | InputMediaDocument]
    disable_notification: bool | None


class Stored(BaseModel):
    file_path: str


class AskFile(TelegramMethod[Stored]):
    __returning__ = Stored
    __api_method__ = "getFile"

    file_id: str


class MakeTopic(TelegramMethod[Made]):
    __returning__ = Made
    __api_method__ = "createForumTopic"

    chat_id: int
    name: str
    icon_custom_emoji_id: str | None


class AskMember(TelegramMethod[Member]):
    __returning__ = Member
    __api_method__ = "getChatMember"

    chat_id: int
    user_id: int


class AskGroup(TelegramMethod[Group]):
    __returning__ = Group
    __api_method__ = "getChat"

    chat_id: int


class GetRawUpdates(TelegramMethod[list[dict[str, Any]]]):
    """`getUpdates` whose answer stays raw: one update that does not parse must not block the
    batch it came with (aiogram#1840). `timeout` in seconds."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    timeout: int
    allowed_updates: list[str]
