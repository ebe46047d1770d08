"""Strangers' pictures are looked at without harm, and shown upright."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.files.pictures import PillowPictures
from bot.relay.files import Picture
from tests.files.samples import (
    BLUE,
    RED,
    encoded,
    halves,
    moving,
    near,
    noise,
    opened,
    save,
    size_of,
    where_it_was_taken,
)

PLENTY = 10_000_000


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
async def test_the_content_tells_what_a_picture_is(
    pictures: PillowPictures, tmp_path: Path, format: str
) -> None:
    path = save(tmp_path, encoded(halves((30, 20)), format), "invoice.pdf")
    assert await pictures.look(path) == Picture(format, 30, 20, is_still=True)


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
async def test_a_moving_picture_is_told_from_a_still(
    pictures: PillowPictures, tmp_path: Path, format: str
) -> None:
    path = save(tmp_path, moving(format))
    assert await pictures.look(path) == Picture(format, 20, 10, is_still=False)


async def test_two_pictures_of_a_phone_in_one_file_are_a_still_jpeg(
    pictures: PillowPictures, tmp_path: Path, into: Path
) -> None:
    frames = [halves((40, 30)), halves((40, 30))]
    path = save(tmp_path, encoded(frames[0], "MPO", save_all=True, append_images=frames[1:]))
    assert await pictures.look(path) == Picture("JPEG", 40, 30, is_still=True)
    assert await pictures.fit(path, into, PLENTY) is not None


@pytest.mark.parametrize("format", ["GIF", "BMP", "TIFF", "ICO", "PPM", "AVIF", "PDF", "TGA"])
async def test_other_formats_are_no_pictures_for_a_topic(
    pictures: PillowPictures, tmp_path: Path, format: str
) -> None:
    path = save(tmp_path, encoded(halves((32, 32)), format), "photo.jpg")
    assert await pictures.look(path) is None


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBPVP8X", b"BM", b"%PDF-1.7"],
)
async def test_nothing_is_seen_in_what_is_broken(
    pictures: PillowPictures, tmp_path: Path, into: Path, content: bytes
) -> None:
    path = save(tmp_path, content)
    assert await pictures.look(path) is None
    assert await pictures.preview(path, into) is False
    assert await pictures.fit(path, into, PLENTY) is None
    assert size_of(into) is None


async def test_nothing_is_seen_where_there_is_no_file(
    pictures: PillowPictures, tmp_path: Path, into: Path
) -> None:
    assert await pictures.look(tmp_path / "none") is None
    assert await pictures.preview(tmp_path / "none", into) is False
    assert await pictures.look(tmp_path) is None


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("size", "shown"),
    [((2000, 1000), (1280, 640)), ((1000, 3000), (427, 1280)), ((60, 40), (60, 40))],
)
async def test_a_preview_keeps_the_shape(
    pictures: PillowPictures,
    tmp_path: Path,
    into: Path,
    format: str,
    size: tuple[int, int],
    shown: tuple[int, int],
) -> None:
    assert await pictures.preview(save(tmp_path, encoded(halves(size), format)), into)
    image = opened(into)
    assert image.size == shown
    assert near(image, (0.1, 0.5), RED)
    assert near(image, (0.9, 0.5), BLUE)


async def test_a_preview_of_noise_is_no_larger_than_telegram_takes(
    pictures: PillowPictures, tmp_path: Path, into: Path
) -> None:
    assert await pictures.preview(save(tmp_path, encoded(noise((1280, 1280)), "JPEG")), into)
    assert 0 < (size_of(into) or 0) < 10_000_000


@pytest.mark.parametrize(("length", "is_made"), [(2000, True), (2001, False), (9000, False)])
async def test_telegram_refuses_a_ribbon(
    pictures: PillowPictures, tmp_path: Path, into: Path, length: int, is_made: bool
) -> None:
    path = save(tmp_path, encoded(halves((length, 100)), "PNG"))
    assert await pictures.preview(path, into) is is_made
    assert (size_of(into) is not None) is is_made
    if is_made:
        width, height = opened(into).size
        assert width <= 20 * height


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("orientation", "red", "size"),
    [
        (1, (0.1, 0.5), (80, 40)),
        (2, (0.9, 0.5), (80, 40)),
        (3, (0.9, 0.5), (80, 40)),
        (4, (0.1, 0.5), (80, 40)),
        (5, (0.5, 0.1), (40, 80)),
        (6, (0.5, 0.1), (40, 80)),
        (7, (0.5, 0.9), (40, 80)),
        (8, (0.5, 0.9), (40, 80)),
    ],
)
async def test_a_picture_taken_on_its_side_stands_upright(
    pictures: PillowPictures,
    tmp_path: Path,
    into: Path,
    format: str,
    orientation: int,
    red: tuple[float, float],
    size: tuple[int, int],
) -> None:
    content = encoded(halves((80, 40)), format, exif=where_it_was_taken(orientation))
    path = save(tmp_path, content)
    assert await pictures.preview(path, into)
    assert opened(into).size == size
    assert near(opened(into), red, RED)
    fitted = await pictures.fit(path, into, PLENTY)
    assert fitted is not None
    assert (fitted.width, fitted.height) == opened(into).size == size
    assert near(opened(into), red, RED)
