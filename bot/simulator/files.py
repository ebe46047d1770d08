"""The files that lie about in both services: content, kind and where they are found by number."""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import quote

KINDS = (
    "photo",
    "document",
    "video",
    "audio",
    "voice",
    "video_note",
    "animation",
    "sticker",
)


@dataclass
class StoredFile:
    """A file of either service. `kind` and the measures are Telegram's.

    `sent_as`: the digest of what was sent, where the Market has made another file of it.
    """

    id: int
    name: str
    content: bytes = field(repr=False)
    mime: str = "application/octet-stream"
    kind: str = "document"
    width: int = 0
    height: int = 0
    sent_as: bytes | None = None

    @property
    def size(self) -> int:
        return len(self.content)

    @property
    def path(self) -> str:
        """Number and name as they stand in addresses."""
        return f"{self.id}/{quote(self.name or 'file', safe='')}"

    @cached_property
    def digest(self) -> bytes:
        return hashlib.sha256(self.content).digest()

    @property
    def origin(self) -> bytes:
        """The digest that its sender knows it by."""
        return self.sent_as or self.digest


class Shelf:
    """Every file of the simulated world by its number."""

    def __init__(self) -> None:
        self._files: dict[int, StoredFile] = {}
        self._last = 0

    def put(self, name: str, content: bytes, mime: str = "", kind: str = "document") -> StoredFile:
        self._last += 1
        mime = mime or mimetypes.guess_type(name)[0] or "application/octet-stream"
        stored = StoredFile(self._last, name, content, mime, kind)
        self._files[stored.id] = stored
        return stored

    def get(self, file_id: int) -> StoredFile | None:
        return self._files.get(file_id)
