"""What the relay needs of files on their way: where they lie, and what pictures show.

As in `ports`, every method may raise `bot.relay.errors.RelayError` and nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Spool(Protocol):
    """Where files lie on their way through: on the disk, never whole in memory, and no longer than
    it takes. A key is any string; it need not suit a file system."""

    async def fill(self, key: str, chunks: AsyncIterator[bytes], at_most: int) -> int:
        """Keep what comes; it is there for `path` once it is whole. Returns its size in bytes.
        Raises `Refused("file_too_big")` beyond `at_most` bytes, `Unreachable("disk_full")` where
        the disk has no room; nothing is kept then."""
        ...

    def path(self, key: str) -> Path | None:
        """Where it lies; None where it does not (any more)."""
        ...

    def beside(self, key: str, what: str) -> Path:
        """Where something made of it belongs, such as its `preview`: there until `drop`, or until
        the file itself is filled anew. `what` is a word of small letters."""
        ...

    def drop(self, key: str) -> None:
        """Away with it, and with what was made of it."""
        ...


@dataclass(frozen=True, slots=True)
class Picture:
    """What a file shows, by its content. Pixels; `is_still`: one frame, so that a photo of it
    shows all there is."""

    format: str  # JPEG, PNG or WEBP
    width: int
    height: int
    is_still: bool


@dataclass(frozen=True, slots=True)
class Fitted:
    """A picture made smaller. `size` in bytes, `width` and `height` in pixels; it is a JPEG."""

    size: int
    width: int
    height: int


class Pictures(Protocol):
    """Must not: block the loop, or take more memory than a bounded number of pixels needs."""

    async def look(self, path: Path) -> Picture | None:
        """None where the content is no picture of a known format, whatever its name says."""
        ...

    async def preview(self, path: Path, into: Path) -> bool:
        """Write a JPEG that Telegram shows as it is: at most 1,280 pixels a side. False where
        none can be made (too many pixels, broken)."""
        ...

    async def fit(self, path: Path, into: Path, at_most: int) -> Fitted | None:
        """Write a JPEG of at most `at_most` bytes, first with less quality, then with fewer
        pixels; without metadata, the same from the same. None where none can be made, or where
        it moves."""
        ...
