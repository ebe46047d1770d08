"""The Bot API server: finds the method of a call, answers in its envelope, hands out files."""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Mapping
from typing import Any, NamedTuple

from aiohttp import web

from bot.simulator.group_world import GroupWorld
from bot.simulator.streaming import Streamed
from bot.simulator.telegram_account import Account
from bot.simulator.telegram_albums import Albums
from bot.simulator.telegram_edits import Edits
from bot.simulator.telegram_media import content_of
from bot.simulator.telegram_posts import Method, Posts
from bot.simulator.telegram_rate import GroupRate
from bot.simulator.telegram_request import BotApiError, Params, read_params
from bot.simulator.telegram_topics import Topics
from bot.simulator.updates import Updates

_WORDS = ("text", "caption")


class TelegramCall(NamedTuple):
    """A call that was answered: for tests that ask how often, when, with what, how it went."""

    method: str
    at_ms: int
    status: int
    values: Mapping[str, Any]


class TelegramHttp:
    def __init__(
        self, group: GroupWorld, updates: Updates, token: str, rate: tuple[int, float] | None
    ) -> None:
        self.group = group
        self.token = token
        self.rate = GroupRate(rate, group.clock)
        self.posts = Posts(group, self.rate)
        self.albums = Albums(self.posts)
        self.account = Account(group, updates)
        self.calls: deque[TelegramCall] = deque(maxlen=50_000)
        self.refusals: dict[str, str] = {}  # method → the sentence of its 400
        self.poison = ""  # a text or caption with these words in it is refused
        self.expired: set[int] = set()  # files whose address is told, and is empty
        known: dict[str, Method] = {}
        edits, topics = Edits(group, self.rate), Topics(group, self.rate)
        for part in (self.posts, self.albums, edits, topics, self.account):
            known |= part.methods()
        # the real server does not mind the case of a method's name
        self._methods = {name.lower(): (name, method) for name, method in known.items()}
        self.names = frozenset(known)

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/telegram/file/bot{token}/{path:.+}", self._download, name="file")
        for verb in ("GET", "POST"):
            app.router.add_route(verb, "/telegram/bot{token}/{method}", self._serve)

    async def _serve(self, request: web.Request) -> web.Response:
        name, method = self._methods.get(
            request.match_info["method"].lower(), (request.match_info["method"], None)
        )
        values: Mapping[str, Any] = {}
        try:
            if request.match_info["token"] != self.token:
                raise BotApiError(401, "Unauthorized")
            if method is None:
                raise BotApiError(404, "Not Found: method not found")
            if name in self.refusals:
                raise BotApiError(400, self.refusals[name])
            params = await read_params(request)
            values = params.values
            if self.poison and any(self.poison in str(values.get(one, "")) for one in _WORDS):
                raise BotApiError(400, "Bad Request: ENTITIES_TOO_LONG")
            status, body = 200, {"ok": True, "result": await _called(method, params)}
        except BotApiError as e:
            status, body = e.code, {"ok": False, "error_code": e.code, "description": str(e)}
            if e.parameters:
                body["parameters"] = e.parameters
        self.calls.append(TelegramCall(name, self.group.clock(), status, values))
        return web.json_response(body, status=status)

    async def _download(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != self.token:
            return web.json_response(
                {"ok": False, "error_code": 401, "description": "Unauthorized"}, status=401
            )
        path = request.match_info["path"].rpartition("/")[2]
        content = content_of(self.group.shelf, path)
        if content is None or path in map(str, self.expired):
            return web.json_response(
                {"ok": False, "error_code": 404, "description": "Not Found"}, status=404
            )
        return Streamed(content)


async def _called(method: Method, params: Params) -> Any:
    result = method(params)
    return await result if inspect.isawaitable(result) else result
