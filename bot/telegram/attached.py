"""The file of a staff message, as the relay speaks of files. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from mimetypes import MimeTypes
from typing import Protocol

from aiogram.enums import ContentType
from aiogram.types import Message, PhotoSize, Sticker

from bot.relay.filenames import shown_name
from bot.relay.reply import StaffFile

_PICTURE_AT_MOST = 5 * 1024 * 1024  # bytes (Market: sendFileToChat)
_PICTURES = frozenset({"image/jpeg", "image/png", "image/webp", "image/bmp", "image/tiff"})

# Of what comes without name and type: what Telegram makes of it.
_EXTENSIONS = {
    ContentType.ANIMATION: ".mp4",
    ContentType.AUDIO: ".mp3",
    ContentType.STICKER: ".webp",
    ContentType.VIDEO: ".mp4",
    ContentType.VIDEO_NOTE: ".mp4",
    ContentType.VOICE: ".ogg",
}
# What the tables of some Pythons lack, or have otherwise.
_SOUNDS = {
    "audio/ogg": ".ogg",
    "audio/mpeg": ".mp3",
    "audio/mp4": ".m4a",
    "audio/x-m4a": ".m4a",
    "audio/flac": ".flac",
}
# Python's own table: with that of the machine, names would differ from one to the next.
_TYPES = MimeTypes()


class _Named(Protocol):
    """What all files of Telegram have in common."""

    @property
    def file_id(self) -> str: ...
    @property
    def file_unique_id(self) -> str: ...
    @property
    def file_size(self) -> int | None: ...


def attached(message: Message) -> StaffFile | None:
    """None where there is no file, or none that a buyer could see."""
    kind = ContentType(message.content_type)
    match kind:
        case ContentType.PHOTO:
            return _photo(message.photo or [])
        case ContentType.LIVE_PHOTO:
            still = message.live_photo.photo if message.live_photo else None
            return _photo(still or message.photo or [])
        case ContentType.STICKER if message.sticker:
            return _sticker(message.sticker)
        case ContentType.DOCUMENT if document := message.document:
            is_picture = _bare(document.mime_type) in _PICTURES
            return _file(document, kind, document.file_name, document.mime_type, is_picture)
        case ContentType.ANIMATION if animation := message.animation:
            return _file(animation, kind, animation.file_name, animation.mime_type)
        case ContentType.AUDIO if audio := message.audio:
            return _file(audio, kind, audio.file_name, audio.mime_type)
        case ContentType.VIDEO if video := message.video:
            return _file(video, kind, video.file_name, video.mime_type)
        case ContentType.VIDEO_NOTE if message.video_note:
            return _file(message.video_note, kind)
        case ContentType.VOICE if voice := message.voice:
            return _file(voice, kind, None, voice.mime_type)
    return None


def _photo(sizes: Sequence[PhotoSize]) -> StaffFile | None:
    """Of the sizes the largest that the Market takes; where none is, the one nearest to it."""
    by_area = sorted(sizes, key=lambda size: size.width * size.height)
    fitting = [size for size in by_area if (size.file_size or 0) <= _PICTURE_AT_MOST]
    if not by_area:
        return None
    chosen = fitting[-1] if fitting else min(by_area, key=lambda size: size.file_size or 0)
    return _file(chosen, ContentType.PHOTO, "photo.jpg", is_picture=True)


def _sticker(sticker: Sticker) -> StaffFile | None:
    if sticker.is_animated:
        return None
    name = "sticker.webm" if sticker.is_video else "sticker.webp"
    return _file(sticker, ContentType.STICKER, name)


def _file(
    file: _Named,
    kind: ContentType,
    name: str | None = None,
    mime_type: str | None = None,
    is_picture: bool = False,
) -> StaffFile:
    return StaffFile(
        file_id=file.file_id,
        unique_id=file.file_unique_id,
        kind=kind.value,
        name=shown_name(name or "") or _plain_name(kind, mime_type),
        size=file.file_size,
        is_picture=is_picture,
    )


def _plain_name(kind: ContentType, mime_type: str | None) -> str:
    """Such as `voice.ogg`: by what the type says, else as Telegram makes them."""
    bare = _bare(mime_type)
    guessed = _SOUNDS.get(bare) or _TYPES.guess_extension(bare, strict=False)
    return kind.value + (guessed or _EXTENSIONS.get(kind, ""))


def _bare(mime_type: str | None) -> str:
    return (mime_type or "").partition(";")[0].strip().lower()
