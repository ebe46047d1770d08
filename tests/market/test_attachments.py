"""A buyer's file comes whole, or it is said why not and whether it may come later."""

from __future__ import annotations

import asyncio
import gzip
import socket
from typing import Any

import pytest
from aiohttp import web

from bot.market.pieces import PIECE
from bot.relay.errors import Refused, RelayError, Throttled, Unreachable
from tests.market.file_host import (
    HEAD,
    KEY,
    SIGNATURE,
    TOKEN,
    FileHost,
    fails,
    fetch,
    gives,
    leads_to,
    says,
)


@pytest.mark.parametrize("size", [0, 1, PIECE, PIECE + 1, 2**20])
async def test_a_file_comes_byte_for_byte(api: FileHost, connect: Any, size: int) -> None:
    content = bytes(range(256)) * (size // 256) + bytes(range(size % 256))
    api.answers["/a"] = gives(content)
    market = await connect(api.url)
    assert await fetch(market, f"{api.url}/a") == content


async def test_an_address_without_a_host_is_on_the_host_of_the_api(
    api: FileHost, connect: Any
) -> None:
    api.answers["/a"] = lambda request: web.Response(text=request.query_string)
    market = await connect(f"{api.url}/market")
    assert await fetch(market, f"/a?{SIGNATURE}") == SIGNATURE.encode()


async def test_a_signed_address_is_asked_for_to_the_letter(api: FileHost, connect: Any) -> None:
    api.answers["/a b"] = lambda request: web.Response(text=request.raw_path)
    market = await connect(api.url)
    path = "/%61%20b?sig=a%2fb%3D%2B+c"
    assert await fetch(market, api.url + path) == path.encode()


async def test_nothing_packed_is_asked_for_and_no_cookie_is_kept(
    api: FileHost, connect: Any
) -> None:
    api.answers["/a"] = lambda request: web.Response(
        text=f"{request.headers['Accept-Encoding']} {request.headers.get('Cookie')}",
        headers={"Set-Cookie": "a=b"},
    )
    market = await connect(api.url)
    assert await fetch(market, "/a") == b"identity None"
    assert await fetch(market, "/a") == b"identity None"


ANSWERS = [
    (204, Unreachable, "file_unreachable"),
    (206, Unreachable, "file_unreachable"),
    (302, Unreachable, "file_unreachable"),  # without saying where to
    (304, Unreachable, "file_unreachable"),
    (400, Refused, "file_gone"),
    (401, Refused, "file_denied"),
    (403, Refused, "file_denied"),
    (404, Refused, "file_gone"),
    (408, Unreachable, "file_unreachable"),
    (410, Refused, "file_gone"),
    (420, Throttled, "file_unreachable"),
    (429, Throttled, "file_unreachable"),
    (451, Refused, "file_gone"),
    (500, Unreachable, "file_unreachable"),
    (503, Unreachable, "file_unreachable"),
    (599, Unreachable, "file_unreachable"),
]


@pytest.mark.parametrize(("status", "kind", "key"), ANSWERS)
async def test_an_answer_without_the_file_says_whether_it_may_come_later(
    api: FileHost, connect: Any, status: int, kind: type[RelayError], key: str
) -> None:
    api.answers["/a"] = says(status)
    error = await fails(await connect(api.url), f"/a?{SIGNATURE}")
    assert (type(error), error.key, error.details) == (kind, key, {"status": str(status)})


DATE = "Sun, 22 Nov 2026 09:00:00 GMT"


@pytest.mark.parametrize(
    ("said", "rest"),
    [
        ({}, 5.0),
        ({"Retry_After": "17"}, 17.0),
        ({"Retry_After": "Sun, 22 Nov 2026 09:00:40 GMT", "Date": DATE}, 40.0),
        ({"Retry_After": "Sun, 22 Nov 2026 08:00:00 GMT", "Date": DATE}, 0.0),
        ({"Retry_After": "soon"}, 5.0),
        ({"Retry_After": "-1"}, 5.0),
        ({"Retry_After": "9" * 400}, 3600.0),
    ],
)
async def test_a_host_says_how_long_to_leave_it_alone(
    api: FileHost, connect: Any, said: dict[str, str], rest: float
) -> None:
    api.answers["/a"] = says(429, **said)
    error = await fails(await connect(api.url), "/a")
    assert isinstance(error, Throttled)
    assert error.retry_after == rest


CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
BROKEN = {
    "closed at once": b"",
    "no http": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "cut off": HEAD + b"Content-Length: 10\r\n\r\nhalf",
    "cut off in a chunk": HEAD + CHUNKED + b"a\r\nhalf",
    "cut off after a chunk": HEAD + CHUNKED + b"4\r\nhalf\r\n",
    "no chunk": HEAD + CHUNKED + b"zz\r\nhalf\r\n",
    "a chunk too long": HEAD + CHUNKED + b"4\r\nhalfandhalf\r\n0\r\n\r\n",
    "a length that is none": HEAD + b"Content-Length: ten\r\n\r\nhalf",
    "a cut-off member": HEAD
    + b"Content-Encoding: gzip\r\nContent-Length: 20\r\n\r\n"
    + gzip.compress(b"file" * 99)[:20],
    "not packed at all": HEAD + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nfile",
}


@pytest.mark.parametrize("case", BROKEN)
async def test_a_broken_answer_is_no_file(raw_server: Any, connect: Any, case: str) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(BROKEN[case])
        await writer.drain()

    async with raw_server(talk) as url:
        error = await fails(await connect(url), f"/a?{SIGNATURE}")
    assert (type(error), error.key) == (Unreachable, "file_unreachable")
    assert list(error.details) == ["error"]


@pytest.mark.parametrize("begun", [b"", HEAD, HEAD + b"Content-Length: 10\r\n\r\nhalf"])
async def test_a_host_that_falls_silent_is_unreachable(
    raw_server: Any, connect: Any, begun: bytes
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(begun)
        await reader.read()

    async with raw_server(talk) as url:
        error = await fails(await connect(url, request_timeout=0.2), "/a")
    assert (type(error), error.key) == (Unreachable, "file_unreachable")


async def test_a_host_that_trickles_has_three_times_the_request_timeout(
    raw_server: Any, connect: Any
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"Content-Length: 1000000\r\n\r\n")
        while not reader.at_eof():
            writer.write(b".")
            try:
                await asyncio.wait_for(reader.read(), 0.05)
            except TimeoutError:
                continue

    async with raw_server(talk) as url:
        error = await fails(await connect(url, request_timeout=0.2), "/a")
    assert (type(error), error.details) == (Unreachable, {"error": "TimeoutError"})


async def test_the_hops_share_one_time_limit(raw_server: Any, connect: Any) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        try:
            await asyncio.wait_for(reader.read(), 0.25)
        except TimeoutError:
            writer.write(b"HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n" % answers.pop(0))

    answers = [b"403 Forbidden", b"302 Found\r\nLocation: /a"] * 4
    async with raw_server(talk) as url:
        error = await fails(await connect(url, request_timeout=0.5), "/a")
    assert (type(error), error.details) == (Unreachable, {"error": "TimeoutError"})


async def test_nothing_is_logged_that_opens_the_file(
    api: FileHost, connect: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    for name, status in (("/a", 200), ("/b", 403), ("/c", 500)):
        api.answers[name] = says(status)
    api.answers["/d"] = leads_to(f"https://10.0.0.1/?{SIGNATURE}")
    market = await connect(api.url, oauth_token=TOKEN)
    await fetch(market, f"/a?{SIGNATURE}")
    for name in "bcd":
        await fails(market, f"/{name}?{SIGNATURE}")
    ours = "".join(one.getMessage() for one in caplog.records if one.name != "aiohttp.access")
    assert not any(secret in ours for secret in (KEY, TOKEN, SIGNATURE))


async def test_a_host_that_is_down_is_unreachable(connect: Any, full_queue: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        assert type(await fails(await connect(url), "/a")) is Unreachable
    assert type(await fails(await connect(full_queue, request_timeout=0.1), "/a")) is Unreachable


async def test_a_name_that_nobody_knows_is_unreachable(connect: Any) -> None:
    error = await fails(await connect("http://127.0.0.1"), "https://nowhere.invalid/a")
    assert (type(error), error.details) == (Unreachable, {"error": "ClientConnectorDNSError"})
