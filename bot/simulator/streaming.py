"""An answer that hands out a file piece by piece, so that its reader sets the pace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from aiohttp import web

PIECE = 64 * 1024
BYTES = "application/octet-stream"


class BrokenOff(ConnectionError):
    """The answer was to end before its time."""


class Streamed(web.Response):
    """`content` as a whole, whatever is sent of it.

    `cut_at`: so many bytes are sent, then the connection is closed, although the length of all was
    announced. `is_sized` False: no length is announced. `pause`: seconds before each piece.
    """

    def __init__(
        self,
        content: bytes,
        mime: str = BYTES,
        *,
        piece: int = PIECE,
        pause: float = 0.0,
        cut_at: int | None = None,
        is_sized: bool = True,
    ) -> None:
        self.content = content
        headers = {"Content-Type": mime}
        if is_sized:
            headers["Content-Length"] = str(len(content))
        super().__init__(body=self._pieces(piece, pause, cut_at), headers=headers)

    async def _pieces(self, piece: int, pause: float, cut_at: int | None) -> AsyncIterator[bytes]:
        end = len(self.content) if cut_at is None else cut_at
        view = memoryview(self.content)
        for at in range(0, end, piece):
            if pause:
                await asyncio.sleep(pause)
            yield bytes(view[at : min(at + piece, end)])
        if cut_at is not None:
            raise BrokenOff
