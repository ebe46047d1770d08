"""The body of an answer in pieces of bounded size, unpacked where it comes packed."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncGenerator, AsyncIterator

import aiohttp
from aiohttp.http import HttpProcessingError

from bot.market.verdict import file_unreachable
from bot.relay.errors import Refused

PIECE = 64 * 1024  # bytes
# What aiohttp raises while it reads; the second where a body is no HTTP, as its parser said it.
BROKEN = (aiohttp.ClientError, HttpProcessingError, asyncio.IncompleteReadError, OSError)

_GZIP = 16 + zlib.MAX_WBITS
_PLAIN = ("", "identity")
_PACKED = ("gzip", "x-gzip")


async def pieces_of(response: aiohttp.ClientResponse) -> AsyncGenerator[bytes, None]:
    """Nothing packed was asked for, but stores keep files packed and send them so. Raises
    `Unreachable` where the body ends too early."""
    packing = response.headers.get("Content-Encoding", "").strip().lower()
    if packing not in (*_PLAIN, *_PACKED):
        raise Refused("file_gone", error="ContentEncoding")
    raw = _raw(response.content)
    async for piece in raw if packing in _PLAIN else _unpacked(raw):
        yield piece


async def _raw(content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    while piece := await _next(content):
        yield piece


async def _next(content: aiohttp.StreamReader) -> bytes:
    try:
        return await content.read(PIECE)
    except BROKEN as error:
        failure = file_unreachable(error)
    raise failure


async def _unpacked(raw: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """By hand, since aiohttp unpacks a chunk as a whole: a small one may hold gigabytes."""
    member = None
    async for packed in raw:
        while packed or member is not None:
            member = member or zlib.decompressobj(_GZIP)
            piece = _inflate(member, packed)
            if piece:
                yield piece
            if member.eof:  # another may follow: that is one file still
                packed, member = member.unused_data, None
            elif member.unconsumed_tail or len(piece) == PIECE:
                packed = member.unconsumed_tail
            else:
                break
    if member is not None:
        raise file_unreachable(EOFError())


def _inflate(member: zlib._Decompress, packed: bytes) -> bytes:
    try:
        return member.decompress(packed, PIECE)
    except zlib.error as error:
        failure = file_unreachable(error)
    raise failure
