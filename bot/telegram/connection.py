"""The bot's connection: address, time limits, no parse mode."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias, cast

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.session.middlewares.base import (
    BaseRequestMiddleware,
    NextRequestMiddlewareType,
)
from aiogram.client.telegram import TelegramAPIServer
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import Message, Update
from aiohttp import ClientTimeout

from bot.relay.meter import Meter, outcome
from bot.telegram.verdict import told

Connection: TypeAlias = Bot

_CONNECT_S = 10.0  # R21
# pydantic forgets the model of an answer once nobody holds it, and makes it anew for the next one,
# which takes several milliseconds.
_HELD = (Response[Message], Response[bool], Response[list[Update]])


class _Metered(BaseRequestMiddleware):
    def __init__(self, meter: Meter) -> None:
        self._meter = meter

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        word = "ok"
        try:
            return await make_request(bot, method)
        except Exception as error:
            word = outcome(told(error))
            raise
        finally:
            self._meter.requested("telegram", method.__api_method__, word)


@asynccontextmanager
async def connect(
    token: str, api_url: str, request_timeout: float, meter: Meter | None = None
) -> AsyncIterator[Connection]:
    """`request_timeout` in seconds, for a call from its beginning to its whole answer."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(api_url))
    if meter:
        session.middleware(_Metered(meter))
    # aiogram types it as a number and hands it to aiohttp as it is, which tells a connection that
    # was never made from an answer that never came only when both limits are given.
    limits = ClientTimeout(total=request_timeout, sock_connect=_CONNECT_S)
    session.timeout = cast(float, limits)
    async with Bot(token, session=session).context() as bot:
        yield bot
