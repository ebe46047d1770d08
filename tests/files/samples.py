"""Pictures of every kind, made on the spot."""

from __future__ import annotations

import io
import random
import struct
import zlib
from pathlib import Path
from typing import Any

from PIL import Image

RED, BLUE = (200, 20, 20), (20, 20, 200)


def noise(size: tuple[int, int], mode: str = "RGB", seed: int = 1) -> Image.Image:
    """The hardest to make small, and the same each time."""
    if mode == "I;16":
        return Image.frombytes("I;16", size, random.Random(seed).randbytes(size[0] * size[1] * 2))
    if mode in ("P", "1"):
        return noise(size, "RGB", seed).convert(mode)
    amount = size[0] * size[1] * len(mode)
    return Image.frombytes(mode, size, random.Random(seed).randbytes(amount))


def halves(size: tuple[int, int]) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (size[0] // 2, 0, *size))
    return image


def encoded(image: Image.Image, format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def save(folder: Path, content: bytes, name: str = "picture") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def moving(format: str, size: tuple[int, int] = (20, 10)) -> bytes:
    frames = [Image.new("RGB", size, colour) for colour in (RED, BLUE, RED)]
    return encoded(frames[0], format, save_all=True, append_images=frames[1:], duration=100)


def where_it_was_taken(orientation: int = 1) -> Image.Exif:
    """EXIF with a position, an owner and a way to hold it."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x013B] = "Anna Petrova"
    exif[0x8825] = {1: "N", 2: (55.0, 45.0, 21.0), 3: "E", 4: (37.0, 37.0, 2.0)}
    return exif


def resized_header(jpeg: bytes, size: tuple[int, int]) -> bytes:
    """A JPEG that claims to be of another size."""
    at = max(jpeg.find(b"\xff\xc0"), jpeg.find(b"\xff\xc2")) + 5
    return jpeg[:at] + struct.pack(">HH", size[1], size[0]) + jpeg[at + 4 :]


def opened(path: Path) -> Image.Image:
    """Loaded whole, and certainly a JPEG."""
    with Image.open(path, formats=["JPEG"]) as image:
        image.load()
        return image


def near(image: Image.Image, at: tuple[float, float], colour: tuple[int, int, int]) -> bool:
    """Is this the colour at a place given in parts of the sides?"""
    shown = image.convert("RGB").getpixel(
        (int((image.width - 1) * at[0]), int((image.height - 1) * at[1]))
    )
    assert isinstance(shown, tuple)
    return all(abs(one - other) < 24 for one, other in zip(shown, colour, strict=True))


def size_of(path: Path) -> int | None:
    """In bytes; None where there is no file."""
    return path.stat().st_size if path.exists() else None


def png_claiming(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def content_of(path: Path) -> bytes:
    return path.read_bytes()
