"""From pixels to a JPEG of a given size. The same pixels give the same bytes: a restart repeats
what it does not find done."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, cast

from PIL import Image

from bot.files.disk import append, need_room, writing
from bot.relay.files import Fitted

PREVIEW_SIDE = 1280  # what Telegram shows of a photo; more it would scale down itself
_PREVIEW_QUALITY = 87
_PREVIEW_SIZE = 10_000_000  # bytes of a photo that Telegram takes
_STEEPEST = 20  # of a photo's sides; Telegram refuses more
_QUALITIES = (92, 84, 76, 68, 60)
_QUALITY_WHEN_SMALLER = 80  # below 60 squares show; fewer pixels at 80 look better
_STEP = 0.8
_LONGEST_SIDE = 65_500  # of a JPEG
_BUFFER = 1 << 20


def write_preview(image: Image.Image, into: Path) -> bool:
    """False where Telegram would refuse it."""
    if max(image.size) > _STEEPEST * min(image.size):
        return False
    small = _scaled(image, min(1.0, PREVIEW_SIDE / max(image.size)))
    return _encode(small, into, _PREVIEW_QUALITY, _PREVIEW_SIZE) is not None


def write_fitting(image: Image.Image, into: Path, at_most: int) -> Fitted | None:
    """None where not even one pixel is as small as that."""
    scale = min(1.0, _LONGEST_SIDE / max(image.size))
    whole = _scaled(image, scale)
    for quality in _QUALITIES:
        size = _encode(whole, into, quality, at_most)
        if size is not None:
            return Fitted(size, *whole.size)
    return _write_smaller(whole, into, at_most)


def _write_smaller(image: Image.Image, into: Path, at_most: int) -> Fitted | None:
    scale = 1.0
    smaller = image
    while smaller.size != (1, 1):
        scale *= _STEP
        smaller = _scaled(image, scale)
        size = _encode(smaller, into, _QUALITY_WHEN_SMALLER, at_most)
        if size is not None:
            return Fitted(size, *smaller.size)
    return None


def _scaled(image: Image.Image, scale: float) -> Image.Image:
    if scale == 1.0:
        return image
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _encode(image: Image.Image, into: Path, quality: int, at_most: int) -> int | None:
    """Size of the JPEG in bytes; None where it would have been more than `at_most`, and `into`
    holds the beginning of it then."""
    need_room(into.parent)
    profile = image.info.get("icc_profile")
    with writing(into) as file:
        sink = _Sink(file, at_most)
        try:
            image.save(cast(BinaryIO, sink), "JPEG", quality=quality, icc_profile=profile)
            sink.close()
        except _TooMuch:
            return None
    return sink.size


class _TooMuch(Exception):
    pass


class _Sink:
    """What Pillow writes to. It has no file descriptor on purpose: given one, Pillow takes a
    write that a full disk cut short for a whole one."""

    def __init__(self, file: BinaryIO, at_most: int) -> None:
        self._file = file
        self._at_most = at_most
        self._held = bytearray()
        self.size = 0

    def write(self, piece: bytes) -> int:
        self.size += len(piece)
        if self.size > self._at_most:
            raise _TooMuch
        self._held += piece
        if len(self._held) >= _BUFFER:
            self.close()
        return len(piece)

    def close(self) -> None:
        append(self._file, self._held)
        self._held.clear()
