"""How Telegram takes a file that a bot sends: by content, by number; its limits, its dimensions."""

from __future__ import annotations

from bot.simulator.files import Shelf, StoredFile
from bot.simulator.pictures import dimensions
from bot.simulator.telegram_media import number_of
from bot.simulator.telegram_request import BotApiError, Params, Upload, bad

UPLOAD_LIMIT = 50 * 1024 * 1024
PHOTO_LIMIT = 10 * 1024 * 1024


def taken_file(shelf: Shelf, params: Params, value: object, kind: str) -> StoredFile:
    """The file that a parameter names: an upload (`attach://` or of the same name) or a file id."""
    named = str(value) if value else f"attach://{kind}"
    if named.startswith("attach://"):
        upload = params.uploads.get(named.removeprefix("attach://"))
        if upload is None:
            raise bad(f"there is no {kind} in the request")
        return _uploaded(shelf, upload, kind)
    number = number_of(named)
    known = shelf.get(number[0]) if number else None
    if known is None:
        raise bad("wrong file identifier/HTTP URL specified")
    return known


def _uploaded(shelf: Shelf, upload: Upload, kind: str) -> StoredFile:
    if not upload.content:
        raise bad("file must be non-empty")
    if len(upload.content) > UPLOAD_LIMIT:
        raise BotApiError(413, "Request Entity Too Large")
    if kind != "photo":
        return shelf.put(upload.name, upload.content, upload.mime, kind)
    width, height = _picture(upload.content)
    stored = shelf.put(upload.name, upload.content, upload.mime, kind)
    stored.width, stored.height = width, height
    return stored


def _picture(content: bytes) -> tuple[int, int]:
    if len(content) > PHOTO_LIMIT:
        raise bad("file is too big")
    size = dimensions(content)
    if size is None:
        raise bad("IMAGE_PROCESS_FAILED")
    width, height = size
    if width + height > 10_000 or max(width, height) > 20 * min(width, height):
        raise bad("PHOTO_INVALID_DIMENSIONS")
    return width, height
