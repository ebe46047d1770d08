"""The host where the Market keeps the files of its chats: how each of them answers, who asked."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from aiohttp import web

from bot.simulator.files import Shelf, StoredFile
from bot.simulator.streaming import PIECE, Streamed


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a file's address looks and answers; what is not named is as it should be.

    In the payload: `address` stands there instead of the true one; `base` only instead of its host;
    `said_size` instead of the true size. In the answer, in this order: the first `failures`
    requests get a 500; `hops` redirects, the last of them to `leads_to` (empty: to the file);
    `status` other than 200 is all that comes; else the content, in pieces of `piece` bytes with
    `pause` seconds before each, broken off at `cut_at` bytes; `is_sized`: with its length.
    """

    address: str | None = None
    base: str = ""
    said_size: int | None = None
    failures: int = 0
    hops: int = 0
    leads_to: str = ""
    status: int = 200
    piece: int = PIECE
    pause: float = 0.0
    cut_at: int | None = None
    is_sized: bool = True


class AttachmentCall(NamedTuple):
    """A request that was answered: for tests that ask who was shown which credential."""

    file_id: int
    hop: int
    status: int
    headers: Mapping[str, str]


class Attachments:
    """`usual` is the behaviour of every file, `behaviours` that of some, by their numbers.

    `denial` tells the status that a request without the right credential gets, None where it may
    have the file.
    """

    def __init__(self, shelf: Shelf, denial: Callable[[web.Request], int | None]) -> None:
        self.shelf = shelf
        self.usual = Behaviour()
        self.behaviours: dict[int, Behaviour] = {}
        self.calls: deque[AttachmentCall] = deque(maxlen=50_000)
        self._denial = denial
        self._failed: dict[int, int] = {}

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/attachments/{id}/{name}", self._serve, name="attachment")

    def of(self, stored: StoredFile) -> Behaviour:
        return self.behaviours.get(stored.id, self.usual)

    def payload(self, stored: StoredFile, base: str) -> dict[str, Any]:
        """How the Market tells of the file."""
        behaviour = self.of(stored)
        url = behaviour.address
        if url is None:
            url = f"{behaviour.base or base}/attachments/{stored.path}"
        size = stored.size if behaviour.said_size is None else behaviour.said_size
        return {"name": stored.name, "size": size, "url": url}

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        number, hop = request.match_info["id"], request.query.get("hop", "")
        file_id = int(number) if number.isdigit() else 0
        hops = int(hop) if hop.isdigit() else 0
        response = self._answer(request, self.shelf.get(file_id), hops)
        call = AttachmentCall(file_id, hops, response.status, dict(request.headers))
        self.calls.append(call)
        return response

    def _answer(self, request: web.Request, stored: StoredFile | None, hop: int) -> web.Response:
        if stored is None:
            return web.Response(status=404)
        behaviour = self.of(stored)
        if self._failed.get(stored.id, 0) < behaviour.failures:
            self._failed[stored.id] = self._failed.get(stored.id, 0) + 1
            return web.Response(status=500)
        denial = self._denial(request)
        if denial is not None:
            return web.Response(status=denial)
        if hop < behaviour.hops:
            is_last = hop + 1 == behaviour.hops
            own = f"/attachments/{stored.path}?hop={hop + 1}"
            where = behaviour.leads_to if is_last and behaviour.leads_to else own
            return web.Response(status=302, headers={"Location": where})
        if behaviour.status != 200:
            return web.Response(status=behaviour.status)
        return Streamed(
            stored.content,
            stored.mime,
            piece=behaviour.piece,
            pause=behaviour.pause,
            cut_at=behaviour.cut_at,
            is_sized=behaviour.is_sized,
        )
