"""A file name that is safe to show, to store and to put into a header (R43)."""

from __future__ import annotations

_LONGEST = 100  # bytes of UTF-8
_LONGEST_EXTENSION = 20
_NOT_IN_A_HEADER = str.maketrans({'"': "'", "\\": "_"})


def safe_name(name: str) -> str:
    """Base name without control, bidi and surrogate characters, at most 100 bytes, the extension
    kept; `file` where nothing is left. Doing it twice changes nothing."""
    base = name.replace("\\", "/").rpartition("/")[2]
    base = "".join(sign for sign in base if sign.isprintable()).translate(_NOT_IN_A_HEADER).strip()
    if not base.strip("."):
        return "file"
    stem, dot, extension = base.rpartition(".")
    if not stem or len(extension.encode()) > _LONGEST_EXTENSION:
        stem, dot, extension = base, "", ""
    tail = dot + extension
    room = _LONGEST - len(tail.encode())
    return (stem.encode()[:room].decode(errors="ignore").rstrip() or "file") + tail
