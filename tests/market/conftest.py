"""A scripted Market on loopback that writes down what it saw, and clients to speak to it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import ssl
import subprocess
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.market.client import YandexMarket, open_market
from tests.market.file_host import FileHost, file_host

BUSINESS = 4242
KEY = "ACMA:9pX3kQ:51ab77fe"
NOW_MS = 1_795_338_000_000  # 2026-11-22 09:00:00 UTC
FIXTURES = Path(__file__).parent / "fixtures"

METHODS = {
    ("POST", "/v2/businesses/4242/chats"): "getChats",
    ("GET", "/v2/businesses/4242/chat"): "getChat",
    ("GET", "/v2/businesses/4242/chats/message"): "getChatMessage",
    ("POST", "/v2/businesses/4242/chats/history"): "getChatHistory",
    ("POST", "/v2/businesses/4242/chats/new"): "createChat",
    ("POST", "/v2/businesses/4242/chats/message"): "sendMessageToChat",
    ("POST", "/v2/businesses/4242/chats/file/send"): "sendFileToChat",
    ("POST", "/v2/auth/token"): "getAuthTokenInfo",
}


@dataclass
class Seen:
    name: str
    verb: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class ScriptedMarket:
    """Answers of a method are given one after the other; the last one stays."""

    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    running: list[str] = field(default_factory=list)
    peaks: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    doors: dict[str, asyncio.Event] = field(default_factory=dict)
    _answers: dict[str, list[tuple[int, bytes, dict[str, str]]]] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def answers(
        self,
        name: str,
        *bodies: str | bytes | dict[str, Any],
        status: int = 200,
        headers: dict[str, str] | None = None,
    ) -> None:
        """A str names a fixture, bytes go out as they are."""
        queue = self._answers.setdefault(name, [])
        for body in bodies:
            queue.append((status, _bytes(body), headers or {}))

    def hold(self, name: str) -> asyncio.Event:
        """Calls of a method wait at the door until the event is set."""
        self.doors[name] = asyncio.Event()
        return self.doors[name]

    def count(self, name: str) -> int:
        return sum(1 for seen in self.seen if seen.name == name)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def handle(self, request: web.Request) -> web.Response:
        name = METHODS.get((request.method, request.path), "?")
        body = await request.read()
        self.seen.append(
            Seen(
                name,
                request.method,
                request.path,
                dict(request.query),
                dict(request.headers),
                body,
            )
        )
        self.running.append(name)
        self.peaks["all"] = max(self.peaks["all"], len(self.running))
        self.peaks[name] = max(self.peaks[name], self.running.count(name))
        self._changed.set()
        try:
            if name in self.doors:
                await self.doors[name].wait()
            return self._next(name)
        finally:
            self.running.remove(name)

    def _next(self, name: str) -> web.Response:
        queue = self._answers.get(name)
        if not queue:
            return web.json_response({"status": "ERROR", "errors": None}, status=404)
        status, body, headers = queue.pop(0) if len(queue) > 1 else queue[0]
        usual = {"Content-Type": "application/json", "Date": formatdate(NOW_MS / 1000, usegmt=True)}
        return web.Response(status=status, body=body, headers={**usual, **headers})


def _bytes(body: str | bytes | dict[str, Any]) -> bytes:
    if isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return (FIXTURES / f"{body}.json").read_bytes()
    return json.dumps(body).encode()


@pytest.fixture
async def server() -> AsyncIterator[ScriptedMarket]:
    script = ScriptedMarket()
    app = web.Application(client_max_size=20 * 2**20)
    app.router.add_route("*", "/{tail:.*}", script.handle)
    async with TestServer(app, host="127.0.0.1") as running:
        script.url = str(running.make_url("/"))
        yield script
        for door in script.doors.values():
            door.set()


Opener = Callable[..., Any]


@pytest.fixture
async def connect() -> AsyncIterator[Opener]:
    """Make a client: `await connect(url, **settings)`; it is closed after the test."""
    async with AsyncExitStack() as stack:

        async def opened(url: str, **settings: Any) -> YandexMarket:
            given = {"api_key": KEY, "request_timeout": 5.0, "clock": lambda: NOW_MS, **settings}
            given = {"business_id": BUSINESS, **given}
            return await stack.enter_async_context(open_market(base_url=url, **given))

        yield opened


@pytest.fixture
async def market(server: ScriptedMarket, connect: Opener) -> YandexMarket:
    return await connect(server.url)


@pytest.fixture
def fixture_bytes() -> Callable[[str], bytes]:
    return _bytes


Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]


@pytest.fixture
def raw_server() -> Callable[[Conversation], Any]:
    """`async with raw_server(talk) as url`: a server that does to a connection what `talk` does."""

    @asynccontextmanager
    async def serving(talk: Conversation) -> AsyncIterator[str]:
        async def closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await talk(reader, writer)
            finally:
                writer.close()

        listening = await asyncio.start_server(closing, "127.0.0.1", 0)
        async with listening:
            port = listening.sockets[0].getsockname()[1]
            yield f"http://127.0.0.1:{port}"

    return serving


@pytest.fixture
def specs() -> Path:
    here = Path(os.environ.get("SPECS_DIR") or Path(__file__).parents[3] / "shared" / "specs")
    if not (here / "market-chats.openapi.yaml").exists():
        pytest.skip("the official contract is not here: name its folder by SPECS_DIR")
    return here


@pytest.fixture
def full_queue() -> Iterator[str]:
    """The address of a listening socket whose queue is full: connecting to it hangs."""
    with ExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(4):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listening.getsockname())
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture
async def api() -> AsyncIterator[FileHost]:
    async with file_host() as script:
        yield script


@pytest.fixture
async def neighbour() -> AsyncIterator[FileHost]:
    """On the host of the API, behind another port."""
    async with file_host() as script:
        yield script


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate of the hosts in these tests")
    path = tmp_path_factory.mktemp("tls") / "all.pem"
    names = "DNS:*.example.com,DNS:*.messenger.yandex.net,DNS:api.corp"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        f"-subj /CN=tests -addext subjectAltName={names} -keyout {path} -out {path}.crt"
    )
    subprocess.run(command.split(), check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + Path(f"{path}.crt").read_bytes())
    return path


@pytest.fixture
async def tls_host(certificate: Path) -> AsyncIterator[FileHost]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    async with file_host(tls=context) as script:
        yield script
