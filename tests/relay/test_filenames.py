"""File names of strangers become names that no header, log or folder trips over."""

from __future__ import annotations

import unicodedata

import aiohttp
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.relay.filenames import as_picture, safe_name, shown_name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("photo.jpg", "photo.jpg"),
        ("Чек № 5.pdf", "Чек № 5.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\фото.png", "фото.png"),
        ("a\r\nX-Evil: 1.txt", "aX-Evil: 1.txt"),
        ("nul\0.txt", "nul.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("half\ud83d.png", "half.png"),
        ('he said "hi".doc', "he said 'hi'.doc"),
        ("  spaced .txt ", "spaced.txt"),
        ("", "file"),
        ("///", "file"),
        ("..", "file"),
        ("\r\n", "file"),
        (".jpg", "file.jpg"),
        ("..jpg", "file.jpg"),
        (" . .jpg", "file.jpg"),
        (".htaccess", "file.htaccess"),
        ("...дома.jpg", "дома.jpg"),
        ("photo.jpg.", "photo.jpg"),
        ("photo.jpg . ", "photo.jpg"),
        ("photo .jpg", "photo.jpg"),
        ("Снимок экрана 10.05\u202fPM.png", "Снимок экрана 10.05 PM.png"),
        ("\u2067משהו\u2069\u200f.pdf", "משהו.pdf"),
        ("\u200b\u200d.jpg", "file.jpg"),
        ("\u3164", "file"),
        ("👩\u200d👩\u200d👧 1️⃣.png", "👩\u200d👩\u200d👧 1️⃣.png"),
        ("x" * 84 + "👩\u200d👩\u200d👧.png", "x" * 84 + ".png"),
        ("e" + "\u0301" * 300 + ".png", "e" + "\u0301" * 47 + ".png"),
        ("archive.tar.gz", "archive.tar.gz"),
        ("x" * 300 + ".jpeg", "x" * 95 + ".jpeg"),
        ("я" * 300 + ".jpeg", "я" * 47 + ".jpeg"),
        ("x." + "y" * 300, "x." + "y" * 98),
    ],
)
def test_a_name_becomes_safe(name: str, expected: str) -> None:
    assert safe_name(name) == expected


NAMES = st.lists(
    st.sampled_from(
        [".", " ", " .", "/", "\\", "\u202e", "\u200d", "\u3164", "x" * 80, '"', ".jpg"]
    )
    | st.characters(),
    max_size=60,
).map("".join)


@given(NAMES | st.text(max_size=300))
@example("\u3164" * 28 + "." + "y" * 30)
@example("x" * 90 + " ." + "y" * 30)
@example("a \u0378 b")  # what is left out stood between two spaces
def test_whatever_the_name_a_form_takes_it_and_it_stays(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe.encode()) <= 100
    assert safe_name(safe) == safe
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("file", b"x", filename=safe)
    assert safe in form()._parts[0][0].headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("name", "format", "expected"),
    [
        ("Фото.PNG", "JPEG", "Фото.jpg"),
        ("Фото.PNG", "PNG", "Фото.PNG"),
        ("IMG_1.JPEG", "JPEG", "IMG_1.JPEG"),
        ("photo.jpg", "WEBP", "photo.webp"),
        ("photo", "PNG", "photo.png"),
        ("Скан 12.05.2024", "JPEG", "Скан 12.05.2024.jpg"),
        ("price.pdf", "PNG", "price.pdf.png"),
        (".png", "JPEG", "file.jpg"),
        ("../../a\r\n.webp", "JPEG", "a.jpg"),
        ("", "JPEG", "file.jpg"),
        ("я" * 300 + ".webp", "JPEG", "я" * 47 + ".jpg"),
    ],
)
def test_a_picture_is_called_what_it_is(name: str, format: str, expected: str) -> None:
    assert as_picture(name, format) == expected


@given(
    st.text(max_size=120), st.sampled_from(["", ".png", ".JPG", ".webp ", ".tar.gz", ".png.png"])
)
def test_whatever_the_name_of_a_picture_it_is_safe_and_stays(name: str, extension: str) -> None:
    named = as_picture(name + extension, "JPEG")
    assert named.lower().endswith((".jpg", ".jpeg", ".jpe", ".jfif"))
    assert len(named.encode()) <= 100
    assert safe_name(named) == named
    assert as_picture(named, "JPEG") == named


@given(NAMES)
def test_nothing_in_a_name_steers_or_leaves_its_folder(name: str) -> None:
    safe = safe_name(name)
    assert not {
        unicodedata.category(sign) for sign in safe.replace("\u200d", "").replace("\u200c", "")
    } & {*("Cc", "Cf", "Cs", "Zl", "Zp")}
    assert not set(safe) & set('/\\"')
    assert safe == safe.strip(" .")


@given(NAMES, st.sampled_from(["jpg", "jpeg", "pdf", "docx", "7z"]))
def test_the_extension_is_kept_whatever_is_before_it(stem: str, extension: str) -> None:
    assert safe_name(f"{stem}.{extension}").endswith(f".{extension}")


@given(NAMES)
def test_a_name_is_shown_as_it_is_sent_and_none_is_not_made_up(name: str) -> None:
    assert shown_name(name) in ("", safe_name(name))
    assert shown_name("\u202e .. ") == ""
