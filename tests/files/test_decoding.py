"""What is decoded at all, and what comes of it: plain pixels, and no metadata."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from bot.files.pictures import PillowPictures
from bot.relay.errors import Unreachable
from bot.relay.files import Picture
from tests.files.samples import (
    content_of,
    encoded,
    halves,
    moving,
    near,
    noise,
    opened,
    png_claiming,
    resized_header,
    save,
    size_of,
    where_it_was_taken,
)

PLENTY = 10_000_000


async def test_a_photo_of_200_megapixels_is_shown_at_a_reduced_scale(
    pictures: PillowPictures, tmp_path: Path, into: Path
) -> None:
    jpeg = encoded(Image.new("L", (16_320, 12_240), 128), "JPEG")
    path = save(tmp_path, jpeg)
    assert await pictures.look(path) == Picture("JPEG", 16_320, 12_240, is_still=True)
    assert await pictures.preview(path, into)
    assert opened(into).size == (1280, 960)
    fitted = await pictures.fit(path, into, PLENTY)
    assert fitted is not None
    assert (fitted.width, fitted.height) == (4080, 3060)


@pytest.mark.parametrize(
    "content",
    [
        png_claiming(5001, 5000),
        png_claiming(60_000, 60_000),
        resized_header(encoded(halves((64, 64)), "JPEG", progressive=True), (5001, 5000)),
        resized_header(encoded(halves((64, 64)), "JPEG"), (65_000, 65_000)),
    ],
    ids=["png", "png bomb", "progressive jpeg", "jpeg bomb"],
)
async def test_what_would_fill_the_memory_is_left_alone(
    pictures: PillowPictures, tmp_path: Path, into: Path, content: bytes
) -> None:
    path = save(tmp_path, content)
    assert await pictures.preview(path, into) is False
    assert await pictures.fit(path, into, PLENTY) is None
    assert size_of(into) is None


async def test_a_jpeg_of_a_thousand_scans_is_left_alone(
    pictures: PillowPictures, tmp_path: Path, into: Path
) -> None:
    jpeg = encoded(halves((64, 64)), "JPEG", progressive=True)
    last = jpeg.rfind(b"\xff\xda")
    bomb = jpeg[:last] + jpeg[last:-2] * 1000 + jpeg[-2:]
    path = save(tmp_path, bomb)
    assert await pictures.preview(path, into) is False
    assert await pictures.preview(save(tmp_path, jpeg), into) is True


async def test_a_jpeg_full_of_junk_is_not_searched(
    pictures: PillowPictures, tmp_path: Path
) -> None:
    jpeg = encoded(halves((64, 64)), "JPEG")
    path = save(tmp_path, jpeg[:2] + b"\xff\xd8" + b"\0" * 1000 + jpeg[2:])
    assert await pictures.look(path) is None


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "BMP"])
async def test_a_picture_cut_short_is_not_passed_off_as_whole(
    pictures: PillowPictures, tmp_path: Path, into: Path, format: str
) -> None:
    content = encoded(noise((200, 200)), format)
    path = save(tmp_path, content[: len(content) // 2])
    assert await pictures.preview(path, into) is False
    assert await pictures.fit(path, into, PLENTY) is None
    assert size_of(into) is None


async def test_run_lengths_in_a_bitmap_are_left_alone(
    pictures: PillowPictures, tmp_path: Path, into: Path
) -> None:
    bitmap = bytearray(encoded(noise((20, 20), "P"), "BMP"))
    bitmap[30] = 1  # compression: RLE8
    assert await pictures.fit(save(tmp_path, bytes(bitmap)), into, PLENTY) is None


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
async def test_what_moves_is_not_made_a_still(
    pictures: PillowPictures, tmp_path: Path, into: Path, format: str
) -> None:
    path = save(tmp_path, moving(format))
    assert await pictures.fit(path, into, PLENTY) is None
    assert await pictures.preview(path, into) is True


async def test_no_position_owner_or_comment_travels(
    pictures: PillowPictures, tmp_path: Path, into: Path
) -> None:
    notes = {"exif": where_it_was_taken(), "comment": b"Anna", "xmp": b"<x>Anna</x>"}
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", "Anna")
    for content in (
        encoded(halves((40, 20)), "JPEG", **notes),
        encoded(halves((40, 20)), "WEBP", exif=where_it_was_taken(), xmp=b"<x>Anna</x>"),
        encoded(halves((40, 20)), "PNG", exif=where_it_was_taken(), pnginfo=text),
    ):
        path = save(tmp_path, content)
        assert b"Anna" in content
        for made in (await pictures.preview(path, into), await pictures.fit(path, into, PLENTY)):
            assert made
            assert not opened(into).getexif()
            assert set(opened(into).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
            assert b"Anna" not in content_of(into)


async def test_a_short_profile_of_colours_travels(
    pictures: PillowPictures, tmp_path: Path, into: Path
) -> None:
    for profile, kept in (
        (b"\0" * 16 + b"RGB " + b"\0" * 500, True),
        (b"\0" * 16 + b"CMYK" + b"\0" * 500, False),
        (b"\0" * 16 + b"RGB " + b"\0" * 5000, False),
    ):
        path = save(tmp_path, encoded(halves((40, 20)), "JPEG", icc_profile=profile))
        assert await pictures.fit(path, into, PLENTY)
        assert opened(into).info.get("icc_profile") == (profile if kept else None)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
async def test_what_is_transparent_becomes_white(
    pictures: PillowPictures, tmp_path: Path, into: Path, mode: str
) -> None:
    clear = Image.new("RGBA", (20, 20), (0, 0, 0, 0)).convert(mode)
    path = save(tmp_path, encoded(clear, "PNG", **({"transparency": 0} if mode == "P" else {})))
    assert await pictures.preview(path, into)
    assert near(opened(into), (0.5, 0.5), (255, 255, 255))


async def test_16_bits_a_shade_stay_the_shade_they_are(
    pictures: PillowPictures, tmp_path: Path, into: Path
) -> None:
    grey = Image.new("I;16", (20, 20), 0x8000)
    assert await pictures.preview(save(tmp_path, encoded(grey, "PNG")), into)
    assert near(opened(into), (0.5, 0.5), (128, 128, 128))


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
async def test_broken_metadata_cost_no_picture(
    pictures: PillowPictures, tmp_path: Path, into: Path
) -> None:
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x02" + b"\x01\x12\0\x63\xff\xff\xff\xff\0\0\0\0" * 2
    path = save(tmp_path, encoded(halves((40, 20)), "JPEG", exif=exif))
    assert await pictures.preview(path, into)


async def test_a_full_disk_is_not_blamed_on_the_picture(
    pictures: PillowPictures, tmp_path: Path
) -> None:
    path = save(tmp_path, encoded(halves((40, 20)), "JPEG"))
    with pytest.raises(Unreachable, match="disk_full"):
        await pictures.fit(path, tmp_path / "gone" / "made", PLENTY)
    with pytest.raises(Unreachable, match="disk_full"):
        await pictures.preview(path, Path("/dev/full/made"))
