"""What a JPEG would cost a decoder, read from its markers before one touches it. Decodes nothing.

A baseline JPEG in one scan is decoded row by row. Any other is held whole in memory, and gone over
once a scan: a file of a few megabytes can ask for 100,000 of them, which takes days.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

_MOST_SEGMENTS = 1_000  # before the first scan; a photo with every kind of metadata has some 50
_START_OF_SCAN = 0xDA
_SCAN = bytes((0xFF, _START_OF_SCAN))
_PIECE = 1 << 20
# Frames by their marker; True: progressive. Of any other kind the worst is believed.
_FRAMES = {0xC0: False, 0xC1: False, 0xC2: True}


def is_in_one_scan(file: IO[bytes]) -> bool:
    """Raises `ValueError` where the header is not in order: Pillow would look for the next
    segment byte by byte, through all of the file."""
    colours = 0
    is_progressive = False
    for marker, content in _segments(file):
        if marker in _FRAMES:
            colours, is_progressive = content[5], _FRAMES[marker]
        if marker == _START_OF_SCAN:
            return not is_progressive and content[0] == colours
    raise ValueError("no scan")


def count_scans(file: IO[bytes]) -> int:
    """At most: a thumbnail in the metadata counts as well. Within a scan 0xFF is always escaped,
    so no scan hides."""
    scans, last = 0, b""
    file.seek(0)
    while piece := file.read(_PIECE):
        scans += (last + piece).count(_SCAN)
        last = piece[-1:]
    return scans


def _segments(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Marker and content, up to the first scan's."""
    file.seek(2)
    for _ in range(_MOST_SEGMENTS):
        head = file.read(4)
        while head.startswith(b"\xff\xff"):  # padding
            head = head[1:] + file.read(1)
        if len(head) < 4 or head[0] != 0xFF:
            return
        length = int.from_bytes(head[2:]) - 2
        content = file.read(max(length, 0))
        is_short = length < (6 if head[1] in (*_FRAMES, _START_OF_SCAN) else 0)
        if is_short or len(content) < length:
            return
        yield head[1], content
