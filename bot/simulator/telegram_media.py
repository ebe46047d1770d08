"""How a file in a message looks in the Bot API's JSON, and the smaller sizes of a photo."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from bot.simulator.files import Shelf, StoredFile
from bot.simulator.pictures import dimensions, png

_FILE_ID = re.compile(r"SIM[a-z](\d{8})([sm]?)")
_SIDES = {"s": 90, "m": 320}  # longest side of the smaller sizes
_UNKNOWN = (640, 480)
_MEASURED = ("video", "animation")
_NAMED = ("document", "video", "audio", "animation")
_MEASURES = ("width", "height", "duration")


def media(stored: StoredFile) -> dict[str, Any]:
    """The part of a message that holds a file, by its kind."""
    if stored.kind == "photo":
        return {"photo": _sizes(stored)}
    shown: dict[str, Any] = {
        "file_id": file_id(stored),
        "file_unique_id": f"u{stored.id}",
        "file_size": stored.size,
    }
    if stored.kind == "sticker":
        return {"sticker": shown | _sticker(stored.name)}
    if stored.kind == "video_note":
        return {"video_note": shown | {"length": 240, "duration": 1}}
    shown["mime_type"] = stored.mime
    if stored.kind in _MEASURED:
        shown |= _measures(*_size(stored))
    if stored.kind != "document":
        shown["duration"] = 1
    if stored.kind in _NAMED and stored.name:
        shown["file_name"] = stored.name
    parts = {stored.kind: shown}
    if stored.kind == "animation":
        parts["document"] = {k: v for k, v in shown.items() if k not in _MEASURES}
    return parts


def file_id(stored: StoredFile, size: str = "") -> str:
    return f"SIM{stored.kind[0]}{stored.id:08d}{size}"


def number_of(given: str) -> tuple[int, str] | None:
    """The number and the size (`s`, `m` or whole) that a file id names."""
    match = _FILE_ID.fullmatch(given)
    return (int(match.group(1)), match.group(2)) if match else None


def content_of(shelf: Shelf, path: str) -> bytes | None:
    """What lies at the last part of a `file_path`: a number, with the letter of a smaller size."""
    size = path[-1:] if path[-1:] in _SIDES else ""
    number = path.removesuffix(size)
    stored = shelf.get(int(number)) if number.isdigit() else None
    if stored is None or not size:
        return None if stored is None else stored.content
    return reduced(stored, size)


def reduced(stored: StoredFile, size: str) -> bytes:
    """A smaller size of a photo: another picture, so that taking it for the photo shows."""
    return _grey(*_fitting(*_size(stored), _SIDES[size]))


def _sizes(stored: StoredFile) -> list[dict[str, Any]]:
    width, height = _size(stored)
    smaller = [one for one, side in _SIDES.items() if side < max(width, height)]
    shown = [
        _photo_size(stored, one, _fitting(width, height, _SIDES[one]), len(reduced(stored, one)))
        for one in smaller
    ]
    return [*shown, _photo_size(stored, "", (width, height), stored.size)]


def _photo_size(
    stored: StoredFile, size: str, sides: tuple[int, int], length: int
) -> dict[str, Any]:
    return {
        "file_id": file_id(stored, size),
        "file_unique_id": f"{size or 'u'}{stored.id}",
        "file_size": length,
        **_measures(*sides),
    }


def _sticker(name: str) -> dict[str, Any]:
    return {
        "type": "regular",
        **_measures(512, 512),
        "is_animated": name.endswith(".tgs"),
        "is_video": name.endswith(".webm"),
        "emoji": "👍",
    }


def _size(stored: StoredFile) -> tuple[int, int]:
    if not stored.width:
        stored.width, stored.height = dimensions(stored.content) or _UNKNOWN
    return stored.width, stored.height


def _measures(width: int, height: int) -> dict[str, int]:
    return {"width": width, "height": height}


def _fitting(width: int, height: int, side: int) -> tuple[int, int]:
    share = side / max(width, height)
    return max(1, round(width * share)), max(1, round(height * share))


@lru_cache(maxsize=64)
def _grey(width: int, height: int) -> bytes:
    return png(width, height, lambda x, y: (128, 128, 128))
