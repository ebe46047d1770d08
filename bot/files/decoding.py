"""From a stranger's file to plain pixels, within bounds. Writes nothing.

Our own table of formats instead of `Image.open`: no other plugin ever parses such a file, phones'
multi-picture JPEGs stay JPEGs, and the bound on pixels is ours alone. That of Pillow stands at the
same time for a warning and for photos of 200 megapixels that are harmless at a reduced scale.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from PIL import ExifTags, Image
from PIL.BmpImagePlugin import BmpImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from bot.files.jpeg_scans import count_scans, is_in_one_scan
from bot.relay.files import Picture

# Decoded at once. Pillow spends four bytes on a pixel of RGB: 64 MB, and as much again to turn it,
# to put it on white, or to make it somewhat smaller. A camera's JPEG comes at a reduced scale.
MOST_PIXELS = 16_000_000
_MOST_WEBP_PIXELS = MOST_PIXELS // 2  # its decoder keeps canvases of its own
_MOST_SCANS = 100  # of a JPEG; an ordinary progressive one has 10, a phone may append pictures
_LONGEST_PROFILE = 4096  # bytes; those of cameras and phones have some 500, sRGB 3,144

# The few that are worth it. GIF moves, TIFF has pages, HEIC is not Pillow's: they stay documents.
_FORMATS: tuple[tuple[bytes, type[ImageFile]], ...] = (
    (b"\xff\xd8\xff", JpegImageFile),
    (b"\x89PNG\r\n\x1a\n", PngImageFile),
    (b"RIFF", WebPImageFile),
    (b"BM", BmpImageFile),  # to be made smaller only: Telegram does not show it
)
_SHOWN = frozenset({"JPEG", "PNG", "WEBP"})

# Not ImageOps.exif_transpose: it writes the other tags anew, and fails on those that it can't.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Undecodable(Exception):
    """Broken, too large, or of no format of ours."""


def look(path: Path) -> Picture | None:
    """What the header says, as it is stored (perhaps lying on its side)."""
    try:
        with _opened(path) as image:
            if image.format not in _SHOWN:
                return None
            return Picture(image.format, image.width, image.height, not _moves(image))
    except Undecodable:
        return None


def decode(path: Path, side: int | None = None, *, moving: bool = True) -> Image.Image:
    """L or RGB, upright, on white, without any metadata but a short colour profile. A JPEG comes
    at a reduced scale where it has too many pixels, or more than twice `side`. Raises
    `Undecodable`; also for what moves, where not `moving`."""
    with _opened(path) as image:
        if _moves(image) and not moving:
            raise Undecodable
        _bound(image, side)
        image.load()
        plain = _upright(_on_white(image), _orientation(image))
        profile = image.info.get("icc_profile", b"")
        plain.info = {"icc_profile": profile} if _is_worth_it(profile, plain) else {}
        return plain


@contextmanager
def _opened(path: Path) -> Iterator[ImageFile]:
    try:
        with path.open("rb") as file, _parsed(file) as image:
            yield image
    except Undecodable:
        raise
    except Exception as error:  # hostile content finds every kind: struct.error, KeyError, …
        raise Undecodable from error


def _parsed(file: BinaryIO) -> ImageFile:
    start = file.read(16)
    for magic, kind in _FORMATS:
        if start.startswith(magic):
            if kind is JpegImageFile:
                is_in_one_scan(file)
            file.seek(0)
            return kind(file)
    raise Undecodable


def _moves(image: ImageFile) -> bool:
    return bool(getattr(image, "is_animated", False))


def _bound(image: ImageFile, side: int | None) -> None:
    """Asks for a scale that is within bounds; raises `Undecodable` where there is none."""
    if isinstance(image, JpegImageFile):
        if not _is_cheap(image):
            raise Undecodable
        _reduce(image, side)
    # Run-length coded bitmaps are the only ones that Pillow decodes in Python: minutes.
    is_slow = any(tile.codec_name == "bmp_rle" for tile in image.tile)
    most = _MOST_WEBP_PIXELS if image.format == "WEBP" else MOST_PIXELS
    if is_slow or image.width * image.height > most:
        raise Undecodable


def _is_cheap(image: JpegImageFile) -> bool:
    """Does what the decoder holds beside the reduced picture stay within bounds?"""
    file = image.fp
    assert file is not None  # it is closed by `load` only
    here = file.tell()
    try:
        if is_in_one_scan(file):
            return True
        return image.width * image.height <= MOST_PIXELS and count_scans(file) <= _MOST_SCANS
    finally:
        file.seek(here)


def _reduce(image: JpegImageFile, side: int | None) -> None:
    width, height = image.size
    for scale in (1, 2, 4, 8):
        is_bounded = width * height <= MOST_PIXELS * scale * scale
        if is_bounded and (side is None or max(width, height) < 4 * side * scale):
            break
    image.draft(None, (max(1, width // scale), max(1, height // scale)))


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):  # `convert` alone would clip it to the darkest 256 shades
        return image.point(lambda shade: shade / 256).convert("L")
    if image.has_transparency_data:
        image = _in_mode(image, "RGBA")
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image)
        return white
    return _in_mode(image, "L" if image.mode in ("1", "L") else "RGB")


def _in_mode(image: Image.Image, mode: str) -> Image.Image:
    """Without the copy that `convert` makes of what is in it already: 64 MB."""
    return image if image.mode == mode else image.convert(mode)


def _orientation(image: Image.Image) -> int | None:
    try:
        return image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # the picture is none the worse for it
        return None


def _upright(image: Image.Image, orientation: int | None) -> Image.Image:
    turn = _TURNS.get(orientation or 1)
    return image if turn is None else image.transpose(turn)


def _is_worth_it(profile: bytes, image: Image.Image) -> bool:
    """A phone's colours look dull without it; and it says nothing of who took the picture."""
    return image.mode == "RGB" and profile[16:20] == b"RGB " and len(profile) <= _LONGEST_PROFILE
