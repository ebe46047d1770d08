"""Whatever the picture and whatever the limit: under it, the same picture, each time the same."""

from __future__ import annotations

import asyncio
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.files.decoding import look
from bot.files.pictures import PillowPictures
from bot.relay.files import Fitted, Picture
from tests.files.samples import encoded, halves, moving, noise, save, where_it_was_taken

MODES = {
    "JPEG": ["L", "RGB", "CMYK"],
    "PNG": ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"],
    "WEBP": ["RGB", "RGBA"],
    "BMP": ["1", "L", "P", "RGB", "RGBA"],
}
KINDS = [(format, mode) for format, modes in MODES.items() for mode in modes]
SIDES = st.one_of(st.integers(1, 90), st.sampled_from([1, 2, 3, 200, 700]))


def fit(content: bytes, at_most: int) -> tuple[Fitted | None, bytes | None]:
    with tempfile.TemporaryDirectory() as folder:
        path, into = save(Path(folder), content), Path(folder) / "made"
        fitted = asyncio.run(PillowPictures().fit(path, into, at_most))
        return fitted, into.read_bytes() if into.exists() else None


@given(
    st.sampled_from(KINDS),
    st.tuples(SIDES, SIDES),
    st.integers(1, 8),
    st.one_of(st.integers(1000, 20_000), st.just(1_000_000)),
)
@settings(max_examples=150, deadline=None)
def test_every_picture_fits(
    kind: tuple[str, str], size: tuple[int, int], orientation: int, at_most: int
) -> None:
    format, mode = kind
    options = {} if format == "BMP" else {"exif": where_it_was_taken(orientation)}
    fitted, made = fit(encoded(noise(size, mode), format, **options), at_most)
    assert fitted is not None
    assert made is not None
    assert fitted.size == len(made) <= at_most
    with Image.open(io.BytesIO(made), formats=["JPEG"]) as image:
        image.load()
    assert image.size == (fitted.width, fitted.height)
    assert image.mode in ("L", "RGB")
    assert not image.getexif()
    upright = size[::-1] if orientation >= 5 and format != "BMP" else size
    scale = max(image.size) / max(upright)
    assert scale <= 1
    for side, before in zip(image.size, upright, strict=True):
        assert side == 1 or abs(side - before * scale) <= 1


@given(st.integers(-1, 400))
@settings(max_examples=20, deadline=None)
def test_no_jpeg_is_as_small_as_that(at_most: int) -> None:
    assert fit(encoded(noise((30, 20)), "PNG"), at_most) == (None, None)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "BMP"])
def test_the_same_picture_gives_the_same_bytes(format: str) -> None:
    content = encoded(noise((300, 200)), format)
    assert fit(content, 9000) == fit(content, 9000)


def test_quality_goes_first_and_pixels_after() -> None:
    content = encoded(noise((300, 200)), "PNG")
    full, best = fit(content, 1_000_000)
    worse, less = fit(content, 50_000)
    smaller, _ = fit(content, 20_000)
    assert full is not None
    assert worse is not None
    assert smaller is not None
    assert (full.width, full.height) == (worse.width, worse.height) == (300, 200)
    assert len(less or b"") < len(best or b"")
    assert smaller.width < 300


def test_a_side_longer_than_a_jpeg_can_have_is_shortened() -> None:
    fitted, _ = fit(encoded(Image.new("L", (70_000, 2)), "PNG"), 1_000_000)
    assert fitted is not None
    assert (fitted.width, fitted.height) == (65_500, 2)


SEEDS = [
    encoded(noise((20, 20), "P"), "PNG"),
    encoded(noise((20, 20)), "JPEG", exif=where_it_was_taken(6)),
    encoded(noise((20, 20)), "JPEG", progressive=True),
    encoded(halves((20, 20)), "WEBP", exif=where_it_was_taken(6)),
    encoded(halves((20, 20)), "MPO", save_all=True, append_images=[halves((20, 20))]),
    encoded(halves((20, 20)), "BMP"),
    moving("PNG"),
    moving("WEBP"),
]
MAGICS = [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\xff\0\0\0WEBPVP8X", b"BM"]


def survives(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        seen = look(save(Path(folder), content))
    assert seen is None or (isinstance(seen, Picture) and seen.width > 0 and seen.height > 0)
    fit(content, 5000)


@given(st.sampled_from(MAGICS), st.binary(max_size=300))
@settings(max_examples=100, deadline=None)
def test_no_bytes_do_harm(magic: bytes, content: bytes) -> None:
    survives(magic + content)


@given(st.sampled_from(SEEDS), st.data())
@settings(max_examples=200, deadline=None)
def test_no_damage_to_a_picture_does_harm(seed: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, min(len(seed) - 1, 400)))
    gone = data.draw(st.integers(0, 8))
    survives(seed[:at] + data.draw(st.binary(max_size=8)) + seed[at + gone :])
