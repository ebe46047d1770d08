"""The Market's Partner API over the cabinet: checks of requests, paging, answers; no faults."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any, NamedTuple, TypeVar

from aiohttp import BodyPartReader, web

from bot.simulator.attachments import Attachments
from bot.simulator.files import StoredFile
from bot.simulator.market_quota import Quota
from bot.simulator.market_request import (
    Refusal,
    bad,
    filtered,
    is_id,
    json_body,
    limit,
    page,
    query_id,
)
from bot.simulator.market_wire import Wire, failure
from bot.simulator.market_world import (
    FILE_LIMIT,
    MarketChat,
    MarketMessage,
    MarketWorld,
    NoSuchChat,
)

_READING = {"ALL_METHODS", "ALL_METHODS_READ_ONLY", "COMMUNICATION"}
_WRITING = {"ALL_METHODS", "COMMUNICATION"}
_WRITERS = {"createChat", "sendMessageToChat", "sendFileToChat"}

_IS_OF_ALL = web.RequestKey("is_of_all", bool)
_Row = TypeVar("_Row")
Handler = Callable[[web.Request], Awaitable[dict[str, Any]]]


class MarketCall(NamedTuple):
    """A request that was answered: for tests that ask how often, when and how it went."""

    method: str
    at_ms: int
    status: int
    chat_id: int | None
    is_of_all: bool  # a list of chats that nothing was left out of


class MarketHttp:
    """Knobs: `chat_order` (newest, oldest, shuffled), `history_order` (oldest, newest, shuffled),
    `is_from_inclusive`, `attachment_auth` (any, api-key, oauth, none), `scopes`, `refusals`: chats
    that take no message from the shop, with the code and the sentence that say why;
    `unreadable`: chats whose history is refused, with `unreadable_status`; `refused_formats`: ends
    of names of files that are not taken (`.webp`); `remaking`: what the Market makes of a file that
    it takes, as name and content; `attachments.behaviours`: how buyers' files answer."""

    def __init__(
        self, world: MarketWorld, api_key: str, business_id: int, oauth_token: str = ""
    ) -> None:
        self.world = world
        self.quota = Quota(world.clock)
        self.attachments = Attachments(world.shelf, self._denial)
        self.wire = Wire(self.attachments)
        self.api_key = api_key
        self.oauth_token = oauth_token
        self.business_id = business_id
        self.scopes = ["COMMUNICATION"]
        self.late: set[int] = set()  # messages that no history shows yet
        self.chat_order = "newest"
        self.history_order = "oldest"
        self.is_from_inclusive = True
        self.attachment_auth = "any"
        self.unreadable: set[int] = set()
        self.unreadable_status = 400
        self.refusals: dict[int, tuple[str, str]] = {}
        self.refused_formats: tuple[str, ...] = ()
        self.remaking: Callable[[str, bytes], tuple[str, bytes]] | None = None
        self.calls: deque[MarketCall] = deque(maxlen=50_000)

    def add_routes(self, app: web.Application) -> None:
        cabinet = "/market/v2/businesses/{business}"
        routes: list[tuple[str, str, str, Handler]] = [
            ("POST", f"{cabinet}/chats/new", "createChat", self._create_chat),
            ("POST", f"{cabinet}/chats", "getChats", self._get_chats),
            ("GET", f"{cabinet}/chat", "getChat", self._get_chat),
            ("POST", f"{cabinet}/chats/file/send", "sendFileToChat", self._send_file),
            ("POST", f"{cabinet}/chats/message", "sendMessageToChat", self._send_message),
            ("GET", f"{cabinet}/chats/message", "getChatMessage", self._get_message),
            ("POST", f"{cabinet}/chats/history", "getChatHistory", self._get_history),
            ("POST", "/market/v2/auth/token", "getAuthTokenInfo", self._token_info),
        ]
        for verb, path, method, handler in routes:
            app.router.add_route(verb, path, self._served(method, handler), name=method)
        self.attachments.add_routes(app)

    def _served(
        self, method: str, handler: Handler
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def serve(request: web.Request) -> web.Response:
            status, body = await self._answer(method, handler, request)
            chat = request.query.get("chatId", "")
            chat_id = int(chat) if chat.isdigit() else None
            is_of_all = request.get(_IS_OF_ALL, False)
            self.calls.append(MarketCall(method, self.world.clock(), status, chat_id, is_of_all))
            return web.json_response(body, status=status, headers=self.quota.headers(method))

        return serve

    async def _answer(
        self, method: str, handler: Handler, request: web.Request
    ) -> tuple[int, dict[str, Any]]:
        try:
            self._admit(method, request)
            return 200, {"status": "OK"} | await handler(request)
        except NoSuchChat as e:
            return 404, failure("NOT_FOUND", f"Not found: {e}")
        except Refusal as e:
            return e.status, failure(e.code, str(e))

    def _admit(self, method: str, request: web.Request) -> None:
        self._authorize(request, is_key_needed=method == "getAuthTokenInfo")
        business = request.match_info.get("business")
        if business is not None and business != str(self.business_id):
            raise Refusal(403, "FORBIDDEN", "No access to this business")
        allowed = _WRITING if method in _WRITERS else _READING
        if method != "getAuthTokenInfo" and not allowed & set(self.scopes):
            raise Refusal(403, "FORBIDDEN", "The scope of the token does not allow the method")
        if not self.quota.take(method):
            raise Refusal(420, "METHOD_FAILURE", "Hit rate limit of requests per hour")

    def _authorize(self, request: web.Request, *, is_key_needed: bool) -> None:
        key = request.headers.get("Api-Key")
        bearer = request.headers.get("Authorization", "")
        if key is None and (is_key_needed or not bearer):
            raise Refusal(401, "UNAUTHORIZED", "No credentials in the request")
        if key is not None and key != self.api_key:
            raise Refusal(403, "FORBIDDEN", "Api-Key is not valid")
        if key is None and not self._is_oauth(bearer):
            raise Refusal(403, "FORBIDDEN", "OAuth token is not valid")

    def _is_oauth(self, header: str) -> bool:
        kind, _, token = header.partition(" ")
        return kind.lower() in ("bearer", "oauth") and token == self.oauth_token != ""

    async def _token_info(self, _: web.Request) -> dict[str, Any]:
        return {"result": {"apiKey": {"name": "market-relay", "authScopes": self.scopes}}}

    async def _create_chat(self, request: web.Request) -> dict[str, Any]:
        body = await json_body(request)
        context = body.get("context")
        if isinstance(context, dict):
            kind, number = context.get("type"), context.get("id")
        else:
            kind, number = "ORDER", body.get("orderId")
        if kind not in ("ORDER", "RETURN") or not is_id(number):
            raise bad("context: type ORDER or RETURN and id are expected")
        return {"result": {"chatId": self.world.start_chat(str(kind), int(number or 0)).id}}

    async def _get_chats(self, request: web.Request) -> dict[str, Any]:
        size = limit(request, default=10, most=20)
        wanted = await json_body(request)
        request[_IS_OF_ALL] = not any(wanted.values())
        chats = self._ordered(filtered(list(self.world.chats.values()), wanted))
        rows, paging = page(request, chats, size)
        return {"result": {"chats": [self.wire.chat(one) for one in rows], "paging": paging}}

    def _ordered(self, chats: list[MarketChat]) -> list[MarketChat]:
        if self.chat_order == "shuffled":
            return _shuffled(chats)
        is_newest = self.chat_order == "newest"
        return sorted(chats, key=lambda one: (one.updated_ms, one.id), reverse=is_newest)

    async def _get_chat(self, request: web.Request) -> dict[str, Any]:
        return {"result": self.wire.chat(self._chat(request))}

    async def _get_message(self, request: web.Request) -> dict[str, Any]:
        chat = self._chat(request)
        message = self.world.message(chat.id, query_id(request, "messageId"))
        return {"result": self.wire.message(message)}

    async def _get_history(self, request: web.Request) -> dict[str, Any]:
        size = limit(request, default=50, most=100)
        chat = self._chat(request)
        if chat.id in self.unreadable:
            raise Refusal(self.unreadable_status, "BAD_REQUEST", "The history is not available")
        start = (await json_body(request)).get("messageIdFrom", 1)
        if not is_id(start):
            raise bad("messageIdFrom must be a positive number")
        first = start if self.is_from_inclusive else start + 1
        shown = [one for one in chat.messages if one.id >= first and one.id not in self.late]
        messages = self._in_order(shown)
        rows, paging = page(request, messages, size)
        result: dict[str, Any] = {
            "context": self.wire.context(chat),
            "messages": [self.wire.message(one) for one in rows],
            "paging": paging,
        }
        if chat.order_id is not None:
            result["orderId"] = chat.order_id
        return {"result": result}

    def _in_order(self, messages: list[MarketMessage]) -> list[MarketMessage]:
        if self.history_order == "newest":
            return messages[::-1]
        if self.history_order == "shuffled":
            return _shuffled(messages)
        return messages

    async def _send_message(self, request: web.Request) -> dict[str, Any]:
        chat = self._chat(request)
        if chat.id in self.refusals:
            raise Refusal(400, *self.refusals[chat.id])
        text = (await json_body(request)).get("message")
        if not isinstance(text, str) or not 1 <= len(text) <= 4096:
            raise bad("message: 1 to 4096 characters are expected")
        self.world.say(chat.id, text, "PARTNER", through_api=True)
        return {}

    async def _send_file(self, request: web.Request) -> dict[str, Any]:
        chat = self._chat(request)
        if chat.id in self.refusals:
            raise Refusal(400, *self.refusals[chat.id])
        if not request.content_type.startswith("multipart/"):
            raise bad("multipart/form-data is expected")
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader) and part.name == "file":
                content = bytes(await part.read())
                if len(content) > FILE_LIMIT:
                    raise bad("file: 5 MB at most")
                mime = part.headers.get("Content-Type", "")
                stored = self._taken(part.filename or "file", content, mime)
                self.world.say(chat.id, sender="PARTNER", files=[stored], through_api=True)
                return {}
        raise bad("file is missing")

    def _taken(self, name: str, content: bytes, mime: str) -> StoredFile:
        if name.lower().endswith(self.refused_formats or ("\0",)):
            raise bad("file: the format is not supported")
        if self.remaking is None:
            return self.world.shelf.put(name, content, mime)
        stored = self.world.shelf.put(*self.remaking(name, content))
        stored.sent_as = sha256(content).digest()
        return stored

    def _chat(self, request: web.Request) -> MarketChat:
        return self.world.chat(query_id(request, "chatId"))

    def _denial(self, request: web.Request) -> int | None:
        """What a request for a buyer's file gets that shows no credential of `attachment_auth`."""
        key, bearer = request.headers.get("Api-Key"), request.headers.get("Authorization", "")
        by_key = key == self.api_key and self.attachment_auth in ("any", "api-key")
        by_oauth = self._is_oauth(bearer) and self.attachment_auth in ("any", "oauth")
        if by_key or by_oauth or self.attachment_auth == "none":
            return None
        return 401 if key is None and not bearer else 403


def _shuffled(rows: list[_Row]) -> list[_Row]:
    """The same order for every page of a walk, or paging itself would lose rows."""
    return random.Random(7).sample(rows, len(rows))
