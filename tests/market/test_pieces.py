"""A file takes no more memory than a piece of it, packed or not."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager
from typing import Any

import pytest

from bot.market.pieces import PIECE
from bot.relay.errors import Refused
from tests.market.file_host import (
    HEAD,
    FileHost,
    download,
    fails,
    fetch,
    gives,
)


@contextmanager
def traced() -> Iterator[Callable[[], int]]:
    """The peak of memory taken since it began, in bytes."""
    tracemalloc.start()
    try:
        yield lambda: tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


async def test_a_file_without_end_is_read_in_small_pieces_and_let_go_at_once(
    raw_server: Any, connect: Any
) -> None:
    left = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"Content-Length: 999999999999\r\n\r\n")
        try:
            while True:
                writer.write(b"." * PIECE)
                await writer.drain()
        except ConnectionError:
            left.set()

    size = 0
    async with raw_server(talk) as url:
        market = await connect(url)
        with traced() as peak:
            async with aclosing(download(market, "/a")) as pieces:
                async for piece in pieces:
                    assert 0 < len(piece) <= PIECE
                    size += len(piece)
                    if size > 32 * 2**20:
                        break
            assert peak() < 4 * 2**20
        async with asyncio.timeout(5):
            await left.wait()


@pytest.mark.parametrize("packing", ["gzip", "x-gzip", "GZIP"])
@pytest.mark.parametrize("size", [0, 1, PIECE, 300_000])
async def test_a_file_that_comes_packed_all_the_same_is_unpacked(
    api: FileHost, connect: Any, packing: str, size: int
) -> None:
    content = bytes(range(256)) * (size // 256) + bytes(range(size % 256))
    packed = gzip.compress(content[: size // 3]) + gzip.compress(content[size // 3 :])
    api.answers["/a"] = gives(packed, **{"Content-Encoding": packing})
    assert await fetch(await connect(api.url), "/a") == content


async def test_a_packed_bomb_is_unpacked_piece_by_piece(api: FileHost, connect: Any) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(bytes(2**20)) for _ in range(64)) + packer.flush()
    api.answers["/a"] = gives(bomb, **{"Content-Encoding": "gzip"})
    market = await connect(api.url)
    size = 0
    with traced() as peak:
        async with aclosing(download(market, "/a")) as pieces:
            async for piece in pieces:
                assert len(piece) <= PIECE
                size += len(piece)
        assert peak() < 4 * 2**20
    assert size == 64 * 2**20


@pytest.mark.parametrize("packing", ["br", "zstd", "deflate", "gzip, gzip", "secret"])
async def test_a_packing_that_is_not_understood_is_not_handed_over(
    api: FileHost, connect: Any, packing: str
) -> None:
    api.answers["/a"] = gives(b"file", **{"Content-Encoding": packing})
    error = await fails(await connect(api.url), "/a")
    assert (type(error), error.details) == (Refused, {"error": "ContentEncoding"})
