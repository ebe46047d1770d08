"""Files on the disk while they are on their way. Knows nothing of what they hold.

A file is named by a digest of its key: `<digest>` once it is whole, `<digest>.<number>.part`
while it comes, `<digest>.<what>` for something made of it. So no name holds a word of a buyer, and
none can lead out of the folder.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from hashlib import sha256
from itertools import count
from pathlib import Path

from bot.files.disk import append, disk_trouble, need_room, remove, writing
from bot.files.threads import Threads
from bot.relay.errors import Refused

_WRITERS = 2  # a disk does not get faster by more
_BATCH = 1 << 20  # bytes that are gathered before a thread is bothered with them
_OURS = re.compile(r"[0-9a-f]{64}(\.[a-z]+|\.[0-9]+\.part)?")
_MADE = re.compile(r"(?!part$)[a-z]+")


@contextmanager
def open_spool(folder: Path) -> Iterator[DiskSpool]:
    """The only spool of this folder, empty at first and at the end; files of others in it stay.
    Raises `OSError` where the folder can't be had."""
    for each in (folder.parent, folder):  # `parents` come without the mode
        each.mkdir(mode=0o700, parents=True, exist_ok=True)
    _empty(folder)
    try:
        yield DiskSpool(folder)
    finally:
        _empty(folder)


class DiskSpool:
    """A `bot.relay.files.Spool` in a folder. Of two fills of one key at once, each is whole, and
    the one that ends last stays."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        self._threads = Threads(_WRITERS, "spool")

    async def fill(self, key: str, chunks: AsyncIterator[bytes], at_most: int) -> int:
        whole = self._whole(key)
        part = whole.with_name(f"{whole.name}.{next(self._numbers)}.part")
        try:
            async with _closing(chunks):
                size = await _write(part, chunks, at_most, self._threads)
            remove(*self._made(key))  # they were made of what it held before
            with disk_trouble():
                part.replace(whole)
            return size
        finally:
            remove(part)

    def path(self, key: str) -> Path | None:
        whole = self._whole(key)
        return whole if whole.is_file() else None

    def beside(self, key: str, what: str) -> Path:
        if not _MADE.fullmatch(what):
            raise ValueError(f"not a word of small letters: {what!r}")
        whole = self._whole(key)
        return whole.with_name(f"{whole.name}.{what}")

    def drop(self, key: str) -> None:
        """A fill under way is not touched."""
        remove(self._whole(key), *self._made(key))

    def _whole(self, key: str) -> Path:
        # A name taken from a Telegram update may hold half a character.
        return self._folder / sha256(key.encode(errors="surrogatepass")).hexdigest()

    def _made(self, key: str) -> list[Path]:
        beside = self._folder.glob(f"{self._whole(key).name}.*")
        return [path for path in beside if path.suffix != ".part"]


async def _write(path: Path, chunks: AsyncIterator[bytes], at_most: int, threads: Threads) -> int:
    size = 0
    batch = bytearray()
    need_room(path.parent)
    with writing(path) as file:
        async for chunk in chunks:
            size += len(chunk)
            if size > at_most:
                raise Refused("file_too_big")
            batch += chunk
            if len(batch) >= _BATCH:
                await threads.to_the_end(append, file, batch)
                batch.clear()
        await threads.to_the_end(append, file, batch)
    return size


@asynccontextmanager
async def _closing(chunks: AsyncIterator[bytes]) -> AsyncIterator[None]:
    """A generator that is left half-way keeps its connection until somebody closes it."""
    try:
        yield
    finally:
        if isinstance(chunks, AsyncGenerator):
            await chunks.aclose()


def _empty(folder: Path) -> None:
    remove(*(path for path in folder.iterdir() if _OURS.fullmatch(path.name) and path.is_file()))
