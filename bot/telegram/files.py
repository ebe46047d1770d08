"""Files to and from Telegram: posted from the disk, read piece by piece, never whole in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import cast

from aiogram import Bot
from aiogram.types import InputFile, InputMediaDocument, InputMediaPhoto
from aiohttp import ClientResponseError, ClientTimeout

from bot.relay.errors import AccessDenied, Refused, RelayError
from bot.relay.posts import FilePost, Posted
from bot.telegram.calling import call
from bot.telegram.calls import AskFile, SendAlbum, SendDocument, SendFile, SendPhoto
from bot.telegram.render import captioned, reply
from bot.telegram.verdict import told

_CONNECT_S = 10.0  # R21
_FACTOR = 3  # R21: of the limit for other calls
_CHUNK = 256 * 1024  # bytes: a piece is read by another thread, which costs more than to send it


class Files:
    """`request_timeout` in seconds, for calls without files."""

    def __init__(self, bot: Bot, group_id: int, request_timeout: float) -> None:
        self._bot = bot
        self._group_id = group_id
        # While a file goes out nothing comes in, however well it goes: no limit for that.
        total = _FACTOR * request_timeout
        self._limits = ClientTimeout(total=total, sock_connect=_CONNECT_S)
        self._reading = ClientTimeout(
            total=total, sock_connect=_CONNECT_S, sock_read=request_timeout
        )

    async def post(self, post: FilePost) -> Posted:
        landed = await call(self._bot, self._method(post), limits=self._limits)
        return landed.posted

    def _method(self, post: FilePost) -> SendFile:
        caption, entities = captioned(post.caption)
        shared = {
            "chat_id": self._group_id,
            "message_thread_id": post.thread_id,
            "caption": caption or None,
            "caption_entities": entities or None,
            "disable_notification": post.is_silent or None,
            "reply_parameters": reply(post.reply_to),
        }
        if post.is_picture:
            return SendPhoto(photo=_input(post), **shared)
        return SendDocument(document=_input(post), **shared)

    async def post_album(self, posts: Sequence[FilePost]) -> Sequence[Posted]:
        method = SendAlbum(
            chat_id=self._group_id,
            message_thread_id=posts[0].thread_id,
            media=[_media(post) for post in posts],
            disable_notification=posts[0].is_silent or None,
        )
        landed = await call(self._bot, method, limits=self._limits)
        return [one.posted for one in landed]

    async def download(self, file_id: str) -> AsyncGenerator[bytes, None]:
        stored = await call(self._bot, AskFile(file_id=file_id), is_harmless=True)
        session = self._bot.session
        url = session.api.file_url(self._bot.token, stored.file_path)
        limits = cast(int, self._reading)  # as in `calling`
        pieces = session.stream_content(url, timeout=limits, chunk_size=_CHUNK)
        try:
            async with aclosing(pieces):
                async for piece in pieces:
                    yield piece
        except Exception as error:  # its words hold the address, and that the token
            refusal = _told_of_download(error)
        else:
            return
        raise refusal


def _told_of_download(error: Exception) -> RelayError:
    if isinstance(error, ClientResponseError) and error.status in (400, 404, 410):
        return Refused("file_gone", status=str(error.status))
    if isinstance(error, ClientResponseError) and error.status in (401, 403):
        return AccessDenied("telegram_token_invalid")
    return told(error, is_harmless=True)


def _media(post: FilePost) -> InputMediaPhoto | InputMediaDocument:
    caption, entities = captioned(post.caption)
    if post.is_picture:
        return InputMediaPhoto(
            media=_input(post), caption=caption or None, caption_entities=entities or None
        )
    return InputMediaDocument(
        media=_input(post),
        caption=caption or None,
        caption_entities=entities or None,
        disable_content_type_detection=True,
    )


class _OnDisk(InputFile):
    """Opened for each piece anew. A call that is cut off leaves its reader standing half-way, as it
    does with aiogram's own `FSInputFile`, and the file would stay open with it."""

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(name, _CHUNK)
        self._path = path

    async def read(self, bot: Bot) -> AsyncGenerator[bytes, None]:
        offset = 0
        while piece := await asyncio.to_thread(_piece, self._path, offset, self.chunk_size):
            offset += len(piece)
            yield piece


def _piece(path: Path, offset: int, size: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(size)


def _input(post: FilePost) -> InputFile:
    return _OnDisk(post.path, post.name)
