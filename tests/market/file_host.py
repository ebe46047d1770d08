"""Hosts of files for tests, ways to ask them, and names that all lead to this machine."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer

from bot.market.addresses import Addresses
from bot.market.attachments import Attachments
from bot.market.client import YandexMarket
from bot.market.transport import Access
from bot.relay.errors import RelayError
from bot.relay.model import Attachment

KEY = "ACMA:9pX3kQ:51ab77fe"
TOKEN = "y0_AgAAAAD0hd8K"
SIGNATURE = "sig=7f3a9c"
PUBLIC = "8.8.8.8"
Handler = Callable[[web.Request], Any]
OAUTH = f"OAuth {TOKEN}"
HEAD = b"HTTP/1.1 200 OK\r\n"


@dataclass
class FileHost:
    """Answers by path, and writes down what it was shown."""

    url: str = ""
    shown: list[str] = field(default_factory=list)
    answers: dict[str, Handler] = field(default_factory=dict)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        key, token = request.headers.get("Api-Key"), request.headers.get("Authorization")
        self.shown.append(" ".join(filter(None, [key, token])))
        answer = self.answers.get(request.path, lambda _: web.Response(status=404))
        made = answer(request)
        return made if isinstance(made, web.StreamResponse) else await made


@asynccontextmanager
async def file_host(host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Any:
    script = FileHost()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", script.handle)
    server = TestServer(app, host=host, scheme="https" if tls else "http")
    await server.start_server(ssl=tls)
    try:
        script.url = str(server.make_url("")).rstrip("/")
        yield script
    finally:
        await server.close()


def gives(content: bytes, **headers: str) -> Handler:
    return lambda _: web.Response(body=content, headers=headers)


def says(status: int, **headers: str) -> Handler:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: web.Response(status=status, headers=named)


def leads_to(url: str, status: int = 302) -> Handler:
    return lambda _: web.Response(status=status, headers={"Location": url})


def opens_for(*shown: str, denial: int = 403) -> Handler:
    """The file for those credentials only."""

    def answer(request: web.Request) -> web.Response:
        given = request.headers.get("Api-Key") or request.headers.get("Authorization") or ""
        return web.Response(body=b"file") if given in shown else web.Response(status=denial)

    return answer


async def fetch(market: YandexMarket | Attachments, url: str) -> bytes:
    found = market.pieces(url) if isinstance(market, Attachments) else download(market, url)
    async with aclosing(found) as pieces:
        return b"".join([piece async for piece in pieces])


def download(market: YandexMarket, url: str) -> Any:
    return market.download(Attachment("photo.jpg", url, 0))


async def fails(market: YandexMarket | Attachments, url: str) -> RelayError:
    """The error, of which nothing tells a key or an address, with nothing hanging on it."""
    with pytest.raises(RelayError) as caught:
        await fetch(market, url)
    error = caught.value
    said = f"{error!s} {error!r}"
    assert not any(secret in said for secret in (KEY, TOKEN, SIGNATURE, "://"))
    assert error.__cause__ is None
    assert error.__context__ is None
    return error


class Here(AbstractResolver):
    """Every name is this machine's."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        one = ResolveResult(
            hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0
        )
        return [one]

    async def close(self) -> None:
        pass


@asynccontextmanager
async def attachments(
    base_url: str, names: AbstractResolver, certificate: Path | None = None, dial: Any = None
) -> AsyncIterator[Attachments]:
    trusted = ssl.create_default_context(cafile=certificate) if certificate else True
    connector = aiohttp.TCPConnector(
        resolver=names, ssl=trusted, use_dns_cache=False, socket_factory=dial
    )
    async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as session:
        yield Attachments(session, Addresses(base_url), Access(KEY, TOKEN), 5.0)


def named(host: FileHost, name: str) -> str:
    return host.url.replace("127.0.0.1", name)


@asynccontextmanager
async def listener(host: str) -> AsyncIterator[tuple[int, list[str]]]:
    """A port, and who connected to it."""
    met: list[str] = []

    async def meet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.append("somebody")
        writer.close()

    async with await asyncio.start_server(meet, host, 0) as listening:
        yield listening.sockets[0].getsockname()[1], met
