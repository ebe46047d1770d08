"""`bot.relay.ports.Market` over the Partner API: one method a method, for one cabinet."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import aiohttp

from bot.market import operations as ops
from bot.market import wire
from bot.market.attachments import Attachments, open_attachments
from bot.market.operations import Operation
from bot.market.places import Places
from bot.market.quota import Quotas
from bot.market.transport import USER_AGENT, Access, Transport
from bot.relay.figures import QuotaLeft
from bot.relay.meter import Meter, Unmetered
from bot.relay.model import Attachment, Chat, ChatId, ChatStatus, Context, Incoming, MessageId
from bot.relay.ports import Clock, Market

log = logging.getLogger(__name__)

_CHATS_A_PAGE = 20  # the most that the contract allows
_MESSAGES_A_PAGE = 100


@asynccontextmanager
async def open_market(
    *,
    base_url: str,
    business_id: int,
    api_key: str = "",
    oauth_token: str = "",
    max_parallel: int = 4,
    request_timeout: float = 60.0,
    clock: Clock,
    meter: Meter | None = None,
) -> AsyncIterator[YandexMarket]:
    """The cabinet's Market, connected as long as the context lasts. Seconds, not milliseconds."""
    access = Access(api_key, oauth_token)
    connector = aiohttp.TCPConnector(limit=0)  # `Places` counts; waiting here would eat the timeout
    async with (
        aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": USER_AGENT},
        ) as session,
        open_attachments(base_url, access, request_timeout) as attachments,
    ):
        transport = Transport(
            session,
            base_url,
            access,
            Places(max_parallel),
            Quotas(clock),
            request_timeout,
            meter or Unmetered(),
        )
        yield YandexMarket(transport, attachments, business_id, clock)


class YandexMarket(Market):
    def __init__(
        self, transport: Transport, attachments: Attachments, business_id: int, clock: Clock
    ) -> None:
        self._transport = transport
        self._attachments = attachments
        self._business_id = business_id
        self._clock = clock

    async def chats(
        self, statuses: Sequence[ChatStatus] = ()
    ) -> AsyncGenerator[Sequence[Chat], None]:
        wanted = [status.value for status in statuses if status is not ChatStatus.OTHER]
        body: wire.Json = {"statuses": wanted} if wanted else {}
        async for page in self._pages(ops.GET_CHATS, {"limit": _CHATS_A_PAGE}, body):
            yield wire.chats_of(page, self._clock())

    async def chat(self, chat_id: ChatId) -> Chat:
        result = await self._ask(ops.GET_CHAT, {"chatId": chat_id})
        return wire.only_chat(result, self._clock())

    async def message(self, chat_id: ChatId, message_id: MessageId) -> Incoming:
        query = {"chatId": chat_id, "messageId": message_id}
        return wire.only_message(await self._ask(ops.GET_MESSAGE, query), self._clock())

    async def history(self, chat_id: ChatId, after: MessageId) -> Sequence[Incoming]:
        query = {"chatId": chat_id, "limit": _MESSAGES_A_PAGE}
        # Whether the Market counts `messageIdFrom` in is not promised; both ways end the same.
        body = {"messageIdFrom": after} if after > 0 else {}
        found: dict[MessageId, Incoming] = {}
        async for page in self._pages(ops.GET_HISTORY, query, body):
            for message in wire.messages_of(page, self._clock()):
                found.setdefault(message.id, message)
        return [found[number] for number in sorted(found) if number > after]

    async def create_chat(self, context: Context) -> ChatId:
        about = {"type": context.kind.value, "id": context.id}
        return wire.new_chat_id(await self._ask(ops.CREATE_CHAT, {}, {"context": about}))

    async def send_text(self, chat_id: ChatId, text: str) -> None:
        await self._call(ops.SEND_TEXT, {"chatId": chat_id}, {"message": text})

    async def send_file(self, chat_id: ChatId, name: str, content: bytes) -> None:
        """The buyer sees the file as `safe_name(name)`."""
        await self._call(ops.SEND_FILE, {"chatId": chat_id}, file=(name, content))

    def download(self, attachment: Attachment) -> AsyncGenerator[bytes, None]:
        """Takes no place of the parallel calls: what is limited is the API."""
        return self._attachments.pieces(attachment.url)

    def quota(self) -> Mapping[str, QuotaLeft]:
        return self._transport.quotas.left()

    # For `check` alone

    async def token_scopes(self) -> wire.TokenInfo:
        """Name and scopes of the Api-Key; the Market answers it for no other kind of access."""
        return wire.token_info(await self._ask(ops.GET_TOKEN, {}))

    async def try_reading(self) -> None:
        """Ask for one chat, to see whether the cabinet's chats can be read."""
        result = await self._ask(ops.GET_CHATS, {"limit": 1}, {})
        wire.chats_of(result, self._clock())

    def skew_ms(self) -> int | None:
        """How far the Market's clock is ahead of ours, None before its first answer."""
        return self._transport.quotas.skew_ms

    async def _pages(
        self, operation: Operation, query: Mapping[str, str | int], body: wire.Json
    ) -> AsyncIterator[wire.Json]:
        token, seen = "", set[str]()
        while True:
            turn = {**query, "pageToken": token} if token else query
            result = await self._ask(operation, turn, body)
            yield result
            token = wire.next_token(result)
            if token in seen:
                log.warning("%s names a page again that was read already", operation.name)
            if not token or token in seen:
                return
            seen.add(token)

    async def _ask(
        self, operation: Operation, query: Mapping[str, str | int], body: wire.Json | None = None
    ) -> wire.Json:
        return wire.result_of(await self._call(operation, query, body))

    async def _call(
        self,
        operation: Operation,
        query: Mapping[str, str | int],
        body: wire.Json | None = None,
        file: tuple[str, bytes] | None = None,
    ) -> wire.Json:
        return await self._transport.call(
            operation, self._business_id, query=query, body=body, file=file
        )
