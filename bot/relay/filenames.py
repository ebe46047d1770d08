"""A file name that is safe to show, to store and to put into a header (R43)."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate, pairwise

from bot.relay import clusters
from bot.relay.text import is_blank

_LONGEST = 100  # bytes of UTF-8
_LONGEST_EXTENSION = 20
_OF_FORMAT = {"JPEG": ("jpg", "jpeg", "jpe", "jfif"), "PNG": ("png",), "WEBP": ("webp",)}
_OF_PICTURES = frozenset(
    {"bmp", "gif", "heic", "heif", "jfif", "jpe", "jpeg", "jpg", "png", "tif", "tiff", "webp"}
)
_NOT_IN_A_HEADER = str.maketrans({'"': "'", "\\": "_"})
_SPACE = re.compile(r"[^\S\x00-\x1f\x85\u2028\u2029]")  # of any width; control signs are none
_JOINERS = "\u200c\u200d"  # without them emoji fall apart, and Persian words
_EDGES = " ." + _JOINERS  # not at the ends: a name is neither hidden nor loses its extension


def safe_name(name: str) -> str:
    """As `shown_name`; `file` where nothing is left. Doing it twice changes nothing."""
    return shown_name(name) or "file"


def shown_name(name: str) -> str:
    """Base name without control, bidi and surrogate characters, at most 100 bytes, the extension
    kept; what is nothing but an extension is called `file`. Empty where nothing is left."""
    base = _SPACE.sub(" ", name.replace("\\", "/").rpartition("/")[2])
    base = "".join(sign for sign in base if sign.isprintable() or sign in _JOINERS)
    base = re.sub(" +", " ", base.translate(_NOT_IN_A_HEADER))
    base = base.replace(" .", ".").rstrip(_EDGES)
    if is_blank(base):
        return ""
    stem, dot, extension = base.rpartition(".")
    if not dot or len(extension.encode()) > _LONGEST_EXTENSION:
        stem, dot, extension = base, "", ""
    tail = dot + extension
    return (_within(stem.lstrip(_EDGES), _LONGEST - len(tail.encode())) or "file") + tail


def _within(stem: str, room: int) -> str:
    """As much of it as has room; no emoji is torn, unless it is all there is."""
    if len(stem.encode()) <= room:
        return stem
    ends = clusters.ends(stem[: room + 1])
    sizes = accumulate(len(stem[a:b].encode()) for a, b in pairwise([0, *ends]))
    whole = bisect_right(list(sizes), room)
    cut = stem[: ends[whole - 1]] if whole else stem.encode()[:room].decode(errors="ignore")
    return cut.rstrip(_EDGES)


def as_picture(name: str, format: str) -> str:
    """A safe name whose extension says what the picture is: one of another format gives way, any
    other word behind a dot stays before it (`Scan 12.05` has none). Doing it twice changes
    nothing."""
    name = safe_name(name)
    stem, _, extension = name.rpartition(".")
    right = _OF_FORMAT[format]
    if stem and extension.lower() in right:
        return name
    is_wrong = stem and extension.lower() in _OF_PICTURES
    return safe_name(f"{stem if is_wrong else name}.{right[0]}")
