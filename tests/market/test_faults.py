"""Connections that break at every point: certain where nothing left, unknown where a send may
have been carried out; and no error tells the key."""

from __future__ import annotations

import asyncio
import socket
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.relay.errors import OutcomeUnknown, RelayError, Throttled, Unreachable
from bot.relay.model import ChatId, Context, ContextKind, MessageId

KEY = "ACMA:9pX3kQ:51ab77fe"
CHAT = ChatId(9001)
WORDS = "words of the buyer"
OK = b'{"status":"OK"}'

Call = Callable[[Any], Awaitable[Any]]
SENDS: list[Call] = [
    lambda market: market.send_text(CHAT, WORDS),
    lambda market: market.send_file(CHAT, "a.png", b"x" * 1000),
]
OTHERS: list[Call] = [
    lambda market: market.chat(CHAT),
    lambda market: market.history(CHAT, MessageId(0)),
    lambda market: market.create_chat(Context(ContextKind.ORDER, 5)),
    lambda market: market.token_scopes(),
]
every_send = pytest.mark.parametrize("call", SENDS, ids=["text", "file"])
every_other = pytest.mark.parametrize("call", OTHERS, ids=["read", "history", "create", "token"])
every_call = pytest.mark.parametrize("call", [*SENDS, *OTHERS])


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    body = b""
    if lengths:
        body = await reader.readexactly(int(lengths[0].split(b":")[1]))
    elif b"chunked" in head.lower():
        body = await reader.readuntil(b"\r\n0\r\n\r\n")
    return head + body


def answer(status: str, body: bytes, *headers: str, length: int | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}"]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + body


def answering(*pieces: bytes) -> Any:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.writelines(pieces)
        await writer.drain()

    return talk


async def close_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(10)
    writer.transport.abort()


async def never_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def stop_within_the_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(answer("200 OK", b'{"status":', length=15))
    await reader.read()


HTML = b"<html><h1>Bad gateway</h1></html>"
# How it ends, as the error tells it, and what the server does.
BROKEN = {
    "closed before reading": ("error=", close_at_once),
    "reset while reading": ("error=", reset),
    "closed after reading": ("error=ServerDisconnectedError", answering(b"")),
    "never answered": ("error=TimeoutError", never_answer),
    "hangs within the body": ("status=200", stop_within_the_body),
    "cut within the headers": (
        "error=ServerDisconnectedError",
        answering(b"HTTP/1.1 200 OK\r\nContent-Le"),
    ),
    "no http": ("error=ClientResponseError", answering(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")),
    "body shorter than promised": (
        "status=200",
        answering(answer("200 OK", b'{"status":"O', length=15)),
    ),
    "whole json, but shorter than promised": (
        "status=200",
        answering(answer("200 OK", OK, length=99)),
    ),
    "chunks without an end": (
        "status=200",
        answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nf\r\n" + OK + b"\r\n"),
    ),
    "no gzip": ("status=200", answering(answer("200 OK", OK, "Content-Encoding: gzip"))),
    "empty 200": ("status=200", answering(answer("200 OK", b""))),
    "html 200": ("status=200", answering(answer("200 OK", HTML))),
    "html 502": ("status=502", answering(answer("502 Bad Gateway", HTML))),
    "html 404 of a proxy": ("status=404", answering(answer("404 Not Found", HTML))),
    "html 403 of a firewall": ("status=403", answering(answer("403 Forbidden", HTML))),
    "cut 400": ("status=400", answering(answer("400 Bad Request", b'{"status":"ERR', length=80))),
}
every_fault = pytest.mark.parametrize(("sign", "talk"), BROKEN.values(), ids=BROKEN.keys())


def patience(talk: Any) -> float:
    """Seconds; only what hangs has to be waited out, the rest must not run into a limit."""
    return 0.4 if talk in (never_answer, stop_within_the_body) else 5.0


def tell_all(error: BaseException) -> str:
    chain = [error, error.__cause__, error.__context__]
    return "".join(traceback.format_exception(error)) + "".join(map(repr, chain))


async def fails(market: Any, call: Call) -> RelayError:
    async with asyncio.timeout(10):
        with pytest.raises(RelayError) as caught:
            await call(market)
    assert KEY not in tell_all(caught.value)
    assert WORDS not in tell_all(caught.value)
    return caught.value


@every_send
@every_fault
async def test_a_broken_send_is_unknown(
    raw_server: Any, connect: Any, call: Call, sign: str, talk: Any
) -> None:
    async with raw_server(talk) as url:
        error = await fails(await connect(url, request_timeout=patience(talk)), call)
    assert type(error) is OutcomeUnknown
    assert sign in str(error)


@every_other
@every_fault
async def test_anything_else_that_breaks_is_unreachable(
    raw_server: Any, connect: Any, call: Call, sign: str, talk: Any
) -> None:
    async with raw_server(talk) as url:
        error = await fails(await connect(url, request_timeout=patience(talk)), call)
    assert type(error) is Unreachable
    assert sign in str(error)


@every_call
async def test_a_refused_connection_is_certain(connect: Any, call: Call) -> None:
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        error = await fails(await connect(url), call)
    assert type(error) is Unreachable
    assert error.details["error"] == "ClientConnectorError"


@every_send
async def test_a_connection_that_is_never_made_is_certain(
    full_queue: str, connect: Any, call: Call
) -> None:
    error = await fails(await connect(full_queue, request_timeout=0.4), call)
    assert type(error) is Unreachable
    assert error.details["error"] == "ConnectionTimeoutError"


@every_send
async def test_a_connection_without_tls_is_certain(
    raw_server: Any, connect: Any, call: Call
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(answer("400 Bad Request", b"speak plainly"))

    async with raw_server(talk) as url:
        error = await fails(await connect(url.replace("http:", "https:")), call)
    assert type(error) is Unreachable


@every_send
async def test_a_throttled_send_is_certain_even_without_a_body(
    raw_server: Any, connect: Any, call: Call
) -> None:
    talk = answering(answer("420 Enhance Your Calm", b'{"sta', length=50))
    async with raw_server(talk) as url:
        error = await fails(await connect(url), call)
    assert type(error) is Throttled


async def test_a_send_on_a_connection_closed_meanwhile_is_not_repeated(
    raw_server: Any, connect: Any
) -> None:
    requests: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await read_request(reader))
        writer.write(answer("200 OK", OK))
        requests.append(await read_request(reader))  # on the kept connection, and no answer

    async with raw_server(talk) as url:
        market = await connect(url)
        await market.send_text(CHAT, "first")
        error = await fails(market, SENDS[0])
    assert type(error) is OutcomeUnknown
    assert len(requests) == 2


async def test_a_file_has_longer_than_a_text(raw_server: Any, connect: Any) -> None:
    text_is_lost = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        await text_is_lost.wait()
        writer.write(answer("200 OK", OK))

    async with raw_server(talk) as url, asyncio.TaskGroup() as group:
        market = await connect(url, request_timeout=0.5)
        file = group.create_task(market.send_file(CHAT, "a.png", b"x"))
        await fails(market, SENDS[0])
        assert not file.done()
        text_is_lost.set()  # and the file, begun before the text, is still waited for


async def test_a_name_that_no_form_takes_does_not_poison_the_send(
    raw_server: Any, connect: Any
) -> None:
    async with raw_server(answering(answer("200 OK", OK))) as url:
        await (await connect(url)).send_file(CHAT, "a\r\nb\0.png", b"x")
